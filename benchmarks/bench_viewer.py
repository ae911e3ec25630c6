"""The viewer at work on large surfaces: turning, hovering, other iso-levels, and doing nothing.

The baseline of the first case draws every cell of the data as two triangles, from buffers that
lie on the GPU already, through the program that draws any mesh.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from imgui_bundle import imgui
from skimage.measure import find_contours

from benchmarks.case import Case, Figure
from benchmarks.display import display
from compute.scales import Scale
from compute.surface import HeightMesh, Surface
from glviz.render import Renderer, offscreen_context
from glviz.scene.camera import Camera
from glviz.scene.contours import iso_lines
from glviz.scene.panes import Pane
from glviz.scene.view import View, build_view
from glviz.settings import Settings
from glviz.ui import overlay
from glviz.ui.imgui_host import ImGuiHost
from glviz.ui.interface import Interface
from glviz.ui.places import places
from glviz.ui.readout import Prober
from glviz.ui.state import State

SIZE_PX = (1280, 720)
LARGE, MIDDLE = 4096, 512
IDLE_S = 10.0
BARE = Settings(axes=False, floor=False, critical_points=False, contours=False)


def waves(side: int) -> Surface:
    """Hills and valleys over a bowl, ``side`` samples a side."""
    x = np.linspace(-3, 3, side)
    return Surface(x, x, np.sin(5 * x)[None, :] * np.cos(6 * x)[:, None] + x[None, :] ** 2)


def as_mesh(surface: Surface) -> HeightMesh:
    """The same surface with each cell as two triangles."""
    ny, nx = surface.shape
    corner = (np.arange(ny - 1)[:, None] * nx + np.arange(nx - 1)).ravel()
    lower = np.stack([corner, corner + 1, corner + nx + 1], axis=1)
    upper = np.stack([corner, corner + nx + 1, corner + nx], axis=1)
    x, y = (grid.ravel() for grid in np.meshgrid(surface.x, surface.y))
    return HeightMesh(x, y, surface.loss.ravel(), np.concatenate([lower, upper]))


def turning(renderer: Renderer, view: View) -> Callable[[], float]:
    """Draws the next frame of an orbit; returns the share of the picture that is covered."""
    step = count()

    def frame() -> float:
        camera = Camera().orbit(0.5 * (next(step) % 8), 0.0)
        renderer.draw([Pane(view, camera, (0, 0, *SIZE_PX))], SIZE_PX, moving=True)
        return float(np.any(renderer.read()[::8, ::8] != 255, axis=2).mean())

    return frame


def length_of(lines: Iterable[np.ndarray]) -> float:
    """Of all lines together, in data units."""
    return float(sum(np.linalg.norm(np.diff(line, axis=0), axis=1).sum() for line in lines))


def contours(surface: Surface, levels: np.ndarray) -> Case:
    """All iso-lines of a surface, joined end to end."""
    scale, every = Scale("linear", float(surface.loss.min()), float(surface.loss.max())), surface.finite
    step = surface.x[1] - surface.x[0]

    def ours() -> float:
        lines = iso_lines(surface.x, surface.y, surface.loss, every, scale, levels)
        return length_of(line.points for line in lines)

    def theirs() -> float:
        return length_of(step * line for level in levels for line in find_contours(surface.loss, level))

    side = surface.x.size
    name = f"{levels.size} iso-lines of a {side}×{side} surface"
    return Case(name, ours, theirs, "scikit-image", rtol=1e-5)


def dragging(context: Any, renderer: Renderer, view: View) -> Callable[[], object]:
    """Draws the next frame of a drag as the window does: scene, titles, axes, bar and panel."""
    host, screen = ImGuiHost(), context.simple_framebuffer(SIZE_PX)
    interface, step = Interface(host.fonts), count()
    state = State.start(view.settings, Camera(), (view.title,))
    middle = (0.6 * SIZE_PX[0], 0.5 * SIZE_PX[1])

    def frame() -> State:
        nonlocal state
        host.new_frame(state.settings.background, 1.0, SIZE_PX)
        parts = places(state, [view], SIZE_PX, 1.0)
        state = interface.handle_input(state, [Pane(view, state.camera, parts.picture)], parts)
        panes = [Pane(view, state.camera, parts.picture)]
        renderer.draw(panes, SIZE_PX, moving=True)
        write = imgui.get_background_draw_list()
        interface.labels = overlay.draw(write, host.fonts, panes, 1.0, pointer=interface.pointer)
        state = interface.draw(state, [view], panes, parts)
        renderer.blit(screen)
        host.render()
        context.finish()
        return state

    def turned() -> None:
        before = state.camera
        imgui.get_io().add_mouse_pos_event(middle[0] + 5.0 * (next(step) % 8), middle[1])
        if frame().camera == before:
            raise AssertionError("the drag turned nothing")

    io = imgui.get_io()
    io.add_mouse_pos_event(*middle)
    frame()
    io.add_mouse_button_event(0, True)
    frame()
    next(step)
    return turned


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Milliseconds that a call takes."""

    def measure() -> float:
        start = time.perf_counter()
        work()
        return 1e3 * (time.perf_counter() - start)

    return measure


