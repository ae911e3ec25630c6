"""Where the shaders and the sample surfaces are: in the installed package, or in the checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["sample_dir", "samples", "shader_dir"]

_PACKAGE = Path(__file__).resolve().parent


def _find(name: str) -> Path:
    """The folder ``name`` inside the package (a wheel), else beside it (a checkout)."""
    for folder in (_PACKAGE / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f"looking for glviz's {name}: neither {_PACKAGE / name} nor {_PACKAGE.parent / name} is there; "
        "the installation is incomplete, install glviz again"
    )


def shader_dir() -> Path:
    """The folder of the GLSL programs; shared pieces are in ``include`` under it.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    return _find("shaders")


def sample_dir() -> Path:
    """The folder of the sample surfaces; its README.md has the command behind each.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    return _find("data")


def samples() -> dict[str, Path]:
    """The sample surfaces by name (file name without extension), in alphabetical order.

    Raises:
        FileNotFoundError: the installation is incomplete.
    """
    return {path.stem: path for path in sorted(sample_dir().glob("*.ply"))}
