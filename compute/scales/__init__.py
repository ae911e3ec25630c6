"""Scales, levels and ticks, the same for figures on paper and for the viewer. numpy only."""

from compute.scales.levels import MOST_LEVELS, emphasised, iso_levels, parse_levels, stepped_levels
from compute.scales.scale import KINDS, Scale, ScaleKind, choose_scale
from compute.scales.ticks import (
    MINUS,
    Tick,
    digits_for,
    fitted_ticks,
    format_apart,
    format_value,
    raised_runs,
    ticks,
)

__all__ = [
    "KINDS",
    "MINUS",
    "MOST_LEVELS",
    "Scale",
    "ScaleKind",
    "Tick",
    "choose_scale",
    "digits_for",
    "emphasised",
    "fitted_ticks",
    "format_apart",
    "format_value",
    "iso_levels",
    "parse_levels",
    "raised_runs",
    "stepped_levels",
    "ticks",
]
