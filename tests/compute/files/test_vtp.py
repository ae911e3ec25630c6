"""VTP files: ours read by VTK alone, those of ParaView's kind and of h52vtp.py read by us."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersSources import vtkPlaneSource, vtkSphereSource
from vtkmodules.vtkIOXML import vtkXMLPolyDataReader, vtkXMLPolyDataWriter

from compute.files import FileFormatError, MissingExtraError, load, save
from compute.surface import FAILED, NOT_FINITE, OK, PENDING, Curve, HeightMesh, Path, Surface

pytestmark = pytest.mark.usefixtures("without_child")


def by_vtk_alone(path):
    reader = vtkXMLPolyDataReader()
    problems = []
    reader.AddObserver("ErrorEvent", lambda *_: problems.append(1))
    reader.SetFileName(str(path))
    reader.Update()
    assert not problems
    return reader.GetOutput()


def written(path, data, mode="SetDataModeToBinary"):
    writer = vtkXMLPolyDataWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    getattr(writer, mode)()
    if mode == "SetDataModeToAppended":
        writer.EncodeAppendedDataOff()
        writer.SetCompressorTypeToLZMA()
    assert writer.Write()
    return path


def test_ours_read_by_vtk_alone(tmp_path):
    x, y = np.linspace(-1, 1, 5), np.linspace(0, 1, 3)
    loss = x[None, :] ** 2 + y[:, None] * 3
    loss[0, 0], loss[2, 2] = np.nan, np.inf
    status = np.ones((3, 5), np.uint8)
    status[0, 0], status[2, 2], status[2, 4] = PENDING, NOT_FINITE, FAILED
    accuracy = np.linspace(0, 1, 15).reshape(3, 5)
    surface = Surface(x, y, loss, metrics={"accuracy": accuracy}, status=status, paths=[Path([0], [1])])
    save(surface, tmp_path / "s.vtp")
    data = by_vtk_alone(tmp_path / "s.vtp")
    points = vtk_to_numpy(data.GetPoints().GetData())
    assert points.dtype == np.float64 and points.shape == (15, 3)
    np.testing.assert_array_equal(points[:, 0].reshape(3, 5), np.broadcast_to(x, (3, 5)))
    np.testing.assert_array_equal(points[:, 1].reshape(3, 5)[:, 0], y)
    finite = np.array(surface.finite)
    np.testing.assert_array_equal(points[:, 2].reshape(3, 5)[finite], loss[finite])
    assert np.isfinite(points).all()
    arrays = data.GetPointData()
    assert arrays.GetScalars().GetName() == "loss"
    np.testing.assert_array_equal(vtk_to_numpy(arrays.GetArray("loss")).reshape(3, 5), loss)
    np.testing.assert_array_equal(vtk_to_numpy(arrays.GetArray("accuracy")).reshape(3, 5), accuracy)
    np.testing.assert_array_equal(vtk_to_numpy(arrays.GetArray("status")).reshape(3, 5), status)
    # Quads of the cells with four finite corners, seen counter-clockwise from above.
    assert data.GetNumberOfPolys() == 8 - 1 - 2 - 1
    corners = vtk_to_numpy(data.GetPolys().GetConnectivityArray()).reshape(-1, 4)
    assert corners[0].tolist() == [1, 2, 7, 6]


def test_a_curve_is_a_polyline(tmp_path):
    save(Curve([0, 1, 2], [3, 4, 5]), tmp_path / "c.vtp")
    data = by_vtk_alone(tmp_path / "c.vtp")
    assert data.GetNumberOfLines() == 1 and data.GetNumberOfPolys() == 0
    np.testing.assert_array_equal(vtk_to_numpy(data.GetPoints().GetData())[:, 2], [3, 4, 5])


def as_h52vtp_writes(x, y, z, size):
    """The XML of h52vtp.py: text, Float32, quads of a square of ``size`` points whatever the grid is."""

    def array(kind, name, values, components=1):
        text = " ".join(f"{value}" for value in values)
        head = f'type="{kind}" Name="{name}" NumberOfComponents="{components}" format="ascii"'
        return f"<DataArray {head}>\n{text}\n</DataArray>\n"

    first = [j * size + i for j in range(size - 1) for i in range(size - 1)]
    quads = [corner for k in first for corner in (k, k + 1, k + size + 1, k + size)]
    empty = array("Int64", "connectivity", []) + array("Int64", "offsets", [])
    points = [value for point in zip(x, y, z, strict=True) for value in point]
    offsets = 4 * np.arange(1, len(first) + 1)
    return (
        '<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64">\n<PolyData>\n'
        f'<Piece NumberOfPoints="{len(x)}" NumberOfVerts="0" NumberOfLines="0" NumberOfStrips="0" '
        f'NumberOfPolys="{len(first)}">\n'
        f"<PointData>\n{array('Float32', 'zvalue', z)}</PointData>\n"
        f"<CellData>\n{array('Float32', 'averaged zvalue', np.zeros(len(first)))}</CellData>\n"
        f"<Points>\n{array('Float32', 'Points', points, 3)}</Points>\n"
        f"<Verts>\n{empty}</Verts>\n<Lines>\n{empty}</Lines>\n<Strips>\n{empty}</Strips>\n"
        f"<Polys>\n{array('Int64', 'connectivity', quads)}{array('Int64', 'offsets', offsets)}</Polys>\n"
        "</Piece>\n</PolyData>\n</VTKFile>\n"
    )


@pytest.mark.parametrize(("nx", "ny"), [(5, 5), (7, 4)])
def test_files_of_h52vtp(tmp_path, nx, ny):
    """Heights ln(loss + 0.1) in single precision; on grids that are not square its faces are wrong."""
    x, y = np.linspace(-1, 1, nx), np.linspace(-1, 1, ny)
    loss = 0.01 + x[None, :] ** 2 + 2 * y[:, None] ** 2
    places = [grid.ravel() for grid in np.meshgrid(x, y)]
    text = as_h52vtp_writes(*places, np.log(loss.ravel() + 0.1), int((nx * ny) ** 0.5))
    (tmp_path / "s.vtp").write_text(text)
    surface = load(tmp_path / "s.vtp")
    assert isinstance(surface, Surface) and surface.shape == (ny, nx) and surface.field == "z"
    np.testing.assert_allclose(surface.loss, np.log(loss + 0.1), rtol=3e-7, atol=1e-7)
    assert any("--undo-log" in notice for notice in surface.notices)
    undone = load(tmp_path / "s.vtp", undo_log=True)
    assert undone.field == "loss"
    np.testing.assert_allclose(undone.loss, loss, rtol=1e-5)
    assert not any("--undo-log" in notice for notice in undone.notices)


def test_a_grid_in_any_order_and_encoding(tmp_path):
    plane = vtkPlaneSource()
    plane.SetResolution(4, 2)
    plane.Update()
    data = plane.GetOutput()
    places = vtk_to_numpy(data.GetPoints().GetData())
    order = np.random.default_rng(0).permutation(len(places))
    mixed = vtkPolyData()
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(places[order]), deep=True))
    mixed.SetPoints(points)
    for name, values in (("loss", places[:, 0] + 10 * places[:, 1]), ("speed", places[:, :2])):
        array = numpy_to_vtk(np.ascontiguousarray(values[order]), deep=True)
        array.SetName(name)
        mixed.GetPointData().AddArray(array)
    for number, mode in enumerate(("SetDataModeToAscii", "SetDataModeToBinary", "SetDataModeToAppended")):
        written(tmp_path / f"{number}.vtp", mixed, mode)
        surface = load(tmp_path / f"{number}.vtp")
        assert isinstance(surface, Surface) and surface.shape == (3, 5)
        np.testing.assert_allclose(surface.loss, surface.x[None, :] + 10 * surface.y[:, None], atol=1e-6)
        assert {"speed_0", "speed_1"} <= set(surface.metrics)
        assert load(tmp_path / f"{number}.vtp", field="speed_1").field == "speed_1"


def test_what_is_no_grid_is_a_mesh(tmp_path):
    sphere = vtkSphereSource()
    sphere.Update()
    mesh = load(written(tmp_path / "m.vtp", sphere.GetOutput()))
    assert isinstance(mesh, HeightMesh) and len(mesh.triangles) == sphere.GetOutput().GetNumberOfPolys()


def test_strips_and_lines(tmp_path):
    points = vtkPoints()
    for place in ((0, 0, 1), (0, 1, 2), (1, 0.1, 3), (1, 1, 4), (2, 0, 5)):
        points.InsertNextPoint(place)
    strip, line = vtkCellArray(), vtkCellArray()
    for cells, corners in ((strip, (0, 1, 2, 3)), (line, (0, 2, 4))):
        cells.InsertNextCell(len(corners))
        for corner in corners:
            cells.InsertCellPoint(corner)
    data = vtkPolyData()
    data.SetPoints(points)
    data.SetStrips(strip)
    data.SetLines(line)
    mesh = load(written(tmp_path / "m.vtp", data))
    assert isinstance(mesh, HeightMesh) and len(mesh.triangles) == 2
    assert mesh.height.tolist() == [1, 2, 3, 4, 5]


def test_values_too_large_to_square_come_back(tmp_path):
    """VTK writes the largest norm of the points, and cannot read "inf" back."""
    surface = Surface([0, 1e200], [0, 1], [[1e300, -np.inf], [np.nan, 5e-324]])
    save(surface, tmp_path / "s.vtp")
    by_vtk_alone(tmp_path / "s.vtp")
    back = load(tmp_path / "s.vtp")
    np.testing.assert_array_equal(back.loss, surface.loss)
    np.testing.assert_array_equal(back.x, surface.x)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("", "no <VTKFile"),
        ("<html></html>", "no <VTKFile"),
        ('<VTKFile type="UnstructuredGrid" version="1.0"></VTKFile>', "a UnstructuredGrid, not PolyData"),
        ("<VTKFile></VTKFile>", "of no type, not PolyData"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><VTKFile type="PolyData"/>', "XML entities"),
        ('<VTKFile type="PolyData"><PolyData></PolyData></VTKFile>', "VTK cannot read it|no points"),
        ('<VTKFile type="PolyData"><PolyData>', "VTK cannot read it"),
        (
            '<VTKFile type="PolyData"><PolyData><Piece NumberOfPoints="99999999999"/></PolyData></VTKFile>',
            "NumberOfPoints=99,999,999,999, which its",
        ),
    ],
)  # fmt: skip
def test_what_is_no_surface_says_why(tmp_path, content, found):
    (tmp_path / "s.vtp").write_text(content)
    with pytest.raises(FileFormatError, match=found):
        load(tmp_path / "s.vtp")


def test_without_vtk_both_ways_name_the_extra(tmp_path, monkeypatch):
    (tmp_path / "s.vtp").write_text("<VTKFile")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        MissingExtraError, match=r'(?s)vtkmodules, which is not.*pip install "glviz\[vtk\]"'
    ) as e:
        load(tmp_path / "s.vtp")
    assert e.value.exit_code == 2
    with pytest.raises(MissingExtraError, match="writing"):
        save(Curve([0], [1]), tmp_path / "t.vtp")


def test_what_was_changed_in_ours_is_read_as_anyones(tmp_path):
    save(Surface([0, 1, 2], [0, 1], [[1, 2, 3], [4, 5, 6]]), tmp_path / "s.vtp")
    data = by_vtk_alone(tmp_path / "s.vtp")
    kept = vtkPolyData()
    points = vtkPoints()
    points.SetData(numpy_to_vtk(vtk_to_numpy(data.GetPoints().GetData())[:4].copy(), deep=True))
    kept.SetPoints(points)
    kept.SetFieldData(data.GetFieldData())
    assert isinstance(load(written(tmp_path / "t.vtp", kept)), HeightMesh)


def test_status_of_ok_survives(tmp_path):
    save(Surface([0, 1], [0], [[1, np.nan]], status=[[OK, FAILED]]), tmp_path / "s.vtp")
    assert load(tmp_path / "s.vtp").status.tolist() == [[OK, FAILED]]
