"""Samples of a file that are no motion: poses that are held for several samples each, and a rest pose before the first.

Poses are held where motion was made at a lower rate than its file's, or by stepped keys. Whoever asks such samples what
rests is told that everything does, again and again.
"""

from dataclasses import replace

import numpy as np

from .rotations import BoolArray, FloatArray, IntArray, conjugate, multiply, norm, slerp, to_rotation_vector
from .skeleton import Clip

_AGAIN = 3  # holds, besides the first and the last, which may be cut
_SHORTEST = 2.0  # samples
_STANDSTILL = 3.0  # times as long as most: a hold in which a body stands still
_STANDSTILL_SEC = 0.5  # seconds: so is one that is as long
# Rad that bones turn on average from a rest pose to the motion, and how many times as much as in the frames of the
# seconds after it: of 142 captures with such a first frame by 0.2 and 6 at least, of other frames by 3 times at most.
_JUMPS, _FASTER, _SOON = 0.15, 5.0, 0.1
_RESTS = 2  # samples of rest poses at most: one of the 142 begins with a second one, in which hands are calibrated


def moving(clip: Clip) -> tuple[Clip, IntArray]:
    """Return the motion that goes on from pose to pose, and (F,) the sample of it that each of the file's shows.

    A pose is where its hold begins, the last one at the motion's end. A body that stands still does so until the usual
    time before it moves on. A motion whose poses aren't held is returned as it is.
    """
    last = len(clip.times) - 1
    # a hold is a run of samples that are the same to the last bit
    edges = np.concatenate([[0], np.flatnonzero(_changes(clip)) + 1, [last + 1]]).astype(np.int64)
    lengths = np.diff(edges)
    usual = float(np.median(lengths[1:-1])) if len(lengths) >= _AGAIN + 2 else 0.0
    long = int(np.searchsorted(clip.times - clip.times[0], _STANDSTILL_SEC))
    if not _SHORTEST <= usual < long:
        return clip, np.arange(last + 1, dtype=np.int64)
    # a hold that is much longer than usual is no pose between two others, but a body that stands
    stands = lengths >= min(_STANDSTILL * usual, long)
    poses = edges[:-1].copy()
    if not stands[-1]:
        poses[-1] = last
    until = np.append(edges[1:-1] - round(usual), last)[stands]
    return _between(clip, np.unique(np.concatenate([poses, until]))), np.repeat(poses, lengths)


def without_rest_pose(clip: Clip) -> tuple[Clip, int]:
    """Return the motion, and how many samples of rest poses before it are left out of it, 0 for none.

    Converters put the skeleton's there. Nobody gets from it to the next sample's pose in time: the motion begins as
    it goes on from there.
    """
    seconds = float(clip.times[-1] - clip.times[0])
    soon = max(1, round(_SOON * (len(clip.times) - 1) / seconds)) if seconds > 0.0 else 0
    quat = clip.rotations[: _RESTS + soon + 1]
    if not 0 < soon < len(quat) - _RESTS < len(clip.times) - _RESTS:
        return clip, 0
    turns = np.asarray(multiply(quat[1:], conjugate(quat[:-1])), dtype=np.float64)
    # how far bones turn from sample to sample, on average
    angles = norm(to_rotation_vector(turns)).mean(axis=1)
    for rests in range(_RESTS, 0, -1):
        if angles[rests - 1] >= max(_JUMPS, _FASTER * float(angles[rests : rests + soon].max())):
            return _beginning_at(clip, rests, turns[rests]), rests
    return clip, 0


def _beginning_at(clip: Clip, first: int, turn: FloatArray) -> Clip:
    """Return the clip with what is before a sample replaced: the step after it, `turn` (B, 4), goes on backwards."""
    positions, rotations = clip.positions.copy(), clip.rotations.copy()
    for sample in range(first, 0, -1):
        positions[sample - 1] = 2.0 * positions[sample] - positions[sample + 1]
        rotations[sample - 1] = multiply(conjugate(turn), rotations[sample])
    return replace(clip, positions=positions, rotations=rotations)


def _changes(clip: Clip) -> BoolArray:
    """Return (F - 1,) whether a sample differs at all from the one before."""
    moves: BoolArray = np.any(clip.positions[1:] != clip.positions[:-1], axis=(1, 2))
    turns: BoolArray = np.any(clip.rotations[1:] != clip.rotations[:-1], axis=(1, 2))
    return moves | turns


def _between(clip: Clip, poses: IntArray) -> Clip:
    """Return the clip with what is between some of its samples interpolated; the first and the last are among them."""
    every = np.arange(len(clip.times), dtype=np.int64)
    before = np.minimum(np.searchsorted(poses, every, side="right"), len(poses) - 1) - 1
    start, end = poses[before], poses[before + 1]
    share = ((every - start) / (end - start))[:, None]
    return replace(
        clip,
        positions=clip.positions[start] + (clip.positions[end] - clip.positions[start]) * share[..., None],
        rotations=slerp(clip.rotations[start], clip.rotations[end], share),
    )
