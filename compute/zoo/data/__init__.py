"""Data sets by name: ``digits``, ``spirals``, ``cifar10:FILE.npz``, ``mnist:FOLDER``, one's own.

>>> from compute.zoo import data
>>> data.load("digits", limit=100).inputs.shape
torch.Size([100, 64])
"""

from __future__ import annotations

from pathlib import Path

import torch

from compute.errors import InputError, UsageError, nearest
from compute.zoo.data import formats, own
from compute.zoo.data.dataset import CIFAR10, MNIST, UNIT, Dataset, Normalisation
from compute.zoo.data.digits import load_digits
from compute.zoo.data.spirals import load_spirals

__all__ = ["Dataset", "Normalisation", "load"]

# name before the colon: normalisation, (channels, height, width), reader of a folder
_IMAGES = {
    "cifar10": (CIFAR10, (3, 32, 32), formats.read_cifar_binary),
    "mnist": (MNIST, (1, 28, 28), formats.read_idx_pair),
    "images": (UNIT, None, None),
}
FORMS = (
    "digits, spirals, cifar10:FILE.npz, cifar10:FOLDER (binary version), mnist:FILE.npz, "
    "mnist:FOLDER (idx files), images:FILE.npz, or package.module:factory"
)


def load(spec: str, split: str = "train", limit: int | None = None) -> Dataset:
    """Load a data set into memory, always with the same samples in the same order.

    Args:
        spec: ``digits`` (comes with scikit-learn); ``spirals`` (points in the plane), or
            ``spirals:FILE.npz`` (arrays ``train_points``, ``train_labels``, ...); ``cifar10:FILE.npz``,
            ``mnist:FILE.npz`` or ``images:FILE.npz`` (uint8 arrays ``train_images``,
            ``train_labels``, ``test_images``, ``test_labels``; ``images`` is scaled to [0, 1] only);
            ``cifar10:FOLDER`` (the published binary version); ``mnist:FOLDER`` (idx files,
            gzipped or not); or ``package.module:factory``, which returns a torch ``Dataset`` or
            ``(inputs, targets)``.
        split: ``train`` or ``test``.
        limit: only the first so many samples.

    Raises:
        UsageError: no such data set; the message has the nearest name.
        InputError: its files are missing, truncated or something else.
    """
    if split not in ("train", "test"):
        raise UsageError("loading the data", f"there is no split {split!r}", "Choose train or test.")
    if limit is not None and limit < 1:
        raise UsageError(
            "loading the data", f"a limit of {limit} samples", "Give a positive number of samples."
        )
    if spec == "digits":
        return load_digits(split, limit)
    if spec == "spirals":
        return load_spirals(split, limit)
    name, _, place = spec.partition(":")
    if name == "spirals" and place:
        return load_spirals(split, limit, Path(place).expanduser())
    if name in _IMAGES and place:
        return _load_images(name, Path(place).expanduser(), split, limit)
    if own.looks_like_factory(spec) and not place.endswith(".npz"):
        return own.load_own(spec, split, limit)
    raise UsageError(
        "loading the data",
        f"there is no data set {spec!r}",
        f"{nearest(name, ['digits', 'spirals', *_IMAGES])}There are: {FORMS}.",
    )


def _load_images(name: str, place: Path, split: str, limit: int | None) -> Dataset:
    normalisation, shape, read_folder = _IMAGES[name]
    if place.is_dir() and read_folder is not None:
        images, labels = read_folder(place, split, limit)
    elif place.is_dir() or not place.exists():
        kind = "a folder" if place.is_dir() else "no such file or folder"
        raise InputError(f"loading the data set {name}", f"{place} is {kind}", f"The data can be: {FORMS}.")
    else:
        images, labels = formats.read_npz(place, split, limit, shape)
    return Dataset(normalisation(images), torch.from_numpy(labels), name, split, normalisation)
