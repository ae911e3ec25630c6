"""Eigenvalues, and directions from and into files, from the command line."""

from __future__ import annotations

import re
import signal

import numpy as np
import pytest
import torch

import compute
from compute import zoo
from compute.cli import main
from compute.model.checkpoints import load_checkpoint, save_checkpoint
from compute.training import train
from compute.zoo import data

MODEL = "--model mlp:64-6-10 --data digits --limit 200 --threads 1".split()
GRID = "-x -1:1:3 -y -1:1:3".split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """a.pt and b.pt, small digits networks; other.pt, one of another shape."""
    path = tmp_path_factory.mktemp("networks")
    samples = data.load("digits", limit=200)
    for name, spec, seed in (("a", "mlp:64-6-10", 0), ("b", "mlp:64-6-10", 1), ("other", "mlp:64-5-10", 0)):
        torch.manual_seed(seed)
        model = zoo.build(spec)
        train(model, samples.inputs, samples.targets, epochs=8, lr=0.1, batch_size=32, seed=seed)
        save_checkpoint(model, path / f"{name}.pt")
    return path


@pytest.fixture
def run(folder, monkeypatch, capsys):
    def run_here(*arguments, expect=0):
        monkeypatch.chdir(folder)
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert code == expect, out + err
        assert "Traceback" not in err
        return out, err

    return run_here


@pytest.fixture(scope="module")
def network(folder):
    """The model a.pt, its loss, and the eigenvalues of its dense Hessian."""
    samples = data.load("digits", limit=200)
    model = zoo.build("mlp:64-6-10").eval()
    load_checkpoint(model, folder / "a.pt")
    model = model.double()
    names = [name for name, _ in model.named_parameters()]
    values = [p.detach() for p in model.parameters()]

    def loss(flat):
        pieces = flat.split([v.numel() for v in values])
        tensors = {n: p.view(v.shape) for n, p, v in zip(names, pieces, values, strict=True)}
        outputs = torch.func.functional_call(model, tensors, (samples.inputs.double(),))
        return torch.nn.functional.cross_entropy(outputs, samples.targets)

    flat = torch.cat([v.reshape(-1) for v in values])
    return model, samples, np.linalg.eigvalsh(torch.autograd.functional.hessian(loss, flat).numpy())


def test_eigenvalues_are_printed_with_their_residuals(run, network):
    out, err = run("hessian", *MODEL, "--checkpoint", "a.pt", "-k", 2, "--tol", "1e-5", "--double")
    rows = re.findall(r"eigenvector (-?\d) +(\S+) +residual (\S+)", out)
    spectrum = network[2]
    assert [int(n) for n, _, _ in rows] == [1, 2, -1, -2]
    for (_, value, residual), expected in zip(rows, spectrum[[-1, -2, 0, 1]], strict=True):
        assert float(value) == pytest.approx(expected, rel=1e-5, abs=1e-5 * spectrum[-1])
        assert float(residual) <= 1e-5 * spectrum[-1]
    ratio = float(out.partition("|smallest / largest| ")[2].split()[0])
    assert ratio == pytest.approx(abs(spectrum[0] / spectrum[-1]), rel=1e-3)
    assert "200 samples, 460 parameters" in out and err == ""


