"""Archives that would unpack to far more than they are: one error each, before anything is unpacked."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from compute.errors import GuidedError
from compute.files import archives, load, save
from compute.model.checkpoints import read_state_dict
from compute.surface import Surface
from compute.zoo.data import formats

REPOSITORY = Path(__file__).resolve().parents[3]


def packed(source: Path, target: Path) -> Path:
    """The same archive, its members deflated."""
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as small:
        for member in whole.infolist():
            small.writestr(member.filename, whole.read(member))
    return target


def surface_file(folder: Path, values: np.ndarray) -> Path:
    axis = np.linspace(-1, 1, len(values))
    save(Surface(axis, axis, values), folder / "s.npz")
    return folder / "s.npz"


def data_file(folder: Path, values: np.ndarray) -> Path:
    np.savez_compressed(folder / "d.npz", x_train=values, y_train=values[:, 0])
    return folder / "d.npz"


def checkpoint(folder: Path, values: np.ndarray) -> Path:
    torch.save({"w": torch.from_numpy(values)}, folder / "plain.pt")
    return packed(folder / "plain.pt", folder / "c.pt")


def read_data(path: Path) -> object:
    return formats.read_arrays(path, ("x_train", "y_train"), "images")


READERS = [(surface_file, load), (data_file, read_data), (checkpoint, read_state_dict)]
IDS = ["surface", "data", "checkpoint"]


@pytest.mark.parametrize(("make", "read"), READERS, ids=IDS)
def test_a_bomb_is_refused_by_its_directory(tmp_path, monkeypatch, make, read):
    path = make(tmp_path, np.zeros((1024, 1024)))
    size = path.stat().st_size
    assert size < 60_000
    monkeypatch.setattr(archives, "PLENTY", 2**20)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)  # nothing is unpacked, by whomever
    monkeypatch.setattr(torch, "load", None)
    with pytest.raises(GuidedError, match=f"its {size:,} bytes would unpack to [89],[0-9,]+") as error:
        read(path)
    assert "\n" not in error.value.found and error.value.todo


@pytest.mark.parametrize(("make", "read"), READERS, ids=IDS)
def test_values_that_say_something_are_no_bomb(tmp_path, monkeypatch, make, read):
    path = make(tmp_path, np.random.default_rng(0).normal(size=(300, 300)).round(2))
    monkeypatch.setattr(archives, "PLENTY", 0)
    assert read(path) is not None


def test_a_grid_that_is_all_pending_is_read(tmp_path):
    """It packs as well as a bomb does, and is honest."""
    path = surface_file(tmp_path, np.full((1024, 1024), np.nan))
    assert path.stat().st_size < 60_000
    assert np.isnan(load(path).loss).all()


MEASURED = """
import resource, sys, zipfile
from compute.model.checkpoints import read_state_dict
from compute.files import load
from compute.zoo.data.formats import read_arrays
read = {"load": load, "state": read_state_dict, "data": lambda path: read_arrays(path, ("x",), "images")}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read[sys.argv[1]](__import__("pathlib").Path(sys.argv[2]))
except Exception as error:
    print(type(error).__name__, error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["load", "state", "data"])
def test_a_gigabyte_in_a_megabyte_takes_no_memory(tmp_path, reader):
    """The member is as large as it says, so that only its size tells."""
    path = tmp_path / "bomb.npz"
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (125000000,), }"
    names = ["archive/data.pkl", "archive/data/0"] if reader == "state" else ["x.npy"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in names:
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(header.ljust(127) + b"\n")
                for _ in range(100):
                    member.write(bytes(10_000_000))
    assert path.stat().st_size < 10_000_000
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, reader, path],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    said, megabytes = done.stdout.rsplit("\n", 2)[:2]
    assert "would unpack to" in said and int(megabytes) < 100, done.stdout + done.stderr
