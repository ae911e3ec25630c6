"""A figure into a file: PDF, SVG or PNG, the same bytes each time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from compute.files.atomic import replacing

__all__ = ["PICTURES", "save_figure"]

PICTURES = (".pdf", ".svg", ".png")


def save_figure(figure: Any, path: str | os.PathLike[str], *, dpi: float = 300.0, title: str = "") -> None:
    """Write a figure to ``path``, which is replaced whole or left as it was.

    Args:
        figure: a ``matplotlib.figure.Figure``, within :func:`compute.plots.style.styled`.
        path: ends in one of :data:`PICTURES`.
        dpi: of a PNG, and of what a PDF or SVG has as pixels.
        title: for the file's metadata.

    Raises:
        ValueError: another extension.
        OSError: the file cannot be written.
    """
    kind = Path(path).suffix.lower()
    if kind not in PICTURES:
        raise ValueError(f"figure {Path(path).name}: its extension must be one of {', '.join(PICTURES)}")
    # No date and no version: the same figure gives the same bytes.
    undated: dict[str, dict[str, Any]] = {
        ".pdf": {"Creator": "glviz", "Producer": None, "CreationDate": None},
        ".svg": {"Creator": "glviz", "Date": None},
        ".png": {"Software": "glviz"},
    }
    metadata = undated[kind]
    if title:
        metadata["Title"] = title
    with replacing(path) as stream:
        figure.savefig(stream, format=kind[1:], dpi=dpi, metadata=metadata)
