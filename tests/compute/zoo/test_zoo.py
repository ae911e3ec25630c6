"""The networks against the figures published for them."""

from __future__ import annotations

import pytest
import torch

from compute import zoo
from compute.errors import UsageError


def counts(model: torch.nn.Module) -> tuple[int, int, int]:
    """Parameters, float buffer values, filters (rows of tensors with more than one dimension)."""
    parameters = list(model.parameters())
    buffers = sum(b.numel() for b in model.buffers() if b.is_floating_point())
    return sum(p.numel() for p in parameters), buffers, sum(p.shape[0] for p in parameters if p.ndim > 1)


# Those of depth 56 are the published checkpoints' own; LeNet-5 with full connections has 61,706.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet56", (855_770, 4_256, 2_138)),
        ("resnet56_noshort", (853_018, 4_064, 2_042)),
        ("lenet", (61_706, 0, 6 + 16 + 120 + 84 + 10)),
        ("mlp", (64 * 64 + 64 + 64 * 10 + 10, 0, 74)),
        ("mlp:784-256-128-10", (784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10, 0, 394)),
    ],
)
def test_sizes_of_networks(name, expected):
    assert counts(zoo.build(name)) == expected


# He et al. (2016), table 6, in millions.
@pytest.mark.parametrize(("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)])
def test_resnets_have_the_published_sizes(depth, millions):
    parameters, _, _ = counts(zoo.build(f"resnet{depth}"))
    assert parameters == pytest.approx(millions * 1e6, rel=0.02)
    # The projections of two blocks are all that the plain network of the same depth lacks.
    plain, _, _ = counts(zoo.build(f"resnet{depth}_noshort"))
    assert parameters - plain == (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("mlp", (64,)),
        ("mlp:12-5-10", (3, 2, 2)),
        ("lenet", (1, 28, 28)),
        ("lenet_cifar", (3, 32, 32)),
        ("resnet20", (3, 32, 32)),
        ("resnet20_noshort", (3, 32, 32)),
    ],
)
def test_every_kind_of_network_gives_ten_logits_a_sample(name, shape):
    model = zoo.build(name).eval()
    x = torch.randn(3, *shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        together, apart = model(x), torch.cat([model(sample) for sample in x.split(1)])
    assert together.shape == (3, 10)
    torch.testing.assert_close(together, apart, rtol=1e-4, atol=1e-5)


def test_a_block_whose_branch_is_silenced_passes_its_input_on():
    """With both normalisations at zero, a residual network is its stem and its shortcuts alone."""
    model, plain = (zoo.build(name).eval() for name in ("resnet20", "resnet20_noshort"))
    x = torch.randn(2, 16, 32, 32).relu()
    for network in (model, plain):
        for parameter in network.layer1.parameters():
            torch.nn.init.zeros_(parameter)
    with torch.no_grad():
        assert torch.equal(model.layer1(x), x)
        assert not plain.layer1(x).any()


def test_the_same_seed_gives_the_same_network():
    drawn = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        drawn.append(torch.nn.utils.parameters_to_vector(zoo.build("lenet").parameters()))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize("name", zoo.names())
def test_all_names_build(name):
    assert sum(p.numel() for p in zoo.build(name).parameters()) > 1000


@pytest.mark.parametrize(
    ("name", "hint"),
    [("resnet65", "'resnet56'"), ("resnet56_noshot", "'resnet56_noshort'"), ("LeNet", "'lenet'")],
)
def test_an_unknown_name_gets_the_nearest(name, hint):
    with pytest.raises(UsageError, match=f"no network called '{name}'") as caught:
        zoo.build(name)
    assert f"Did you mean {hint}?" in caught.value.todo


@pytest.mark.parametrize(
    "name",
    ["mlp:", "mlp:10", "mlp:3-0-2", "mlp:3--2", "mlp:a-b", "mlp:-3-2", "mlp:9999999-2", "mlp:999999-999999"],
)
def test_sizes_that_make_no_perceptron_are_refused(name):
    with pytest.raises(UsageError, match="sizes of a perceptron"):
        zoo.build(name)
