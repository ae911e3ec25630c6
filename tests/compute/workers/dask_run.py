"""A run on a real Dask scheduler of this machine, one of whose workers is killed on the way."""

import os
import signal
import sys
import time

import torch
from distributed import LocalCluster
from torch import nn

import compute
from compute.workers.executors import dask_pool


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    loss = compute.Loss("cross_entropy", torch.randn(40, 6), torch.randint(0, 3, (40,)))

    def slow(model):
        time.sleep(0.01)
        return compute.point(model, loss)

    plain = compute.random_plane(model, slow, (-1, 1, 15), (-1, 1, 13))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        killed = []

        def kill_one(done, total):
            if done > 20 and not killed:
                killed.append(cluster.workers[0].pid)
                os.kill(killed[0], signal.SIGKILL)

        run = compute.Run(workers=dask_pool(cluster.scheduler_address))
        shared = compute.random_plane(model, slow, (-1, 1, 15), (-1, 1, 13), run=run, progress=kill_one)
    assert killed
    assert shared.loss.tobytes() == plain.loss.tobytes()
    assert shared.status.tobytes() == plain.status.tobytes()
    sys.stdout.write("same bytes after a worker was killed\n")


if __name__ == "__main__":
    main()
