"""The loss functions that have a name."""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor

__all__ = ["LOSSES", "next_token"]


def next_token(
    outputs: Tensor, targets: Tensor, *, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """Cross-entropy of a causal language model: the scores at each token predict the one after it.

    As the models of Hugging Face's transformers compute it, whose ``labels`` are the targets: the
    mean over all tokens to be predicted, in sequences of any length, so that a long sequence
    weighs more.

    Args:
        outputs: (n, t, vocabulary) scores.
        targets: (n, t) token numbers, commonly the inputs themselves; the first one of each
            sequence is not predicted.
        ignore_index: marks tokens to be left out, such as padding.
        reduction: "mean" or "sum" over tokens, or "none": (n, t - 1).
    """
    scores, wanted = outputs[:, :-1], targets[:, 1:]
    losses = F.cross_entropy(
        scores.reshape(-1, scores.shape[-1]),
        wanted.reshape(-1),
        ignore_index=ignore_index,
        reduction=reduction,
    )
    return losses.view(wanted.shape) if reduction == "none" else losses


LOSSES: dict[str, Callable[..., Tensor]] = {
    "cross_entropy": F.cross_entropy,
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "huber": F.huber_loss,
    "nll": F.nll_loss,
    "bce_with_logits": F.binary_cross_entropy_with_logits,
    "next_token": next_token,
}
