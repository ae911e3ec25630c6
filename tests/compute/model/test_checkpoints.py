"""Checkpoints by anyone: those that fit are loaded, the others are told apart, none is run."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import pickle
from contextlib import contextmanager

import pytest
import torch
from torch import nn

import compute
from compute import zoo
from compute.errors import InputError
from compute.model.checkpoints import load_checkpoint, read_state_dict, save_checkpoint
from compute.zoo import data


def small() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))


def same(a: nn.Module, b: nn.Module) -> bool:
    mine, other = a.state_dict(), b.state_dict()
    return mine.keys() == other.keys() and all(torch.equal(mine[name], other[name]) for name in mine)


@pytest.fixture
def trained():
    torch.manual_seed(1)
    model = small()
    model(torch.randn(8, 3))  # moves the running statistics
    return model.eval()


@pytest.mark.parametrize("key", [None, "state_dict", "model", "model_state_dict", "net"])
@pytest.mark.parametrize("prefix", ["", "module.", "_orig_mod.", "_orig_mod.module.", "module._orig_mod."])
@pytest.mark.parametrize("zipped", [True, False])
def test_every_usual_wrapping_is_taken_off(tmp_path, trained, key, prefix, zipped):
    state = {prefix + name: tensor for name, tensor in trained.state_dict().items()}
    content = state if key is None else {key: state, "epoch": 3, "lr": 0.5, "optimizer": {"state": [1, 2]}}
    path = tmp_path / "net.pth"
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    model = small()
    info = load_checkpoint(model, path)
    assert same(model, trained)
    assert info.file == "net.pth"
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert info.extras == ({} if key is None else {"epoch": 3, "lr": 0.5})


def test_a_bare_checkpoint_fits_a_wrapped_model(tmp_path, trained):
    torch.save(trained.state_dict(), tmp_path / "net.pt")
    wrapped = nn.DataParallel(small())
    load_checkpoint(wrapped, tmp_path / "net.pt")
    assert same(wrapped.module, trained)


def test_counters_of_batches_may_be_missing(tmp_path, trained):
    state = {k: v for k, v in trained.state_dict().items() if "num_batches" not in k}
    torch.save(state, tmp_path / "old.pt")
    model = small()
    load_checkpoint(model, tmp_path / "old.pt")
    assert torch.equal(model[1].running_mean, trained[1].running_mean)


def test_the_models_dtype_stays(tmp_path, trained):
    torch.save(trained.state_dict(), tmp_path / "net.pt")
    model = small().double()
    load_checkpoint(model, tmp_path / "net.pt")
    assert model[0].weight.dtype == torch.float64
    assert torch.equal(model[0].weight, trained[0].weight.double())


def test_what_does_not_fit_is_named_and_changes_nothing(tmp_path, trained):
    state = trained.state_dict()
    state["0.weight"] = torch.zeros(5, 3)
    state["extra.bias"] = torch.zeros(1)
    del state["2.bias"]
    torch.save(state, tmp_path / "net.pt")
    model = small()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(InputError) as caught:
        load_checkpoint(model, tmp_path / "net.pt")
    message = str(caught.value)
    assert "1 missing (2.bias)" in message
    assert "1 unexpected (extra.bias)" in message
    assert "1 of another shape (0.weight (5, 3) for (4, 3))" in message
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_a_wholly_different_network_gives_a_short_message(tmp_path):
    torch.save(zoo.build("resnet56").state_dict(), tmp_path / "net.pt")
    with pytest.raises(InputError) as caught:
        load_checkpoint(zoo.build("lenet"), tmp_path / "net.pt")
    assert "and 300 more" not in str(caught.value) and len(str(caught.value)) < 600
    assert "unexpected" in caught.value.found and "missing" in caught.value.found


class Bomb:
    """Makes a file when unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (os.mkdir, (self.path,))


@pytest.mark.parametrize("zipped", [True, False])
def test_a_checkpoint_that_runs_code_is_refused(tmp_path, zipped):
    proof = tmp_path / "it_ran"
    torch.save(
        {"state_dict": {"0.weight": torch.zeros(4, 3)}, "args": Bomb(proof)},
        tmp_path / "net.pt",
        _use_new_zipfile_serialization=zipped,
    )
    with pytest.raises(InputError, match="can run code") as caught:
        load_checkpoint(small(), tmp_path / "net.pt")
    assert not proof.exists()
    assert "weights_only" not in str(caught.value)  # no advice to switch the protection off
    assert "mkdir" in caught.value.found


def test_a_plain_pickle_and_a_whole_module_are_refused(tmp_path):
    proof = tmp_path / "it_ran"
    (tmp_path / "net.pkl").write_bytes(pickle.dumps(Bomb(proof)))
    torch.save(small(), tmp_path / "module.pt")
    for name in ("net.pkl", "module.pt"):
        with pytest.raises(InputError):
            read_state_dict(tmp_path / name)
    assert not proof.exists()


