"""What a file holds, as numbers: ``glviz FILE --info [--json]``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.surface import PENDING, Curve, HeightMesh, Path, Surface
from glviz.documents import Document
from glviz.scene.fields import field_names

__all__ = ["as_json", "as_text", "describe"]


def describe(document: Document, field: str = "") -> dict[str, Any]:
    """The figures of a file, ready for JSON apart from not-finite numbers.

    Critical points at the edge of the grid are not counted: the surface may go on
    falling or rising beyond it.

    Args:
        document: the opened file.
        field: which field to describe; empty for the file's own height.

    Returns:
        ``file, kind, shape, x, y, field, min, max, finite, nonfinite, pending,
        critical_points, paths, meta`` and further keys. ``finite + nonfinite + pending``
        is the number of points.
    """
    data = document.data
    x, y, name, values, finite = _field(data, field)
    status = getattr(data, "status", None)
    pending = int(np.count_nonzero(status == PENDING)) if status is not None else 0
    good = int(np.count_nonzero(finite))
    paths = (*getattr(data, "paths", ()), *document.paths)
    found: dict[str, Any] = {
        "file": str(document.path),
        "kind": {Surface: "surface", Curve: "curve", HeightMesh: "mesh"}[type(data)],
        "shape": list(values.shape),
        "x": _range(x),
        "y": _range(y),
        "field": name,
        "min": _extreme(x, y, values, finite, np.argmin),
        "max": _extreme(x, y, values, finite, np.argmax),
        "finite": good,
        "nonfinite": int(values.size) - good - pending,
        "pending": pending,
        "critical_points": _critical_points(data, name, values),
        "paths": len(paths),
        "meta": dict(data.meta),
        "fields": list(field_names(data)),
        "path_details": [_path(path, x, y) for path in paths],
        "notices": list(data.notices),
    }
    if isinstance(data, HeightMesh):
        found["triangles"] = len(data.triangles)
    return found


def _field(
    data: Surface | HeightMesh | Curve, name: str
) -> tuple[NDArray[Any], NDArray[Any] | None, str, NDArray[Any], NDArray[np.bool_]]:
    """(x, y or None, name, values, finite) of the field to describe."""
    if isinstance(data, Surface):
        name = name or data.field
        values = data.values(name)
        return data.x, data.y, name, values, data.finite if values is data.loss else np.isfinite(values)
    if isinstance(data, HeightMesh):
        name = name or data.field
        values = data.height if name == data.field else data.fields[name]
        return data.x, data.y, name, values, np.isfinite(values)
    name = name or data.field
    values = data.loss if name == data.field else data.metrics[name]
    return data.x, None, name, values, np.isfinite(values)


def _range(axis: NDArray[Any] | None) -> list[float] | None:
    if axis is None:
        return None
    axis = axis[np.isfinite(axis)]
    return [float(axis.min()), float(axis.max())] if axis.size else None


def _extreme(
    x: NDArray[Any], y: NDArray[Any] | None, values: NDArray[Any], finite: NDArray[np.bool_], which: Any
) -> dict[str, float | None] | None:
    """The smallest or largest finite value and where it is."""
    if not finite.any():
        return None
    places = np.flatnonzero(finite)
    place = int(places[which(values.ravel()[places])])
    value = float(values.ravel()[place])
    if values.ndim == 2:
        row, column = divmod(place, values.shape[1])
        assert y is not None
        return {"value": value, "x": float(x[column]), "y": float(y[row])}
    return {"value": value, "x": float(x[place]), "y": None if y is None else float(y[place])}


def _critical_points(
    data: Surface | HeightMesh | Curve, name: str, values: NDArray[Any]
) -> dict[str, int] | None:
    """Counts of those inside the grid; None where the notion does not apply."""
    if not isinstance(data, Surface):
        return None
    points = data.critical_points if values is data.loss else ()
    if not points:
        from compute.analysis import critical_points

        shown = data if values is data.loss else Surface(data.x, data.y, values, field=name)
        points = critical_points(shown, resolved=True)
    inner = [point.kind for point in points if not point.boundary]
    return {
        "minima": inner.count("minimum"), "saddles": inner.count("saddle"), "maxima": inner.count("maximum"),
    }  # fmt: skip


def _path(path: Path, x: NDArray[Any], y: NDArray[Any] | None) -> dict[str, Any]:
    known = np.isfinite(path.x) & np.isfinite(path.y)
    outside = 0
    if y is not None and x.size and y.size:
        with np.errstate(invalid="ignore"):
            inside = (path.x >= x.min()) & (path.x <= x.max()) & (path.y >= y.min()) & (path.y <= y.max())
        outside = int(np.count_nonzero(known & ~inside))

    def point(index: int) -> dict[str, float] | None:
        if not len(path):
            return None
        return {"x": float(path.x[index]), "y": float(path.y[index]), "value": float(path.loss[index])}

    return {"name": path.name, "points": len(path), "outside": outside, "start": point(0), "end": point(-1)}


def as_json(infos: Sequence[Mapping[str, Any]]) -> str:
    """Strict JSON: an object for one file, a list for several; not-finite numbers become null."""
    cleaned = [_strict(info) for info in infos]
    content = cleaned[0] if len(cleaned) == 1 else cleaned
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)


def _strict(value: Any) -> Any:
    """The nearest thing that strict JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_strict(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value if value is None or isinstance(value, str) else str(value)


def as_text(infos: Sequence[Mapping[str, Any]]) -> str:
    """The same for people."""
    return "\n\n".join("\n".join(_lines(info)) for info in infos)


def _lines(info: Mapping[str, Any]) -> list[str]:
    shape = " × ".join(str(n) for n in info["shape"])
    size = {"surface": f"{shape} points (ny × nx)", "curve": f"{shape} points", "mesh": f"{shape} vertices"}
    counts = f"{info['finite']:,} finite, {info['nonfinite']:,} not finite, {info['pending']:,} pending"
    rows = [("kind", f"{info['kind']}, {size[info['kind']]}")]
    if "triangles" in info:
        rows.append(("triangles", f"{info['triangles']:,}"))
    rows += [(axis, f"{info[axis][0]:.6g} … {info[axis][1]:.6g}") for axis in ("x", "y") if info[axis]]
    others = [name for name in info["fields"] if name != info["field"]]
    rows.append(("field", info["field"] + (f"  (others: {', '.join(others)})" if others else "")))
    rows += [(end, _place(info[end])) for end in ("min", "max")]
    rows.append(("points", counts))
    if info["critical_points"] is not None:
        critical = ", ".join(f"{count:,} {kind}" for kind, count in info["critical_points"].items())
        rows.append(("critical", f"{critical} (inside the grid)"))
    rows.append(("paths", str(info["paths"])))
    for path in info["path_details"]:
        outside = f", {path['outside']} outside the grid" if path["outside"] else ""
        rows.append(("", f"{path['name']}: {path['points']} points{outside}"))
    rows += [("notice", text) for text in info["notices"]]
    lines = [_plain(info["file"])] + [f"  {label:<10}{_plain(value)}" for label, value in rows]
    return lines + (["  meta"] + _tree(info["meta"], "    ") if info["meta"] else [])


def _place(extreme: Mapping[str, float | None] | None) -> str:
    if extreme is None:
        return "no finite value"
    where = ", ".join(f"{extreme[axis]:.6g}" for axis in ("x", "y") if extreme[axis] is not None)
    return f"{extreme['value']:.8g} at ({where})"


def _tree(meta: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for key, value in meta.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{indent}{_plain(str(key))}", *_tree(value, indent + "  ")]
        else:
            text = value if isinstance(value, str) else json.dumps(_strict(value), ensure_ascii=False)
            lines.append(f"{indent}{_plain(str(key))}: {_plain(text)}")
    return lines


def _plain(text: str) -> str:
    """``text`` without control characters: a file must not be able to steer the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
