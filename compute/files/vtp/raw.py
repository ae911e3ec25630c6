"""The arrays in a VTP file, read by VTK: runs in a child process (see `compute.files.isolated`).

VTK believes what a file says of its sizes, so that is looked at first.
"""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import VTK_STRING
from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

from compute.files.isolated import MOST_BYTES, Arrays, Facts, NotThisFileError

__all__ = ["read"]

MOST_TEXT = 64 * 2**20
MOST_ARRAYS = 512
PROLOG = 1 << 16
POINT_BYTES = 12  # at least, of coordinates
MOST_GROWTH = 1032  # of zlib's deflate
_COUNT = re.compile(rb'\b(NumberOf(?:Points|Verts|Lines|Strips|Polys|Tuples|Components))\s*=\s*"\s*(\d+)')
_KIND = re.compile(rb'<VTKFile\b[^>]*\btype\s*=\s*"(\w+)"')


def read(path: str) -> tuple[Facts, Arrays]:
    """Points, point arrays, cells and texts of a file.

    Returns:
        facts ``texts`` (string field data by name), ``arrays`` (names of the point arrays);
        arrays ``x``, ``y``, ``z``, ``point:NAME``, ``field:NAME``, and of ``polys``, ``strips``
        and ``lines`` the ``...:lengths`` and ``...:corners``.

    Raises:
        NotThisFileError: it is no VTP file, or claims more than it can hold.
    """
    _look(path)
    problems: list[str] = []
    reader: Any = vtkXMLPolyDataReader()
    reader.AddObserver("ErrorEvent", _listener(problems))
    reader.SetFileName(path)
    reader.Update()
    data = reader.GetOutput()
    if problems:
        raise NotThisFileError(f"VTK cannot read it: {problems[0]}")
    if data.GetNumberOfPoints() == 0:
        raise NotThisFileError("it has no points", "A surface needs points with x, y and a height.")
    points = vtk_to_numpy(data.GetPoints().GetData())
    facts: Facts = {"texts": {}}
    arrays: Arrays = {axis: points[:, k].astype(np.float64) for k, axis in enumerate("xyz")}
    for name, values in _numbers(data.GetPointData(), facts):
        if len(values) == len(points):
            arrays[f"point:{name}"] = values.astype(np.float64)
    for name, values in _numbers(data.GetFieldData(), facts):
        arrays[f"field:{name}"] = values if values.dtype == np.uint8 else values.astype(np.float64)
    for name, cells in (("polys", data.GetPolys()), ("strips", data.GetStrips()), ("lines", data.GetLines())):
        if cells.GetNumberOfCells():
            offsets = vtk_to_numpy(cells.GetOffsetsArray()).astype(np.int64)
            arrays[f"{name}:lengths"] = np.diff(offsets)
            arrays[f"{name}:corners"] = vtk_to_numpy(cells.GetConnectivityArray()).astype(np.int64)
            _check_cells(arrays[f"{name}:lengths"], arrays[f"{name}:corners"], name)
    return facts, arrays


def _listener(problems: list[str]) -> Any:
    """What is called with each error: adds its text, but for errors in what is no data."""

    def heard(_reader: object, _event: str, text: str) -> None:
        told = " ".join(text.split())
        if "InformationKey" not in told:  # ranges, of which VTK writes "inf" and cannot read it
            problems.append(told.partition("): ")[2][:200] or told[:200])

    heard.CallDataType = VTK_STRING  # type: ignore[attr-defined]
    return heard


def _look(path: str) -> None:
    """Refuse what is no VTP file, or says that it holds more than its bytes can.

    Raises:
        NotThisFileError: so it is.
    """
    size = os.path.getsize(path)
    if size > MOST_BYTES:
        raise NotThisFileError(f"it has {size:,} bytes, more than {MOST_BYTES:,}", "Export fewer points.")
    with open(path, "rb") as stream:
        content = stream.read()
    start = content.find(b"<VTKFile", 0, PROLOG)
    if start < 0:
        raise NotThisFileError("it is no VTK XML file: there is no <VTKFile> at its beginning")
    if b"<!" in content[:start].replace(b"<!--", b""):
        raise NotThisFileError("it declares XML entities", "Export it again: no VTK file needs any.")
    kind = _KIND.search(content, start, start + PROLOG)
    if kind is None or kind[1] != b"PolyData":
        found = "of no type" if kind is None else f"a {kind[1].decode()[:40]}"
        raise NotThisFileError(
            f"it is {found}, not PolyData", "In ParaView, apply Extract Surface and save as .vtp."
        )
    packed = re.search(rb'\bcompressor\s*=\s*"v', content[start : start + PROLOG]) is not None
    most = size * (MOST_GROWTH if packed else 1)
    for name, digits in _COUNT.findall(content):
        count = int(digits[:20])
        room = most // (POINT_BYTES if packed and name == b"NumberOfPoints" else 1)
        if count > min(room, MOST_BYTES // 8):
            raise NotThisFileError(f"it says {name.decode()}={count:,}, which its {size:,} bytes cannot hold")
    if len(re.findall(rb"<(?:Data)?Array\b", content)) > MOST_ARRAYS:
        raise NotThisFileError(f"it has more than {MOST_ARRAYS} arrays", "Export the surface alone.")


def _numbers(attributes: Any, facts: Facts) -> list[tuple[str, Any]]:
    """Name and values of the arrays of numbers, one a component; texts go to the facts."""
    found = []
    for index in range(attributes.GetNumberOfArrays()):
        array = attributes.GetAbstractArray(index)
        name = array.GetName() or f"array {index}"
        if array.GetDataType() == VTK_STRING:
            if array.GetNumberOfValues() == 1:
                facts["texts"][name] = str(array.GetValue(0))[:MOST_TEXT]
            continue
        if not array.IsNumeric() or not array.GetNumberOfTuples():
            continue
        values = vtk_to_numpy(array)
        if values.ndim == 1:
            found.append((name, values))
        elif values.shape[1] <= 16:
            found += [(f"{name}_{k}", values[:, k]) for k in range(values.shape[1])]
    return found


def _check_cells(lengths: Any, corners: Any, name: str) -> None:
    """Make sure that the lengths are those of the list of corners.

    Raises:
        NotThisFileError: they are not.
    """
    if lengths.size and (lengths.min() < 0 or int(lengths.sum()) != corners.size):
        raise NotThisFileError(f"the offsets of its {name} do not fit their connectivity")