def cases() -> Iterator[Case | Figure]:
    """A frame against a full mesh; then figures of the viewer alone."""
    context = offscreen_context()
    surface = waves(LARGE)
    view = build_view(surface, BARE)
    ours, theirs = Renderer(context), Renderer(context)
    mesh = build_view(as_mesh(surface), BARE)
    name = f"a frame while turning a {LARGE}×{LARGE} surface, {SIZE_PX[0]}×{SIZE_PX[1]}"
    yield Case(
        name, turning(ours, view), turning(theirs, mesh), "a full mesh of it", rtol=0.02, least=20, rounds=3
    )
    theirs.release()
    del mesh

    whole = build_view(surface, Settings())
    yield Figure(f"{name}, with iso-lines, floor, axes", "ms", 80, timed(turning(ours, whole)))

    yield Figure(
        f"a frame of the window while turning {LARGE}×{LARGE}, panel and text included",
        "ms",
        80,
        timed(dragging(context, ours, whole)),
    )

    panes, prober = [Pane(whole, Camera(), (0, 0, *SIZE_PX))], Prober()
    pixels = iter(np.random.default_rng(0).uniform(0.35, 0.65, (10_000, 2)) * SIZE_PX)
    yield Figure(
        f"a value read under the pointer, {LARGE}×{LARGE}",
        "ms",
        1,
        timed(lambda: prober.probe(panes, *next(pixels))),
        rounds=301,
    )
    ours.release()

    middle = build_view(waves(MIDDLE), Settings())
    numbers = count()

    def other_levels() -> None:
        settings = replace(Settings(), contour_count=(10, 20)[next(numbers) % 2])
        build_view(middle.data, settings, previous=middle)

    yield Figure(
        f"other iso-levels, {MIDDLE}×{MIDDLE}: 10 and 20 of them in turns", "ms", 60, timed(other_levels)
    )
    context.release()
    for side in (MIDDLE, 2048):
        yield contours(waves(side), np.linspace(-0.9, 9.5, 20))
    if sys.platform.startswith("linux") and shutil.which("Xvfb"):
        with tempfile.TemporaryDirectory() as folder:
            waves(MIDDLE).save(Path(folder) / "surface.ply")
            yield Figure(
                "an open window that nobody touches", "% of a core", 2, lambda: idle(Path(folder)), rounds=2
            )


def idle(folder: Path) -> float:
    """Percent of one processor core that a window takes while nothing happens."""
    with display() as shown:
        environment = {**os.environ, "DISPLAY": shown}
        command = [sys.executable, "-m", "glviz", str(folder / "surface.ply")]
        window = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            time.sleep(8.0)  # opened, and drawn finely
            before = processor_s(window.pid)
            time.sleep(IDLE_S)
            return 100.0 * (processor_s(window.pid) - before) / IDLE_S
        finally:
            window.terminate()
            window.wait()


def processor_s(pid: int) -> float:
    """Processor seconds that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
