"""Someone who was behind another person is as far away then as between the moments before and after.

Some landmarks that are seen of them are the other one's, who is larger in the picture: so they seem nearer.
"""

from dataclasses import replace

import numpy as np

from ..motion.rotations import BoolArray, FloatArray, IntArray
from ..motion.spans import runs
from .joints import HIPS
from .motion_from_track import Solved

_LONGEST_SEC = 2.5  # for which someone is expected to go straight on


def on_their_way(found: Solved, behind: BoolArray) -> Solved:
    """Return solved joints with the distances of a track's frames (F,) in which the person was `behind` others."""
    rows = np.arange(len(found.times))
    hidden = np.zeros(len(rows), np.bool_)
    for start, end in runs(behind[found.first + rows] | ~found.known).tolist():
        is_between = start > 0 and end < len(rows) and end - start <= _LONGEST_SEC * found.seen.fps
        hidden[start:end] = is_between and behind[found.first + rows[start:end]].any()
    if not hidden.any():
        return found
    solution = found.solution
    # from the camera to the hips; where the floor is known along it, so that nobody is lifted off
    along = solution.joints[:, HIPS].mean(axis=1)
    if solution.floor is not None:
        along = along - (along @ solution.floor.up)[:, None] * solution.floor.up
    far: FloatArray = np.linalg.norm(along, axis=-1)
    # of that distance, so much farther than was seen; the body keeps its size
    clear: IntArray = np.flatnonzero(~hidden)
    farther: FloatArray = np.interp(rows, clear, far[clear]) / far - 1.0
    moved = solution.joints + (farther[:, None] * along)[:, None]
    return replace(found, solution=replace(solution, joints=moved))
