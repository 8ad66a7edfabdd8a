"""Jump cuts: the same camera some time later, which only shows in where the person is from one frame to the next."""

import numpy as np

from ..motion.rotations import FloatArray
from .joints import BODY, LANDMARK
from .person_track import PersonTrack

_PAIRS = LANDMARK[:BODY].reshape(-1, 2)
"""(6, 2) landmarks, from the shoulders to the ankles, whose middle is the same where left and right are exchanged."""
_SHOULDERS, _HIPS = 0, 3
_FAR = 0.25
"""Of the trunk's length, by which half of the body is elsewhere in the next frame: at cuts between parts of ten filmed
motions it was 0.4 to 0.62, within them 0.14 at most, at 25 to 30 frames per second."""
_FASTER = 3.0
"""Times as far as in any frame nearby: at those cuts at least 4.8, within the motions 1.7 at most."""
_NEARBY = 3
"""Frames before and after, in which the person is seen."""
_STILL = 0.02
"""Of the trunk's length: landmarks of someone who stands move by as much."""


def jumps_in(track: PersonTrack) -> list[int]:
    """Return the track's frames in which the person is elsewhere at once, as after a cut."""
    known = np.flatnonzero(np.isfinite(track.pixels[:, 0, 0]))
    if not len(known):
        return []
    middles = _in_the_first_frame(track)[known][:, _PAIRS].mean(axis=2)
    trunk = float(np.median(np.linalg.norm(middles[:, _SHOULDERS] - middles[:, _HIPS], axis=-1)))
    ways = np.median(np.linalg.norm(np.diff(middles, axis=0), axis=-1), axis=1) / max(trunk, 1.0)
    speeds = ways / np.diff(known)
    jumps: list[int] = []
    for number in range(_NEARBY, len(speeds) - _NEARBY):
        nearby = [*speeds[number - _NEARBY : number], *speeds[number + 1 : number + 1 + _NEARBY]]
        if ways[number] > _FAR and speeds[number] > _FASTER * max(*nearby, _STILL):
            jumps.append(int(known[number + 1]))
    return jumps


def _in_the_first_frame(track: PersonTrack) -> FloatArray:
    """Return (F, 33, 2) the landmarks where they would be if the camera had stood still, pixels."""
    points = np.concatenate([track.pixels, np.ones((*track.pixels.shape[:2], 1))], axis=-1)
    there = points @ np.swapaxes(track.camera, 1, 2)
    return there[..., :2] / there[..., 2:]