def damaged():
    buffer = io.BytesIO()
    torch.save(small().state_dict(), buffer)
    whole = buffer.getvalue()
    return {
        "empty": b"",
        "text": b"epoch 3, accuracy 0.9\n",
        "cut": whole[: len(whole) // 2],
        "start only": whole[:30],
        "no end": whole[:-20],
        "zeros": bytes(1000),
        "numpy": b"\x93NUMPY\x01\x00",
    }


@pytest.mark.parametrize("case", damaged())
def test_damaged_files(tmp_path, case):
    (tmp_path / "net.pt").write_bytes(damaged()[case])
    with pytest.raises(InputError) as caught:
        load_checkpoint(small(), tmp_path / "net.pt")
    assert caught.value.doing == "loading the checkpoint net.pt" and caught.value.todo


@pytest.mark.parametrize(
    "content", [torch.zeros(3), [torch.zeros(3)], {}, {"epoch": 3}, {"state_dict": {"a": 1}}, 7], ids=repr
)
def test_files_without_a_state_dict(tmp_path, content):
    torch.save(content, tmp_path / "net.pt")
    with pytest.raises(InputError, match="not a state dict"):
        load_checkpoint(small(), tmp_path / "net.pt")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.to_sparse(), "0.weight is sparse"),
        (lambda t: t.to("meta"), "meta device"),
        (lambda t: t.to(torch.complex64), r"1 complex for real \(0.weight\)"),
    ],
)
def test_tensors_of_another_kind_are_named_and_change_nothing(tmp_path, trained, change, words):
    state = {**trained.state_dict()}
    state["0.weight"] = change(state["0.weight"])
    torch.save(state, tmp_path / "net.pt")
    model = small()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(InputError, match=words):
        load_checkpoint(model, tmp_path / "net.pt")
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("room", [0, 100, 1500])
def test_a_full_disk_is_called_that(tmp_path, monkeypatch, trained, room):
    """torch.save alone would speak of "unexpected pos"."""

    @contextmanager
    def full_disk(path):
        class Full(io.BytesIO):
            def write(self, data):
                if self.tell() + len(data) > room:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return super().write(data)

        yield Full()

    monkeypatch.setattr("compute.model.checkpoints.replacing", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(trained, tmp_path / "net.pt")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no devices here")
def test_a_device_without_an_end():
    with pytest.raises(InputError, match="it is a device"):
        read_state_dict("/dev/zero")


def test_a_refusal_accuses_only_those_that_ask_for_code(tmp_path):
    (tmp_path / "surf.ply").write_bytes(b"ply\nformat ascii 1.0\n")
    with pytest.raises(InputError, match="that torch.save wrote") as caught:
        read_state_dict(tmp_path / "surf.ply")
    assert "run code" not in str(caught.value)
    torch.save(small(), tmp_path / "module.pt")
    with pytest.raises(InputError, match="asks for torch.nn.modules.container.Sequential"):
        read_state_dict(tmp_path / "module.pt")


def test_no_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.pt", tmp_path):
        with pytest.raises(InputError) as caught:
            load_checkpoint(small(), path)
        assert str(path) in caught.value.found


def test_saving_keeps_everything_and_leaves_no_temporary(tmp_path, trained):
    save_checkpoint(trained, tmp_path / "net.pt", epochs=3, data={"name": "digits"})
    model = small()
    info = load_checkpoint(model, tmp_path / "net.pt")
    assert same(model, trained)
    assert info.extras == {"epochs": 3, "data": {"name": "digits"}}
    assert os.listdir(tmp_path) == ["net.pt"]


# Test accuracy in percent, published with the networks; and their losses and accuracies on the subset
# of CIFAR-10, measured with them in another program and given to the digits known.
PUBLISHED_ACCURACY = {"resnet56": 93.66, "resnet56_noshort": 86.69}
MEASURED = {
    ("resnet56", "train"): ("0.00082539", "1.00000"),
    ("resnet56", "test"): ("0.26068", "0.93805"),
    ("resnet56_noshort", "train"): ("0.133715", "0.95497"),
    ("resnet56_noshort", "test"): ("0.385618", "0.87217"),
}


@pytest.mark.parametrize("name", PUBLISHED_ACCURACY)
def test_the_published_networks_load(shared_data, name):
    model = zoo.build(name)
    info = load_checkpoint(model, shared_data / "li2018" / f"{name}.t7")
    assert info.extras == {"acc": PUBLISHED_ACCURACY[name], "epoch": 300}
    matrices = [p.detach().double() for p in model.parameters() if p.ndim > 1]
    norm = torch.sqrt(sum(m.square().sum() for m in matrices)).item()
    dead = sum(int((m.flatten(1).norm(dim=1) < 1e-6).sum()) for m in matrices)
    assert (round(norm, 3), dead) == ((21.648, 117) if name == "resnet56" else (22.141, 236))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "split"), MEASURED)
def test_the_published_networks_have_the_measured_loss(shared_data, name, split):
    model = zoo.build(name)
    load_checkpoint(model, shared_data / "li2018" / f"{name}.t7")
    samples = data.load(f"cifar10:{shared_data / 'images' / 'cifar10_subset.npz'}", split)
    assert samples.count == {"train": 5085, "test": 1017}[split]
    values = compute.point(model, compute.Loss("cross_entropy", samples.inputs, samples.targets))
    loss, accuracy = MEASURED[name, split]
    decimals = len(loss.partition(".")[2])
    assert (f"{values['loss']:.{decimals}f}", f"{values['accuracy']:.5f}") == (loss, accuracy)
