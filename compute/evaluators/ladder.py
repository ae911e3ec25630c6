"""Which evaluator a run uses: the fastest that is for its network and proves itself on it.

    stacked   perceptrons: several points at once
    loop, first layer shared, BatchNorm folded    anything that can be written down as a graph
    plain loop    everything; what the others are held against

They are for losses over samples; a metric that is made of several has its values put together from
theirs (``joined``). Before a run a faster one is compared with a plain loop in float64 at a few points
of the grid, each loss with its own. If it is off by more than fp32 has to be, it is not used, and the
result says so.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from compute.evaluators.joined import Joined, LossRung, parts
from compute.evaluators.stacked import Stacked
from compute.evaluators.tiled import Tiled
from compute.evaluators.traced import Unsuitable, trace
from compute.metrics.loss import BoundLoss, Loss
from compute.metrics.protocol import BoundMetric
from compute.model.parameters import ParameterSlot
from compute.runs.order import GridPoints

__all__ = ["PLAIN", "Choice", "choose"]

PLAIN = "plain loop"

# Largest relative error of a loss, of its standard error, and the part of the samples that may be
# classified otherwise (those between two classes).
ERROR, STDERR_ERROR, FLIPPED = 2e-6, 1e-4, 1e-3
# Where fp32 itself is no better, as for losses near 0: this many times the plain loop's own error.
AS_GOOD = 1.5
# Points of a grid for each that is checked; at most this many are; larger networks are left alone,
# for which what an evaluator prepares would be many copies, and normalisation is a small part of the work.
POINTS_A_CHECK, CHECKS, PARAMETERS = 32, 3, 2**22
# Where one point takes longer than so many seconds, the check is made with so many samples.
CHECK_S, CHECK_SAMPLES = 0.2, 96


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        rung: None for the plain loop.
        method: for metadata.
        error: largest relative difference from the float64 loop that was seen; None if unchecked.
        notes: what a reader of the result should be told.
    """

    rung: Joined | None
    method: str = PLAIN
    error: float | None = None
    notes: tuple[str, ...] = ()


@torch.no_grad()
def choose(
    model: nn.Module,
    bound: object,
    slots: Sequence[ParameterSlot],
    directions: Sequence[Mapping[str, Tensor]],
    move: Callable[[Sequence[float]], None],
    points: Sequence[Sequence[float]],
    *,
    channels_last: bool = False,
) -> Choice:
    """The evaluator for a run.

    Args:
        model: at theta*, in evaluation mode, with frozen statistics.
        bound: its metric.
        slots: its parameters.
        directions: their tensors by slot name.
        move: takes the model's parameters to a point.
        points: all that are to be evaluated, as coefficients.
        channels_last: how the model and its samples lie in memory.
    """
    losses = parts(bound)
    reason = _out_of_question(losses, slots, directions, len(points))
    if reason:
        return Choice(None, f"{PLAIN} ({reason})")
    reach = (
        points.reach
        if isinstance(points, GridPoints)
        else [max(map(abs, c)) for c in zip(*points, strict=True)]
    )

    def tiled(losses: Sequence[BoundLoss]) -> LossRung:
        return Tiled(trace(model, slots, directions), losses, reach, channels_last=channels_last)

    def stacked(losses: Sequence[BoundLoss]) -> LossRung:
        return Stacked(trace(model, slots, directions), losses)

    notes: tuple[str, ...] = ()
    checked = _for_check(model, losses, channels_last)
    for make in (stacked, tiled):
        try:
            move((0.0,) * len(directions))
            fast = make(losses)
            rung = Joined(bound, fast, directions, move)
            trial = fast if checked is losses else make(checked)
            seen, allowed = _errors(model, checked, slots, move, trial, directions, _some(points))
        except Unsuitable as unsuitable:
            reason = str(unsuitable)
            continue
        except Exception as failure:  # nothing that is there to save time may cost a run
            reason = f"a faster one failed: {type(failure).__name__}"
            notes += (f"A faster evaluator failed, and was not used ({type(failure).__name__}: {failure}).",)
            continue
        if seen <= allowed:
            return Choice(rung, rung.method, seen, notes)
        reason = f"{fast.method}: off by {seen:.1e}"
        notes += (f"A faster evaluator ({fast.method}) was not used: it is {seen:.1e} off a float64 loop.",)
    return Choice(None, f"{PLAIN} ({reason})", notes=notes)


