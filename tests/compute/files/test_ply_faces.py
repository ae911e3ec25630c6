"""Polygons and strips against loops that spell out the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.files.ply.errors import Origin, PlyError
from compute.files.ply.faces import triangles_of
from compute.files.ply.header import Element, Property
from compute.files.ply.table import Lists

VERTICES = 8


class Rows:
    """An element of lists given outright."""

    def __init__(self, name, rows, kind=np.int64, properties=("vertex_indices",)):
        self.element = Element(name, len(rows), tuple(Property(p, "i4", "u1") for p in properties))
        flat = [v for row in rows for v in row]
        self._lists = Lists(np.array([len(row) for row in rows], np.int64), np.array(flat, kind))

    def lists(self, name):
        return self._lists


def triangles(name, rows, **how):
    found, notices = triangles_of({name: Rows(name, rows, **how)}, VERTICES, Origin("test.ply"))
    assert found.shape == (len(found), 3)
    return found.tolist(), notices


def naive_fans(rows):
    good = [row for row in rows if len(row) >= 3 and all(0 <= v < VERTICES for v in row)]
    return [[row[0], b, c] for row in good for b, c in zip(row[1:], row[2:])]  # noqa: B905


def naive_strips(rows):
    result = []
    for row in rows:
        strip: list[int] = []
        for value in row:
            if value in (-1, 0xFFFFFFFF):
                strip = []
                continue
            strip.append(value)
            if len(strip) < 3:
                continue
            a, b, c = strip[-3:]
            if len({a, b, c}) == 3 and all(0 <= v < VERTICES for v in (a, b, c)):
                result.append([b, a, c] if len(strip) % 2 == 0 else [a, b, c])
    return result


lists = st.lists(st.lists(st.integers(-1, VERTICES) | st.just(0xFFFFFFFF), max_size=7), max_size=8)


@given(lists)
def test_fans(rows):
    assert triangles("face", rows)[0] == naive_fans(rows)


@given(lists)
def test_strips(rows):
    assert triangles("tristrips", rows)[0] == naive_strips(rows)


def test_strip_keeps_its_orientation():
    """A strip over the unit square: every triangle turns the same way."""
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [0, 2], [1, 2], [0, 3], [1, 3]])
    found, _ = triangles("tristrips", [[0, 1, 2, 3, 4, -1, 4, 5, 6, 7]])
    a, b, c = (corners[[t[k] for t in found]] for k in range(3))
    turn = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert turn.tolist() == [1] * 5


def test_faces_left_out_are_counted_once():
    _, notices = triangles("face", [[0], [], [0, 1, 99], [-1, 50, 60, 70], [0, 1, 2]])
    assert notices == (
        "2 faces with fewer than three corners: left out.",
        "2 faces with corners that do not exist: left out.",
    )


def test_faces_and_strips_add_up():
    both = {"face": Rows("face", [[0, 1, 2]]), "tristrips": Rows("tristrips", [[3, 4, 5]])}
    found, _ = triangles_of(both, VERTICES, Origin("test.ply"))
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_whole_floats_are_indices_others_are_not():
    assert triangles("face", [[0.0, 1.0, 2.0]], kind=float)[0] == [[0, 1, 2]]
    for bad in (1.5, np.nan, np.inf, 1e300):
        with pytest.raises(PlyError, match="number of a vertex") as caught:
            triangles("face", [[0, 1, 2], [], [0, 1, bad]], kind=float)
        assert caught.value.row == 2


def test_list_by_another_name_is_taken_if_it_is_the_only_one():
    assert triangles("face", [[0, 1, 2]], properties=("corners",))[0] == [[0, 1, 2]]
    found, notices = triangles("face", [[0, 1, 2]], properties=("a", "b"))
    assert found == [] and "no vertex_indices" in notices[0]
