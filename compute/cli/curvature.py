"""The option that measures the Hessian at each point of a landscape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compute.metrics import AnyMetric

__all__ = ["add_hessian", "with_hessian"]


def add_hessian(parser: Any) -> None:
    """Add the option to the others of how the loss is measured."""
    parser.add_argument(
        "--hessian",
        action="store_true",
        help="at each point the largest and the smallest eigenvalue of the loss's Hessian too, and the "
        "magnitude of their ratio; some hundred times the work",
    )


def with_hessian(metric: AnyMetric) -> AnyMetric:
    """The metric, with the Hessian of the (first) loss."""
    from compute.curvature.hessian import HessianExtremes

    if isinstance(metric, Mapping):
        first, *_ = metric
        return {name: HessianExtremes(m) if name == first else m for name, m in metric.items()}
    return HessianExtremes(metric)
