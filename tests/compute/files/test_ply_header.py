"""Headers: every line ending and spelling, and every limit."""

from __future__ import annotations

import pytest

from compute.files.ply.errors import Origin, PlyError
from compute.files.ply.header import SCALAR_TYPES, matches, parse_header

ORIGIN = Origin("test.ply")
VERTEX = ["element vertex 3", "property float x", "property float y", "property float z"]


def parse(*lines, ending="\n", encoding="ascii", body=b""):
    text = ending.join(["ply", f"format {encoding} 1.0", *lines, "end_header"]) + ending
    return parse_header(text.encode() + body, ORIGIN)


def refused(head: bytes, found: str, line: int | None = None):
    with pytest.raises(PlyError, match=found) as caught:
        parse_header(head, ORIGIN)
    assert caught.value.line == line
    assert caught.value.todo


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("body", [b"", b"\n\n", b"\r\n", b"\r\r", b"abc"])
def test_header_ends_where_its_lines_say(ending, body):
    if ending == "\r" and body.startswith(b"\n"):
        body = b"x" + body
    header = parse(*VERTEX, ending=ending, body=body)
    assert header.size == len(ending.join(["ply", "format ascii 1.0", *VERTEX, "end_header"])) + len(ending)
    assert header.lines == 7
    assert header.elements[0].scalars == ("x", "y", "z")


def test_both_families_of_type_names_are_those_of_c_and_numpy():
    sizes = {"char": 1, "short": 2, "int": 4, "float": 4, "double": 8}
    for name, size in sizes.items():
        assert SCALAR_TYPES[name][1] == str(size)
    for name in ("uchar", "ushort", "uint"):
        assert SCALAR_TYPES[name] == "u" + SCALAR_TYPES[name[1:]][1]
    for bits in (8, 16, 32):
        assert (
            SCALAR_TYPES[f"int{bits}"] == f"i{bits // 8}" and SCALAR_TYPES[f"uint{bits}"] == f"u{bits // 8}"
        )
    assert (SCALAR_TYPES["float32"], SCALAR_TYPES["float64"]) == ("f4", "f8")
    assert len(SCALAR_TYPES) == 16


def test_comments_are_kept_word_by_word_and_obj_info_is_not():
    header = parse("comment  two  blanks ", "comment", "obj_info element x -1", "comment end_header", *VERTEX)
    assert header.comments == (" two  blanks ", "", "end_header")
    assert len(header.elements) == 1


def test_comment_in_any_encoding():
    head = b"ply\nformat ascii 1.0\ncomment Gr\xf6\xdfe\x1b\0\ncomment \xe6\x90\x8d\nend_header\n"
    assert parse_header(head, ORIGIN).comments[1] == "損"


def test_names_in_other_scripts_are_names():
    assert parse(*VERTEX, "property float größe").elements[0].scalars[-1] == "größe"


@pytest.mark.parametrize(
    "head, found, line",
    [
        (b"", "empty", None),
        (b"ply", "ends after its first line", 1),
        (b"plywood\n", "first line is not 'ply'", 1),
        (b"\x1f\x8b\x08", "gzip", None),
        (b"PK\x03\x04", "zip archive", None),
        (b"ply\nformat ascii 1.0\n", "no end_header", None),
        (b"ply\nend_header\n", "no format line", 2),
        (b"ply\nformat ascii\nend_header\n", "the format is", 2),
        (b"ply\nformat ascii 1.1\n\n", "version is '1.1'", 2),
        (b"ply\nformat ascii 1.0\nformat ascii 1.0\n", "second format line", 3),
        (b"ply\nproperty float x\n", "before any element", 2),
        (b"ply\nelement vertex\n", "name and a count", 2),
        (b"ply\nelement vertex 1 2\n", "name and a count", 2),
        (b"ply\nelement vertex 1e3\n", "count of element 'vertex' is '1e3'", 2),
        (b"ply\nelement vertex 9999999999999999999\n", "no file is that large", 2),
        (b"ply\nelement v 1\nproperty list uchar x\n", "4 words", 3),
        (b"ply\nelement v 1\nproperty list double int x\n", "lengths of list 'x' are of type double", 3),
        (b"ply\nelement v 1\nproperty Float x\n", "'Float' is no type", 3),
        (b"ply\nelement v 1\nproperty float x\nproperty int x\n", "two properties called 'x'", 4),
        (b"ply\nelement v 1\nelement v 1\n", "two elements called 'v'", 3),
        (b"ply\nelement v 1\x00\n", r"not plain text: 'element v 1\\x00'", 2),
        ("ply\nelement v\u202e 1\n".encode(), r"not plain text: 'element v\\u202e 1'", 2),
        (b"ply\nnonsense\n", "'nonsense' is no keyword", 2),
    ],
)
def test_refused(head, found, line):
    refused(head, found, line)


def test_limits_are_where_they_are_said_to_be():
    line = b"comment " + b"a" * (65536 - 8)
    assert parse_header(b"ply\nformat ascii 1.0\n" + line + b"\nend_header\n", ORIGIN).comments
    refused(b"ply\nformat ascii 1.0\n" + line + b"a\nend_header\n", "longer than 65,536 bytes", 3)
    many = [f"property float p{i}" for i in range(512)]
    assert len(parse("element v 1", *many).elements[0].properties) == 512
    with pytest.raises(PlyError, match="more than 512 properties"):
        parse("element v 1", *many, "property float more")
    elements = [f"element e{i} 0" for i in range(64)]
    assert len(parse(*elements).elements) == 64
    with pytest.raises(PlyError, match="more than 64 elements"):
        parse(*elements, "element more 0")
    refused((b"ply\n" + b"comment x\n" * 200_000)[: 1 << 20], "longer than 1,048,576 bytes", 104859)


def test_magic():
    assert all(map(matches, (b"ply\n", b"ply\r\n", b"ply\r", b"ply \n", b"\xef\xbb\xbfply\n")))
    assert not any(map(matches, (b"", b"ply", b"PLY\n", b"plyx\n", b" ply\n")))
