"""How results show themselves: one line of text, and in a notebook a picture, where a viewer is installed.

Nothing here draws. A viewer offers to in its package metadata, by an entry point of the group
``compute.pictures``: a function from a result to a PNG (or None), as ``_repr_png_`` may return it.
So a surface as the last line of a cell is a picture where glviz is installed, and text elsewhere.
"""

from __future__ import annotations

from typing import Any

__all__ = ["GROUP", "Displayed"]

GROUP = "compute.pictures"


class Displayed:
    """Shows its :meth:`summary` as text and, through a viewer, itself as a picture."""

    def summary(self) -> str:
        """What it is, in a few words."""
        return ", ".join(vars(self))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.summary()}>"

    def _repr_png_(self) -> Any:
        """Asked by IPython and Jupyter; None where no viewer is installed."""
        from importlib.metadata import entry_points

        for viewer in entry_points(group=GROUP):
            try:
                draw = viewer.load()
            except ImportError:  # a viewer that lost its libraries
                continue
            found = draw(self)
            if found is not None:
                return found
        return None
