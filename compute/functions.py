"""Landscapes of any function of one flat vector: a loss in JAX, scikit-learn, or plain numpy.

    f(x, y) = loss(theta + x d1 + y d2)

Numpy only; neither torch nor the framework that computes the loss is imported here.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from compute.errors import ArgumentError, EvaluationError, GuidedError
from compute.runs import Run, RunLike, Sampling, as_run
from compute.runs.grid import AxisSpec, Record, axis_values
from compute.runs.identity import axis_words, checksum, checksums
from compute.runs.recorded import (
    Progress,
    as_curve,
    as_surface,
    json_number,
    json_values,
    parallel_note,
    program_and_time,
    reporter,
)
from compute.surface import Curve, Surface
from compute.workers.outcome import Outcome, outcome

__all__ = ["function_line", "function_plane"]

Floats = NDArray[np.float64]
Function = Callable[[Floats], Any]

# How far two evaluations of one point may differ, relatively: rounding of a float32 computation
# whose sums are ordered differently each time.
AGREEMENT = 1e-5


def function_plane(
    f: Function,
    theta: ArrayLike,
    d1: ArrayLike,
    d2: ArrayLike,
    *,
    x: AxisSpec = (-1, 1, 51),
    y: AxisSpec = (-1, 1, 51),
    meta: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    run: RunLike = None,
) -> Surface:
    """A loss on the plane through a point of parameter space that two directions span.

    Args:
        f: the loss as a function of a (P,) float64 array of its own: one number, or several by
            name with "loss" among them. It should see the same samples each time.
        theta: (P,) the centre of the plane, as a rule trained parameters.
        d1: (P,) direction of x; see :func:`compute.array_direction` for filter-normalised ones.
        d2: (P,) direction of y.
        x: (first, last, count) of the coefficients of d1, both ends inclusive.
        y: the same for d2.
        meta: further facts for the surface's metadata, JSON-like.
        progress: called with (points done, points in all) after each point.
        run: the path of the file that it is kept in while it is computed, or a ``compute.Run``.

    Returns:
        loss and any further values as (ny, nx) float64. Points at which the loss is not finite, or
        at which f raised, are kept as such.

    Raises:
        ArgumentError: an axis that is none, or vectors that are not of one length, finite and real.
        EvaluationError: f fails at theta, or gives another value each time.
    """
    xs, ys = axis_values("x", x), axis_values("y", y)
    measured = _Measured(f, theta, (d1, d2), progress)
    facts = {**measured.provenance(), **(meta or {})}

    def build(x: Floats, y: Floats | None, record: Record) -> Surface:
        return as_surface(x, ys if y is None else y, record, facts, parallel_note(measured.cosine))

    with as_run(run) as kept:
        return kept.deliver(build(xs, ys, measured.grid(kept, xs, ys, build)))


def function_line(
    f: Function,
    theta: ArrayLike,
    d: ArrayLike,
    *,
    x: AxisSpec = (-1, 1, 401),
    meta: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    run: RunLike = None,
) -> Curve:
    """A loss along one direction from a point of parameter space.

    Args:
        f: as for :func:`function_plane`.
        theta: (P,) the point of coefficient 0.
        d: (P,) the direction; the difference to another solution puts that at 1.
        x: (first, last, count) of the coefficients, both ends inclusive.
        meta: further facts for the curve's metadata, JSON-like.
        progress: called with (points done, points in all) after each point.
        run: the path of the file that it is kept in while it is computed, or a ``compute.Run``.

    Returns:
        loss and any further values as (n,) float64.

    Raises:
        ArgumentError: an axis that is none, or vectors that are not of one length, finite and real.
        EvaluationError: f fails at theta, or gives another value each time.
    """
    xs = axis_values("x", x)
    measured = _Measured(f, theta, (d,), progress)
    facts = {**measured.provenance(), **(meta or {})}

    def build(x: Floats, y: Floats | None, record: Record) -> Curve:
        return as_curve(x, record, facts, ())

    with as_run(run) as kept:
        return kept.deliver(build(xs, None, measured.grid(kept, xs, None, build)))


class _Measured:
    """A function at points around theta, tried at theta itself first."""

    def __init__(
        self,
        f: Function,
        theta: ArrayLike,
        directions: tuple[ArrayLike, ...],
        progress: Progress | None,
    ) -> None:
        if not callable(f):
            raise ArgumentError(
                "choosing the loss", f"a {type(f).__name__} cannot be called", "Give a function of a vector."
            )
        self._f, self._progress = f, progress
        self._theta = _vector("theta", theta)
        self._directions = [_vector(f"direction {n}", d) for n, d in enumerate(directions, start=1)]
        for number, direction in enumerate(self._directions, start=1):
            if direction.shape != self._theta.shape:
                raise ArgumentError(
                    "moving theta along a direction",
                    f"theta has {self._theta.size} numbers and direction {number} has {direction.size}",
                    "Flatten both the same way, e.g. with compute.flatten_arrays.",
                )
        self._centre = self._try()

    def at(self, *coefficients: float) -> dict[str, float]:
        """The values at theta + sum of coefficient * direction, from theta each time."""
        point = self._theta.copy()  # f may write to it
        for coefficient, direction in zip(coefficients, self._directions, strict=True):
            point += coefficient * direction
        result = self._f(point)
        if not isinstance(result, Mapping):
            return {"loss": _number(result)}
        if "loss" not in result:
            raise ArgumentError(
                "measuring the loss",
                f"the function returned {', '.join(map(str, result)) or 'nothing'}, but no 'loss'",
                "Return a number, or a mapping with the height under 'loss'.",
            )
        return {"loss": _number(result["loss"])} | {
            str(name): _number(value) for name, value in result.items() if name != "loss"
        }

    def grid(self, run: Run, x: Floats, y: Floats | None, build: Callable[..., Surface | Curve]) -> Record:
        """The values at every (x, y), or at every x, where theta gave any."""
        what = Sampling(
            measure=lambda points: [self._outcome(point) for point in points],
            x=x,
            y=y,
            names=list(self._centre),
            identity=lambda: self._identity(x, y),
            build=build,
        )
        return run.sample(what, reporter(self._progress, lambda: run.total))

    def _outcome(self, point: Sequence[float]) -> Outcome:
        try:
            return self.at(*point)
        except Exception as error:  # one point of many: the others are still worth having
            return outcome(error)

    def _identity(self, x: Floats, y: Floats | None) -> dict[str, Any]:
        data, how = checksums(self._f)
        return {
            "parameters": checksum(self._theta),
            "directions": checksum(self._directions),
            "data": data,
            "function": how,
            "x axis": axis_words(x),
            "y axis": axis_words(y) if y is not None else "none",
            "version of the program": program_and_time()["program"],
            "version of Python": ".".join(platform.python_version_tuple()[:2]),
            "centre": json_values(self._centre),
        }

    @property
    def cosine(self) -> float:
        """Of the angle between two directions; NaN where there is one, or one without length."""
        lengths = [float(np.linalg.norm(direction)) for direction in self._directions]
        if len(lengths) != 2 or not all(lengths):
            return math.nan
        first, second = (d / length for d, length in zip(self._directions, lengths, strict=True))
        return float(first @ second)

    def provenance(self) -> dict[str, Any]:
        """What made a landscape, JSON-like."""
        lengths = [float(np.linalg.norm(direction)) for direction in self._directions]
        facts: dict[str, Any] = {
            **program_and_time(),
            "metric": getattr(self._f, "__name__", type(self._f).__name__),
            "parameters": self._theta.size,
            "directions": "given",
            "direction_norms": [json_number(length) for length in lengths],
            "centre": json_values(self._centre),
            "precision": "float64 parameters",
        }
        if np.isfinite(self.cosine):
            facts["cosine"] = self.cosine
        return facts

    def _try(self) -> dict[str, float]:
        doing, origin = "evaluating the function at theta, before the run", (0.0,) * len(self._directions)
        try:
            first, second = self.at(*origin), self.at(*origin)
        except GuidedError:
            raise
        except Exception as error:
            raise EvaluationError(
                doing, f"{type(error).__name__}: {error}", "Check that it takes a flat vector of parameters."
            ) from error
        for name, value in first.items():
            again = second.get(name, math.nan)
            same = value == again or (math.isnan(value) and math.isnan(again))
            if not same and not abs(value - again) <= AGREEMENT * max(abs(value), abs(again)):
                raise EvaluationError(
                    doing,
                    f"the same point gave {value:.9g} and then {again:.9g} as {name}",
                    "Make it deterministic: the same samples in each call, no dropout, one random key.",
                )
        return first


def _vector(what: str, values: ArrayLike) -> Floats:
    try:
        vector = np.array(values, np.float64)
        good = vector.ndim == 1 and vector.size > 0 and bool(np.all(np.isfinite(vector)))
        found = f"its shape is {vector.shape}" if vector.ndim != 1 or not vector.size else "it is not finite"
    except (TypeError, ValueError):
        good, found = False, f"it is a {type(values).__name__} that is no array of real numbers"
    if not good:
        raise ArgumentError(
            f"reading {what}",
            found,
            "Give a flat vector of finite numbers, e.g. from compute.flatten_arrays.",
        )
    return vector


def _number(value: Any) -> float:
    """One number, of numpy or any framework, as a float.

    Raises:
        ArgumentError: it is something else, such as one loss a sample.
    """
    todo = "Return one number, such as the mean over samples."
    shape = np.shape(value)
    if math.prod(shape) != 1:
        raise ArgumentError("measuring the loss", f"the function returned an array of shape {shape}", todo)
    try:
        return float(np.reshape(value, ())) if shape else float(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            "measuring the loss", f"the function returned a {type(value).__name__}", todo
        ) from error
