"""Faults of every kind, each in a real window: run with the name of one, in a process of its own.

A process of its own, because the window's OpenGL context and the one without a display,
which the other tests share, do not go together in one thread.
"""

from __future__ import annotations

import ctypes
import gc
import pathlib
import sys
import time
from contextlib import ExitStack
from dataclasses import replace

import imgui_bundle  # noqa: F401  isort: skip
import glfw
import moderngl
import numpy as np

from compute.surface import Curve, Surface
from glviz import watch
from glviz.documents import open_document
from glviz.render import Renderer
from glviz.render.window import window_context
from glviz.scene.camera import Camera
from glviz.settings import Settings
from glviz.ui.imgui_host import ImGuiHost
from glviz.ui.state import State, ask
from glviz.window.loop import Loop
from glviz.window.screen import Screen, open_screen

FOLDER = pathlib.Path.cwd()
SIZE = (720, 540)


def hills(points=41, offset=0.0) -> Surface:
    x, y = np.linspace(-1, 1, points), np.linspace(-1, 1, points)
    return Surface(x, y, (x[None, :] - 0.3) ** 2 + 2 * y[:, None] ** 2 + offset * x[None, :])


class Rig:
    """A window, turned by hand."""

    def __init__(self, held: ExitStack, *names: str) -> None:
        self.screen = held.enter_context(open_screen("faults", SIZE))
        self.ctx = window_context()
        held.callback(self.ctx.release)
        renderer = Renderer(self.ctx)
        held.callback(renderer.release)
        host = ImGuiHost(self.screen.address)
        held.callback(host.release)
        documents = [open_document(FOLDER / name) for name in names]
        state = State.start(Settings(), Camera(), tuple(document.title for document in documents))
        self.loop = Loop(self.screen, self.ctx, renderer, host, documents, state)
        held.callback(self.loop.release)
        self.log: list[str] = []
        self.loop.interface._log = self.log.append
        self.drop = glfw.set_drop_callback(self.screen.handle, None)
        self.turn()

    def turn(self, count=4) -> None:
        for _ in range(count):
            self.screen.events.again()
            self.loop.turn()

    def until(self, condition, what) -> None:
        end = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end, f"waited for {what}"
            self.turn(1)
            time.sleep(0.002)

    def picture(self) -> np.ndarray:
        """The scene at rest, (height, width, 3)."""
        self.turn()
        time.sleep(0.25)
        self.turn()
        return self.loop.renderer.read().astype(int)

    @property
    def told(self) -> str:
        return "\n".join(content for _, content in self.loop.interface.toasts._shown)


def resized_to_nothing_and_back(rig: Rig) -> None:
    before = rig.picture()
    glfw.set_window_size_limits(rig.screen.handle, *[glfw.DONT_CARE] * 4)
    for size in ((1, 1), (2, 400), (700, 1), (40, 30), SIZE):
        glfw.set_window_size(rig.screen.handle, *size)
        rig.until(lambda size=size: rig.screen.size == size, f"a window of {size}")
        rig.turn()
    assert (rig.picture() == before).all()
    assert rig.log == []


class Folded(Screen):
    """A minimised window, as systems tell of one: its framebuffer has no size."""

    @property
    def size_px(self) -> tuple[int, int]:
        return 0, 0


def minimised(rig: Rig) -> None:
    before = rig.picture()
    drawn: list[object] = []
    frame, rig.loop._frame = rig.loop._frame, drawn.append
    rig.loop.screen = Folded(rig.screen.handle, rig.screen.events)
    rig.turn(10)
    assert drawn == [] and rig.screen.events.frames == 0
    rig.loop.screen, rig.loop._frame = rig.screen, frame
    assert (rig.picture() == before).all()
    assert rig.log == []


def drop(rig: Rig, *names: str) -> None:
    """Through the window's own callback, as the system calls it."""
    paths = [str(FOLDER / name).encode() for name in names]
    rig.drop(rig.screen.handle, len(paths), (ctypes.c_char_p * len(paths))(*paths))
    rig.turn(1)
    rig.until(lambda: not rig.loop._opener.busy, "the files to be read")
    rig.turn()


def dropped(rig: Rig) -> None:
    before = rig.picture()
    hills(21, offset=1.0).save(FOLDER / "other.ply")
    rig.loop.state = replace(rig.loop.state, settings=replace(rig.loop.state.settings, clamp_high=1.5))
    drop(rig, "other.ply")
    assert rig.loop.state.files == ("other.ply",)
    assert rig.loop.state.settings.clamp_high is None, "what was clamped was the other file's range"
    assert (rig.picture() != before).any()
    hills(21, offset=2.0).save(FOLDER / "third.ply")
    drop(rig, "other.ply", "third.ply")
    assert rig.loop.state.files == ("other.ply", "third.ply")
    assert len(rig.loop.views) == 2
    assert rig.log == []


def another_kind_dropped_in(rig: Rig) -> None:
    before = rig.picture()
    (FOLDER / "notes.txt").write_text("no surface at all\n")
    (FOLDER / "film.mp4").write_bytes(bytes(range(256)) * 40)
    (FOLDER / "folder").mkdir()
    for names in (["notes.txt"], ["film.mp4"], ["folder"], ["gone.ply"], ["notes.txt", "film.mp4"]):
        drop(rig, *names)
        assert rig.loop.state.files == ("hills.ply",)
        for name in names:
            assert name in rig.told, f"nothing was said of {name}"
    drop(rig, "notes.txt", "hills.ply")  # what can be read is shown
    assert rig.loop.state.files == ("hills.ply",)
    assert (rig.picture() == before).all()
    assert rig.log == []


