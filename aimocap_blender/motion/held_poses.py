"""Motion whose poses are held for several samples each: made at a lower rate than its file's, or by stepped keys.

Whoever asks such samples what rests is told that everything does, again and again.
"""

from dataclasses import replace

import numpy as np

from .rotations import BoolArray, IntArray, slerp
from .skeleton import Clip

_AGAIN = 3  # holds, besides the first and the last, which may be cut
_SHORTEST = 2.0  # samples
_STANDSTILL = 3.0  # times as long as most: a hold in which a body stands still
_STANDSTILL_SEC = 0.5  # seconds: so is one that is as long


def moving(clip: Clip) -> tuple[Clip, IntArray]:
    """Return the motion that goes on from pose to pose, and (F,) the sample of it that each of the file's shows.

    A pose is where its hold begins, the last one at the motion's end. A body that stands still does so until the usual
    time before it moves on. A motion whose poses aren't held is returned as it is.
    """
    last = len(clip.times) - 1
    edges = np.concatenate([[0], np.flatnonzero(_changes(clip)) + 1, [last + 1]]).astype(np.int64)
    lengths = np.diff(edges)
    usual = float(np.median(lengths[1:-1])) if len(lengths) >= _AGAIN + 2 else 0.0
    long = int(np.searchsorted(clip.times - clip.times[0], _STANDSTILL_SEC))
    if not _SHORTEST <= usual < long:
        return clip, np.arange(last + 1, dtype=np.int64)
    stands = lengths >= min(_STANDSTILL * usual, long)
    poses = edges[:-1].copy()
    if not stands[-1]:
        poses[-1] = last
    until = np.append(edges[1:-1] - round(usual), last)[stands]
    return _between(clip, np.unique(np.concatenate([poses, until]))), np.repeat(poses, lengths)


def _changes(clip: Clip) -> BoolArray:
    """Return (F - 1,) whether a sample differs at all from the one before."""
    parts = (clip.positions, clip.rotations)
    return np.any([np.any(part[1:] != part[:-1], axis=(1, 2)) for part in parts], axis=0)


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
