"""ImGui by itself, for pictures: the compiled module without the package around it.

``import imgui_bundle`` takes 80 ms. Half of that is glfw, asyncio, ssl and helpers for
notebooks and for its other libraries, of which a picture without a window uses none.
Where the package is loaded already, or is loaded later for a window, this is its ``imgui``.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glviz.interrupts import deferred

__all__ = ["FONTS", "imgui"]

_PACKAGE, _COMPILED = "imgui_bundle", "imgui_bundle._imgui_bundle"


def _folder() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)  # of a package at the top: found, not imported
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {_PACKAGE!r}", name=_PACKAGE)
    return Path(spec.submodule_search_locations[0])


def _compiled(folder: Path) -> Any:
    if _COMPILED in sys.modules:
        return sys.modules[_COMPILED]
    spec = PathFinder.find_spec(_COMPILED, [str(folder)])
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {_COMPILED!r}", name=_COMPILED)
    module = importlib.util.module_from_spec(spec)
    sys.modules[_COMPILED] = module
    try:
        with deferred():
            spec.loader.exec_module(module)
    except ImportError:
        del sys.modules[_COMPILED]
        raise
    return module


_FOLDER = _folder()

FONTS = _FOLDER / "assets" / "fonts"
"""The fonts that come with imgui-bundle."""

if TYPE_CHECKING:
    from imgui_bundle import imgui
else:
    imgui = _compiled(_FOLDER).imgui
