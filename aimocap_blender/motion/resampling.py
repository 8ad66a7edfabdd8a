"""Resampling a motion at other times, and which samples of a curve must stay keys within a tolerance."""

from collections.abc import Callable
from dataclasses import replace
from operator import itemgetter

import numpy as np

from .pose_motion import PoseMotion
from .rotations import BoolArray, FloatArray, IntArray, continuous, dot, slerp
from .time_mapping import TimeMapping

_ON_A_FRAME = 1e-3  # frames: distance within which a motion's end is on a whole frame
_NO_TIME = 1e-9  # seconds
_CUT = np.radians(90.0)  # a bone that turns further from one sample to the next doesn't turn: a cut is between them
_ROUNDED = 1e-9  # frames: by which a sample that is on a frame may miss it
Distance = Callable[[FloatArray, FloatArray], FloatArray]
"""From interpolated values (N, C) and sampled ones (N, C) to their distances (N,)."""

_LONG = 32  # samples of a span that is split within its middle half


def at_whole_frames(motion: PoseMotion, mapping: TimeMapping) -> PoseMotion:
    """Resample the motion at each whole timeline frame that it spans, in timeline order.

    A motion between two frames is sampled at the one nearer to its first sample. Rotations are interpolated the short
    way at constant speed, locations linearly. Samples that are on whole frames already stay exactly as they are.
    """
    frames = mapping.frames(motion.times)
    # an end that misses its frame by rounding is on it
    first = int(np.ceil(frames.min() - _ON_A_FRAME))
    last = int(np.floor(frames.max() + _ON_A_FRAME))
    whole = np.arange(first, last + 1, dtype=np.float64) if last >= first else np.rint(frames[:1])
    times = (whole - mapping.frame_at_zero) / mapping.frames_per_second
    if len(whole) == len(frames) and float(np.abs(frames - whole).max()) < _ROUNDED:
        return replace(motion, times=times)
    return _at_times(motion, times)


def straight_between(values: FloatArray, known: IntArray | FloatArray, at: IntArray | FloatArray) -> FloatArray:
    """Return values (N, ...) at some times, on straight lines between those (F, ...) at known ones, one by one."""
    columns = values.reshape(len(known), -1)
    found = np.empty((len(at), columns.shape[1]))
    for column in range(columns.shape[1]):
        found[:, column] = np.interp(at, known, columns[:, column])
    return found.reshape(len(at), *values.shape[1:])


def on_a_spline(values: FloatArray, at: FloatArray) -> FloatArray:
    """Return values (N, C) at places (N,) among samples (F, C), on a Catmull-Rom spline: exact at whole places.

    Args:
        values: samples, at least two.
        at: from 0 to F - 1.
    """
    before = np.minimum(at.astype(np.int64), len(values) - 2)
    share = (at - before)[:, None]
    # Catmull and Rom: the slope at a sample is that from the sample before it to the one after
    slopes = np.gradient(values, axis=0)
    # the cubics of Hermite, for both values and both slopes
    return np.asarray(
        values[before] * (1.0 + 2.0 * share) * (1.0 - share) ** 2
        + values[before + 1] * (3.0 - 2.0 * share) * share**2
        + slopes[before] * share * (1.0 - share) ** 2
        - slopes[before + 1] * share**2 * (1.0 - share)
    )


