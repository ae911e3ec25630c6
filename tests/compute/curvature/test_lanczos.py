"""Extreme eigenpairs of matrices whose spectrum is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from compute.curvature.lanczos import SpectrumError, extreme_eigenpairs


def matrix(eigenvalues, seed=0):
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(eigenvalues),) * 2))
    return torch.from_numpy(q @ np.diag(eigenvalues) @ q.T), q


@pytest.mark.parametrize("basis", [None, 12, 40])
@pytest.mark.parametrize(("top", "bottom"), [(1, 0), (0, 1), (3, 0), (2, 2)])
def test_ends_of_a_crowded_spectrum(basis, top, bottom):
    """A few eigenvalues stand out of a dense bulk, on either side, as in a trained network."""
    spectrum = np.concatenate([[-0.3, -0.15], np.linspace(-0.05, 0.05, 390), [0.1, 0.4, 2, 9]])
    A, q = matrix(spectrum)
    found = extreme_eigenpairs(
        lambda v: A @ v, 396, top=top, bottom=bottom, tol=1e-9, max_products=2000, basis=basis
    )
    expected = [*range(395, 395 - top, -1), *range(bottom)]
    np.testing.assert_allclose(found.values, spectrum[expected], atol=1e-12)
    np.testing.assert_allclose(np.abs(np.sum(found.vectors.numpy() * q[:, expected].T, 1)), 1, atol=1e-9)
    assert found.converged and found.residuals.max() <= 1e-9 * 9
    assert found.products < 150  # of 396, even where the basis is much smaller


def test_interior_of_the_bulk_is_reached_through_restarts():
    spectrum = np.linspace(-1, 1, 300) ** 3
    A, _ = matrix(spectrum)
    found = extreme_eigenpairs(lambda v: A @ v, 300, top=2, bottom=1, tol=1e-8, max_products=2000, basis=20)
    np.testing.assert_allclose(found.values, [1, spectrum[-2], -1], atol=1e-12)
    assert found.converged


@pytest.mark.parametrize("size", [1, 2, 9, 64])
def test_small_spaces_are_spanned_whole_multiplicities_included(size):
    spectrum = np.sort(np.repeat([-1.0, 0.0, 2.0], [size // 3, size - 2 * (size // 3), size // 3]))
    A, _ = matrix(spectrum)
    k = min(3, size)
    found = extreme_eigenpairs(lambda v: A @ v, size, top=k, bottom=0, tol=1e-12)
    np.testing.assert_allclose(found.values, spectrum[::-1][:k], atol=1e-13)
    np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(k), atol=1e-12)


def test_zero_matrix():
    found = extreme_eigenpairs(torch.zeros_like, 200, top=2, bottom=1)
    assert not found.values.any() and not found.residuals.any() and found.converged


def test_noise_of_single_precision_leaves_eigenpairs_as_good_as_it_is():
    A, _ = matrix(np.concatenate([np.linspace(-0.05, 0.05, 396), [-0.2, 0.4, 2, 9]]))
    single = A.float()
    found = extreme_eigenpairs(lambda v: (single @ v.float()).double(), 400, top=2, bottom=1, tol=1e-5)
    np.testing.assert_allclose(found.values, [9, 2, -0.2], atol=2e-5)
    assert found.converged


def test_same_seed_same_result_and_products_are_bounded():
    A, _ = matrix(np.linspace(-1, 1, 200))
    a, b = (extreme_eigenpairs(lambda v: A @ v, 200, top=2, seed=3, max_products=17) for _ in range(2))
    assert torch.equal(a.vectors, b.vectors) and a.products == 17 + 2 and not a.converged


def test_matrix_that_is_none_is_refused():
    A, _ = matrix(np.linspace(-1, 1, 100))
    A[3, 5] += 5
    with pytest.raises(SpectrumError, match="symmetric"):
        extreme_eigenpairs(lambda v: A @ v, 100)
    with pytest.raises(SpectrumError, match="not finite"):
        extreme_eigenpairs(lambda v: v * float("nan"), 100)
    with pytest.raises(SpectrumError, match="1 dimensions"):
        extreme_eigenpairs(lambda v: v, 1, top=1, bottom=1)
