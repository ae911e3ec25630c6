"""A click on a surface pins a label there; a click on a label takes it away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glviz.scene.pins import MOST_PINS, parse_pins, pins_text
from glviz.ui.pin_labels import PinLabel, label_at
from glviz.ui.readout import Probe
from glviz.ui.state import State

__all__ = ["clicked", "unpinned"]

_REACH_PX = 9.0


def clicked(
    state: State, probe: Probe | None, labels: Sequence[PinLabel], pointer: tuple[float, float]
) -> State:
    """The state after a click.

    Args:
        state: before.
        probe: the point of a surface under the pointer.
        labels: those that are drawn.
        pointer: where the mouse is.
    """
    places = list(parse_pins(state.settings.pins))
    number = label_at(labels, *pointer, _REACH_PX)
    if number is not None:
        del places[number]
    elif probe is not None and probe.on_surface:
        places = [*places, (probe.x, probe.y)][-MOST_PINS:]
    else:
        return state
    return _with(state, pins_text(places))


def unpinned(state: State) -> State:
    """The state without any pins."""
    return _with(state, "")


def _with(state: State, text: str) -> State:
    return replace(state, settings=replace(state.settings, pins=text))
