"""The program as a user runs it: a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import compute
from compute.cli import main
from compute.cli.parser import command_as_typed

REPOSITORY = Path(__file__).resolve().parents[3]


def start(*arguments, folder, **settings):
    """A process of the program."""
    # Threads of tiny networks wait for each other more than they work.
    environment = {"OMP_NUM_THREADS": "1"} | os.environ
    environment |= {"PYTHONPATH": str(REPOSITORY), "PYTHONWARNINGS": "error"}
    return subprocess.Popen(
        [sys.executable, "-m", "compute", *map(str, arguments)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **settings,
    )


def run_process(*arguments, folder, expect=0):
    """(stdout, stderr) of a process of the program, which must end with this code and no traceback."""
    process = start(*arguments, folder=folder)
    out, err = process.communicate(timeout=300)
    assert process.returncode == expect, out + err
    assert "Traceback" not in err
    return out, err


@pytest.fixture
def run(monkeypatch, capsys):
    """The same within this process, which is spared the seconds that importing torch takes."""

    def run_here(*arguments, folder, expect=0):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "path", list(sys.path))  # the program adds the current folder
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert code == expect, out + err
        assert "Traceback" not in err
        return out, err

    threads = torch.get_num_threads()
    yield run_here
    torch.set_num_threads(threads)  # which --threads sets for the whole process
    sys.modules.pop("mine", None)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with net.pt, a small digits network, and path/, how it got there."""
    folder = tmp_path_factory.mktemp("trained")
    out, _ = run_process(
        *"train --model mlp:64-16-10 --data digits --epochs 12 --record path -o net.pt".split(), folder=folder
    )
    assert "saved net.pt" in out
    return folder


MODEL = "--model mlp:64-16-10 --data digits".split()


def test_training_learns_and_records_start_and_end(trained):
    from compute import zoo
    from compute.model.checkpoints import load_checkpoint
    from compute.zoo import data

    trajectory = compute.Trajectory(trained / "path")
    assert 60 <= len(trajectory) <= 100
    model = zoo.build("mlp:64-16-10")
    info = load_checkpoint(model, trained / "net.pt")
    last = trajectory[-1]
    assert all(np.array_equal(last[name], tensor) for name, tensor in model.state_dict().items())
    steps = [entry["step"] for entry in trajectory.info]
    assert steps[0] == 0 and steps[-1] == 12 * 23  # ceil(1437 / 64) steps an epoch
    assert info.extras["training"]["epochs"] == 12 and info.extras["model"] == "mlp:64-16-10"
    test = data.load("digits", "test")
    metric = compute.Loss("cross_entropy", test.inputs, test.targets)
    assert compute.point(model, metric)["accuracy"] > 0.9
    load_checkpoint(model, trajectory.paths[0])
    assert compute.point(model, metric)["accuracy"] < 0.4


def test_training_twice_gives_the_same_network(run, tmp_path):
    from compute.model.checkpoints import read_state_dict

    states = []
    for name, seed in (("a.pt", 5), ("b.pt", 5), ("c.pt", 6)):
        run("train", *MODEL, "--epochs", 1, "--threads", 1, "--seed", seed, "-o", name, folder=tmp_path)
        states.append(read_state_dict(tmp_path / name)[0])
    for name in states[0]:
        assert np.array_equal(states[0][name], states[1][name])
        assert not np.array_equal(states[0][name], states[2][name])


@pytest.mark.parametrize(
    ("optimizer", "loss", "lr"),
    [
        ("sgd", "cross_entropy", 0.1),
        ("sgd", "mse", 0.1),
        ("adam", "cross_entropy", 0.01),
        ("adam", "mse", 0.01),
    ],
)
def test_every_way_of_training_learns(run, tmp_path, optimizer, loss, lr):
    options = ["--optimizer", optimizer, "--loss", loss, "--lr", lr, "--epochs", 8, "-o", tmp_path / "out"]
    out, _ = run("train", *"--model mlp --data digits --threads 1".split(), *options, folder=tmp_path)
    accuracy = float(out.partition("accuracy ")[2].split()[0].strip(","))
    assert accuracy > 0.8
    assert (tmp_path / "out" / "net.pt").is_file()


