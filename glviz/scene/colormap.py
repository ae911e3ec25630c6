"""Colour maps by name, as tables for a texture.

cmap carries the catalogue (viridis, Crameri's, CET, cmocean, ColorBrewer, ...) with their
licences. It is imported when first needed, for it takes tens of milliseconds.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# Perceptually uniform and fit for colour-blind readers: sequential, then diverging.
RECOMMENDED = (
    "viridis", "cividis", "magma", "inferno", "plasma", "mako", "rocket", "batlow", "lapaz", "davos", "oslo",
    "thermal", "haline", "deep", "gray",
    "vik", "roma", "berlin", "broc", "cork", "balance", "RdBu", "coolwarm",
)  # fmt: skip


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every map by its short name: the recommended first, then the rest, then all reversed (``_r``)."""
    import cmap

    found = set(cmap.Catalog().short_keys())
    first = [name for name in RECOMMENDED if name in found]
    forward = first + sorted(found.difference(first), key=lambda name: (name.casefold(), name))
    return (*forward, *(f"{name}_r" for name in forward))


@lru_cache(maxsize=64)
def table(name: str, count: int = 256) -> NDArray[np.uint8]:
    """``count`` colours of a map, from its low end to its high end.

    Args:
        name: one of :func:`names`, or "#rrggbb" for shades of one colour.
        count: number of rows, at least 2.

    Returns:
        (count, 4) uint8 RGBA, sRGB-encoded, read-only (it is cached).

    Raises:
        ValueError: no map of that name; says which is nearest.
    """
    if count < 2:
        raise ValueError(f"colour map {name!r}: needs at least 2 colours, not {count}")
    if name.startswith("#"):
        return _ramp(name, count)
    # The default needs no catalogue.
    if name not in RECOMMENDED and name not in names():
        near = get_close_matches(name, names(), 1) or get_close_matches(name.casefold(), names(), 1)
        hint = f"; did you mean {near[0]!r}?" if near else "; see --help for some"
        raise ValueError(f"colour map: no {name!r}{hint}")
    import cmap

    base, reverse = (name[:-2], "_r") if name.endswith("_r") else (name, "")
    # The full name: a short one that several authors used is ambiguous, and cmap warns.
    stops = np.asarray(cmap.Colormap(cmap.Catalog().resolve(base) + reverse).lut(count), dtype=np.float64)
    if len(stops) != count:  # a map of n distinct colours: repeat each
        stops = stops[(2 * np.arange(count) + 1) * len(stops) // (2 * count)]
    rgba = np.rint(stops * 255.0).astype(np.uint8)
    rgba.setflags(write=False)
    return rgba


def _ramp(name: str, count: int) -> NDArray[np.uint8]:
    """From a darker to a lighter shade of a colour: heights are told apart, and files too."""
    base = np.array([int(name[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)
    share = np.linspace(0.0, 1.0, count)[:, None]
    rgb = base * (0.62 + 0.38 * share) + (255.0 - base) * 0.38 * share**1.5
    rgba = np.concatenate([rgb, np.full((count, 1), 255.0)], axis=1).round().astype(np.uint8)
    rgba.setflags(write=False)
    return rgba


def hex_name(color: tuple[float, float, float]) -> str:
    """The name under which :func:`table` knows the shades of a colour (sRGB, 0 to 1)."""
    return "#" + "".join(f"{round(255 * part):02x}" for part in color)
