"""Runs that are killed, interrupted, changed, watched and out of room."""

from __future__ import annotations

import importlib.util
import os
import random
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

import compute
from compute.errors import UsageError
from compute.runs import Interrupted, RunError
from compute.surface import FAILED, NOT_FINITE, OK, PENDING

REPOSITORY = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("slow_run.py")


@pytest.fixture(scope="module")
def slow():
    spec = importlib.util.spec_from_file_location("slow_run", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def start(path, **environment):
    settings = os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment
    return subprocess.Popen(
        [sys.executable, SCRIPT, str(path)], env=settings, stdout=subprocess.PIPE, text=True
    )


def content(surface):
    """All bytes that were computed."""
    fields = [surface.loss, *surface.metrics.values(), surface.status, surface.x, surface.y]
    return [np.asarray(field).tobytes() for field in fields]


def quick(vector):
    return float(np.square(vector).sum())


AXES = {"x": (-1, 1, 9), "y": (-1, 1, 7)}
THETA, D1, D2 = np.arange(3.0), np.array([1.0, 0, 0]), np.array([0, 1.0, 0])


def test_killed_again_and_again_it_ends_with_the_same_bytes(tmp_path, slow):
    whole = slow.surface(None)
    assert {OK, NOT_FINITE, FAILED} == set(np.unique(whole.status))
    path, kills, chance = tmp_path / "s.ply", 0, random.Random(4)
    while True:
        process = start(path, PAUSE_S="0.005")
        assert process.stdout.readline() == "started\n"
        try:
            process.wait(timeout=chance.uniform(0.05, 0.6))
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
            assert kills < 100
    out, _ = process.communicate()
    assert "finished" in out
    assert kills >= 3
    loaded = compute.load(path)
    assert content(loaded) == content(whole)
    assert loaded.meta["failed"] == whole.meta["failed"]
    assert loaded.meta["failures"] == whole.meta["failures"]
    assert os.listdir(tmp_path) == ["s.ply"]


def test_ctrl_c_keeps_what_there_is(tmp_path, slow):
    path = tmp_path / "s.ply"
    process = start(path, PAUSE_S="0.02")
    assert process.stdout.readline() == "started\n"
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode != 0
    part = compute.load(path)
    assert any(note.startswith("Unfinished") for note in part.meta["notes"])
    assert 4 <= part.loss.size < 17 * 13
    assert part.meta["run"]["total"] == 17 * 13
    assert (tmp_path / "s.ply.journal").exists()
    assert content(slow.surface(path)) == content(slow.surface(None))


def test_an_interrupt_says_how_much_there_is(tmp_path):
    calls = []

    def f(vector):
        calls.append(1)
        if len(calls) == 20:
            signal.raise_signal(signal.SIGINT)
        return quick(vector)

    with pytest.raises(Interrupted, match="18 of 63 points are done and kept, 45 are missing"):
        compute.function_plane(f, THETA, D1, D2, **AXES, run=tmp_path / "s.ply")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"theta": THETA + 1e-12}, "the parameters"),
        ({"d1": D2 * 2}, "the directions"),
        ({"f": lambda v: float(np.square(v).sum() + 0)}, "the function"),
        ({"x": (-1, 1, 11)}, r"the x axis \(-1 to 1 in 11 points"),
    ],
)
def test_a_changed_run_is_refused_by_name(tmp_path, change, named):
    path = tmp_path / "s.ply"
    given = {"f": quick, "theta": THETA, "d1": D1, "d2": D2, **AXES}
    _interrupted(path, **given)
    with pytest.raises(UsageError, match=named):
        compute.function_plane(**given | change, run=path)
    restarted = compute.function_plane(**given | change, run=compute.Run(path, restart=True))
    assert content(restarted) == content(compute.function_plane(**given | change))


def _interrupted(path, **given):
    """Leave a run of which half is done."""
    done = []

    def stop(count, total):
        done.append(count)
        if count == total // 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted):
        compute.function_plane(**given, run=path, progress=stop)
    assert path.with_name(path.name + ".journal").exists()


