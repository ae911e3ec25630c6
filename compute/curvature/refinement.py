"""Critical points of a surface made exact where the model is at hand: Newton's method in the plane.

On the plane theta* + alpha delta + beta eta the loss has the gradient and the Hessian

    g = (<delta, grad L>, <eta, grad L>)      H = [<delta, A delta>  <delta, A eta>]
                                                  [<eta, A delta>    <eta, A eta>  ]

with A the Hessian of the loss in all parameters, of which two products with a vector are taken,
not A itself. All is in double precision. A step is shortened until |g| falls; a point that leaves
the cells around its vertex, or ends as one of another kind, stays what the grid said it was.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from compute.curvature.derivatives import LossDerivatives
from compute.directions.direction import Direction
from compute.evaluators.precision import full_precision
from compute.metrics import AnyMetric
from compute.model.parameters import parameter_slots
from compute.surface import CriticalPoint

__all__ = ["Refined", "refine_points"]

STEPS = 40
HALVINGS = 12
RELATIVE = 1e-12  # of the gradient at the start


@dataclass(frozen=True)
class Refined:
    """What became of a point.

    Attributes:
        point: with exact place, value and eigenvalues, or as it was.
        start: (x, y) where the search began, norm of the gradient there,
        before: norm of the in-plane gradient at the start, per unit of the coordinates,
        after: and where the search ended.
        steps: Newton steps taken.
        moved: whether the point is the exact one.
    """

    point: CriticalPoint
    start: tuple[float, float]
    before: float
    after: float
    steps: int
    moved: bool


class InPlane:
    """The loss on a plane with its first and second derivatives, in double precision.

    Args:
        model: theta*; a copy is moved.
        metric: a ``compute.Loss`` or a differentiable function of the model.
        directions: delta and eta, with a tensor for each parameter.
    """

    def __init__(self, model: nn.Module, metric: AnyMetric, directions: Sequence[Direction]) -> None:
        self._model = copy.deepcopy(model).double().eval()
        self._slots = [s for s in parameter_slots(self._model) if s.tensor.is_floating_point()]
        self._home = [slot.tensor.detach().clone() for slot in self._slots]
        self._axes = [[d.tensors[slot.name].to(slot.tensor) for slot in self._slots] for d in directions]
        self._derivatives = LossDerivatives(self._model, metric, dtype=torch.float64)
        device = self._derivatives.exact_device
        self._flat = [torch.cat([t.reshape(-1) for t in axis]).to(device) for axis in self._axes]

    def move(self, x: float, y: float) -> None:
        """Go to a point of the plane."""
        with torch.no_grad():
            for slot, home, a, b in zip(self._slots, self._home, *self._axes, strict=True):
                slot.tensor.copy_(home + x * a + y * b)
        self._derivatives.refresh()

    def loss(self) -> float:
        """The value here."""
        return self._derivatives.value()

    def gradient(self) -> NDArray[np.float64]:
        """(2,) derivatives by alpha and beta."""
        full = self._derivatives.gradient()
        return np.array([float(full @ axis) for axis in self._flat])

    def hessian(self) -> NDArray[np.float64]:
        """(2, 2) second derivatives."""
        products: list[Tensor] = [self._derivatives.product(axis) for axis in self._flat]
        found = np.array([[float(axis @ product) for product in products] for axis in self._flat])
        return (found + found.T) / 2


def refine_points(
    points: Iterable[CriticalPoint],
    model: nn.Module,
    metric: AnyMetric,
    directions: Sequence[Direction],
    *,
    reach: tuple[float, float],
    progress: Callable[[int], object] | None = None,
) -> tuple[Refined, ...]:
    """Find the exact critical point beside each one that the grid found.

    Boundary points and degenerate saddles are left as they are. On a network with rectified units the
    loss has kinks, where its gradient jumps: a minimum in a kink has no point where the gradient
    vanishes, and stays what it was.

    Args:
        points: their places are where the search begins.
        model: at the origin of the plane, in any mode; it is left as it was.
        metric: what was measured.
        directions: the two of the plane.
        reach: how far in x and in y a point may move, a cell or two.
        progress: called with the number of points done after each.
    """
    found = []
    with full_precision():
        plane = InPlane(model, metric, directions)
        for number, point in enumerate(points, start=1):
            start = (point.x, point.y)
            if point.boundary or point.multiplicity > 1:
                found.append(Refined(point, start, np.nan, np.nan, 0, False))
            else:
                found.append(_newton(point, plane, reach))
            if progress is not None:
                progress(number)
    return tuple(found)


def _newton(point: CriticalPoint, plane: InPlane, reach: tuple[float, float]) -> Refined:
    start = place = np.array([point.x, point.y])
    plane.move(*place)
    gradient = plane.gradient()
    first = norm = float(np.linalg.norm(gradient))
    steps = 0
    while steps < STEPS and norm > RELATIVE * first and np.isfinite(norm):
        try:
            step = -np.linalg.solve(plane.hessian(), gradient)
        except np.linalg.LinAlgError:
            break
        shortest = np.abs(step / reach).max()
        step = step / max(1.0, float(shortest))
        for _ in range(HALVINGS):
            plane.move(*(place + step))
            new = plane.gradient()
            if np.linalg.norm(new) < norm:
                break
            step = step / 2
        else:
            plane.move(*place)
            break
        place, gradient, norm, steps = place + step, new, float(np.linalg.norm(new)), steps + 1
        if (np.abs(place - start) > reach).any():
            break
    low, high = np.linalg.eigvalsh(plane.hessian())
    of_kind = {"minimum": low > 0, "saddle": low < 0 < high, "maximum": high < 0}[point.kind]
    moved = bool(of_kind and norm <= 1e-8 * first and (np.abs(place - start) <= reach).all())
    if moved:
        x, y = place.tolist()
        point = replace(point, x=x, y=y, loss=plane.loss(), eigenvalues=(float(low), float(high)))
    return Refined(point, (float(start[0]), float(start[1])), first, norm, steps, moved)
