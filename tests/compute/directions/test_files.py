"""Directions saved and loaded: what comes back, and every way in which a file can be wrong."""

from __future__ import annotations

import json
import os
import struct

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import compute
from compute.directions.direction import Direction
from compute.directions.files import DirectionFileError
from compute.errors import GuidedError, InputError


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))


def same(a, b):
    assert a.tensors.keys() == b.tensors.keys()
    for name, tensor in a.tensors.items():
        assert torch.equal(tensor, b.tensors[name]) and tensor.dtype == b.tensors[name].dtype
    assert (a.kind, a.seed, a.normalisation, a.ignore) == (b.kind, b.seed, b.normalisation, b.ignore)
    assert a.meta == b.meta


@pytest.mark.parametrize("with_model", [True, False])
def test_direction_comes_back_bit_for_bit_with_all_its_facts(model, tmp_path, with_model):
    loss = compute.Loss("cross_entropy", torch.randn(9, 1, 4, 4), torch.arange(9) % 3)
    for direction in (
        compute.random_direction(model, seed=5, norm="layer"),
        compute.random_direction(model, seed=2**40, ignore=None),
        compute.gradient_direction(model, loss),
        *compute.hessian_eigenvectors(model, loss),
    ):
        direction.save(tmp_path / "d.safetensors")
        same(direction, compute.load_direction(tmp_path / "d.safetensors", model if with_model else None))


def test_the_file_is_plain_safetensors_with_names_shapes_and_facts(model, tmp_path):
    direction = compute.random_direction(model, seed=5)
    direction.save(tmp_path / "d.safetensors")
    tensors = load_file(tmp_path / "d.safetensors")
    assert {n: t.shape for n, t in tensors.items()} == {n: p.shape for n, p in model.named_parameters()}
    content = (tmp_path / "d.safetensors").read_bytes()
    header = json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])
    facts = json.loads(header["__metadata__"]["facts"])
    assert facts["kind"] == "random" and facts["seed"] == 5
    assert facts["normalisation"] == "filter" and facts["ignore"] == "biasbn"


def test_statistics_of_a_direction_between_networks_are_kept(model, tmp_path):
    buffers = {"1.running_mean": torch.ones(2), "1.running_var": torch.full((2,), 0.5)}
    given = Direction({n: torch.ones_like(p) for n, p in model.named_parameters()}, buffers=buffers)
    given.save(tmp_path / "d.safetensors")
    for back in (
        compute.load_direction(tmp_path / "d.safetensors"),
        compute.load_direction(tmp_path / "d.safetensors", model),
    ):
        same(given, back)
        assert back.buffers.keys() == buffers.keys()
        assert all(torch.equal(back.buffers[n], b) for n, b in buffers.items())


def test_two_grids_share_a_direction_and_a_wrapped_or_wider_model_takes_it(model, tmp_path):
    direction = compute.random_direction(model, seed=1)
    direction.save(tmp_path / "d.safetensors")
    wrapped = nn.DataParallel(model)
    loaded = compute.load_direction(tmp_path / "d.safetensors", wrapped)
    assert all(name.startswith("module.") for name in loaded.tensors)
    compute.random_direction(wrapped, seed=1).save(tmp_path / "w.safetensors")
    same(compute.load_direction(tmp_path / "w.safetensors", model), direction)
    double = compute.load_direction(tmp_path / "d.safetensors", model.double())
    assert all(t.dtype == torch.float64 for t in double.tensors.values())
    loss = compute.Loss("cross_entropy", torch.randn(9, 1, 4, 4), torch.arange(9) % 3)
    pair = (double, compute.random_direction(model, seed=2))
    surface = compute.plane(model, loss, pair, x=(-1, 1, 3), y=(-1, 1, 2))
    expected = compute.plane(
        model, loss, (compute.random_direction(model, seed=1), pair[1]), x=(-1, 1, 3), y=(-1, 1, 2)
    )
    np.testing.assert_allclose(surface.loss, expected.loss, rtol=1e-6)  # one was rounded to float32


def test_tied_and_views_and_half_precision(tmp_path):
    tied = nn.Sequential(nn.Embedding(6, 4), nn.Linear(4, 6, bias=False)).to(torch.bfloat16)
    tied[1].weight = tied[0].weight
    direction = compute.random_direction(tied, seed=0)
    direction.save(tmp_path / "d.safetensors")
    same(compute.load_direction(tmp_path / "d.safetensors", tied), direction)
    shared = torch.arange(6.0)
    Direction({"a": shared, "b": shared[2:], "c": shared.view(2, 3).T}).save(tmp_path / "v.safetensors")
    back = compute.load_direction(tmp_path / "v.safetensors")
    assert torch.equal(back.tensors["c"], shared.view(2, 3).T) and torch.equal(back.tensors["b"], shared[2:])


