"""Arrays found by what their names mean, however labs nest and split them, and rates as their times tell them."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Protocol

import numpy as np

from ..rotations import FloatArray
from .joint_orders import JOINT_SETS, joint_names, joints_called
from .name_meanings import (
    BARE,
    Meaning,
    column_of,
    is_of_angles,
    is_of_joints,
    meaning_of,
    stated_order,
    whose,
    words_of,
)
from .variants import Variant, g1_variant

_FEWEST_JOINTS = 10  # arrays of joints that make a robot's motion
_EVEN = 1e-3  # relative difference of time steps: rounding to three decimals
LIKELY_RATES = (5.0, 1000.0)
"""Frames per second of robots' motion: times in ms, µs and ns are steps of a thousand apart."""
_USUAL_RATES = (24.0, 25.0, 30.0, 50.0, 60.0, 100.0, 120.0)
_DECIMALS = (3, 4, 5)
_SINGLE = 1e-8  # seconds by which single precision is off
_UNITS = (1.0, 1e3, 1e6, 1e9)  # in a second
ROTATION_VECTORS = "pose_aa"
"""PHC's name for the rotation vectors of the pelvis and all joints."""
BODY_POS = ("body_pos_w", "body_positions", "global_translation", "rigid_body_pos", "gts")
BODY_ROT = ("body_quat_w", "body_rotations", "global_rotation_quat", "rigid_body_rot", "grs")
"""Names of (F, B, 3) positions and (F, B, 4) quaternions of bodies."""
_REFERENCE, _FILTERED, _ACTUAL = "ref_", "ft_ref_", "robot_"
"""Beginnings of the names of HoloMotion's motion, of the same filtered, and of what the robot did."""
_OFF_AXIS = 1e-3  # rad by which such a vector is off its joint's axis by rounding
_INITIAL = "initial"
_STATES = frozenset({"state", "states"})
_SPLIT = re.compile(r"[/.]")
_OF_FILES: tuple[Meaning, ...] = ("fps", "dt", "times")
_WHOLE_PELVIS: tuple[set[Meaning], ...] = ({"root_pos", "root_rot"}, {"root_pos", "root_rpy"}, {"root_pose"})
_Meant = dict[Meaning, tuple[int, str]]
"""Meaning → how far the nearest name is, and the name."""
_AXES: dict[Meaning, str] = {"root_pos": "xyz", "root_rot": "wxyz", "root_rpy": "xyz"}


class MotionArrays(Protocol):
    """Arrays by name."""

    names: tuple[str, ...]

    def numbers(self, name: str) -> FloatArray:
        """Return an array of numbers. Raises `Fault` if it is something else."""
        ...

    def words(self, name: str) -> tuple[str, ...] | None:
        """Return a list of names, or a text alone; None if it is something else."""
        ...