def a_path_dropped_in(rig: Rig) -> None:
    (FOLDER / "walk.csv").write_text("x,y\n0,0\n0.5,0.5\n0.7,-0.2\n")
    drop(rig, "walk.csv")
    assert rig.loop.state.files == ("hills.ply",)
    assert len(rig.loop.documents[0].paths) == 1
    assert rig.log == []


def a_session_kept_and_dropped_in(rig: Rig) -> None:
    settings = replace(rig.loop.state.settings, clamp_high=1.5, colormap="cividis")
    rig.loop.state = replace(rig.loop.state, settings=settings, camera=rig.loop.state.camera.orbit(40, 10))
    before = rig.picture()
    rig.loop.state = ask("session.save")(rig.loop.state)
    rig.turn()
    hills(21, offset=1.0).save(FOLDER / "other.ply")
    drop(rig, "other.ply")
    assert (rig.picture() != before).any()
    drop(rig, "hills-001.glviz")
    rig.picture()
    time.sleep(0.3)  # the way there
    assert rig.loop.state.files == ("hills.ply",)
    assert rig.loop.state.settings == settings
    assert (rig.picture() == before).all()
    assert rig.log == []


def rewritten_by_another_kind(rig: Rig) -> None:
    before = rig.picture()
    x = np.linspace(-1, 1, 51)
    path = FOLDER / "hills.ply"
    whole = path.read_bytes()
    Curve(x, 0.1 + x**2).save(path)
    rig.until(lambda: isinstance(rig.loop.documents[0].data, Curve), "the curve")
    assert (rig.picture() != before).any()
    path.write_text("solid nothing\nendsolid nothing\n")
    rig.until(lambda: "cannot be read" in rig.told, "a word about it")
    assert isinstance(rig.loop.documents[0].data, Curve)
    path.write_bytes(whole)
    rig.until(lambda: isinstance(rig.loop.documents[0].data, Surface), "the surface")
    assert (rig.picture() == before).all()
    assert rig.log == []


class Poor:
    """A context of a driver that has little memory: what is larger is refused, as drivers do."""

    def __init__(self, ctx, largest: int) -> None:
        self._ctx, self._largest, self._error = ctx, largest, ""

    def texture(self, size, components, data=None, **more):
        made = self._ctx.texture(size, components, data, **more)
        if size[0] * size[1] > self._largest:
            self._error = "GL_OUT_OF_MEMORY"
        return made

    @property
    def error(self) -> str:
        found, self._error = self._error or self._ctx.error, ""
        return found

    def __getattr__(self, name):
        return getattr(self._ctx, name)


def graphics_memory_refused(rig: Rig) -> None:
    before = rig.picture()
    hills(600).save(FOLDER / "large.ply")
    rig.loop.renderer._surface._ctx = Poor(rig.ctx, 300 * 300)
    drop(rig, "large.ply")
    assert rig.loop.state.files == ("large.ply",)
    assert "300 samples a side are drawn" in rig.told
    thinned = rig.picture()
    assert np.abs(thinned - before).max(axis=2).mean() < 12, "the same hills, finer or coarser"
    drop(rig, "hills.ply")
    rig.picture()
    rig.loop.renderer._surface._ctx = Poor(rig.ctx, 50 * 50)
    drop(rig, "large.ply")  # there is no room for it at all
    assert rig.loop.state.files == ("hills.ply",)
    assert "the graphics memory is too small" in rig.told
    assert (rig.picture() == before).all()
    assert rig.log == []


def a_part_fails(rig: Rig) -> None:
    def broken(*_: object) -> object:
        raise ValueError("a fault in the panel")

    panel = rig.loop.interface._panel
    draw, panel.draw = panel.draw, broken
    rig.turn(30)
    assert len(rig.log) == 1 and "a fault in the panel" in rig.log[0]
    panel.draw = draw
    rig.picture()
    assert len(rig.log) == 1


def _live() -> dict[str, int]:
    """OpenGL objects that moderngl made and that were not given back, by kind."""
    gc.collect()
    kinds = (moderngl.Texture, moderngl.Buffer, moderngl.VertexArray, moderngl.Framebuffer, moderngl.Program,
             moderngl.Renderbuffer)  # fmt: skip
    made = [item for item in gc.get_objects() if isinstance(item, kinds)]
    alive = [item for item in made if type(item.mglo).__name__ != "InvalidObject"]
    return {kind.__name__: sum(isinstance(item, kind) for item in alive) for kind in kinds}


def _resident_mb() -> float:
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def two_hundred_reloads(rig: Rig) -> None:
    watch.POLL_SECONDS = watch.SETTLE_SECONDS = 0.0
    contents = []
    for offset in (0.0, 0.5):
        hills(201, offset).save(FOLDER / "hills.ply")
        contents.append((FOLDER / "hills.ply").read_bytes())
    for number in range(200):
        shown = rig.loop.documents[0]
        (FOLDER / "hills.ply").write_bytes(contents[number % 2])
        rig.loop.read_again()
        end = time.monotonic() + 30
        while rig.loop.documents[0] is shown:
            assert time.monotonic() < end, f"waited for reload {number}"
            rig.loop._take_up_files()
            time.sleep(0.001)
        rig.turn(1)
        if number == 39:
            objects, memory = _live(), _resident_mb()
    assert objects["Texture"] > 3, "nothing was counted"
    assert _live() == objects
    assert _resident_mb() - memory < 25, f"{_resident_mb() - memory:.0f} MB more after 160 reloads"
    assert rig.log == []


def main() -> None:
    hills().save(FOLDER / "hills.ply")
    with ExitStack() as held:
        rig = Rig(held, "hills.ply")
        globals()[sys.argv[1]](rig)


if __name__ == "__main__":
    main()
