"""Readers of the files in which image data sets are published, none of which runs code.

Each returns raw ``(images, labels)``: (n, channels, height, width) uint8 and (n,) int64,
or raises :class:`compute.errors.InputError`. Sizes are checked before they are believed.
"""

from __future__ import annotations

import gzip
import os
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from compute.errors import InputError, listing
from compute.files.archives import unpacked

__all__ = ["Raw", "read_arrays", "read_cifar_binary", "read_idx", "read_idx_pair", "read_npz"]

Raw = tuple[NDArray[np.uint8], NDArray[np.int64]]

CIFAR_RECORD = 1 + 3 * 32 * 32  # a label, then the red, green and blue planes, row by row
IDX_UBYTE = 0x08  # the type code in an idx file's magic number
LARGEST_IDX = 1 << 30  # bytes; MNIST's training images are 47 MB


def read_npz(path: Path, split: str, limit: int | None, shape: tuple[int, int, int] | None) -> Raw:
    """Read ``{split}_images`` (uint8) and ``{split}_labels`` of a numpy archive, never a pickle.

    Args:
        path: the ``.npz`` file.
        split: ``train`` or ``test``.
        limit: only the first so many samples.
        shape: (channels, height, width) that the images must have; None takes any.

    Raises:
        InputError: no such file, not an archive, arrays missing or of another shape or type.
    """
    doing = f"reading the data set {path.name}"
    names = (f"{split}_images", f"{split}_labels")
    images, labels = read_arrays(path, names, "train_images, train_labels, test_images and test_labels")
    if images.ndim == 3:  # greyscale without a channel axis
        images = images[:, None]
    wanted = f"(n, {', '.join(map(str, shape))})" if shape else "(n, channels, height, width)"
    if images.ndim != 4 or (shape and images.shape[1:] != shape) or images.dtype != np.uint8:
        raise InputError(
            doing,
            f"{names[0]} has shape {images.shape} of {images.dtype}, expected {wanted} of uint8",
            "Store images as 8-bit numbers with the channels before height and width.",
        )
    return _labelled(doing, images, labels, limit, classes=10 if shape else None)