def test_difference_of_two_checkpoints_by_another_program(model, tmp_path):
    step = {name: torch.randn_like(p) for name, p in model.named_parameters()}
    save_file(step, tmp_path / "step.safetensors")
    direction = compute.load_direction(tmp_path / "step.safetensors", model)
    assert direction.kind == "from file" and direction.ignore == "none" and direction.seed is None
    assert all(torch.equal(direction.tensors[n], t) for n, t in step.items())


def other_shape():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 4))


def other_names():
    return nn.Sequential(nn.Linear(8, 3), nn.Linear(3, 3))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (other_shape, r"2 of another shape \(3\.weight \(3, 8\) for \(4, 8\), 3\.bias \(3,\) for \(4,\)\)"),
        (other_names, r"2 unexpected \(3\.bias, 3\.weight\); 4 of another shape"),
    ],
)
def test_another_model_is_told_what_differs(model, tmp_path, other, words):
    compute.random_direction(model, seed=0).save(tmp_path / "d.safetensors")
    with pytest.raises(DirectionFileError, match=words) as error:
        compute.load_direction(tmp_path / "d.safetensors", other())
    assert error.value.exit_code == 3 and "Use the model" in error.value.todo


def header(**entries):
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text


def one(dtype="F32", shape=(2,), offsets=(0, 8), **more):
    return header(a={"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}, **more)


FACTS = {"direction": "glviz direction 1"}
HOSTILE = {
    "empty": b"",
    "text": b"not a tensor in sight",
    "zip": b"PK\x03\x04" + bytes(100),
    "pickle": b"\x80\x04\x95" + bytes(100),
    "huge header": struct.pack("<Q", 2**62) + b"{}",
    "negative header": struct.pack("<q", -1) + b"{}",
    "no header": struct.pack("<Q", 0),
    "damaged header": struct.pack("<Q", 5) + b"{nope",
    "deep header": struct.pack("<Q", 4000) + b"[" * 4000,
    "no tensors": header(),
    "outside": one(offsets=(0, 2**40)),
    "backwards": one(offsets=(8, 0)) + bytes(8),
    "truncated": one() + bytes(5),
    "too long": one() + bytes(80),
    "shape": one(shape=(3,)) + bytes(8),
    "huge shape": one(shape=(2**40, 2**40)) + bytes(8),
    "type": one(dtype="F33") + bytes(8),
    "not finite": one() + struct.pack("<ff", 1.0, float("nan")),
    "infinite": one() + struct.pack("<ff", 1.0, float("inf")),
    "facts no json": one(__metadata__={"facts": "{nope"}) + bytes(8),
    "facts a list": one(__metadata__={"facts": "[]"}) + bytes(8),
    "facts deep": one(__metadata__={"facts": "[" * 100000}) + bytes(8),
    "seed a text": one(__metadata__={"facts": json.dumps({"kind": "random", "seed": "0"})}) + bytes(8),
    "ignore unknown": one(__metadata__={"facts": json.dumps({"kind": "r", "ignore": "all"})}) + bytes(8),
    "buffers unknown": one(__metadata__={"facts": json.dumps({"kind": "r", "buffers": ["b"]})}) + bytes(8),
    "buffers odd": one(__metadata__={"facts": json.dumps({"kind": "r", "buffers": [{}]})}) + bytes(8),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_give_one_clear_error(tmp_path, content):
    (tmp_path / "d.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=r"loading the direction d\.safetensors") as error:
        compute.load_direction(tmp_path / "d.safetensors")
    assert error.value.found and error.value.todo


def test_every_truncation_of_a_good_file_is_refused(model, tmp_path):
    compute.random_direction(model, seed=0).save(tmp_path / "good.safetensors")
    content = (tmp_path / "good.safetensors").read_bytes()
    for length in [*range(0, len(content), 37), len(content) - 1]:
        (tmp_path / "bad.safetensors").write_bytes(content[:length])
        with pytest.raises(DirectionFileError):
            compute.load_direction(tmp_path / "bad.safetensors", model)


def test_paths_that_lead_nowhere(model, tmp_path):
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(DirectionFileError):
            compute.load_direction(path)
    direction = compute.random_direction(model, seed=0)
    with pytest.raises(GuidedError, match="extension"):
        direction.save(tmp_path / "d.pt")
    with pytest.raises(OSError):
        direction.save(tmp_path / "no folder" / "d.safetensors")
    if os.name == "posix" and os.geteuid() != 0:
        direction.save(tmp_path / "d.safetensors")
        (tmp_path / "d.safetensors").chmod(0)
        with pytest.raises(DirectionFileError, match="ermission"):
            compute.load_direction(tmp_path / "d.safetensors")
