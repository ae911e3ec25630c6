"""Any network that could be written down: folded, without what is the same at every point.

A tile of samples is taken through several points before the next one, so that what it needs is
still in the cache. Each point is computed by itself: its value does not depend on the others.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from compute.evaluators.folding import fold_normalisation, in_place
from compute.evaluators.fusing import fuse_convolutions
from compute.evaluators.pooling import faster_pooling
from compute.evaluators.pruning import drop_silent_channels
from compute.evaluators.splitting import Split, split
from compute.evaluators.tally import Tally
from compute.evaluators.traced import Traced, Unsuitable
from compute.metrics.loss import BoundLoss
from compute.model.parameters import parameter_slots
from compute.model.working_copy import WorkingCopy

__all__ = ["Tiled"]

# Bytes that may be kept of what does not depend on the point; with more it is not taken out.
KEPT = 2**27
# Points that a tile is taken through, where moving the parameters costs little beside a tile.
POINTS, LIGHT = 8, 2**22
# Seconds that a call should not take longer than.
LONG = 1.0


class Tiled:
    """Evaluates losses at several points.

    Attributes:
        method, points, tile: as for every rung; its points are fewer where a call takes long.

    Args:
        traced: the network, which is used up.
        bounds: the losses.
        reach: the largest absolute coefficient of each direction in the run.
        channels_last: lay weights and images out that way.

    Raises:
        Unsuitable: there is nothing to fold and nothing to share.
    """

    tile = 1

    def __init__(
        self,
        traced: Traced,
        bounds: Sequence[BoundLoss],
        reach: Sequence[float],
        *,
        channels_last: bool = False,
    ) -> None:
        self._bounds = bounds
        self._tiles = [(which, *batch) for which, bound in enumerate(bounds) for batch in bound.batches]
        samples = [inputs for _, _, _, inputs, _ in self._tiles]
        sample = samples[0]
        if not isinstance(sample, Tensor) or not all(isinstance(other, Tensor) for other in samples):
            raise Unsuitable("it takes more than one input")
        traced.shapes(sample)
        parts = []
        folded = fold_normalisation(traced)
        if folded:
            parts.append("BatchNorm folded")
        silent = drop_silent_channels(traced, reach)
        if silent:
            parts.append(f"{silent} silent channels left out")
        whole = split(traced)
        self._terms: list[list[list[Any]]] | None = None
        if any(whole.first) or len(list(whole.before.graph.nodes)) > 2:
            self._terms = _kept(whole, samples)
        if self._terms is not None:
            parts.append("first layer shared" if any(whole.first) else "what does not move computed once")
        if not parts:
            raise Unsuitable("there is nothing to fold and nothing to share")
        self.method = "loop, " + ", ".join(parts)
        if self._terms is not None:
            traced.module = whole.rest
        if channels_last:
            fuse_convolutions(traced.module)
        in_place(traced)
        if sample.device.type == "cpu":
            faster_pooling(traced)
        self._network = traced.module
        used = {name for name, _ in self._network.named_parameters()}
        self.points = 1
        self._copy: WorkingCopy | None = None
        if used:
            slots = parameter_slots(self._network)
            zero = {slot.name: slot.tensor.new_zeros(()).expand(slot.shape) for slot in slots}
            directions = [zero | {n: t for n, t in d.items() if n in used} for d in traced.directions]
            self._copy = WorkingCopy(slots, directions, channels_last=channels_last)
            size = sum(slot.shape.numel() for slot in slots)
            gpu = sample.device.type != "cpu"  # which is waited for at the end of each call
            self.points = POINTS if gpu or (self._terms is not None and size <= LIGHT) else 1
        else:
            self.points = POINTS

    def __call__(self, coefficients: Sequence[Sequence[float]]) -> list[tuple[dict[str, float], ...]]:
        """Each loss's values at theta* + sum of coefficient * direction, for each row of coefficients."""
        started = time.perf_counter()
        tallies = [Tally(bound, len(coefficients)) for bound in self._bounds]
        for tile, (which, start, stop, inputs, targets) in enumerate(self._tiles):
            for point, row in enumerate(coefficients):
                if self._copy is not None and (tile == 0 or len(coefficients) > 1):
                    self._copy.move(row)
                arguments: list[Any] = [inputs]
                if self._terms is not None:
                    arguments = [_combined(terms, row) for terms in self._terms[tile]]
                tallies[which].add(point, start, stop, self._network(*arguments), targets)
        values = list(zip(*(tally.values() for tally in tallies), strict=True))
        if time.perf_counter() - started > LONG and self.points > 1:
            self.points //= 2  # so that progress is told, and a run can be stopped
        return values


def _kept(whole: Split, samples: Sequence[Any]) -> list[list[list[Any]]] | None:
    """The terms of every tile, unless they are too many."""
    every = []
    kept = 0
    for inputs in samples:
        terms = whole.terms(inputs)
        sizes = (t.numel() * t.element_size() for value in terms for t in value if isinstance(t, Tensor))
        kept += sum(sizes)
        if kept > KEPT:
            return None
        every.append(terms)
    return every


def _combined(terms: list[Any], row: Sequence[float]) -> Any:
    """Z_0 + c_1 Z_1 + c_2 Z_2, a new tensor; a value that is passed on as it is."""
    value, moved = terms[0], False
    for coefficient, term in zip(row, terms[1:], strict=False):
        if term is not None:
            add = value.add_ if moved else value.add
            value, moved = add(term, alpha=coefficient), True
    return value
