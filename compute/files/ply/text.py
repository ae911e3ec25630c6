"""Text bodies: numbers separated by blanks, one row a line.

The body is cut into tokens and lines by looking at all its bytes at once; tokens become
numbers in blocks, through Python's own correctly rounded ``float`` after a check that a
token has only characters of a number (``float`` alone would take ``1_0``).

Rows must be lines, since then a value too few or too many is noticed. Some programs wrap
long rows; where the number of lines shows that lines are not rows, the body is read as a
stream of numbers, which must come out even.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from compute.files.errors import counted, shown
from compute.files.ply.errors import Origin, PlyError
from compute.files.ply.header import Element
from compute.files.ply.table import Lists, ragged_positions

__all__ = ["TextTable", "read_tables"]

_BLANK = b" \t\n\r\v\f"
_NUMBER = b"0123456789+-.eE" + b"nanNANifINFtyTY" + _BLANK  # nan, inf, infinity in any case
_BREAK = 2
_KINDS = bytes(_BREAK if byte in b"\n\r" else 1 if byte in _BLANK else 0 for byte in range(256))
_BLOCK = 1 << 16  # tokens converted at a time

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class _Tokens:
    """The tokens of a body.

    Attributes:
        starts: (tokens,) byte offset of each.
        rows: (lines + 1,) first token of each line that is not blank, then the number of tokens.
    """

    def __init__(self, body: bytes, first_line: int, origin: Origin) -> None:
        self.body, self.first_line, self.origin = body, first_line, origin
        kinds = np.frombuffer(body.translate(_KINDS), np.uint8)
        begins = kinds == 0
        begins[1:] &= kinds[:-1] != 0
        self.starts: Ints = np.flatnonzero(begins)
        if self.starts.size == 0:
            self.rows: Ints = np.zeros(1, np.int64)
            return
        # A token is the last of its line if there is a line break before the next one.
        is_last = np.bitwise_or.reduceat(kinds, self.starts) >= _BREAK
        is_last[-1] = True
        self.rows = np.concatenate([[0], np.flatnonzero(is_last) + 1])

    @property
    def lines(self) -> int:
        """How many lines are not blank."""
        return len(self.rows) - 1

    def line_of(self, token: int) -> int:
        """The line of the file that a token is on, or the last line for one past the end."""
        end = int(self.starts[token]) if token < self.starts.size else len(self.body.rstrip(_BLANK))
        before = self.body[:end]
        feeds = before.count(b"\n")
        return self.first_line + feeds + (before.count(b"\r") - before.count(b"\r\n"))

    def values(self, first: int, last: int) -> Floats:
        """(last - first,) tokens as numbers.

        Raises:
            PlyError: one of them is no number; its line is named.
        """
        values = np.empty(last - first)
        for start in range(first, last, _BLOCK):
            end = min(start + _BLOCK, last)
            stop = int(self.starts[end]) if end < self.starts.size else len(self.body)
            piece = self.body[int(self.starts[start]) : stop]
            try:
                if piece.translate(None, _NUMBER):
                    self._complain(start, piece)
                numbers = np.fromiter(map(float, piece.split()), float, end - start)
            except ValueError:
                self._complain(start, piece)
            values[start - first : end - first] = numbers
        return values

    def _complain(self, first: int, piece: bytes) -> NoReturn:
        for token, text in enumerate(piece.split(), first):
            try:
                if text.translate(None, _NUMBER):
                    raise ValueError
                float(text)
            except ValueError:
                todo = "Write numbers like 1.5 or -2e-3, with a decimal point; or is the body binary?"
                raise self.origin.error(
                    f"{shown(text, 40)} is no number", todo, line=self.line_of(token)
                ) from None
        raise AssertionError("one of the tokens is no number")


class TextTable:
    """An element in a text body: its tokens from ``rows[i]`` to ``rows[i + 1]`` are row i."""

    def __init__(self, element: Element, tokens: _Tokens, rows: Ints) -> None:
        self.element, self._tokens, self._rows = element, tokens, rows
        self._columns: dict[str, tuple[Ints, Ints | None]] | None = None
        self._values = np.empty(0)

    def scalar(self, name: str) -> Floats:
        """(rows,) a scalar property."""
        positions, lengths = self._layout()[name]
        if lengths is not None:
            raise KeyError(name)
        return self._values[positions]

    def lists(self, name: str) -> Lists:
        """A list property; its values as float64."""
        positions, lengths = self._layout()[name]
        if lengths is None:
            raise KeyError(name)
        return Lists(lengths, self._values[ragged_positions(positions, lengths)])

    def check(self) -> None:
        """Raise a `PlyError` unless every row has the values that its lists ask for."""
        if self.element.has_lists:
            self._layout()

    def _layout(self) -> dict[str, tuple[Ints, Ints | None]]:
        """For each property, its position among the values in each row, and the lengths of a list.

        Raises:
            PlyError: a row has another number of values than its lists ask for.
        """
        if self._columns is not None:
            return self._columns
        first = int(self._rows[0])
        values = self._tokens.values(first, int(self._rows[-1]))
        at, ends = self._rows[:-1] - first, self._rows[1:] - first
        columns: dict[str, tuple[Ints, Ints | None]] = {}
        for p in self.element.properties:
            self._require(at < ends, at, "it has too few values")
            if not p.is_list:
                columns[p.name] = (at, None)
                at = at + 1
                continue
            given = values[at]
            self._require((given >= 0) & (given == np.floor(given)), at, "a list's length is no whole number")
            # Compared as floats: a length of 1e300 has no integer.
            self._require(at + 1 + given <= ends, at, "a list is longer than its line")
            lengths = given.astype(np.int64)
            columns[p.name] = (at + 1, lengths)
            at = at + 1 + lengths
        self._require(at == ends, np.minimum(at, ends - 1), "it has too many values")
        self._values, self._columns = values, columns
        return columns

    def _require(self, good: NDArray[np.bool_], at: Ints, found: str) -> None:
        if not good.all():
            row = int(np.argmin(good))
            raise self._tokens.origin.error(
                f"the row does not fit the header: {found}",
                "Each row needs the values that the header lists, on one line.",
                line=self._tokens.line_of(int(at[row] + self._rows[0])),
                element=self.element.name,
                row=row,
            )


def read_tables(
    elements: Sequence[Element], body: bytes, first_line: int, origin: Origin
) -> tuple[list[TextTable], tuple[str, ...]]:
    """The elements of a text body, and notices.

    Args:
        elements: what the header lists.
        body: everything after the header.
        first_line: the number of the line that the body starts on.
        origin: the file.

    Raises:
        PlyError: there are fewer rows than declared, or a row does not fit.
    """
    for element in elements:
        if element.count and not element.properties:
            found = f"{element.count:,} rows are declared of an element without properties"
            raise origin.error(found, "Remove it from the header.", element=element.name)
    tokens = _Tokens(body, first_line, origin)
    expected = sum(element.count for element in elements)
    try:
        tables = _rows_as_lines(elements, tokens)
        if tokens.lines != expected:  # spare lines, or rows that only happen to begin like lines
            for table in tables:
                table.check()
    except PlyError as error:
        if b"\0" in body:
            todo = "Correct the format line of its header."
            raise origin.error("the body is binary, but the header says ascii", todo) from None
        if tokens.lines == expected:
            raise  # the lines are the rows: a value is missing or too many in this one
        tables = _rows_as_stream(elements, tokens, error)
        return tables, ("The rows are not one a line; the body was read as a stream of numbers.",)
    spare = tokens.lines - expected
    return tables, ((f"{counted(spare, 'line')} after the declared data: ignored.",) if spare else ())


def _rows_as_lines(elements: Sequence[Element], tokens: _Tokens) -> list[TextTable]:
    tables = []
    row = 0
    for element in elements:
        rows = tokens.rows[row : row + element.count + 1]
        if len(rows) < element.count + 1:
            found = f"row {len(rows) - 1:,} of {element.count:,} is not there"
            line = tokens.line_of(tokens.starts.size)
            raise tokens.origin.truncated(element.name, len(rows) - 1, found, line)
        counts = np.diff(rows)
        needed = len(element.properties)
        wrong = counts < needed if element.has_lists else counts != needed
        if wrong.any():
            bad = int(np.argmax(wrong))
            least = "at least " if element.has_lists else ""
            raise tokens.origin.error(
                f"the row has {counts[bad]:,} values, {least}{needed} are declared",
                "Each row needs the values that the header lists, on one line.",
                line=tokens.line_of(int(rows[bad])),
                element=element.name,
                row=bad,
            )
        tables.append(TextTable(element, tokens, rows))
        row += element.count
    return tables


def _rows_as_stream(elements: Sequence[Element], tokens: _Tokens, error: PlyError) -> list[TextTable]:
    """Rows wherever they end; raises ``error`` unless exactly all tokens are used."""
    tables = []
    at, size = 0, int(tokens.starts.size)
    for element in elements:
        if element.count * len(element.properties) > size - at:
            raise error
        if not element.has_lists:
            rows = at + len(element.properties) * np.arange(element.count + 1, dtype=np.int64)
        else:
            rows = np.empty(element.count + 1, np.int64)
            values = tokens.values(at, size).tolist()
            position = 0
            for row in range(element.count):
                rows[row] = at + position
                for p in element.properties:
                    if position >= len(values):
                        raise error
                    length = values[position] if p.is_list else 0
                    if not 0 <= length <= len(values):  # NaN too
                        raise error
                    position += 1 + int(length)
            rows[-1] = at + position
        at = int(rows[-1])
        if at > size:
            raise error
        tables.append(TextTable(element, tokens, rows))
    if at != size:
        raise error
    return tables
