"""What kind of thing a file holds: grid, curve or mesh; and its paths and critical points."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from compute.files import FileFormatError, load
from compute.files.ply import PlyError
from compute.surface import OK, PENDING, Curve, HeightMesh, Surface


def text_ply(vertex, columns=("x", "y", "z"), comments=(), **elements):
    """A text file of doubles; further elements as name=(columns, rows)."""
    lines = ["ply", "format ascii 1.0", *(f"comment {comment}" for comment in comments)]
    everything = {"vertex": (columns, vertex), **elements}
    for name, (names, rows) in everything.items():
        lines.append(f"element {name} {len(rows)}")
        lines += [f"property {column if ' ' in column else 'double ' + column}" for column in names]
    lines.append("end_header")
    for _, rows in everything.values():
        lines += [" ".join(map(str, row)) for row in rows]
    return ("\n".join(lines) + "\n").encode()


GRID = [(x, y, 10 * y + x) for y in (0, 1, 2) for x in (0, 1, 2, 3)]
FACES = (("list uchar int vertex_indices",), [(3, 0, 1, 4)])
MARK = "loss-surface 1"


def meta(**keys):
    return [MARK, "meta " + json.dumps(keys)]


def test_grid(ply_file):
    for vertices in (GRID, GRID[::-1], sorted(GRID), sorted(GRID, key=lambda v: (v[2] * 7) % 13)):
        surface = load(ply_file(text_ply(vertices)))
        assert isinstance(surface, Surface) and surface.shape == (3, 4) and surface.notices == ()
        assert surface.loss.tolist() == [[0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23]]


def test_grid_that_lacks_a_point_is_a_mesh_with_its_faces(ply_file):
    mesh = load(ply_file(text_ply(GRID[:-1], face=FACES)))
    assert isinstance(mesh, HeightMesh) and mesh.triangles.tolist() == [[0, 1, 4]]


def test_faces_of_a_grid_are_not_parsed(ply_file):
    bad = (("list uchar int vertex_indices",), [(3, 0, 1, 99), (3, 0, 1, "1.5")])
    assert isinstance(load(ply_file(text_ply(GRID, face=bad))), Surface)


def test_not_finite_heights_stay_in_the_grid(ply_file):
    vertices = [(x, y, "nan" if (x, y) == (1, 1) else z) for x, y, z in GRID]
    surface = load(ply_file(text_ply(vertices)))
    assert np.argwhere(~surface.finite).tolist() == [[1, 1]]


def test_not_finite_position_makes_it_a_mesh(ply_file):
    mesh = load(ply_file(text_ply([("nan", *GRID[0][1:]), *GRID[1:]], face=FACES)))
    assert isinstance(mesh, HeightMesh)
    assert "1 of 12 vertices: not finite." in mesh.notices


@pytest.mark.parametrize("swapped", [False, True])
def test_line_of_vertices_is_a_curve(ply_file, swapped):
    vertices = [(2, 7, 5), (0, 7, 6), (1, 7, 4)]
    vertices = [(y, x, z) if swapped else (x, y, z) for x, y, z in vertices]
    curve = load(ply_file(text_ply(vertices)))
    assert isinstance(curve, Curve)
    assert (curve.x.tolist(), curve.loss.tolist()) == ([0, 1, 2], [6, 4, 5])
    assert bool(curve.notices) is swapped


def test_line_with_faces_is_a_mesh(ply_file):
    assert isinstance(load(ply_file(text_ply([(0, 0, 0), (1, 0, 0), (2, 0, 1)], face=FACES))), HeightMesh)


def edges(*pairs):
    return (("int vertex1", "int vertex2"), pairs)


def test_bent_polyline_is_a_curve_over_x_if_its_edges_follow_x(ply_file):
    bent = [(0, 0, 1), (2, 3, 2), (1, 1, 3)]
    curve = load(ply_file(text_ply(bent, edge=edges((0, 2), (1, 2)))))
    assert isinstance(curve, Curve) and curve.loss.tolist() == [1, 3, 2] and "bends" in curve.notices[0]
    for wrong in (edges((0, 1), (1, 2)), edges((0, 2)), edges((0, 2), (0, 2)), edges((0, 9), (1, 2))):
        assert isinstance(load(ply_file(text_ply(bent, edge=wrong))), HeightMesh)


def test_field(ply_file):
    content = text_ply([(*v, 1, i) for i, v in enumerate(GRID)], ("x", "y", "z", "one", "number"))
    assert load(ply_file(content)).field == "z"
    surface = load(ply_file(content), field="number")
    assert surface.field == "number" and surface.loss[2, 3] == 11 and set(surface.metrics) == {"z", "one"}
    with pytest.raises(FileFormatError, match="(?s)no field 'nope'.*'z', 'one', 'number'"):
        load(ply_file(content), field="nope")
    with pytest.raises(FileFormatError, match="no field 'x'"):
        load(ply_file(content), field="x")


def test_own_file_out_of_order_is_judged_by_its_coordinates(ply_file):
    vertices = [(x, y, z, z, OK) for x, y, z in GRID]
    columns = ("x", "y", "z", "loss", "status")
    for shape in ([3, 4], [4, 3], [1, 12], [2, 6], [5, 5], [True, 12], "no", [10**30, 4], [-3, -4], [3.0, 4]):
        for order in (vertices, vertices[::-1]):
            surface = load(ply_file(text_ply(order, columns, meta(shape=shape, a=1))))
            assert surface.shape == (3, 4) and surface.loss[2, 3] == 23 and dict(surface.meta) == {"a": 1}
            assert set(surface.metrics) == set()


def test_own_file_that_is_no_grid_says_so(ply_file):
    mesh = load(ply_file(text_ply([*GRID[:-1], (9, 9, 9)], comments=meta(shape=[3, 4]))))
    assert isinstance(mesh, HeightMesh) and "says that it is a grid of 3 x 4" in mesh.notices[0]


def test_status_of_the_file_is_kept_and_an_unknown_one_is_not(ply_file):
    columns = ("x", "y", "z", "loss", "status")
    vertices = [(x, y, z, z, PENDING if z == 11 else OK) for x, y, z in GRID]
    surface = load(ply_file(text_ply(vertices, columns, [MARK])))
    assert surface.status[1, 1] == PENDING and not surface.finite[1, 1] and surface.notices == ()
    for bad in (4, -1, 1.5, "nan"):
        vertices[0] = (0, 0, 0, 0, bad)
        surface = load(ply_file(text_ply(vertices, columns, [MARK])))
        assert (surface.status == OK).all() and "status" in surface.notices[0]


def test_status_without_the_dialect_is_a_metric(ply_file):
    surface = load(ply_file(text_ply([(*v, 7) for v in GRID], ("x", "y", "z", "status"))))
    assert (surface.metrics["status"] == 7).all()


@pytest.mark.parametrize(
    "comment", ["meta {broken", "meta [1]", "meta " + "[" * 60_000, "meta " + "9" * 6000, 'meta {"a": 1} {}']
)
def test_broken_meta_is_told_and_the_surface_is_there(ply_file, comment):
    surface = load(ply_file(text_ply(GRID, comments=[MARK, comment])))
    assert surface.shape == (3, 4) and surface.meta == {} and "meta" in surface.notices[0]


def test_newer_dialect_is_told(ply_file):
    surface = load(ply_file(text_ply(GRID, comments=["loss-surface 2"])))
    assert "not known" in surface.notices[0]


POINTS = ("int path", "int step", "x", "y", "loss", "residual")


def test_paths_are_grouped_in_the_files_order(ply_file):
    rows = [(1, 0, 0.5, 0, 3, 0), (0, 5, 1, 1, 2, 0.1), (1, 2, 0.1, 0.2, 1, 0), (0, 3, 2, 2, "nan", "inf")]
    content = text_ply(
        GRID, comments=meta(paths=["first", "second"], shape=[3, 4]), path_point=(POINTS, rows)
    )
    surface = load(ply_file(content))
    assert [p.name for p in surface.paths] == ["first", "second"] and surface.meta == {}
    assert surface.paths[0].step.tolist() == [5, 3] and surface.paths[1].x.tolist() == [0.5, 0.1]
    assert np.isinf(surface.paths[0].residual[1]) and np.isnan(surface.paths[0].loss[1])


def test_path_with_nothing_but_positions(ply_file):
    (path,) = load(ply_file(text_ply(GRID, path_point=(("x", "y"), [(0, 1), (2, 3)])))).paths
    assert path.y.tolist() == [1, 3] and path.step.tolist() == [0, 1] and np.isnan(path.loss).all()


@pytest.mark.parametrize(
    "names, rows",
    [
        (("x", "loss"), [(1, 2)]),
        (POINTS, [("nan", 0, 1, 1, 1, 1)]),
        (POINTS, [(0, 1.5, 1, 1, 1, 1)]),
        (POINTS, [(0, "1e300", 1, 1, 1, 1)]),
        (POINTS, [(n, 0, 1, 1, 1, 1) for n in range(5000)]),
    ],
)
def test_paths_that_make_no_sense_are_told(ply_file, names, rows):
    surface = load(ply_file(text_ply(GRID, path_point=(names, rows))))
    assert surface.paths == () and "ignored" in surface.notices[0]


def test_critical_points_and_those_that_make_no_sense(ply_file):
    columns = ("x", "y", "loss", "persistence", "uchar index")
    rows = [(0, 0, 1, "inf", 0), (1, 1, 2, 0.5, 1), (2, 2, 3, "nan", 2), (0, 0, 0, 0, 3), ("nan", 0, 0, 0, 1)]
    surface = load(ply_file(text_ply(GRID, critical_point=(columns, rows))))
    assert [p.kind for p in surface.critical_points] == ["minimum", "saddle", "maximum"]
    assert surface.critical_points[0].persistence == np.inf
    assert not surface.critical_points[1].boundary and surface.critical_points[1].multiplicity == 1
    assert "2 critical points" in surface.notices[0]
    surface = load(ply_file(text_ply(GRID, critical_point=(("x", "y"), [(1, 2)]))))
    assert surface.critical_points == () and "ignored" in surface.notices[0]


def test_elements_of_other_programs_are_skipped_wherever_they_are(ply_file):
    header = (
        "ply\nformat binary_big_endian 1.0\n"
        "element camera 3\nproperty list ushort double k\nproperty char c\n"
        "element path_point 1\nproperty double x\nproperty float y\n"
        "element vertex 4\nproperty list uchar float extra\n"
        "property int x\nproperty short y\nproperty float z\n"
        "element nothing 1000000000\nend_header\n"
    )
    body = b"".join(struct.pack(f">H{n}db", n, *range(n), -1) for n in (2, 0, 5)) + struct.pack(
        ">df", 0.5, 0.25
    )
    corners = [(0, 0), (1, 0), (0, 1), (1, 1)]
    body += b"".join(struct.pack(f">B{n}fihf", n, *[9] * n, *c, n) for n, c in enumerate(corners))
    surface = load(ply_file(header.encode() + body))
    assert surface.loss.tolist() == [[0, 1], [2, 3]] and surface.notices == ()
    assert surface.paths[0].x.tolist() == [0.5]
    with pytest.raises(PlyError, match="too early"):
        load(ply_file(header.encode() + body[:-1]))
    assert load(ply_file(header.encode() + body + b"\0")).notices == (
        "1 byte after the declared data: ignored.",
    )
