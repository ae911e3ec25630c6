"""Films of a path: their frames, and the one command from a recorded training."""

from __future__ import annotations

import re
import subprocess
import sys

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from compute.cli import main
from compute.errors import ArgumentError, UsageError
from compute.plots import FILM_LOOK, Look, plot
from compute.plots.animation import _Stage, _Track
from compute.plots.style import styled
from compute.surface import Path

SMALL = Look(width=2.5, font_size=6, critical="none")


def frame_count(path) -> int:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    decode = [program, "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    data = subprocess.run(decode, capture_output=True, check=True, timeout=60).stdout
    words = subprocess.run([program, "-i", path], capture_output=True, text=True, timeout=60).stderr
    width, height = map(int, re.search(r"Video: .*?(\d{2,})x(\d{2,})", words).groups())
    assert len(data) % (width * height) == 0
    return len(data) // (width * height)


@pytest.mark.parametrize("name", ["a.gif", "a.mp4"])
def test_a_film_has_as_many_frames_as_its_seconds_ask_for(tmp_path, bowl, name):
    told = []
    plot([bowl], tmp_path / name, SMALL, seconds=1.6, fps=10, dpi=60, progress=lambda *a: told.append(a))
    assert told[-1] == (16, 16)
    if name.endswith("gif"):
        with Image.open(tmp_path / name) as picture:
            assert picture.n_frames * picture.info["duration"] == pytest.approx(1600, abs=400)
    assert frame_count(tmp_path / name) == 16


def reds(picture) -> np.ndarray:
    """Where the path's colour is."""
    r, g, b = (picture[..., k].astype(int) for k in range(3))
    return (r > 180) & (g < 90) & (b < 100)


def test_the_path_grows_with_the_training_and_its_head_is_where_it_has_come(bowl):
    with styled(6):
        stage = _Stage(bowl, [_Track.of(bowl.paths[0])], SMALL, "", 80)
        pictures = [stage.frame(step) for step in (0.0, 3.0, 6.5, 11.0)]
    inked = [int(reds(picture).sum()) for picture in pictures]
    assert inked == sorted(inked) and inked[-1] > 2 * inked[0]
    # Half way between checkpoints 6 and 7 the head lies half way between their places.
    x = (bowl.paths[0].x[6] + bowl.paths[0].x[7]) / 2
    y = (bowl.paths[0].y[6] + bowl.paths[0].y[7]) / 2
    column, row = stage.panel.transData.transform((x, y))
    height = pictures[2].shape[0]
    spot = reds(pictures[2])[
        height - round(row) - 2 : height - round(row) + 2, round(column) - 2 : round(column) + 2
    ]
    assert spot.all()
    assert not reds(pictures[1])[height - round(row), round(column)], "not there yet"


def test_the_caption_and_the_curve_tell_the_checkpoint_and_its_loss(bowl):
    with styled(6):
        stage = _Stage(bowl, [_Track.of(bowl.paths[0])], SMALL, "My run", 80)
        stage.frame(6.5)
        assert stage.caption.get_text() == "My run\ncheckpoint 6 of 11   loss 0.456"
        ((_, head),) = stage.marks
        assert head.get_xydata()[0] == pytest.approx([6.5, bowl.paths[0].loss[6:8].mean()])


def test_without_a_loss_there_is_no_curve_and_paths_of_other_lengths_run_together(bowl):
    short = Path([1.0, 0.5, 0.25], [-0.5, -0.2, 0.0], name="adam")
    with styled(6):
        tracks = [_Track.of(Path(bowl.paths[0].x, bowl.paths[0].y, name="sgd")), _Track.of(short)]
        stage = _Stage(bowl, tracks, SMALL, "", 80)
        assert stage.strip is None
        stage.frame(11.0)
        heads = [parts[3].get_xydata()[0].tolist() for parts in stage.parts]
    assert heads == [[pytest.approx(0.25), 0.0], [0.25, 0.0]]


def test_the_same_film_twice_is_the_same(tmp_path, bowl):
    for name in ("a.gif", "b.gif"):
        plot([bowl], tmp_path / name, SMALL, seconds=0.5, fps=10, dpi=60)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()


def test_what_cannot_be_a_film_is_refused(tmp_path, bowl, curve):
    with pytest.raises(UsageError, match="no path"):
        plot([bowl.replace(paths=())], tmp_path / "a.gif")
    with pytest.raises(UsageError, match="2 surfaces"):
        plot([bowl, bowl], tmp_path / "a.gif")
    with pytest.raises(UsageError, match="1 curve"):
        plot([curve], tmp_path / "a.mp4")
    with pytest.raises(ArgumentError, match="frames"):
        plot([bowl], tmp_path / "a.mp4", FILM_LOOK, seconds=0)
    assert not list(tmp_path.iterdir())


def test_steps_that_do_not_rise_count_from_zero():
    assert _Track.of(Path([0, 1, 2], [0, 0, 0], step=[5, 5, 6])).step.tolist() == [0, 1, 2]
    track = _Track.of(Path([0, np.nan, 2], [0, 0, 0], step=[0, 10, 20]))
    assert (track.step.tolist(), track.reached(19.9), track.at(10.0, track.x)) == ([0, 20], 1, 1.0)


def test_a_recorded_training_is_pointed_to_its_verb(tmp_path, capsys):
    (tmp_path / "run").mkdir()
    assert main(["plot", str(tmp_path / "run"), "-o", str(tmp_path / "a.gif")]) == 2
    assert f"trajectory --trajectory {tmp_path / 'run'}" in capsys.readouterr().err


@pytest.mark.slow
def test_one_command_leads_from_a_recorded_training_to_a_film_and_a_figure(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    train = (
        "train --model mlp:64-8-10 --data digits --limit 200 --epochs 3 --record run -o net.pt --threads 1"
    )
    assert main(train.split()) == 0
    run = "trajectory --model mlp:64-8-10 --data digits --limit 200 --trajectory run --points 9 -o p.ply"
    assert main([*run.split(), "--plot", "p.gif", "--plot", "p.pdf"]) == 0
    assert frame_count("p.gif") == 200
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")
    assert "saved p.gif" in capsys.readouterr().out
    line = "line --model mlp:64-8-10 --checkpoint net.pt --data digits --limit 50 -x -1:1:9 -o l.ply"
    assert main([*line.split(), "--plot", "l.svg"]) == 0
    assert "Accuracy" in (tmp_path / "l.svg").read_text()
    # A figure that cannot be made is told of before the hours of work.
    assert main([*run.split(), "--restart", "--plot", "p.xyz"]) == 2
    assert ".xyz" in capsys.readouterr().err


def test_the_program_draws_and_says_where(tmp_path, bowl):
    bowl.save(tmp_path / "bowl.ply")
    command = [sys.executable, "-m", "compute", "plot", tmp_path / "bowl.ply", "-o", tmp_path / "a.svg"]
    done = subprocess.run(
        [*command, "--width", "double", "--levels", "0.01,0.1,1"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, f"saved {tmp_path / 'a.svg'}\n"), done.stderr
    assert 'width="518.4pt"' in (tmp_path / "a.svg").read_text()
