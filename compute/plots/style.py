"""How figures look: sizes of a printed column, type that is embedded, colours that all eyes tell apart."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

from compute.errors import UsageError

__all__ = [
    "COLORS",
    "FAINT",
    "INK",
    "LOSS_COLOR",
    "RIGHT_COLOR",
    "WIDTHS",
    "required",
    "styled",
]

WIDTHS = {"single": 3.5, "double": 7.2}
"""Inches: a column, and two with the gap between, of the common two-column journals."""

INK = "#21242b"
FAINT = "#8a8f99"
# Okabe and Ito's palette (2008), which all kinds of colour vision tell apart.
LOSS_COLOR, RIGHT_COLOR = "#0b5aa2", "#c8401a"
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b38600", "#4d4d52")

_STYLE: dict[str, Any] = {
    # DejaVu comes with matplotlib, so that a figure is the same everywhere; in an SVG, whose text
    # stays text, the rest stand in for it where it is not installed.
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica", "Noto Sans CJK SC", "sans-serif"],
    "mathtext.fontset": "dejavusans",
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.minor.size": 1.6,
    "ytick.minor.size": 1.6,
    "axes.titlepad": 4.0,
    "axes.labelpad": 3.0,
    "axes.unicode_minus": True,
    "legend.frameon": False,
    "legend.handlelength": 1.9,
    "legend.columnspacing": 1.4,
    "legend.borderaxespad": 0.3,
    "hatch.linewidth": 0.4,
    "lines.dash_capstyle": "butt",
    "lines.dashed_pattern": (3.2, 1.6),
    # Type as TrueType outlines, which journals take and editors edit, and text as text.
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    # Else the names inside an SVG differ from run to run.
    "svg.hashsalt": "glviz",
    "savefig.pad_inches": 0.02,
}


@contextlib.contextmanager
def styled(font_size: float = 8.0) -> Iterator[None]:
    """Matplotlib in the style of these figures while the block runs, and as it was afterwards.

    Args:
        font_size: of labels, points; ticks and legends are a little smaller.

    Raises:
        UsageError: matplotlib is not installed.
    """
    matplotlib = required()
    small = 0.88 * font_size
    sizes = {"font.size": font_size, "axes.titlesize": font_size, "axes.labelsize": font_size}
    sizes |= {"xtick.labelsize": small, "ytick.labelsize": small, "legend.fontsize": small}
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A letter that no font here has is drawn as a box, which says so too.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcdefaults()  # whatever a matplotlibrc says: the same command, the same figure
        matplotlib.rcParams.update(_STYLE | sizes)
        yield


def required() -> Any:
    """The module matplotlib.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise UsageError(
            "drawing a figure",
            f"matplotlib is missing ({error})",
            'Install it: pip install "glviz[plot]"',
        ) from error
    return matplotlib