def test_nothing_is_computed_twice(tmp_path):
    path = tmp_path / "s.ply"
    _interrupted(path, f=quick, theta=THETA, d1=D1, d2=D2, **AXES)
    seen = []
    compute.function_plane(
        quick, THETA, D1, D2, **AXES, run=path, progress=lambda done, total: seen.append(done)
    )
    assert seen == list(range(31, 64))


def test_a_network_whose_weights_changed_is_refused(tmp_path, build_mlp, samples):
    import torch

    model, loss = build_mlp(4, 6, 3), compute.Loss("cross_entropy", *samples(20, 4, 3))
    path = tmp_path / "s.ply"

    def stop(count, total):
        if count == 20:
            signal.raise_signal(signal.SIGINT)

    options = {"x": (-1, 1, 7), "y": (-1, 1, 7), "run": path}
    with pytest.raises(Interrupted):
        compute.random_plane(model, loss, **options, progress=stop)
    with pytest.raises(UsageError, match="the data"):
        compute.random_plane(model, compute.Loss("cross_entropy", *samples(20, 4, 3, seed=2)), **options)
    with pytest.raises(UsageError, match="the directions"):
        compute.random_plane(model, loss, **options, seed=1)
    with torch.no_grad():
        next(model.parameters())[0, 0] += 1e-7
    with pytest.raises(UsageError, match="the weights"):
        compute.random_plane(model, loss, **options)


def test_a_provisional_file_is_never_broken(tmp_path, slow, monkeypatch):
    monkeypatch.setattr("compute.runs.provisional.EXPORT_S", 0.0)
    monkeypatch.setattr("compute.runs.provisional.EXPORT_SHARE", 1.0)
    monkeypatch.setattr(slow, "PAUSE_S", 0.005)
    path, reads, sizes, over = tmp_path / "s.ply", 0, set(), threading.Event()
    whole = slow.surface(None)
    writer = threading.Thread(target=lambda: (slow.surface(path), over.set()))
    writer.start()
    while not over.is_set() or reads < 1000:
        if not path.exists():
            continue
        part = compute.load(path)
        rows, columns = np.searchsorted(whole.y, part.y), np.searchsorted(whole.x, part.x)
        assert part.loss.tobytes() == whole.loss[np.ix_(rows, columns)].tobytes()
        assert PENDING not in part.status
        sizes.add(part.loss.size)
        reads += 1
    writer.join()
    assert len(sizes) >= 5  # it grew under the eyes of its reader
    assert compute.load(path).loss.tobytes() == whole.loss.tobytes()


def test_a_full_disk_is_survived(tmp_path, slow):
    """Files may not grow beyond a limit in the child; then they may, and the run goes on."""
    whole = slow.surface(None)
    path = tmp_path / "s.ply"
    limit = 6000
    process = subprocess.run(
        [sys.executable, SCRIPT, str(path)],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "PAUSE_S": "0.005"},
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),  # noqa: PLW1509
    )
    assert process.returncode != 0
    assert "cannot be written" in process.stdout
    assert "are missing" in process.stderr
    missing = int(re.search(r"(\d+) are missing", process.stderr)[1])
    kept = compute.Run(path).kept()
    assert kept + missing == 17 * 13
    assert 0 < missing < 17 * 13
    assert content(slow.surface(path)) == content(whole)


