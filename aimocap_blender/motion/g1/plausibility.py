"""Plausibility of a G1's motion, which distinguishes a file read correctly from the same file misread.

A robot stays within its joints' limits and out of itself, mostly stands upright on a level foot that is on the ground
and doesn't slide, and moves its joints by more than a few degrees. Real motions sometimes break some of these rules, so
they are weighted. Last come the sentences that explain with them how a file was read.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import LiteralString

import numpy as np

from ...texts.text import Sentence, Text
from .. import rotations
from ..rotations import FloatArray, IntArray, norm, step_lengths
from .capsules import g1_capsules
from .choices import NAMED, ChoiceName
from .joint_orders import ORDERS, body_names
from .layouts import Layout
from .motion import of_joints
from .soles import foot_bodies
from .source import EULER_COLUMNS, G1Source
from .variants import Variant, g1_variant

# The limits and weights below are checked on the five clips of tests/motion/g1/test_reading.py: three of Kimodo's
# (walk, wave, dance), ASAP's CR7_level2 and g1moves' B_BowKarate.
STIFF = 0.08  # rad; in degrees read as radians, and the other way round, either all is below or much is beyond limits
_RUNS, _RUN = 30, 10  # frames are sampled in runs, because slides need adjacent frames
_SPARSE = 20_000  # frames beyond which limits are checked on a sample
_LEAN = 0.4  # rad
_CLOSE = 0.02  # metres between a body and where the file has it
_COLLISIONS = 20  # frames checked for self-collision
_DEEP = 0.01  # metres; capsules of real poses touch
_NEAR = 0.12  # metres that soles of real clips may be off the ground
_STILL = 1e-3  # metres per frame that planted feet creep in real clips
_WORST = 98.0  # per cent
_BEYOND = 1e-3  # rad; smaller values are rounding
_FAR_OFF = 9.0  # spreads from the usual angle beyond which a joint isn't less likely
_LIKELY, _EVEN = 0.1, 0.3  # weights in the cost of a posture
_USUAL_ANGLES = {
    "waist_yaw": (0.0, 0.12),
    "waist_roll": (0.0, 0.08),
    "waist_pitch": (0.05, 0.16),
    "shoulder_pitch": (0.07, 0.46),
    "shoulder_roll": (0.21, 0.27),
    "shoulder_yaw": (-0.05, 0.44),
    "elbow": (0.46, 0.45),
    "wrist_roll": (0.31, 0.33),
}
"""Joint of a G1's waist or left arm → median, and mean distance from it, rad, in 140 clips of CMU put onto it."""
_TELLING = 0.1  # difference that a sign needs to be mentioned
_LEFT, _UP = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])

LABELS: dict[str, LiteralString] = {
    "29dof": "all 29 joints",
    "23dof": "Unitree's 23 joints (one in the waist and in each wrist)",
    "23dof_without_wrists": "23 joints (three in the waist and none in the wrists)",
    "27dof_locked_waist": "27 joints (one in the waist, three in each wrist)",
    "43dof_with_hands": "43 joints with hands",
    "named": "its own names",
    "mujoco": "MuJoCo's order",
    "isaac": "Isaac's order",
    "hands_last": "MuJoCo's order, hands last",
    "wxyz": "wxyz",
    "xyzw": "xyzw",
    "rad": "radians",
    "deg": "degrees",
    "m": "metres",
    "cm": "centimetres",
    "mm": "millimetres",
}
"""Value of a choice → its label."""