def samples_around(
    sampled: FloatArray, rotations: FloatArray, times: FloatArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the samples (N,) before and after times (N,), and the share (N,) of the way from one to the other.

    Before the first sample and after the last it is that one. Between two shots of a film there is no pose: there it is
    the nearer one.

    Args:
        sampled: (F,) seconds, ascending.
        rotations: (F, B, 4) of bones: they tell a cut.
        times: seconds.
    """
    after = np.minimum(np.searchsorted(sampled, times), len(sampled) - 1)
    before = np.maximum(after - 1, 0)
    span = np.maximum(sampled[after] - sampled[before], _NO_TIME)
    share = np.clip((times - sampled[before]) / span, 0.0, 1.0)
    half = np.abs(dot(rotations[before], rotations[after])).min(axis=1, initial=1.0)  # cosine of half the angle
    return before, after, np.where(half < np.cos(_CUT / 2.0), np.rint(share), share)


def in_time_order(motion: PoseMotion, mapping: TimeMapping) -> PoseMotion:
    """Return the motion's samples in timeline order, one a frame: the last of those on the same frame."""
    # `unique` keeps the first of equal ones, and here the last counts
    backwards = mapping.frames(motion.times)[::-1].astype(np.float32)  # the precision of Blender's frames
    _, rows = np.unique(backwards, return_index=True)
    rows = len(motion.times) - 1 - rows
    return _rows(motion, motion.times[rows], rows)


def showing(motion: PoseMotion, rows: IntArray) -> PoseMotion:
    """Return the motion that shows, at each of its times (F,), one of its samples."""
    times, rests = motion.times, motion.rests
    shown = _rows(motion, times, rows)
    return replace(shown, rests=None if rests is None else replace(rests.at(times[rows]), times=times))


def beginning_with(motion: PoseMotion, first: PoseMotion) -> PoseMotion:
    """Return the motion with the first samples of another of the same bones, as far from its last one as they are."""
    last = len(first.times) - 1
    rotations = motion.rotations.copy()
    for column, bone in enumerate(motion.bones):
        if bone in first.bones:
            rotations[:last, column] = first.rotations[:last, first.bones.index(bone)]

    def begun(channel: FloatArray, other: FloatArray | None) -> FloatArray:
        if other is None:
            return channel
        return np.concatenate([channel[last] + other[:last] - other[last], channel[last:]])

    return replace(
        motion,
        rotations=continuous(rotations),
        locations={bone: begun(channel, first.locations.get(bone)) for bone, channel in motion.locations.items()},
        travel=None if motion.travel is None else begun(motion.travel, first.travel),
    )


def _at_times(motion: PoseMotion, times: FloatArray) -> PoseMotion:
    """Resample the motion at times (N,) in seconds; before its start and after its end it is constant."""
    if len(motion.times) == 1:
        return _rows(motion, times, np.zeros(len(times), dtype=np.int64))
    before, after, share = samples_around(motion.times, motion.rotations, times)

    def straight(values: FloatArray) -> FloatArray:
        return values[before] + (values[after] - values[before]) * share[:, None]

    rotations = slerp(motion.rotations[before], motion.rotations[after], share[:, None])
    return _with_channels(motion, times, rotations, straight)


def _rows(motion: PoseMotion, times: FloatArray, rows: IntArray) -> PoseMotion:
    return _with_channels(motion, times, motion.rotations[rows], itemgetter(rows))


def _with_channels(
    motion: PoseMotion, times: FloatArray, rotations: FloatArray, at: Callable[[FloatArray], FloatArray]
) -> PoseMotion:
    """Return the motion with other samples: times, rotations, and what gives those of a location channel (F, 3)."""
    return replace(
        motion,
        times=times,
        rotations=rotations,
        locations={bone: at(channel) for bone, channel in motion.locations.items()},
        travel=None if motion.travel is None else at(motion.travel),
    )


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
    # a row for each sample of each curve, a curve's rows one after the other
    flat = np.ascontiguousarray(values.swapaxes(0, 1)).reshape(curves * count, -1)
    instants = np.tile(frames, curves)
    # spans of rows in `flat` that may still exceed the tolerance
    starts = np.arange(curves, dtype=np.int64) * count
    stops = starts + count - 1
    while True:
        # a span without a sample inside is done
        inside = stops - starts > 1
        starts, stops = starts[inside], stops[inside]
        if not len(starts):
            return kept.T
        worst, error = _worst(instants, flat, distance, starts, stops)
        off = error > tolerance
        starts, worst, stops = starts[off], worst[off], stops[off]
        kept.reshape(-1)[worst] = True
        # both parts of a span that was split are looked at again
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
