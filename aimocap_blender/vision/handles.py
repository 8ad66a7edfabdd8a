"""Correcting a solved figure: the moments to look at first, and handles on its joints.

Of a handle: where a view shows it, and what a drag of it says about its limb.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..motion.rotations import FloatArray, norm
from ..motion.smoothing import softened
from .corrections import JOINTS, Correction, Kind, depth_of
from .joints import HIPS, INDEX
from .kept_solution import KeptSolution, limb_of
from .trust import BONES, likely_right

HANDLES = list(map(INDEX.__getitem__, JOINTS))
_ROOM = 1.15
"""Of the farthest that a joint is from the hips: so much of the side view's half height is shown."""
_LEAST_SLOPE = 1.0
"""Pixels a metre: a view that shows less of a depth looks along it."""
_WIDTH_SEC = 0.05
"""Standard deviation, in time, over which likelihoods are averaged, which are averages over 0.1 and 0.3 s themselves:
with 0.2, 65 % of the moments are wrong by over 15° in the seven clips of bench_corrections; with 0.05, 70 %."""
_APART_SEC = 0.35
"""Looks at one limb are so far apart: as far as a correction reaches."""
_MOST_PER_SEC = 4.0
"""Looks, of all limbs together, for each second of a motion."""
_LEAST = 0.35
"""Likelihood of being wrong from which a moment is worth a look."""
_BONE_OF = [int(np.flatnonzero(BONES[:, 1] == INDEX[joint])[-1]) for joint in JOINTS]
"""The row of `BONES` that each joint ends: no other bone of an arm or leg ends there."""
_LIMBS = np.array(list(map(limb_of, JOINTS)))


@dataclass(frozen=True, eq=False)
class View:
    """A view of a figure.

    Attributes:
        matrix: (4, 4) from the solution's axes to Blender's clip space, where -1 to 1 are the view's edges.
        box: left, bottom, right and top of the view, pixels.
        is_film: it is through the video's camera, so that a drag says where a joint is seen.
    """

    matrix: FloatArray
    box: tuple[float, float, float, float]
    is_film: bool = False

    def places(self, points: FloatArray) -> FloatArray:
        """Return pixels (N, 2) of points (N, 3); NaN behind the viewer."""
        in_clip = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ self.matrix.T
        deep = np.where(in_clip[:, 3:] > 0.0, in_clip[:, 3:], np.nan)
        # from -1 … 1 to 0 … 1 of the box
        low, high = np.array(self.box[:2]), np.array(self.box[2:])
        return np.asarray(low + (high - low) * (0.5 + 0.5 * in_clip[:, :2] / deep))

    def slopes(self, point: FloatArray, steps: FloatArray) -> FloatArray:
        """Return pixels (K, 2) by which a point (3,) moves for small steps (K, 3), as many times as they are small."""
        small = 1e-4
        places = self.places(np.vstack([point, point + small * steps]))
        return np.asarray((places[1:] - places[0]) / small)

    def handle_at(self, joints: FloatArray, pointer: FloatArray, reach: float) -> str | None:
        """Return the joint whose handle is at a pointer (2,), given the joints (N, 3) and a handle's radius."""
        off = norm(self.places(joints[HANDLES]) - pointer)
        # NaN is what lies behind the viewer, and would be the smallest
        off = np.where(np.isnan(off), np.inf, off)
        return JOINTS[int(off.argmin())] if off.min() <= reach else None


def side_view(kept: KeptSolution, row: int, box: tuple[float, float, float, float]) -> View:
    """Return the view from the camera's left onto a frame's figure: the camera is to the left, up is up.

    Its scale is the same in all frames.
    """
    joints = kept.solution.joints
    middles = joints[:, HIPS].mean(axis=1)
    half = _ROOM * float(np.abs(joints - middles[:, None]).max())
    across, high = box[2] - box[0], box[3] - box[1]
    # the view's right is away from the camera, its up is the camera's; the same scale along both sides of the box
    _, camera_down, camera_ahead = kept.seen.turn[row]
    clip_from_solution = np.eye(4)
    clip_from_solution[0, :3] = camera_ahead / half * min(high / across, 1.0)
    clip_from_solution[1, :3] = -camera_down / half * min(across / high, 1.0)
    # the hips in the middle
    clip_from_solution[:2, 3] = -clip_from_solution[:2, :3] @ middles[row]
    return View(clip_from_solution, box)


def said_by_drag(
    kept: KeptSolution, joints: FloatArray, row: int, joint: str, view: View, to: FloatArray
) -> tuple[Kind, tuple[float, ...]]:
    """Return the kind of correction and its values that a drag says.

    Through the video's camera that is where the joint is in the frame; in any other view how deep it is.

    Args:
        joints: (F, N, 3) before the drag.
        row: frame in which it is dragged.
        joint: that is dragged.
        view: in which.
        to: (2,) where the handle is dragged to.
    """
    seen, point = kept.seen, joints[row, INDEX[joint]]
    shift = to - view.places(point[None])[0]
    if view.is_film:
        # the view's pixels are not the film's: it may be zoomed
        in_camera: FloatArray = (seen.camera(row) @ [*point, 1.0])[:3]
        pixel = seen.turn[row][:2] * in_camera[2] / seen.focal  # one to the right, one down
        middle = np.array(kept.frame) / 2.0
        x, y = middle + seen.focal * in_camera[:2] / in_camera[2] + shift @ np.linalg.inv(view.slopes(point, pixel))
        return Kind.PLACE, (float(x), float(y))
    # along the line of sight as the view shows it; across it, a drag says nothing
    (slope,) = view.slopes(point, seen.sight[row][None])
    metres = float(shift @ slope) / max(float(slope @ slope), _LEAST_SLOPE**2)
    return Kind.DEPTH, (float(depth_of(seen, joints, joint)[row]) + metres,)


@dataclass(frozen=True)
class Look:
    """A moment to look at.

    Attributes:
        joint: that ends the bone which is least likely to be right.
        second: the moment, from the start of the range.
        likely: as it is to be right, 0 to 1.
    """

    joint: str
    second: float
    likely: float


def looks(kept: KeptSolution, corrections: Iterable[Correction]) -> list[Look]:
    """Return the moments of a motion to look at, the likeliest to be wrong first.

    Args:
        kept: its solution.
        corrections: moments that were corrected; a limb isn't looked at again there.
    """
    times = kept.times[kept.rows]
    likely = kept.likely if kept.likely is not None else likely_right(kept.seen, kept.solution.joints)[:, _BONE_OF]
    likely = likely[kept.rows]
    wrong = softened(1.0 - likely, _WIDTH_SEC * kept.seen.fps)
    for one in corrections:
        _settle(wrong, times, one.joint, one.second)
    # the worst moment, then the worst that is not near it, and so on
    found: list[Look] = []
    while len(found) < _MOST_PER_SEC * (times[-1] - times[0]) and wrong.max() >= _LEAST:
        row, column = np.unravel_index(wrong.argmax(), wrong.shape)
        found.append(Look(JOINTS[column], float(times[row]), 1.0 - float(wrong[row, column])))
        _settle(wrong, times, found[-1].joint, found[-1].second)
    return found


def _settle(wrong: FloatArray, times: FloatArray, joint: str, second: float) -> None:
    """Leave no likelihoods (F, 8) of being wrong around a moment of a limb, in place."""
    near = np.abs(times - second) <= _APART_SEC
    wrong[near[:, None] & (limb_of(joint) == _LIMBS)] = 0.0
