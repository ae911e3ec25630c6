"""Data sets in the layouts in which they are published, and what is wrong with files that are not."""

from __future__ import annotations

import gzip
import pickle
import sys

import numpy as np
import pytest
import torch

from compute.errors import GuidedError, InputError, UsageError
from compute.zoo import data

RNG = np.random.default_rng(7)


def images(count, *shape):
    return RNG.integers(0, 256, (count, *shape), dtype=np.uint8)


def labels(count):
    return RNG.integers(0, 10, count, dtype=np.uint8)


def idx(values, magic=None):
    """The idx format: 0, 0, type, dimensions, big-endian sizes, bytes."""
    sizes = b"".join(int(size).to_bytes(4, "big") for size in values.shape)
    return (magic or bytes([0, 0, 8, values.ndim])) + sizes + values.tobytes()


def write_mnist(folder, split="train", count=5, end=""):
    stem = {"train": "train", "test": "t10k"}[split]
    x, y = images(count, 28, 28), labels(count)
    squeeze = gzip.compress if end else bytes
    (folder / f"{stem}-images-idx3-ubyte{end}").write_bytes(squeeze(idx(x)))
    (folder / f"{stem}-labels-idx1-ubyte{end}").write_bytes(squeeze(idx(y)))
    return x, y


def write_cifar(folder, count=4):
    raw = {}
    for name in [f"data_batch_{k}.bin" for k in range(1, 6)] + ["test_batch.bin"]:
        x, y = images(count, 3, 32, 32), labels(count)
        (folder / name).write_bytes(b"".join(bytes([k]) + i.tobytes() for i, k in zip(x, y, strict=True)))
        raw[name] = (x, y)
    return raw


def write_npz(path, **changes):
    arrays = {
        "train_images": images(6, 3, 32, 32),
        "train_labels": labels(6),
        "test_images": images(3, 3, 32, 32),
        "test_labels": labels(3),
    } | changes
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return arrays


def normalised(raw, mean, std):
    """The definition, one channel at a time in float64."""
    return np.stack([(raw[:, c] / 255.0 - mean[c]) / std[c] for c in range(raw.shape[1])], 1)


CIFAR = ([125.3 / 255, 123.0 / 255, 113.9 / 255], [63.0 / 255, 62.1 / 255, 66.7 / 255])


def test_digits_are_the_real_ones_split_for_good():
    train, test = data.load("digits"), data.load("digits", "test")
    assert (train.count, test.count) == (1437, 360)
    assert train.inputs.dtype == torch.float32 and train.targets.dtype == torch.int64
    both = torch.cat([train.inputs, test.inputs])
    assert both.min() == 0 and both.max() == 1
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    mine = sorted(
        map(tuple, torch.cat([both * 16, torch.cat([train.targets, test.targets])[:, None]], 1).tolist())
    )
    assert mine == sorted(map(tuple, np.column_stack([pixels, classes]).tolist()))
    # The split may never change: recorded figures depend on it.
    assert train.targets[:8].tolist() == [2, 8, 2, 6, 6, 7, 1, 9]


def test_spirals_follow_their_formula_and_never_change():
    train, test = data.load("spirals"), data.load("spirals", "test")
    assert (train.count, test.count) == (1080, 270)
    assert train.targets.bincount().tolist() == [360] * 3
    x, y = train.inputs.numpy().T
    radius = np.hypot(x, y)
    angle = np.arctan2(x, y) - 4 * train.targets.numpy() - 4 * radius
    off = np.angle(np.exp(1j * angle))[radius > 0]
    assert abs(off.mean()) < 0.02 and off.std() == pytest.approx(0.2, abs=0.02)
    assert radius.max() == pytest.approx(1.0) and not torch.equal(train.inputs[:270], test.inputs)
    assert train.targets[:8].tolist() == [1, 0, 1, 2, 0, 1, 1, 0]
    assert torch.equal(data.load("spirals", limit=5).inputs, train.inputs[:5])


