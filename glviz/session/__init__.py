"""A session: which files are shown, how they look and from where, kept as one piece of JSON.

It stands in a file of its own (``view.glviz``) or inside a picture that glviz wrote, as the
PNG text chunk ``glviz``. Only what differs from the defaults is kept, and which options
there are is said by the dataclasses themselves (glviz/options.py). What cannot be used is
left out and told; what cannot be read at all is one error.
"""

from glviz.session.model import Session, SessionError, Source
from glviz.session.read import is_session, load
from glviz.session.reopen import reopen
from glviz.session.write import as_text, capture, check_count, save, text_for

__all__ = [
    "Session",
    "SessionError",
    "Source",
    "as_text",
    "capture",
    "check_count",
    "is_session",
    "load",
    "reopen",
    "save",
    "text_for",
]
