"""A field of labels as it is drawn: numbers that name things, such as basins, and measure nothing.

Each label has one of a few colours, and what touches differs. Few colours are enough for that: parts of a
plane that hang together never need more than six when the one with the fewest neighbours is always set
aside first (Matula and Beck, "Smallest-last ordering and clustering and graph coloring algorithms",
1983). Between its samples such a field has the label of the nearest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compute.scales import Scale
from compute.surface import HeightMesh, Surface, label_names
from glviz.scene.colormap import parse_color, table
from glviz.scene.fields import ScaledField, field_values
from glviz.scene.memo import Memo
from glviz.scene.palette import SEQUENTIAL, Palette
from glviz.scene.theme import RGB
from glviz.settings import Settings

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# Okabe and Ito's palette, a little paler, so that lines and marks are seen on it: told apart by all kinds
# of colour vision, and from the grey.
COLORS = ("#6FBFEC", "#EAAE26", "#26AD88", "#F2E75E", "#D48DB4", "#DB7726", "#2687BD")
NONE = "#CCCCCC"
"""Of what has no label: NaN, and -1, as programs that cluster write it."""

MOST_LABELS = 2**16
"""More are no labels that anyone could tell apart, and take seconds to be coloured."""

_EXACT = 2.0**53


@dataclass(frozen=True, eq=False)
class Labels:
    """A field of labels.

    Attributes:
        numbers: (n,) the labels that there are, ascending.
        slots: (n,) which colour each has.
        lacking: whether there are points that have none.
        field: the field, its ``base`` the place of the colour in the palette.
        palette: the colours, that of no label last.
    """

    numbers: Indices
    slots: Indices
    lacking: bool
    field: ScaledField
    palette: Palette

    def color(self, index: int) -> RGB:
        """The colour of the label at ``index`` of the numbers; of no label at -1."""
        slot = self.slots[index] if index >= 0 else -1
        red, green, blue = (self.palette.colors[slot, :3] / 255.0).tolist()
        return red, green, blue


def labels_of(
    data: Surface | HeightMesh, name: str, settings: Settings, memo: Memo
) -> tuple[Labels | None, tuple[str, ...]]:
    """The field as labels, None where it has values; and what is to be said of it.

    Args:
        data: a surface or mesh.
        name: of the field.
        settings: whether it shall be labels, and in which colours.
        memo: results of earlier views.
    """
    kind = settings.color_kind
    name, values = field_values(data, name)
    if kind == "values" or (kind == "auto" and name not in label_names(data)):
        return None, ()
    numbers: Indices | str = memo.get("labels there", (values,), lambda: _numbers(values))
    if isinstance(numbers, str):
        return None, ((f"{name} is drawn as values: {numbers}.",) if kind == "labels" else ())
    found = memo.get(
        "labels",
        (data, values, numbers, settings.colormap),
        lambda: _made(data, name, values, numbers, settings.colormap),
    )
    return found, ()


def _numbers(values: Floats) -> Indices | str:
    """The labels that there are, ascending; or why they are none."""
    known = values[np.isfinite(values)]
    if np.any(known != np.floor(known)) or (known.size and np.abs(known).max() > _EXACT):
        return "not all are whole numbers"
    known = known[known != -1]
    if not known.size:
        return np.zeros(0, dtype=np.int64)
    low, high = int(known.min()), int(known.max())
    if high - low < 4 * known.size:  # counted, which is quicker than to sort them
        found = np.flatnonzero(np.bincount(known.astype(np.int64) - low)) + low
    else:
        found = np.unique(known).astype(np.int64)
    return found if found.size <= MOST_LABELS else f"there are more than {MOST_LABELS:,} labels"


def _made(data: Surface | HeightMesh, name: str, values: Floats, numbers: Indices, colormap: str) -> Labels:
    own = colormap.removesuffix("_r") == SEQUENTIAL  # the default; as colours of things, of no use
    count = len(COLORS) if own else min(len(COLORS), max(2, numbers.size))
    stops = np.array([[*(255 * part for part in parse_color(color)), 255.0] for color in (*COLORS, NONE)])
    colors = np.rint(stops).astype(np.uint8)
    if not own:
        colors = np.concatenate([table(colormap, count), colors[-1:]])
    colors.setflags(write=False)
    index = np.full(values.shape, -1, dtype=np.int64)
    has = np.isfinite(values) & (values != -1)
    index[has] = np.searchsorted(numbers, values[has].astype(np.int64))
    slots = _slots(numbers, _borders(data, index, numbers.size), count)
    # Sampled at its last place the palette gives the colour of no label.
    base = (np.append(slots, count)[index] / count).astype(np.float32)
    base.setflags(write=False)
    ends = (float(numbers[0]), float(numbers[-1])) if numbers.size else (0.0, 0.0)
    scale = Scale("linear", ends[0] - 0.5, ends[1] + 0.5)
    field = ScaledField(name, scale, values, base, (0.0, 1.0), scale)
    grey = parse_color(NONE)
    return Labels(
        numbers, slots, not bool(has.all()), field,
        Palette("labels", colors, grey, grey, False, (False, False), 0),
    )  # fmt: skip


def _borders(data: Surface | HeightMesh, index: Indices, count: int) -> list[dict[int, int]]:
    """For each label those that it touches, and along how many pairs of points."""
    if isinstance(data, Surface):
        # Across corners too: two parts of one colour that meet there would look like one.
        pairs = [
            (index[:, :-1], index[:, 1:]), (index[:-1], index[1:]),
            (index[:-1, :-1], index[1:, 1:]), (index[:-1, 1:], index[1:, :-1]),
        ]  # fmt: skip
    else:
        corners = index[data.triangles]
        pairs = [(corners[:, k], corners[:, (k + 1) % 3]) for k in range(3)]
    keys = [np.zeros(0, dtype=np.int64)]
    for first, second in pairs:
        touching = (first != second) & (first >= 0) & (second >= 0)
        a, b = first[touching], second[touching]
        keys.append(np.minimum(a, b) * count + np.maximum(a, b))
    found, lengths = np.unique(np.concatenate(keys), return_counts=True)
    beside: list[dict[int, int]] = [{} for _ in range(count)]
    for key, length in zip(found.tolist(), lengths.tolist(), strict=True):
        a, b = divmod(key, count)
        beside[a][b] = beside[b][a] = length
    return beside


def _slots(numbers: Indices, beside: list[dict[int, int]], count: int) -> Indices:
    """(n,) a colour for each label, that of its number where it can be had.

    All differ where there are colours for all, else those that touch; where even that cannot be, those
    that touch least have the same.
    """
    n = numbers.size
    slots = np.full(n, -1, dtype=np.int64)
    used = [0] * count
    for label in range(n) if n <= count else _smallest_last(beside):
        shared = [0] * count
        around: Mapping[int, int] = dict.fromkeys(range(n), 1) if n <= count else beside[label]
        for other, length in around.items():
            if slots[other] >= 0:
                shared[slots[other]] += length
        wish = int(numbers[label]) % count
        best = min(range(count), key=lambda slot: (shared[slot], slot != wish, used[slot], slot))
        slots[label] = best
        used[best] += 1
    return slots


def _smallest_last(beside: list[dict[int, int]]) -> list[int]:
    """The labels so that each has few neighbours before it: the one with the fewest is last, and so on."""
    degree = [len(around) for around in beside]
    waiting: list[list[int]] = [[] for _ in range(max(degree, default=0) + 1)]
    for label, number in enumerate(degree):
        waiting[number].append(label)
    taken = [False] * len(beside)
    order: list[int] = []
    lowest = 0
    while len(order) < len(beside):
        while not waiting[lowest]:
            lowest += 1
        label = waiting[lowest].pop()
        if taken[label] or degree[label] != lowest:
            continue  # it has fewer neighbours by now, and waits with those
        taken[label] = True
        order.append(label)
        for other in beside[label]:
            if not taken[other]:
                degree[other] -= 1
                waiting[degree[other]].append(other)
        lowest = max(0, lowest - 1)
    return order[::-1]


def nearest(values: NDArray[np.float32], parts: tuple[int, int]) -> NDArray[np.float32]:
    """The labels on a lattice that is ``parts`` times as fine along y and x."""
    rows, columns = (
        np.round(np.arange((n - 1) * k + 1) / k - 1e-9).astype(np.int64)
        for n, k in zip(values.shape, parts, strict=True)
    )
    return values[rows][:, columns]


def patches(points: Floats, unit: Floats, triangles: Indices) -> tuple[Floats, Floats, Indices]:
    """Triangles cut so that each piece has one label: that of the corner it is nearest to.

    The cuts go from the middles of those edges whose ends differ to the middle of the triangle, so no
    vertex lies on an edge of a neighbour that lacks it, and there are no cracks.

    Args:
        points: (n, 3) of the vertices.
        unit: (n,) place of each on the palette.
        triangles: (m, 3) vertex numbers.

    Returns:
        The same three of the pieces.
    """
    corner = unit[triangles]
    equal = [corner[:, k] == corner[:, (k + 1) % 3] for k in range(3)]
    whole = equal[0] & equal[1]
    three = ~(equal[0] | equal[1] | equal[2])
    new_points, new_unit, pieces = [points], [unit], [triangles[whole]]
    start = len(points)

    def added(places: Floats, owners: Indices) -> Indices:
        nonlocal start
        new_points.append(places)
        new_unit.append(unit[owners])
        start += len(places)
        return np.arange(start - len(places), start)

    def quarter(tip: Indices, after: Indices, before: Indices) -> None:
        """The part of a triangle that is nearest to its corner ``tip``."""
        middle = added((points[tip] + points[after] + points[before]) / 3.0, tip)
        first, last = (added((points[tip] + points[other]) / 2.0, tip) for other in (after, before))
        pieces.extend([np.stack([tip, first, middle], axis=1), np.stack([tip, middle, last], axis=1)])

    for k in range(3):
        a, b, c = (triangles[three, (k + j) % 3] for j in range(3))
        quarter(a, b, c)
        # Of two alike and one that is not, the two stay together.
        a, b, c = (triangles[equal[k] & ~whole, (k + j) % 3] for j in range(3))
        quarter(c, a, b)
        middle = added((points[a] + points[b] + points[c]) / 3.0, a)
        to_b, to_a = (added((points[c] + points[end]) / 2.0, a) for end in (b, a))
        for piece in ((a, b, middle), (b, to_b, middle), (a, middle, to_a)):
            pieces.append(np.stack(piece, axis=1))
    return np.concatenate(new_points), np.concatenate(new_unit), np.concatenate(pieces)


def label(value: float) -> float:
    """A label as the whole number that it is, which the readouts write in full; NaN where there is none."""
    return int(value) if math.isfinite(value) and value == int(value) else value


def rows_of(labels: Labels, most: int) -> list[tuple[RGB | None, str]]:
    """A legend of ``most`` rows at most: a colour and a label each; no colour for those left out."""
    rows: list[tuple[RGB | None, str]] = [
        (labels.color(k), str(number)) for k, number in enumerate(labels.numbers[: most + 1].tolist())
    ]
    last: list[tuple[RGB | None, str]] = [(labels.color(-1), "none")] if labels.lacking else []
    if len(rows) + len(last) > most:
        rows = rows[: max(1, most - 1 - len(last))]
        rows.append((None, f"and {labels.numbers.size - len(rows):,} more"))
    return rows + last
