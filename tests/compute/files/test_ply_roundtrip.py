"""What is saved comes back bit for bit, and other programs see something sensible in it."""

from __future__ import annotations

import json
import math
import os
import struct
import warnings

import numpy as np
import plyfile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.files import load, save
from compute.surface import FAILED, NOT_FINITE, OK, PENDING, CriticalPoint, Curve, Path, Surface

NAMES = st.from_regex(r"[!-~]{1,12}", fullmatch=True).filter(
    lambda name: name not in ("x", "y", "z", "status", "loss")
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
META = st.dictionaries(st.text().filter(lambda key: key not in ("shape", "field", "paths")), JSON, max_size=5)
AXIS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5, unique=True).map(sorted)


def doubles(*shape):
    """Arrays of any bit pattern's value: NaN, infinities, subnormal numbers and -0 among them."""
    count = math.prod(shape)
    values = st.lists(st.floats(), min_size=count, max_size=count)
    return values.map(lambda flat: np.array(flat, float).reshape(shape))


@st.composite
def surfaces(draw):
    x, y = draw(AXIS), draw(AXIS)
    shape = (len(y), len(x))
    metrics = draw(st.dictionaries(NAMES, doubles(*shape), max_size=3))
    field = draw(st.just("loss") | NAMES.filter(lambda name: name not in metrics))
    path = st.builds(
        lambda xy, step, name: Path(
            xy[0], xy[1], loss=xy[2], residual=xy[3], step=step[: xy.shape[1]], name=name
        ),
        st.integers(0, 4).flatmap(lambda k: doubles(4, k)),
        st.lists(st.integers(-(2**31) + 1, 2**31 - 1), min_size=4, max_size=4),
        st.text(max_size=9),
    )
    number = st.floats(-1e300, 1e300)
    point = st.builds(
        CriticalPoint,
        kind=st.sampled_from(["minimum", "saddle", "maximum"]),
        x=number,
        y=number,
        loss=number,
        persistence=number | st.just(math.inf),
        boundary=st.booleans(),
        multiplicity=st.integers(1, 1000),
        significant=st.none() | st.booleans(),
        eigenvalues=st.none() | st.tuples(number, number).map(lambda pair: (min(pair), max(pair))),
    )
    return Surface(
        x,
        y,
        draw(doubles(*shape)),
        metrics=metrics,
        status=np.array(
            draw(st.lists(st.integers(0, 3), min_size=math.prod(shape), max_size=math.prod(shape)))
        ).reshape(shape),
        meta=draw(META),
        paths=tuple(draw(st.lists(path, max_size=3))),
        critical_points=tuple(draw(st.lists(point, max_size=3))),
        field=field,
    )


def bits(array):
    return np.ascontiguousarray(array, float).view(np.uint64)


def same(first, second, exact):
    """Equal to the last bit; in text, NaN is NaN."""
    if exact:
        np.testing.assert_array_equal(bits(first), bits(second))
    else:
        np.testing.assert_array_equal(first, second)
        np.testing.assert_array_equal(np.signbit(first), np.signbit(np.where(np.isnan(first), first, second)))