def test_surface_end_to_end(trained, tmp_path):
    out, err = run_process(
        "surface",
        *MODEL,
        "--checkpoint",
        trained / "net.pt",
        *"--limit 300 -x -1:1:7 -y=-.5:1:4 --seed 3 --orthogonal -o surf.ply".split(),
        folder=tmp_path,
    )
    surface = compute.load(tmp_path / "surf.ply")
    assert surface.shape == (4, 7)
    np.testing.assert_allclose(surface.x, np.linspace(-1, 1, 7), atol=1e-12)
    np.testing.assert_allclose(surface.y, np.linspace(-0.5, 1, 4), atol=1e-12)
    assert surface.finite.all() and {"accuracy", "loss_stderr"} <= set(surface.metrics)
    # The origin of the plane is the checkpoint itself, measured the same way.
    from compute import zoo
    from compute.model.checkpoints import load_checkpoint
    from compute.zoo import data

    model, samples = zoo.build("mlp:64-16-10"), data.load("digits", limit=300)
    load_checkpoint(model, trained / "net.pt")
    expected = compute.point(model, compute.Loss("cross_entropy", samples.inputs, samples.targets))
    assert surface.loss[1, 3] == pytest.approx(expected["loss"], rel=1e-6)
    # What was done is in the file, and nothing of this machine is.
    meta = surface.meta
    assert meta["model"] == "mlp:64-16-10" and meta["loss"] == "cross_entropy"
    assert {k: meta["data"][k] for k in ("name", "split", "count")} == {
        "name": "digits",
        "split": "train",
        "count": 300,
    }
    assert meta["checkpoint"]["file"] == "net.pt" and len(meta["checkpoint"]["sha256"]) == 64
    assert meta["command"].startswith(
        "glviz-compute surface --model mlp:64-16-10 --data digits --checkpoint net.pt"
    )
    assert str(tmp_path) not in json.dumps(dict(meta)) and str(trained) not in json.dumps(dict(meta))
    assert "28 points of 300 samples" in err
    assert out.rstrip().endswith("glviz surf.ply")


@pytest.mark.parametrize("spelling", [["-x", "-1:1:3"], ["-x=-1:1:3"], ["--x", "-1:1:3"], ["--x=-1:1:3"]])
def test_ranges_may_begin_with_a_minus(spelling):
    from compute.cli import build_parser

    parsed = build_parser().parse(["surface", *MODEL, *spelling, "-o", "s.ply"])
    assert parsed.x == (-1.0, 1.0, 3) and parsed.y is None


def test_trajectory_end_to_end(run, trained, tmp_path):
    options = ["--trajectory", trained / "path", "--points", 9, "-o", "path.ply"]
    out, _ = run("trajectory", *MODEL, *options, folder=tmp_path)
    surface = compute.load(tmp_path / "path.ply")
    assert surface.shape == (9, 9)
    (path,) = surface.paths
    assert len(path) == len(compute.Trajectory(trained / "path"))
    assert (path.x[-1], path.y[-1]) == pytest.approx((0, 0), abs=1e-5)  # the last checkpoint is the origin
    assert path.loss[-1] == pytest.approx(surface.meta["centre"]["loss"], rel=1e-5)
    assert path.loss[0] == pytest.approx(np.log(10), rel=0.1)  # a fresh network guesses
    first, second = surface.meta["explained_variance"][:2]
    assert f"{100 * first:.1f} % + {100 * second:.1f} %" in out
    assert "60.8 % + 15.2 %" in out
    assert f"{path.residual.max():.4g}" in out


