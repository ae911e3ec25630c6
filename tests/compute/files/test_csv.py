"""CSV files: columns in any order, provenance in comments, and what is no surface told from one."""

from __future__ import annotations

import csv as reference
import io
import json
import resource
import time

import numpy as np
import pytest

from compute.files import FileFormatError, csv, load, save
from compute.surface import CriticalPoint, Curve, Path, Surface

X, Y = np.linspace(-1, 1, 4), np.linspace(0, 1, 3)
VALUES = X[None, :] + 10 * Y[:, None]


def rows(header, order=None, delimiter=","):
    """The points of the grid under a header, in some order."""
    table = np.column_stack([*(grid.ravel() for grid in np.meshgrid(X, Y)), VALUES.ravel()])
    table = table if order is None else table[order]
    lines = [delimiter.join(f"{value:.17g}" for value in row) for row in table]
    return "\n".join([header, *lines]) + "\n"


def as_spreadsheet(text):
    return text.replace(",", ";").replace(".", ",")


MIXED = np.random.default_rng(1).permutation(12)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (rows("x,y,loss"), "loss"),
        (rows("x,y,loss", MIXED), "loss"),
        (rows("x,y,loss").partition("\n")[2], "loss"),
        (rows("X , Y , loss"), "loss"),
        (rows("alpha,beta,test_loss", MIXED), "test_loss"),
        (rows("# made by hand\n\npc1,pc2,f"), "f"),
        (rows("x\ty\tloss", delimiter="\t"), "loss"),
        (rows("x   y loss", delimiter=" "), "loss"),
        (as_spreadsheet(rows("x,y,loss")), "loss"),
        (rows('"x","y","the loss"').replace("\n", "\r\n"), "the loss"),
        ("\ufeff" + rows("x,y,z"), "z"),
        (rows("\N{GREEK SMALL LETTER ALPHA},\N{GREEK SMALL LETTER BETA},loss"), "loss"),
        ("sep=;\n" + as_spreadsheet(rows("x,y,loss")), "loss"),
        (rows("x,y,loss").replace("\n", ",\n"), "loss"),
    ],
)
def test_every_dialect_gives_the_same_surface(tmp_path, text, field):
    for content in (text.encode(), text.removeprefix("\ufeff").encode("utf-16")):
        (tmp_path / "s.csv").write_bytes(content)
        surface = load(tmp_path / "s.csv")
        assert isinstance(surface, Surface) and surface.field == field and not surface.metrics
        np.testing.assert_array_equal(surface.loss, VALUES)
        np.testing.assert_array_equal(surface.x, X)


def test_empty_cells_are_not_a_number(tmp_path):
    """As pandas writes what is missing."""
    (tmp_path / "s.csv").write_text("x,y,loss,acc\n0,0,,1\n1,0,2,NA\n0,1,inf,0\n1,1,4,0.5\n")
    surface = load(tmp_path / "s.csv")
    np.testing.assert_array_equal(surface.loss, [[np.nan, 2], [np.inf, 4]])
    np.testing.assert_array_equal(surface.metrics["acc"], [[1, np.nan], [0, 0.5]])


def test_choosing_a_field(tmp_path):
    (tmp_path / "s.csv").write_text("x,y,acc,train_loss\n0,0,1,5\n1,0,2,6\n0,1,3,7\n1,1,4,8\n")
    assert load(tmp_path / "s.csv").field == "train_loss"
    assert load(tmp_path / "s.csv", field="acc").loss.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(FileFormatError, match="no field 'err'\nChoose one of: 'acc', 'train_loss'"):
        load(tmp_path / "s.csv", field="err")


def test_curves(tmp_path):
    (tmp_path / "c.csv").write_text("loss,x\n3,1\n4,2\n1,0\n")
    curve = load(tmp_path / "c.csv")
    assert isinstance(curve, Curve) and curve.loss.tolist() == [1, 3, 4]


def test_ours_by_the_standard_library_alone(tmp_path):
    loss = VALUES.copy()
    loss[0, 0] = np.nan
    status = np.ones((3, 4))
    status[0, 0] = 0
    surface = Surface(X, Y, loss, metrics={"a, b": VALUES}, status=status, meta={"seed": 3}, field="f")
    save(surface, tmp_path / "s.csv")
    text = (tmp_path / "s.csv").read_text()
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert comments[0] == "# loss-surface 1"
    assert json.loads(comments[1].removeprefix("# meta "))["seed"] == 3
    table = list(reference.DictReader(io.StringIO("\n".join(text.splitlines()[len(comments) :]))))
    assert [float(row["a, b"]) for row in table] == VALUES.ravel().tolist()
    assert table[0]["loss"] == "nan" and table[0]["status"] == "0" and table[1]["status"] == "1"
    back = load(tmp_path / "s.csv")
    assert back.field == "f" and back.status[0, 0] == 0 and back.meta == {"seed": 3}
    (tmp_path / "s.csv").rename(tmp_path / "s.dat")
    assert load(tmp_path / "s.dat").shape == (3, 4)  # by its first line


