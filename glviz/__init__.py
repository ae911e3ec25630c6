"""glviz: a desktop viewer for loss landscapes. See README.md for the map of the house."""

from __future__ import annotations


def __getattr__(name: str) -> str:
    """``__version__``, looked up when asked for: finding the package's metadata takes 25 ms.

    Raises:
        AttributeError: any other name.
    """
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("glviz")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0+unknown"
