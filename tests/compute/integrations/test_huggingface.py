"""Trainings by the real Trainer of transformers leave the path that they took."""

from __future__ import annotations

import math

import pytest
import torch

import compute
from compute.errors import ArgumentError

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*pin_memory.*:UserWarning"),
]

SEQUENCES, LENGTH, VOCABULARY, BATCH = 12, 8, 11, 4
TOKENS = torch.randint(0, VOCABULARY, (SEQUENCES, LENGTH), generator=torch.Generator().manual_seed(0))
STEPS_AN_EPOCH = SEQUENCES // BATCH


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def language_model():
    from transformers import GPT2Config, GPT2LMHeadModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return GPT2LMHeadModel(
            GPT2Config(
                vocab_size=VOCABULARY,
                n_positions=LENGTH,
                n_embd=8,
                n_layer=1,
                n_head=2,
                bos_token_id=0,
                eos_token_id=0,
                use_cache=False,
                resid_pdrop=0.0,
                embd_pdrop=0.0,
                attn_pdrop=0.0,
            )
        )


def fit(model, callback, folder, *, resume=None, epochs=2.0, **options):
    from transformers import Trainer, TrainingArguments

    arguments = TrainingArguments(
        output_dir=str(folder / "out"),
        num_train_epochs=epochs,
        per_device_train_batch_size=BATCH,
        learning_rate=1e-2,
        **{
            "report_to": [],
            "disable_tqdm": True,
            "use_cpu": True,
            "save_strategy": "no",
            "seed": 3,
            **options,
        },
    )
    data = [{"input_ids": row, "labels": row} for row in TOKENS]
    trainer = Trainer(model=model, args=arguments, train_dataset=data, callbacks=[callback])
    trainer.train(resume_from_checkpoint=resume)
    return trainer


def callback_of(folder, **options):
    from compute.integrations.huggingface import TrajectoryCallback

    return TrajectoryCallback(folder / "run", **options)


def test_every_epoch_is_recorded(tmp_path):
    model = language_model()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    callback = callback_of(tmp_path)
    fit(model, callback, tmp_path, logging_strategy="no")
    assert callback.trajectory.info == (
        {"step": 0, "epoch": 0.0},
        {"step": 3, "epoch": 1.0},
        {"step": 6, "epoch": 2.0},
    )
    first, middle, last = callback.trajectory
    for name, tensor in model.state_dict().items():
        assert torch.equal(first[name], before[name])
        assert torch.equal(last[name], tensor)
        assert not torch.equal(middle[name], tensor)


@pytest.mark.parametrize("logging_steps", [1, 2])
def test_steps_are_recorded_with_the_loss_that_was_logged(tmp_path, logging_steps):
    callback = callback_of(tmp_path, every_n_steps=2)
    trainer = fit(language_model(), callback, tmp_path, logging_steps=logging_steps, epochs=7 / 3)
    info = callback.trajectory.info
    assert [entry["step"] for entry in info] == [0, 2, 4, 6, 7]
    assert info[1]["epoch"] == pytest.approx(2 / 3)
    logged = {entry["step"]: entry["loss"] for entry in trainer.state.log_history if "loss" in entry}
    for entry in info[1:-1]:
        assert (entry["loss"], entry["loss_step"]) == (logged[entry["step"]], entry["step"])
    assert info[-1]["loss_step"] == (7 if logging_steps == 1 else 6)


def test_the_path_ends_with_the_last_step_though_the_best_model_is_put_back(tmp_path):
    callback = callback_of(tmp_path, every_n_steps=100)
    model = language_model()
    from safetensors.torch import load_file
    from transformers import Trainer, TrainingArguments

    arguments = TrainingArguments(
        output_dir=str(tmp_path / "out"),
        num_train_epochs=3,
        per_device_train_batch_size=BATCH,
        learning_rate=1e-2,
        logging_strategy="no",
        eval_strategy="epoch",
        save_strategy="epoch",
        load_best_model_at_end=True,
        greater_is_better=True,  # so that the first evaluation is the best
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
    )
    data = [{"input_ids": row, "labels": row} for row in TOKENS]
    trainer = Trainer(model, arguments, train_dataset=data, eval_dataset=data, callbacks=[callback])
    trainer.train()
    saved = load_file(tmp_path / "out" / "checkpoint-9" / "model.safetensors")
    last = callback.trajectory[-1]
    assert callback.trajectory.info[-1]["step"] == 9
    assert all(torch.equal(last[name], tensor) for name, tensor in saved.items())
    assert not torch.equal(model.lm_head.weight, last["lm_head.weight"]), "the best model is the last one"


def test_a_training_taken_up_again_continues_its_folder(tmp_path):
    fit(language_model(), callback_of(tmp_path), tmp_path, save_strategy="epoch", max_steps=3)
    callback = callback_of(tmp_path)
    (saved,) = (tmp_path / "out").glob("checkpoint-*")
    fit(language_model(), callback, tmp_path, resume=str(saved))
    assert [entry["step"] for entry in callback.trajectory.info] == [0, 3, 6]


def test_a_folder_of_another_training_is_refused(tmp_path):
    fit(language_model(), callback_of(tmp_path), tmp_path, max_steps=1)
    with pytest.raises(ArgumentError, match=r"reaches step 1.*\nGive each training a folder of its own"):
        fit(language_model(), callback_of(tmp_path), tmp_path, max_steps=1)


def test_the_plane_of_a_language_model(tmp_path):
    model = language_model()
    callback = callback_of(tmp_path, every_n_steps=1)
    fit(model, callback, tmp_path)
    masked = torch.ones_like(TOKENS)
    masked[::2, 5:] = 0
    labels = torch.where(masked.bool(), TOKENS, -100)
    inputs = {"input_ids": TOKENS, "attention_mask": masked}
    metric = compute.Loss("next_token", inputs, labels, output="logits", batch_size=5)
    surface = compute.pca_plane(model, callback.trajectory, metric, points=5)
    model.eval()
    with torch.no_grad():
        own = float(model(**inputs, labels=labels).loss)
    assert surface.meta["centre"]["loss"] == pytest.approx(own, rel=1e-6)
    assert surface.paths[0].loss[-1] == pytest.approx(own, rel=1e-6)
    assert all(math.isfinite(error) for error in surface.metrics["loss_stderr"].ravel())