@dataclass(frozen=True)
class Signs:
    """The signs that speak against a reading.

    Attributes:
        beyond: mean over frames of the joints' excess over their limits, at most 1 rad for each joint, rad.
        worst: the same, in the worst 2 % of frames, rad.
        outside: share of frames with a joint past its limit.
        largest: largest angle of any joint, rad.
        entering: mean number of link pairs inside one another per frame.
        tilt: mean angle between the lower foot and the ground, rad.
        lean: mean angle between the pelvis and upright, rad.
        lean_loss: mean of 1 - cos of that.
        torso_loss: the same of the torso.
        height: of the lowest point, median, metres.
        clearance: of the lowest point where it is lowest, metres.
        grounded: share of frames with the lowest point on the ground.
        slide: median movement of the lower foot between frames, metres; None for a single frame.
        apart: median distance of the bodies from the file's, metres; None if it has none.
        posture: `posture_cost` beyond that of another set of joints that the columns may be.
    """

    beyond: float
    worst: float
    outside: float
    largest: float
    entering: float
    tilt: float
    lean: float
    lean_loss: float
    torso_loss: float
    height: float
    clearance: float
    grounded: float
    slide: float | None
    apart: float | None
    posture: float = 0.0

    @cached_property
    def costs(self) -> dict[str, float]:
        """The cost of each sign; their sum is about 0.1 to 0.5 for a real motion on the ground read correctly."""
        slide = 0.0 if self.slide is None else 0.12 * np.log((min(self.slide, 0.3) + _STILL) / _STILL)
        return {
            "limits": 2.0 * min(self.beyond, 1.0) + 0.5 * min(self.worst, 1.0),
            # too small to decide a few poses by itself: arms of real motions do enter the trunk
            "entering": 0.13 * min(self.entering, 3.0),
            "tilt": min(self.tilt, 1.0),
            "lean": 0.5 * self.lean_loss,
            "torso": 0.5 * self.torso_loss,
            "height": 2.0 * min(max(abs(self.height) - _NEAR, 0.0), 0.5),
            "ground": 1.0 - self.grounded,
            "slide": float(slide),
            "stiff": 1.2 if self.largest < STIFF else 0.0,
            "bodies": 0.0 if self.apart is None else 30.0 * min(self.apart, 0.3),
            "posture": min(self.posture, 1.0),
        }

    @property
    def proven(self) -> bool:
        """Whether the bodies match the file's."""
        return self.apart is not None and self.apart < _CLOSE

    @property
    def stands(self) -> bool:
        """Whether the robot is mostly upright on a foot; if it lies or falls, its orientation can't be verified."""
        return self.is_upright and self.tilt < _LEAN

    @property
    def is_upright(self) -> bool:
        """Whether the pelvis is mostly upright."""
        return self.lean < _LEAN

    @property
    def cost(self) -> float:
        """The total cost of the reading."""
        return sum(self.costs.values())


@dataclass(frozen=True, eq=False)
class Poses:
    """Poses of the robot relative to its pelvis, at some frames.

    Attributes:
        variant: which robot.
        pos: (N, B, 3) of the bodies, metres.
        corners: (N, 2, 4, 3) of the soles.
        up: (N, 2, 3) up direction of the feet.
        torso: (N, 4) unit wxyz of the torso.
        entering: mean number of link pairs inside one another per frame.
    """

    variant: Variant
    pos: FloatArray
    corners: FloatArray
    up: FloatArray
    torso: FloatArray
    entering: float


def sampled_frames(frames: int) -> IntArray:
    """Return (N,) the frames to examine: all of a short clip, else evenly spread runs."""
    if frames <= _RUNS * _RUN:
        return np.arange(frames, dtype=np.int64)
    starts = np.linspace(0, frames - _RUN, _RUNS).astype(np.int64)
    return np.unique(starts[:, None] + np.arange(_RUN))


