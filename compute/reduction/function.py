"""A loss function of whatever kind, and how it gives one loss a sample."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from compute.errors import ArgumentError, nearest
from compute.reduction.losses import LOSSES, next_token
from compute.reduction.options import option, rewrapped, unreduced, unwrapped
from compute.reduction.samples import SampleLosses

__all__ = ["LossFunction"]

# How far the losses one by one may be from the function's own result on a batch before they are
# not trusted: more than fp32 rounding, less than any wrong weighting.
AGREEMENT = 1e-3


class LossFunction:
    """A loss function of whatever kind, as given by the user.

    Args:
        function: a name in ``LOSSES``, a torch loss function or module (or its class, for one with
            its default options), or a callable (outputs, targets) that returns (n,) losses or one number.

    Raises:
        ArgumentError: an unknown name, or something that cannot be called.
    """

    def __init__(self, function: str | Callable[..., Any]) -> None:
        if isinstance(function, str):
            if function not in LOSSES:
                raise ArgumentError(
                    "choosing the loss",
                    f"there is none called {function!r}",
                    f"{nearest(function, LOSSES)}Choose one of: {', '.join(LOSSES)}; or give a function.",
                )
            self.name, function = function, LOSSES[function]
        elif isinstance(function, type) and issubclass(function, nn.Module):
            self.name, function = function.__name__, function()
        elif not callable(function):
            raise ArgumentError(
                "choosing the loss",
                f"a {type(function).__name__} cannot be called",
                f"Give a function of (outputs, targets), or one of: {', '.join(LOSSES)}.",
            )
        else:
            base, _ = unwrapped(function)
            self.name = getattr(base, "__name__", type(base).__name__)
        self._function = function

    @property
    def ignored(self) -> int | None:
        """The class number that marks targets to be left out, of a loss that has one."""
        return option(self._function, "ignore_index", None)

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself."""
        return self._function

    @property
    def is_plain_cross_entropy(self) -> bool:
        """Whether it is cross-entropy without class weights, smoothing or samples to leave out."""
        base, keywords = unwrapped(self._function)
        options = {"weight": None, "label_smoothing": 0.0, "reduction": "mean", "ignore_index": -100}
        known = base is F.cross_entropy and not keywords
        if type(base) is nn.CrossEntropyLoss and not keywords:
            known = all(option(base, name, default) == default for name, default in options.items())
        return known

    def whole(self, device: torch.device) -> Callable[[Any, Tensor], Any]:
        """The function itself, with any weights of its own on ``device``."""
        if isinstance(self._function, nn.Module):
            return copy.deepcopy(self._function).to(device)
        return self._function

    def to(self, dtype: torch.dtype) -> LossFunction:
        """The same function with any floating weights of its own in ``dtype``."""
        base, keywords = unwrapped(self._function)
        if isinstance(base, nn.Module):
            base = copy.deepcopy(base).to(dtype)
        moved = {
            name: value.to(dtype) if isinstance(value, Tensor) and value.is_floating_point() else value
            for name, value in keywords.items()
        }
        changed = LossFunction(rewrapped(self._function, base, moved))
        changed.name = self.name
        return changed

    def resolve(self, outputs: Any, targets: Tensor) -> SampleLosses:
        """Find out, on one batch, how the function gives one loss a sample.

        Args:
            outputs: what the model returned for a batch.
            targets: (n, ...) the batch's targets.

        Raises:
            ArgumentError: the outputs and targets were broadcast against each other, or the
                function returned neither (n,) losses nor one number.
        """
        count = len(targets)
        function = self.whole(targets.device)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of broadcasting: refused below
            own = function(outputs, targets)
            sampled = unreduced(function)
            candidate = self._sampled(function, sampled, outputs, targets) if sampled else None
        if isinstance(own, Tensor) and own.is_complex():
            raise ArgumentError(
                f"computing the loss {self.name}",
                "it is complex",
                "Return its real part or its absolute value.",
            )
        if candidate is not None and _agrees(candidate, outputs, targets, own):
            return candidate
        if isinstance(own, Tensor) and own.ndim and len(own) == count:
            return SampleLosses(lambda o, t: _by_sample(function(o, t), torch.mean))
        if isinstance(own, (int, float)) or (isinstance(own, Tensor) and own.numel() == 1):
            return SampleLosses(None)
        found = f"a tensor of shape {tuple(own.shape)}" if isinstance(own, Tensor) else type(own).__name__
        raise ArgumentError(
            f"computing the loss {self.name}",
            f"for {count} samples it returned {found}",
            "Return one loss a sample, shape (n,), or their mean.",
        )

    def _sampled(
        self, function: Callable[..., Any], each: Callable[..., Tensor], outputs: Any, targets: Tensor
    ) -> SampleLosses | None:
        losses = each(outputs, targets)
        if not isinstance(losses, Tensor) or losses.ndim == 0 or len(losses) != len(targets):
            return None
        if isinstance(outputs, Tensor) and losses.numel() > outputs.numel():
            raise ArgumentError(
                f"computing the loss {self.name}",
                f"outputs of shape {tuple(outputs.shape)} and targets of shape {tuple(targets.shape)} "
                "were broadcast against each other, which pairs samples that do not belong together",
                "Give the targets the shape of the outputs, e.g. targets[:, None].",
            )
        reduction = option(function, "reduction", "mean")
        weights = _target_weights(function, targets)
        if weights is not None and reduction == "mean":
            return SampleLosses(lambda o, t: _by_sample(each(o, t), torch.sum), weights)
        if reduction in ("sum", "batchmean"):
            return SampleLosses(lambda o, t: _by_sample(each(o, t), torch.sum), total=reduction == "sum")
        return SampleLosses(lambda o, t: _by_sample(each(o, t), torch.mean))


