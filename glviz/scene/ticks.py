"""The ticks of axes and bars, and how numbers are written: as in figures for papers."""

from compute.scales.ticks import MINUS, Tick, format_value, multiples, nice_step, ticks

__all__ = ["MINUS", "Tick", "format_value", "multiples", "nice_step", "ticks"]
