"""A run whose points are computed by the other ranks of mpirun."""

import os
import sys

import numpy as np
import torch
from torch import nn

import compute
from compute.workers.executors import mpi_pool


def main():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    loss = compute.Loss("cross_entropy", torch.randn(40, 6), torch.randint(0, 3, (40,)))

    def where(model):
        return {**compute.point(model, loss), "process": os.getpid()}

    axes = (-1, 1, 9), (-1, 1, 7)
    plain = compute.random_plane(model, where, *axes)
    shared = compute.random_plane(model, where, *axes, run=compute.Run(workers=mpi_pool()))
    assert os.getpid() not in np.unique(shared.metrics["process"])
    assert shared.loss.tobytes() == plain.loss.tobytes()
    sys.stdout.write("same bytes from other ranks\n")


if __name__ == "__main__":
    main()