def test_spirals_of_a_file(tmp_path):
    points = np.random.default_rng(0).normal(size=(9, 2))
    labels = np.arange(9) % 3
    path = tmp_path / "s.npz"
    np.savez(path, train_points=points, train_labels=labels)
    loaded = data.load(f"spirals:{path}")
    np.testing.assert_allclose(loaded.inputs, points.astype(np.float32))
    assert (loaded.targets.tolist(), loaded.as_meta()) == (
        labels.tolist(),
        {"name": "spirals", "count": 9, "split": "train"},
    )
    with pytest.raises(InputError, match="no array test_points"):
        data.load(f"spirals:{path}", "test")
    np.savez(path, train_points=points, train_labels=labels[:5])
    with pytest.raises(InputError, match="one whole number"):
        data.load(f"spirals:{path}")


def test_a_limit_takes_the_first_samples():
    whole, part = data.load("digits"), data.load("digits", limit=10)
    assert part.count == len(part) == 10
    assert torch.equal(whole.inputs[:10], part.inputs)
    assert part.as_meta()["count"] == 10


@pytest.mark.parametrize("split", ["train", "test"])
def test_npz_of_cifar(tmp_path, split):
    arrays = write_npz(tmp_path / "c.npz")
    loaded = data.load(f"cifar10:{tmp_path / 'c.npz'}", split)
    np.testing.assert_allclose(loaded.inputs, normalised(arrays[f"{split}_images"], *CIFAR), atol=1e-6)
    assert loaded.targets.tolist() == arrays[f"{split}_labels"].tolist()
    meta = loaded.as_meta()
    assert (meta["name"], meta["split"], meta["count"]) == ("cifar10", split, loaded.count)
    assert meta["normalisation"] == {"divisor": 255.0, "mean": CIFAR[0], "std": CIFAR[1]}


def test_npz_of_mnist_gains_a_channel(tmp_path):
    raw = images(6, 28, 28)
    write_npz(tmp_path / "m.npz", train_images=raw)
    loaded = data.load(f"mnist:{tmp_path / 'm.npz'}")
    np.testing.assert_allclose(loaded.inputs, normalised(raw[:, None], [0.1307], [0.3081]), atol=1e-6)


def test_npz_of_any_images_is_scaled_only(tmp_path):
    raw = images(6, 1, 5, 7)
    write_npz(tmp_path / "own.npz", train_images=raw)
    np.testing.assert_allclose(data.load(f"images:{tmp_path / 'own.npz'}").inputs, raw / 255, atol=1e-6)


@pytest.mark.parametrize("inner", ["", "cifar-10-batches-bin"])
@pytest.mark.parametrize("limit", [None, 2, 9])
def test_cifar_binary(tmp_path, inner, limit):
    folder = tmp_path / inner
    folder.mkdir(exist_ok=True)
    raw = write_cifar(folder)
    expected = np.concatenate([raw[f"data_batch_{k}.bin"][0] for k in range(1, 6)])[:limit]
    classes = np.concatenate([raw[f"data_batch_{k}.bin"][1] for k in range(1, 6)])[:limit]
    loaded = data.load(f"cifar10:{tmp_path}", limit=limit)
    np.testing.assert_allclose(loaded.inputs, normalised(expected, *CIFAR), atol=1e-6)
    assert loaded.targets.tolist() == classes.tolist()
    test = data.load(f"cifar10:{tmp_path}", "test")
    np.testing.assert_allclose(test.inputs, normalised(raw["test_batch.bin"][0], *CIFAR), atol=1e-6)


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("inner", ["", "MNIST/raw"])
def test_mnist_idx(tmp_path, end, inner):
    folder = tmp_path / inner
    folder.mkdir(parents=True, exist_ok=True)
    train, test = write_mnist(folder, end=end), write_mnist(folder, "test", 3, end)
    for split, (x, y) in (("train", train), ("test", test)):
        loaded = data.load(f"mnist:{tmp_path}", split)
        np.testing.assert_allclose(loaded.inputs, normalised(x[:, None], [0.1307], [0.3081]), atol=1e-6)
        assert loaded.targets.tolist() == y.tolist()
    assert data.load(f"mnist:{tmp_path}", limit=2).count == 2


