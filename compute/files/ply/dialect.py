"""The dialect "loss-surface 1": what its comments say, written and read.

    comment loss-surface 1
    comment meta {"model": "resnet56", ..., "shape": [51, 51]}

The meta object is JSON in ASCII, over as many ``comment meta`` lines as it takes. Beside
the surface's own meta it holds what the elements cannot say: ``shape`` ([ny, nx], or [n]
for a curve), ``paths`` (the names of the descent paths, by their number) and ``field`` (the
name of the height, where it is not "loss"). These three are taken out again on reading, so
that meta comes back as it was. ``notes``, a list of sentences, is shown to readers as
notices too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from compute.files.provenance import json_text, notes_of

__all__ = ["MARK", "STATUS", "Dialect", "comments_of", "dialect_of", "valid_name"]

MARK = "loss-surface 1"
STATUS = "status"
_LINE = 1000  # characters of JSON in one comment
_NAME = re.compile(r"[!-~]{1,255}", re.ASCII)


def valid_name(name: str) -> bool:
    """Whether a property can have this name: ASCII without blanks, and not x, y or status."""
    return _NAME.fullmatch(name) is not None and name not in ("x", "y", STATUS)


@dataclass(frozen=True)
class Dialect:
    """What the comments of a file say.

    Attributes:
        marked: whether it is a file of this dialect.
        meta: provenance, without what follows.
        shape: [ny, nx], or [n], or None; stated, not checked.
        field: the name of the height, or None.
        path_names: by number.
        notices: what was wrong.
    """

    marked: bool = False
    meta: dict[str, Any] = field(default_factory=dict)
    shape: tuple[int, ...] | None = None
    field: str | None = None
    path_names: tuple[str, ...] | None = None
    notices: tuple[str, ...] = ()


def comments_of(meta: Mapping[str, Any], structure: Mapping[str, Any]) -> list[str]:
    """The comments of a file of this dialect.

    Args:
        meta: provenance, written as :func:`compute.files.provenance.json_text` does.
        structure: ``shape`` and so on; comes before a key of ``meta`` of the same name.

    Raises:
        ValueError: a value has no place in JSON.
    """
    text = json_text({**meta, **structure})
    # Blanks at the end of a line may get lost, so no piece begins or ends with one. Two in a
    # row occur in strings only; escaped, a cut is never more than a character away.
    text = text.replace("  ", r"\u0020\u0020")
    comments = [MARK]
    while text:
        cut = min(_LINE, len(text))
        while cut < len(text) and " " in text[cut - 1 : cut + 1]:
            cut -= 1
        comments.append(f"meta {text[:cut]}")
        text = text[cut:]
    return comments


def dialect_of(comments: Iterable[str]) -> Dialect:
    """What a file's comments say; never an error, since the numbers are worth more than their label."""
    comments = list(comments)
    marks = [comment.strip() for comment in comments if comment.strip().startswith("loss-surface ")]
    if not marks:
        return Dialect()
    notices = []
    if marks[0] != MARK:
        notices.append("The file is of a version of the loss-surface dialect that is not known here.")
    text = "".join(comment[len("meta ") :] for comment in comments if comment.startswith("meta "))
    meta: dict[str, Any] = {}
    if text.strip():
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):  # ValueError: also of a number with 5,000 digits
            found = None
        if isinstance(found, dict):
            meta = found
        else:
            notices.append("The file's meta comment is no JSON object: its provenance is lost.")
    notices += notes_of(meta)
    shape, name, paths = meta.pop("shape", None), meta.pop("field", None), meta.get("paths")
    is_shape = isinstance(shape, list) and len(shape) in (1, 2)
    if not (is_shape and all(type(n) is int and n > 0 for n in shape)):  # type(): True is no number
        shape = None
    if not (isinstance(paths, list) and all(isinstance(path, str) for path in paths)):
        paths = None
    return Dialect(
        marked=True,
        meta=meta,
        shape=None if shape is None else tuple(shape),
        field=name if isinstance(name, str) and valid_name(name) else None,
        path_names=None if paths is None else tuple(paths),
        notices=tuple(notices),
    )