def test_two_optimisers_on_one_plane(run, trained, tmp_path):
    train = [*MODEL, "--optimizer", "adam", "--epochs", 2, "--record", "adam", "--record-every", 20]
    run("train", *train, "-o", "net.pt", folder=tmp_path)
    options = ["--trajectory", trained / "path", "--trajectory", "adam", "--points", 7, "-o", "both.ply"]
    out, _ = run("trajectory", *MODEL, *options, folder=tmp_path)
    surface = compute.load(tmp_path / "both.ply")
    assert [path.name for path in surface.paths] == ["path", "adam"]
    assert len(surface.paths[1]) == len(compute.Trajectory(tmp_path / "adam"))
    assert surface.meta["trajectory"]["folders"] == ["path", "adam"]
    assert (surface.paths[0].x[-1], surface.paths[0].y[-1]) == pytest.approx((0, 0), abs=1e-5)
    for path in surface.paths:
        assert f"{path.name}: the path's largest distance from the plane: {path.residual.max():.4g}" in out


@pytest.fixture(scope="module")
def normed(tmp_path_factory):
    """A folder with a.pt, b.pt and c.pt: digits networks with BatchNorm from three seeds."""
    folder = tmp_path_factory.mktemp("normed")
    for seed, name in enumerate("abc"):
        line = f"train {' '.join(NORMED)} --epochs 3 --lr 0.05 --seed {seed} -o {folder / name}.pt"
        assert main(line.split()) == 0
    return folder


def test_more_threads_or_points_than_there_can_be(run, tmp_path):
    shared = "surface --model mlp --data digits --limit 5 -o s.ply".split()
    _, err = run(*shared, "--threads", 100000, folder=tmp_path, expect=2)
    assert "'100000' is no whole number from 1 to 1024" in err
    _, err = run(*shared, "-x", "-1:1:1000000000", folder=tmp_path, expect=2)
    assert "1,000,000,000 points" in err
    assert not (tmp_path / "s.ply").exists()


def test_names_in_a_checkpoint_cannot_steer_the_terminal(run, tmp_path):
    torch.save({"\x1b[31mred": torch.zeros(1), "linear1.bias": torch.zeros(64)}, tmp_path / "net.pt")
    shared = "surface --model mlp --data digits --limit 5 -o s.ply --checkpoint net.pt".split()
    _, err = run(*shared, folder=tmp_path, expect=3)
    assert "[31mred" in err and "\x1b" not in err