def limit_frames(frames: int) -> slice:
    """Return the frames whose limits are examined: all, or some tens of thousands of a long clip."""
    return slice(None, None, max(1, frames // _SPARSE))


def poses(dof_pos: FloatArray, variant: Variant) -> list[Poses]:
    """Return a robot's poses for each of R readings of its joint angles (R, N, J), in MuJoCo's order, rad."""
    model = g1_variant(variant)
    readings, count, joints = dof_pos.shape
    total = readings * count
    # the pelvis stays at the origin: how its place is read changes none of this
    pos, quat = model.body_poses(
        np.zeros((total, 3)), np.tile(rotations.IDENTITY, (total, 1)), dof_pos.reshape(total, joints)
    )
    feet = foot_bodies(model)
    body_of = {slot.slot: slot.body for slot in model.robot.figure}
    torso = model.bodies.index(body_of["upper_chest"])
    corners = pos[:, feet, None] + rotations.rotate(quat[:, feet, None], model.robot.sole)
    foot_up = rotations.rotate(quat[:, feet], _UP)
    found: list[Poses] = []
    for reading, entering in enumerate(_entering(pos, quat, readings, variant)):
        span = slice(reading * count, (reading + 1) * count)
        found.append(Poses(variant, pos[span], corners[span], foot_up[span], quat[span, torso], entering))
    return found


def limit_signs(angles: FloatArray, ranges: FloatArray) -> tuple[float, float, float, float]:
    """Return `beyond`, `worst`, `outside` and `largest` of angles (F, J) in rad within ranges (J, 2)."""
    over = np.maximum(np.maximum(ranges[:, 0] - angles, angles - ranges[:, 1]), 0.0)
    # at most 1 rad for each joint, or a single wrong column would decide
    total = np.minimum(over, 1.0).sum(axis=1)
    return (
        float(total.mean()),
        float(np.percentile(total, _WORST)),
        float((total > _BEYOND).mean()),
        float(np.abs(angles).max()),
    )


def posture_cost(angles: FloatArray, names: tuple[str, ...], variant: Variant) -> float:
    """Return how unusually a robot holds its waist and arms: what is asked is which of its joints a file's columns are.

    It is the mean over frames of the negative logarithm of how likely each angle is, and of how far each joint is from
    its mirror image.

    Args:
        angles: (F, J) rad.
        names: of the joints in the columns.
        variant: a robot with these joints, and maybe others.
    """
    model = g1_variant(variant)
    others, flips = model.mirror
    whole = of_joints(model.joint_names, names, angles)
    uneven = np.abs(whole - whole[:, others] * flips) / np.ptp(model.ranges, axis=1)
    cost = _EVEN * float(uneven.sum(axis=1).mean())
    for column, name in enumerate(names):
        # on the right as in the mirror
        flip = flips[model.joint_names.index(name)] if name.startswith("right_") else 1.0
        part = name.removeprefix("left_").removeprefix("right_").removesuffix("_joint")
        if part in _USUAL_ANGLES:
            usual, spread = _USUAL_ANGLES[part]
            off = np.minimum(np.abs(angles[:, column] * flip - usual) / spread, _FAR_OFF)
            cost += _LIKELY * float(off.mean() + np.log(spread))
    return cost


def signs(
    pose: Poses,
    frames: IntArray,
    root_pos: FloatArray,
    root_quat: FloatArray,
    limits: tuple[float, float, float, float],
    bodies: tuple[FloatArray, IntArray | None] | None,
) -> Signs:
    """Return what speaks against a reading.

    Args:
        pose: at the sampled frames.
        frames: (N,) those frames.
        root_pos: (N, 3) metres.
        root_quat: (N, 4) unit wxyz.
        limits: of `limit_signs`.
        bodies: (N, B, 3) metres of the file's bodies, and the index of each in `G1Model.bodies`, if known.
    """
    world = rotations.rotate(root_quat[:, None, None], pose.corners) + root_pos[:, None, None]
    heights = rotations.rotate(root_quat[:, None], pose.pos)[..., 2] + root_pos[:, 2, None]
    # the foot that is lower is the one that stands, if one does
    lower = world[..., 2].mean(axis=2).argmin(axis=1)
    rows = np.arange(len(frames))
    foot_up = rotations.rotate(root_quat[:, None], pose.up)[rows, lower, 2]
    # of the rotation matrix only the height of its Z axis
    pelvis_up = 1.0 - 2.0 * (root_quat[:, 1] ** 2 + root_quat[:, 2] ** 2)
    torso_up = rotations.rotate(rotations.multiply(root_quat, pose.torso), _UP)[:, 2]
    # of bodies only the frames are known: their surfaces are some 3 cm beyond
    lowest = np.minimum(world[..., 2].min(axis=(1, 2)), heights.min(axis=1) - 0.03)
    slide = None
    adjacent = np.diff(frames) == 1
    if adjacent.any():
        # of a foot that stands on an edge, the corners there stay where they are
        steps = step_lengths(world).min(axis=-1)
        slide = float(np.median(steps[rows[:-1], lower[:-1]][adjacent]))
    return Signs(
        *limits,
        entering=pose.entering,
        tilt=float(np.arccos(np.clip(foot_up, -1.0, 1.0)).mean()),
        lean=float(np.arccos(np.clip(pelvis_up, -1.0, 1.0)).mean()),
        lean_loss=float((1.0 - pelvis_up).mean()),
        torso_loss=float((1.0 - torso_up).mean()),
        height=float(np.median(lowest)),
        clearance=float(lowest.min()),
        grounded=float((np.abs(lowest) < _NEAR).mean()),
        slide=slide,
        apart=None if bodies is None else _apart(pose, root_pos, root_quat, *bodies),
    )


def steps_over_ground(
    pose: Poses, frames: IntArray, root_pos: FloatArray, root_quat: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return how the pelvis moves along the ground, and how it would if the lower foot stood still.

    Args:
        pose: at the sampled frames.
        frames: (N,) those frames.
        root_pos: (N, 3) metres.
        root_quat: (N, 4) unit wxyz.

    Returns:
        (M, 2) metres each, between adjacent frames in which the same foot is lower.
    """
    feet = rotations.rotate(root_quat[:, None], pose.corners.mean(axis=2))
    lower = feet[..., 2].argmin(axis=1)
    first = np.flatnonzero((np.diff(frames) == 1) & (np.diff(lower) == 0))
    moved = root_pos[first + 1, :2] - root_pos[first, :2]
    return moved, feet[first, lower[first], :2] - feet[first + 1, lower[first], :2]


def torso_signs(pose: Poses, frames: IntArray, root_quat: FloatArray) -> tuple[float, float]:
    """Return how far the torso leans to the side, and how far it rotates from frame to frame, in the mean, rad.

    Arguments are as of `steps_over_ground`.
    """
    torso = rotations.multiply(root_quat, pose.torso)
    aside = np.arcsin(np.clip(rotations.rotate(torso, _LEFT)[:, 2], -1.0, 1.0))
    alike = np.abs(rotations.dot(torso[:-1], torso[1:]))[np.diff(frames) == 1]
    return float(np.abs(aside).mean()), float(2.0 * np.arccos(np.clip(alike, 0.0, 1.0)).sum() / max(len(alike), 1))


def _entering(pos: FloatArray, quat: FloatArray, readings: int, variant: Variant) -> list[float]:
    """Return the mean number of link pairs inside one another per frame, for each of the consecutive readings."""
    count = len(pos) // readings
    within = np.arange(0, count, max(1, count // _COLLISIONS))
    # the same frames of each reading, which are one after the other
    seen = (np.arange(readings)[:, None] * count + within).ravel()
    frames, _, _ = g1_capsules(variant).overlaps(pos[seen], quat[seen], _DEEP)
    return (np.bincount(frames // len(within), minlength=readings) / len(within)).tolist()


def _apart(
    pose: Poses, root_pos: FloatArray, root_quat: FloatArray, bodies: FloatArray, which: IntArray | None
) -> float:
    ours = rotations.rotate(root_quat[:, None], pose.pos) + root_pos[:, None]
    if which is not None:
        return usually_off(ours[:, which], bodies)
    # bodies without names are in the order that fits better
    known = g1_variant(pose.variant).bodies
    apart: list[float] = []
    for order in ORDERS:
        columns = list(map(known.index, body_names(pose.variant, order)))
        apart.append(usually_off(ours[:, columns], bodies))
    return min(apart)


def usually_off(ours: FloatArray, theirs: FloatArray) -> float:
    """Return the median over frames of how far the body (F, B, 3) that is furthest off is, metres."""
    return float(np.median(norm(ours - theirs).max(axis=1)))


def label_of(value: str) -> Sentence:
    """Return the label of a choice's value; of another robot's joints its name."""
    return Text(LABELS[value]) if value in LABELS else Text("{robot}", robot=g1_variant(value).robot.name)


def said_by(layout: Layout) -> Sentence:
    """Return the reason where the file's layout leaves no choice."""
    return Text("The file has the layout of {layout}.", layout=layout.name)


def as_of_another_robot(signs: Signs) -> Sentence:
    """Return the reason to ask whether a file's joints are this robot's."""
    return Text(
        "{share:.0%} of the frames are beyond the joints' limits, as of another robot, or as velocities are.",
        share=signs.outside,
    )


def as_of_hanging_arms() -> Sentence:
    """Return the reason to ask whether a file's joints are a G1's: 0 of its elbows is a right angle."""
    return "Both elbows are always bent by more than 90°, as of a robot whose arms hang straight at 0°."


def as_of_another_order(signs: Signs) -> Sentence:
    """Return the reason to ask whether a file's joints are in an order that is known here."""
    return Text(
        "In each frame {count:.1f} pairs of links are inside one another, as with joints in another order.",
        count=signs.entering,
    )


def as_of_longer_legs(signs: Signs) -> Sentence:
    """Return the reason to ask whether a file's joints are this robot's."""
    return Text(
        "It is always {distance:.0f} cm or more above the ground, as a robot with longer legs would be.",
        distance=signs.clearance * 100.0,
    )


def as_of_no_angles(largest: float) -> Sentence:
    """Return the reason to ask about the unit of angles that are at most so large, rad."""
    return Text(
        "In radians the angles would be beyond a full turn, in degrees at most {most:.0f}°, as velocities would be.",
        most=np.degrees(largest),
    )


def as_of_other_bodies(apart: float) -> Sentence:
    """Return the reason to ask about angles that put a body so far, metres, from where the file has it."""
    return Text(
        "Bodies are up to {distance:.0f} cm from where the file has them: the angles or their order may be others.",
        distance=apart * 100.0,
    )


def stated_reason(name: ChoiceName, value: str | float, source: G1Source) -> Sentence:
    """Return the reason where the file leaves no choice."""
    if source.layout is not None and value == source.said(name):
        return said_by(source.layout)
    if name == "quaternion_order":
        if source.root_rot.shape[1] == EULER_COLUMNS:
            return "The file names its angles about x, y and z."
        return "The file names its columns."
    if value == NAMED or source.joints is not None:
        return "The file names its joints."
    return Text("The file has {count} joints.", count=source.angles.shape[1])


def strongest_evidence(other: str, best: Signs, rest: Signs) -> Sentence:
    """Return the strongest evidence against the likeliest reading with another value.

    Args:
        other: value of the choice in that reading.
        best: signs of the reading that was used.
        rest: signs of that other one.
    """

    def gain(sign: str) -> float:
        return rest.costs[sign] - best.costs[sign]

    label = Text("Read as {reading}", reading=label_of(other))
    strongest = max(best.costs, key=gain)
    if gain(strongest) < _TELLING:
        return Text("{label}, the motion would look much the same.", label=label)
    return _told(strongest, label, best, rest)


def _told(sign: str, label: Text, best: Signs, rest: Signs) -> Text:
    """Return what a sign says against a reading, for people; for the other arguments see `strongest_evidence`."""
    degrees = 57.29578
    return {
        "limits": Text(
            "{label}, {then:.0%} of the frames would be beyond the joints' limits, now {now:.0%}.",
            label=label,
            then=rest.outside,
            now=best.outside,
        ),
        "entering": Text(
            "{label}, {then:.1f} pairs of links would be inside one another, now {now:.1f}.",
            label=label,
            then=rest.entering,
            now=best.entering,
        ),
        "tilt": Text(
            "{label}, the lower foot would stand at {then:.0f}° to the ground, now {now:.0f}°.",
            label=label,
            then=rest.tilt * degrees,
            now=best.tilt * degrees,
        ),
        "lean": Text(
            "{label}, the pelvis would lean by {then:.0f}°, now {now:.0f}°.",
            label=label,
            then=rest.lean * degrees,
            now=best.lean * degrees,
        ),
        "torso": Text("{label}, the torso would lean further.", label=label),
        "posture": Text("{label}, the robot would hold its arms in a less usual way.", label=label),
        "height": Text(
            "{label}, the robot's lowest point would be {then:.2f} m from the ground, now {now:.2f} m.",
            label=label,
            then=rest.height,
            now=best.height,
        ),
        "ground": Text(
            "{label}, the robot would be on the ground in {then:.0%} of the frames, now {now:.0%}.",
            label=label,
            then=rest.grounded,
            now=best.grounded,
        ),
        "slide": Text(
            "{label}, the lower foot would slide {then:.0f} mm a frame, now {now:.0f} mm.",
            label=label,
            then=(rest.slide or 0.0) * 1000.0,
            now=(best.slide or 0.0) * 1000.0,
        ),
        "stiff": Text(
            "{label}, no joint would rotate by more than {most:.1f}°.", label=label, most=rest.largest * degrees
        ),
        "bodies": Text(
            "{label}, its bodies would be up to {then:.0f} cm from where the file has them, now {now:.0f} cm.",
            label=label,
            then=(rest.apart or 0.0) * 100.0,
            now=(best.apart or 0.0) * 100.0,
        ),
    }[sign]
