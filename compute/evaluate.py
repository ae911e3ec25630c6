"""Values of a metric at points theta* + sum of coefficient * direction.

Here is the one place that moves a model.

Every point is set from the saved theta*, never from the point before (adding and subtracting
steps drifts), in evaluation mode, on the same samples. The model itself is not written to: it
computes with a copy of its parameters for the time of a run, and is as before on every way out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch import Tensor, nn

from compute.directions.direction import Direction
from compute.errors import ArgumentError, EvaluationError, GuidedError
from compute.evaluators import PLAIN, Choice, choose
from compute.evaluators.precision import full_precision
from compute.evaluators.threads import faster_threads, threads_restored
from compute.files.ply.dialect import valid_name
from compute.metrics import AnyMetric, BoundMetric, as_metric
from compute.model.batchnorm import Interpolated, statistics_names
from compute.model.parameters import parameter_slots
from compute.model.recomputed import Recomputed
from compute.model.working_copy import WorkingCopy, put_back, restored

__all__ = ["Evaluator", "evaluator"]

Progress = Callable[[int, int], None]

# How far further metrics may differ between two evaluations of one point, relatively: they may be
# the results of iterations, such as eigenvalues, but a new draw of samples is told from those.
OTHERS_AGREE = 1e-3

# Points of a run for which it pays to find out how many threads are best.
WORTH_TIMING = 64


class Evaluator:
    """A metric at points around one model; made by :func:`evaluator`.

    Attributes:
        bn: where normalisation statistics come from, one of ``compute.model.batchnorm.MODES``.
        device, dtype: of the model's first floating parameter.
    """

    def __init__(
        self,
        model: nn.Module,
        bound: BoundMetric,
        copy: WorkingCopy,
        buffers: Mapping[str, Tensor],
        *,
        bn: str = "frozen",
        statistics: Interpolated | Recomputed | None = None,
        directions: Sequence[Mapping[str, Tensor]] = (),
        channels_last: bool = False,
    ) -> None:
        self._model, self._bound, self._copy = model, bound, copy
        self._buffers, self._at_home = buffers, {name: b.detach().clone() for name, b in buffers.items()}
        self.bn, self._statistics = bn, statistics
        self._directions, self._channels_last = directions, channels_last
        self._choice = Choice(None)
        first = copy.slots[0].parameters[0]
        self.device, self.dtype = first.device, first.dtype

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the results should be told, one sentence each."""
        statistics = self._statistics.notes if self._statistics else ()
        return self._bound.notes + statistics + self._choice.notes

    @property
    def method(self) -> dict[str, Any]:
        """How points are evaluated, for metadata."""
        facts: dict[str, Any] = {"evaluator": self._choice.method}
        if self._choice.error is not None:
            facts["evaluator_error"] = self._choice.error
        return facts | {"threads": torch.get_num_threads()}

    @torch.no_grad()
    def at(self, *coefficients: float) -> dict[str, float]:
        """The values at theta* + sum of coefficient * direction, the height first."""
        self._copy.move(coefficients)
        if self._statistics is not None:
            self._statistics(coefficients)
        return self._bound()

    @torch.no_grad()
    def prepare(self, points: Sequence[Sequence[float]]) -> None:
        """Choose how :meth:`each` evaluates, for a run of these points.

        Faster ways than :meth:`at` are held against a float64 loop at a few of the points, and not
        used where they differ: ``notes`` and ``method`` say so.

        Args:
            points: all points of the run, as coefficients. Who divides a run gives all of them to
                each part, so that every part chooses alike.
        """
        if not points:
            return
        if self._statistics is None:
            self._choice = choose(
                self._model,
                self._bound,
                self._copy.slots,
                self._directions,
                self._copy.move,
                points,
                channels_last=self._channels_last,
            )
        else:
            self._choice = Choice(None, f"{PLAIN} (BatchNorm statistics change)")
        rung, first = self._choice.rung, points[0]
        if self.device.type == "cpu" and len(points) >= WORTH_TIMING:
            with suppress(Exception):  # told of at the point itself
                faster_threads(lambda: self.at(*first) if rung is None else rung(points[: rung.points]))

    @property
    def tile(self) -> int:
        """How many points :meth:`each` should be given at a time; the same wherever the run goes on."""
        return self._choice.rung.tile if self._choice.rung is not None else 1

    def each(self, points: Sequence[Sequence[float]]) -> Iterator[dict[str, float] | Exception]:
        """The values at each point in order, or what the metric raised there.

        Args:
            points: coefficients, as for :meth:`at`.
        """
        rung, start = self._choice.rung, 0
        while start < len(points):
            rows = points[start : start + (rung.points if rung is not None else 1)]
            found: Sequence[dict[str, float] | None] = [None] * len(rows)
            if rung is not None:
                # What fails, or is not finite, is for the plain loop to say.
                with suppress(Exception), torch.no_grad():
                    found = [v if all(map(math.isfinite, v.values())) else None for v in rung(rows)]
            for row, values in zip(rows, found, strict=True):
                try:
                    yield self.at(*row) if values is None else values
                except Exception as error:
                    yield error
            start += len(rows)

    @torch.no_grad()
    def at_checkpoint(self, state: Mapping[str, Tensor]) -> dict[str, float]:
        """The values of a checkpoint with its own parameters and, where it has them, buffers.

        Its statistics are its own, however those of the plane are chosen: this is its true loss.

        Args:
            state: all its parameters by name, and any buffers.

        Raises:
            ArgumentError: a buffer of another shape.
        """
        self._copy.load(state)
        self._go_home()
        for name, buffer in self._buffers.items():
            if name in state and state[name].shape != buffer.shape:
                raise ArgumentError(
                    "evaluating a checkpoint",
                    f"its {name} has the shape {tuple(state[name].shape)}, not {tuple(buffer.shape)}",
                    "Use the model that it was made from.",
                )
            if name in state:
                put_back(buffer, state[name])
        try:
            return self._bound()
        finally:
            self._go_home()

    @torch.no_grad()
    def own(self, directions: int) -> dict[str, float]:
        """The model's own values, with its own statistics, however those of the plane are chosen.

        Args:
            directions: how many coefficients :meth:`at` takes.
        """
        self._copy.move((0.0,) * directions)
        self._go_home()
        return self._bound()

    def _go_home(self) -> None:
        """Put the model's own buffers back."""
        for name, buffer in self._buffers.items():
            put_back(buffer, self._at_home[name])

    def centre(self, directions: int, *, twice: bool = True) -> dict[str, float]:
        """The model's own values, measured twice to see that they can be relied on.

        Args:
            directions: how many coefficients :meth:`at` takes.
            twice: False to measure once.

        Raises:
            EvaluationError: the metric fails there, or the second value differs from the first.
            GuidedError: the metric's own, as it is.
        """
        origin = (0.0,) * directions
        doing = "evaluating the model itself, before the run"
        try:
            values = self.at(*origin)
            again = self.at(*origin) if twice else values
        except GuidedError:
            raise
        except Exception as error:
            raise EvaluationError(
                doing,
                f"{type(error).__name__}: {error}",
                "Check that the model takes these inputs and the loss these outputs and targets.",
            ) from error
        _check_names(values)
        for name, first in values.items():
            second = again.get(name, math.nan)
            # Reductions on a GPU may be ordered differently each time: rounding is allowed.
            allowed = 64 * torch.finfo(self.dtype).eps if name == "loss" else OTHERS_AGREE
            same = first == second or (math.isnan(first) and math.isnan(second))
            if not same and not abs(first - second) <= allowed * max(abs(first), abs(second)):
                of = "" if name == "loss" else f" as {name}"
                raise EvaluationError(
                    doing,
                    f"the same point gave {first:.9g} and then {second:.9g}{of}",
                    "Make it deterministic: look for dropout that is active in evaluation mode, random "
                    "augmentation or shuffling inside the metric, noise in the forward pass.",
                )
        return values


