"""Heights that are ln(loss + 0.1), and the loss again.

The VTP files of tomgoldstein/loss-landscape (``h52vtp.py --log``), and meshes made from them,
carry z = ln(loss + 0.1) so that a surface of several decades can be looked at.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import FileFormatError
from compute.surface import Curve, HeightMesh, Surface

__all__ = ["OFFSET", "without_log"]

OFFSET = 0.1
LARGEST = 709.0  # beyond ln of the largest double lies no loss that was ever computed


def without_log(
    loaded: Surface | Curve | HeightMesh, path: str | os.PathLike[str]
) -> Surface | Curve | HeightMesh:
    """The same with loss = exp(z) - 0.1 for its height, which is then called "loss".

    Args:
        loaded: whose height is ln(loss + 0.1).
        path: where it came from, for messages.

    Raises:
        FileFormatError: heights are too large for logarithms, or the file has a loss besides.
    """
    is_mesh = isinstance(loaded, HeightMesh)
    height = loaded.height if isinstance(loaded, HeightMesh) else loaded.loss
    others = loaded.fields if isinstance(loaded, HeightMesh) else loaded.metrics
    doing = "undoing the logarithm of"
    finite = height[np.isfinite(height)]
    if finite.size and finite.max() > LARGEST:
        found = f"heights up to {finite.max():.4g} are no logarithms"
        raise FileFormatError(path, found, "Leave --undo-log out: these are losses already.", doing=doing)
    if "loss" in others or loaded.field == "loss":
        found = "it has a field 'loss', which is no logarithm"
        raise FileFormatError(path, found, "Leave --undo-log out.", doing=doing)
    note = f"loss = exp({loaded.field}) - {OFFSET:g}: the file's heights are ln(loss + {OFFSET:g})."
    changes: dict[str, Any] = {
        "height" if is_mesh else "loss": _loss(height),
        "field": "loss",
        "meta": {**loaded.meta, "height": f"exp({loaded.field}) - {OFFSET:g}"},
        "notices": (*(told for told in loaded.notices if "--undo-log" not in told), note),
    }
    undone: Surface | Curve | HeightMesh = dataclasses.replace(loaded, **changes)
    return undone


def _loss(height: NDArray[np.float64]) -> NDArray[np.float64]:
    """exp(z) - 0.1, with the small losses as exact as the file has them.

    exp(z) - 0.1 = 0.1 * (exp(z - ln 0.1) - 1), without the difference of nearly equal numbers.
    """
    loss: NDArray[np.float64] = OFFSET * np.expm1(height - np.log(OFFSET))
    return loss
