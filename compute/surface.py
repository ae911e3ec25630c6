"""What both halves of the project share: surfaces, curves, meshes, paths, critical points.

Everything here is immutable and made of numpy arrays only; neither torch nor any
OpenGL library is imported, so that the viewer can use it on a machine without either.

A *surface* samples a function of two coefficients,

    f(alpha, beta) = metric(theta + alpha * d1 + beta * d2),

on a rectangular lattice. Array axis 0 is beta (``y``), axis 1 is alpha (``x``), both
ascending, so ``surface.loss[j, i]`` belongs to ``(surface.x[i], surface.y[j])``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.bands import in_bands
from compute.display import Displayed

__all__ = [
    "FAILED",
    "NOT_FINITE",
    "OK",
    "PENDING",
    "CriticalPoint",
    "Curve",
    "HeightMesh",
    "Path",
    "Portable",
    "Surface",
    "field_names",
    "label_names",
    "status_of",
]

Floats = NDArray[np.float64]

# Status of a grid point, as stored in files (`property uchar status`).
PENDING, OK, NOT_FINITE, FAILED = 0, 1, 2, 3

CriticalKind = Literal["minimum", "saddle", "maximum"]


def _frozen(values: ArrayLike, dtype: Any = np.float64) -> NDArray[Any]:
    """A contiguous copy of ``values`` that cannot be written to; themselves if they cannot be either."""
    if type(values) is np.ndarray and values.dtype == dtype and values.flags.c_contiguous:
        owner = values if values.base is None else values.base
        if type(owner) is np.ndarray and owner.base is None and not owner.flags.writeable:
            return values
    array = np.array(values, dtype=dtype, order="C")
    array.setflags(write=False)
    return array


class Portable:
    """Dataclasses with read-only mappings, made fit for pickle and ``copy.deepcopy``, and so for workers."""

    def __reduce__(self) -> tuple[Any, ...]:
        """The class and its fields, from which the same is built again."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        plain = {k: dict(v) if isinstance(v, MappingProxyType) else v for k, v in values.items()}
        return _rebuilt, (type(self), plain)


def _rebuilt(kind: type, values: dict[str, Any]) -> Any:
    return kind(**values)


def _frozen_axis(name: str, values: ArrayLike) -> Floats:
    axis = _frozen(values)
    if axis.ndim != 1 or axis.size < 1:
        raise ValueError(f"axis {name}: expected a 1-D array of at least one value, got shape {axis.shape}")
    if not np.all(np.isfinite(axis)) or np.any(np.diff(axis) <= 0):
        raise ValueError(f"axis {name}: values must be finite and strictly ascending")
    return axis


def _range(values: Floats) -> str:
    """The extremes of finite values, for people."""
    return f"{values.min():.4g} ... {values.max():.4g}" if values.size else "nowhere finite"


def _besides(fields_by_name: Mapping[str, Floats]) -> str:
    return f"; also {', '.join(fields_by_name)}" if fields_by_name else ""


def status_of(loss: Floats) -> NDArray[np.uint8]:
    """Status of computed values: OK where finite, NOT_FINITE elsewhere."""
    return np.where(np.isfinite(loss), np.uint8(OK), np.uint8(NOT_FINITE))


