"""fp32 arithmetic that is fp32, for the time of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

__all__ = ["full_precision"]


@contextmanager
def full_precision() -> Iterator[None]:
    """fp32 means fp32: a GPU's TF32, on by default for convolutions, is off inside the block."""
    if not torch.cuda.is_available():
        yield
        return
    matmul: Any = torch.backends.cuda.matmul
    cudnn: Any = torch.backends.cudnn
    if hasattr(matmul, "fp32_precision"):  # torch 2.9; its settings and the older ones do not mix
        switches = [(matmul, "fp32_precision"), (cudnn.conv, "fp32_precision")]
        off: Any = "ieee"
    else:
        switches, off = [(matmul, "allow_tf32"), (cudnn, "allow_tf32")], False
    before = [getattr(home, name) for home, name in switches]
    try:
        for home, name in switches:
            setattr(home, name, off)
        yield
    finally:
        for (home, name), value in zip(switches, before, strict=True):
            setattr(home, name, value)
