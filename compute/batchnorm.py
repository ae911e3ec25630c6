"""The running statistics of normalisation layers, at points where they were not measured."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

__all__ = ["statistics_names"]


def statistics_names(model: nn.Module) -> list[str]:
    """Names of the buffers that BatchNorm layers normalise by."""
    return [
        f"{prefix}.{name}" if prefix else name
        for prefix, module in model.named_modules()
        if isinstance(module, _NormBase) and module.running_mean is not None
        for name in ("running_mean", "running_var")
    ]
