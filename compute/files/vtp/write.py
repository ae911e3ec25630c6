"""Surfaces and curves as VTP files."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compute.files.atomic import replacing
from compute.files.quads import drawn_height, quads
from compute.files.records import data_names, header_text, marks_of
from compute.files.vtp.read import HEADER, RESERVED
from compute.surface import Curve, Surface

__all__ = ["save"]

# Of a coordinate, so that its square is a number: VTK writes the norm, and cannot read "inf" back.
LARGEST = 1e150


def save(obj: Surface | Curve, path: str | os.PathLike[str]) -> None:
    """Write a surface or a curve; the old file stays as it was unless all goes well.

    The points lie at (x, y, z) with the loss for z where it is finite, as float64; quads join
    those that have one. The loss and every metric are point data, so that ParaView can
    colour by them; provenance, axes, descent paths and critical points are field data.

    Args:
        obj: what to write.
        path: where.

    Raises:
        TypeError: it is neither a surface nor a curve.
        ValueError: a value of its meta has no place in the format.
        OSError: the file cannot be written.
    """
    header = header_text(obj, path)
    with replacing(path) as stream:
        stream.write(_content(obj, header).encode("utf-8"))


def _content(obj: Surface | Curve, header: str) -> str:
    from vtkmodules.vtkCommonCore import vtkPoints, vtkStringArray
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    x, y = np.meshgrid(obj.x, obj.y) if isinstance(obj, Surface) else (obj.x, np.zeros(obj.x.size))
    points = vtkPoints()
    places = np.stack([x.ravel(), y.ravel(), drawn_height(obj).ravel()], axis=1)
    points.SetData(_array("Points", np.clip(places, -LARGEST, LARGEST)))
    data: Any = vtkPolyData()
    data.SetPoints(points)
    corners = quads(obj.finite) if isinstance(obj, Surface) else np.arange(obj.x.size)[None, :]
    cells = vtkCellArray()
    offsets = np.arange(0, corners.size + 1, corners.shape[1], dtype=np.int64)
    cells.SetData(_array("offsets", offsets), _array("connectivity", corners.astype(np.int64).ravel()))
    (data.SetPolys if isinstance(obj, Surface) else data.SetLines)(cells)
    fields = {obj.field: obj.loss, **obj.metrics}
    names = data_names(fields, RESERVED)
    for name, values in fields.items():
        data.GetPointData().AddArray(_array(names[name], values.ravel()))
    data.GetPointData().AddArray(_array("status", obj.status.ravel()))
    data.GetPointData().SetActiveScalars(names[obj.field])
    said = vtkStringArray()
    said.SetName(HEADER)
    said.InsertNextValue(header)
    data.GetFieldData().AddArray(said)
    axes = {"x": obj.x, **({"y": obj.y} if isinstance(obj, Surface) else {})}
    for name, values in axes.items():
        data.GetFieldData().AddArray(_array(name, values))
    for table, marks in marks_of(obj).items():
        for name, values in marks.items():
            data.GetFieldData().AddArray(_array(f"{table}.{name}", values))
    writer: Any = vtkXMLPolyDataWriter()
    writer.SetInputData(data)
    writer.SetWriteToOutputString(True)
    writer.SetDataModeToBinary()  # VTK's text has infinities that it cannot read
    if not writer.Write():
        raise OSError("VTK could not write the surface")
    return str(writer.GetOutputString())


def _array(name: str, values: NDArray[Any]) -> Any:
    """A VTK array with a copy of the values."""
    from vtkmodules.util.numpy_support import numpy_to_vtk

    array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
    array.SetName(name)
    return array