def test_streams_that_cannot_take_what_is_written(trained):
    """A terminal without letters beyond ASCII, a full disk, streams that are closed: never a traceback."""
    command = f"{sys.executable} -W error -m compute info m\u00fc.ply"
    grid = np.linspace(-1, 1, 3)
    compute.Surface(grid, grid, np.ones((3, 3))).save(trained / "m\u00fc.ply")
    cases = ((">/dev/full", 2, "No space left"), (">&-", 0, ""), ("2>&- >&- <&-", 0, ""), ("", 0, ""))
    for redirection, code, words in cases:
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "ascii"}
        done = subprocess.run(
            ["sh", "-c", f"{command} {redirection}"],
            cwd=trained,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stderr
        assert words in done.stderr and "Traceback" not in done.stderr and "rror:" not in done.stderr
    assert done.stdout.startswith("m\\xfc.ply\n  kind      surface, 3 \\xd7 3")


NORMED = "--model mlp_bn:64-16-10 --data digits --limit 600 --threads 1".split()


def test_line_between_two_networks(run, normed, tmp_path):
    ends = ["--checkpoint", normed / "a.pt", "--to", normed / "b.pt", "-x", "-0.5:1.5:5"]
    out, err = run("line", *NORMED, *ends, "--split", "train,test", "-o", "l.ply", folder=tmp_path)
    curve = compute.load(tmp_path / "l.ply")
    assert isinstance(curve, compute.Curve) and curve.x.tolist() == [-0.5, 0, 0.5, 1, 1.5]
    assert {"accuracy", "test_loss", "test_accuracy", "test_loss_stderr"} <= curve.metrics.keys()
    assert "960 samples" in err  # 600 and the whole test set of 360
    assert curve.meta["bn"] == "recompute"
    assert curve.meta["checkpoint"]["file"] == "a.pt" and curve.meta["to"]["file"] == "b.pt"
    assert (curve.meta["data"]["split"], curve.meta["test_data"]["split"]) == ("train", "test")
    assert f"b.pt at (1): loss {curve.loss[3]:.6g} here" in out and out.endswith("see it: glviz l.ply\n")
    assert str(normed) not in json.dumps(dict(curve.meta))
    out, err = run("line", *NORMED, *ends, "--bn", "frozen", "-o", "f.ply", folder=tmp_path)
    frozen = compute.load(tmp_path / "f.ply")
    assert "notice: With BatchNorm statistics frozen" in err and f"the loss {frozen.loss[3]:.4g} here" in err
    assert "notice" not in out
    assert frozen.meta["notes"][1] in err


def test_random_line_and_weight_decay(run, normed, tmp_path):
    options = ["--checkpoint", normed / "a.pt", "-x", "-1:1:3", "--seed", 3, "--norm", "layer"]
    run(
        "line", *NORMED, *options, "--weight-decay", 0.01, "--bn", "recompute", "-o", "l.ply", folder=tmp_path
    )
    curve = compute.load(tmp_path / "l.ply")
    from compute.model.checkpoints import read_state_dict

    weights = [t.double() for n, t in read_state_dict(normed / "a.pt")[0].items() if "running" not in n]
    squares = sum(float(t.square().sum()) for t in weights if t.ndim)
    assert curve.loss[1] - curve.metrics["data_loss"][1] == pytest.approx(0.005 * squares, rel=1e-6)
    assert (curve.meta["norm"], curve.meta["direction_seeds"], curve.meta["bn"]) == (
        "layer",
        [3],
        "recompute",
    )
    assert curve.meta["weight_decay"] == 0.01


def test_plane_through_three_networks(run, normed, tmp_path):
    ends = ["--checkpoint", normed / "a.pt", "--to", normed / "b.pt", normed / "c.pt"]
    grid = "-x -0.5:1.5:5 -y 0:1:2 -o s.ply".split()
    out, _ = run("surface", *NORMED, *ends, *grid, folder=tmp_path)
    surface = compute.load(tmp_path / "s.ply")
    assert surface.shape == (2, 5) and len(surface.paths) == 2
    assert [entry["file"] for entry in surface.meta["to"]] == ["b.pt", "c.pt"]
    assert [entry["at"] for entry in surface.meta["ends"]] == [[0, 0], [1, 0], [0, 1]]
    here = [entry["here"]["loss"] for entry in surface.meta["ends"]]
    assert here == pytest.approx([surface.loss[0, 1], surface.loss[0, 3], surface.loss[1, 1]], rel=1e-6)
    assert "c.pt at (0, 1): loss" in out


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ("--to b.pt --seed 1", 2, "Leave --seed or --to out"),
        ("--to b.pt --norm layer", 2, "Leave --norm or --to out"),
        ("--to a.pt", 2, "their parameters are the same"),
        ("--to none.pt", 3, "none.pt"),
        ("--to other.pt", 3, "4 missing (bn1.weight"),
        ("--bn interpolate", 2, "one model only"),
        ("--bn recomputed", 2, "Did you mean 'recompute'?"),
        ("--split tests", 2, "Did you mean 'test'?"),
        ("-x 1:-1:51", 2, "MIN below MAX"),
        ("-x 0:0:1", 2, "at least 2 points"),
        ("--weight-decay -1", 2, "at least 0"),
    ],
)
def test_lines_that_cannot_be(run, normed, trained, tmp_path, options, code, words):
    files = {name: normed / name for name in ("a.pt", "b.pt")} | {"other.pt": trained / "net.pt"}
    words_typed = [str(files.get(word, word)) for word in options.split()]
    typed = [*NORMED, "--checkpoint", normed / "a.pt", *words_typed, "-o", "l.ply"]
    _, err = run("line", *typed, folder=tmp_path, expect=code)
    assert words in err
    assert os.listdir(tmp_path) == []


def test_a_line_needs_a_start(run, normed, tmp_path):
    _, err = run("line", *NORMED, "--to", normed / "b.pt", "-o", "l.ply", folder=tmp_path, expect=2)
    assert "--checkpoint FILE" in err