def _check_names(names: Iterable[str]) -> None:
    """Refuse, before hours of work, a name that no file could hold afterwards."""
    for name in names:
        if not valid_name(name) or name == "z":
            raise ArgumentError(
                "measuring the model",
                f"a value is called {name!r}",
                "Choose a name of ASCII letters without blanks, other than x, y, z and status.",
            )


@contextmanager
def evaluator(
    model: nn.Module,
    metric: AnyMetric,
    directions: Sequence[Direction] = (),
    *,
    bn: str = "frozen",
) -> Iterator[Evaluator]:
    """Make the model ready to be moved; it is as before when the block ends, however it ends.

    Args:
        model: at theta*, in any mode: it is evaluated in evaluation mode.
        metric: a ``compute.Loss``, or a function of the model.
        directions: those that :meth:`Evaluator.at` takes coefficients for.
        bn: where normalisation statistics come from, as :func:`compute.model.batchnorm.choose_mode` says.

    Raises:
        ArgumentError: a direction of another model, or data that do not fit the metric.
        EvaluationError: the model or the loss fails on the first batch.
        GuidedError: the metric's own, as it is.
    """
    metric = as_metric(metric)
    slots = parameter_slots(model)
    for direction in directions:
        direction.check(slots)
    tensors = [direction.tensors for direction in directions]
    with restored(model, moved=True), threads_restored(), full_precision(), torch.no_grad():
        model.eval()
        bound, channels_last = None, False
        if _prefers_channels_last(model):
            copy = WorkingCopy(slots, tensors, channels_last=True)
            with suppress(RuntimeError):  # e.g. of x.view(n, -1), which needs the other order
                bound = metric.bind(model, channels_last=True)
                channels_last = True
            if not channels_last:
                copy.release()
                del copy
        if bound is None:
            copy = WorkingCopy(slots, tensors)
            try:
                bound = metric.bind(model)
            except GuidedError:
                raise
            except Exception as error:
                raise EvaluationError(
                    "evaluating the model on the first batch",
                    f"{type(error).__name__}: {error}",
                    "Check that the model takes these inputs and the loss these outputs and targets.",
                ) from error
        buffers = dict(model.named_buffers())
        statistics: Interpolated | Recomputed | None = None
        names = statistics_names(model)
        if bn == "interpolate" and names:
            statistics = Interpolated(buffers, names, directions)
        elif bn == "recompute" and names:
            statistics = Recomputed(model, getattr(bound, "input_batches", ()))
        yield Evaluator(
            model,
            bound,
            copy,
            buffers,
            bn=bn,
            statistics=statistics,
            directions=tensors,
            channels_last=channels_last,
        )


def _prefers_channels_last(model: nn.Module) -> bool:
    """Whether 2-D convolutions on this device are faster with the channels innermost.

    Measured for ResNet-56 on a CPU in fp32: 2.6 ms an image against 4.9 (batches of 64). In fp64
    there are no such kernels.
    """
    convolutions = [m for m in model.modules() if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d))]
    return bool(convolutions) and all(
        m.weight.device.type == "cpu" and m.weight.dtype == torch.float32 for m in convolutions
    )
