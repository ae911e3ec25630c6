"""Every file of the corpus: loaded or refused as its list says, in bounded time and memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from compute.files import load
from compute.surface import HeightMesh, Surface

SECONDS, GIB = 2.0, 1 << 30

# Loads every file named on stdin within an address space of 1 GiB, the interpreter's own included.
PROGRAM = """
import json, resource, sys, time, warnings
from compute.files import load
from compute.files.ply import PlyError
warnings.simplefilter("error")
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
for path in sys.stdin.read().split("\\n"):
    start = time.perf_counter()
    try:
        loaded = load(path)
        triangles = getattr(loaded, "triangles", None)
        result = dict(vertices=loaded.loss.size if triangles is None else loaded.x.size,
                      triangles=None if triangles is None else len(triangles),
                      kind=type(loaded).__name__, notices=loaded.notices)
    except PlyError as error:
        result = dict(error=str(error), line=error.line, todo=error.todo)
    result["seconds"] = time.perf_counter() - start
    print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def corpus(shared_data) -> Path:
    folder = shared_data / "ply_corpus"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder


@pytest.fixture(scope="module")
def results(corpus) -> dict[str, dict]:
    """What came of each file, by its name."""
    files = sorted(corpus.glob("*/*.ply"))
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(GIB)],
        input="\n".join(map(str, files)),
        capture_output=True,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        cwd=Path(__file__).resolve().parents[3],
    )
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert len(lines) == len(files) > 100
    return {path.name: json.loads(line) for path, line in zip(files, lines, strict=True)}


@pytest.fixture(scope="module")
def expected(corpus) -> dict[str, tuple[str, str]]:
    """What the list says of each file: what must happen, and why."""
    rows = (corpus / "synthetic" / "EXPECT.tsv").read_text().splitlines()[1:]
    listed = {name: (outcome, why) for name, outcome, why, _ in (row.split("\t") for row in rows)}
    assert len(listed) == 108
    return listed


def test_each_in_time_and_memory(results):
    assert {name: r["seconds"] for name, r in results.items() if r["seconds"] > SECONDS} == {}
    assert [name for name, r in results.items() if "not enough memory" in r.get("error", "")] == []


def test_each_as_listed(results, expected):
    wrong = {}
    for name, (outcome, why) in expected.items():
        result = results[name]
        loaded = "error" not in result
        may_load = "LOAD" in outcome or "drop" in outcome or "warn" in outcome or "accept" in outcome
        may_fail = "REJECT" in outcome or "clear" in outcome and "no finite" not in outcome
        counts = re.match(r"LOAD (\d+)v (\d+)f", outcome)
        good = may_load if loaded else may_fail
        if loaded and counts:
            good &= (result["vertices"], result["triangles"]) == tuple(map(int, counts.groups()))
        if loaded and "+ warning" in outcome:
            good &= bool(result["notices"])
        if not loaded:
            good &= bool(result["todo"]) and name in result["error"] and "\x1b" not in result["error"]
            good &= "naming the line" not in outcome or result["line"] is not None
        if not good:
            wrong[name] = (outcome, why, result)
    assert wrong == {}


@pytest.mark.parametrize(
    "name, triangles, told",
    [
        ("v16_ngon_mixed.ply", 6, ""),
        ("v17_short_faces.ply", 1, "3 faces with fewer than three corners"),
        ("b26_index_oob.ply", 0, "1 face with corners that do not exist"),
        ("b27_index_neg.ply", 0, "1 face with corners that do not exist"),
        ("b28_index_u32max.ply", 0, "1 face with corners that do not exist"),
        ("v19_points_only.ply", 0, "no faces to join them"),
        ("v22_nan_ascii.ply", 1, "no finite vertices"),
        ("v23_nan_bin.ply", 1, "no finite vertices"),
        ("b63_all_nan.ply", 1, "no finite vertices"),
        ("b54_empty_list_bomb.ply", 0, "2,900,000 faces"),
        ("b38_1e400.ply", 1, "1 of 3 vertices: not finite"),
        ("v42_one_vertex.ply", 0, ""),
        ("icosahedron_ascii.ply", 20, ""),
        ("sofa.ply", 24104, ""),
        ("train-1000.ply", 0, "no faces to join them"),
    ],
)
def test_meshes(results, name, triangles, told):
    result = results[name]
    assert (result["kind"], result["triangles"]) == ("HeightMesh", triangles)
    assert told in " ".join(result["notices"])
    assert told or not result["notices"]


@pytest.mark.parametrize(
    "name, found",
    [
        ("v30_empty.ply", "no vertices"),
        ("v31_header_only.ply", "no vertices"),
        ("b56_gzip.ply", "gzip"),
        ("b55_format_mismatch.ply", "the body is binary"),
        ("b58_ansi_escape.ply", r"\x1b[31m"),
        ("b08_count_u32max_bin.ply", "4,294,967,295 rows"),
        ("b22_list_len_neg.ply", "length -1"),
    ],
)
def test_messages(results, name, found):
    assert found in results[name]["error"]


def test_strip_mesh_is_the_grid_that_its_vertices_are(corpus):
    loaded = load(corpus / "synthetic" / "v21_tristrips.ply")
    assert isinstance(loaded, Surface) and loaded.shape == (2, 2)


def plyfile_reads(path):
    """(n, 3) vertices and the triangle fans of the faces as another reader finds them, or None."""
    import plyfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = plyfile.PlyData.read(str(path))
    except Exception:
        return None
    vertices = np.stack([np.asarray(data["vertex"][axis], float) for axis in "xyz"], axis=1)
    fans = []
    if "face" in data:
        name = next(p.name for p in data["face"].properties if p.name.startswith("vertex_ind"))
        for face in data["face"][name]:
            fans += [[face[0], *pair] for pair in zip(face[1:-1], face[2:], strict=True)]
    return vertices, np.array(fans, int).reshape(-1, 3)


def test_plyfile_agrees_on_every_mesh_that_it_can_read(corpus, results):
    compared = 0
    for path in sorted(corpus.glob("*/*.ply")):
        result = results[path.name]
        if result.get("kind") != "HeightMesh" or path.name.startswith("b"):
            continue
        other = plyfile_reads(path)
        if other is None:
            continue
        mesh = load(path)
        assert isinstance(mesh, HeightMesh) and mesh.field == "z"
        ours = np.stack([mesh.x, mesh.y, mesh.height], axis=1)
        np.testing.assert_allclose(ours, other[0], rtol=1e-7, err_msg=path.name)  # text of a float
        np.testing.assert_array_equal(mesh.triangles, other[1], err_msg=path.name)
        compared += 1
    assert compared >= 44
