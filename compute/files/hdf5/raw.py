"""The numbers in an HDF5 file, read by h5py: runs in a child process (see `compute.files.isolated`).

Only what lies in the file itself, directly under its root (or in our own group), is looked
at, by hard links: no external link, external storage or virtual data set can make this open
another file, and no cycle of links can be walked. Types are numbers and one-line texts.
Sizes are checked before anything is read, and so is how much a data set grows when it is
unpacked.
"""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np

from compute.files.isolated import MOST_BYTES, Arrays, Facts, NotThisFileError

__all__ = ["GROUP", "read"]

GROUP = "loss-surface"  # of what the layout by others has no place for
MOST_OBJECTS = 4096
MOST_TEXT = 64 * 2**20
MOST_GROWTH = 1032  # of deflate, at most; see https://zlib.net/zlib_tech.html
MOST_FILLED = 64 * 2**20  # bytes of points never written, which hold the fill value and take no room
SAFE_FILTERS = {1: "deflate", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}


def read(path: str) -> tuple[Facts, Arrays]:
    """The data sets under the root and in our group.

    Returns:
        facts ``texts`` (by name), ``groups`` (names), ``skipped`` (name and why); arrays of
        one or two axes by name, float64 or uint8, those of the group as ``loss-surface/...``.

    Raises:
        NotThisFileError: it is no HDF5 file, or asks for too much.
    """
    try:
        with h5py.File(path, "r", locking=False) as file:
            reader = _Reader()
            reader.read_group(file, "", 0)
            return reader.facts, reader.arrays
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, UnicodeError) as error:
        raise NotThisFileError(f"libhdf5 cannot read it: {str(error)[:200]}") from error


class _Reader:
    def __init__(self) -> None:
        self.facts: Facts = {"texts": {}, "groups": [], "skipped": []}
        self.arrays: Arrays = {}
        self.objects = 0
        self.bytes = 0

    def read_group(self, group: Any, prefix: str, depth: int) -> None:
        """Everything directly in a group; of its groups, only ours.

        Raises:
            NotThisFileError: there is too much.
        """
        self.objects += len(group)
        if self.objects > MOST_OBJECTS:
            raise NotThisFileError(
                f"it has {self.objects:,} entries, a surface file fewer than {MOST_OBJECTS:,}"
            )
        for name in group:
            if not isinstance(name, str) or not name.isprintable():
                continue
            full = prefix + name
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                self.skip(full, "a link to elsewhere")
                continue
            kind = group.get(name, getclass=True)
            if kind is h5py.Group:
                if depth < 2 and full.startswith(GROUP):
                    self.read_group(group[name], f"{full}/", depth + 1)
                else:
                    self.facts["groups"].append(full)
            elif kind is h5py.Dataset:
                self.read_data(group[name], full)

    def skip(self, name: str, why: str) -> None:
        self.facts["skipped"].append([name, why])

    def read_data(self, data: Any, name: str) -> None:
        """One data set, if it is one that a surface can have.

        Raises:
            NotThisFileError: it is too large.
        """
        if data.is_virtual or data.external:
            self.skip(name, "its values lie in another file")
            return
        if data.shape is None:
            return
        text = h5py.check_string_dtype(data.dtype)
        if text is not None:
            self.read_text(data, name, text)
        elif data.dtype.names is not None or data.dtype.kind not in "fiub" or data.dtype.itemsize > 16:
            self.skip(name, f"its type is {str(data.dtype)[:40]}")
        elif len(data.shape) not in (1, 2):
            self.skip(name, f"it has {len(data.shape)} axes")
        else:
            self.check_size(data, name, data.size * 8)
            flags = data.dtype.kind == "u" and data.dtype.itemsize == 1
            self.arrays[name] = np.asarray(data[()]).astype(np.uint8 if flags else np.float64)

    def read_text(self, data: Any, name: str, kind: Any) -> None:
        if data.size != 1:
            self.skip(name, "it is a list of texts")
            return
        self.check_size(data, name, kind.length or 0)
        found = data[()]
        found = found.reshape(-1)[0] if isinstance(found, np.ndarray) else found
        text = found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)
        self.facts["texts"][name] = text[:MOST_TEXT]

    def check_size(self, data: Any, name: str, needed: int) -> None:
        """Count what a data set takes, before it takes it.

        Raises:
            NotThisFileError: it is too large, or larger than its stored bytes can unpack to.
        """
        size = max(needed, data.size * data.dtype.itemsize)
        self.bytes += size
        if self.bytes > MOST_BYTES:
            found = f"its data sets take {self.bytes:,} bytes up to {name!r}, more than {MOST_BYTES:,}"
            raise NotThisFileError(found, "Keep the surface alone in the file, or fewer points.")
        properties = data.id.get_create_plist()
        stages = [properties.get_filter(index)[0] for index in range(properties.get_nfilters())]
        unsafe = [stage for stage in stages if stage not in SAFE_FILTERS]
        if unsafe:
            found = f"{name!r} is packed by the filter number {unsafe[0]}, which is not read here"
            raise NotThisFileError(found, "Write it with gzip, or unpacked (h5repack -f NONE).")
        if data.chunks is not None and np.prod(data.chunks, dtype=float) * data.dtype.itemsize > MOST_BYTES:
            raise NotThisFileError(f"the chunks of {name!r} are larger than {MOST_BYTES:,} bytes")
        stored = data.id.get_storage_size()
        packed = any(stage in (1, 32000) for stage in stages)
        allowed = stored * (MOST_GROWTH if packed else 1) + (64 if packed else 0)
        claimed = data.size * data.dtype.itemsize
        if claimed > max(allowed, MOST_FILLED) and len(data.shape) > 0:
            found = f"{name!r} claims {claimed:,} bytes, of which {stored:,} are in the file"
            raise NotThisFileError(found)
