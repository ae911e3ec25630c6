"""Residual networks for CIFAR-10, with and without their shortcut connections.

He, Zhang, Ren, Sun, *Deep Residual Learning for Image Recognition*, CVPR 2016, section 4.2:
a 3x3 convolution, three stages of n blocks with 16, 32 and 64 channels, 6n + 2 weighted
layers in all. As in Li et al. (NeurIPS 2018), whose published checkpoints fit these
modules name by name, a shortcut that changes shape is a 1x1 convolution with batch
normalisation, and the `noshort` networks leave every shortcut out.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["CifarResNet", "ResidualBlock"]


def _conv(inputs: int, outputs: int, size: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, stride=stride, padding=size // 2, bias=False)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions, each normalised, and (unless left out) the shortcut around them."""

    def __init__(self, inputs: int, outputs: int, stride: int, *, shortcut: bool = True) -> None:
        super().__init__()
        self.conv1 = _conv(inputs, outputs, 3, stride)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = _conv(outputs, outputs, 3, 1)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Sequential | None = None
        if shortcut:
            same_shape = stride == 1 and inputs == outputs
            projection = () if same_shape else (_conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))
            self.shortcut = nn.Sequential(*projection)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, inputs, h, w) to (n, outputs, h / stride, w / stride)."""
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.shortcut is not None:
            out = out + self.shortcut(x)
        return F.relu(out)


class CifarResNet(nn.Module):
    """A CIFAR residual network: (n, 3, 32, 32) images to (n, classes) logits.

    Args:
        depth: number of weighted layers, 6n + 2: 20, 32, 44, 56 or 110 in the paper.
        shortcut: False for the plain networks of the same depth.
        classes: number of logits.

    Raises:
        ValueError: the depth is not of the form 6n + 2.
    """

    def __init__(self, depth: int, *, shortcut: bool = True, classes: int = 10) -> None:
        super().__init__()
        blocks, rest = divmod(depth - 2, 6)
        if rest or blocks < 1:
            raise ValueError(f"a CIFAR ResNet has 6n + 2 layers (20, 32, 44, 56, 110, ...), not {depth}")
        self.conv1 = _conv(3, 16, 3, 1)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self._stage(16, 16, blocks, 1, shortcut)
        self.layer2 = self._stage(16, 32, blocks, 2, shortcut)
        self.layer3 = self._stage(32, 64, blocks, 2, shortcut)
        self.linear = nn.Linear(64, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    @staticmethod
    def _stage(inputs: int, outputs: int, blocks: int, stride: int, shortcut: bool) -> nn.Sequential:
        first = ResidualBlock(inputs, outputs, stride, shortcut=shortcut)
        others = (ResidualBlock(outputs, outputs, 1, shortcut=shortcut) for _ in range(blocks - 1))
        return nn.Sequential(first, *others)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (n, classes) of images (n, 3, 32, 32)."""
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.layer3(self.layer2(self.layer1(out)))
        out = F.avg_pool2d(out, 8)
        return cast(Tensor, self.linear(torch.flatten(out, 1)))
