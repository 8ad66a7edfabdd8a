"""Matrix products as fast as this numpy makes them: some, as Debian's, have no tuned BLAS."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Product = Callable[[Matrix, Matrix, Matrix], None]

_SHORT = 64  # numbers of a sum's inner loop: of fewer, laying all out anew costs less than the loops do
_TRIALS = 20


def by_blas(left: Matrix, right: Matrix, out: Matrix) -> None:
    """Multiply (P, C) by a transposed (N, C) into (P, N)."""
    np.matmul(left, right.T, out=out)


def by_sums(left: Matrix, right: Matrix, out: Matrix) -> None:
    """Multiply in the same way, by numpy's own sums.

    They run along what is contiguous: the longer one of C and N should be that in `right`. Where both are short, P is.
    """
    if max(right.shape) < _SHORT:
        np.copyto(out, np.einsum("pc,nc->np", np.asfortranarray(left), right).T)
    else:
        np.einsum("pc,nc->pn", left, right, out=out)


@dataclass
class _Chosen:
    """The product of this process, once it is known."""

    product: Product | None = None


_chosen = _Chosen()


def choose(*, tuned: bool) -> None:
    """Multiply as an earlier process did, whose results go on here: the two ways round differently."""
    _chosen.product = by_blas if tuned else by_sums


def fastest() -> Product:
    """Return the faster one of the two, tried out once: `by_sums` where numpy has no tuned BLAS."""
    if _chosen.product is None:
        _chosen.product = _tried()
    return _chosen.product


def _tried() -> Product:
    # short ones, and many: on a busy machine some are interrupted, and the same films shall give the same motion
    left, right = np.ones((128, 64), np.float32), np.ones((128, 64), np.float32)
    out = np.empty((128, 128), np.float32)

    def seconds(product: Product) -> float:
        started = time.perf_counter()
        product(left, right, out)
        return time.perf_counter() - started

    return min((by_blas, by_sums), key=lambda product: min(seconds(product) for _ in range(_TRIALS)))


def are_tuned() -> bool:
    """Return whether numpy has a tuned BLAS, with which a network takes half the time."""
    return fastest() is by_blas
