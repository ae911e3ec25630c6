"""Is a minimum that small batches find flatter than one that full-batch descent finds?

    python examples/small_against_full_batch.py small_full/

Four networks for scikit-learn's digits, 64-128-64-10, from the same start: batches of 16 against the
full batch, each with and without weight decay; after Li, Xu, Taylor, Studer, Goldstein,
"Visualizing the Loss Landscape of Neural Nets", NeurIPS 2018, sections 3 and 4.

A ReLU network computes the same with one layer's weights doubled and the next one's halved, so the
larger the weights, the less a step of fixed length changes, and the flatter the minimum *looks*.
Without weight decay the many steps on small batches make the weights grow; how flat their minimum
looks along plain random directions then says as much about their size as about the minimum. With
filter normalisation, which measures each step in units of the weights that it changes, the minimum
of the full batch is the sharper one with weight decay and without. So it is with the settings below
and one training of each; with much stronger decay, under which the networks no longer fit their
data, the order is not always this one.

Written to the folder: a surface and a curve of each network, and two pictures, by glviz.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import statistics
import subprocess
import sys
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import compute
from compute.training import train

DECAY = 1e-3
# How far a step goes along a direction to measure sharpness: in units of the filters' norms, and
# as the standard deviation of the change of each weight.
STEP = {"filter": 0.5, "none": 0.1}


@dataclasses.dataclass(frozen=True)
class Trained:
    """One of the four networks.

    Attributes:
        name: of its files.
        title: of its row in the table.
        model: in evaluation mode.
        norm: of all its weights.
        train_loss, test_accuracy: of the two parts of the digits.
        sharpness: by normalisation: mean rise of the training loss at ``STEP``, and its standard error.
    """

    name: str
    title: str
    model: nn.Module
    norm: float
    train_loss: float
    test_accuracy: float
    sharpness: dict[str, tuple[float, float]]


def read_digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images and labels, 1,437 for training and 360 for the test, in an order that is always the same."""
    digits = load_digits()
    order = torch.randperm(len(digits.target), generator=torch.Generator().manual_seed(0))
    images = torch.tensor(digits.data / 16, dtype=torch.float32)[order]
    labels = torch.tensor(digits.target)[order]
    return images[:1437], labels[:1437], images[1437:], labels[1437:]


def network() -> nn.Module:
    """The same initial parameters every time."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))


def sharpness(
    model: nn.Module, metric: compute.Loss, normalisation: str, directions: int
) -> tuple[float, float]:
    """The mean rise of the loss at ``STEP`` to both sides, over random directions, and its standard error."""
    rises = []
    for seed in range(directions):
        direction = compute.random_direction(model, seed=seed, norm=normalisation)
        step = STEP[normalisation]
        left, here, right = compute.line(model, metric, direction, x=(-step, step, 3)).loss
        rises.append((left + right) / 2 - here)
    return statistics.mean(rises), statistics.stdev(rises) / math.sqrt(directions)


def compare(small_epochs: int = 60, full_epochs: int = 600, directions: int = 10) -> list[Trained]:
    """Train and measure the four networks."""
    images, labels, test_images, test_labels = read_digits()
    metric = compute.Loss("cross_entropy", images, labels)
    test = compute.Loss("cross_entropy", test_images, test_labels)
    found = []
    for decay in (0.0, DECAY):
        for kind, batch, epochs in (("small", 16, small_epochs), ("full", len(images), full_epochs)):
            title = f"{kind} batch{', weight decay' if decay else ''}"
            print(f"training: {title}", file=sys.stderr)
            model = network()
            train(
                model,
                images,
                labels,
                epochs=epochs,
                lr=0.05,
                momentum=0.9,
                weight_decay=decay,
                batch_size=batch,
            )
            weights = torch.cat([p.detach().flatten() for p in model.parameters() if p.ndim > 1])
            found.append(
                Trained(
                    name=f"{kind}_batch{'_decay' if decay else ''}",
                    title=title,
                    model=model,
                    norm=float(weights.norm()),
                    train_loss=compute.point(model, metric)["loss"],
                    test_accuracy=compute.point(model, test)["accuracy"],
                    sharpness={norm: sharpness(model, metric, norm, directions) for norm in STEP},
                )
            )
    return found


def print_table(networks: list[Trained]) -> None:
    """The figures, a network a line."""
    print(f"{'':26}{'norm of':>9}{'training':>10}{'test':>10}   rise of the training loss along")
    print(f"{'':26}{'weights':>9}{'loss':>10}{'accuracy':>10}   filter-normalised  plain directions")
    for net in networks:
        rises = [f"{mean:.3f} +- {error:.3f}" for mean, error in net.sharpness.values()]
        print(
            f"{net.title:26}{net.norm:9.1f}{net.train_loss:10.5f}{net.test_accuracy:10.3f}"
            f"   {rises[0]:17}  {rises[1]}"
        )


def save_landscapes(networks: list[Trained], folder: Path, points: int) -> list[Path]:
    """A filter-normalised surface and, along its first direction, a curve of each network."""
    images, labels, *_ = read_digits()
    metric = compute.Loss("cross_entropy", images, labels)
    axis, saved = (-1, 1, points), []
    for net in networks:
        facts = {"model": f"MLP 64-128-64-10, {net.title}", "data": {"name": "digits", "count": len(images)}}
        direction = compute.random_direction(net.model, seed=0)
        for landscape, name in (
            (compute.random_plane(net.model, metric, axis, axis, seed=0), f"{net.name}.ply"),
            (compute.line(net.model, metric, direction), f"{net.name}_curve.ply"),
        ):
            dataclasses.replace(landscape, meta={**landscape.meta, **facts}).save(folder / name)
        saved.append(folder / f"{net.name}.ply")
    return saved


def draw(surfaces: list[Path], folder: Path) -> None:
    """The surfaces side by side and the curves in one plot, by the program glviz."""
    glviz = [sys.executable, "-m", "glviz"]
    curves = [surface.with_name(f"{surface.stem}_curve.ply") for surface in surfaces]
    # Linear, because a logarithm shows how good a minimum is rather than how steep its sides are.
    for files, picture, size in ((surfaces, "surfaces.png", "1600,900"), (curves, "curves.png", "1200,800")):
        drawn = ["-o", str(folder / picture), "--resolution", size, "--height-scale", "linear"]
        subprocess.run([*glviz, *map(str, files), *drawn], check=True)


def main(arguments: list[str] | None = None) -> list[Trained]:
    """Train, print the table, save the landscapes and draw them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path("small_full"), help="default: %(default)s"
    )
    parser.add_argument("--fast", action="store_true", help="shorter trainings and coarser surfaces")
    parser.add_argument("--no-pictures", action="store_true", help="do not run glviz")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    networks = compare(20, 200, 6) if options.fast else compare()
    print_table(networks)
    surfaces = save_landscapes(networks, options.folder, 15 if options.fast else 41)
    if not options.no_pictures:
        draw(surfaces, options.folder)
    return networks


if __name__ == "__main__":
    main()
