"""The height of files that do not say which scalar it is."""

from __future__ import annotations

import numpy as np
import pytest

from compute.files.heights import choose_height

FLAT, STEEP, OTHER = np.zeros(4), np.arange(4.0), np.array([3.0, 1, 4, 1])


@pytest.mark.parametrize(
    "scalars, chosen, told",
    [
        ({"z": STEEP}, "z", False),
        ({"z": STEEP, "loss": OTHER}, "loss", False),
        ({"z": STEEP, "loss": FLAT}, "loss", False),
        ({"z": FLAT, "s": STEEP, "vx": OTHER}, "s", True),
        ({"z": STEEP, "s": OTHER}, "s", True),
        ({"s": OTHER, "quality": STEEP, "value": STEEP, "z": FLAT}, "s", True),
        ({"scalar": OTHER, "value": STEEP, "z": FLAT}, "value", True),
        ({"z": STEEP, "quality": FLAT}, "z", False),  # MeshLab writes a quality of 0
        ({"z": STEEP, "s": OTHER, "t": OTHER}, "z", False),  # texture coordinates
        ({"z": FLAT, "height_m": STEEP}, "height_m", True),
        ({"z": FLAT, "height_m": STEEP, "depth_m": OTHER}, "z", False),
        ({"z": FLAT, "red": STEEP, "nx": OTHER, "u": STEEP}, "z", False),
        ({"z": FLAT, "red": STEEP, "energy": OTHER, "texture_u": STEEP}, "energy", True),
        ({"z": FLAT, "energy": FLAT}, "z", False),
        ({"quality": STEEP}, "quality", True),
        ({"z": np.full(4, np.nan), "energy": STEEP}, "energy", True),
        ({"z": np.array([np.nan, 1, 1, np.inf]), "energy": STEEP}, "energy", True),
    ],
)
def test_choice(scalars, chosen, told):
    choice = choose_height(scalars)
    assert choice.name == chosen
    assert (repr(chosen) in choice.notice) is told


def test_there_may_be_none():
    assert choose_height({"red": STEEP}) is None
    assert choose_height({}) is None


def test_notice_says_what_z_is():
    assert choose_height({"z": FLAT, "s": STEEP}).notice == (
        "z is 0 everywhere: height taken from the vertex scalar 's'."
    )
