"""The header of a PLY file: which elements there are, of what properties, in which encoding.

Nothing in a header is trusted. Its length, its lines, and the number of elements and
properties are bounded before they are used, numbers are plain ASCII digits, and names
must be printable, since they go to terminals and panels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from compute.files.errors import shown
from compute.files.ply.errors import Origin

__all__ = ["MAX_HEADER", "SCALAR_TYPES", "Element", "Header", "Property", "matches", "parse_header"]

MAX_HEADER = 1 << 20  # bytes
MAX_LINE = 1 << 16  # bytes
MAX_ELEMENTS = 64
MAX_PROPERTIES = 512  # per element

# Both families of type names, as numpy codes without byte order.
SCALAR_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4",
    "float": "f4", "double": "f8",
    "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8",
}  # fmt: skip

ENCODINGS: dict[str, Literal["text", "<", ">"]] = {
    "ascii": "text",
    "binary_little_endian": "<",
    "binary_big_endian": ">",
}

_MAGIC = re.compile(rb"(\xef\xbb\xbf)?ply[ \t]*(\r\n|\n|\r)")
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_RE_EXPORT = "Export the file again, or mend its header."

# What people rename to .ply by mistake, or forget to unpack.
_OTHER_FORMATS = (
    (b"\x1f\x8b", "compressed with gzip", "Unpack it first (gunzip)."),
    (b"PK\x03\x04", "a zip archive", "Unpack it first (unzip); arrays of numpy have the extension .npz."),
    (b"BZh", "compressed with bzip2", "Unpack it first (bunzip2)."),
    (b"\xfd7zXZ\x00", "compressed with xz", "Unpack it first (unxz)."),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it first (unzstd)."),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Give it the extension .h5."),
)


@dataclass(frozen=True)
class Property:
    """One property: its name, its type, and the type of its length if it is a list (numpy codes)."""

    name: str
    type: str
    count_type: str | None = None

    @property
    def is_list(self) -> bool:
        """Whether each row has a list of values."""
        return self.count_type is not None

    @property
    def least_bytes(self) -> int:
        """Bytes that it takes at least in a binary row: its value, or the length of an empty list."""
        return int((self.count_type or self.type)[1])


@dataclass(frozen=True)
class Element:
    """One element: ``count`` rows of the same properties."""

    name: str
    count: int
    properties: tuple[Property, ...] = ()

    @property
    def has_lists(self) -> bool:
        """Whether rows can differ in length."""
        return any(p.is_list for p in self.properties)

    @property
    def scalars(self) -> tuple[str, ...]:
        """Names of the properties that are one number a row."""
        return tuple(p.name for p in self.properties if not p.is_list)

    def property(self, name: str) -> Property | None:
        """The property called ``name``, if there is one."""
        return next((p for p in self.properties if p.name == name), None)


@dataclass(frozen=True)
class Header:
    """What a header says.

    Attributes:
        encoding: "text", or the byte order "<" or ">".
        elements: in the order of the body.
        comments: without the keyword; undecodable bytes replaced.
        size: bytes up to the body.
        lines: number of header lines.
        byte_order_mark: whether a UTF-8 byte order mark precedes it.
    """

    encoding: Literal["text", "<", ">"]
    elements: tuple[Element, ...]
    comments: tuple[str, ...]
    size: int
    lines: int
    byte_order_mark: bool = False


def matches(head: bytes) -> bool:
    """Whether a file that starts with ``head`` says that it is a PLY file."""
    return _MAGIC.match(head) is not None


def parse_header(head: bytes, origin: Origin) -> Header:
    """The header at the start of a file.

    Args:
        head: the start of the file; bytes after the first `MAX_HEADER` are not looked at.
        origin: the file.

    Raises:
        PlyError: the header is no PLY header, breaks a rule or is over a limit.
    """
    encoding: Literal["text", "<", ">"] | None = None
    comments: list[str] = []
    elements: list[Element] = []
    properties: dict[str, Property] = {}
    head = head[:MAX_HEADER]
    magic = _check_magic(head, origin)

    def finish_element() -> None:
        if elements:
            last = elements[-1]
            elements[-1] = Element(last.name, last.count, tuple(properties.values()))
            properties.clear()

    for number, line, end in _lines(head, magic, origin):
        keyword = line.split(None, 1)[:1]
        if not keyword or keyword[0] == b"obj_info":
            continue
        if keyword[0] == b"comment":
            text = line.lstrip()[len(b"comment") :]
            comments.append((text[1:] if text[:1] in (b" ", b"\t") else text).decode("utf-8", "replace"))
            continue
        words = _words(line, number, origin)
        if words == ["end_header"]:
            if encoding is None:
                raise origin.error("the header has no format line", _RE_EXPORT, line=number)
            finish_element()
            mark = magic.group(1) is not None
            return Header(encoding, tuple(elements), tuple(comments), end, number, mark)
        if words[0] == "format":
            if encoding is not None:
                raise origin.error("there is a second format line", _RE_EXPORT, line=number)
            encoding = _format(words, number, origin)
        elif words[0] == "element":
            finish_element()
            elements.append(_element(words, {e.name for e in elements}, number, origin))
        elif words[0] == "property":
            if not elements:
                raise origin.error("a property comes before any element", _RE_EXPORT, line=number)
            new = _property(words, number, origin)
            if new.name in properties:
                found = f"element {shown(elements[-1].name)} has two properties called {shown(new.name)}"
                raise origin.error(found, "Rename one of them.", line=number)
            if len(properties) >= MAX_PROPERTIES:
                found = f"element {shown(elements[-1].name)} has more than {MAX_PROPERTIES} properties"
                raise origin.error(found, "Export fewer.", line=number)
            properties[new.name] = new
        else:
            raise origin.error(f"{shown(words[0])} is no keyword of a PLY header", _RE_EXPORT, line=number)
    raise origin.error("the header does not end: there is no end_header", _RE_EXPORT)


def _check_magic(head: bytes, origin: Origin) -> re.Match[bytes]:
    magic = _MAGIC.match(head)
    if magic is not None:
        return magic
    if not head:
        raise origin.error("the file is empty", "Copy or export it again.")
    for start, what, todo in _OTHER_FORMATS:
        if head.startswith(start):
            raise origin.error(f"it is {what}, not a PLY file", todo)
    if head.strip() == b"ply":
        raise origin.error("the header ends after its first line", _RE_EXPORT, line=1)
    raise origin.error(
        f"the first line is not 'ply' but starts with {shown(head[:16])}", "Name a PLY file.", line=1
    )


def _lines(head: bytes, magic: re.Match[bytes], origin: Origin) -> Iterator[tuple[int, bytes, int]]:
    """Number, text and end of each header line after the first.

    The first line's ending says what ends the others: the body of a binary file may start
    with bytes that look like a line ending.
    """
    ending = b"\r" if magic.group(2) == b"\r" else b"\n"
    start, number = magic.end(), 1
    while True:
        number += 1
        end = head.find(ending, start, start + MAX_LINE + 1)
        if end < 0:
            if len(head) - start > MAX_LINE:
                found = f"a header line is longer than {MAX_LINE:,} bytes"
                raise origin.error(found, "Shorten it.", line=number)
            if len(head) >= MAX_HEADER:
                found = f"the header is longer than {MAX_HEADER:,} bytes"
                raise origin.error(found, "Shorten its comments.", line=number)
            return
        yield number, head[start:end].rstrip(b"\r"), end + 1
        start = end + 1


def _words(line: bytes, number: int, origin: Origin) -> list[str]:
    try:
        words = [word.decode("utf-8") for word in line.split()]
    except UnicodeDecodeError:
        words = []
    if not words or not all(word.isprintable() for word in words):
        raise origin.error(f"a header line is not plain text: {shown(line.strip())}", _RE_EXPORT, line=number)
    return words


def _format(words: list[str], number: int, origin: Origin) -> Literal["text", "<", ">"]:
    if len(words) != 3 or words[1] not in ENCODINGS:
        found = f"the format is {shown(' '.join(words[1:]))}"
        raise origin.error(found, f"Known formats: {', '.join(ENCODINGS)}.", line=number)
    if words[2] != "1.0":
        raise origin.error(f"the PLY version is {shown(words[2])}", "Export it as version 1.0.", line=number)
    return ENCODINGS[words[1]]


def _element(words: list[str], taken: set[str], number: int, origin: Origin) -> Element:
    if len(words) != 3:
        raise origin.error("an element line needs a name and a count", _RE_EXPORT, line=number)
    name, count = words[1], words[2]
    if name in taken:
        raise origin.error(f"there are two elements called {shown(name)}", "Rename one of them.", line=number)
    if len(taken) >= MAX_ELEMENTS:
        raise origin.error(f"there are more than {MAX_ELEMENTS} elements", "Export fewer.", line=number)
    if not _DIGITS.fullmatch(count):
        found = f"the count of element {shown(name)} is {shown(count)}"
        raise origin.error(found, "A count is a whole number in plain digits.", line=number)
    if len(count.lstrip("0")) > 18:
        found = f"the count of element {shown(name)} is {shown(count)}: no file is that large"
        raise origin.error(found, _RE_EXPORT, line=number)
    return Element(name, int(count))


def _property(words: list[str], number: int, origin: Origin) -> Property:
    is_list = words[1:2] == ["list"]
    if len(words) != (5 if is_list else 3):
        found = f"a property line has {len(words)} words: {shown(' '.join(words))}"
        todo = "It reads 'property TYPE NAME' or 'property list LENGTH_TYPE TYPE NAME'."
        raise origin.error(found, todo, line=number)
    for word in words[2:4] if is_list else words[1:2]:
        if word not in SCALAR_TYPES:
            known = ", ".join(SCALAR_TYPES)
            raise origin.error(f"{shown(word)} is no type", f"Known types: {known}.", line=number)
    name = words[-1]
    if not is_list:
        return Property(name, SCALAR_TYPES[words[1]])
    count_type = SCALAR_TYPES[words[2]]
    if count_type.startswith("f"):
        found = f"the lengths of list {shown(name)} are of type {words[2]}"
        raise origin.error(found, "A list's length must have an integer type.", line=number)
    return Property(name, SCALAR_TYPES[words[3]], count_type)