def test_a_full_file_system_is_survived(tmp_path, slow):
    """The same on a small file system that is really full."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk], capture_output=True
    ).returncode:
        pytest.skip("no right to mount a file system")
    try:
        compute.function_plane(quick, THETA, D1, D2, x=(0, 1, 2), y=(0, 1, 2)).save(disk / "s.ply")
        process = start(disk / "s.ply", PAUSE_S="0.005")
        out, _ = process.communicate(timeout=60)
        assert process.returncode != 0
        assert "cannot be written (No space left on device)" in out
        assert compute.load(disk / "s.ply").shape == (2, 2)  # the last good one
        subprocess.run(["mount", "-o", "remount,size=1m", disk], check=True)
        assert content(slow.surface(disk / "s.ply")) == content(slow.surface(None))
        assert os.listdir(disk) == ["s.ply"]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_surface_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "s.ply"
    old = compute.function_plane(quick, THETA, D1, D2, x=(0, 1, 2), y=(0, 1, 2))
    old.save(path)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("compute.runs.run.save", full)
    with pytest.raises(RunError, match="No space left"):
        compute.function_plane(quick, THETA, D1, D2, **AXES, run=path)
    assert compute.load(path).loss.tobytes() == old.loss.tobytes()
    monkeypatch.undo()
    seen = []
    compute.function_plane(quick, THETA, D1, D2, **AXES, run=path, progress=lambda *n: seen.append(n))
    assert seen == [(63, 63)]  # all of it was there


def test_curves_are_runs_too(tmp_path, build_mlp, samples):
    model, loss = build_mlp(4, 6, 3), compute.Loss("cross_entropy", *samples(20, 4, 3))
    plain = compute.random_line(model, loss, x=(-1, 1, 21))
    kept = compute.random_line(model, loss, x=(-1, 1, 21), run=tmp_path / "line.ply")
    loaded = compute.load(tmp_path / "line.ply")
    assert plain.loss.tobytes() == kept.loss.tobytes() == loaded.loss.tobytes()
    assert loaded.meta["seed"] == 0
    assert os.listdir(tmp_path) == ["line.ply"]


def test_a_journal_cut_or_damaged_anywhere_gives_the_same_bytes_or_one_error(tmp_path):
    path = tmp_path / "s.ply"
    journal = tmp_path / "s.ply.journal"
    given = {"f": quick, "theta": THETA, "d1": D1, "d2": D2, "x": (-1, 1, 4), "y": (-1, 1, 3)}
    _interrupted(path, **given)
    whole, content_of_it = compute.function_plane(**given), journal.read_bytes()
    refused, chance = 0, random.Random(1)
    journal.write_bytes(b"my own notes")
    with pytest.raises(UsageError, match="no journal of a run"):
        compute.function_plane(**given, run=compute.Run(path, restart=True))
    assert journal.read_bytes() == b"my own notes"
    size = len(content_of_it)
    for place in sorted({*range(16), *chance.sample(range(size), 60), *range(size - 40, size)}):
        flipped = bytearray(content_of_it)
        flipped[place] ^= chance.randrange(1, 256)
        for damaged in (content_of_it[:place], bytes(flipped)):
            path.unlink(missing_ok=True)
            journal.write_bytes(damaged)
            try:
                assert content(compute.function_plane(**given, run=path)) == content(whole)
                assert os.listdir(tmp_path) == ["s.ply"]
            except UsageError as error:
                assert "no journal of a run" in str(error)
                assert journal.read_bytes() == damaged  # it may be someone's
                refused += 1
    assert refused == len(b"glviz run 1\n")  # where the first line is another


def test_a_journal_that_is_whole_but_not_ours_is_refused(tmp_path):
    from compute.runs.journal import FRAME, MAGIC

    def frame(payload):
        return FRAME.pack(len(payload), zlib.crc32(payload)) + payload

    path, journal = tmp_path / "s.ply", tmp_path / "s.ply.journal"
    given = {"f": quick, "theta": THETA, "d1": D1, "d2": D2, **AXES}
    _interrupted(path, **given)
    good = journal.read_bytes()
    point = b"P" + np.uint64(62).tobytes() + b"\1" + np.float64(0).tobytes()
    strange = [b"H{", b"H[]", b"H{}", b"", b"Z"]
    for content_of_it in (
        *(MAGIC + frame(header) for header in strange),
        *(good + frame(extra) for extra in (b"", b"Z", b"V[]", b"P12", point.replace(b"\1", b"\7"))),
        good + frame(point.replace(np.uint64(62).tobytes(), np.uint64(63).tobytes())),
        good + 2 * frame(point),
    ):
        journal.write_bytes(content_of_it)
        with pytest.raises(UsageError, match="of another version of the program\n.*--restart"):
            compute.function_plane(**given, run=path)


def test_a_kill_in_the_middle_of_a_file_leaves_nothing_for_good(tmp_path):
    path = tmp_path / "s[1].ply"
    given = {"f": quick, "theta": THETA, "d1": D1, "d2": D2, **AXES}
    _interrupted(path, **given)
    left, other = tmp_path / ".s[1].ply.0123456789ab.tmp", tmp_path / ".s1.ply.0123456789ab.tmp"
    for file in (left, other):
        file.write_bytes(b"half a file")
    compute.function_plane(**given, run=path)
    assert sorted(os.listdir(tmp_path)) == [other.name, path.name]


def test_the_losses_of_a_path_are_kept_too(tmp_path, build_mlp, samples, monkeypatch):
    """Interrupted among the checkpoints, it measures those that are left, and a changed one anew."""
    from compute.evaluate import Evaluator

    loss = compute.Loss("cross_entropy", *samples(20, 4, 3))
    states = [build_mlp(4, 6, 3, seed=seed).state_dict() for seed in range(6)]
    model = build_mlp(4, 6, 3, seed=5)
    plain = compute.pca_plane(model, states, loss, points=7)
    calls, whole = [], Evaluator.at_checkpoint

    def counted(self, state):
        calls.append(1)
        if len(calls) == 4:
            signal.raise_signal(signal.SIGINT)
        return whole(self, state)

    monkeypatch.setattr(Evaluator, "at_checkpoint", counted)
    path = tmp_path / "s.ply"
    with pytest.raises(Interrupted, match="49 of 49 points are done and kept, 0 are missing"):
        compute.pca_plane(model, states, loss, points=7, run=path)
    assert compute.Run(path).kept() == 49
    seen = []
    again = compute.pca_plane(model, states, loss, points=7, run=path, progress=lambda *n: seen.append(n))
    assert len(calls) == 4 + 3  # the one that was interrupted, and two more
    assert seen == [(49 + k, 55) for k in range(7)]
    assert content(again) == content(plain)
    assert again.paths[0].loss.tobytes() == plain.paths[0].loss.tobytes()
    assert compute.load(path).paths[0].loss.tobytes() == plain.paths[0].loss.tobytes()
    assert os.listdir(tmp_path) == ["s.ply"]


@pytest.mark.slow
def test_the_command_line_goes_on_where_it_was_interrupted(tmp_path):
    """Ctrl-C exits 130 and prints the line that goes on; that line ends with the whole surface."""
    (tmp_path / "mine.py").write_text(
        "import time, torch\n"
        "from torch import nn\n"
        "def net():\n    torch.manual_seed(0)\n    return nn.Linear(5, 3)\n"
        "def data(split):\n    torch.manual_seed(1)\n"
        "    return torch.randn(30, 5), torch.randint(0, 3, (30,))\n"
        "def loss(outputs, targets):\n    time.sleep(0.01)\n"
        "    return nn.functional.cross_entropy(outputs, targets, reduction='none')\n"
    )
    words = "surface --model mine:net --data mine:data --loss mine:loss -x -1:1:15 -y -1:1:15 -o s.ply"
    settings = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "compute", *words.split(), "--threads", "1"]

    def begin():
        return subprocess.Popen(
            command, cwd=tmp_path, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    process = begin()
    deadline = time.monotonic() + 60
    while not (tmp_path / "s.ply.journal").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, out + err
    assert "of 225 points are done and kept" in err
    assert f"glviz-compute {words} --threads 1" in err
    process = begin()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert "points are there from an earlier run" in err
    assert "see it: glviz s.ply" in out
    assert compute.load(tmp_path / "s.ply").shape == (15, 15)
    assert not (tmp_path / "s.ply.journal").exists()
