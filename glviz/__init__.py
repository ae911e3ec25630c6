"""glviz: a desktop viewer for loss landscapes. See README.md for the map of the house."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("glviz")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