@dataclass(frozen=True, eq=False)
class Path:
    """Points on a plane in the order in which an optimiser visited them.

    Attributes:
        x, y: (k,) coefficients of the first and second direction.
        loss: (k,) the metric's true value at each checkpoint, NaN where unknown. It is
            not the surface under the point: a checkpoint need not lie in the plane.
        residual: (k,) distance of each checkpoint from the plane (parameter-space
            norm), NaN where unknown.
        step: (k,) int64, the checkpoint's number in the trajectory.
        name: shown in legends.
    """

    x: Floats
    y: Floats
    loss: Floats = None  # type: ignore[assignment]  # filled below
    residual: Floats = None  # type: ignore[assignment]
    step: NDArray[np.int64] = None  # type: ignore[assignment]
    name: str = "path"

    def __post_init__(self) -> None:
        count = np.size(self.x)
        unknown = np.full(count, np.nan)
        for name in ("x", "y"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        for name in ("loss", "residual"):
            value = getattr(self, name)
            object.__setattr__(self, name, _frozen(unknown if value is None else value))
        step = np.arange(count) if self.step is None else self.step
        object.__setattr__(self, "step", _frozen(step, np.int64))
        for name in ("x", "y", "loss", "residual", "step"):
            shape = getattr(self, name).shape
            if shape != (count,):
                raise ValueError(f"path {self.name!r}: {name} has shape {shape}, expected ({count},)")

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class CriticalPoint:
    """A minimum, saddle or maximum of a surface.

    Attributes:
        kind: "minimum", "saddle" or "maximum".
        x, y: position in the plane (the grid vertex, or refined for display).
        loss: value there.
        persistence: difference in value to the critical point it is paired with;
            infinite for the global minimum, NaN where not computed.
        boundary: whether it lies on the edge of the grid, where it says little.
        multiplicity: 1, or more for a degenerate saddle (2 for a monkey saddle).
        significant: whether its persistence exceeds the noise of the values; None where the
            noise is not known.
        eigenvalues: (smaller, larger) of the Hessian in the plane's two coordinates, of a
            local fit or exact; None where not known.
    """

    kind: CriticalKind
    x: float
    y: float
    loss: float
    persistence: float = float("nan")
    boundary: bool = False
    multiplicity: int = 1
    significant: bool | None = None
    eigenvalues: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Surface(Portable, Displayed):
    """Values of a metric on a rectangular lattice of a plane in parameter space.

    Attributes:
        x: (nx,) coefficients of the first direction, ascending.
        y: (ny,) coefficients of the second direction, ascending.
        loss: (ny, nx) float64, the quantity that is the height. Not finite is data.
        metrics: further (ny, nx) float64 fields by name, e.g. ``accuracy``.
        status: (ny, nx) uint8 of PENDING, OK, NOT_FINITE, FAILED.
        meta: provenance, JSON-like; written to and read from files unchanged.
        paths: descent paths on the plane.
        critical_points: those stored with the surface (may be empty: not computed).
        field: the name that ``loss`` had in its file ("loss", or "s", "z", ... in
            files by others).
        notices: things that a reader of the file should be told, one sentence each.
    """

    x: Floats
    y: Floats
    loss: Floats
    metrics: Mapping[str, Floats] = field(default_factory=dict)
    status: NDArray[np.uint8] = None  # type: ignore[assignment]  # filled below
    meta: Mapping[str, Any] = field(default_factory=dict)
    paths: tuple[Path, ...] = ()
    critical_points: tuple[CriticalPoint, ...] = ()
    field: str = "loss"
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        def fill(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        fill("x", _frozen_axis("x", self.x))
        fill("y", _frozen_axis("y", self.y))
        fill("loss", _frozen(self.loss))
        status = status_of(self.loss) if self.status is None else self.status
        fill("status", _frozen(status, np.uint8))
        fill("metrics", MappingProxyType({str(k): _frozen(v) for k, v in self.metrics.items()}))
        fill("meta", MappingProxyType(dict(self.meta)))
        fill("paths", tuple(self.paths))
        fill("critical_points", tuple(self.critical_points))
        fill("notices", tuple(self.notices))
        arrays: dict[str, NDArray[Any]] = {"loss": self.loss, "status": self.status, **self.metrics}
        for name, array in arrays.items():
            if array.shape != self.shape:
                raise ValueError(
                    f"surface: {name} has shape {array.shape}, but y and x have "
                    f"{self.y.size} and {self.x.size} values: expected {self.shape} (rows are y)"
                )

    def summary(self) -> str:
        """Its grid, the range of its values, and what else it holds."""
        paths = f"; {len(self.paths)} path{'s' * (len(self.paths) > 1)}" if self.paths else ""
        return (
            f"{self.x.size} × {self.y.size} points, {self.field} {_range(self.loss[self.finite])}"
            f"{_besides(self.metrics)}{paths}"
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(ny, nx)."""
        return (self.y.size, self.x.size)

    @cached_property
    def finite(self) -> NDArray[np.bool_]:
        """(ny, nx) True where the loss was computed and is finite; cannot be written to."""
        found = np.empty(self.shape, dtype=bool)

        def judge(rows: slice) -> None:
            np.isfinite(self.loss[rows], out=found[rows])
            found[rows] &= self.status[rows] == OK

        in_bands(judge, self.y.size, 8 * self.x.size)
        found.setflags(write=False)
        return found

    def values(self, name: str) -> Floats:
        """The (ny, nx) field called ``name``; ``surface.field`` and "loss" are the height.

        Raises:
            KeyError: no such field; the message lists those there are.
        """
        if name in (self.field, "loss") and name not in self.metrics:
            return self.loss
        try:
            return self.metrics[name]
        except KeyError:
            raise KeyError(f"no field {name!r}; there are: {', '.join(self.fields)}") from None

    @property
    def fields(self) -> tuple[str, ...]:
        """Names that :meth:`values` takes, the height first."""
        return (self.field, *(name for name in self.metrics if name != self.field))

    def replace(self, **changes: Any) -> Surface:
        """A copy with some attributes changed."""
        return replace(self, **changes)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write to ``path`` atomically, in the format that its extension names."""
        from compute import files

        files.save(self, path)


@dataclass(frozen=True, eq=False, repr=False)
class Curve(Portable, Displayed):
    """Values of a metric along one direction: x, loss and each metric are (n,)."""

    x: Floats
    loss: Floats
    metrics: Mapping[str, Floats] = field(default_factory=dict)
    status: NDArray[np.uint8] = None  # type: ignore[assignment]  # filled below
    meta: Mapping[str, Any] = field(default_factory=dict)
    field: str = "loss"
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", _frozen_axis("x", self.x))
        object.__setattr__(self, "loss", _frozen(self.loss))
        status = status_of(self.loss) if self.status is None else self.status
        object.__setattr__(self, "status", _frozen(status, np.uint8))
        metrics = {str(k): _frozen(v) for k, v in self.metrics.items()}
        object.__setattr__(self, "metrics", MappingProxyType(metrics))
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))
        arrays: dict[str, NDArray[Any]] = {"loss": self.loss, "status": self.status, **metrics}
        for name, array in arrays.items():
            if array.shape != self.x.shape:
                raise ValueError(f"curve: {name} has shape {array.shape}, but x has {self.x.size} values")

    def summary(self) -> str:
        """Its points, the range of its values, and what else it holds."""
        values = self.loss[np.isfinite(self.loss) & (self.status == OK)]
        return f"{self.x.size} points, {self.field} {_range(values)}{_besides(self.metrics)}"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write to ``path`` atomically, in the format that its extension names."""
        from compute import files

        files.save(self, path)


@dataclass(frozen=True, eq=False, repr=False)
class HeightMesh(Portable, Displayed):
    """Any other PLY: vertices with a height, and the triangles it has (perhaps none).

    Attributes:
        x, y: (n,) float64 positions in the plane.
        height: (n,) float64, the quantity drawn as height and colour.
        triangles: (m, 3) int64 indices into the vertices, all in range.
        fields: further (n,) float64 scalars by name.
        field: the name that ``height`` had in its file.
        notices: what a reader of the file should be told, one sentence each.
    """

    x: Floats
    y: Floats
    height: Floats
    triangles: NDArray[np.int64]
    fields: Mapping[str, Floats] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    field: str = "z"
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("x", "y", "height"):
            object.__setattr__(self, name, _frozen(getattr(self, name)))
        triangles = _frozen(np.reshape(self.triangles, (-1, 3)), np.int64)
        object.__setattr__(self, "triangles", triangles)
        fields = {str(k): _frozen(v) for k, v in self.fields.items()}
        object.__setattr__(self, "fields", MappingProxyType(fields))
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))
        object.__setattr__(self, "notices", tuple(self.notices))
        count = self.x.size
        if triangles.size and (triangles.min() < 0 or triangles.max() >= count):
            raise ValueError(f"mesh: triangle indices must lie in 0 ... {count - 1}")
        for name, array in {"y": self.y, "height": self.height, **fields}.items():
            if array.shape != (count,):
                raise ValueError(f"mesh: {name} has shape {array.shape}, expected ({count},)")

    def summary(self) -> str:
        """Its size, the range of its heights, and what else it holds."""
        size = f"{self.x.size} vertices, {len(self.triangles)} triangles"
        return f"{size}, {self.field} {_range(self.height[self.finite])}{_besides(self.fields)}"

    @property
    def finite(self) -> NDArray[np.bool_]:
        """(n,) True where position and height are finite."""
        return np.isfinite(self.x) & np.isfinite(self.y) & np.isfinite(self.height)


Loadable = Surface | Curve | HeightMesh
Paths = Sequence[Path]


def field_names(data: Surface | HeightMesh | Curve) -> tuple[str, ...]:
    """Names of all fields, the height's first."""
    if isinstance(data, Surface):
        return data.fields
    others = data.metrics if isinstance(data, Curve) else data.fields
    return (data.field, *(name for name in others if name != data.field))


def label_names(data: Surface | HeightMesh) -> tuple[str, ...]:
    """Names of the fields that number things, such as basins: ``meta["labels"]``, as far as there."""
    marked = data.meta.get("labels")
    names = marked if isinstance(marked, (list, tuple)) else ()
    return tuple(name for name in field_names(data) if name in names)