def test_what_is_left_out_is_told(tmp_path):
    surface = Surface(
        X, Y, VALUES, paths=[Path([0], [0]), Path([1], [1])],
        critical_points=[CriticalPoint("saddle", 0, 0, 1)],
        field="my loss",
    )  # fmt: skip
    assert csv.left_out(surface) == (
        "CSV cannot hold the name 'my loss': called loss",
        "CSV holds no descent paths: 2 left out",
        "CSV holds no critical points: 1 left out",
    )
    assert csv.left_out(Curve([0], [1])) == ()


@pytest.mark.parametrize("name", ["x", "Y", "status", "z", "", " a", "a\nb", "pc1"])
def test_names_that_no_column_can_have(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be the name of a column"):
        save(Surface(X, Y, VALUES, metrics={name: VALUES}), tmp_path / "s.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [
        ("", "", "no lines of numbers"),
        ("# only\n", "", "no lines of numbers"),
        ("x,y,loss\n", "", "a header, but no lines"),
        ("x,y\n0,1\n", "line 1", "coordinates, but no values"),
        ("a,b\n0,1\n", "line 1", "no column x, but 'a', 'b'"),
        ("x,y,loss,loss\n0,1,2,3\n", "line 1", "two columns are called 'loss'"),
        ("x,y,loss\n0,0,1\n1,0\n", "line 3", "2 columns where the header has 3"),
        ("x,y,loss\n0,0,1\n1,0,1,5\n", "line 3", "4 columns where the header has 3"),
        ("x,y,loss\n0,0,1\n\n1,0,high\n", "line 4", "'high' is not a number.*'loss'"),
        ("x,y,loss\n0,0,1_0\n", "line 2", "'1_0' is not a number"),
        ("0,1\n1,2\n", "line 1", "no header, and 2 columns"),
        ("0,1,2,3\n1,2,3,4\n", "line 1", "(?s)no header, and 4 columns.*A matrix of values alone"),
        ("x,y,loss\n0,0,1\n1,1,2\n2,3,4\n", "", "(?s)its points \\(3\\) fill no grid.*--path"),
        ("x,y,loss\n0,0,1\n1,0,2\n0,0,3\n1,0,3\n", "", "fill no grid"),
        ("x,y,loss\nnan,0,1\n1,0,2\n", "", "fill no grid"),
        (",".join(["x", "loss", *map(str, range(600))]) + "\n", "line 1", "602 columns, more than 512"),
    ],
)
def test_what_is_no_surface_says_why(tmp_path, text, where, found):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(FileFormatError, match=found) as caught:
        load(tmp_path / "s.csv")
    assert caught.value.where == where and caught.value.exit_code == 3


def test_binary_and_too_large(tmp_path, monkeypatch):
    (tmp_path / "s.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    with pytest.raises(FileFormatError, match="binary"):
        load(tmp_path / "s.csv")
    monkeypatch.setattr(csv, "MOST_BYTES", 2**20)
    (tmp_path / "s.csv").write_text("0,0,1\n" * 2**18)
    with pytest.raises(FileFormatError, match="larger than 1 MiB"):
        load(tmp_path / "s.csv")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_characters_with_their_mark(tmp_path, encoding):
    (tmp_path / "s.csv").write_text(rows("x,y,loss"), encoding=encoding)
    np.testing.assert_array_equal(load(tmp_path / "s.csv").loss, VALUES)


def test_numbered_rows_of_pandas(tmp_path):
    """``DataFrame.to_csv`` puts the index first, under no name."""
    lines = rows("x,y,loss").splitlines()
    text = "\n".join(f"{k - 1 if k else ''},{line}" for k, line in enumerate(lines))
    (tmp_path / "s.csv").write_text(text)
    found = load(tmp_path / "s.csv")
    np.testing.assert_array_equal(found.loss, VALUES)
    assert not found.metrics and found.notices == ("1 column without a name: left out.",)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"x,y,loss\n" + b"1," * 20_000_000, "line 2: a line has more than 1,000,000 characters"),
        (b"\n" * 40_000_000, "more than 5,000,000 lines"),
        (
            b",".join(b"xabc"[k % 4 : k % 4 + 1] * (k // 4 + 1) for k in range(500))
            + b"\n"
            + b"1\n" * 300_000,
            "300,000 lines of 500 columns",
        ),
        (b"#" + b" " * 40_000_000, "line 1: a line has more than"),
    ],
    ids=["one line", "empty lines", "many values", "one comment"],
)
def test_what_no_table_has_costs_little(tmp_path, content, found):
    (tmp_path / "s.csv").write_bytes(content)
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(FileFormatError, match=found):
        load(tmp_path / "s.csv")
    assert time.process_time() - start < 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # KiB
