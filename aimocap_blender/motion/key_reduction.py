"""Key reduction within a tolerance: finding the samples of a curve that must stay keys."""

from collections.abc import Callable

import numpy as np

from .rotations import BoolArray, FloatArray, IntArray

Distance = Callable[[FloatArray, FloatArray], FloatArray]
"""From interpolated values (N, C) and sampled ones (N, C) to their distances (N,)."""

_LONG = 32  # samples of a span that is split within its middle half


def needed_keys(frames: FloatArray, values: FloatArray, distance: Distance, tolerance: float) -> BoolArray:
    """Find the keys for which linear interpolation stays within a tolerance of all samples.

    Between two keys the sample with the largest error becomes a key, until all are within the tolerance. All curves and
    spans are processed at once, so that the time hardly depends on the number of keys.

    Args:
        frames: (F,) ascending.
        values: (F, N, C) of N properties with C numbers each; the numbers of one property share their keys.
        distance: of interpolated from sampled values.
        tolerance: largest allowed error of an interpolated value.

    Returns:
        (F, N); the first and the last sample are always keys.
    """
    count, curves, _ = values.shape
    kept = np.zeros((curves, count), dtype=np.bool_)
    kept[:, [0, -1]] = True
    flat = np.ascontiguousarray(values.swapaxes(0, 1)).reshape(curves * count, -1)
    instants = np.tile(frames, curves)
    # spans of rows in `flat` that may still exceed the tolerance
    starts = np.arange(curves, dtype=np.int64) * count
    stops = starts + count - 1
    while True:
        inside = stops - starts > 1
        starts, stops = starts[inside], stops[inside]
        if not len(starts):
            return kept.T
        worst, error = _worst(instants, flat, distance, starts, stops)
        off = error > tolerance
        starts, worst, stops = starts[off], worst[off], stops[off]
        kept.reshape(-1)[worst] = True
        starts, stops = np.concatenate([starts, worst]), np.concatenate([worst, stops])


def _worst(
    instants: FloatArray, flat: FloatArray, distance: Distance, starts: IntArray, stops: IntArray
) -> tuple[IntArray, FloatArray]:
    """Return (S,) where to split each span, and (S,) the largest distance of its samples from a straight line.

    It is split at the largest error: a long one within its middle half, so that spans get shorter quickly.
    """
    # all samples inside of spans in one row: which span each is of, and its row in `flat`
    sizes = stops - starts - 1
    firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    span = np.repeat(np.arange(len(sizes)), sizes)
    rows = np.arange(int(sizes.sum())) - firsts[span] + starts[span] + 1
    start, stop = starts[span], stops[span]
    share = ((instants[rows] - instants[start]) / (instants[stop] - instants[start]))[:, None]
    error = distance(flat[start] + (flat[stop] - flat[start]) * share, flat[rows])
    error = np.where(np.isfinite(error), error, 0.0)  # NaN is refused when it is keyed
    largest = np.maximum.reduceat(error, firsts)
    # at least a quarter of a long span from both its ends
    from_end = np.minimum(rows - start, stop - rows)
    may_split = (sizes[span] < _LONG) | (4 * from_end >= sizes[span])
    allowed = np.where(may_split, error, -1.0)
    # of equal errors the first
    hits = np.flatnonzero(allowed == np.maximum.reduceat(allowed, firsts)[span])
    _, first_hits = np.unique(span[hits], return_index=True)
    return rows[hits[first_hits]], largest
