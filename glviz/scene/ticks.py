"""The ticks of axes and bars, and how numbers are written: as in figures for papers."""

from __future__ import annotations

import re

from compute.scales.ticks import MINUS, Tick, format_value, multiples, nice_step, ticks

__all__ = ["MINUS", "Tick", "format_value", "multiples", "nice_step", "raised_runs", "ticks"]

_RAISED = re.compile(r"\^([-\u2212+]?[0-9.]+)")


def raised_runs(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is raised: "10^-3" is written as it is in a paper."""
    pieces = _RAISED.split(text)
    return [(p.replace("-", MINUS) if i % 2 else p, i % 2 == 1) for i, p in enumerate(pieces) if p]
