"""How a loss curves at a model: eigenvectors of its Hessian, its gradient, its curvature as a metric.

All of them are of the *mean* loss over the samples of a ``compute.Loss``, whatever its batches.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from compute.curvature.derivatives import LossDerivatives
from compute.curvature.lanczos import EigenPairs, extreme_eigenpairs
from compute.directions.direction import Direction
from compute.directions.rules import check_seed
from compute.errors import ArgumentError, nearest
from compute.evaluators.precision import full_precision
from compute.metrics import AnyMetric, BoundMetric, as_metric, has_samples
from compute.model.working_copy import restored

__all__ = [
    "ENDS",
    "ConvergenceWarning",
    "HessianExtremes",
    "eigen_facts",
    "eigenvector_directions",
    "gradient_direction",
    "hessian_eigenvectors",
    "not_converged",
]

ENDS = ("top", "bottom", "both")
FIELDS = ("eigenvalue_max", "eigenvalue_min", "eigenvalue_ratio", "eigenvalue_residual")


class ConvergenceWarning(UserWarning):
    """Eigenpairs are less exact than was asked for; their residuals say by how much."""


def hessian_eigenvectors(
    model: nn.Module,
    loss: AnyMetric,
    *,
    k: int = 1,
    which: str = "top",
    tol: float = 1e-4,
    seed: int = 0,
    ignore: str | None = None,
    dtype: torch.dtype | None = None,
    max_products: int = 300,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Direction, ...]:
    """Eigenvectors of the Hessian of the mean loss at the model, of unit length.

    Each direction's ``meta`` holds its ``eigenvalue``, its ``residual`` ||H v - eigenvalue v||
    (the eigenvalue is within that distance of a true one), and the number of Hessian-vector
    ``products`` that all of them took. The sign makes the largest number of a vector positive.

    Args:
        model: theta*, in any mode; it is evaluated in evaluation mode and left as it was.
        loss: a ``compute.Loss``, or a function of the model that returns a scalar tensor with its
            graph.
        k: how many at each end.
        which: "top" (the largest eigenvalues, in descending order), "bottom" (the most negative, in
            ascending order) or "both" (k top ones, then k bottom ones).
        tol: largest residual, relative to the largest magnitude of an eigenvalue. In float32 some
            1e-6 can be had.
        seed: of the start vector.
        ignore: "biasbn" takes the Hessian with respect to tensors of more than one axis only.
        dtype: ``torch.float64`` computes in double precision whatever the model's.
        max_products: Hessian-vector products after which the best so far are returned, with a
            :class:`ConvergenceWarning`.
        progress: called with (products done, products at most).

    Raises:
        ArgumentError: an argument that is not among the choices.
        DerivativeError: the loss cannot be differentiated twice.
        SpectrumError: the Hessian is not finite, or not the same at each call.
    """
    directions, pairs = eigenvector_directions(
        model, loss, k=k, which=which, tol=tol, seed=seed, ignore=ignore, dtype=dtype,
        max_products=max_products, progress=progress,
    )  # fmt: skip
    if not pairs.converged:
        warnings.warn(not_converged(pairs), ConvergenceWarning, stacklevel=2)
    return directions


def eigenvector_directions(
    model: nn.Module,
    loss: AnyMetric,
    *,
    k: int,
    which: str,
    tol: float,
    seed: int,
    ignore: str | None,
    dtype: torch.dtype | None,
    max_products: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[tuple[Direction, ...], EigenPairs]:
    """The directions of :func:`hessian_eigenvectors`, and the eigenpairs that they are."""
    doing = "choosing eigenvectors"
    if which not in ENDS:
        hint = nearest(str(which), ENDS)
        raise ArgumentError(doing, f"which is {which!r}", f"{hint}Choose one of: {', '.join(ENDS)}.")
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise ArgumentError(doing, f"k is {k!r}", "Give a whole number of at least 1.")
    check_tolerance(tol, max_products)
    check_seed(seed)
    top, bottom = (0 if which == "bottom" else k), (0 if which == "top" else k)
    with restored(model), full_precision():
        model.eval()
        derivatives = LossDerivatives(model, loss, ignore=ignore, dtype=dtype)
        pairs = extreme_eigenpairs(
            derivatives.product,
            derivatives.size,
            top=top,
            bottom=bottom,
            tol=tol,
            seed=int(seed),
            max_products=max_products,
            device=derivatives.exact_device,
            progress=(lambda done: progress(done, max_products)) if progress else None,
        )
    names = [f"hessian eigenvector {n}" for n in range(1, top + 1)]
    names += [f"hessian eigenvector -{n}" for n in range(1, bottom + 1)]
    directions = tuple(
        Direction(
            derivatives.to_tensors(vector),
            kind=name,
            ignore=ignore or "none",
            meta={
                "eigenvalue": float(value),
                "residual": float(residual),
                "products": pairs.products,
                "tol": float(tol),
                "start_seed": int(seed),
            },
        )
        for name, value, residual, vector in zip(
            names, pairs.values, pairs.residuals, pairs.vectors, strict=True
        )
    )
    return directions, pairs


def eigen_facts(directions: Sequence[Direction]) -> dict[str, Any]:
    """What a landscape on eigenvectors says of them in its metadata."""
    first = directions[0].meta
    return {
        "eigenvalues": [direction.meta["eigenvalue"] for direction in directions],
        "eigenvalue_residuals": [direction.meta["residual"] for direction in directions],
        "hessian_products": first["products"],
        "hessian_tol": first["tol"],
    }


def gradient_direction(
    model: nn.Module,
    loss: AnyMetric,
    *,
    ignore: str | None = None,
    dtype: torch.dtype | None = None,
) -> Direction:
    """Steepest descent: minus the gradient of the mean loss at the model, at its own length.

    Args:
        model: theta*, in any mode; it is evaluated in evaluation mode and left as it was.
        loss: a ``compute.Loss``, or a function of the model that returns a scalar tensor with its
            graph.
        ignore: "biasbn" leaves tensors of at most one axis out.
        dtype: ``torch.float64`` computes in double precision whatever the model's.

    Raises:
        ArgumentError: the gradient is 0 or not finite, so that it points nowhere.
        DerivativeError: the loss cannot be differentiated.
    """
    with restored(model), full_precision():
        model.eval()
        derivatives = LossDerivatives(model, loss, ignore=ignore, dtype=dtype)
        gradient = derivatives.gradient()
    length = float(torch.linalg.vector_norm(gradient))
    if not (math.isfinite(length) and length > 0):
        raise ArgumentError(
            "taking the gradient as a direction",
            "it is 0" if length == 0 else "it is not finite",
            "Use a model that is no exact minimum of this loss, and whose loss is finite.",
        )
    return Direction(
        derivatives.to_tensors(-gradient),
        kind="negative gradient",
        ignore=ignore or "none",
        meta={"gradient_norm": length},
    )


class HessianExtremes:
    """A metric: the loss, and the largest and smallest eigenvalue of its Hessian, at each point.

    Li et al. (2018), section 6, draw |smallest / largest| to see where a surface hides negative
    curvature: a value near 0 means that the loss is nearly convex there. The fields are those of
    the loss itself (``loss`` is the height, ``accuracy``, ...), then ``eigenvalue_max``,
    ``eigenvalue_min``, ``eigenvalue_ratio`` (the magnitude) and ``eigenvalue_residual`` (the
    larger of the two norms ||H v - eigenvalue v||).

    Args:
        loss: a ``compute.Loss``, or a function of the model that returns a scalar tensor with its
            graph.
        tol: largest residual, relative to the larger magnitude. (At 1e-3 the smallest eigenvalue of a
            ResNet-56 came out 5 % too near 0, at 1e-4 0.004 %.)
        seed: of the start vector, the same at every point.
        ignore: "biasbn" takes the Hessian with respect to tensors of more than one axis only.
        dtype: ``torch.float64`` computes in double precision whatever the model's.
        max_products: Hessian-vector products a point, at most; the residual says how good the
            values were by then.

    Raises:
        ArgumentError: a tolerance, seed or metric that is none.
    """

    def __init__(
        self,
        loss: AnyMetric,
        *,
        tol: float = 1e-4,
        seed: int = 0,
        ignore: str | None = None,
        dtype: torch.dtype | None = None,
        max_products: int = 300,
    ) -> None:
        check_tolerance(tol, max_products)
        check_seed(seed)
        self.loss, self.tol, self.seed = loss, float(tol), int(seed)
        self.ignore, self.dtype, self.max_products = ignore, dtype, max_products
        self.has_samples = has_samples(as_metric(loss))

    @property
    def differentiated(self) -> AnyMetric:
        """What derivatives of this metric are derivatives of."""
        return self.loss

    def describe(self) -> dict[str, Any]:
        """What the loss says of itself, and how the eigenvalues are found."""
        return {
            **as_metric(self.loss).describe(),
            "hessian": {
                "tol": self.tol,
                "seed": self.seed,
                "ignore": self.ignore or "none",
                "max_products": self.max_products,
                **({} if self.dtype is None else {"precision": str(self.dtype).removeprefix("torch.")}),
            },
        }

    def bind(self, model: nn.Module, *, channels_last: bool = False) -> BoundMetric:
        """Put the samples where the model is, once for the loss and once for its derivatives."""
        return _BoundExtremes(self, model, channels_last)


class _BoundExtremes:
    def __init__(self, metric: HessianExtremes, model: nn.Module, channels_last: bool) -> None:
        self._metric, self._model = metric, model
        self._loss = as_metric(metric.loss).bind(model, channels_last=channels_last)
        self._derivatives = LossDerivatives(model, metric.loss, ignore=metric.ignore, dtype=metric.dtype)
        self.notes: tuple[str, ...] = self._loss.notes
        self.input_batches = getattr(self._loss, "input_batches", ())
        self._last: tuple[list[Tensor], dict[str, float]] | None = None

    def __call__(self) -> dict[str, float]:
        values = dict(self._loss())
        if not math.isfinite(values["loss"]):
            return values | dict.fromkeys(FIELDS, math.nan)
        self._model.eval()
        # The same point again, as when a run begins, is not worth a second search.
        state = [t.detach().clone() for t in (*self._model.parameters(), *self._model.buffers())]
        if self._last is None or not all(map(torch.equal, state, self._last[0])):
            self._last = (state, self._extremes())
        return values | self._last[1]

    def _extremes(self) -> dict[str, float]:
        self._derivatives.refresh()
        alone = self._derivatives.size == 1
        pairs = extreme_eigenpairs(
            self._derivatives.product,
            self._derivatives.size,
            top=1,
            bottom=0 if alone else 1,
            tol=self._metric.tol,
            seed=self._metric.seed,
            max_products=self._metric.max_products,
            device=self._derivatives.exact_device,
        )
        largest, smallest = float(pairs.values[0]), float(pairs.values[-1])
        ratio = abs(smallest / largest) if largest else math.nan
        return dict(zip(FIELDS, (largest, smallest, ratio, float(pairs.residuals.max())), strict=True))


def not_converged(pairs: EigenPairs) -> str:
    """A sentence about eigenpairs that are less exact than was asked for."""
    worst = float((pairs.residuals / pairs.scale).max()) if pairs.scale else math.nan
    return (
        f"Hessian eigenpairs have residuals of up to {worst:.1e} of the largest eigenvalue after "
        f"{pairs.products} products: allow more with max_products, or try dtype=torch.float64."
    )


def check_tolerance(tol: float, max_products: int) -> None:
    """Make sure that a search for eigenvalues can end.

    Raises:
        ArgumentError: a tolerance that is no positive number, or no products allowed.
    """
    doing = "setting the accuracy of eigenvalues"
    if isinstance(tol, bool) or not isinstance(tol, (int, float)) or not 0 < tol < 1:
        raise ArgumentError(doing, f"tol is {tol!r}", "Give a number between 0 and 1, e.g. 1e-4.")
    if isinstance(max_products, bool) or not isinstance(max_products, int) or max_products < 2:
        raise ArgumentError(doing, f"max_products is {max_products!r}", "Give a whole number of at least 2.")
