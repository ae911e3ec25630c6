"""Trainings by the real Lightning, under both of its names, leave the path that a loop would have left."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import torch
from torch import nn

import compute
from compute.errors import ArgumentError

pytestmark = [
    # The library's advice about workers and logging, and its own use of what torch deprecates.
    pytest.mark.filterwarnings("ignore::UserWarning:(pytorch_lightning|lightning)"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

SAMPLES, BATCH = 24, 8
GENERATOR = torch.Generator().manual_seed(0)
INPUTS, TARGETS = torch.randn(SAMPLES, 4, generator=GENERATOR), torch.arange(SAMPLES) % 3


@pytest.fixture(params=["lightning.pytorch", "pytorch_lightning"])
def library(request):
    return importlib.import_module(request.param)


def network() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))


def module_of(library, *, manual: bool = False):
    class Module(library.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = network()
            self.automatic_optimization = not manual
            self.losses: list[float] = []

        def forward(self, inputs):
            return self.net(inputs)

        def training_step(self, batch, index):
            inputs, targets = batch
            loss = nn.functional.cross_entropy(self.net(inputs), targets)
            self.losses.append(loss.item())
            if manual:
                optimizer = self.optimizers()
                optimizer.zero_grad()
                self.manual_backward(loss)
                optimizer.step()
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1, momentum=0.9)

    return Module()


def fit(library, module, callback, tmp_path, *, resume=None, epochs=3, **options):
    data = torch.utils.data.TensorDataset(INPUTS, TARGETS)
    trainer = library.Trainer(
        default_root_dir=tmp_path,
        accelerator="cpu",
        max_epochs=epochs,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[callback],
        **{"enable_checkpointing": False, **options},
    )
    trainer.fit(module, torch.utils.data.DataLoader(data, batch_size=BATCH), ckpt_path=resume)
    return trainer


def plain_loop(epochs: int = 3) -> list[dict[str, torch.Tensor]]:
    """The state before the first step and after each, by the few lines that Lightning replaces."""
    net = network()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    states = [{name: tensor.clone() for name, tensor in net.state_dict().items()}]
    for _ in range(epochs):
        for inputs, targets in zip(INPUTS.split(BATCH), TARGETS.split(BATCH), strict=True):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(inputs), targets).backward()
            optimizer.step()
            states.append({name: tensor.clone() for name, tensor in net.state_dict().items()})
    return states


def callback_of(directory, **options):
    from compute.integrations.lightning import TrajectoryCallback

    return TrajectoryCallback(directory, **options)


def assert_same(recorded, expected):
    assert len(recorded) == len(expected)
    for state, wanted in zip(recorded, expected, strict=True):
        assert state.keys() == wanted.keys()
        for name in wanted:
            torch.testing.assert_close(state[name], wanted[name], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("manual", [False, True], ids=["automatic", "manual"])
def test_every_epoch_is_recorded_with_its_loss(library, tmp_path, manual):
    module = module_of(library, manual=manual)
    callback = callback_of(tmp_path / "run", module="net")
    fit(library, module, callback, tmp_path)
    assert_same(callback.trajectory, plain_loop()[::3])
    info = callback.trajectory.info
    assert [entry["step"] for entry in info] == [0, 3, 6, 9]
    assert [entry["epoch"] for entry in info] == [0, 1, 2, 3]
    assert "loss" not in info[0]
    means = np.mean(np.reshape(module.losses, (3, 3)), axis=1)
    assert [entry["loss"] for entry in info[1:]] == pytest.approx(means.tolist(), rel=1e-5)


def test_steps_may_be_recorded_and_the_last_one_always_is(library, tmp_path):
    callback = callback_of(tmp_path / "run", every_n_steps=2, module="net")
    fit(library, module_of(library), callback, tmp_path)
    assert [entry["step"] for entry in callback.trajectory.info] == [0, 2, 4, 6, 8, 9]
    assert callback.trajectory.info[1]["epoch"] == pytest.approx(2 / 3)
    states = plain_loop()
    assert_same(callback.trajectory, [states[step] for step in (0, 2, 4, 6, 8, 9)])


def test_accumulated_batches_count_as_the_steps_that_they_make(library, tmp_path):
    module = module_of(library)
    callback = callback_of(tmp_path / "run", every_n_steps=1)
    fit(library, module, callback, tmp_path, accumulate_grad_batches=3, epochs=2)
    info = callback.trajectory.info
    assert [entry["step"] for entry in info] == [0, 1, 2]
    assert info[1]["loss"] == pytest.approx(np.mean(module.losses[:3]), rel=1e-5)


def test_a_plane_from_the_recorded_module(library, tmp_path):
    module = module_of(library)
    callback = callback_of(tmp_path / "run", every_n_steps=1)
    fit(library, module, callback, tmp_path)
    metric = compute.Loss("cross_entropy", INPUTS, TARGETS)
    surface = compute.pca_plane(module, callback.trajectory, metric, points=5)
    (path,) = surface.paths
    assert len(path) == 10
    assert path.loss[-1] == pytest.approx(compute.point(module, metric)["loss"], rel=1e-6)
    assert (path.x[-1], path.y[-1], path.residual[-1]) == pytest.approx((0, 0, 0), abs=1e-6)


def test_a_training_taken_up_again_continues_its_folder(library, tmp_path):
    first = fit(library, module_of(library), callback_of(tmp_path / "run", module="net"), tmp_path, epochs=2)
    first.save_checkpoint(tmp_path / "half.ckpt")
    callback = callback_of(tmp_path / "run", module="net")
    fit(library, module_of(library), callback, tmp_path, resume=tmp_path / "half.ckpt")
    assert [entry["step"] for entry in callback.trajectory.info] == [0, 3, 6, 9]
    assert_same(callback.trajectory, plain_loop()[::3])


def test_a_folder_of_another_training_is_refused(library, tmp_path):
    fit(library, module_of(library), callback_of(tmp_path / "run"), tmp_path, epochs=1)
    with pytest.raises(ArgumentError, match=r"reaches step 3.*starts at step 0\nGive each training a folder"):
        fit(library, module_of(library), callback_of(tmp_path / "run"), tmp_path, epochs=1)


def test_a_part_that_is_not_there_is_named(library, tmp_path):
    with pytest.raises(ArgumentError, match=r"no module 'network'\nIts own are: net"):
        fit(library, module_of(library), callback_of(tmp_path / "run", module="network"), tmp_path)


@pytest.mark.parametrize("every", [0, -1, 1.5, True])
def test_an_interval_is_a_positive_whole_number(tmp_path, every):
    with pytest.raises(ArgumentError, match="every_n_steps is"):
        callback_of(tmp_path, every_n_steps=every)
