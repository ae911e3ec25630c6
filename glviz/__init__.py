"""glviz: a desktop viewer for loss landscapes. See README.md for the map of the house.

From Python, ``glviz.show(surface)`` opens the window and ``glviz.screenshot(surface)`` draws a
picture. Nothing is imported before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glviz.api import screenshot, show

    __version__: str

__all__ = ["__version__", "screenshot", "show"]


def __getattr__(name: str) -> Any:
    """What is looked up when asked for: finding the package's version alone takes 25 ms.

    Raises:
        AttributeError: there is no such thing.
    """
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("glviz")
        except PackageNotFoundError:  # run from a checkout that was never installed
            return "0+unknown"
    if name in ("screenshot", "show"):
        from glviz import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
