"""Workers that share a run out, and what becomes of it when they die."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import compute
from compute.errors import UsageError
from compute.runs.merging import merge
from compute.surface import FAILED, OK, PENDING
from compute.workers.executors import Task, local_pool, scatter
from compute.workers.outcome import outcome
from compute.workers.processes import Processes
from compute.workers.worker import WorkerDied

REPOSITORY = Path(__file__).resolve().parents[3]
AXES = {"x": (-1, 1, 11), "y": (-1, 1, 9)}


def content(surface):
    return [np.asarray(f).tobytes() for f in (surface.loss, *surface.metrics.values(), surface.status)]


def problem(build_mlp, samples):
    return build_mlp(6, 8, 3), compute.Loss("cross_entropy", *samples(40, 6, 3))


@pytest.mark.slow
def test_a_worker_that_dies_costs_nothing_but_a_deadly_point(build_mlp, samples, tmp_path):
    """One process is killed from outside; one point kills every process that tries it."""
    model, loss = problem(build_mlp, samples)
    here, number = os.getpid(), model[0].weight[0, 0].item()

    def deadly(model, loss=loss, here=here, limit=number):
        import os
        import signal
        import time

        import compute

        time.sleep(0.01)
        values = compute.point(model, loss)
        if os.getpid() != here and model[0].weight[0, 0].item() > limit:
            os.kill(os.getpid(), signal.SIGKILL)
        return values

    d1, d2 = (compute.random_direction(model, seed=seed) for seed in (0, 1))
    corner = sorted(
        float(
            model[0].weight[0, 0].item() + a * d1.tensors["0.weight"][0, 0] + b * d2.tensors["0.weight"][0, 0]
        )
        for a in np.linspace(-1, 1, 11)
        for b in np.linspace(-1, 1, 9)
    )
    limit = (corner[-1] + corner[-2]) / 2
    deadly.__defaults__ = (loss, here, limit)
    plain = compute.plane(model, deadly, (d1, d2), **AXES)
    killed, told = [], []

    def kill_one(done, total):
        if done == 20 and not killed:
            killed.append(multiprocessing.active_children()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    run = compute.Run(tmp_path / "s.ply", workers=2, tell=told.append)
    shared = compute.plane(model, deadly, (d1, d2), **AXES, run=run, progress=kill_one)
    assert killed
    assert len(told) >= 3  # the one killed from outside may have had the deadly point
    assert all("a worker died (exit code -9)" in text for text in told)
    failed = shared.status == FAILED
    assert failed.sum() == 1
    assert "3 workers died at it" in shared.meta["failures"][0]["error"]
    assert shared.loss[~failed].tobytes() == plain.loss[~failed].tobytes()
    assert (shared.status[~failed] == OK).all()
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_workers_give_the_same_bytes(build_mlp, samples):
    model, loss = problem(build_mlp, samples)
    plain = compute.random_plane(model, loss, **AXES)
    assert content(compute.random_plane(model, loss, **AXES, run=compute.Run(workers=2))) == content(plain)


def test_any_executor_of_the_standard_library_will_do(build_mlp, samples):
    """Also one whose workers are threads of one process, as those of Dask are, with one model for all."""
    model, loss = problem(build_mlp, samples)

    def pool(initializer, initargs):
        return ThreadPoolExecutor(4, initializer=initializer, initargs=initargs)

    shared = compute.random_plane(model, loss, **AXES, run=compute.Run(workers=pool))
    assert content(shared) == content(compute.random_plane(model, loss, **AXES))


def test_a_metric_that_cannot_be_sent_is_told_of_and_leaves_nothing(build_mlp, tmp_path):
    lock = threading.Lock()

    def metric(model):
        with lock:
            return model[0].weight.sum()

    run = compute.Run(tmp_path / "s.ply", workers=2)
    with pytest.raises(UsageError, match=r"sending the model and the metric to the workers: .*\nHave"):
        compute.random_plane(build_mlp(4, 5, 3), metric, **AXES, run=run)
    assert os.listdir(tmp_path) == []


def test_a_run_goes_on_with_the_threads_that_it_was_begun_with(tmp_path, monkeypatch):
    """Whatever the machine has, and whoever computes it then: sums are rounded in their order."""
    import torch

    monkeypatch.setattr("compute.evaluate.faster_threads", lambda call: None)
    generator = torch.Generator().manual_seed(0)
    model = torch.nn.Linear(20_000, 3)
    inputs = torch.randn(3, 20_000, generator=generator)

    def loss(model):
        return {"loss": (model.weight * inputs).sum(), "threads": torch.get_num_threads()}

    options, path = {"x": (-1, 1, 9), "y": (-1, 1, 5)}, tmp_path / "s.ply"

    def stop(done, total):
        if done == 20:
            signal.raise_signal(signal.SIGINT)

    def pool(initializer, initargs):
        return ThreadPoolExecutor(1, initializer=initializer, initargs=initargs)

    for workers in (None, pool):
        torch.set_num_threads(3)
        whole = compute.random_plane(model, loss, **options)
        with pytest.raises(KeyboardInterrupt):
            compute.random_plane(model, loss, **options, run=path, progress=stop)
        torch.set_num_threads(1)
        other = compute.random_plane(model, loss, **options)
        again = compute.random_plane(model, loss, **options, run=compute.Run(path, workers=workers))
        assert torch.get_num_threads() == 1
        assert set(np.unique(again.metrics["threads"])) == {3}
        assert again.loss.tobytes() == whole.loss.tobytes() != other.loss.tobytes()
        assert again.meta["threads"] == 3


def test_processes_that_never_answer_are_told_of(tmp_path):
    def broken(initializer, initargs):
        return Processes(1, os._exit, (3,))

    tasks = [Task((k,), ((0.0,),)) for k in range(9)]
    with pytest.raises(UsageError, match="they die at once"):
        list(scatter(broken, b"", tasks, lambda: False, lambda text: None))


def test_a_task_that_raises_and_one_that_dies_leave_the_others_alone():
    pool = Processes(1, time.sleep, (0,))
    futures = [pool.submit(abs, -3), pool.submit(int, "x"), pool.submit(os._exit, 7), pool.submit(abs, -4)]
    assert futures[0].result(60) == 3
    assert isinstance(futures[1].exception(60), ValueError)
    assert isinstance(futures[2].exception(60), WorkerDied)
    assert futures[3].result(60) == 4
    pool.shutdown()
    assert pool.pids == []
    with pytest.raises(RuntimeError):
        pool.submit(abs, 1)


def test_shards_merge_into_the_whole(build_mlp, samples, tmp_path):
    model, loss = problem(build_mlp, samples)
    whole = compute.random_plane(model, loss, **AXES)
    paths = [tmp_path / f"{part}.ply" for part in (1, 2, 3)]
    for part, path in enumerate(paths, start=1):
        shard = compute.random_plane(model, loss, **AXES, run=compute.Run(path, shard=(part, 3)))
        assert (shard.status == PENDING).sum() >= 55
    merged = merge(reversed(paths))
    assert content(merged) == content(whole)
    assert "run" not in merged.meta
    assert merged.meta["seed"] == 0
    some = merge(paths[1:])
    assert some.meta["pending"] == (some.status == PENDING).sum()
    assert 25 <= some.meta["pending"] <= 40  # a third, but for the last tile
    there = some.status != PENDING
    assert some.loss[there].tobytes() == whole.loss[there].tobytes()


def test_shards_of_other_thread_counts_are_told_of(build_mlp, samples, tmp_path, monkeypatch):
    import torch

    monkeypatch.setattr("compute.evaluate.faster_threads", lambda call: None)
    model, loss = problem(build_mlp, samples)
    for part in (1, 2):
        torch.set_num_threads(part)
        compute.random_plane(model, loss, **AXES, run=compute.Run(tmp_path / f"{part}.ply", shard=(part, 2)))
    torch.set_num_threads(1)
    merged = merge([tmp_path / "1.ply", tmp_path / "2.ply"])
    assert merged.notices == ("Parts were computed with 1 and 2 threads: they differ in rounding.",)
    assert merged.meta["notes"] == list(merged.notices)


def test_shards_of_different_landscapes_are_refused(build_mlp, samples, tmp_path):
    model, loss = problem(build_mlp, samples)
    for part in (1, 2):
        run = compute.Run(tmp_path / f"{part}.ply", shard=(part, 2))
        compute.random_plane(model, loss, **AXES, run=run, seed=part)
    with pytest.raises(UsageError, match="not of one landscape: the directions"):
        merge([tmp_path / "1.ply", tmp_path / "2.ply"])
    compute.random_plane(model, loss, **AXES).save(tmp_path / "whole.ply")
    with pytest.raises(compute.errors.InputError, match="no shard"):
        merge([tmp_path / "whole.ply"])


def test_what_raises_is_one_line():
    assert outcome(ValueError("a\nb")) == "ValueError: a b"
    assert local_pool(2)


def _script(name, *command, timeout=120):
    settings = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    settings |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    done = subprocess.run(
        [*command, Path(__file__).with_name(name)],
        env=settings,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_dask_worker_killed_mid_run_costs_nothing():
    pytest.importorskip("distributed")
    assert "same bytes after a worker was killed" in _script("dask_run.py", sys.executable)


@pytest.mark.slow
def test_mpi_ranks_give_the_same_bytes():
    pytest.importorskip("mpi4py")
    mpirun = shutil.which("mpirun")
    if mpirun is None:
        pytest.skip("no mpirun: install openmpi-bin")
    command = [mpirun, "--oversubscribe", "-n", "3", sys.executable, "-m", "mpi4py.futures"]
    assert "same bytes from other ranks" in _script("mpi_run.py", *command)
