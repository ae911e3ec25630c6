"""What is saved in any format comes back: every bit where the format has room for it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compute.files import FORMATS, load, save
from compute.files.ply.dialect import valid_name
from compute.surface import PENDING, CriticalPoint, Curve, Path, Surface

pytestmark = pytest.mark.usefixtures("without_child")

KEPT = (".h5", ".vtp", ".npz")  # PLY has tests of its own
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=9)
NAMES = TEXT.filter(lambda name: name not in ("loss", "train_loss", "test_loss"))
COLUMN = st.from_regex(r"[A-Za-z][A-Za-z0-9 _,\"()%-]{0,9}[a-z0-9]", fullmatch=True).filter(
    lambda name: name.lower() not in ("pc1", "pc2", "loss", "alpha", "beta", "status")
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
META = st.dictionaries(
    TEXT.filter(lambda key: key not in ("shape", "field", "paths", "notes")), JSON, max_size=3
)
AXIS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=4, unique=True).map(sorted)
FIND = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def doubles(*shape):
    """Arrays of any value: NaN, infinities, subnormal numbers and -0 among them."""
    count = math.prod(shape)
    values = st.lists(st.floats(), min_size=count, max_size=count)
    return values.map(lambda flat: np.array(flat, float).reshape(shape))


@st.composite
def paths(draw):
    x, y, loss, residual = draw(st.integers(0, 3).flatmap(lambda k: doubles(4, k)))
    step = draw(st.lists(st.integers(-(2**53) + 1, 2**53 - 1), min_size=x.size, max_size=x.size))
    return Path(x, y, loss=loss, residual=residual, step=step, name=draw(TEXT))


NUMBER = st.floats(-1e300, 1e300)
POINTS = st.builds(
    CriticalPoint,
    kind=st.sampled_from(["minimum", "saddle", "maximum"]),
    x=NUMBER,
    y=NUMBER,
    loss=NUMBER,
    persistence=NUMBER | st.just(math.inf),
    boundary=st.booleans(),
    multiplicity=st.integers(1, 1000),
    significant=st.none() | st.booleans(),
    eigenvalues=st.none() | st.tuples(NUMBER, NUMBER).map(lambda pair: (min(pair), max(pair))),
)


@st.composite
def surfaces(draw, names=NAMES):
    x, y = draw(AXIS), draw(AXIS)
    shape = (len(y), len(x))
    metrics = draw(st.dictionaries(names, doubles(*shape), max_size=2))
    count = math.prod(shape)
    status = np.array(draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))).reshape(shape)
    # What is not computed yet has no value.
    loss = np.where(status == PENDING, np.nan, draw(doubles(*shape)))
    return Surface(
        x,
        y,
        loss,
        metrics=metrics,
        status=status,
        meta=draw(META),
        paths=tuple(draw(st.lists(paths(), max_size=2))),
        critical_points=tuple(draw(st.lists(POINTS, max_size=2))),
        field=draw(st.just("loss") | names.filter(lambda name: name not in metrics)),
    )


@st.composite
def curves(draw, names=NAMES):
    x = draw(AXIS)
    metrics = draw(st.dictionaries(names, doubles(len(x)), max_size=2))
    status = np.array(draw(st.lists(st.integers(0, 3), min_size=len(x), max_size=len(x))))
    loss = np.where(status == PENDING, np.nan, draw(doubles(len(x))))
    return Curve(x, loss, metrics=metrics, status=status, meta=draw(META))


def bits(array):
    """The values as integers; all NaN alike, -0 unlike 0."""
    array = np.ascontiguousarray(array, float)
    return np.where(np.isnan(array), np.nan, array).view(np.uint64)


def check(one, other):
    """Equal in everything but the notices."""
    assert type(one) is type(other)
    assert one.field == other.field and list(one.metrics) == list(other.metrics)
    arrays = [(one.x, other.x), (one.loss, other.loss)]
    arrays += [(one.metrics[name], other.metrics[name]) for name in one.metrics]
    if isinstance(one, Surface):
        arrays.append((one.y, other.y))
    for first, second in arrays:
        np.testing.assert_array_equal(bits(first), bits(second))
    np.testing.assert_array_equal(one.status, other.status)
    assert json.loads(json.dumps(dict(one.meta))) == dict(other.meta)


def check_marks(one, other):
    assert other.critical_points == one.critical_points
    assert [path.name for path in other.paths] == [path.name for path in one.paths]
    for first, second in zip(one.paths, other.paths, strict=True):
        np.testing.assert_array_equal(first.step, second.step)
        for name in ("x", "y", "loss", "residual"):
            np.testing.assert_array_equal(bits(getattr(first, name)), bits(getattr(second, name)))


@pytest.mark.parametrize("extension", KEPT)
@FIND
@given(data=st.data())
def test_everything_of_a_surface(extension, data, tmp_path_factory):
    surface = data.draw(surfaces())
    file = tmp_path_factory.getbasetemp() / f"surface{extension}"
    save(surface, file)
    back = load(file)
    check(surface, back)
    check_marks(surface, back)
    assert not back.notices


@pytest.mark.parametrize("extension", KEPT)
@settings(FIND, max_examples=25)
@given(data=st.data())
def test_everything_of_a_curve(extension, data, tmp_path_factory):
    curve = data.draw(curves())
    file = tmp_path_factory.getbasetemp() / f"curve{extension}"
    save(curve, file)
    check(curve, load(file))


@pytest.mark.parametrize("extension", [".csv", ".tsv"])
@FIND
@given(data=st.data())
def test_values_in_csv(extension, data, tmp_path_factory):
    surface = data.draw(surfaces(COLUMN).filter(lambda s: valid_name(s.field) and min(s.shape) > 1))
    file = tmp_path_factory.getbasetemp() / f"surface{extension}"
    save(surface, file)
    check(surface, load(file))


@settings(FIND, max_examples=25)
@given(curve=curves(COLUMN))
def test_curves_in_csv(curve, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / "curve.csv"
    save(curve, file)
    back = load(file)
    check(curve, back)


def test_a_chain_through_all_formats_that_keep_everything(tmp_path):
    """PLY to HDF5 to VTP to NPZ and back to PLY: the same bytes at the end."""
    rng = np.random.default_rng(0)
    loss = rng.normal(size=(4, 7))
    loss[0, 0], loss[1, 1], loss[2, 2] = np.nan, np.inf, np.nan
    status = np.ones((4, 7), np.uint8)
    status[0, 0], status[1, 1], status[2, 2] = 0, 2, 3
    surface = Surface(
        np.linspace(-1, 1, 7), np.linspace(0, 1, 4), loss,
        metrics={"accuracy": rng.random((4, 7)), "loss_stderr": rng.random((4, 7))}, status=status,
        meta={"model": "mlp", "explained_variance": [0.9, 0.05]},
        paths=[Path([0, 1], [1, 0], loss=[3, 1], step=[0, 10], name="sgd"), Path([0], [0], name="adam")],
        critical_points=[CriticalPoint("minimum", 0.1, 0.2, -1, eigenvalues=(1, 2), significant=True)],
    )  # fmt: skip
    files = [tmp_path / f"{number}{extension}" for number, extension in enumerate((".ply", *KEPT, ".ply"))]
    save(surface, files[0])
    for source, target in zip(files, files[1:], strict=False):
        save(load(source), target)
    assert files[0].read_bytes() == files[-1].read_bytes()


def test_every_format_that_says_so_keeps_everything():
    assert {e for known in FORMATS if known.lossless for e in known.extensions} == {".ply", ".hdf5", *KEPT}
