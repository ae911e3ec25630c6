"""The loss landscape of a small diffusion model of handwritten digits.

    python examples/diffusion_digits.py diffusion_digits.ply && glviz diffusion_digits.ply

The model learns to find the noise in x_t = sqrt(a_t) x + sqrt(1 - a_t) noise, given x_t and t (Ho,
Jain, Abbeel, "Denoising diffusion probabilistic models", 2020; a_t by Nichol and Dhariwal, 2021).
Its training loss is an expectation over noise and t, drawn anew in each step. For a landscape they
must be drawn **once**, and be the same at every point: what a fresh draw changes is more than what
the parameters change from one point to the next, and the surface would be noise. (glviz's engine
measures the first point twice and refuses a loss that differs.)
"""

from __future__ import annotations

import argparse
import math
import sys

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import compute

STEPS = 200  # T, of the diffusion


def alpha_bar(t: Tensor) -> Tensor:
    """The share of the image's variance that is left after t of ``STEPS`` steps, by a cosine."""
    return torch.cos((t / STEPS + 0.008) / 1.008 * math.pi / 2) ** 2


class Denoiser(nn.Module):
    """Predicts the noise in (n, 64) noisy images at (n,) steps t."""

    def __init__(self, width: int, features: int = 32) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.exp(torch.linspace(0, math.log(100), features // 2)))
        self.first = nn.Linear(64 + features, width)
        self.blocks = nn.ModuleList(nn.Linear(width, width) for _ in range(3))
        self.last = nn.Linear(width, 64)

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        """The (n, 64) noise."""
        angles = (t / STEPS)[:, None].to(x_t.dtype) * self.frequencies
        hidden = self.first(torch.cat([x_t, torch.sin(angles), torch.cos(angles)], 1))
        for block in self.blocks:
            hidden = hidden + block(torch.nn.functional.silu(hidden))
        return self.last(torch.nn.functional.silu(hidden))


def read_digits() -> Tensor:
    """(1797, 64) images in [-1, 1]."""
    return torch.tensor(load_digits().data / 8 - 1, dtype=torch.float32)


def noisy(images: Tensor, t: Tensor, noise: Tensor) -> Tensor:
    """The images after t steps of diffusion."""
    kept = alpha_bar(t)[:, None]
    return kept.sqrt() * images + (1 - kept).sqrt() * noise


def train(images: Tensor, width: int, steps: int, seed: int = 0) -> Denoiser:
    """Adam; noise and t are drawn anew in every step."""
    torch.manual_seed(seed)
    model = Denoiser(width)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        chosen = images[torch.randint(0, len(images), (256,))]
        t, noise = torch.randint(1, STEPS + 1, (256,)), torch.randn(256, 64)
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(noisy(chosen, t, noise), t), noise)
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 1000 == 999:
            print(f"step {step + 1} of {steps}: loss {loss.item():.3f}", file=sys.stderr)
    return model.eval()


def draw(images: Tensor, seed: int) -> compute.Loss:
    """The loss for one draw of noise and t, with t spread evenly over all its values."""
    generator = torch.Generator().manual_seed(seed)
    t = 1 + torch.arange(len(images)) * STEPS // len(images)
    t = t[torch.randperm(len(t), generator=generator)]
    noise = torch.randn(images.shape, generator=generator)
    return compute.Loss("mse", (noisy(images, t, noise), t), noise)


def landscape(model: Denoiser, images: Tensor, points: int, seed: int = 0) -> compute.Surface:
    """The surface on two filter-normalised random directions, for one draw of the noise."""
    axis = (-1, 1, points)
    surface = compute.random_plane(model, draw(images, seed), axis, axis, seed=seed)
    facts = {
        "data": {"name": "digits", "noise": "drawn once, the same at every point", "noise_seed": seed},
    }
    return surface.replace(meta={**surface.meta, **facts})


def main(arguments: list[str] | None = None) -> compute.Surface:
    """Train the model, compute its surface and save it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("output", nargs="?", default="diffusion_digits.ply", help="default: %(default)s")
    parser.add_argument("--fast", action="store_true", help="a smaller model and a coarser grid, in seconds")
    options = parser.parse_args(arguments)
    width, steps, points = (32, 300, 21) if options.fast else (128, 10_000, 51)
    images = read_digits()
    model = train(images, width, steps)
    surface = landscape(model, images, points)
    command = f"python examples/diffusion_digits.py{' --fast' * options.fast}"
    surface = surface.replace(meta={**surface.meta, "command": command})
    surface.save(options.output)
    centre, error = surface.meta["centre"]["loss"], surface.meta["centre"]["loss_stderr"]
    print(f"loss {centre:.4f} +- {error:.4f}, where 1 would be no better than nothing; {options.output}")
    return surface


if __name__ == "__main__":
    main()
