"""Colour maps by name, as tables for a texture.

Those of the catalogue are compute.colors'; here are the rest: files, shades of one colour, and the
one map that is drawn so often that no library is loaded for it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

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
    from compute.colors import map_names

    found = map_names()
    first = [name for name in RECOMMENDED if name in found]
    forward = first + sorted(found.difference(first), key=lambda name: (name.casefold(), name))
    return (*forward, *(f"{name}_r" for name in forward))


@lru_cache(maxsize=64)
def table(name: str, count: int = 256) -> NDArray[np.uint8]:
    """``count`` colours of a map, from its low end to its high end.

    Args:
        name: one of :func:`names`, a file of colours (:func:`is_file`), or "#rrggbb" for shades
            of one colour.
        count: number of rows, at least 2.

    Returns:
        (count, 4) uint8 RGBA, sRGB-encoded, read-only (it is cached).

    Raises:
        ValueError: no map of that name, and which is nearest; or a file that holds none.
    """
    if count < 2:
        raise ValueError(f"colour map {name!r}: needs at least 2 colours, not {count}")
    if is_file(name):
        return _frozen(_resampled(_read(name.removesuffix("_r"), name.endswith("_r")), count))
    if name.startswith("#"):
        return _ramp(name, count)
    if name in ("viridis", "viridis_r") and count == 256:
        from glviz.scene.viridis import RGB

        rgb = np.frombuffer(RGB, np.uint8).reshape(-1, 3)[:: -1 if name.endswith("_r") else 1]
        return _read_only(np.column_stack([rgb, np.full(count, 255, np.uint8)]))
    if name not in RECOMMENDED and name not in names():
        from difflib import get_close_matches  # 6 ms: only if needed

        near = get_close_matches(name, names(), 1) or get_close_matches(name.casefold(), names(), 1)
        hint = f"; did you mean {near[0]!r}?" if near else "; see --help for some"
        raise ValueError(f"colour map: no {name!r}{hint}")
    from compute.colors import map_stops

    return _frozen(map_stops(name, count))


def _frozen(stops: NDArray[np.float64]) -> NDArray[np.uint8]:
    return _read_only(np.rint(stops * 255.0).astype(np.uint8))


def _read_only(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rgba.setflags(write=False)
    return rgba


# --- files -------------------------------------------------------------------------------


def is_file(name: str) -> bool:
    """Whether a name means a file: no name of the catalogue has a dot or a separator in it."""
    return any(mark in name for mark in "./\\")


def parse_color(text: str) -> tuple[float, float, float]:
    """A colour such as "#d0d0d0" or "crimson", sRGB 0 to 1.

    Raises:
        ValueError: it is none.
    """
    from PIL import ImageColor

    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError:
        raise ValueError(f"no colour {text!r}; write #rrggbb or a name such as gray") from None
    return red / 255.0, green / 255.0, blue / 255.0


_MOST_BYTES = 2**20


def _read(name: str, reverse: bool) -> NDArray[np.float64]:
    """(n, 4) colours of a text file: one a line, as #rrggbb, a name, or three numbers."""
    doing = f"colour map {name!r}"
    try:
        if Path(name).exists() and not Path(name).is_file():  # a device, say, which may never end
            raise ValueError(f"{doing}: is no file")
        with open(name, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ValueError(f"{doing}: is larger than {_MOST_BYTES // 2**20} MiB; a colour a line is meant")
        lines = data.decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{doing}: {getattr(error, 'strerror', None) or 'is no text'}") from None
    rows, bytes_ = [], False
    for number, line in enumerate(lines, start=1):
        words = line.replace(",", " ").split()
        if not words or (words[0].startswith("#") and len(words[0]) not in (4, 7)):
            continue  # empty, or a comment
        try:
            values = parse_color(words[0]) if len(words) == 1 else tuple(float(word) for word in words[:3])
            if len(values) != 3 or not all(0.0 <= value <= 255.0 for value in values):
                raise ValueError
        except ValueError:
            raise ValueError(
                f"{doing}: line {number} is no colour: {line[:40]!r}; write red, green and blue, or #rrggbb"
            ) from None
        bytes_ = bytes_ or max(values) > 1.0
        rows.append(values)
    if len(rows) < 2:
        raise ValueError(f"{doing}: found {len(rows)} colours; it takes at least 2, one a line")
    colors = np.array(rows) / (255.0 if bytes_ else 1.0)
    return np.column_stack([colors[::-1] if reverse else colors, np.ones(len(colors))])


def _resampled(stops: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    place = np.linspace(0.0, len(stops) - 1.0, count)
    return np.stack([np.interp(place, np.arange(len(stops)), stops[:, k]) for k in range(4)], axis=1)


def _ramp(name: str, count: int) -> NDArray[np.uint8]:
    """From a darker to a lighter shade of a colour: heights are told apart, and files too."""
    base = np.array([int(name[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)
    share = np.linspace(0.0, 1.0, count)[:, None]
    rgb = base * (0.62 + 0.38 * share) + (255.0 - base) * 0.38 * share**1.5
    return _read_only(np.concatenate([rgb, np.full((count, 1), 255.0)], axis=1).round().astype(np.uint8))


def hex_name(color: tuple[float, float, float]) -> str:
    """The name under which :func:`table` knows the shades of a colour (sRGB, 0 to 1)."""
    return "#" + "".join(f"{round(255 * part):02x}" for part in color)
