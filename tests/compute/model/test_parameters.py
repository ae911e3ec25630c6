"""Which weights make a filter, and that a model always comes back."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from compute.errors import ArgumentError
from compute.model.parameters import parameter_slots
from compute.model.working_copy import WorkingCopy, restored


def slot_of(model: nn.Module, name: str):
    return next(slot for slot in parameter_slots(model) if slot.name == name)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_filter_of_transposed_convolution_is_what_makes_one_output_channel(groups):
    layer = nn.ConvTranspose2d(8, 12, 3, groups=groups, bias=False).double()
    rows = slot_of(layer, "weight").to_rows(layer.weight.detach())
    assert rows.shape == (12, 8 // groups * 9)
    # Silencing one filter silences exactly the output channel of that number.
    slot = slot_of(layer, "weight")
    inputs = torch.randn(1, 8, 5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for channel in (0, 5, 11):
        without = rows.clone()
        without[channel] = 0.0
        with torch.no_grad():
            before = layer(inputs)
            silenced = copy.deepcopy(layer)
            silenced.weight.copy_(slot.from_rows(without))
            after = silenced(inputs)
        changed = (before != after).flatten(2).any(2)[0]
        assert changed.nonzero().flatten().tolist() == [channel]
        assert not after[0, channel].any()


@pytest.mark.parametrize(
    "layer",
    [
        nn.Linear(5, 3),
        nn.Conv1d(4, 6, 3, groups=2),
        nn.Conv2d(4, 6, 3),
        nn.Conv3d(2, 4, 2),
        nn.ConvTranspose1d(4, 6, 3),
        nn.ConvTranspose3d(4, 6, 2, groups=2),
        nn.Embedding(7, 3),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_rows_count_outputs_and_invert(layer):
    slot = slot_of(layer, "weight")
    rows = slot.to_rows(layer.weight.detach())
    outputs = getattr(layer, "out_features", getattr(layer, "out_channels", None)) or layer.num_embeddings
    assert len(rows) == outputs
    assert torch.equal(slot.from_rows(rows), layer.weight.detach())


def test_tied_weights_are_one_parameter():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(6, 4)
            self.out = nn.Linear(4, 6, bias=False)
            self.out.weight = self.embed.weight

    assert [slot.name for slot in parameter_slots(Tied())] == ["embed.weight"]


def test_parameters_over_the_same_memory_are_one_and_stay_one():
    model = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
    model[1].weight.data = model[0].weight.data
    slots = parameter_slots(model)
    assert [slot.name for slot in slots] == ["0.weight"]
    with restored(model):
        WorkingCopy(slots, [{"0.weight": torch.ones(4, 4)}]).move([2.0])
        assert torch.equal(model[0].weight, model[1].weight)
    assert model[0].weight.data_ptr() == model[1].weight.data_ptr()


def test_models_without_usable_parameters_are_refused():
    with pytest.raises(ArgumentError, match="it has none"):
        parameter_slots(nn.ReLU())
    with pytest.raises(ArgumentError, match="integer dtype"):
        parameter_slots(nn.ParameterList([nn.Parameter(torch.arange(3), requires_grad=False)]))
    with pytest.raises(ArgumentError, match="no shape yet"):
        parameter_slots(nn.LazyLinear(3))
    with pytest.raises(ArgumentError, match="complex"):
        parameter_slots(nn.ParameterList([torch.zeros(2, dtype=torch.complex64)]))
    with pytest.raises(ArgumentError, match="weight is on the meta device"):
        parameter_slots(nn.Linear(2, 2, device="meta"))
    with pytest.raises(ArgumentError, match="no torch.nn.Module"):
        parameter_slots(lambda x: x)
    with torch.inference_mode():
        frozen = nn.Linear(2, 2)
        assert len(parameter_slots(frozen)) == 2
    with pytest.raises(ArgumentError, match="made in inference mode"):
        parameter_slots(frozen)


@pytest.mark.parametrize("channels_last", [False, True])
def test_working_copy_is_theta_plus_directions_however_often_it_moved(channels_last):
    generator = torch.Generator().manual_seed(3)
    model = nn.Sequential(nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.Linear(7, 2))
    model[2].double()  # a model of two dtypes
    start = {name: p.detach().clone() for name, p in model.named_parameters()}
    directions = [
        {n: torch.randn(p.shape, generator=generator, dtype=p.dtype) for n, p in start.items()} for _ in "xy"
    ]
    with restored(model):
        moving = WorkingCopy(parameter_slots(model), directions, channels_last=channels_last)
        for step in range(1000):
            moving.move((0.01 * step, -0.3))
        moving.move((0.25, -0.5))
        for name, parameter in model.named_parameters():
            expected = start[name] + 0.25 * directions[0][name] - 0.5 * directions[1][name]
            torch.testing.assert_close(parameter.detach(), expected, rtol=0, atol=1e-6)
        moving.move((0.0, 0.0))
        assert all(torch.equal(p, start[name]) for name, p in model.named_parameters())
    assert all(torch.equal(p, start[name]) for name, p in model.named_parameters())


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_restored_undoes_everything(error):
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    model[1].eval()  # flags that differ from module to module
    model[0].bias.requires_grad_(False)
    model[0].weight.grad = torch.full((4, 3), 2.0)
    before = copy.deepcopy(model.state_dict())
    memory = [p.data_ptr() for p in model.parameters()]
    statistics = model[1].running_mean

    def meddle():
        model(torch.randn(8, 3))
        model.train()
        model(torch.randn(8, 3)).sum().backward()
        with torch.no_grad():
            model[0].weight.mul_(3.0)
            model[1].weight.data = torch.full((4,), 7.0)
        model[1].running_mean = torch.ones(4)
        model[1].running_var.zero_()
        model.requires_grad_(False)
        if error:
            raise error("on the way")

    if error:
        with pytest.raises(error), restored(model):
            meddle()
    else:
        with restored(model):
            meddle()
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert [p.data_ptr() for p in model.parameters()] == memory
    assert model[1].running_mean is statistics
    assert [m.training for m in model.modules()] == [True, True, False, True]
    assert [p.requires_grad for p in model.parameters()] == [True, False, True, True]
    assert torch.equal(model[0].weight.grad, torch.full((4, 3), 2.0))
    assert model[1].weight.grad is None


def test_tensors_whose_elements_share_memory_are_put_back():
    """``expand`` makes such: torch refuses to copy into them as a whole."""
    model = nn.Linear(3, 4)
    model.bias = nn.Parameter(torch.zeros(1).expand(4))
    model.register_buffer("mask", torch.ones(2, 1).expand(2, 3))
    model.register_buffer("graph", torch.eye(3).to_sparse())
    with restored(model):
        WorkingCopy(parameter_slots(model), [{"weight": torch.ones(4, 3), "bias": torch.ones(4)}]).move([2.0])
        assert model.bias.tolist() == [2.0] * 4
        model.mask[:, :1].mul_(5)
        model.graph.mul_(5)
    assert model.bias.tolist() == [0.0] * 4 and model.bias.stride() == (0,)
    assert model.mask.unique().tolist() == [1.0]
    assert torch.equal(model.graph.to_dense(), torch.eye(3))


def test_filters_of_the_transposed_linear_layer_of_gpt2():
    transformers = pytest.importorskip("transformers.pytorch_utils")
    layer = transformers.Conv1D(3, 4)  # 3 outputs of 4 inputs, weight (4, 3)
    slots = {slot.name: slot for slot in parameter_slots(nn.Sequential(layer, nn.Conv1d(4, 3, 2)))}
    assert slots["0.weight"].filter_axis == 1
    rows = slots["0.weight"].to_rows(layer.weight.detach())
    assert torch.equal(rows, layer.weight.detach().T)
    assert torch.equal(slots["0.weight"].from_rows(rows), layer.weight.detach())
    assert slots["1.weight"].filter_axis == 0


@pytest.mark.parametrize("channels_last", [False, True])
def test_a_large_model_moves_like_a_small_one(monkeypatch, channels_last):
    generator = torch.Generator().manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(32, 5))
    home = copy.deepcopy(model.state_dict())
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    tensors = [{n: torch.randn(shape, generator=generator) for n, shape in shapes.items()} for _ in "xy"]
    found = []
    for most in (10**9, 0):
        monkeypatch.setattr("compute.model.working_copy.PACKED_MOST", most)
        with restored(model):
            moving = WorkingCopy(parameter_slots(model), tensors, channels_last=channels_last)
            moving.move((3.0, -2.0))
            moving.move((0.25, 0.5))
            found.append({n: p.detach().clone() for n, p in model.named_parameters()})
            moving.move((0.0, 0.0))
            assert all(torch.equal(p, home[n]) for n, p in model.named_parameters())
    assert all(torch.equal(found[0][name], found[1][name]) for name in home)
    assert all(torch.equal(tensor, home[name]) for name, tensor in model.state_dict().items())


def test_a_large_model_is_not_copied_to_be_put_back(monkeypatch):
    monkeypatch.setattr("compute.model.working_copy.PACKED_MOST", 10)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(1), nn.Linear(8, 4))
    model.register_parameter("codes", nn.Parameter(torch.arange(3), requires_grad=False))
    start, memory = copy.deepcopy(model.state_dict()), [p.data_ptr() for p in model.parameters()]
    steps = {name: torch.ones_like(p) for name, p in model.named_parameters()}
    with restored(model, moved=True):
        first = WorkingCopy(parameter_slots(model), [steps], channels_last=True)
        first.move([1.0])
        first.release()
        assert [p.data_ptr() for p in model.parameters()] == memory
        second = WorkingCopy(parameter_slots(model), [steps])
        second.move([2.0])
        assert torch.equal(model[2].weight, start["2.weight"] + 2)
        with torch.no_grad():
            model[2].bias.fill_(torch.nan)
            model.codes.zero_()
    assert [p.data_ptr() for p in model.parameters()] == memory
    assert all(torch.equal(start[name], tensor) for name, tensor in model.state_dict().items())