def test_info_for_people_and_for_programs(run, trained, tmp_path):
    surface = compute.Surface([0, 1, 2], [-1, 1], [[3, 1, np.nan], [4, 5, 6]], meta={"model": "a\x1b[2Jb"})
    surface.save(tmp_path / "s.ply")
    out, _ = run("info", "s.ply", folder=tmp_path)
    assert "surface, 2 × 3 points (ny × nx)" in out and "1 at (1, -1)" in out
    assert "\x1b" not in out
    facts = json.loads(run("info", "--json", "s.ply", folder=tmp_path)[0])
    assert facts["kind"] == "surface" and facts["shape"] == [2, 3]
    assert (facts["x"], facts["y"]) == ([0, 2], [-1, 1])
    assert facts["min"] == {"value": 1, "x": 1, "y": -1} and facts["max"] == {"value": 6, "x": 2, "y": 1}
    assert (facts["finite"], facts["nonfinite"], facts["pending"]) == (5, 1, 0)


def test_info_of_a_curve(run, tmp_path):
    compute.Curve([0, 1, 2], [3, 1, 2]).save(tmp_path / "c.ply")
    facts = json.loads(run("info", "--json", "c.ply", folder=tmp_path)[0])
    assert facts["kind"] == "curve" and facts["shape"] == [3] and facts["y"] is None
    assert facts["min"] == {"value": 1, "x": 1, "y": None}


OWN = """
import torch
from torch import nn

def net():
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))

def data(split="train"):
    x = torch.randn(50, 2, generator=torch.Generator().manual_seed(1))
    return x, (x[:, :1] * x[:, 1:])

def loss(outputs, targets):
    return (outputs - targets).abs().mean()

not_a_net = lambda: 3
"""


def test_everything_of_ones_own(run, tmp_path):
    (tmp_path / "mine.py").write_text(OWN)
    own = ["--model", "mine:net", "--data", "mine:data"]
    run("train", *own, "--epochs", 20, "--lr", 0.05, "-o", "net.pt", folder=tmp_path)
    shape = "-x -1:1:3 -y -1:1:3 -o s.ply --checkpoint net.pt".split()
    run("surface", *own, *shape, folder=tmp_path)
    assert compute.load(tmp_path / "s.ply").meta["loss"] == "mse"
    run("surface", *own, "--loss", "mine:loss", *shape, folder=tmp_path)
    assert compute.load(tmp_path / "s.ply").meta["loss"] == "mine:loss"
    _, err = run(
        "surface", "--model", "mine:not_a_net", "--data", "digits", "-o", "s.ply", folder=tmp_path, expect=2
    )
    assert "not a torch.nn.Module" in err


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("", 2, "required: VERB"),
        ("sufrace", 2, "Did you mean 'surface'?"),
        ("surface --model mlp --data digits -o s.ply --ckeckpoint n.pt", 2, "Did you mean '--checkpoint'?"),
        ("surface --modle mlp", 2, "Did you mean '--model'?"),
        ("--modle mlp", 2, "does not know '--modle'"),
        ("surface --model mlp --data digits -o s.ply extra", 2, "does not know 'extra'"),
        ("surface --model mlp --data digits -o s.ply --norm filtre", 2, "Did you mean 'filter'?"),
        ("surface --model mpl --data digits -o s.ply", 2, "Did you mean 'mlp'?"),
        ("surface --model mlp --data digit -o s.ply", 2, "Did you mean 'digits'?"),
        (
            "surface --model mlp --data digits -o s.ply --loss cross_entrop",
            2,
            "Did you mean 'cross_entropy'?",
        ),
        ("surface --model mlp --data digits -o s.ply -x 1:-1:5", 2, "MIN below MAX"),
        ("surface --model mlp --data digits -o s.ply -x -1:1", 2, "MIN:MAX:N"),
        ("surface --model mlp --data digits -o s.ply --limit 0", 2, "at least 1"),
        ("surface --model mlp --data digits -o no_folder/s.ply", 2, "mkdir -p no_folder"),
        ("surface --model mlp --data digits -o s.plx", 2, "End it with .ply"),
        ("surface --model mlp --data digits -o .", 2, "preparing the output"),
        ("surface --model resnet20 --data digits -o s.ply", 2, "samples of shape 64"),
        ("surface --model mlp:64-3 --data digits -o s.ply", 2, "targets up to 9"),
        ("surface --model mlp --data digits --checkpoint none.pt -o s.ply", 3, "none.pt"),
        ("surface --model mlp --data cifar10:none.npz -o s.ply", 3, "no such file"),
        ("surface --model no_such:net --data digits -o s.ply", 2, "no module 'no_such'"),
        ("train --model mlp --data digits --lr 1e9 -o n.pt", 2, "Lower the learning rate"),
        ("train --model mlp --data digits -o no/such/n.pt", 2, "mkdir -p no/such"),
        ("trajectory --model mlp --data digits --trajectory none -o s.ply", 3, "no such folder"),
        ("trajectory --model mlp --data digits --trajectory . -o s.ply", 3, "0 checkpoints"),
        ("trajectory --model mlp --data digits --trajectory . --trajectory . -o s.ply", 3, "0 checkpoints"),
        ("info none.ply", 3, "none.ply"),
        ("info .", 3, "directory"),
    ],
)
def test_errors_are_one_message_and_a_code(run, tmp_path, line, code, words):
    out, err = run(*line.split(), folder=tmp_path, expect=code)
    assert out == ""
    message = err[err.index("glviz-compute:") :]
    assert words in message
    assert len(message.strip().splitlines()) == 2, message  # what was done and found; what to do
    assert os.listdir(tmp_path) == []


