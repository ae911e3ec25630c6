"""Three spirals in the plane: the smallest data set that no linear model can tell apart.

The construction is that of the notes to Stanford's CS231n (Karpathy, "Minimal neural network case
study"): class c at radius r has the angle 4 c + 4 r and normal noise of 0.2, for r from 0 to 1.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from compute.errors import InputError
from compute.zoo.data.dataset import Dataset
from compute.zoo.data.formats import read_arrays

__all__ = ["load_spirals"]

CLASSES, TRAIN, TEST = 3, 360, 90
"""Points of each class to train on and to test on."""
_NOISE = 0.2


def load_spirals(split: str, limit: int | None, file: Path | None = None) -> Dataset:
    """Points in the plane and the spiral that each belongs to.

    Without a file they are drawn once from a fixed seed by numpy's legacy generator, whose numbers are
    guaranteed never to change: 1,080 to train on, 270 to test, in random order.

    Args:
        split: ``train`` or ``test``.
        limit: only the first so many samples.
        file: a numpy archive with ``{split}_points`` (n, 2) and ``{split}_labels`` (n,) instead.

    Raises:
        InputError: the file cannot be read, or holds something else.
    """
    if file is not None:
        points, labels = _read(file, split)
    else:
        points, labels = _draw(np.random.RandomState(0 if split == "train" else 1), split)
    inputs = torch.from_numpy(points[:limit].astype(np.float32))
    return Dataset(inputs, torch.from_numpy(labels[:limit].astype(np.int64)), "spirals", split)


def _draw(random: np.random.RandomState, split: str) -> tuple[np.ndarray, np.ndarray]:
    count = TRAIN if split == "train" else TEST
    labels = np.repeat(np.arange(CLASSES), count)
    radius = np.tile(np.linspace(0.0, 1.0, count), CLASSES)
    angle = 4.0 * labels + 4.0 * radius + _NOISE * random.standard_normal(labels.size)
    order = random.permutation(labels.size)
    points = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return points[order], labels[order]


def _read(file: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    names = (f"{split}_points", f"{split}_labels")
    points, labels = read_arrays(file, names, "train_points, train_labels, test_points and test_labels")
    good = points.ndim == 2 and points.dtype.kind == "f" and np.isfinite(points).all()
    good = good and labels.shape == points.shape[:1] and labels.dtype.kind in "iu" and labels.size > 0
    if not good or labels.min() < 0:
        raise InputError(
            f"reading the data set {file.name}",
            f"points of shape {points.shape} and type {points.dtype}, labels {labels.shape} {labels.dtype}",
            "Every point needs finite coordinates and one whole number, 0 and up, as its label.",
        )
    return points, labels
