"""Sessions: kept and opened again they show the same; whatever a file says, they cannot do harm."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from compute.surface import Curve, Surface
from glviz import session
from glviz.cli import main
from glviz.documents import open_document
from glviz.errors import UsageError
from glviz.options import options
from glviz.scene.camera import Camera
from glviz.session import Session, SessionError, Source
from glviz.session.model import digest_of
from glviz.settings import Settings


@pytest.fixture
def bowl(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    x = np.linspace(-1, 1, 15)
    loss = x[None, :] ** 2 + 2 * x[:, None] ** 2
    Surface(x, x, loss, metrics={"accuracy": 1 / (1 + loss)}).save(tmp_path / "bowl.ply")
    (tmp_path / "steps.csv").write_text("x,y\n-0.9,0.8\n-0.2,0.1\n0,0\n")
    return tmp_path / "bowl.ply"


def run(*arguments) -> int:
    return main([str(argument) for argument in arguments])


def pixels(path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def another(item):
    """A value of an option that is not its default."""
    if item.kind is bool:
        return not item.default
    if item.kind is str:
        known = [value for value in item.allowed() if value != item.default]
        free = {"color_below": "#102030", "color_above": "#ffffff", "levels": "0.1,0.5", "pins": "0,0;1,1"}
        return free.get(item.name, known[0] if known else "accuracy")
    value = (item.default or 0.0) + 0.2718281828459045
    if item.high is not None and value > item.high:
        value = item.high - 0.2718281828459045
    return item.kind(value) if item.kind is float else item.default + 1


def test_every_option_of_settings_and_camera_comes_back(bowl):
    """Also one that will be added: they are found, not listed."""
    settings = Settings(**{item.name: another(item) for item in options(Settings)})
    camera = Camera(
        **{item.name: another(item) for item in options(Camera)},
        target=(0.1, -0.2, 1 / 3), field_of_view_deg=17.25,
    )  # fmt: skip
    for item in options(Settings):
        assert getattr(settings, item.name) != item.default
    assert all(getattr(camera, f.name) != f.default for f in fields(Camera))
    document = open_document(bowl, ("steps.csv",))
    kept = session.capture([document], settings, camera, size_px=(900, 600), pixel_scale=1.25)
    session.save(kept, bowl.parent / "view.glviz")
    found = session.load("view.glviz")
    assert (found.settings, found.camera) == (settings, camera)
    assert (found.size_px, found.pixel_scale, found.notices) == ((900, 600), 1.25, ())
    documents, notices = session.reopen(found)
    assert notices == () and np.array_equal(documents[0].data.loss, document.data.loss)
    assert len(documents[0].paths) == 1


def test_only_what_was_changed_is_kept(bowl):
    shown = session.capture([open_document(bowl)], Settings(bands=7), Camera())
    kept = json.loads(session.as_text(shown, "."))
    assert kept["settings"] == {"bands": 7} and kept["camera"] == {}
    assert kept["files"] == [{"path": "bowl.ply", "bytes": bowl.stat().st_size, "sha256": digest_of(bowl)}]


OPTIONS = {
    "plain": (),
    "turned": ("--azimuth", "20.1", "--target", "0.1,0.2,0.3", "--orthographic", "--zoom", "1.7"),
    "much": ("--path", "steps.csv", "--pins", "0,0", "--slice-axis", "angle", "--transparent"),
    "fine": ("--scale", "1.5", "--resolution", "500,400", "--background", "dark"),
    "map": ("--view", "map", "--colormap", "own.txt"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_a_picture_opens_to_the_same_picture(bowl, name):
    (bowl.parent / "own.txt").write_text("#000000\n#ff0000\n#ffffff\n")
    assert run(bowl, *OPTIONS[name], "-o", "first.png") == 0
    assert run("first.png", "-o", "again.png") == 0
    assert np.array_equal(pixels("first.png"), pixels("again.png"))
    assert read(Path("first.png")) == read(Path("again.png"))


def read(path: Path) -> Session:
    return replace(session.load(path), notices=())


def test_a_session_is_written_from_the_command_line_too(bowl):
    """The picture of the session is the picture of the flags, and of a session made of a picture."""
    flags = ("--bands", "5", "--resolution", "400,300", "--scale", "1.5")
    assert run(bowl, *flags, "-o", "direct.png") == 0
    assert run(bowl, *flags, "-o", "view.glviz") == 0
    assert run("direct.png", "-o", "again.glviz") == 0
    for name in ("view", "again"):
        assert run(f"{name}.glviz", "-o", f"{name}.png") == 0
        assert np.array_equal(pixels(f"{name}.png"), pixels("direct.png"))
    assert run(bowl, "-o", "gone/view.glviz") == 2


def test_flags_beside_a_session_are_stronger(bowl):
    assert run(bowl, "--azimuth", "10", "--bands", "4", "-o", "first.png") == 0
    assert run("first.png", "--bands", "6", "--resolution", "300,200", "-o", "other.png") == 0
    found = read(Path("other.png"))
    assert (found.settings.bands, found.camera.azimuth, found.size_px) == (6, 10.0, (300, 200))


def test_several_files_and_curves(bowl):
    x = np.linspace(-1, 1, 30)
    for name in ("a", "b"):
        Curve(x, x**2 + ord(name)).save(f"{name}.ply")
    assert run("a.ply", "b.ply", "-o", "curves.png") == 0
    assert run("curves.png", "-o", "again.png") == 0
    assert np.array_equal(pixels("curves.png"), pixels("again.png"))


def test_a_folder_that_moves_as_a_whole_still_opens(bowl, monkeypatch):
    (bowl.parent / "run" / "pictures").mkdir(parents=True)
    bowl.rename(bowl.parent / "run" / "bowl.ply")
    assert run("run/bowl.ply", "-o", "run/pictures/shot.png") == 0
    assert session.load("run/pictures/shot.png").files[0].path.endswith("run/bowl.ply")
    assert "../bowl.ply" in Path("run/pictures/shot.png").read_bytes().decode("latin-1")
    Path("run").rename("moved")
    assert run("moved/pictures/shot.png", "-o", "again.png") == 0
    # Put beside each other they find each other too.
    Path("moved/pictures/shot.png").rename("shot.png")
    Path("moved/bowl.ply").rename("bowl.ply")
    assert run("shot.png", "-o", "again.png") == 0


def test_a_file_that_is_gone_is_named_and_can_be_given(bowl, capsys):
    assert run(bowl, "--path", "steps.csv", "-o", "shot.png") == 0
    first = pixels("shot.png")
    bowl.rename("elsewhere.ply")
    Path("steps.csv").rename("steps2.csv")
    capsys.readouterr()
    assert run("shot.png", "-o", "again.png") == 3
    said = capsys.readouterr().err
    assert "bowl.ply" in said and "steps.csv" in said and "Traceback" not in said
    assert run("shot.png", "elsewhere.ply", "--path", "steps2.csv", "--no-title", "-o", "again.png") == 0
    again = pixels("again.png")
    assert np.array_equal(first[300:800, 200:900], again[300:800, 200:900])
    assert run("shot.png", "elsewhere.ply", "elsewhere.ply", "-o", "again.png") == 2


def test_given_files_take_the_place_of_their_name_then_of_what_is_gone(bowl):
    for name in ("one", "two", "three"):
        Path(f"{name}.ply").write_bytes(bowl.read_bytes())
    kept = session.capture([open_document(f"{n}.ply") for n in ("one", "two", "three")], Settings(), Camera())
    Path("two.ply").rename("two_b.ply")
    Path("else").mkdir()
    Path("else/three.ply").write_bytes(bowl.read_bytes())
    documents, _ = session.reopen(kept, ["else/three.ply", "two_b.ply"])
    assert [d.path.as_posix().rpartition("/")[2] for d in documents] == ["one.ply", "two_b.ply", "three.ply"]
    assert documents[2].path == Path("else/three.ply")


def test_a_file_that_has_changed_is_told(bowl, capsys):
    assert run(bowl, "-o", "shot.png") == 0
    data = bytearray(bowl.read_bytes())
    data[-500] ^= 1
    bowl.write_bytes(data)
    capsys.readouterr()
    assert run("shot.png", "-o", "again.png") == 0
    assert "bowl.ply has changed since" in capsys.readouterr().err


def test_a_change_anywhere_but_between_the_blocks_is_seen_in_a_large_file(tmp_path):
    path = tmp_path / "large"
    data = bytearray(np.random.default_rng(0).bytes(6 * 2**20))
    path.write_bytes(data)
    before = digest_of(path)
    for at in (0, 3 * 2**20, len(data) - 1):
        path.write_bytes(data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :])
        changed = digest_of(path) != before
        assert changed or at == 3 * 2**20


@pytest.mark.parametrize("text, word", [
    ("", "not JSON"),
    ("[" * 100_000, "not JSON"),
    ("1" * 100_000, "not JSON"),
    ("{}", "does not say"),
    ('{"glviz session": true}', "does not say"),
    ('{"glviz session": 99, "files": [{"path": "bowl.ply"}]}', "version 99"),
    ('{"glviz session": 1}', "names no files"),
    ('{"glviz session": 1, "files": []}', "names no files"),
    ('{"glviz session": 1, "files": [{"path": "b"}' + ', {"path": "b"}' * 70 + "]}", "more than 64"),
    ('{"glviz session": 1, "files": ["bowl.ply"]}', "names no file"),
    ('{"glviz session": 1, "files": [{"path": "a\\u0000b"}]}', "names no file"),
    ('{"glviz session": 1, "files": [{"path": "b", "paths": [{"path": "c", "paths": [1]}]}]}', "descent"),
    ('{"glviz session": 1, "files": [{"path": "/dev/zero"}]}', "not there"),
    ("x" * (2**20 + 2), "larger than 1 MiB"),
])  # fmt: skip
def test_a_hostile_session_is_one_error(bowl, capsys, text, word):
    Path("hostile.glviz").write_text(text)
    assert run("hostile.glviz", "-o", "x.png") == 3
    said = capsys.readouterr().err
    assert word in said and "Traceback" not in said and len(said) < 600
    assert not Path("x.png").exists()


@pytest.mark.parametrize("part, word", [
    ({"settings": {"unknown": 1}}, "unknown here"),
    ({"new": [1, 2]}, "unknown here"),
    ({"settings": []}, "left out"),
    ({"settings": {"bands": "five"}}, "left out"),
    ({"settings": {"bands": 1e300}}, "left out"),
    ({"settings": {"bands": True}}, "left out"),
    ({"settings": {"exaggeration": float("nan")}}, "left out"),
    ({"settings": {"opacity": 10**400}}, "left out"),
    ({"settings": {"axes": 1}}, "left out"),
    ({"settings": {"background": ["dark"]}}, "left out"),
    ({"settings": {"title": None}}, "left out"),
    ({"settings": {"percentile_low": 60.0, "percentile_high": 40.0}}, "left out"),
    ({"settings": {"\u001b[2J": 1}}, "unknown here"),
    ({"camera": {"target": [1, 2]}}, "left out"),
    ({"camera": {"target": [1, 2, 1e308]}}, "left out"),
    ({"camera": {"field_of_view_deg": 0}}, "left out"),
    ({"size_px": [10**9, 10**9]}, "left out"),
    ({"size_px": "large"}, "left out"),
    ({"pixel_scale": -1}, "left out"),
])  # fmt: skip
def test_what_cannot_be_used_is_told_and_left_out(bowl, capsys, part, word):
    Path("odd.glviz").write_text(json.dumps({"glviz session": 1, "files": [{"path": "bowl.ply"}], **part}))
    found = session.load("odd.glviz")
    assert word in " ".join(found.notices) and "\x1b" not in " ".join(found.notices)
    assert (found.settings, found.camera) == (Settings(), Camera())
    assert found.size_px is None and found.pixel_scale is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from([*(f.name for f in fields(Settings)), *(f.name for f in fields(Camera))])


@given(st.dictionaries(NAMES, JSON, max_size=5), st.dictionaries(NAMES, JSON, max_size=5), JSON, JSON)
def test_any_json_is_a_session_or_the_error(tmp_path_factory, settings, camera, files, size):
    folder = tmp_path_factory.mktemp("any")
    kept = {"glviz session": 1, "files": files, "settings": settings, "camera": camera, "size_px": size}
    for content in (kept, {**kept, "files": [{"path": "x", "bytes": size, "sha256": files}]}, files):
        (folder / "a.glviz").write_text(json.dumps(content))
        try:
            found = session.load(folder / "a.glviz")
        except SessionError:
            continue
        # What was taken can be kept and taken again.
        session.save(found, folder / "b.glviz")
        again = session.load(folder / "b.glviz")
        assert (again.settings, again.camera) == (found.settings, found.camera)


@pytest.mark.parametrize("packed", [False, True])
def test_a_picture_that_another_program_saved_again_keeps_its_session(bowl, packed):
    assert run("bowl.ply", "-o", "a.png", "--bands", "7", "--resolution", "120,90") == 0
    with Image.open("a.png") as image:
        info = PngInfo()
        info.add_text("glviz", image.text["glviz"], zip=packed)
        image.save("b.png", pnginfo=info)
    assert read(bowl.parent / "b.png").settings.bands == 7


def test_pictures_without_a_session_are_refused(bowl, capsys):
    Image.new("RGB", (8, 8)).save("foreign.png")
    assert run("foreign.png", "-o", "x.png") == 3
    assert "holds none" in capsys.readouterr().err
    assert run(bowl, "-o", "shot.jpg") == 0
    assert run("shot.jpg", "-o", "x.png") == 3
    assert "JPEG" in capsys.readouterr().err
    assert run("gone.png", "-o", "x.png") == 3
    assert "no such file" in capsys.readouterr().err


def test_one_session_at_a_time(bowl, capsys):
    assert run(bowl, "-o", "shot.png") == 0
    assert run("shot.png", "shot.png", "other.png", "-o", "x.png") == 2
    assert "one at a time" in capsys.readouterr().err


def test_a_jpeg_has_no_transparency_and_says_so(bowl, capsys):
    assert run(bowl, "--transparent", "-o", "x.jpg") == 2
    assert "no transparency" in capsys.readouterr().err


def test_more_files_than_a_session_can_hold_are_refused_before_anything_is_drawn(bowl, capsys, monkeypatch):
    from glviz import offscreen

    monkeypatch.setattr(offscreen, "screenshot", lambda *a, **k: pytest.fail("it was drawn"))
    for name in ("many.glviz", "many.png"):
        assert run(*["bowl.ply"] * 65, "-o", name) != 0
        told = capsys.readouterr().err
        assert told.startswith(f"glviz: writing {name}: 65 files") and "\nglviz: " not in told
        assert not (bowl.parent / name).exists()
    assert run(*["bowl.ply"] * 65) != 0
    assert "opening the window: 65 files" in capsys.readouterr().err
    (bowl.parent / "s.csv").write_text("x,y\n0,0\n0.1,0\n")
    assert run("bowl.ply", *["--path", "s.csv"] * 65, "-o", "many.glviz") != 0
    assert "65 descent paths" in capsys.readouterr().err
    assert run(*["bowl.ply"] * 64, "-o", "many.glviz") == 0
    assert len(read(bowl.parent / "many.glviz").files) == 64


def test_what_was_never_in_a_file_cannot_be_kept(bowl):
    document = replace(open_document(bowl), stored=False)
    with pytest.raises(SessionError, match="in memory only"):
        session.capture([document], Settings(), Camera())
    assert session.text_for("x.png", [document], Settings(), Camera(), size_px=(9, 9), pixel_scale=1.0) == ""


def test_a_session_cannot_be_saved_in_a_folder_that_is_not_there(bowl):
    with pytest.raises(UsageError, match="writing"):
        session.save(Session((Source("bowl.ply"),)), "gone/view.glviz")
