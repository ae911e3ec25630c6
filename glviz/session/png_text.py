"""Text chunks of PNG files, read without the picture: however large or damaged it is, little is read.

Programs that open a picture and save it again often keep its text in another of the three kinds.

Format: ISO/IEC 15948 (PNG), 5.3 chunk layout and 11.3.4 textual information.
"""

from __future__ import annotations

import os
import struct
import zlib

__all__ = ["PngTextError", "read_text"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS = 2**20
_KINDS = (b"tEXt", b"zTXt", b"iTXt")


class PngTextError(ValueError):
    """A file is no PNG, or its text chunk is damaged or too large."""


def read_text(path: str | os.PathLike[str], keyword: str, most_bytes: int) -> str | None:
    """The text of the first chunk of text with this keyword; None if there is none.

    Args:
        path: a PNG file; its pixels are passed over.
        keyword: of the chunk.
        most_bytes: of the text, before and after decompression.

    Raises:
        PngTextError: see there.
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        if file.read(8) != _SIGNATURE:
            raise PngTextError("it is no PNG file")
        size = os.fstat(file.fileno()).st_size
        for _ in range(_MOST_CHUNKS):
            head = file.read(8)
            if len(head) < 8 or head[4:] == b"IEND":
                return None
            length = struct.unpack(">I", head[:4])[0]
            if length > size - file.tell():
                raise PngTextError("the PNG file is cut off")
            if head[4:] not in _KINDS:
                file.seek(length + 4, os.SEEK_CUR)
                continue
            start = file.read(min(length, len(keyword) + 1))
            if start != keyword.encode("latin-1") + b"\0":
                file.seek(length - len(start) + 4, os.SEEK_CUR)
                continue
            if length > most_bytes:
                raise PngTextError(f"its text is larger than {most_bytes} bytes")
            rest, crc = file.read(length - len(start)), file.read(4)
            if crc != struct.pack(">I", zlib.crc32(rest, zlib.crc32(head[4:] + start))):
                raise PngTextError("its text is damaged")
            return _DECODERS[head[4:]](rest, most_bytes)
    return None


def _latin(rest: bytes, most_bytes: int) -> str:
    """The text of a ``tEXt`` chunk behind its keyword."""
    del most_bytes  # held against it already
    return rest.decode("latin-1")


def _packed_latin(rest: bytes, most_bytes: int) -> str:
    """The text of a ``zTXt`` chunk: a byte that names the method, the packed text."""
    if not rest:
        raise PngTextError("its text is damaged")
    return _unpacked(rest[1:], most_bytes).decode("latin-1")


def _unpacked(packed: bytes, most_bytes: int) -> bytes:
    try:
        text = zlib.decompressobj().decompress(packed, most_bytes + 1)
    except zlib.error:
        raise PngTextError("its text is damaged") from None
    if len(text) > most_bytes:
        raise PngTextError(f"its text is larger than {most_bytes} bytes")
    return text


def _decoded(rest: bytes, most_bytes: int) -> str:
    """The text of an ``iTXt`` chunk: two bytes of flags, language, translated keyword, text."""
    parts = rest[2:].split(b"\0", 2)
    if len(rest) < 2 or len(parts) < 3:
        raise PngTextError("its text is damaged")
    text = parts[2]
    if rest[0]:
        text = _unpacked(text, most_bytes)
    return text.decode("utf-8", "replace")


_DECODERS = {b"tEXt": _latin, b"zTXt": _packed_latin, b"iTXt": _decoded}