def _out_of_question(
    losses: Sequence[BoundLoss], slots: Sequence[ParameterSlot], directions: Sequence[object], points: int
) -> str:
    """Why nothing but the plain loop can be used; empty where something may."""
    if not losses:
        return "nothing in the metric is a loss of one number a sample of the model's output"
    if points < POINTS_A_CHECK or not directions:
        return "few points"
    tensors = [slot.parameters[0] for slot in slots]
    if any(len(slot.parameters) > 1 for slot in slots):
        return "its layers share parameters"
    kinds = {(t.dtype, t.device) for t in tensors}
    if len(kinds) > 1 or tensors[0].dtype not in (torch.float32, torch.float64):
        return "its parameters are not all fp32 or fp64 on one device"
    if tensors[0].device.type not in ("cpu", "cuda"):
        return f"a device of type {tensors[0].device.type}"
    if sum(t.numel() for t in tensors) > PARAMETERS:
        return "a large network"
    return ""


def _for_check(model: nn.Module, losses: list[BoundLoss], channels_last: bool) -> list[BoundLoss]:
    """The losses over as many of their samples as may be computed in float64 for the check."""
    started = time.perf_counter()
    for bound in losses:
        bound()
    if time.perf_counter() - started < CHECK_S:
        return losses
    fewer = [_fewer(model, bound, channels_last) for bound in losses]
    return losses if all(a is b for a, b in zip(fewer, losses, strict=True)) else fewer


def _fewer(model: nn.Module, bound: BoundLoss, channels_last: bool) -> BoundLoss:
    loss = bound.loss
    if loss.count <= CHECK_SAMPLES or not isinstance(loss.inputs, Tensor):
        return bound
    part = Loss(
        loss.function.function,
        loss.inputs[:CHECK_SAMPLES],
        loss.targets[:CHECK_SAMPLES],
        batch_size=loss.batch_size,
    )
    return BoundLoss(part, model, channels_last)


def _some(points: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    """The points to check at: the last one, usually the farthest out, and others between."""
    count = min(CHECKS, len(points) // POINTS_A_CHECK)
    return [points[(len(points) - 1) * (k + 1) // count] for k in range(count)]


def _errors(
    model: nn.Module,
    losses: Sequence[BoundLoss],
    slots: Sequence[ParameterSlot],
    move: Callable[[Sequence[float]], None],
    rung: LossRung,
    directions: Sequence[Mapping[str, Tensor]],
    points: Sequence[Sequence[float]],
) -> tuple[float, float]:
    """The largest relative error of a loss against a float64 loop, and what is allowed.

    The allowance is 0, which nothing meets, where the other values are off.
    """
    exact = copy.deepcopy(model).double()
    for parameter in exact.parameters():
        parameter.data = parameter.data.contiguous()
    references = [_in_double(bound.loss, exact) for bound in losses]
    moving = dict(exact.named_parameters())
    home = {name: parameter.detach().clone() for name, parameter in moving.items()}
    seen, allowed = 0.0, ERROR
    for row, found in zip(points, _all(rung, points), strict=True):
        for slot in slots:
            value = home[slot.name]
            for coefficient, direction in zip(row, directions, strict=True):
                value = value + coefficient * direction[slot.name].to(value.device, torch.float64)
            moving[slot.name].copy_(value)
        for bound, reference, fast in zip(losses, references, found, strict=True):
            true = reference()
            if fast.keys() != true.keys():
                return math.inf, 0.0
            if not math.isfinite(true["loss"]):
                continue
            error = _relative(fast["loss"], true["loss"])
            if error > ERROR:
                move(row)
                allowed = max(allowed, AS_GOOD * _relative(bound()["loss"], true["loss"]))
            seen = max(seen, error)
            flipped = abs(fast.get("accuracy", 0.0) - true.get("accuracy", 0.0))
            stderr = _relative(fast["loss_stderr"], true["loss_stderr"])
            if flipped > max(FLIPPED, 2.5 / bound.loss.count) or stderr > STDERR_ERROR + seen:
                return max(seen, flipped, stderr), 0.0
    return seen, allowed


def _in_double(loss: Loss, exact: nn.Module) -> BoundMetric:
    loss = copy.copy(loss)
    loss.function = loss.function.to(torch.float64)
    return loss.bind(exact)


def _all(rung: LossRung, points: Sequence[Sequence[float]]) -> list[tuple[dict[str, float], ...]]:
    return [v for k in range(0, len(points), rung.points) for v in rung(points[k : k + rung.points])]


def _relative(value: float, true: float) -> float:
    if value == true or (math.isnan(value) and math.isnan(true)):
        return 0.0
    error = abs(value - true) / abs(true) if true else math.inf
    return error if math.isfinite(error) else math.inf
