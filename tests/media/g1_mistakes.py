"""Mistakes that robot files have: each makes another motion of one, in a file that looks like any other."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations

import numpy as np

from aimocap_blender.motion.g1.layouts import LAYOUT_OF
from aimocap_blender.motion.g1.source import G1Source
from tests.media.g1_files import JOINTS
from tests.media.g1_mjcf import mujoco_poses

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Position of the pelvis, its quaternion (wxyz), and the joints in MuJoCo's order."""
LEFT, RIGHT, WAIST, LEFT_ARM, RIGHT_ARM = range(6), range(6, 12), range(12, 15), range(15, 22), range(22, 29)
_FPS = 30.0
_MIRROR = np.array([1.0, -1.0, 1.0])
_OF_MJLAB = {"hip_pitch": -0.312, "knee": 0.669, "ankle_pitch": -0.363, "elbow": 0.6, "shoulder_pitch": 0.2}
"""Parts of joints' names → their angles in mjlab's `KNEES_BENT_KEYFRAME`, but for the shoulders' rolls."""
_OF_RL_GYM = {"hip_pitch": -0.1, "knee": 0.3, "ankle_pitch": -0.2}
"""The same of `default_joint_angles` in unitree_rl_gym."""


def _joints(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Arrays], Arrays]:
    return lambda arrays: (arrays[0], arrays[1], change(arrays[2]))


def _columns(*spans: range | tuple[int, ...]) -> Callable[[Arrays], Arrays]:
    return _joints(lambda dof: dof[:, [column for span in spans for column in span]])


def _relative_to(pose: dict[str, float]) -> Callable[[Arrays], Arrays]:
    angles = np.zeros(29)
    for part, angle in pose.items():
        angles[[part in joint for joint in JOINTS]] = angle
    return _joints(lambda dof: dof - angles)


def _lying(quat: np.ndarray) -> np.ndarray:
    """Turned by a right angle about Y: face down."""
    w, x, y, z = quat.T * np.sqrt(0.5)
    return np.stack([w - y, x + z, y + w, z - x], axis=1)


MISTAKES: dict[str, Callable[[Arrays], Arrays]] = {
    "relative to mjlab's default pose": _relative_to(_OF_MJLAB),
    "relative to Unitree RL Gym's": _relative_to(_OF_RL_GYM),
    "left and right swapped": _columns(RIGHT, LEFT, WAIST, RIGHT_ARM, LEFT_ARM),
    "waist first": _columns(WAIST, LEFT, RIGHT, LEFT_ARM, RIGHT_ARM),
    "legs last": _columns(WAIST, LEFT_ARM, RIGHT_ARM, LEFT, RIGHT),
    "waist last": _columns(LEFT, RIGHT, LEFT_ARM, RIGHT_ARM, WAIST),
    "ankles: roll, pitch": _columns(range(4), (5, 4), range(6, 10), (11, 10), range(12, 29)),
    "Y the other way": lambda a: (a[0] * _MIRROR, a[1], a[2]),
    "a left-handed world": lambda a: (a[0] * _MIRROR, a[1] * [1.0, -1.0, 1.0, -1.0], a[2]),
    "positions of a turned world": lambda a: (np.stack([-a[0][:, 1], a[0][:, 0], a[0][:, 2]], axis=1), *a[1:]),
    "inverted rotations": lambda a: (a[0], a[1] * [1.0, -1.0, -1.0, -1.0], a[2]),
    "quaternions in the other order": lambda a: (a[0], a[1][:, [3, 0, 1, 2]], a[2]),
    "heights above a standing pelvis": lambda a: (a[0] - [0.0, 0.0, 0.79], a[1], a[2]),
    "velocities in place of positions": lambda a: (np.gradient(a[0], axis=0) * _FPS, a[1], a[2]),
    "velocities in place of angles": _joints(lambda dof: np.gradient(dof, axis=0) * _FPS),
    "centimetres in a crawl": lambda a: (a[0] * 100.0, _lying(a[1]), a[2]),
}
"""Mistake → what makes it."""
for _order in list(permutations(WAIST))[1:]:
    _axes = ", ".join(JOINTS[column].removeprefix("waist_").removesuffix("_joint") for column in _order)
    MISTAKES[f"waist: {_axes}"] = _columns(LEFT, RIGHT, _order, LEFT_ARM, RIGHT_ARM)


def sources(arrays: Arrays, sound: Arrays) -> Iterator[tuple[str, G1Source]]:
    """Files with the same numbers, by whose they are; one has bodies, where the sound motion has them."""
    pos, quat, dof = arrays
    names, bodies, _ = mujoco_poses(*sound)
    yield "a table", G1Source("CSV", pos, quat[:, [1, 2, 3, 0]], dof, fps=_FPS)
    yield "GMR", as_gmr(arrays)
    named = G1Source("npz", pos, quat, dof, JOINTS, fps=_FPS, usual_quaternion="wxyz", layout=LAYOUT_OF["holosoma"])
    yield "named", named
    yield "with bodies", replace(named, body_pos=bodies, bodies=tuple(names))


def as_gmr(arrays: Arrays) -> G1Source:
    """GMR's pickle, whose layout says everything."""
    pos, quat, dof = arrays
    return G1Source("pickle", pos, quat[:, [1, 2, 3, 0]], dof, fps=_FPS, layout=LAYOUT_OF["gmr"])
