"""Colour tables: the published colours, monotone lightness, and names that help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from glviz.scene.colormap import RECOMMENDED, names, table


def lightness(rgba: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB colours (IEC 61966-2-1, CIE 15)."""
    srgb = rgba[:, :3] / 255.0
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(y > (6 / 29) ** 3, 116 * np.cbrt(y) - 16, y * (29 / 3) ** 3)


def test_viridis_has_its_published_ends_and_middle() -> None:
    colours = table("viridis")
    assert colours.shape == (256, 4) and colours.dtype == np.uint8
    assert colours[0].tolist() == [68, 1, 84, 255]
    assert colours[128].tolist() == [33, 145, 140, 255]
    assert colours[255].tolist() == [253, 231, 37, 255]


@pytest.mark.parametrize("name", ["viridis", "viridis_r"])
def test_the_default_stands_here_as_the_catalogue_has_it(name: str) -> None:
    import cmap

    expected = np.rint(np.asarray(cmap.Colormap(f"bids:{name}").lut(256)) * 255).astype(np.uint8)
    np.testing.assert_array_equal(table(name), expected)


@pytest.mark.parametrize("name", ["viridis", "cividis", "magma", "batlow", "gray"])
def test_sequential_maps_get_lighter_evenly(name: str) -> None:
    steps = np.diff(lightness(table(name, 17)))
    assert np.all(steps > 0) and steps.max() < 2.5 * np.median(steps)


def test_a_reversed_map_is_the_map_reversed() -> None:
    for name in ("viridis", "vik", "RdBu"):
        assert np.abs(table(name + "_r").astype(int) - table(name)[::-1].astype(int)).max() <= 1


def test_names_are_distinct_recommended_first_and_all_have_a_table() -> None:
    known = names()
    assert known[: len(RECOMMENDED)] == RECOMMENDED
    assert len(set(known)) == len(known) > 1000
    for name in known[::7]:
        assert table(name, 64).shape == (64, 4)


def test_a_map_of_a_few_distinct_colours_fills_the_table() -> None:
    colours = table("Set1", 90)
    assert colours.shape == (90, 4)
    assert len(np.unique(colours, axis=0)) == 9


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'viridis'"):
        table("virids")
    with pytest.raises(ValueError, match="at least 2"):
        table("viridis", 1)


def test_ambiguous_short_names_are_taken_without_a_warning(caplog, capfd) -> None:
    table("coolwarm", 33)
    assert not caplog.records and capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="has no /dev/zero")
def test_what_never_ends_and_what_is_huge_is_no_map(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'/dev/zero': is no file"):
        table("/dev/zero")
    (tmp_path / "huge.txt").write_bytes(b"0 0 0\n" * 200_000)
    with pytest.raises(ValueError, match="larger than 1 MiB"):
        table(str(tmp_path / "huge.txt"))


def test_the_module_is_imported_without_the_catalogue() -> None:
    code = "import sys, glviz.scene.colormap; assert 'cmap' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
