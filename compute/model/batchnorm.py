"""The running statistics of normalisation layers, at points where they were not measured.

A BatchNorm layer in evaluation mode normalises by a mean and a variance that were measured while
training, for the parameters of that time. Three ways to choose them for another point:

``frozen``
    Those of the model, everywhere. Right on a plane around one model, whose surface is then that
    of the network as it would be used; wrong between two models, because the statistics of one
    say nothing about the activations of the other.

``interpolate``
    They move along with the parameters: s + x (s_1 - s) + y (s_2 - s) for the statistics s of the
    model and s_k of the model at the end of direction k; variances are kept at 0 or above.

``recompute``
    Measured anew at each point, from the samples of the metric (the first one that has samples).
    Each layer gets the mean and the population variance (divided by n) of its inputs over *all*
    samples, with the layers before it normalised in the same way. The value of the point is then
    what the network gives in training mode when the whole set is one batch; it depends on neither
    the batch size nor the momentum. (PyTorch would store the variance divided by n - 1, and a
    cumulative average over batches depends on how they are cut.) A layer that is called several
    times in one forward pass normalises each of these inputs by its own statistics while they are
    measured and keeps their average, which is PyTorch's cumulative average.

Dropout and everything else stays in evaluation mode, and ``num_batches_tracked`` as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from compute.errors import ArgumentError, nearest

__all__ = ["MODES", "Interpolated", "check_mode", "choose_mode", "statistics_names"]

MODES = ("frozen", "interpolate", "recompute")


class Leading(Protocol):
    """A direction, as far as it matters here."""

    @property
    def buffers(self) -> Mapping[str, Tensor] | None:
        """How the statistics of the model change along it, where it leads to another model."""


def statistics_names(model: nn.Module) -> list[str]:
    """Names of the buffers that BatchNorm layers normalise by."""
    return [
        f"{prefix}.{name}" if prefix else name
        for prefix, module in model.named_modules()
        if isinstance(module, _NormBase) and module.running_mean is not None
        for name in ("running_mean", "running_var")
    ]


def choose_mode(
    bn: str | None, model: nn.Module, directions: Sequence[Leading], *, samples: bool
) -> tuple[str, tuple[str, ...]]:
    """The mode to use, and what a reader of the result should be told about the choice.

    Args:
        bn: one of ``MODES``; None takes "frozen" around one model and "recompute" where a direction
            leads to another model.
        model: at theta*.
        directions: those of the line or plane.
        samples: whether the metric has samples to measure statistics from.

    Raises:
        ArgumentError: an unknown mode, or one for which something is missing.
    """
    check_mode(bn)
    doing = "choosing the BatchNorm statistics"
    names = statistics_names(model)
    if not names:
        return "frozen", ()
    several = any(direction.buffers is not None for direction in directions)
    movable = several and all(
        direction.buffers is not None and all(name in direction.buffers for name in names)
        for direction in directions
    )
    if bn == "interpolate" and not movable:
        raise ArgumentError(
            doing,
            "the checkpoints lack BatchNorm statistics"
            if several
            else "there is one model only, and so nothing to interpolate to",
            "Choose bn='frozen' or bn='recompute'.",
        )
    if bn == "recompute" and not samples:
        raise ArgumentError(
            doing,
            "the metric is a function, which has no samples to measure them from",
            "Give a compute.Loss, alone or beside the function, or choose another bn.",
        )
    frozen = "BatchNorm statistics are those of the model everywhere: away from it they are wrong."
    if bn is not None:
        return bn, (frozen,) if bn == "frozen" and several else ()
    if not several:
        return "frozen", ()
    if samples:
        return "recompute", ()
    if movable:
        return "interpolate", (
            "BatchNorm statistics are interpolated: the metric has no samples to measure them from.",
        )
    return "frozen", (frozen,)


def check_mode(bn: str | None) -> None:
    """Make sure that there is such a mode.

    Raises:
        ArgumentError: there is none.
    """
    if bn is not None and bn not in MODES:
        hint = nearest(str(bn), MODES)
        raise ArgumentError(
            "choosing the BatchNorm statistics", f"bn is {bn!r}", f"{hint}Choose one of: {', '.join(MODES)}."
        )


class Interpolated:
    """Statistics that move along with the parameters.

    Args:
        buffers: the model's, at theta*; written to.
        names: of the statistics among them.
        directions: with their own ``buffers``.
    """

    def __init__(
        self, buffers: Mapping[str, Tensor], names: Sequence[str], directions: Sequence[Leading]
    ) -> None:
        self._moved = [
            (
                buffers[name],
                buffers[name].detach().clone(),
                [d.buffers[name].to(buffers[name]) for d in directions],  # type: ignore[index]
                name.endswith("running_var"),
            )
            for name in names
        ]
        self._points_clamped = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Where the extrapolation left the range of variances."""
        if not self._points_clamped:
            return ()
        return (
            f"At {self._points_clamped} points extrapolated BatchNorm variances were negative, and set to 0.",
        )

    def __call__(self, coefficients: Sequence[float]) -> None:
        """Set the statistics for the point of these coefficients."""
        clamped = False
        for buffer, home, offsets, is_variance in self._moved:
            value = home
            for coefficient, offset in zip(coefficients, offsets, strict=True):
                value = value + coefficient * offset
            if is_variance:
                clamped |= bool((value < 0).any())
                value = value.clamp(min=0)
            buffer.copy_(value)
        self._points_clamped += clamped
