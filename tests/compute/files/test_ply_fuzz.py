"""Whatever the bytes: a result or a `PlyError`, soon and without a fortune in memory."""

from __future__ import annotations

import random
import resource
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.files import load, save
from compute.files.ply import PlyError
from compute.surface import CriticalPoint, Curve, HeightMesh, Path, Surface

WORDS = [
    b"ply\n", b"format ascii 1.0\n", b"format binary_little_endian 1.0\n", b"format binary_big_endian 1.0\n",
    b"comment loss-surface 1\n", b'comment meta {"shape": [2, 3], "paths": ["a"], "field": "z"}\n',
    b"element vertex ", b"element face ", b"element edge ", b"element tristrips ", b"element path_point ",
    b"element critical_point ", b"0\n", b"1\n", b"4\n", b"6\n", b"1000000000\n", b"property ", b"list ",
    b"uchar ", b"int ", b"uint ", b"float ", b"double ", b"x\n", b"y\n", b"z\n", b"s\n", b"loss\n",
    b"status\n", b"path\n", b"step\n", b"index\n", b"vertex_indices\n", b"vertex1\n", b"vertex2\n",
    b"0 0 1\n", b"1 0 2\n", b"0 1 3\n", b"1 1 nan\n", b"3 0 1 2\n", b"-1 ", b"1e999 ", b"\0\0\0\0",
    b"\xff" * 8, b"end_header\n",
]  # fmt: skip


def survives(path) -> bool:
    """Whether it loads; anything but a result or a `PlyError` is raised."""
    start = time.process_time()
    try:
        loaded = load(path)
        assert isinstance(loaded, (Surface, Curve, HeightMesh))
        return True
    except PlyError as error:
        assert error.found and error.todo and str(error).replace("\n", "", 1).isprintable()
        return False
    finally:
        assert time.process_time() - start < 2


@settings(max_examples=400, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), max_size=40), tail=st.binary(max_size=60))
def test_headers_put_together_at_random(ply_file, words, tail):
    survives(ply_file(b"ply\nformat ascii 1.0\n" * (len(words) % 2) + b"".join(words) + tail))


@settings(max_examples=400, deadline=None)
@given(
    encoding=st.sampled_from([b"ascii", b"binary_little_endian", b"binary_big_endian"]),
    elements=st.lists(
        st.tuples(
            st.sampled_from(
                [b"vertex", b"face", b"edge", b"tristrips", b"path_point", b"critical_point", b"e"]
            ),
            st.integers(0, 9),
            st.lists(
                st.tuples(
                    st.sampled_from([b"", b"list uchar ", b"list int ", b"list char "]),
                    st.sampled_from([b"char", b"uint", b"float", b"double"]),
                    st.sampled_from([b"vertex_indices", b"loss", b"path", b"index", b"status", b"vertex1"]),
                ),
                max_size=3,
                unique_by=lambda p: p[2],
            ),
        ),
        max_size=4,
        unique_by=lambda e: e[0],
    ),
    mark=st.booleans(),
    body=st.binary(max_size=400) | st.text("0123456789 -.en\n", max_size=300).map(str.encode),
)
def test_sound_headers_before_any_body(ply_file, encoding, elements, mark, body):
    lines = [b"ply", b"format " + encoding + b" 1.0", *[b"comment loss-surface 1"] * mark]
    for name, count, properties in elements:
        lines.append(b"element %s %d" % (name, count))
        if name in (b"vertex", b"path_point", b"critical_point"):
            lines += [b"property float x", b"property uchar y", b"property short z"]
        lines += [b"property %s%s %s" % p for p in properties]
    survives(ply_file(b"\n".join([*lines, b"end_header", b""]) + body))


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The content with a few bytes changed, removed, repeated or moved; often in the header."""
    data = bytearray(content)
    end = max(content.find(b"end_header"), 1)
    for _ in range(rng.choice([1, 1, 2, 3])):
        at = rng.randrange(end if rng.random() < 0.3 else max(len(data), 1)) if data else 0
        size = rng.choice([1, 1, 2, 4, 16])
        (action,) = rng.choices(range(5), [8, 1, 1, 1, 1])
        if action == 0:
            data[at : at + 1] = bytes(
                [rng.choice([0, 1, 10, 13, 32, 45, 48, 57, 127, 128, 255, rng.randrange(256)])]
            )
        elif action == 1:
            del data[at : at + size]
        elif action == 2:
            data[at:at] = data[at : at + size]
        elif action == 3:
            data[at:at] = bytes(rng.randrange(256) for _ in range(size))
        else:
            del data[rng.randrange(len(data) + 1) :]
    return bytes(data)


def own_files(folder):
    """Files of the dialect with everything in it."""
    loss = np.arange(12.0).reshape(3, 4)
    loss[1, 1] = np.nan
    surface = Surface(
        np.arange(4.0),
        np.arange(3.0),
        loss,
        metrics={"accuracy": loss / 9},
        meta={"model": "mlp", "seed": 3},
        paths=[Path([0, 1], [1, 2], name="a"), Path([3], [1], name="b")],
        critical_points=[CriticalPoint("saddle", 1, 2, 3)],
    )
    curve = Curve([0, 1, 2], [3, 4, 5], metrics={"m": [1, 2, 3]})
    for index, (thing, text) in enumerate((t, x) for t in (surface, curve) for x in (False, True)):
        save(thing, folder / f"{index}.ply", text=text)
    return sorted(folder.glob("*.ply"))


def mutate_all(files, ply_file, rounds):
    rng = random.Random(20240521)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes = [survives(ply_file(mutated(path.read_bytes(), rng))) for _ in range(rounds) for path in files]
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 300_000  # KiB
    assert 0.02 < np.mean(outcomes) < 0.98  # the mutations reach both ends


def test_mutated_own_files(tmp_path, ply_file):
    mutate_all(own_files(tmp_path), ply_file, 150)


def test_mutated_corpus(shared_data, ply_file):
    folder = shared_data / "ply_corpus"
    files = [path for path in sorted(folder.glob("*/*.ply")) if path.stat().st_size < 10_000]
    if not files:
        pytest.skip(f"no PLY files in {folder}")
    mutate_all(files, ply_file, 12)