class PlainArrays:
    """Arrays that are found by their names, by the ends of these, and by what they mean.

    `motion/root/pos` is found as `root_pos` and `pos`, too, and `base/pos/x`, `y` and `z` as one array.

    Attributes:
        names: of the arrays, and the ends of these.
        own: the names that the file has.
        motions: names of the joints' arrays whose pelvis has the same words around its names, as `ref_joint_pos` has
            with `ref_root_pos`; if there are several, the file has as many motions.
    """

    def __init__(self, archive: MotionArrays, motion: str | None = None) -> None:
        """Take arrays of any names, and of those of several motions one's, which is in `motions`."""
        self._archive, self._ends = archive, _ends(archive.names)
        self.names, self.own = (*archive.names, *self._ends), archive.names
        self._columns = _columns(archive.names)
        self.motions: tuple[str, ...] = ()
        self._meant = self._nearest(motion)

    def called(self, meaning: Meaning) -> str | None:
        """Return the name of the array that means something; None if there is none."""
        return self._meant.get(meaning, meaning if meaning in self._columns else None)

    def order(self) -> str | None:
        """Return the order of the pelvis's quaternions, if their name states it."""
        name = self._meant.get("root_rot")
        return stated_order(self._ends.get(name, name)) if name is not None else "wxyz"

    def numbers(self, name: str) -> FloatArray:
        """Return an array of numbers by a name in `names` or of `called`. Raises `Fault` if it is something else."""
        if name in self.names:
            return self._archive.numbers(self._ends.get(name, name))
        columns = [self._archive.numbers(column).ravel() for column in self._columns[name]]
        shortest = min(map(len, columns))
        return np.stack([column[:shortest] for column in columns], axis=1)

    def words(self, name: str) -> tuple[str, ...] | None:
        """Return a list of names, or a text alone; None if it is something else."""
        return self._archive.words(self._ends.get(name, name))

    def _nearest(self, motion: str | None) -> dict[Meaning, str]:
        """Return for each meaning the name that is nearest to it, the first of several; all of one motion's if any."""
        by_words = self._by_words()
        of_all: _Meant = {}
        whole: dict[str, _Meant] = {}
        for of_motion in by_words:
            for meaning, found in of_motion.items():
                if meaning not in of_all or found[0] < of_all[meaning][0]:
                    of_all[meaning] = found
            if "joint_pos" in of_motion and any(of_motion.keys() >= pelvis for pelvis in _WHOLE_PELVIS):
                joints = of_motion["joint_pos"][1]
                whole.setdefault(self._ends.get(joints, joints), of_motion)
        self.motions = tuple(whole)
        chosen = whole.get(motion or "") or (next(iter(whole.values())) if len(whole) == 1 else None)
        nearest = dict(chosen or of_all)
        # a pelvis of one motion and joints of another would be a third
        for meaning in _OF_FILES:
            if meaning in of_all:
                nearest.setdefault(meaning, of_all[meaning])
        return {meaning: name for meaning, (_, name) in nearest.items()}

    def _by_words(self) -> Iterable[_Meant]:
        """Return the nearest names of each motion, which has the same words around them."""
        by_words: dict[frozenset[str], _Meant] = {}
        others = {name.rpartition("/")[0] for name in self._archive.names}.union(*self._columns.values())
        for name in self.names:
            meaning, far = meaning_of(name) or (None, 0)
            # `pos` may be an object's in a box of its own
            if (
                meaning is None
                or name in (*BODY_POS, *BODY_ROT)
                or self._ends.get(name, name) in others
                or (far >= BARE and name in self._ends)
            ):
                continue
            # a list of names may be called as angles are
            if meaning == "joint_pos" and self.words(name) is not None:
                continue
            of_motion = by_words.setdefault(whose(name), {})
            if meaning not in of_motion or far < of_motion[meaning][0]:
                of_motion[meaning] = far, name
        return by_words.values()


class _Reference:
    """The arrays of the motion in a file that has, beside it, the same filtered or what the robot did."""

    def __init__(self, archive: MotionArrays) -> None:
        self._archive = archive
        called = {name.removeprefix(_REFERENCE): name for name in archive.names if name.startswith(_REFERENCE)}
        for name in archive.names:
            if not name.startswith((_REFERENCE, _FILTERED, _ACTUAL)):
                called.setdefault(name, name)
        self._called, self.names = called, tuple(called)

    def numbers(self, name: str) -> FloatArray:
        return self._archive.numbers(self._called[name])

    def words(self, name: str) -> tuple[str, ...] | None:
        return self._archive.words(self._called[name])


def reference_in(archive: MotionArrays) -> MotionArrays:
    """Return the arrays of HoloMotion's reference by their plain names; all arrays of other files."""
    is_reference = any(_REFERENCE + name in archive.names for name in BODY_POS)
    return _Reference(archive) if is_reference else archive


def _ends(names: tuple[str, ...]) -> dict[str, str]:
    """Return the ends of names in boxes, as `root_pos` and `pos` of `motion/root/pos`, each with that name."""
    plain: list[tuple[str, str]] = []
    counts: Counter[str] = Counter()
    for name in names:
        parts = _SPLIT.split(name)
        # Isaac Lab's recorder has the state that an episode began with beside those of its frames
        if len(parts) > 1 and _INITIAL not in words_of(name):
            longer, shorter = "_".join(parts[-2:]), parts[-1]
            plain += [(longer, name), (shorter, name)]
            counts.update((longer, shorter))
    # an end that several names have means none of them
    return {end: name for end, name in plain if counts[end] == 1 and end not in names}


