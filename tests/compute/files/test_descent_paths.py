"""Descent paths from text files: every dialect read, every mistake named with its line."""

from __future__ import annotations

import numpy as np
import pytest

from compute.files import descent_paths
from compute.files.descent_paths import PathFileError, read_path_csv


@pytest.fixture
def write(tmp_path):
    def write(content: str | bytes, name: str = "descent.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        "1,2,0.5\n3,4,0.25\n",
        "x,y,loss\n1,2,0.5\n3,4,0.25",
        "# a comment\n\nalpha , beta , loss\n1, 2, .5  # first\r\n3,4,2.5e-1\r\n",
        "1 2\t0.5\n  3 4   0.25\n",
        "1;2;0,5\n3;4;0,25\n",
        "\ufeff1,2,0.5\n3,4,0.25\n",
        "step,loss,y,x\n0,0.5,2,1\n1,0.25,4,3\n",
        "first,second,height\n1,2,0.5\n3,4,0.25\n",
        '"1","2","0.5"\n"3","4","0.25"\n',
        "1,2,0.5,99\n3,4,0.25,99\n",
    ],
)
def test_every_dialect_gives_the_same_path(write, text: str) -> None:
    for content in (text.encode(), text.removeprefix("\ufeff").encode("utf-16")):
        path = read_path_csv(write(content))
        assert path.x.tolist() == [1, 3] and path.y.tolist() == [2, 4]
        assert path.loss.tolist() == [0.5, 0.25]
        assert path.step.tolist() == [0, 1]
        assert path.name == "descent"


def test_loss_residual_and_step_are_optional(write) -> None:
    path = read_path_csv(write("1,2\n3,4,0.5\n5,6,\n"))
    assert np.array_equal(path.loss, [np.nan, 0.5, np.nan], equal_nan=True)
    path = read_path_csv(write("epoch,x,y,residual\n10,1,2,0.1\n20,3,4,0.2\n"))
    assert path.step.tolist() == [10, 20] and path.residual.tolist() == [0.1, 0.2]
    assert np.isnan(path.loss).all()
    assert np.isnan(read_path_csv(write("nan,2\n1,2\n")).x[0])


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("", 0, "holds no points"),
        ("# only\n", 0, "holds no points"),
        ("x,y\n", 0, "has a header, but holds no points"),
        ("1,2\n3\n", 2, "1 column where 2 are needed"),
        ("1,2\n\n3,four\n", 3, "'four' is not a number"),
        ("1,2,3\n4,5,bad\n", 2, "'bad' is not a number"),
        ("1,2x\n3,4\n", 1, "'2x' is not a number"),
        ("hello\n", 1, "neither a point nor a header"),
        ("x,y\n1,\n", 2, "nothing stands in column y"),
    ],
)
def test_a_mistake_is_named_with_its_line(write, text: str, line: int, found: str) -> None:
    with pytest.raises(PathFileError, match=found) as caught:
        read_path_csv(write(text))
    assert caught.value.line == line and caught.value.exit_code == 3
    assert "descent.csv" in str(caught.value) and "Each line holds" in str(caught.value)


def test_files_that_cannot_be_read(write, tmp_path, monkeypatch) -> None:
    with pytest.raises(PathFileError, match="no such file"):
        read_path_csv(tmp_path / "absent.csv")
    with pytest.raises(PathFileError, match="directory"):
        read_path_csv(tmp_path)
    with pytest.raises(PathFileError, match="binary"):
        read_path_csv(write(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"))
    monkeypatch.setattr(descent_paths, "MAX_BYTES", 10)
    with pytest.raises(PathFileError, match="larger than"):
        read_path_csv(write("1,2\n" * 10))


def test_the_real_path(shared_data) -> None:
    path = read_path_csv(shared_data / "sv_term_project" / "VGG_PCA_pm20_path.csv")
    assert (path.x[0], path.y[0]) == pytest.approx((4.481484889984131, 0.05659937113523483))
    assert path.loss[0] == pytest.approx(0.30395449233055116)
    assert np.all(np.isfinite([path.x, path.y, path.loss])) and len(path) > 5


def test_a_surface_is_told_from_a_path(write) -> None:
    text = "x,y,loss\n" + "".join(f"{x},{y},1\n" for y in range(3) for x in range(4))
    with pytest.raises(PathFileError, match=r"a grid of 4 x 3: it is a surface\nOpen it by itself"):
        read_path_csv(write(text))
