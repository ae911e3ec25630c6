"""The picture that a surface shows of itself in a notebook (see ``compute/display.py``)."""

from __future__ import annotations

import io
import warnings
from typing import Any

from glviz.errors import ViewerError

__all__ = ["png"]

_SIZE, _FINER = (800, 500), 2.0


def png(data: Any) -> tuple[bytes, dict[str, int]] | None:
    """A PNG of a surface, curve or mesh, drawn fine and shown at half its size.

    Args:
        data: what shall show itself.

    Returns:
        The PNG and the size to show it at, as IPython takes it; None where nothing can be drawn, which
        is warned about.
    """
    from glviz.api import screenshot

    try:
        picture = screenshot(data, size=_SIZE, scale=_FINER)
    except (ViewerError, RuntimeError) as error:
        warnings.warn(f"no picture of this {type(data).__name__}: {error}", RuntimeWarning, stacklevel=2)
        return None
    made = io.BytesIO()
    picture.save(made, "PNG")
    return made.getvalue(), {"width": _SIZE[0], "height": _SIZE[1]}
