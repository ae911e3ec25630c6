"""A run of a function that takes a moment at each point, for tests that end its process."""

import os
import sys
import time

import numpy as np

import compute

THETA, D1, D2 = np.arange(4.0), np.array([1.0, 0, 0.5, 0]), np.array([0, 1.0, 0, -0.5])
PAUSE_S = float(os.environ.get("PAUSE_S", "0.002"))


def loss(vector):
    time.sleep(PAUSE_S)
    with np.errstate(all="ignore"):
        if vector[0] > 0.95:
            raise ValueError("out of range")
        height = np.log(vector[1]) + np.sin(vector).sum()  # NaN where the logarithm has none
    return {"loss": height, "first": vector[0]}


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def surface(path, size=(17, 13), **options):
    axes = {"x": (-1, 1, size[0]), "y": (-1.5, 1, size[1])}
    run = compute.Run(path, tell=say, **options)
    return compute.function_plane(loss, THETA, D1, D2, **axes, run=run)


if __name__ == "__main__":
    say("started")
    surface(sys.argv[1])
    say("finished")