def hostile_idx(values):
    whole = idx(values)
    return {
        "empty": b"",
        "a bare magic number": whole[:4],
        "another magic number": idx(values, b"\0\0\x0d\3"),
        "little-endian sizes": whole[:4] + values.shape[0].to_bytes(4, "little") + whole[8:],
        "truncated": whole[:-1],
        "one byte more": whole + b"x",
        "no images": idx(values[:0]),
        "claims 4 billion": whole[:4] + b"\xff" * 12 + whole[16:],
        "another size": idx(values[:, :14]),
        "labels": idx(values[:, 0, 0]),
        "fewer than labels": idx(values[:-1]),
    }


@pytest.mark.parametrize("case", hostile_idx(images(5, 28, 28)))
@pytest.mark.parametrize("end", ["", ".gz"])
def test_idx_files_that_are_not(tmp_path, case, end):
    x, _ = write_mnist(tmp_path, end=end)
    broken = hostile_idx(x)[case]
    path = tmp_path / f"train-images-idx3-ubyte{end}"
    path.write_bytes(gzip.compress(broken) if end else broken)
    with pytest.raises(InputError) as caught:
        data.load(f"mnist:{tmp_path}")
    assert caught.value.found and caught.value.todo


def test_a_cut_gzip_is_refused(tmp_path):
    write_mnist(tmp_path, end=".gz")
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="reading the idx file"):
        data.load(f"mnist:{tmp_path}")
    path.write_bytes(b"no gzip at all")
    with pytest.raises(InputError, match="reading the idx file"):
        data.load(f"mnist:{tmp_path}")


def test_cifar_folders_that_are_not(tmp_path):
    with pytest.raises(InputError, match=r"data_batch_1\.bin"):
        data.load(f"cifar10:{tmp_path}")
    (tmp_path / "data_batch_1").write_bytes(b"")
    with pytest.raises(InputError, match="pickles"):
        data.load(f"cifar10:{tmp_path}")
    write_cifar(tmp_path)
    batch = tmp_path / "data_batch_3.bin"
    whole = batch.read_bytes()
    for broken, reason in (
        (whole[:-1], "no whole number of records"),
        (b"", "no whole number of records"),
        (b"\x0a" + whole[1:], "label 10"),
    ):
        batch.write_bytes(broken)
        with pytest.raises(InputError, match=reason):
            data.load(f"cifar10:{tmp_path}")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"train_labels": None}, "no array train_labels"),
        ({"train_images": np.zeros((6, 3, 32, 31), np.uint8)}, r"shape \(6, 3, 32, 31\)"),
        ({"train_images": np.zeros((6, 32, 32, 3), np.uint8)}, r"expected \(n, 3, 32, 32\)"),
        ({"train_images": np.zeros((6, 3, 32, 32))}, "of float64"),
        ({"train_labels": labels(5)}, "6 images, and labels of shape"),
        ({"train_labels": np.full(6, 10)}, "labels from 10 to 10"),
        ({"train_labels": np.full(6, -1)}, "labels from -1"),
        ({"train_labels": np.full(6, 0.5)}, "type float64"),
        ({"train_images": np.zeros((0, 3, 32, 32), np.uint8), "train_labels": labels(0)}, "0 images"),
    ],
)
def test_npz_files_that_are_not(tmp_path, changes, reason):
    write_npz(tmp_path / "c.npz", **changes)
    with pytest.raises(InputError, match=reason):
        data.load(f"cifar10:{tmp_path / 'c.npz'}")


class Bomb:
    """Unpickling this makes the test fail."""

    def __reduce__(self):
        return (sys.exit, ("a pickle was run",))


