"""Text chunks of PNG files: what Pillow writes is found, what is hostile is one error and little work."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from glviz.session.png_text import PngTextError, read_text

SIGNATURE = b"\x89PNG\r\n\x1a\n"
IHDR = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def text_chunk(text: bytes, keyword: bytes = b"glviz", flag: int = 0) -> bytes:
    return chunk(b"iTXt", keyword + b"\0" + bytes([flag, 0]) + b"\0\0" + text)


@pytest.fixture
def png(tmp_path):
    def write(*chunks: bytes):
        path = tmp_path / "made.png"
        path.write_bytes(SIGNATURE + chunk(b"IHDR", IHDR) + b"".join(chunks) + chunk(b"IEND", b""))
        return path

    return write


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("text", ["{}", "αβ → ∞\n" * 40])
def test_what_pillow_writes_is_read(tmp_path, text, packed):
    info = PngInfo()
    info.add_itxt("Comment", "not this one")
    info.add_itxt("glviz", text, zip=packed)
    Image.new("RGB", (300, 200), "red").save(tmp_path / "a.png", pnginfo=info)
    assert read_text(tmp_path / "a.png", "glviz", 10**6) == text
    assert read_text(tmp_path / "a.png", "another", 10**6) is None


@pytest.mark.parametrize("packed", [False, True])
def test_text_that_another_program_kept_as_latin_is_read(tmp_path, packed):
    """Pillow's ``add_text`` writes tEXt and zTXt."""
    info = PngInfo()
    info.add_text("Comment", "not this one")
    info.add_text("glviz", '{"caf\u00e9": 1}' * 30, zip=packed)
    Image.new("RGB", (300, 200), "red").save(tmp_path / "a.png", pnginfo=info)
    assert (b"zTXtglviz" if packed else b"tEXtglviz") in (tmp_path / "a.png").read_bytes()
    assert read_text(tmp_path / "a.png", "glviz", 10**6) == '{"caf\u00e9": 1}' * 30


@pytest.mark.parametrize("kind", ["iTXt", "zTXt"])
def test_a_bomb_does_not_go_off(png, kind):
    bomb = zlib.compress(b"a" * (200 * 2**20), 9)
    path = png(text_chunk(bomb, flag=1) if kind == "iTXt" else chunk(b"zTXt", b"glviz\0\0" + bomb))
    tracemalloc.start()
    with pytest.raises(PngTextError, match="larger than"):
        read_text(path, "glviz", 2**20)
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    tracemalloc.stop()


def test_a_text_that_is_too_long_is_not_read(png):
    for long in (text_chunk(b"a" * 3000), chunk(b"tEXt", b"glviz\0" + b"a" * 3000)):
        with pytest.raises(PngTextError, match="larger than"):
            read_text(png(long), "glviz", 2000)


@pytest.mark.parametrize(
    "damaged",
    [
        text_chunk(b"{}")[:-1] + b"x",  # another checksum
        chunk(b"iTXt", b"glviz\0"),
        chunk(b"zTXt", b"glviz\0"),
        chunk(b"zTXt", b"glviz\0\0no zlib stream"),
        chunk(b"tEXt", b"glviz\0{}")[:-1] + b"x",
        chunk(b"iTXt", b"glviz\0\0\0"),
        text_chunk(b"no zlib stream", flag=1),
        struct.pack(">I", 2**31) + b"iTXt" + b"glviz\0",
        struct.pack(">I", 2**32 - 1) + b"IDAT",
    ],
)
def test_a_damaged_file_is_one_error(png, damaged):
    with pytest.raises(PngTextError):
        read_text(png(damaged), "glviz", 2**20)


def test_no_png(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\xff\xd8\xff\xe0 JPEG")
    with pytest.raises(PngTextError, match="no PNG"):
        read_text(tmp_path / "a.png", "glviz", 100)


@given(st.data())
def test_any_bytes_give_a_text_none_or_the_error(tmp_path_factory, data):
    valid = SIGNATURE + chunk(b"IHDR", IHDR) + text_chunk(zlib.compress(b"{}" * 50), flag=1)
    mutated = bytearray(valid)
    for _ in range(data.draw(st.integers(1, 6))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("any") / "a.png"
    path.write_bytes(bytes(mutated[: data.draw(st.integers(0, len(mutated)))]))
    try:
        found = read_text(path, "glviz", 2**16)
    except PngTextError:
        return
    assert found is None or isinstance(found, str)
