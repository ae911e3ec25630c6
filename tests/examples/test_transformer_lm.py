"""The example of a language model: it learns, and its surface is smooth from point to point."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

import compute

from .smoothness import largest_bend, smoothness

DATA = Path(__file__).resolve().parents[2] / "data"

pytest.importorskip("transformers", reason="transformers is not installed (the extra 'examples')")


@pytest.fixture(scope="module")
def script(example):
    return example("transformer_lm")


def test_the_sample_surface_is_smooth():
    surface = compute.load(DATA / "transformer_lm.ply")
    assert min(surface.shape) >= 41
    assert (DATA / "transformer_lm.ply").stat().st_size < 1_000_000
    assert surface.finite.all()
    assert smoothness(surface.loss) > 8
    assert largest_bend(surface.loss) < 0.05
    assert surface.loss.min() == surface.meta["centre"]["loss"]
    assert surface.meta["metric"] == "next_token"


@pytest.mark.slow
def test_the_script_trains_a_model_and_saves_its_surface(script, tmp_path):
    surface = script.main([str(tmp_path / "lm.ply"), "--fast"])
    saved = compute.load(tmp_path / "lm.ply")
    np.testing.assert_array_equal(saved.loss, surface.loss)
    assert saved.shape == (21, 21)
    assert smoothness(saved.loss) > 10
    assert saved.meta["centre"]["loss"] < math.log(script.CHARACTERS) - 1, "it has learnt little"
    assert saved.meta["command"] == "python examples/transformer_lm.py --fast"


def test_the_loss_is_the_models_own(script):
    text = script.read_text()
    assert len(text) > 100_000
    assert int(text.max()) < script.CHARACTERS
    model = script.build(length=16, width=8, layers=1).eval()
    surface = script.landscape(model, text, length=16, sequences=9, points=3)
    starts = torch.linspace(0, len(text) - 16, 9).long()
    pieces = text[starts[:, None] + torch.arange(16)]
    model.config.loss_type = "ForCausalLM"
    with torch.no_grad():
        own = float(model(input_ids=pieces, labels=pieces).loss)
    assert surface.meta["centre"]["loss"] == pytest.approx(own, rel=1e-6)
    assert surface.meta["samples"] == 9