def test_no_pickle_is_ever_run(tmp_path):
    path = tmp_path / "c.npz"
    np.savez(path, train_images=np.array([Bomb()], dtype=object), train_labels=labels(1))
    with pytest.raises(InputError, match="it holds pickled objects"):
        data.load(f"cifar10:{path}")
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InputError, match="no numpy file at all") as caught:
        data.load(f"cifar10:{path}")
    assert "allow_pickle" not in str(caught.value)  # no advice to switch the protection off


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"\x93NUMPY\x01\x00"])
def test_no_archive_at_all(tmp_path, content):
    (tmp_path / "c.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"c\.npz"):
        data.load(f"cifar10:{tmp_path / 'c.npz'}")


def test_a_single_array_is_no_archive(tmp_path):
    with open(tmp_path / "c.npz", "wb") as stream:
        np.save(stream, labels(3))
    with pytest.raises(InputError, match="single array"):
        data.load(f"cifar10:{tmp_path / 'c.npz'}")


def test_a_cut_archive_is_refused(tmp_path):
    write_npz(tmp_path / "c.npz")
    whole = (tmp_path / "c.npz").read_bytes()
    for keep in (len(whole) - 10, len(whole) // 2, 100):
        (tmp_path / "c.npz").write_bytes(whole[:keep])
        with pytest.raises(InputError):
            data.load(f"cifar10:{tmp_path / 'c.npz'}")


@pytest.mark.parametrize(
    ("spec", "error", "words"),
    [
        ("digit", UsageError, "Did you mean 'digits'?"),
        ("cifar:x.npz", UsageError, "Did you mean 'cifar10'?"),
        ("mnist", UsageError, "mnist:FOLDER"),
        ("cifar10:/no/such/place.npz", InputError, "no such file or folder"),
        ("no_such_module:make", UsageError, "no module 'no_such_module'"),
        ("math:sinn", UsageError, "Did you mean 'sin'?"),
        ("math:sin", UsageError, "the factory raised TypeError"),
        ("math:pi", UsageError, "cannot be made into tensors"),
    ],
)
def test_a_data_set_that_is_not_there(spec, error, words):
    with pytest.raises(error) as caught:
        data.load(spec)
    assert words in str(caught.value)


@pytest.mark.parametrize(("split", "limit"), [("val", None), ("train", 0), ("train", -3)])
def test_splits_and_limits_that_make_no_sense(split, limit):
    with pytest.raises(GuidedError):
        data.load("digits", split, limit)


OWN = """
import numpy as np, torch
from torch.utils.data import DataLoader, Dataset

X, Y = torch.arange(12.).view(6, 2), torch.tensor([0, 1, 2, 0, 1, 2])

class Squares(Dataset):
    def __len__(self):
        return 6
    def __getitem__(self, i):      # never raises IndexError, as many data sets of users do
        return X[i % 6], int(Y[i % 6])

def pair(): return X, Y
def arrays(): return X.numpy().astype(np.float64), Y.numpy().astype(np.int32)
def dataset(): return Squares()
def loader(): return DataLoader(Squares(), batch_size=4)
def split_pair(split="train"): return (X, Y) if split == "train" else (X[:2], Y[:2])
ready = Squares()
def uneven(): return X, Y[:3]
def ragged(): return [(torch.zeros(k + 1), 0) for k in range(3)]
def broken(): raise RuntimeError("no disk")
"""


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    """A module in the current directory, gone again afterwards."""
    (tmp_path / "own_samples.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    yield "own_samples"
    sys.modules.pop("own_samples", None)


@pytest.mark.parametrize("factory", ["pair", "arrays", "dataset", "loader", "split_pair", "ready"])
@pytest.mark.parametrize("limit", [None, 5])
def test_data_of_ones_own(own_module, factory, limit):
    loaded = data.load(f"{own_module}:{factory}", limit=limit)
    assert torch.equal(loaded.inputs, torch.arange(12.0).view(6, 2)[:limit])
    assert torch.equal(loaded.targets, torch.tensor([0, 1, 2, 0, 1, 2])[:limit])


def test_a_factory_that_knows_splits_is_asked_for_one(own_module):
    assert data.load(f"{own_module}:split_pair", "test").count == 2
    assert data.load(f"{own_module}:split_pair", "test").split == "test"
    assert data.load(f"{own_module}:pair", "test").split is None


@pytest.mark.parametrize(
    ("factory", "words"),
    [
        ("uneven", "6 inputs and 3 targets"),
        ("ragged", "cannot be made"),
        ("broken", "no disk"),
        ("par", "'pair'"),
    ],
)
def test_factories_that_fail(own_module, factory, words):
    with pytest.raises(UsageError, match=words):
        data.load(f"{own_module}:{factory}")