def test_eigen_plane_and_its_directions(run, folder, network):
    out, _ = run(
        *("hessian", *MODEL, "--checkpoint", "a.pt", "--which", "top", *GRID),
        *("-o", "eigen.ply", "--save-directions", "eig", "--batch-size", 64),
    )
    surface = compute.load(folder / "eigen.ply")
    spectrum = network[2]
    np.testing.assert_allclose(surface.meta["eigenvalues"], spectrum[[-1, -2]], rtol=1e-3)
    assert surface.meta["direction_norms"] == pytest.approx([1, 1], rel=1e-5)
    assert "saved eig1.safetensors (hessian eigenvector 1)" in out and "glviz eigen.ply" in out
    directions = [compute.load_direction(folder / f"eig{n}.safetensors", network[0]) for n in (1, 2)]
    assert directions[1].meta["eigenvalue"] == pytest.approx(spectrum[-2], rel=1e-3)
    # The same surface again, from the saved directions.
    run("surface", *MODEL, "--checkpoint", "a.pt", *GRID, "-o", "again.ply",
        "--directions", "eig1.safetensors", "eig2.safetensors")  # fmt: skip
    again = compute.load(folder / "again.ply")
    np.testing.assert_allclose(again.loss, surface.loss, rtol=1e-6)
    assert again.meta["direction_files"] == ["eig1.safetensors", "eig2.safetensors"]
    assert "hessian eigenvector 1" in again.meta["directions"]


def test_too_few_products_are_told_of(run):
    _, err = run("hessian", *MODEL, "--checkpoint", "a.pt", "--max-products", 4)
    assert "notice:" in err and "max_products" in err


def test_two_networks_share_directions(run, folder):
    run(
        "surface", *MODEL, "--checkpoint", "a.pt", *GRID, "--seed", 3, "-o", "a.ply", "--save-directions", "d"
    )
    plain, _ = run("surface", *MODEL, "--checkpoint", "a.pt", *GRID, "--seed", 3, "-o", "a2.ply")
    assert "saved d1" not in plain
    np.testing.assert_array_equal(*(compute.load(folder / n).loss for n in ("a.ply", "a2.ply")))
    assert compute.load(folder / "a.ply").meta["seed"] == 3
    files = ["--directions", "d1.safetensors", "d2.safetensors"]
    run("surface", *MODEL, "--checkpoint", "b.pt", *GRID, *files, "-o", "b.ply")
    shared = compute.load(folder / "b.ply")
    model = zoo.build("mlp:64-6-10").eval()
    load_checkpoint(model, folder / "a.pt")
    directions = tuple(compute.random_direction(model, seed=s) for s in (6, 7))
    load_checkpoint(model, folder / "b.pt")
    samples = data.load("digits", limit=200)
    loss = compute.Loss("cross_entropy", samples.inputs, samples.targets)
    expected = compute.plane(model, loss, directions, x=(-1, 1, 3), y=(-1, 1, 3))
    np.testing.assert_allclose(shared.loss, expected.loss, rtol=1e-6)
    assert shared.meta["direction_seeds"] == [6, 7] and shared.meta["norm"] == "filter"


def test_directions_between_networks_are_saved(run, folder):
    run("surface", *MODEL, "--checkpoint", "a.pt", "--to", "b.pt", "b2.pt", *GRID, "-o", "s.ply", expect=3)
    torch.save({k: v * 0.5 for k, v in torch.load(folder / "b.pt")["state_dict"].items()}, folder / "b2.pt")
    run("surface", *MODEL, "--checkpoint", "a.pt", "--to", "b.pt", "b2.pt", *GRID, "-o", "s.ply",
        "--save-directions", "to")  # fmt: skip
    a, b = (torch.load(folder / f"{n}.pt")["state_dict"] for n in "ab")
    saved = compute.load_direction(folder / "to1.safetensors")
    for name, tensor in saved.tensors.items():
        np.testing.assert_allclose(tensor, b[name] - a[name], atol=1e-6)


