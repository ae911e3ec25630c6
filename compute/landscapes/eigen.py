"""The plane in which the loss curves most."""

from __future__ import annotations

import torch
from torch import nn

from compute.curvature.hessian import eigen_facts, eigenvector_directions, not_converged
from compute.errors import ArgumentError, nearest
from compute.landscapes.assembly import Progress, with_facts
from compute.landscapes.axes import AxisSpec, axis_values
from compute.landscapes.planes import plane
from compute.metrics import AnyMetric
from compute.runs import RunLike, as_run
from compute.surface import Surface

__all__ = ["eigen_plane"]

PLANES = ("top", "both")


def eigen_plane(
    model: nn.Module,
    metric: AnyMetric,
    *,
    which: str = "top",
    x: AxisSpec = (-1, 1, 51),
    y: AxisSpec = (-1, 1, 51),
    hessian_of: AnyMetric | None = None,
    ignore: str | None = None,
    tol: float = 1e-4,
    seed: int = 0,
    dtype: torch.dtype | None = None,
    max_products: int = 300,
    bn: str | None = None,
    progress: Progress | None = None,
    run: RunLike = None,
) -> Surface:
    """The metric on the plane of two eigenvectors of the Hessian of the loss at the model.

    The eigenvectors have unit length, so coefficients are distances in parameter space, and near
    the centre the loss is L + g.s + (lambda_1 x^2 + lambda_2 y^2) / 2.

    Args:
        model: theta*; left as it was.
        metric: a ``compute.Loss``, or a function of the model that returns a scalar tensor with
            its graph.
        which: "top" (the two largest eigenvalues) or "both" (the largest, and the most negative).
        x: (first, last, count) of the coefficient of the first eigenvector, both ends inclusive.
        y: the same for the second.
        hessian_of: the loss whose eigenvectors they are, where it is not the metric.
        ignore: "biasbn" takes the Hessian with respect to tensors of more than one axis only.
        tol: largest residual of an eigenpair, relative to the largest eigenvalue.
        seed: of the search for them, which they hardly depend on.
        dtype: of the Hessian's products, e.g. ``torch.float64``; None takes the model's.
        max_products: Hessian-vector products, at most; the surface says if they did not suffice.
        bn: BatchNorm statistics on the plane, as for :func:`compute.plane`. The Hessian is that with
            the model's own statistics.
        progress: called with (points done, points in all) after each point of the grid.
        run: where the result is kept while it is computed, and how: the path of its file, or a
            :class:`compute.Run`; see :mod:`compute.runs`.

    Returns:
        The surface. ``meta`` has the ``eigenvalues``, their ``eigenvalue_residuals`` and the number
        of ``hessian_products``.

    Raises:
        ArgumentError: an argument that is not among the choices.
        DerivativeError: the loss cannot be differentiated twice.
        EvaluationError: the metric fails on the model itself, or gives another value each time.
    """
    axis_values("x", x), axis_values("y", y)  # before the work, not after it
    if which not in PLANES:
        hint = nearest(str(which), PLANES)
        raise ArgumentError(
            "choosing two eigenvectors", f"which is {which!r}", f"{hint}Choose one of: {', '.join(PLANES)}."
        )
    directions, pairs = eigenvector_directions(
        model,
        metric if hessian_of is None else hessian_of,
        k=2 if which == "top" else 1,
        which=which,
        tol=tol,
        seed=seed,
        ignore=ignore,
        dtype=dtype,
        max_products=max_products,
    )
    both = (directions[0], directions[1])
    notes = () if pairs.converged else (not_converged(pairs),)
    with as_run(run) as kept:
        surface = plane(model, metric, both, x=x, y=y, bn=bn, progress=progress, run=kept)
        return kept.deliver(with_facts(surface, eigen_facts(directions), notes))
