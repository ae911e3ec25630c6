"""What a file holds, as numbers and in words: ``glviz FILE --info``, ``glviz-compute info FILE``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.console import as_json, printable
from compute.surface import PENDING, Curve, HeightMesh, Path, Surface, field_names

__all__ = ["as_text", "describe"]


def describe(
    data: Surface | HeightMesh | Curve,
    file: str | os.PathLike[str],
    *,
    field: str = "",
    paths: Sequence[Path] = (),
) -> dict[str, Any]:
    """The figures of a file, ready for `compute.console.as_json`.

    Critical points at the edge of the grid are not counted: the surface may go on
    falling or rising beyond it. Those stored in the file count as they are.

    Args:
        data: what the file holds.
        file: its name.
        field: which field to describe; empty for the file's own height.
        paths: descent paths beside the file's own.

    Returns:
        ``file, kind, shape, x, y, field, min, max, finite, nonfinite, pending,
        critical_points, significant, paths, meta`` and further keys. ``finite + nonfinite +
        pending`` is the number of points; ``significant`` counts the critical points that stand
        out of the noise, and is None where that is not known.
    """
    x, y, name, values, finite = _field(data, field)
    status = getattr(data, "status", None)
    pending = int(np.count_nonzero(status == PENDING)) if status is not None else 0
    critical = _critical_points(data, name, values)
    good = int(np.count_nonzero(finite))
    paths = (*getattr(data, "paths", ()), *paths)
    found: dict[str, Any] = {
        "file": os.fspath(file),
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
        "critical_points": critical["inner"] if critical else None,
        "significant": critical["significant"] if critical else None,
        "paths": len(paths),
        "meta": dict(data.meta),
        "fields": list(field_names(data)),
        "path_details": [_path(path, x, y) for path in paths],
        "notices": [*data.notices, *_unsaid(data)],
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
) -> dict[str, dict[str, int] | None] | None:
    """Counts as `compute.analysis.counts` has them; None where the notion does not apply."""
    if isinstance(data, Curve):
        return None
    from compute.analysis import counts, critical_points, unsought

    if unsought(data):
        return None

    if isinstance(data, HeightMesh):
        own = name == data.field
        shown = data if own else HeightMesh(data.x, data.y, values, data.triangles, field=name)
        return counts(critical_points(shown, refine=False))
    if values is data.loss:
        return counts(data.critical_points or critical_points(data, resolved=True))
    return counts(critical_points(Surface(data.x, data.y, values, field=name), resolved=True))


def _unsaid(data: Surface | HeightMesh | Curve) -> list[str]:
    """Why what might be expected is not told."""
    if not isinstance(data, HeightMesh):
        return []
    from compute.analysis import unsought

    return [reason for reason in (unsought(data),) if reason]


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


def as_text(*infos: Mapping[str, Any]) -> str:
    """The same for people, without control characters.

    Args:
        *infos: from `describe`; without the key ``meta`` no metadata are told.
    """
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
    for label, key in (("critical", "critical_points"), ("", "significant")):
        if info[key] is not None:
            worded = ", ".join(f"{count:,} {kind}" for kind, count in info[key].items())
            rows.append((label, worded + (" above the noise" if key == "significant" else " (off the edge)")))
    rows.append(("paths", str(info["paths"])))
    for path in info["path_details"]:
        outside = f", {path['outside']} outside the grid" if path["outside"] else ""
        rows.append(("", f"{path['name']}: {path['points']} points{outside}"))
    rows += [("notice", text) for text in info["notices"]]
    lines = [_plain(info["file"])] + [f"  {label:<10}{_plain(value)}" for label, value in rows]
    return lines + (["  meta"] + _tree(info["meta"], "    ") if info.get("meta") else [])


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
            text = value if isinstance(value, str) else as_json(value, indent=None)
            lines.append(f"{indent}{_plain(str(key))}: {_plain(text)}")
    return lines


def _plain(text: str) -> str:
    """On one line, without control characters: a file must not be able to steer the terminal."""
    return printable(text).replace("\n", "\N{REPLACEMENT CHARACTER}")