def test_hessian_at_each_point(run, folder, network):
    split = ["--split", "train,test"]
    run("surface", *MODEL, "--checkpoint", "a.pt", *GRID, *split, "--hessian", "-o", "h.ply")
    surface = compute.load(folder / "h.ply")
    spectrum = network[2]
    assert surface.metrics["eigenvalue_max"][1, 1] == pytest.approx(spectrum[-1], rel=2e-3)
    assert surface.metrics["eigenvalue_min"][1, 1] == pytest.approx(spectrum[0], abs=2e-3 * spectrum[-1])
    assert "test_loss" in surface.metrics and "eigenvalue_ratio" in surface.metrics
    run("line", *MODEL, "--checkpoint", "a.pt", "-x", "-1:1:3", "--hessian", "-o", "l.ply")
    curve = compute.load(folder / "l.ply")
    assert curve.metrics["eigenvalue_max"][1] == pytest.approx(spectrum[-1], rel=2e-3)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("surface --checkpoint a.pt --directions d1.safetensors -o s.ply", 2, "expected 2 arguments"),
        ("surface --checkpoint a.pt --directions x.safetensors x.safetensors -o s.ply", 3, "No such file"),
        ("surface --checkpoint a.pt --directions a.pt a.pt -o s.ply", 3, "no complete safetensors"),
        ("surface --checkpoint a.pt --directions x y --seed 1 -o s.ply", 2, "--seed chooses"),
        ("surface --checkpoint a.pt --directions x y --to b.pt b.pt -o s.ply", 2, "--to chooses"),
        ("surface --checkpoint a.pt --save-directions none/d -o s.ply", 2, "no folder none"),
        ("hessian --checkpoint a.pt -k 0", 2, "at least 1"),
        ("hessian --checkpoint a.pt -k 500", 2, "460 dimensions"),
        ("hessian --checkpoint a.pt --tol 2", 2, "between 0 and 1"),
        ("hessian --checkpoint a.pt --which largest", 2, "top"),
        ("hessian --checkpoint a.pt -o e.txt", 2, "extension"),
        ("hessian --checkpoint a.pt --save-directions none/d", 2, "no folder none"),
        ("hessian --checkpoint other.pt", 3, "another"),
    ],
)
def test_errors_are_one_message_and_a_code(run, line, code, words):
    verb, *options = line.split()
    out, err = run(verb, *MODEL, *options, expect=code)
    assert words in err and out == "" and err.startswith("glviz-compute: ")


def test_directions_of_another_network_are_refused_by_name(run, folder):
    for n in (1, 2):
        model = zoo.build("mlp:64-5-10")
        compute.random_direction(model, seed=n).save(folder / f"o{n}.safetensors")
    _, err = run("surface", *MODEL, "--checkpoint", "a.pt", "-o", "s.ply", "--directions",
                 "o1.safetensors", "o2.safetensors", expect=3)  # fmt: skip
    assert "of another shape" in err and "(5, 64) for (6, 64)" in err


def test_help(run):
    out, err = run("hessian", "--help")
    assert "example" in out and "--max-products" in out and err == ""
    out, _ = run("surface", "--help")
    assert "--directions" in out and "--save-directions" in out


def test_an_interrupted_plane_goes_on(run, folder, monkeypatch):
    """The eigenvectors are found again, the same to the bit; no point is computed again."""
    from compute.evaluate import Evaluator

    words = ["hessian", *MODEL, "--checkpoint", "a.pt", "-x", "-1:1:5", "-y", "-1:1:5", "-o"]
    run(*words, "plain.ply")
    plain, calls, at = compute.load(folder / "plain.ply"), [], Evaluator.at

    def counted(self, *coefficients):
        calls.append(coefficients)
        if len(calls) == 40:
            signal.raise_signal(signal.SIGINT)
        return at(self, *coefficients)

    monkeypatch.setattr(Evaluator, "at", counted)
    _, err = run(*words, "kept.ply", expect=130)
    assert "of 25 points are done and kept" in err
    _, err = run(*words, "kept.ply")
    monkeypatch.undo()
    assert "points are there from an earlier run" in err
    kept = compute.load(folder / "kept.ply")
    assert kept.loss.tobytes() == plain.loss.tobytes()
    assert kept.meta["eigenvalues"] == plain.meta["eigenvalues"]
    assert not (folder / "kept.ply.journal").exists()
    _, err = run(*words[:-1], "--restart", expect=2)
    assert "--restart is for the points of an output" in err
