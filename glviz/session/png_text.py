"""Text chunks of PNG files, read without the picture: however large or damaged it is, little is read.

Format: ISO/IEC 15948 (PNG), 5.3 chunk layout and 11.3.4.5 iTXt.
"""

from __future__ import annotations

import os
import struct
import zlib

__all__ = ["PngTextError", "read_text"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS = 2**20


class PngTextError(ValueError):
    """A file is no PNG, or its text chunk is damaged or too large."""


def read_text(path: str | os.PathLike[str], keyword: str, most_bytes: int) -> str | None:
    """The text of the first ``iTXt`` chunk with this keyword; None if there is none.

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
            if head[4:] != b"iTXt":
                file.seek(length + 4, os.SEEK_CUR)
                continue
            start = file.read(min(length, len(keyword) + 1))
            if start != keyword.encode("latin-1") + b"\0":
                file.seek(length - len(start) + 4, os.SEEK_CUR)
                continue
            if length > most_bytes:
                raise PngTextError(f"its text is larger than {most_bytes} bytes")
            rest, crc = file.read(length - len(start)), file.read(4)
            if crc != struct.pack(">I", zlib.crc32(rest, zlib.crc32(b"iTXt" + start))):
                raise PngTextError("its text is damaged")
            return _decoded(rest, most_bytes)
    return None


def _decoded(rest: bytes, most_bytes: int) -> str:
    """The text behind a keyword: two bytes of flags, language, translated keyword, text."""
    parts = rest[2:].split(b"\0", 2)
    if len(rest) < 2 or len(parts) < 3:
        raise PngTextError("its text is damaged")
    text = parts[2]
    if rest[0]:
        unpack = zlib.decompressobj()
        try:
            text = unpack.decompress(text, most_bytes + 1)
        except zlib.error:
            raise PngTextError("its text is damaged") from None
        if len(text) > most_bytes:
            raise PngTextError(f"its text is larger than {most_bytes} bytes")
    return text.decode("utf-8", "replace")