def read_arrays(path: Path, names: tuple[str, ...], holds: str) -> list[NDArray[Any]]:
    """Read arrays of a numpy archive, never a pickle.

    Args:
        path: the ``.npz`` file.
        names: of the arrays.
        holds: all that the archive should hold, in words.

    Raises:
        InputError: no such file, not an archive, or arrays missing.
    """
    doing = f"reading the data set {path.name}"
    try:
        with open(path, "rb") as stream:  # np.load(path) leaves a broken archive open
            archive = np.load(stream, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                todo = f"Give an .npz archive with {' and '.join(names)}."
                raise InputError(doing, "it holds a single array", todo)
            assert archive.zip is not None
            if found := unpacked(archive.zip, path.stat().st_size):
                raise InputError(doing, found, "Store its arrays as they are: numpy.savez(...).")
            missing = [name for name in names if name not in archive.files]
            if missing:
                raise InputError(
                    doing,
                    f"no array {' or '.join(missing)} in it; there are: {listing(archive.files) or 'none'}",
                    f"The archive must hold {holds}.",
                )
            return [archive[name] for name in names]
    except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        todo = "Give a numpy .npz archive without pickled objects."
        raise InputError(doing, _reason(path, error), todo) from error


def read_cifar_binary(folder: Path, split: str, limit: int | None) -> Raw:
    """Read the binary version of CIFAR-10: ``data_batch_1.bin`` ... ``5``, ``test_batch.bin``.

    https://www.cs.toronto.edu/~kriz/cifar.html: records of 3,073 bytes, a label (0 to 9)
    and the three colour planes of a 32x32 image.

    Args:
        folder: holds the files, or the folder ``cifar-10-batches-bin`` that does.
        split: ``train`` or ``test``.
        limit: only the first so many samples.

    Raises:
        InputError: a file is missing, is no whole number of records, or has a label above 9.
    """
    inner = folder / "cifar-10-batches-bin"
    folder = inner if inner.is_dir() else folder
    doing = f"reading the CIFAR-10 folder {folder.name or folder}"
    files = [f"data_batch_{k}.bin" for k in range(1, 6)] if split == "train" else ["test_batch.bin"]
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        pickles = (folder / "data_batch_1").exists() or (folder / "test_batch").exists()
        raise InputError(
            doing,
            "the Python version of the data set, made of pickles" if pickles else f"no {listing(missing)}",
            "Give the folder of the binary version (cifar-10-binary.tar.gz, unpacked).",
        )
    parts: list[NDArray[np.uint8]] = []
    for name in files:
        still = None if limit is None else limit - sum(map(len, parts))
        if still is not None and still <= 0:
            break
        try:
            size = (folder / name).stat().st_size
            count, rest = divmod(size, CIFAR_RECORD)
            wanted = count if still is None else min(count, still)
            data = np.fromfile(folder / name, dtype=np.uint8, count=wanted * CIFAR_RECORD)
        except OSError as error:
            raise InputError(
                doing, _reason(folder / name, error), "Check that the file may be read."
            ) from error
        if rest or not count:
            raise InputError(
                doing,
                f"{name} has {size:,} bytes, which is no whole number of records of {CIFAR_RECORD:,} bytes",
                "The published files have 30,730,000 bytes each; unpack the archive again.",
            )
        parts.append(data.reshape(-1, CIFAR_RECORD))
    records = np.concatenate(parts)
    if records[:, 0].max() > 9:
        row = int(np.argmax(records[:, 0] > 9))
        raise InputError(
            doing,
            f"record {row} has the label {records[row, 0]}, but CIFAR-10 has the classes 0 to 9",
            "Give the binary version of CIFAR-10 (CIFAR-100 has another layout).",
        )
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(np.int64)


def read_idx_pair(folder: Path, split: str, limit: int | None) -> Raw:
    """Read MNIST's own files: ``train-images-idx3-ubyte`` and so on, gzipped or not.

    Args:
        folder: holds the files, or a subfolder ``raw`` or ``MNIST/raw`` that does.
        split: ``train`` or ``test`` (published as ``t10k``).
        limit: only the first so many samples.

    Raises:
        InputError: a file is missing or is no idx file of 28x28 images and their labels.
    """
    doing = f"reading the MNIST folder {folder.name or folder}"
    stem = "train" if split == "train" else "t10k"
    found = []
    for part in ("images-idx3", "labels-idx1"):
        spellings = [f"{stem}-{part}-ubyte", f"{stem}-{part.replace('-', '.')}-ubyte"]
        candidates = [
            folder / inner / (name + end)
            for inner in ("", "raw", "MNIST/raw")
            for name in spellings
            for end in ("", ".gz")
        ]
        path = next((path for path in candidates if path.is_file()), None)
        if path is None:
            raise InputError(
                doing,
                f"no such file as {spellings[0]} or {spellings[0]}.gz",
                "Give the folder with MNIST's four idx files.",
            )
        found.append(path)
    images, labels = read_idx(found[0], 3, limit), read_idx(found[1], 1, limit)
    if images.shape[1:] != (28, 28):
        raise InputError(
            doing,
            f"{found[0].name} holds images of {images.shape[1]}x{images.shape[2]} pixels, MNIST's are 28x28",
            "Give MNIST's own files.",
        )
    return _labelled(doing, images[:, None], labels, limit, classes=10)


def read_idx(path: Path, ndim: int, limit: int | None = None) -> NDArray[np.uint8]:
    """Read one idx file of unsigned bytes (http://yann.lecun.com/exdb/mnist).

    Two zero bytes, the type (0x08), the number of dimensions, each of them as a
    big-endian 32-bit number, then the values.

    Args:
        path: the file; one that ends in ``.gz`` is decompressed.
        ndim: 3 for images, 1 for labels.
        limit: read only the first so many items.

    Raises:
        InputError: not such a file, or fewer or more bytes than its header says.
    """
    doing = f"reading the idx file {path.name}"
    todo = "Fetch the file again, or give the folder with MNIST's four files."
    stream: IO[bytes] | gzip.GzipFile
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as stream:
            header = stream.read(4 + 4 * ndim)
            magic = bytes([0, 0, IDX_UBYTE, ndim])
            if header[:4] != magic:
                start = header[:4].hex(" ") or "of nothing"
                raise InputError(doing, f"it starts with the bytes {start}, not {magic.hex(' ')}", todo)
            if len(header) < 4 + 4 * ndim:
                raise InputError(doing, "it ends inside its header", todo)
            shape = [int(size) for size in np.frombuffer(header, ">u4", offset=4)]
            item = int(np.prod(shape[1:], dtype=object)) if ndim > 1 else 1
            if not all(shape) or shape[0] * item > LARGEST_IDX:
                raise InputError(doing, f"its header claims the shape {tuple(shape)}", todo)
            count = shape[0] if limit is None else min(shape[0], limit)
            body = stream.read(count * item)
            # Past the limit nothing is read: only a file that is read whole is checked to its end.
            surplus = stream.read(1) if count == shape[0] else b""
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(doing, _reason(path, error), todo) from error
    if len(body) != count * item or surplus:
        size = "more" if surplus else f"{len(body):,}"
        raise InputError(doing, f"{size} bytes of values where its header promises {count * item:,}", todo)
    return np.frombuffer(body, np.uint8).reshape([count, *shape[1:]])


def _labelled(
    doing: str, images: NDArray[np.uint8], labels: NDArray[Any], limit: int | None, classes: int | None
) -> Raw:
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) != len(images) or not len(images):
        raise InputError(
            doing,
            f"{len(images)} images, and labels of shape {labels.shape} and type {labels.dtype}",
            "Every image needs one whole number as its label, and there must be at least one.",
        )
    labels = labels[:limit].astype(np.int64)
    if labels.min() < 0 or (classes and labels.max() >= classes):
        wanted = f"0 to {classes - 1}" if classes else "0 and up"
        raise InputError(
            doing, f"labels from {labels.min()} to {labels.max()}", f"Classes are counted {wanted}."
        )
    return images[:limit], labels


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no such file as {os.fspath(path)}"
    if "allow_pickle" in str(error):  # numpy's advice is to load it all the same
        return "it holds pickled objects, or is no numpy file at all"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (reason or type(error).__name__).rstrip(".")
