"""Films, played back frame by frame."""

from __future__ import annotations

import pathlib
from dataclasses import replace
from typing import Any

import moderngl
import numpy as np
import pytest
from PIL import Image, ImageSequence

from compute.surface import Curve, HeightMesh, Path, Surface
from glviz import offscreen
from glviz.arrange import Arranger
from glviz.documents import Document
from glviz.errors import UsageError
from glviz.films.frames import film_size, frames_of, replay, turntable
from glviz.films.making import Film, write
from glviz.films.options import FilmOptions, check_output
from glviz.render import Renderer, offscreen_context
from glviz.scene.camera import Camera
from glviz.settings import Settings

from ..playing import play

SIZE = (240, 180)
SETTINGS = Settings(critical_points=False, colormap="gray", contours=False, floor=False)


def document(name: str = "bowl.ply", path: bool = True) -> Document:
    """An oblique bowl, and a path in large steps down into it."""
    axis = np.linspace(-1.0, 1.0, 33)
    X, Y = np.meshgrid(axis, axis)
    t = np.linspace(0.0, 1.0, 9)
    steps = Path(0.9 - 0.9 * t, -0.8 + 0.8 * t**2, 3.0 - 2.9 * t, step=np.arange(9) * 50)
    data = Surface(axis, axis, X**2 + 2 * Y**2 + 0.5 * X, paths=(steps,) if path else ())
    return Document(pathlib.Path(name), data, (), name)


def still(settings: Settings = SETTINGS, azimuth: float = 0.0) -> np.ndarray:
    views = Arranger().arrange([document()], settings)
    return np.asarray(offscreen.screenshot(views, Camera().orbit(azimuth, 0.0), SIZE))


