"""The example of a diffusion model: noise drawn once gives a surface, drawn anew it gives noise."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

import compute

from .smoothness import fourth_differences, largest_bend, smoothness

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def script(example):
    return example("diffusion_digits")


@pytest.fixture(scope="module")
def fast(script, tmp_path_factory):
    """The script's own quick run: the surface as saved, and where."""
    path = tmp_path_factory.mktemp("diffusion") / "digits.ply"
    surface = script.main([str(path), "--fast"])
    saved = compute.load(path)
    np.testing.assert_array_equal(saved.loss, surface.loss)
    return saved


def test_the_sample_surface_is_smooth():
    surface = compute.load(DATA / "diffusion_digits.ply")
    assert min(surface.shape) >= 41
    assert (DATA / "diffusion_digits.ply").stat().st_size < 1_000_000
    assert surface.finite.all()
    assert smoothness(surface.loss) > 10
    assert largest_bend(surface.loss) < 0.05
    assert surface.loss.min() == surface.meta["centre"]["loss"] < 0.25


@pytest.mark.slow
def test_the_script_trains_a_model_and_saves_its_surface(fast):
    assert fast.shape == (21, 21)
    assert fast.meta["centre"]["loss"] < 0.8, "1 is what predicting no noise at all would give"
    assert smoothness(fast.loss) > 10
    assert fast.meta["data"]["noise_seed"] == 0


@pytest.mark.slow
def test_noise_drawn_anew_at_every_point_drowns_the_surface(script):
    images = script.read_digits()
    model = script.train(images, 16, 200)
    axis = (-0.1, 0.1, 13)

    def redrawn(moved):
        # The same parameters get the same noise, or the engine refuses; others get other noise.
        seed = zlib.crc32(b"".join(p.detach().numpy().tobytes() for p in moved.parameters()))
        return compute.point(moved, script.draw(images, seed))["loss"]

    once = compute.random_plane(model, script.draw(images, 0), axis, axis)
    anew = compute.random_plane(model, redrawn, axis, axis)
    assert smoothness(once.loss) > 8
    assert smoothness(anew.loss) < 2
    assert fourth_differences(anew.loss, 1) > 30 * fourth_differences(once.loss, 1)


def test_a_loss_that_draws_its_own_noise_is_refused(script):
    images = script.read_digits()[:50]
    model = script.Denoiser(8)
    counter = iter(range(100))
    with pytest.raises(compute.EvaluationError, match="the same point gave"):
        compute.random_plane(
            model, lambda moved: compute.point(moved, script.draw(images, next(counter)))["loss"]
        )


def test_steps_and_noise_are_those_of_the_paper(script):
    """The share of the image goes from 1 to 0, and the noisy image keeps unit variance."""
    t = torch.arange(1, script.STEPS + 1)
    shares = script.alpha_bar(t)
    assert (shares.diff() < 0).all()
    assert float(shares[0]) == pytest.approx(1, abs=1e-3)
    assert float(shares[-1]) == pytest.approx(0, abs=1e-6)
    generator = torch.Generator().manual_seed(0)
    images, noise = torch.randn(2, len(t), 4000, generator=generator)
    np.testing.assert_allclose(script.noisy(images, t, noise).var(1), 1, atol=0.15)
    metric = script.draw(script.read_digits(), seed=0)
    steps = metric.inputs[1]
    assert (int(steps.min()), int(steps.max())) == (1, script.STEPS)
    assert np.ptp(np.bincount(steps.numpy())[1:]) <= 1