def _columns(names: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the arrays of one axis each that together are the pelvis's, by what they are."""
    found: dict[Meaning, dict[str, str]] = {}
    for name in names:
        column = column_of(name)
        if column is not None:
            found.setdefault(column[0], {}).setdefault(column[1], name)
    whole: dict[str, list[str]] = {}
    for meaning, axes in _AXES.items():
        if set(axes) == set(found.get(meaning, ())):
            whole[meaning] = list(map(found[meaning].__getitem__, axes))
    return whole


def joints_apart(archive: PlainArrays) -> tuple[tuple[str, ...], FloatArray] | None:
    """Return the names and (F, J) the angles of joints that have an array each; None if they haven't."""
    boxes = {name.rpartition("/")[0] for name in archive.own}
    arrays = filter(lambda name: name not in boxes, archive.own)
    # a joint's velocity may have the same end as its angle, or a box with it
    likeliest = sorted(arrays, key=is_of_angles, reverse=True)
    # `left_knee`, or what a box of this name has: `left_knee/pos`
    for parts in (1, 2):
        ends: dict[str, str] = {}
        for name in likeliest:
            ends.setdefault("_".join(_SPLIT.split(name)[-parts:]), name)
        named: dict[str, str] = {}
        for end, joint in zip(ends, joints_called([*ends]), strict=True):
            if joint is not None and is_of_angles(end):
                named[end] = ends[end]
        if len(named) >= _FEWEST_JOINTS:
            columns = [archive.numbers(name).ravel() for name in named.values()]
            return (tuple(named), np.stack(columns, axis=1)) if len(set(map(len, columns))) == 1 else None
    return None


def angles_in_states(archive: PlainArrays) -> FloatArray | None:
    """Return (F, J) the angles in Isaac Gym's states of joints (F, J, 2), each with its velocity; None without them."""
    for name in archive.own:
        words = set(words_of(_SPLIT.split(name)[-1]))
        if words & _STATES and is_of_joints(words - _STATES):
            states = archive.numbers(name)
            if states.ndim == 3 and states.shape[2] == 2:  # noqa: PLR2004 -- frames of joints, angle and velocity
                return states[..., 0]
    return None


def joints_about_axes(vectors: FloatArray) -> tuple[tuple[str, ...], FloatArray] | None:
    """Return the names and (F, J) the angles of the robot whose joints turn about their own axes in rotation vectors.

    Args:
        vectors: (F, B, 3) of the pelvis, then of each joint in MuJoCo's order, then of bodies that no joint moves.
    """
    if vectors.ndim != 3 or not len(vectors):  # noqa: PLR2004 -- frames, bodies, axes
        return None
    fitting: dict[Variant, FloatArray] = {}
    for joints in JOINT_SETS:
        axes = g1_variant(joints).axes
        own = vectors[:, 1 : 1 + len(axes)]
        if own.shape[1] < len(axes):
            continue
        angles = np.sum(own * axes, axis=2)
        off = np.abs(own - angles[..., None] * axes).max()
        beyond = np.abs(vectors[:, 1 + len(axes) :]).max(initial=0.0)
        if max(off, beyond) < _OFF_AXIS:
            fitting[joints] = angles
    if not fitting:
        return None
    joints = max(fitting, key=lambda name: fitting[name].shape[1])
    return joint_names(joints, "mujoco"), fitting[joints]


def rate_of_step(seconds: float) -> float:
    """Return the frame rate of a time step, which files round to three decimals or more."""
    fps = 1.0 / seconds
    for usual in _USUAL_RATES if abs(fps - round(fps)) > _EVEN else ():
        for decimals in _DECIMALS:
            if abs(round(1.0 / usual, decimals) - seconds) < _SINGLE:
                return usual
    return round(fps, 3)


def rate_of_times(times: FloatArray) -> float | None:
    """Return the frame rate of (F,) times in seconds, or in ms, µs or ns where only these are likely; None for none."""
    span = times[-1] - times[0]
    if not np.isfinite(span) or span <= 0.0:
        return None
    fps = (len(times) - 1) / span
    for unit in _UNITS:
        if LIKELY_RATES[0] <= fps * unit <= LIKELY_RATES[1]:
            fps *= unit
            break
    # files round times, so that a whole rate comes out a little off
    return float(round(fps)) if abs(fps - round(fps)) < _EVEN * fps else float(fps)
