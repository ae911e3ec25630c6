"""Bodies of any layout, binary and text, against a plain loop over `struct` and `str`."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.files.ply.binary import locate
from compute.files.ply.body import MemoryBody
from compute.files.ply.errors import Origin, PlyError
from compute.files.ply.header import Element, Property
from compute.files.ply.text import read_tables

ORIGIN = Origin("test.ply")
CODES = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}
INTEGERS = sorted(set(CODES) - {"f4", "f8"})


def number(kind):
    """Values of a type, its extremes among them."""
    if kind == "f4":
        return st.floats(width=32)
    if kind == "f8":
        return st.floats()
    bits = 8 * int(kind[1])
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if kind[0] == "i" else (0, 2**bits - 1)
    return st.integers(low, high)


@st.composite
def tables(draw):
    """An element and its rows: a number for a scalar, a list of numbers for a list."""
    count = draw(st.integers(1, 5))
    properties = []
    for index in range(count):
        is_list = draw(st.booleans())
        kind = draw(st.sampled_from(sorted(CODES)))
        properties.append(Property(f"p{index}", kind, draw(st.sampled_from(INTEGERS)) if is_list else None))
    # Runs of rows with equal lengths, as in real files, and rows of their own.
    rows = []
    for _ in range(draw(st.integers(0, 6))):
        lengths = [draw(st.integers(0, 5)) for _ in properties]
        for _ in range(draw(st.sampled_from([1, 1, 2, 50]))):
            row = [
                [draw(number(p.type))] * length if p.is_list else draw(number(p.type))
                for p, length in zip(properties, lengths, strict=True)
            ]
            rows.append(row)
    return Element("e", len(rows), tuple(properties)), rows


def as_binary(element, rows, order):
    parts = []
    for row in rows:
        for p, value in zip(element.properties, row, strict=True):
            if p.is_list:
                parts.append(struct.pack(f"{order}{CODES[p.count_type]}", len(value)))
                parts.append(struct.pack(f"{order}{len(value)}{CODES[p.type]}", *value))
            else:
                parts.append(struct.pack(order + CODES[p.type], value))
    return b"".join(parts)


def as_text(element, rows, ending):
    lines = []
    for row in rows:
        words = []
        for value in row:
            words += [len(value), *value] if isinstance(value, list) else [value]
        lines.append(" ".join(map(repr, words)))
    return ending.join(lines).encode()


def check(table, element, rows):
    for index, p in enumerate(element.properties):
        column = [row[index] for row in rows]
        if p.is_list:
            lists = table.lists(p.name)
            assert lists.lengths.tolist() == [len(values) for values in column]
            np.testing.assert_array_equal(lists.values, [v for values in column for v in values])
        else:
            np.testing.assert_array_equal(table.scalar(p.name), np.array(column, float))


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from("<>"), st.binary(max_size=5), st.binary(max_size=5))
def test_binary(element_and_rows, order, before, after):
    element, rows = element_and_rows
    data = as_binary(element, rows, order)
    body = MemoryBody(np.frombuffer(before + data + after, np.uint8))
    table, end = locate(element, body, len(before), order, ORIGIN)
    assert end == len(before) + len(data)
    check(table, element, rows)


@settings(max_examples=60, deadline=None)
@given(tables(), st.sampled_from("<>"), st.data())
def test_any_shortened_binary_body_is_refused(element_and_rows, order, data):
    element, rows = element_and_rows
    whole = as_binary(element, rows, order)
    if not whole:
        return
    body = MemoryBody(np.frombuffer(whole[: data.draw(st.integers(0, len(whole) - 1))], np.uint8))
    with pytest.raises(PlyError, match="ends too early"):
        locate(element, body, 0, order, ORIGIN)


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from(["\n", "\r\n", "\r", " \n\n\t"]))
def test_text(element_and_rows, ending):
    element, rows = element_and_rows
    (table,), notices = read_tables([element], as_text(element, rows, ending), 1, ORIGIN)
    assert notices == ()
    check(table, element, rows)


@settings(max_examples=100, deadline=None)
@given(tables(), st.integers(1, 7))
def test_text_whose_lines_are_not_rows(element_and_rows, width):
    element, rows = element_and_rows
    words = as_text(element, rows, "\n").split()
    lines = [b" ".join(words[i : i + width]) for i in range(0, len(words), width)]
    if len(lines) == len(rows):
        return
    (table,), _ = read_tables([element], b"\n".join(lines), 1, ORIGIN)
    check(table, element, rows)


def test_alternating_lengths_are_walked_and_then_run_again():
    """Long runs after long alternations: both ways of stepping, and the changes between them."""
    lengths = [3, 4] * 5000 + [4] * 9000 + [0, 1, 2] * 100 + [3] * 20_000
    rng = np.random.default_rng(0)
    rows = [[rng.integers(0, 99, n).tolist(), 7] for n in lengths]
    element = Element("face", len(rows), (Property("v", "i4", "u1"), Property("flag", "u2")))
    body = MemoryBody(np.frombuffer(as_binary(element, rows, ">"), np.uint8))
    table, end = locate(element, body, 0, ">", ORIGIN)
    assert end == body.size
    check(table, element, rows)


@pytest.mark.parametrize("kind", ["i1", "i2", "i4"])
@pytest.mark.parametrize("row", [0, 3, 40, 200])
def test_negative_length_is_named_by_its_row(kind, row):
    element = Element("face", 300, (Property("v", "u1", kind),))
    parts = [struct.pack(f"<{CODES[kind]}", 0)] * 300
    parts[row] = struct.pack(f"<{CODES[kind]}", -2)
    with pytest.raises(PlyError, match="length -2") as caught:
        locate(element, MemoryBody(np.frombuffer(b"".join(parts), np.uint8)), 0, "<", ORIGIN)
    assert caught.value.row == row


def test_truncated_row_is_named():
    element = Element("face", 100, (Property("v", "i4", "u1"),))
    rows = [[[0] * (3 + k % 2)] for k in range(100)]
    data = as_binary(element, rows, "<")[:-3]
    with pytest.raises(PlyError) as caught:
        locate(element, MemoryBody(np.frombuffer(data, np.uint8)), 0, "<", ORIGIN)
    assert (caught.value.element, caught.value.row) == ("face", 99)


def scalars(count, columns):
    return Element("vertex", count, tuple(Property(f"p{i}", "f4") for i in range(columns)))


@pytest.mark.parametrize(
    "body, line, found",
    [
        (b"1 2\n3 x\n5 6", 11, "'x'"),
        (b"1 2\n\n3 0x10\n5 6", 12, "'0x10'"),
        (b"1 2\r\n3 4\r\n5 1_0", 12, "'1_0'"),
        (b"1 2\r3 4,5\r5 6", 11, "'4,5'"),
        (b"1 2\n3 4\n--5 6", 12, "'--5'"),
        (b"1 2\n3 1e\n5 6", 11, "'1e'"),
        (b"1 2\n3 \xd9\xa3\n5 6", 11, "'٣'"),
        (b"1 2\n3\n5 6", 11, "1 values"),
        (b"1 2\n3 4 5\n5 6", 11, "3 values"),
    ],
)
def test_bad_text_is_named_by_its_line(body, line, found):
    with pytest.raises(PlyError, match=found) as caught:
        (table,), _ = read_tables([scalars(3, 2)], body, 10, ORIGIN)
        table.scalar("p1")
    assert caught.value.line == line


def test_bad_number_far_into_a_long_body_is_named():
    body = b"0.5 1.5\n" * 99_999 + b"0.5 oops\n" + b"0.5 1.5\n" * 1000
    (table,), _ = read_tables([scalars(100_999 + 1, 2)], body, 5, ORIGIN)
    with pytest.raises(PlyError, match="'oops'") as caught:
        table.scalar("p0")
    assert caught.value.line == 5 + 99_999


@pytest.mark.parametrize(
    "text", [b"nan", b"NaN", b"-nan", b"inf", b"-Inf", b"INFINITY", b"1E-3", b".5", b"5."]
)
def test_spellings_of_numbers(text):
    (table,), _ = read_tables([scalars(1, 1)], text, 1, ORIGIN)
    value = table.scalar("p0")[0]
    assert value == float(text) or math.isnan(value)


def test_lines_after_the_data_are_told():
    _, notices = read_tables([scalars(1, 2)], b"1 2\nthe end\n\n3 4\n", 1, ORIGIN)
    assert notices == ("2 lines after the declared data: ignored.",)


def test_numbers_over_lines_must_come_out_even():
    (table,), notices = read_tables([scalars(3, 2)], b"1 2 3\n4 5 6", 1, ORIGIN)
    assert table.scalar("p1").tolist() == [2, 4, 6]
    assert "stream" in notices[0]
    for body in (b"1 2 3\n4 5", b"1 2 3 4\n5 6 7"):
        with pytest.raises(PlyError):
            read_tables([scalars(3, 2)], body, 1, ORIGIN)
