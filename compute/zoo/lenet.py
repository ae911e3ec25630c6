"""LeNet-5, the convolutional network of the handwritten digits.

LeCun, Bottou, Bengio, Haffner, *Gradient-based learning applied to document recognition*,
Proc. IEEE 1998, in the form used today: rectifiers instead of tanh, maximum pooling, full
connections in the second convolution and a linear last layer.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["LeNet"]


class LeNet(nn.Module):
    """LeNet-5: (n, channels, size, size) images to (n, classes) logits.

    Args:
        channels: 1 for MNIST, 3 for CIFAR-10.
        size: 28 (padded by two pixels all around, as the paper does) or 32.
        classes: number of logits.

    Raises:
        ValueError: the image size is neither 28 nor 32.
    """

    def __init__(self, channels: int = 1, size: int = 28, classes: int = 10) -> None:
        super().__init__()
        if size not in (28, 32):
            raise ValueError(f"LeNet-5 takes images of 28x28 or 32x32 pixels, not {size}x{size}")
        self.conv1 = nn.Conv2d(channels, 6, 5, padding=(32 - size) // 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, channels, size, size)."""
        out = F.max_pool2d(F.relu(self.conv1(x)), 2)
        out = F.max_pool2d(F.relu(self.conv2(out)), 2)
        out = F.relu(self.fc1(torch.flatten(out, 1)))
        out = F.relu(self.fc2(out))
        return cast(Tensor, self.fc3(out))
