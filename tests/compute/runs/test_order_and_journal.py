"""The order of points, the journal that keeps them, and what tells one run from another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.errors import UsageError
from compute.runs.identity import changes, checksum, checksums
from compute.runs.journal import Journal, read_frames
from compute.runs.order import GridPoints, coarse_to_fine, finished_lattice, levels

sizes = st.integers(1, 40)


@given(sizes, sizes)
def test_every_point_comes_once(ny, nx):
    assert sorted(coarse_to_fine(ny, nx)) == list(range(ny * nx))


@given(sizes, sizes, st.booleans())
def test_points_of_a_grid_are_made_as_they_are_asked_for(ny, nx, line):
    x, y = np.linspace(-3, 1, nx), None if line else np.linspace(-1, 2, ny)
    points = GridPoints(x, y)
    order = coarse_to_fine(1 if y is None else ny, nx)
    expected = [(x[k],) if y is None else (x[k % nx], y[k // nx]) for k in order]
    assert len(points) == len(expected)
    assert list(points) == points[:] == expected
    assert points[-1] == expected[-1] and points[1:3] == expected[1:3]
    assert points.reach == tuple(np.abs(expected).max(0))


@given(st.integers(2, 40), st.integers(2, 40), st.floats(0, 1))
def test_a_lattice_is_there_whenever_the_corners_are(ny, nx, share):
    """It holds the corners, is complete, and has at least a quarter of what was computed."""
    order = coarse_to_fine(ny, nx)
    count = 4 + int(share * (ny * nx - 4))
    done = np.zeros(ny * nx, bool)
    done[order[:count]] = True
    rows, columns = finished_lattice(done.reshape(ny, nx))
    assert rows[0] == columns[0] == 0
    assert (rows[-1], columns[-1]) == (ny - 1, nx - 1)
    assert done.reshape(ny, nx)[np.ix_(rows, columns)].all()
    if min(nx, ny) >= 0.5 * max(nx, ny):
        assert rows.size * columns.size >= count / 4
    if count == ny * nx:
        assert rows.size * columns.size == count


def test_after_two_percent_of_51_by_51_points_there_is_a_picture():
    order = coarse_to_fine(51, 51)
    done = np.zeros(51 * 51, bool)
    done[order[: 51 * 51 // 50]] = True
    rows, columns = finished_lattice(done.reshape(51, 51))
    assert rows.size * columns.size >= 45
    assert np.diff(rows).max() <= 13


def test_powers_of_two_and_one_are_halved_evenly():
    assert levels(9).tolist() == [0, 3, 2, 3, 1, 3, 2, 3, 0]
    assert levels(1).tolist() == [0]


def test_a_journal_gives_back_what_was_flushed(tmp_path):
    path = tmp_path / "j"
    journal = Journal(path)
    for payload in (b"one", b"", b"three" * 1000):
        journal.append(payload)
    assert not path.exists()  # nothing is written for work that takes no time
    assert journal.flush(to_disk=True)
    journal.close()
    assert Journal(path).frames == [b"one", b"", b"three" * 1000]


def test_a_journal_cut_anywhere_keeps_the_frames_before(tmp_path):
    path = tmp_path / "j"
    journal = Journal(path)
    frames = [bytes([65 + k]) * (k + 1) for k in range(5)]
    for frame in frames:
        journal.append(frame)
    journal.flush()
    journal.close()
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        found = read_frames(path)
        assert found == frames[: len(found)]
        journal = Journal(path)  # goes on behind the last whole frame
        journal.append(b"new")
        journal.flush()
        journal.close()
        assert read_frames(path) == [*found, b"new"]


def test_a_damaged_frame_ends_a_journal(tmp_path):
    path = tmp_path / "j"
    journal = Journal(path)
    for payload in (b"aaaa", b"bbbb", b"cccc"):
        journal.append(payload)
    journal.flush()
    journal.close()
    content = bytearray(path.read_bytes())
    content[content.index(b"bbbb")] ^= 1
    path.write_bytes(content)
    assert read_frames(path) == [b"aaaa"]


def test_one_process_at_a_time(tmp_path):
    pytest.importorskip("fcntl")
    first = Journal(tmp_path / "j")
    first.append(b"x")
    first.flush()
    with pytest.raises(UsageError, match="another process"):
        Journal(tmp_path / "j")


def test_another_file_is_not_taken_for_a_journal(tmp_path):
    (tmp_path / "j").write_text("notes of mine")
    with pytest.raises(UsageError, match="no journal"):
        Journal(tmp_path / "j")
    assert (tmp_path / "j").read_text() == "notes of mine"


def scaled(factor):
    return lambda values: factor * values


def test_functions_are_told_apart_by_what_they_do():
    assert checksum(scaled(2.0)) == checksum(scaled(2.0))
    assert checksum(scaled(2.0)) != checksum(scaled(3.0))
    assert checksum(lambda v: v + 1) != checksum(lambda v: v - 1)


def test_arrays_and_the_rest_are_told_apart():
    class Thing:
        def __init__(self, values, name):
            self.values, self.name, self.itself = values, name, self

    one, other_data, other_name = (
        checksums(Thing(np.arange(3) + shift, name)) for shift, name in ((0, "a"), (1, "a"), (0, "b"))
    )
    assert one[0] != other_data[0]
    assert one[1] == other_data[1]
    assert one[0] == other_name[0]
    assert one[1] != other_name[1]


def test_changes_are_named():
    before = {"weights": "0" * 24, "x axis": "-1 to 1", "centre": {"loss": 1.0}}
    assert not changes(before, {**before, "centre": {"loss": 1.0 + 1e-9}})
    assert changes(before, {**before, "weights": "1" * 24}) == "the weights"
    assert changes(before, {**before, "x axis": "-2 to 2"}) == "the x axis (-2 to 2, before -1 to 1)"
    assert "the value at the centre (2, before 1)" in changes(before, {**before, "centre": {"loss": 2.0}})
    assert not changes({"centre": {"loss": None}}, {"centre": {"loss": None}})
