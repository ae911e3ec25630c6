"""Damaged and hostile files of every format: a result or one typed error, soon, in bounded memory.

Readers in Python work in this process, whose memory is watched. Those of C libraries are
called in forks of a child under a limit of its address space: a crash or an allocation
beyond it would end only the fork, and be counted.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time

import numpy as np
import pytest

from compute.files import FileFormatError, load, save
from compute.surface import CriticalPoint, Curve, HeightMesh, Path, Surface


def everything():
    """A small surface with all that can be stored."""
    loss = np.arange(12.0).reshape(3, 4)
    loss[1, 1] = np.nan
    return Surface(
        np.arange(4.0), np.arange(3.0), loss, metrics={"accuracy": loss / 9},
        meta={"model": "mlp", "seed": 3},
        paths=[Path([0, 1], [1, 2], name="a"), Path([3], [1], name="b")],
        critical_points=[CriticalPoint("saddle", 1, 2, 3)],
    )  # fmt: skip


def survives(path) -> bool:
    """Whether it loads; anything but a result or a `FileFormatError` is raised."""
    start = time.process_time()
    try:
        assert isinstance(load(path), (Surface, Curve, HeightMesh))
        return True
    except FileFormatError as error:
        assert error.found and error.todo and str(error).replace("\n", "", 1).isprintable()
        return False
    finally:
        assert time.process_time() - start < 2


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The content with a few bytes changed, removed, repeated or overwritten."""
    data = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        at = rng.randrange(max(len(data), 1))
        size = rng.choice([1, 1, 2, 4, 16, 200])
        (action,) = rng.choices(range(5), [8, 1, 1, 2, 1])
        if action == 0:
            data[at : at + 1] = bytes([rng.choice([0, 1, 44, 45, 127, 128, 255, rng.randrange(256)])])
        elif action == 1:
            del data[at : at + size]
        elif action == 2:
            data[at:at] = data[at : at + size]
        elif action == 3:
            data[at : at + size] = bytes([rng.choice([0, 255, rng.randrange(256)])]) * size
        else:
            del data[rng.randrange(len(data) + 1) :]
    return bytes(data)


@pytest.mark.parametrize("extension", [".npz", ".csv"])
def test_mutations(tmp_path, extension):
    rng = random.Random(20261122)
    path = tmp_path / f"s{extension}"
    save(everything(), path)
    content = path.read_bytes()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes = []
    for _ in range(1500):
        path.write_bytes(mutated(content, rng))
        outcomes.append(survives(path))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # KiB
    assert 0.02 < np.mean(outcomes) < 0.98  # the mutations reach both ends


@pytest.mark.parametrize("extension", [".npz", ".csv"])
def test_cut_off_anywhere(tmp_path, extension):
    path = tmp_path / f"s{extension}"
    save(everything(), path)
    content = path.read_bytes()
    loaded = 0
    for end in range(len(content)):
        path.write_bytes(content[:end])
        loaded += survives(path)
    assert loaded <= 2 + content.count(b"\n") * (extension == ".csv")


HARNESS = """
import importlib, json, os, random, resource, signal, sys
from compute.files.isolated import NotThisFileError
module, path, seed, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sys.path.insert(0, sys.argv[5])
import hostile
raw = importlib.import_module(module)
content = open(path, "rb").read()
rng = random.Random(seed)
if rounds:
    cases = (hostile.mutated(content, rng) for _ in range(rounds))
else:
    cases = (content[:end] for end in range(0, len(content), max(len(content) // 200, 1)))
counts = {"read": 0, "refused": 0, "stopped": 0, "other": []}
for case in cases:
    with open(path, "wb") as stream:
        stream.write(case)
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        resource.setrlimit(resource.RLIMIT_CPU, (2, 2))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        code = 3
        try:
            raw.read(path)
            code = 0
        except NotThisFileError:
            code = 1
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    key = {0: "read", 1: "refused", -signal.SIGXCPU: "stopped", -signal.SIGKILL: "stopped"}.get(code)
    if key is None:
        counts["other"].append([code, case[:64].hex()])
    else:
        counts[key] += 1
print(json.dumps(counts))
"""


def in_forks(tmp_path, module, path, rounds, seed=7):
    """How many of the mutations (or truncations, for no rounds) were read, refused, stopped, or neither.

    A damaged file can send libhdf5 into an endless loop: then the limit of processor time ends it,
    as it does where a file is read (see test_isolated.py).
    """
    import inspect

    source = "import random\n" + inspect.getsource(mutated)
    (tmp_path / "hostile.py").write_text(source)
    run = subprocess.run(
        [sys.executable, "-c", HARNESS, module, str(path), str(seed), str(rounds), str(tmp_path)],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    return json.loads(run.stdout)


@pytest.mark.parametrize(
    ("extension", "module"), [(".h5", "compute.files.hdf5.raw"), (".vtp", "compute.files.vtp.raw")]
)
@pytest.mark.parametrize("rounds", [pytest.param(300, id="mutated"), pytest.param(0, id="cut off")])
def test_c_libraries_under_limits(tmp_path, extension, module, rounds):
    path = tmp_path / f"s{extension}"
    save(everything(), path)
    counts = in_forks(tmp_path, module, path, rounds)
    assert counts["other"] == [] and counts["stopped"] < 5
    assert counts["refused"] > 50 and (counts["read"] > 5 or not rounds)


@pytest.mark.slow
@pytest.mark.parametrize("compression", [None, "gzip", "lzf"])
def test_mutations_of_hdf5_by_others(tmp_path, compression):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["xcoordinates"], file["ycoordinates"], file["dir_file"] = np.arange(6.0), np.arange(5.0), "d.h5"
        chunks = None if compression is None else (2, 3)
        for name in ("train_loss", "train_acc"):
            data = np.arange(30.0).reshape(6, 5)
            file.create_dataset(name, data=data, compression=compression, chunks=chunks)
    counts = in_forks(tmp_path, "compute.files.hdf5.raw", tmp_path / "s.h5", 300)
    assert counts["other"] == [] and min(counts["read"], counts["refused"]) > 25
    assert counts["stopped"] < 5


@pytest.mark.parametrize("extension", [".h5", ".vtp"])
def test_a_damaged_file_is_one_error_to_its_reader(tmp_path, extension):
    """The whole way, child process included."""
    path = tmp_path / f"s{extension}"
    save(everything(), path)
    content = path.read_bytes()
    for case in (b"", content[:100], content[: len(content) // 2], bytes(reversed(content))):
        path.write_bytes(case)
        assert not survives(path)
