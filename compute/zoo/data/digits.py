"""The handwritten digits that come with scikit-learn: real data without a download."""

from __future__ import annotations

import numpy as np
import torch

from compute.errors import UsageError
from compute.zoo.data.dataset import Dataset, Normalisation

__all__ = ["load_digits"]

SPLIT_SEED = 0
TRAIN_COUNT = 1437  # 80 % of 1,797
GREY_LEVELS = Normalisation(divisor=16.0)  # pixels count 0 ... 16


def load_digits(split: str, limit: int | None = None) -> Dataset:
    """8x8 images of digits as rows of 64 numbers in [0, 1]: 1,437 to train on, 360 to test.

    The split is a permutation drawn once with a fixed seed from numpy's legacy generator,
    whose numbers are guaranteed never to change.

    Args:
        split: ``train`` or ``test``.
        limit: only the first so many samples of the split.

    Raises:
        UsageError: scikit-learn is not installed.
    """
    try:
        from sklearn import datasets
    except ImportError as error:
        raise UsageError(
            "loading the digits",
            f"scikit-learn is missing ({error})",
            'Install it: pip install "glviz[compute]"',
        ) from error
    images, labels = datasets.load_digits(return_X_y=True)
    order = np.random.RandomState(SPLIT_SEED).permutation(len(images))
    chosen = (order[:TRAIN_COUNT] if split == "train" else order[TRAIN_COUNT:])[:limit]
    targets = torch.from_numpy(labels[chosen].astype(np.int64))
    return Dataset(GREY_LEVELS(images[chosen]), targets, "digits", split, GREY_LEVELS)
