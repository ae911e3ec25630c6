"""Li et al.'s own ResNet-56: what its filter-normalised directions must be."""

from __future__ import annotations

import math

import pytest
import torch

import compute
from compute import zoo
from compute.model.checkpoints import load_checkpoint
from compute.model.parameters import parameter_slots


@pytest.mark.parametrize(
    ("name", "file", "norm", "filters", "dead"),
    [
        ("resnet56", "resnet56.t7", 21.648, 2138, 117),
        ("resnet56_noshort", "resnet56_noshort.t7", 22.141, 2042, 236),
    ],
)
def test_directions_are_as_long_as_the_weights(shared_data, name, file, norm, filters, dead):
    model = zoo.build(name)
    load_checkpoint(model, shared_data / "li2018" / file)
    first = compute.random_direction(model, seed=0)
    second = compute.random_direction(model, seed=1, orthogonal_to=first)
    for direction in (first, second):
        assert direction.norm() == pytest.approx(norm, abs=1e-3)
        seen = 0
        for slot in parameter_slots(model):
            step = direction.tensors[slot.name]
            if slot.filter_axis is None:
                assert not step.any()
                continue
            lengths, own = (slot.to_rows(t.double()).norm(dim=1) for t in (step, slot.tensor))
            torch.testing.assert_close(lengths, own, rtol=1e-5, atol=1e-30)
            seen += len(own)
        assert seen == filters
    weights = [slot for slot in parameter_slots(model) if slot.filter_axis is not None]
    lengths = torch.cat([slot.to_rows(slot.tensor.double()).norm(dim=1) for slot in weights])
    assert int((lengths < 1e-6).sum()) == dead
    assert math.sqrt(float((lengths**2).sum())) == pytest.approx(norm, abs=1e-3)
    assert abs(first.cosine(second)) < 1e-7