@settings(max_examples=120, deadline=None)
@given(surface=surfaces(), text=st.booleans())
def test_surface(surface, text, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "surface.ply"
    save(surface, path, text=text)
    back = load(path)
    assert isinstance(back, Surface)
    assert len(back.notices) == (0 if surface.finite.any() else 1)  # "no finite vertices"
    same(surface.x, back.x, True)
    same(surface.y, back.y, True)
    same(surface.loss, back.loss, not text)
    np.testing.assert_array_equal(back.status, surface.status)
    assert back.field == surface.field and list(back.metrics) == list(surface.metrics)
    for name, values in surface.metrics.items():
        same(values, back.metrics[name], not text)
    assert dict(back.meta) == dict(surface.meta)
    assert [p.name for p in back.paths] == [p.name for p in surface.paths]
    for one, other in zip(surface.paths, back.paths, strict=True):
        np.testing.assert_array_equal(one.step, other.step)
        for name in ("x", "y", "loss", "residual"):
            same(getattr(one, name), getattr(other, name), not text)
    assert back.critical_points == surface.critical_points


@settings(max_examples=60, deadline=None)
@given(x=AXIS, data=st.data(), meta=META, text=st.booleans())
def test_curve(x, data, meta, text, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "curve.ply"
    curve = Curve(
        x,
        data.draw(doubles(len(x))),
        metrics=data.draw(st.dictionaries(NAMES, doubles(len(x)), max_size=2)),
        status=data.draw(st.lists(st.integers(0, 3), min_size=len(x), max_size=len(x))),
        meta=meta,
    )
    save(curve, path, text=text)
    back = load(path)
    assert isinstance(back, Curve) and back.field == "loss"
    assert len(back.notices) == (0 if (np.isfinite(curve.loss) & (curve.status == OK)).any() else 1)
    same(curve.x, back.x, True)
    same(curve.loss, back.loss, not text)
    np.testing.assert_array_equal(back.status, curve.status)
    assert dict(back.meta) == meta and list(back.metrics) == list(curve.metrics)
    for name, values in curve.metrics.items():
        same(values, back.metrics[name], not text)


@pytest.fixture
def holed():
    """A 4 x 5 surface with one point of each status that is not OK."""
    loss = np.add.outer(np.arange(4.0), np.arange(5.0) / 10)
    loss[0, 0], loss[1, 3], loss[3, 4] = np.nan, np.inf, np.nan
    status = np.full((4, 5), OK, np.uint8)
    status[0, 0], status[1, 3], status[3, 4] = FAILED, NOT_FINITE, PENDING
    return Surface(np.linspace(-1, 1, 5), np.linspace(0, 3, 4), loss, status=status, meta={"model": "mlp"})


@pytest.mark.parametrize("text", [False, True])
def test_other_programs_see_a_surface(holed, tmp_path, text):
    save(holed, tmp_path / "a.ply", text=text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = plyfile.PlyData.read(str(tmp_path / "a.ply"))
    assert data.text is text and (text or data.byte_order == "<")
    assert data.comments == ["loss-surface 1", 'meta {"model": "mlp", "shape": [4, 5]}']
    vertex = data["vertex"]
    assert [p.name for p in vertex.properties] == ["x", "y", "z", "loss", "status"]
    assert [p.val_dtype for p in vertex.properties] == ["f8"] * 4 + ["u1"]
    np.testing.assert_array_equal(vertex["x"].reshape(4, 5), np.tile(holed.x, (4, 1)))
    np.testing.assert_array_equal(vertex["y"].reshape(4, 5)[:, 0], holed.y)
    z = np.where(holed.finite, holed.loss, holed.loss[holed.finite].max())
    np.testing.assert_array_equal(vertex["z"].reshape(4, 5), z)
    faces = np.stack(data["face"]["vertex_indices"])
    whole = [(j, i) for j in range(3) for i in range(4) if holed.finite[j : j + 2, i : i + 2].all()]
    assert len(faces) == len(whole) == 12 - 1 - 4 - 1
    for quad, (j, i) in zip(faces, whole, strict=True):
        px, py = vertex["x"][quad], vertex["y"][quad]
        assert px.min() == holed.x[i] and py.min() == holed.y[j]
        area = 0.5 * np.sum(px * np.roll(py, -1) - np.roll(px, -1) * py)  # > 0: counter-clockwise
        np.testing.assert_allclose(area, (holed.x[i + 1] - holed.x[i]) * (holed.y[j + 1] - holed.y[j]))


def test_the_bytes_are_those_that_plyfile_writes_itself(holed, tmp_path):
    """The fast way of writing rows is only a faster way."""
    for text in (False, True):
        save(holed, tmp_path / "ours.ply", text=text)
        data = plyfile.PlyData.read(str(tmp_path / "ours.ply"))
        data.write(str(tmp_path / "theirs.ply"))
        assert (tmp_path / "ours.ply").read_bytes() == (tmp_path / "theirs.ply").read_bytes()


def test_curve_has_edges(tmp_path):
    save(Curve([0, 1, 3], [5, 4, 6]), tmp_path / "a.ply")
    data = plyfile.PlyData.read(str(tmp_path / "a.ply"))
    assert list(zip(data["edge"]["vertex1"], data["edge"]["vertex2"], strict=True)) == [(0, 1), (1, 2)]


def test_nan_keeps_its_bits(tmp_path):
    odd = struct.unpack("<d", struct.pack("<Q", 0xFFF8_0000_DEAD_BEEF))[0]
    surface = Surface([0, 1], [0, 1], [[odd, 1], [2, 3]], metrics={"m": [[1, odd], [2, 3]]})
    save(surface, tmp_path / "a.ply")
    back = load(tmp_path / "a.ply")
    same(back.loss, surface.loss, True)
    same(back.metrics["m"], surface.metrics["m"], True)


@pytest.mark.parametrize(
    "name", ["x", "y", "z", "status", "loss", "two words", "", "größe", "a\nb", "n" * 300]
)
def test_name_that_no_property_can_have(tmp_path, name):
    surface = Surface([0, 1], [0, 1], [[1, 2], [3, 4]], metrics={name: np.zeros((2, 2))})
    with pytest.raises(ValueError, match="rename it"):
        save(surface, tmp_path / "a.ply")
    assert os.listdir(tmp_path) == []


def test_height_by_another_name_beside_a_metric_called_loss(tmp_path):
    surface = Surface([0, 1], [0, 1], [[1, 2], [3, 4]], metrics={"loss": np.ones((2, 2))}, field="accuracy")
    save(surface, tmp_path / "a.ply")
    back = load(tmp_path / "a.ply")
    assert back.field == "accuracy" and back.loss.tolist() == [[1, 2], [3, 4]]
    assert back.metrics["loss"].tolist() == [[1, 1], [1, 1]]
    other = load(tmp_path / "a.ply", field="loss")
    assert other.field == "loss" and other.fields == ("loss", "accuracy")


def test_long_meta_is_split_into_lines_and_survives_a_program_that_trims_them(tmp_path):
    meta = {"command": "a  b " * 900, "blanks": " " * 3000, "quote": '"\\ ' * 500, "text": "损失 " * 300}
    save(Surface([0, 1], [0, 1], [[1, 2], [3, 4]], meta=meta), tmp_path / "a.ply")
    lines = (tmp_path / "a.ply").read_bytes().split(b"end_header")[0].split(b"\n")
    pieces = [line[len(b"comment meta ") :] for line in lines if line.startswith(b"comment meta ")]
    assert len(pieces) > 10 and all(len(piece) <= 1000 and piece == piece.strip() for piece in pieces)
    assert json.loads(b"".join(pieces)) == {**meta, "shape": [2, 2]}
    assert dict(load(tmp_path / "a.ply").meta) == meta


def test_meta_that_json_lacks(tmp_path):
    meta = {
        "nan": math.nan,
        "inf": [math.inf, -math.inf],
        "array": np.array([[1.5, 2], [3, np.nan]]),
        "scalar": np.float32(0.5),
        "count": np.int64(3),
        "tuple": (1, (2,)),
        "nested": {"path": tmp_path},
        3: True,
    }
    save(Surface([0, 1], [0, 1], [[1, 2], [3, 4]], meta=meta), tmp_path / "a.ply")
    assert dict(load(tmp_path / "a.ply").meta) == {
        "nan": "nan",
        "inf": ["inf", "-inf"],
        "array": [[1.5, 2], [3, "nan"]],
        "scalar": 0.5,
        "count": 3,
        "tuple": [1, [2]],
        "nested": {"path": str(tmp_path)},
        "3": True,
    }


def test_meta_that_cannot_be_written(tmp_path):
    itself: dict = {}
    itself["itself"] = itself
    for meta, found in (
        ({"a": {"b": [object()]}}, r"meta\.a\.b\[0\] is a object"),
        (itself, "nested too deeply"),
        ({"a": "x" * (1 << 20)}, "too large"),
    ):
        with pytest.raises(ValueError, match=found):
            save(Surface([0, 1], [0, 1], [[1, 2], [3, 4]], meta=meta), tmp_path / "a.ply")
    assert os.listdir(tmp_path) == []


def test_step_beyond_32_bits_is_refused(tmp_path):
    surface = Surface([0, 1], [0, 1], [[1, 2], [3, 4]], paths=[Path([0], [0], step=[2**31])])
    with pytest.raises(ValueError, match="32 bits"):
        save(surface, tmp_path / "a.ply")


def test_nothing_finite_can_be_saved_and_loaded(tmp_path):
    surface = Surface([0, 1], [0, 1], np.full((2, 2), np.nan))
    save(surface, tmp_path / "a.ply")
    back = load(tmp_path / "a.ply")
    assert np.isnan(back.loss).all() and (back.status == NOT_FINITE).all()
    assert "no finite vertices" in back.notices[0]
    assert (plyfile.PlyData.read(str(tmp_path / "a.ply"))["vertex"]["z"] == 0).all()


def test_interrupted_write_keeps_the_old_file(tmp_path, monkeypatch):
    save(Surface([0, 1], [0, 1], [[1, 2], [3, 4]]), tmp_path / "a.ply")
    before = (tmp_path / "a.ply").read_bytes()

    def interrupted(self, stream):
        stream.write(b"ply\n")
        raise KeyboardInterrupt

    monkeypatch.setattr(plyfile.PlyData, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(Surface([0, 1], [0, 1], [[5, 6], [7, 8]]), tmp_path / "a.ply")
    assert (tmp_path / "a.ply").read_bytes() == before
    assert os.listdir(tmp_path) == ["a.ply"]


def test_what_the_computation_had_to_say_is_told_again_on_loading(tmp_path):
    notes = ["The statistics are those of the centre.", 7, "x" * 10_000]
    Surface([0, 1], [0, 1], np.eye(2), meta={"notes": notes}).save(tmp_path / "a.ply")
    loaded = load(tmp_path / "a.ply")
    assert loaded.notices[0] == notes[0] and len(loaded.notices) == 2 and len(loaded.notices[1]) <= 500
    assert loaded.meta["notes"] == notes
    Surface([0, 1], [0, 1], np.eye(2), meta={"notes": "not a list"}).save(tmp_path / "b.ply")
    assert load(tmp_path / "b.ply").notices == ()
