"""Zip archives by anyone: what they would unpack to is looked at before anything is unpacked."""

from __future__ import annotations

import zipfile

__all__ = ["PLENTY", "SWOLLEN", "unpacked"]

PLENTY, SWOLLEN = 2**29, 100
"""An archive may unpack to so many bytes, or to so many times its own size, whichever is more.

Deflate can make anything a thousandth of its size, but only what says nothing: real values stay above a
tenth. A grid that is still pending is such a nothing, and stays below the first bound."""


def unpacked(archive: zipfile.ZipFile, size: int) -> str:
    """What an archive would grow to, in words, where that is beyond all measure; else empty.

    Args:
        archive: opened, nothing of it read.
        size: of the file in bytes. What its directory says of packed sizes may be a lie.
    """
    total = sum(member.file_size for member in archive.infolist())
    if total <= max(PLENTY, SWOLLEN * size):
        return ""
    return f"its {size:,} bytes would unpack to {total:,}"
