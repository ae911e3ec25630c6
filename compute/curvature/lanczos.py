"""The extreme eigenpairs of a symmetric matrix of which only products with vectors are known.

Lanczos with full reorthogonalisation and thick restarts (Wu and Simon, "Thick-restart Lanczos
method for large symmetric eigenvalue problems", SIAM J. Matrix Anal. Appl. 2000): an orthonormal
basis V of at most ``basis`` vectors grows by one product a step; the eigenvectors of V' H V, the
Ritz vectors, converge to those of H from both ends of its spectrum at once. When the basis is
full, it starts anew from the Ritz vectors at the ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from compute.errors import UsageError

__all__ = ["EigenPairs", "SpectrumError", "extreme_eigenpairs"]

# Bytes of the basis, and its least and greatest number of vectors.
BASIS_BYTES, BASIS_LEAST, BASIS_MOST = 2**30, 24, 200
# Spaces of at most this many dimensions are spanned whole: the result is then exact, and
# eigenvalues of multiplicity above one are found as often as they occur.
SPANNED = 64
# A step shorter than this, relative to the matrix, is rounding: the basis spans an invariant space.
BREAKDOWN = 1e-13
# Products of one symmetric matrix agree with each other to rounding, in fp32 to some 1e-5 of the matrix.
ASYMMETRY = 1e-2
CHECK_EVERY = 4


class SpectrumError(UsageError, ArithmeticError):
    """The products are not finite, or not those of one symmetric matrix."""


@dataclass(frozen=True, eq=False)
class EigenPairs:
    """Eigenpairs, each with how far it is from being one.

    Attributes:
        values: (k,) float64 Rayleigh quotients v'Hv, the largest ``top`` in descending order, then
            the smallest ``bottom`` in ascending order.
        vectors: (k, P) float64, orthonormal.
        residuals: (k,) norms of H v - value v. There is an eigenvalue within that distance.
        scale: the largest magnitude of an eigenvalue that was met.
        products: how many products were taken, those for the residuals included.
        converged: whether every residual came below tol * scale before the products ran out.
    """

    values: NDArray[np.float64]
    vectors: Tensor
    residuals: NDArray[np.float64]
    scale: float
    products: int
    converged: bool


@torch.no_grad()
def extreme_eigenpairs(
    product: Callable[[Tensor], Tensor],
    size: int,
    *,
    top: int = 1,
    bottom: int = 0,
    tol: float = 1e-4,
    seed: int = 0,
    max_products: int = 300,
    device: torch.device | str = "cpu",
    basis: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> EigenPairs:
    """The largest and the smallest eigenvalues of a symmetric matrix, with their eigenvectors.

    In spaces of more than ``SPANNED`` dimensions an eigenvalue of multiplicity above one is found
    once: a single start vector meets one direction of its space.

    Args:
        product: H v for a (P,) float64 tensor v; float64.
        size: P.
        top: how many of the largest.
        bottom: how many of the smallest (the most negative).
        tol: residuals relative to the largest magnitude of an eigenvalue.
        seed: of the start vector, which depends on nothing else.
        max_products: after which the present best are returned.
        device: of the vectors.
        basis: vectors kept at most; None takes what fits into a GiB.
        progress: told the number of products after each.

    Raises:
        SpectrumError: products that are not finite or not those of one symmetric matrix, or more
            eigenvalues asked for than there are.
    """
    wanted = top + bottom
    if not (top >= 0 and bottom >= 0 and 1 <= wanted <= size):
        raise SpectrumError(
            "finding eigenvalues",
            f"{wanted} of them were asked for in {size} dimensions",
            f"Ask for at least 1 and at most {size}.",
        )
    count = 0

    def counted(vector: Tensor) -> Tensor:
        nonlocal count
        result = product(vector)
        count += 1
        if progress is not None:
            progress(count)
        return result

    room = max(BASIS_LEAST, min(BASIS_MOST, BASIS_BYTES // (8 * size))) if basis is None else basis
    room = min(size, max(SPANNED if size <= SPANNED else 0, room, 2 * wanted + 4))
    space = _Krylov(counted, size, room, torch.device(device), seed)
    done = False
    while not done:
        while space.columns < room and not done:
            space.extend()
            full = space.columns == size
            spent = count >= max_products
            if full or spent or (size > SPANNED and space.columns % CHECK_EVERY == 0):
                done = full or spent or space.converged(top, bottom, tol)
        if not done:
            space.restart(top, bottom)
    values, vectors = space.ritz(top, bottom)
    residuals = np.empty(len(values))
    for k, vector in enumerate(vectors):
        image = counted(vector)
        values[k] = float(vector @ image)
        residuals[k] = float(torch.linalg.vector_norm(image - values[k] * vector))
    converged = bool(np.all(residuals <= tol * space.scale))
    return EigenPairs(values, vectors, residuals, space.scale, count, converged)


class _Krylov:
    """An orthonormal basis V, and T = V' H V in it.

    Attributes:
        columns: how many vectors of the basis H was applied to.
        scale: the largest magnitude of an eigenvalue of T so far.
    """

    def __init__(
        self, product: Callable[[Tensor], Tensor], size: int, room: int, device: torch.device, seed: int
    ) -> None:
        self._product, self._size = product, size
        self._random = np.random.Generator(np.random.Philox(seed))
        self._basis = torch.zeros(min(room + 1, size), size, dtype=torch.float64, device=device)
        self._T = np.zeros((room, room))
        self._coupling = 0.0  # length of what H took out of the basis at the last step
        self.columns, self.scale = 0, 0.0
        self._basis[0] = self._fresh()

    def extend(self) -> None:
        """Apply H to the newest vector of the basis and add what lies outside the basis."""
        j = self.columns
        known = self._basis[: j + 1]
        image = self._product(self._basis[j])
        if not bool(torch.isfinite(image).all()):
            raise SpectrumError(
                "finding eigenvalues of the Hessian",
                "a product with it is not finite",
                "Check that the loss and its derivatives are finite here; try dtype=torch.float64.",
            )
        along = known @ image
        rest = image - along @ known
        again = known @ rest  # twice is enough: Kahan and Parlett
        rest = rest - again @ known
        column = (along + again).cpu().numpy()
        self._check_symmetry(column, float(torch.linalg.vector_norm(image)))
        self._T[: j + 1, j] = self._T[j, : j + 1] = column
        self.columns = j + 1
        self.scale = max(self.scale, float(np.abs(np.linalg.eigvalsh(self._T[: j + 1, : j + 1])).max()))
        self._coupling = float(torch.linalg.vector_norm(rest))
        if self.columns == self._size:
            self._coupling = 0.0
            return
        if self._coupling <= BREAKDOWN * self.scale:
            self._coupling = 0.0
            rest = self._fresh()
        self._basis[self.columns] = rest / torch.linalg.vector_norm(rest)
        if self.columns < len(self._T):
            self._T[j, self.columns] = self._T[self.columns, j] = self._coupling

    def converged(self, top: int, bottom: int, tol: float) -> bool:
        """Whether the residuals of the Ritz vectors at the ends are below tol * scale."""
        if self.columns < top + bottom:
            return False
        _, vectors = np.linalg.eigh(self._T[: self.columns, : self.columns])
        estimates = self._coupling * np.abs(vectors[-1, _ends(self.columns, top, bottom)])
        return bool(np.all(estimates <= tol * self.scale))

    def restart(self, top: int, bottom: int) -> None:
        """Keep the Ritz vectors at the ends and the newest vector, and forget the rest."""
        n = self.columns
        # As many again as are wanted, and then half of the room: too few would waste what was learnt.
        spare = max(2, (n // 2 - top - bottom) // ((top > 0) + (bottom > 0)))
        keep = _ends(n, *(min(k + spare, n // 2) if k else 0 for k in (top, bottom)))
        values, vectors = np.linalg.eigh(self._T[:n, :n])
        chosen = torch.from_numpy(np.ascontiguousarray(vectors[:, keep].T)).to(self._basis)
        newest = self._basis[n].clone()
        self._basis[: len(keep)] = chosen @ self._basis[:n]
        self._basis[len(keep)] = newest
        self._T[:] = 0.0
        self._T[range(len(keep)), range(len(keep))] = values[keep]
        arrow = self._coupling * vectors[-1, keep]
        self._T[len(keep), : len(keep)] = self._T[: len(keep), len(keep)] = arrow
        self.columns = len(keep)

    def ritz(self, top: int, bottom: int) -> tuple[NDArray[np.float64], Tensor]:
        """(k,) Ritz values and (k, P) vectors, the largest number of each positive."""
        n = self.columns
        values, vectors = np.linalg.eigh(self._T[:n, :n])
        chosen = _ends(n, top, bottom)
        weights = torch.from_numpy(np.ascontiguousarray(vectors[:, chosen].T)).to(self._basis)
        found = weights @ self._basis[:n]
        found /= torch.linalg.vector_norm(found, dim=1, keepdim=True)
        largest = found.gather(1, found.abs().argmax(1, keepdim=True))
        return values[chosen], found * torch.where(largest < 0, -1.0, 1.0)

    def _fresh(self) -> Tensor:
        """A random unit vector, orthogonal to the basis."""
        known = self._basis[: self.columns]
        vector = torch.from_numpy(self._random.standard_normal(self._size)).to(self._basis)
        for _ in range(2):
            vector = vector - (known @ vector) @ known
        return vector / torch.linalg.vector_norm(vector)

    def _check_symmetry(self, column: NDArray[np.float64], length: float) -> None:
        """The newest column of T against its row, which earlier products have given already."""
        j = self.columns
        expected = self._T[j, :j]
        if j and np.abs(column[:j] - expected).max() > ASYMMETRY * max(self.scale, length):
            raise SpectrumError(
                "finding eigenvalues of the Hessian",
                "its products with vectors are not those of one symmetric matrix",
                "Look for what changes from call to call (dropout, noise, augmentation), for a backward "
                "pass of one's own, and for .detach() inside the model.",
            )


def _ends(n: int, top: int, bottom: int) -> list[int]:
    """Indices of the largest in descending order, then the smallest in ascending order."""
    return [*range(n - 1, n - 1 - top, -1), *range(bottom)]
