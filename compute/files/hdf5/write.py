"""Surfaces and curves as HDF5 files that the programs of tomgoldstein/loss-landscape read."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.files.atomic import replacing
from compute.files.hdf5.layout import ACCURACIES, PATH_X, PATH_Y, X, Y
from compute.files.records import data_names, header_text, marks_of
from compute.surface import PENDING, Curve, Surface

__all__ = ["save"]

PERCENT = 100.0


def save(obj: Surface | Curve, path: str | os.PathLike[str]) -> None:
    """Write a surface or a curve; the old file stays as it was unless all goes well.

    The root has the layout of that project: ``plot_2D.py`` draws the file, takes it as
    ``--proj_file`` too where it has a descent path, and as ``--dir_file`` where it has
    explained variances. An accuracy called ``accuracy`` or ``test_accuracy`` is there twice:
    in percent for them, and as it is. Everything comes back bit for bit, but for values at
    points that are pending, which are no values.

    Args:
        obj: what to write.
        path: where.

    Raises:
        TypeError: it is neither a surface nor a curve.
        ValueError: a value of its meta has no place in the format.
        OSError: the file cannot be written.
    """
    import h5py

    header = header_text(obj, path)
    keys = _keys(obj)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file[X] = obj.x
        if isinstance(obj, Surface):
            file[Y] = obj.y
        pending = obj.status == PENDING
        file[keys[obj.field]] = np.where(pending, -1.0, obj.loss)
        for name, values in obj.metrics.items():
            file[keys[name]] = values
        for name, values in _percentages(obj, keys).items():
            file[name] = np.where(pending, -1.0, values)
            file[name].attrs["unit"] = "percent"
        if "dir_file" not in file:
            file["dir_file"] = str(obj.meta.get("dir_file", ""))
        own = file.create_group("loss-surface")
        own["header"] = np.bytes_(header.encode("ascii"))
        own["names"] = np.bytes_("\n".join(keys[name] for name in (obj.field, *obj.metrics)).encode())
        own["status"] = obj.status
        for table, columns in marks_of(obj).items():
            for name, column in columns.items():
                own[f"{table}/{name}"] = column
        _add_trajectory(file, obj)
    with replacing(path) as stream:
        stream.write(buffer.getvalue())


def _keys(obj: Surface | Curve) -> dict[str, str]:
    """Which data set each field is: under its own name where that is free, else under a number.

    The height is ``train_loss``, or ``test_loss`` where it was measured on the test set,
    unless it already has a name of that layout or a metric has.
    """
    taken = {X, Y, PATH_X, PATH_Y, "dir_file", "loss-surface", "explained_variance_ratio_"}
    theirs = "test_loss" if _on_test_set(obj) else "train_loss"
    if obj.field in ACCURACIES or theirs in obj.metrics:
        return data_names((obj.field, *obj.metrics), taken)
    return {obj.field: theirs, **data_names(obj.metrics, {*taken, theirs})}


def _on_test_set(obj: Surface | Curve) -> bool:
    data = obj.meta.get("data")
    return isinstance(data, dict) and data.get("split") == "test"


def _percentages(obj: Surface | Curve, keys: dict[str, str]) -> dict[str, NDArray[np.float64]]:
    """Accuracies between 0 and 1 under the names and in the unit of that layout."""
    own = ACCURACIES.get(keys[obj.field], "train_acc")
    wanted = {"accuracy": own, "test_accuracy": "test_acc"}
    return {
        theirs: obj.metrics[name] * PERCENT
        for name, theirs in wanted.items()
        if name in obj.metrics and theirs not in keys.values()
    }


def _add_trajectory(file: Any, obj: Surface | Curve) -> None:
    """The first descent path and the explained variances, where that project's programs look for them."""
    if isinstance(obj, Surface) and obj.paths:
        file[PATH_X], file[PATH_Y] = obj.paths[0].x, obj.paths[0].y
    explained = obj.meta.get("explained_variance")
    if isinstance(explained, list | tuple) and all(isinstance(share, float) for share in explained):
        file["explained_variance_ratio_"] = np.array(explained)