def test_a_checkpoint_of_another_network_is_refused_before_anything_is_computed(run, trained, tmp_path):
    options = ["--model", "mlp", "--data", "digits", "--checkpoint", trained / "net.pt", "-o", "s.ply"]
    _, err = run("surface", *options, folder=tmp_path, expect=3)
    assert "of another shape (linear1.weight (16, 64) for (64, 64)" in err
    assert "points of" not in err


def test_a_trajectory_is_not_written_over(run, trained, tmp_path):
    options = ["--record", trained / "path", "-o", "n.pt"]
    _, err = run("train", *MODEL, *options, folder=tmp_path, expect=2)
    assert "it holds a trajectory" in err


def test_debug_shows_the_traceback(tmp_path):
    process = start("info", "none.ply", "--debug", folder=tmp_path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3 and "Traceback" in err


@pytest.mark.parametrize(
    "verb", [[], ["train"], ["surface"], ["line"], ["trajectory"], ["hessian"], ["info"]]
)
def test_help(run, verb, tmp_path):
    out, err = run(*verb, "--help", folder=tmp_path)
    assert out.startswith("usage: glviz-compute") and err == ""
    assert "example" in out or verb == ["info"]


def test_light_verbs_load_no_torch(tmp_path):
    code = "import sys, compute.cli; compute.cli.main(['--help']); print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.rstrip().endswith("False")


def test_without_torch_it_says_what_to_install(tmp_path):
    code = (
        "import sys; sys.modules['torch'] = None; from compute.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    line = [sys.executable, "-c", code, "surface", *MODEL, "-o", tmp_path / "s.ply"]
    done = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "needs torch" in done.stderr and 'pip install "glviz[compute]"' in done.stderr


def test_a_network_without_a_checkpoint_is_the_same_each_time(run, tmp_path):
    for name in ("a.ply", "b.ply"):
        run("surface", *MODEL, *"--limit 50 -x -1:1:3 -y -1:1:3 -o".split(), name, folder=tmp_path)
    a, b = (compute.load(tmp_path / name) for name in ("a.ply", "b.ply"))
    assert a.loss.tobytes() == b.loss.tobytes()


INTERRUPTS_ITSELF = """
import atexit, os, signal, torch
from torch import nn

MOMENT, calls = os.environ["MOMENT"], []

def at(moment):
    if moment == MOMENT:
        signal.raise_signal(signal.SIGINT)

def network():
    at("network")
    if MOMENT == "text":
        exec("at('text')")  # for which Python has an exit code of its own, even where it is caught
    return nn.Linear(64, 10)

class Final:
    def __del__(self):  # which no exception leaves
        at("finaliser")

class Data:
    def __call__(self, split):
        Final()
        generator = torch.Generator().manual_seed(0)
        return torch.randn(50, 64, generator=generator), torch.arange(50) % 10

def loss(outputs, targets):
    calls.append(1)
    at("announcement" if len(calls) == 1 else "run" if len(calls) == 500 else "")
    return nn.functional.cross_entropy(outputs, targets, reduction="none")

data = Data()
atexit.register(at, "end")
if MOMENT == "import":
    try:
        at("import")
    except BaseException as error:  # what some libraries make of it
        raise ImportError("a long story") from error
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has another way of interrupting")
@pytest.mark.parametrize("moment", ["import", "network", "text", "finaliser", "announcement", "run", "end"])
def test_an_interrupt_at_any_moment_is_one_line_at_most_and_130(tmp_path, monkeypatch, moment):
    (tmp_path / "mine.py").write_text(INTERRUPTS_ITSELF)
    monkeypatch.setenv("MOMENT", moment)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    words = "surface --model mine:network --data mine:data --loss mine:loss -x -1:1:41 -y -1:1:41 -o s.ply"
    process = start(*words.split(), folder=tmp_path)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, out + err
    assert "Traceback" not in err and "Exception" not in err
    if moment != "finaliser":  # after which it may come in an import
        assert err.count("interrupted") == (0 if moment in ("import", "end") else 1)
    assert ("are done and kept" in err) == (moment == "run")
    left = set(os.listdir(tmp_path)) - {"mine.py"}
    if moment == "run":
        assert "s.ply.journal" in left
    else:
        assert left == ({"s.ply"} if moment == "end" else set())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has another way of interrupting")
@pytest.mark.parametrize("workers", [(), ("--workers", 2)])
def test_an_interrupt_of_the_whole_terminal_is_told_of_once(tmp_path, workers):
    """Ctrl-C reaches workers too, also while they start."""
    grid = "-x -1:1:2001 -y -1:1:2001 -o s.ply".split()
    process = start("surface", *MODEL, *grid, *workers, folder=tmp_path, start_new_session=True)
    assert "4,004,001 points" in process.stderr.readline()  # the computation is about to begin
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert err.count("interrupted") == 1 and "Traceback" not in err and "Exception" not in err


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (["--data", "cifar10:/home/me/c.npz"], "--data cifar10:c.npz"),
        (["--data=mnist:../raw/"], "--data=mnist:raw"),
        (["--checkpoint", r"C:\runs\net.pt"], "--checkpoint net.pt"),
        (["-o=/tmp/my surface.ply"], "'-o=my surface.ply'"),
        (["--model", "package.module:net", "-x", "-1:1:5"], "--model package.module:net -x -1:1:5"),
    ],
)
def test_a_command_keeps_no_folder(typed, kept):
    assert command_as_typed("glviz-compute", typed) == f"glviz-compute {kept}"


WITHOUT_TORCH = """
import sys
sys.modules.update(dict.fromkeys(("torch", "sklearn")))  # importing them is an error now
from compute.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "words",
    [
        ["merge", "out.ply", "1.ply", "2.ply"],
        ["critical", "1.ply", "-o", "out.ply"],
        ["sharpness", "1.ply"],
        ["convert", "1.ply", "out.npz"],
        ["info", "1.ply"],
    ],
    ids=lambda words: words[0],
)
def test_what_only_reads_files_needs_no_torch(tmp_path, words):
    for part in (1, 2):
        run = compute.Run(tmp_path / f"{part}.ply", shard=(part, 2))
        compute.function_plane(
            lambda t: t @ t, [0.1, 0.2], [1, 0], [0, 1], x=(-1, 1, 15), y=(-1, 1, 15), run=run
        )
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *words],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if words[0] == "merge":
        assert "225 finite, 0 not finite, 0 pending" in done.stdout
        assert np.isfinite(compute.load(tmp_path / "out.ply").loss).all()
