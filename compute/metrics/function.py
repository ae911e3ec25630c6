"""Any function of a model as a metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from torch import Tensor, nn

from compute.errors import ArgumentError
from compute.metrics.protocol import BoundMetric

__all__ = ["CallableMetric"]


class CallableMetric:
    """A function of the model that returns one number, or several by name ("loss" among them).

    It is called in evaluation mode and without gradient tracking; use ``torch.enable_grad()``
    inside it where derivatives are measured.
    """

    def __init__(self, function: Callable[[nn.Module], Any]) -> None:
        self.function = function

    def describe(self) -> dict[str, Any]:
        """The function's name."""
        return {"metric": getattr(self.function, "__name__", type(self.function).__name__)}

    def bind(self, model: nn.Module, *, channels_last: bool = False) -> BoundMetric:
        """Nothing to prepare: the function brings its own data."""
        return _BoundCallable(self.function, model)


class _BoundCallable:
    notes: tuple[str, ...] = ()

    def __init__(self, function: Callable[[nn.Module], Any], model: nn.Module) -> None:
        self._function, self._model = function, model

    def __call__(self) -> dict[str, float]:
        try:
            result = self._function(self._model)
        finally:
            self._model.eval()  # the function may have left another mode
        if not isinstance(result, Mapping):
            return {"loss": _number(result)}
        if "loss" not in result:
            raise ArgumentError(
                "measuring the model",
                f"the function returned {', '.join(map(str, result)) or 'nothing'}, but no 'loss'",
                "Return a number, or a mapping with the height under 'loss'.",
            )
        rest = {str(name): _number(value) for name, value in result.items() if name != "loss"}
        return {"loss": _number(result["loss"]), **rest}


def _number(value: Any) -> float:
    """One number as a float.

    Raises:
        ArgumentError: it is something else, such as one loss a sample.
    """
    doing, todo = "measuring the model", "Return one number, such as the mean."
    if isinstance(value, Tensor):
        value = value.detach()
    if (
        isinstance(value, (Tensor, np.ndarray))
        and (value.size if isinstance(value, np.ndarray) else value.numel()) != 1
    ):
        raise ArgumentError(doing, f"the function returned a vector of shape {tuple(value.shape)}", todo)
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(doing, f"the function returned {_described(value)}", todo) from error


def _described(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
