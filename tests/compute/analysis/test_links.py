"""Lower links and descents, held against loops over neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from compute import bands
from compute.analysis import critical_points, persistence
from compute.analysis.links import RING, lower_links, reverse
from compute.surface import Surface


def grid(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Values with ties, and with holes for odd seeds."""
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(1, 9, 2))
    return random.integers(0, 6, shape).astype(float), random.random(shape) > 0.2 * (seed % 2)


@pytest.mark.parametrize("seed", range(12))
def test_links_are_those_of_a_loop_over_neighbours(seed: int) -> None:
    values, valid = grid(seed)
    links, (ny, nx) = lower_links(values, valid), values.shape
    for j in range(ny):
        for i in range(nx):
            lower, present = [], 0
            for dj, di in RING:
                y, x = j + dj, i + di
                there = bool(valid[j, i]) and 0 <= y < ny and 0 <= x < nx and bool(valid[y, x])
                present += there
                # Of equal values the earlier in the array counts as lower.
                lower.append(there and (values[y, x], y * nx + x) < (values[j, i], j * nx + i))
            vertex = np.array([j * nx + i])
            assert links.are_lower(vertex)[0].tolist() == lower
            parts = sum(lower[k] and not lower[k - 1] for k in range(6))
            assert links.parts(vertex) == parts
            assert (vertex[0] in links.joints) == (parts >= 2)
            assert links.present[j, i].bit_count() == present
            assert links.boundary[vertex[0]] == (valid[j, i] and present < 6)
            assert (vertex[0] in links.bottom) == (valid[j, i] and not any(lower))


@pytest.mark.parametrize("seed", range(12))
def test_reversed_links_are_those_of_the_grid_upside_down(seed: int) -> None:
    values, valid = grid(seed)
    turned = lower_links(values, valid).reversed()
    expected = lower_links(reverse(values), valid[::-1, ::-1])
    everywhere = np.arange(values.size)
    np.testing.assert_array_equal(turned.are_lower(everywhere), expected.are_lower(everywhere))
    for name in ("joints", "bottom", "boundary"):
        np.testing.assert_array_equal(getattr(turned, name), getattr(expected, name), err_msg=name)


@pytest.mark.parametrize("seed", range(12))
def test_links_are_the_same_from_bands_of_one_row(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    values, valid = grid(seed)
    at_once = lower_links(values, valid)
    monkeypatch.setattr(bands, "_BAND_BYTES", 1)
    monkeypatch.setattr(bands, "_ALONE_BYTES", 0)
    in_parts = lower_links(values, valid)
    for name in ("lower", "present", "joints"):
        np.testing.assert_array_equal(getattr(in_parts, name), getattr(at_once, name), err_msg=name)


@pytest.mark.parametrize("seed", range(4))
def test_a_few_descents_end_where_those_of_the_whole_grid_do(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(seed)
    values = random.integers(0, 40, (24, 17)).astype(float)
    values[random.random(values.shape) < 0.1 * (seed % 2)] = np.nan
    surface = Surface(np.arange(17.0), np.arange(24.0), values)
    one_by_one = critical_points(surface, refine=False)
    monkeypatch.setattr(persistence, "_FEW", -1)
    assert repr(critical_points(surface, refine=False)) == repr(one_by_one)
