"""What is written on figures: the names of axes, fields and panels, from a file's metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from compute.console import printable

__all__ = ["axis_label", "direction_kinds", "field_label", "literal", "percent", "typeset"]

_GREEK = {"x": "\u03b1", "y": "\u03b2"}
_LONGEST = 44


def literal(text: str) -> str:
    """A text from a file, which matplotlib shall neither take for mathematics nor hide from a legend."""
    plain = printable(text).replace("\n", " ").replace("$", r"\$")
    return f" {plain}" if plain.startswith("_") else plain


def typeset(text: str) -> str:
    """A title that somebody wrote: mathematics between dollar signs, if that is what it is."""
    from matplotlib.mathtext import MathTextParser

    try:
        if text.count("$") >= 2 and not text.startswith("_"):
            MathTextParser("path").parse(text)
            return text
    except ValueError:
        pass
    return literal(text)


def percent(share: float, digits: int = 1) -> str:
    """A share as "93.0 %", with a space that does not break."""
    return f"{100 * share:.{digits}f}\u00a0%"


def direction_kinds(meta: Mapping[str, Any]) -> list[str]:
    """The kinds of the directions, one each; empty strings where the file does not say."""
    kinds = meta.get("directions")
    if isinstance(kinds, str):
        kinds = [part.strip() for part in kinds.split(",")]
    if not isinstance(kinds, Sequence) or not kinds:
        return ["", ""]
    named = [str(kind) for kind in kinds]
    return named * 2 if len(named) == 1 else named


def axis_label(meta: Mapping[str, Any], axis: str, *, short: bool = False) -> str:
    """The label of a coefficient's axis, e.g. "PCA 1 (93.0 % of the variance)" or "α (random)".

    Args:
        meta: of a surface or a curve.
        axis: "x" or "y".
        short: leave out what can be: "PCA 1 (93.0 %)", "α".
    """
    kinds, which = direction_kinds(meta), "xy".index(axis)
    kind = kinds[which] if which < len(kinds) else ""
    shares = meta.get("explained_variance")
    if kind.startswith("pca ") or (isinstance(shares, Sequence) and not kind):
        name = literal(kind.replace("pca", "PCA")) or f"PCA {which + 1}"
        share = shares[which] if isinstance(shares, Sequence) and which < len(shares) else None
        if not isinstance(share, (int, float)):
            return name
        return f"{name} ({percent(share)})" if short else f"{name} ({percent(share)} of the variance)"
    if short:
        return _GREEK[axis]
    if kind == "random":
        norm = meta.get("norm")
        kind = f"random, {norm}-normalised" if norm in ("filter", "layer") else "random direction"
    return f"{_GREEK[axis]} ({literal(kind[:_LONGEST])})" if kind else _GREEK[axis]


def field_label(name: str) -> str:
    """A field's name as it is written on an axis, e.g. "Test loss"."""
    words = name.replace("_", " ").strip()
    return literal(words[:1].upper() + words[1:] if len(words) > 1 else words)
