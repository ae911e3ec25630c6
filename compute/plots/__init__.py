"""Figures for papers: curves and contour maps as PDF, SVG or PNG, paths as GIF or MP4. Needs matplotlib.

>>> from compute import load
>>> from compute.plots import Look, plot
>>> plot([load("a.ply"), load("b.ply")], "figure.pdf", Look(width=7.2, filled=True))  # doctest: +SKIP
"""

from compute.plots.drawing import FIGURES, FILM_LOOK, FILMS, check_figure, plot
from compute.plots.look import Look

__all__ = ["FIGURES", "FILMS", "FILM_LOOK", "Look", "check_figure", "plot"]
