"""Spans of samples."""

import numpy as np

from .rotations import BoolArray, IntArray


def runs(mask: BoolArray) -> IntArray:
    """Return the first index and one past the last (N, 2) of each run of True."""
    # with False around it, runs at the ends begin and end as well
    edges = np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))
    return np.stack([np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)], axis=-1).astype(np.int64)


def chunks_of(count: int, size: int = 4096) -> list[slice]:
    """Return slices of limited length that cover `count` samples: what is made of all at once may be large."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