def away(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference of two pictures, of 255."""
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def red(frame: np.ndarray) -> int:
    """How many pixels have the colour of a path."""
    r, g, b = (frame[..., k].astype(int) for k in range(3))
    return int(((r > 150) & (g < 110) & (b < 120)).sum())


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> dict[tuple[str, str], tuple[np.ndarray, dict[str, Any]]]:
    """Each kind in each format, played back."""
    folder = tmp_path_factory.mktemp("films")
    made = {}
    for kind in ("turntable", "replay"):
        for end, fps in ((".mp4", 12.0), (".gif", 10.0)):
            path = folder / f"{kind}{end}"
            size = write(kind, [document()], SETTINGS, Camera(), path, FilmOptions(1.0, fps), SIZE)
            assert size == SIZE
            made[kind, end] = play(path)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["turntable", "replay"])
@pytest.mark.parametrize(("end", "count"), [(".mp4", 12), (".gif", 10)])
def test_size_number_and_length(films, kind, end, count):
    frames, told = films[kind, end]
    assert frames.shape == (count, SIZE[1], SIZE[0], 3)
    assert told["duration"] == pytest.approx(1.0, abs=0.05)
    if end == ".mp4":
        assert told["fps"] == pytest.approx(12.0)
        assert told["pix_fmt"].startswith("yuv420p")
    else:
        assert told["loop"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("end", [".mp4", ".gif"])
def test_the_first_frame_is_the_still_picture(films, end):
    frames, _ = films["turntable", end]
    assert away(frames[0], still()) < 2.0
    frames, _ = films["replay", end]
    assert away(frames[0], still(replace(SETTINGS, path_progress=0.0))) < 2.0
    assert away(frames[-1], still()) < 2.0


@pytest.mark.slow
@pytest.mark.parametrize("end", [".mp4", ".gif"])
def test_a_turntable_goes_around_without_a_stop(films, end):
    frames, _ = films["turntable", end]
    steps = [away(a, b) for a, b in zip(frames, np.roll(frames, -1, axis=0), strict=True)]
    assert min(steps) > 0.5, "no frame is doubled"
    assert steps[-1] < 1.5 * max(steps[:-1]), "the last leads into the first"
    assert steps[-1] > 0.5 * min(steps[:-1])
    # Half around is the picture from behind.
    behind = still(azimuth=180.0)
    assert away(frames[len(frames) // 2], behind) < 2.0


@pytest.mark.slow
@pytest.mark.parametrize("end", [".mp4", ".gif"])
def test_a_replay_grows_and_then_holds(films, end):
    frames, _ = films["replay", end]
    seen = [red(frame) for frame in frames]
    assert all(later >= earlier - 6 for earlier, later in zip(seen[:-1], seen[1:], strict=True)), seen
    assert seen[-1] > seen[len(seen) // 2] + 10 > seen[0] + 60, seen
    assert away(frames[-1], frames[-2]) < 0.2


# --- frames ----------------------------------------------------------------------------


def test_angles_are_even_and_never_twice():
    found = sorted(frame.camera.azimuth % 360.0 for frame in turntable(Camera(), 7))
    np.testing.assert_allclose(np.diff(found), 360.0 / 7)
    assert turntable(Camera(), 7)[0].camera.azimuth == Camera().azimuth


@pytest.mark.parametrize("count", [2, 3, 4, 9, 240])
def test_a_replay_begins_at_nothing_and_ends_whole(count):
    progress = [frame.progress for frame in replay(Camera(), count)]
    assert len(progress) == count
    assert progress[0] == 0.0 and progress[-1] == 1.0
    assert progress == sorted(progress)


def test_sides_of_an_mp4_are_even():
    assert film_size(pathlib.Path("a.mp4"), (321, 241), 1) == (322, 242)
    assert film_size(pathlib.Path("a.gif"), (321, 241), 1) == (321, 241)
    for count in (1, 2, 5):
        assert all(side % 2 == 0 for side in film_size(pathlib.Path("a.mp4"), None, count))


def test_what_cannot_be_filmed_is_refused():
    bare, x = document(path=False), np.linspace(0.0, 1.0, 5)
    curve = Document(pathlib.Path("line.ply"), Curve(x, x**2), (), "line.ply")

    def views(*documents: Document, settings: Settings = SETTINGS):
        return Arranger().arrange(documents, settings)

    with pytest.raises(UsageError, match="bowl.ply: there is no descent path"):
        frames_of("replay", views(bare), Camera(), 9)
    mesh = HeightMesh(*np.random.default_rng(0).uniform(-1, 1, (3, 60)), np.arange(60).reshape(20, 3))
    walked = Document(pathlib.Path("mesh.ply"), mesh, document().data.paths, "mesh.ply")
    with pytest.raises(UsageError, match="mesh.ply: descent paths are drawn on surfaces on grids only"):
        frames_of("replay", views(walked), Camera(), 9)
    with pytest.raises(UsageError, match="--no-paths"):
        frames_of("replay", views(document(), settings=replace(SETTINGS, paths=False)), Camera(), 9)
    with pytest.raises(UsageError, match=r"line.ply: curves"):
        frames_of("turntable", views(curve), Camera(), 9)
    assert len(frames_of("replay", views(bare, document()), Camera(), 9)) == 9
    with pytest.raises(UsageError, match="--fps"):
        FilmOptions(fps=60.0).rate(pathlib.Path("a.gif"))
    with pytest.raises(UsageError, match="--seconds"):
        FilmOptions(seconds=600.0, fps=60.0).count(pathlib.Path("a.mp4"))


def test_places_are_judged_before_anything_is_drawn(tmp_path):
    with pytest.raises(UsageError, match=r"end it in .mp4 or .gif"):
        check_output(str(tmp_path / "a.avi"), "--turntable")
    with pytest.raises(UsageError, match="no folder"):
        check_output(str(tmp_path / "no" / "a.mp4"), "--turntable")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        check_output(str(tmp_path / "folder.mp4"), "--turntable")


def test_an_mp4_has_no_transparency_and_says_so(tmp_path, capsys):
    from glviz.cli import main

    file = tmp_path / "bowl.ply"
    document().data.save(file)
    for kind in ("turntable", "replay"):
        film = tmp_path / f"{kind}.mp4"
        assert main([str(file), f"--{kind}", str(film), "--transparent", "--seconds", "1"]) == 2
        assert "an MP4 has no transparency; end the name in .gif" in capsys.readouterr().err
        assert not film.exists()
        clear = replace(SETTINGS, transparent=True)
        with pytest.raises(UsageError, match="no transparency"):
            write(kind, [document()], clear, Camera(), film, FilmOptions(1.0), SIZE)


def test_a_transparent_gif_is_the_transparent_picture(tmp_path):
    clear = replace(SETTINGS, transparent=True)
    path = tmp_path / "clear.gif"
    write("turntable", [document()], clear, Camera(), path, FilmOptions(0.6, 5.0), SIZE)
    with Image.open(path) as picture:
        frames = [np.asarray(each.convert("RGBA")) for each in ImageSequence.Iterator(picture)]
    assert len(frames) == 3
    for k, frame in enumerate(frames):
        views = Arranger().arrange([document()], clear)
        camera = Camera().orbit(120.0 * k, 0.0)
        alone = np.asarray(offscreen.screenshot(views, camera, SIZE, transparent=True))
        np.testing.assert_array_equal(frame[..., 3] > 0, alone[..., 3] >= 72)
        both = alone[..., 3] == 255
        assert 0.05 < both.mean() < 0.9
        assert away(frame[both][:, :3], alone[both][:, :3]) < 6


# --- making ----------------------------------------------------------------------------


@pytest.fixture
def renderer():
    context = offscreen_context()
    found = Renderer(context)
    yield found
    found.release()
    context.release()


def test_the_data_are_uploaded_once(renderer, tmp_path, monkeypatch):
    """Textures of numbers (not of pixels or text) are made for the first frame only."""
    made: list[int] = []
    real = moderngl.Context.texture

    def counted(self, size, components, data=None, **kinds):
        made.append(kinds.get("dtype", "f1") == "f4")
        return real(self, size, components, data, **kinds)

    monkeypatch.setattr(moderngl.Context, "texture", counted)
    frames = turntable(Camera(), 5)
    documents = [document(), document("second.ply")]
    film = Film(renderer, documents, SETTINGS, frames, tmp_path / "a.mp4", 10.0, SIZE)
    film.step()
    assert sum(made) > 0
    made.clear()
    while film.done < film.count:
        film.step()
    assert sum(made) == 0
    film.finish()
    assert play(tmp_path / "a.mp4")[0].shape == (5, SIZE[1], SIZE[0], 3)


def test_a_film_that_is_cancelled_leaves_what_was_there(renderer, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"the old film")
    film = Film(renderer, [document()], SETTINGS, turntable(Camera(), 9), path, 10.0, SIZE)
    film.step()
    film.step()
    film.cancel()
    assert [each.name for each in tmp_path.iterdir()] == ["a.mp4"]
    assert path.read_bytes() == b"the old film"


def test_a_scale_makes_a_film_finer_and_its_text_as_large(tmp_path):
    settings = replace(SETTINGS, scale=2.0)
    options = FilmOptions(0.2, 10.0)
    size = write("turntable", [document()], settings, Camera(), tmp_path / "a.gif", options, SIZE)
    assert size == (2 * SIZE[0], 2 * SIZE[1])
    views = Arranger().arrange([document()], settings)
    finer = np.asarray(offscreen.screenshot(views, Camera(), SIZE, scale=2.0))
    assert away(play(tmp_path / "a.gif")[0][0], finer) < 2.0


def test_files_side_by_side_turn_together(renderer, tmp_path):
    documents = [document(), document()]
    views = Arranger().arrange(documents, SETTINGS)
    size = (2 * SIZE[0], SIZE[1])
    write("turntable", documents, SETTINGS, Camera(), tmp_path / "a.mp4", FilmOptions(0.4, 10.0), size)
    frames, _ = play(tmp_path / "a.mp4")
    for frame in frames:
        assert away(frame[:, : SIZE[0]], frame[:, SIZE[0] :]) < 2.0
    assert away(frames[0], np.asarray(offscreen.screenshot(views, Camera(), size))) < 2.0
