"""What the faster evaluators do to a network's graph leaves its values as they are."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import fx, nn

import compute
from compute.evaluators.fusing import _Convolution, fuse_convolutions
from compute.evaluators.pruning import drop_silent_channels
from compute.evaluators.traced import trace
from compute.model.parameters import parameter_slots

CHANNELS = 8


class Block(nn.Module):
    """Sums of every kind around convolutions; ``kind`` chooses what is added to the second one."""

    def __init__(self, kind: str = "input") -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, CHANNELS, 3, padding=1)
        self.conv1 = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
        self.side = nn.Conv2d(CHANNELS, CHANNELS, 1)
        self.head = nn.Linear(CHANNELS, 4)
        self.relu, self.kind = nn.ReLU(inplace=kind == "in place"), kind

    def forward(self, x):
        x = F.relu(self.stem(x))
        view = x.flatten(2) if self.kind == "seen later" else None
        out = self.conv2(self.relu(self.conv1(x)))
        if self.kind == "shortcut":
            out = F.relu(out + self.side(x))
        elif self.kind == "no rectifier":
            out = x + out
        elif self.kind == "number":
            out = F.relu(out + 1.0)
        elif self.kind == "channel":
            out = F.relu(out + x[:, :1])
        elif self.kind == "twice":
            out = F.relu(out + out)
        elif self.kind == "read later":
            out = F.relu(out + x) + x
        elif self.kind == "seen later":
            out = F.relu(out + x) + view.mean(2)[:, :, None, None]
        else:
            out = self.relu(out + x)
        return self.head(out.mean((2, 3)))


KINDS = {  # convolutions that are fused, and those whose sum is written over what is added
    "input": (3, 1),
    "in place": (3, 1),
    "shortcut": (3, 1),
    "no rectifier": (3, 1),
    "number": (2, 0),
    "channel": (2, 0),
    "twice": (2, 0),
    "read later": (3, 0),
    "seen later": (3, 0),
}


def images(count: int = 70):
    generator = torch.Generator().manual_seed(6)
    inputs = torch.randn(count, 2, 8, 8, generator=generator)
    return inputs, torch.randint(0, 4, (count,), generator=generator)


def random_directions(model):
    return tuple(compute.random_direction(model, seed=seed) for seed in (0, 1))


def traced(model):
    found = trace(model, parameter_slots(model), [d.tensors for d in random_directions(model)])
    found.shapes(images()[0])
    return found


@torch.no_grad()
@pytest.mark.parametrize("kind", KINDS)
def test_fused_convolutions_give_the_same_numbers(kind):
    torch.manual_seed(1)
    model, (inputs, _) = Block(kind).eval().to(memory_format=torch.channels_last), images()
    inputs = inputs.contiguous(memory_format=torch.channels_last)
    network: fx.GraphModule = traced(model).module
    expected = model(inputs)
    fused, overwriting = KINDS[kind]
    assert fuse_convolutions(network) == fused
    layers = [module for module in network.modules() if isinstance(module, _Convolution)]
    assert len(layers) == fused and sum(layer._overwrites for layer in layers) == overwriting
    for _ in range(2):  # what is written over is not what the next call needs
        torch.testing.assert_close(network(inputs), expected, rtol=1e-5, atol=1e-6)
    left_over = set() if kind == "shortcut" else {"side.weight", "side.bias"}
    assert {n for n, _ in network.named_parameters()} == {n for n, _ in model.named_parameters()} - left_over


@torch.no_grad()
def silent_block(*, bias: float = -1e-12, heard: float = 1.0, size: float = 1e-12) -> nn.Module:
    """A block that hardly makes half of its middle channels."""
    torch.manual_seed(1)
    model = Block("input").eval()
    model.conv1.bias = nn.Parameter(torch.randn(CHANNELS))
    model.conv1.weight[::2] *= size
    model.conv1.bias[::2] = bias
    model.conv2.weight[:, ::2] *= heard
    return model


@pytest.mark.parametrize(
    ("changes", "dropped"),
    [
        ({}, 4),
        ({"bias": -5.0}, 4),  # silent all the more
        ({"bias": 0.1}, 0),  # constant, not silent
        ({"size": 1e-4}, 0),
        ({"heard": 1e9}, 0),  # a whisper that the next layer makes loud
        ({"size": 1e-4, "heard": 1e-9}, 0),  # nobody listens but the directions
    ],
)
def test_channels_are_silent_where_nothing_of_them_is_heard(changes, dropped):
    network = traced(silent_block(**changes))
    assert drop_silent_channels(network, (1.0, 1.0)) == dropped
    assert network.module.conv1.weight.shape == (CHANNELS - dropped, CHANNELS, 3, 3)
    assert network.module.conv2.weight.shape == (CHANNELS, CHANNELS - dropped, 3, 3)


def test_a_direction_or_a_long_way_wakes_a_channel():
    model = silent_block()
    far = traced(model)
    assert drop_silent_channels(far, (1.0, 1e9)) == 0
    loud = traced(model)
    loud.directions[1]["conv1.weight"] = torch.ones_like(model.conv1.weight)
    assert drop_silent_channels(loud, (1.0, 1.0)) == 0
    biased = traced(model)
    biased.directions[0]["conv1.bias"] = torch.ones(CHANNELS)
    assert drop_silent_channels(biased, (1.0, 1.0)) == 0


def test_a_few_silent_channels_stay_where_they_are():
    model = silent_block()
    torch.nn.init.normal_(model.conv1.weight[1:])
    torch.nn.init.ones_(model.conv1.bias[1:])
    many = traced(model)
    assert drop_silent_channels(many, (1.0, 1.0)) == 1  # an eighth of the channels
    with torch.no_grad():
        model.conv1.weight[0] = 1.0
    assert drop_silent_channels(traced(model), (1.0, 1.0)) == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_plane_of_a_network_with_silent_channels(dtype, naive_plane):
    model, (inputs, targets) = silent_block(size=1e-20, bias=-1e-20).to(dtype), images()
    before = copy.deepcopy(model.state_dict())
    pair = random_directions(model)
    spec = {"x": (-1, 1, 9), "y": (-0.5, 1, 7)}
    surface = compute.plane(model, compute.Loss("cross_entropy", inputs, targets), pair, **spec)
    assert surface.meta["evaluator"] == "loop, 4 silent channels left out, first layer shared"
    axes = np.linspace(*spec["x"]), np.linspace(*spec["y"])
    true = naive_plane(model, pair, *axes, inputs, targets)
    np.testing.assert_allclose(surface.loss, true, rtol=2e-6 if dtype == torch.float32 else 1e-14)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