def _agrees(sampled: SampleLosses, outputs: Any, targets: Tensor, own: object) -> bool:
    """Whether the losses one by one give the function's own result on a batch."""
    if not (isinstance(own, Tensor) and own.numel() == 1) or sampled.each is None:
        return True
    weights = sampled.weights(targets) if sampled.weights else None
    ours = float(sampled.combine(sampled.each(outputs, targets).to(torch.float64), weights)[0])
    theirs = float(own)
    if not math.isfinite(theirs) or not math.isfinite(ours):
        return True  # no grounds for doubt: a mean in fp16 or fp32 overflows where ours does not
    rounding = torch.finfo(own.dtype).eps if own.is_floating_point() else 0.0
    return abs(ours - theirs) <= max(AGREEMENT, 8 * rounding) * max(abs(theirs), 1e-6)


def _by_sample(losses: Tensor, reduce: Callable[..., Tensor]) -> Tensor:
    """(n, ...) losses as (n,): the sum or mean over each sample's elements, in float64."""
    return losses if losses.ndim == 1 else reduce(losses.reshape(len(losses), -1), 1, dtype=torch.float64)


def _target_weights(function: Any, targets: Tensor) -> Callable[[Tensor], Tensor] | None:
    """V_i of cross-entropy and negative log-likelihood; None where plain means will do.

    Where a sample has several targets, such as the tokens of a sequence, V_i counts or weighs them.

    Targets that are probabilities have neither: torch divides by the number of samples.
    """
    base, _ = unwrapped(function)
    known = (F.cross_entropy, F.nll_loss, next_token)
    if base not in known and not isinstance(base, (nn.CrossEntropyLoss, nn.NLLLoss)):
        return None
    if targets.is_floating_point():
        return None
    class_weights = option(function, "weight", None)
    ignored = option(function, "ignore_index", -100)

    def weights(targets: Tensor) -> Tensor:
        if base is next_token:
            targets = targets[:, 1:]
        kept = targets != ignored
        if class_weights is None:
            return _by_sample(kept.to(torch.float64), torch.sum)
        of_class = class_weights.to(targets.device, torch.float64)
        return _by_sample(of_class[torch.where(kept, targets, 0)] * kept, torch.sum)

    return weights
