"""Mistakes in motion files that leave a motion, but another one than was made.

Each known mistake is undone, one at a time. If the motion is clearly more plausible then, by the signs of
`plausibility.py`, the file probably has it, and the user should be asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import LiteralString

import numpy as np

from ...texts.text import Sentence, Text
from .. import rotations
from ..rotations import FloatArray, IntArray, norm
from .choices import ChoiceName
from .plausibility import Poses, Signs, limit_signs, poses, signs, steps_over_ground, torso_signs
from .variants import G1_VARIANTS, Variant, g1_variant

# The limits are checked on real clips, of which the largest value is in brackets: those of the data folder, and 56 of
# the tests' floor and of CMU's captures that were put onto the G1 here.
_GAIN = 0.12  # by which undoing it must lower the cost [0.01]
_OF_LIMITS = 0.04  # and by which limits must do so alone, of angles relative to a pose [0.00]
_OF_JOINTS = 0.1  # and limits and self-collision, of another order [0.00]
_FEW = 0.4  # more that a single pose needs
_ASIDE, _LEANS = 0.25, 0.3  # by which fraction (log), and beyond which in rad, the torso leans less to the side [0.17]
_FEW_WAISTS = 4.0  # more that a single pose needs
_QUIETER, _TURNS = 0.02, 0.007  # by which fraction (log), and beyond which in rad a frame, it rotates less
_PAST_LIMIT = 0.03  # rad by which the waist is less beyond its limits, in the mean of frames
_DRIFT = 0.1  # by which the feet must drift less [0.08]
_SMALLER = 0.6  # and the fraction of it that may be left [0.81]
_TINY = 1e-12
_WAY = 0.15  # metres that the pelvis moves in all, without which drift is noise
_LOOSE = 0.65  # of feet of a robot that is upright [0.56]
_FAR = 0.5  # metres that it moves in all
_UNDER = 0.4  # metres below the ground, half of the time; what sinks less is put onto it [0.01]
_ON_GROUND = 0.2  # share of frames on it that velocities in place of positions may have

_DEFAULT_POSES: dict[LiteralString, dict[str, float]] = {
    "BeyondMimic and mjlab": {
        "hip_pitch": -0.312,
        "knee": 0.669,
        "ankle_pitch": -0.363,
        "shoulder_pitch": 0.2,
        "left_shoulder_roll": 0.2,
        "right_shoulder_roll": -0.2,
        "elbow": 0.6,
    },
    "Unitree RL Gym": {"hip_pitch": -0.1, "knee": 0.3, "ankle_pitch": -0.2},
    "Unitree RL Lab": {
        "hip_pitch": -0.1,
        "knee": 0.3,
        "ankle_pitch": -0.2,
        "shoulder_pitch": 0.3,
        "left_shoulder_roll": 0.25,
        "right_shoulder_roll": -0.25,
        "elbow": 0.97,
        "left_wrist_roll": 0.15,
        "right_wrist_roll": -0.15,
    },
}
"""Trainers → parts of joints' names and their angles in the pose that observations and actions are relative to, rad.

From `default_joint_pos` and the like in mjlab's `g1_constants.py`, unitree_rl_gym's `g1_config.py` and unitree_rl_lab's
`unitree.py`.
"""
_ORDERS: dict[Sentence, tuple[str, ...]] = {
    "The joints fit the robot better if those of the waist come before those of the legs.": ("waist", "legs", "arms"),
    "The joints fit the robot better if those of the legs come last.": ("waist", "arms", "legs"),
    "The joints fit the robot better if those of the arms come before those of the waist.": ("legs", "arms", "waist"),
}
"""Reason to ask → the order of the parts of the body that it is for; MuJoCo's is legs, waist, arms."""
_OTHER_SIDE: Sentence = "The joints fit the robot better with left and right swapped."
_ANKLES: Sentence = "The joints fit the robot better with each ankle's roll before its pitch, as a Fourier N1 has them."
_WAISTS = (
    ("roll", "pitch", "yaw"),
    ("pitch", "roll", "yaw"),
    ("yaw", "pitch", "roll"),
    ("roll", "yaw", "pitch"),
    ("pitch", "yaw", "roll"),
)
"""Orders of the waist's joints other than MuJoCo's."""
_OF_HEIGHT = ("height", "ground", "bodies", "posture")
"""Signs that a file may have for other reasons."""
_MIRROR_Y = np.array([1.0, -1.0])
_SWAPPED = [1, 0]
_MIRRORED = np.array([1.0, -1.0, 1.0, -1.0])
"""Factors of a mirror across Y on positions along the ground and on quaternions, and the axes of one between both."""
_MIRRORED_WORLD: Sentence = "Standing feet drift less in a mirrored world: the file's may be left-handed."
_TURNED_WORLD: Sentence = (
    "Standing feet drift less if the pelvis moves another way than it faces: its position may be of another world."
)


@dataclass(frozen=True, eq=False)
class ReadPoses:
    """A motion as a file is read, at the sampled frames.

    Attributes:
        variant: which robot.
        frames: (N,) those frames.
        root_pos: (N, 3) metres.
        root_quat: (N, 4) unit wxyz.
        dof_pos: (N, J) rad, in MuJoCo's order.
        pose: of the joints.
        signs: that speak against the reading.
        seen: number of different poses.
        other_quat: (N, 4) the file's quaternions in the other order; None if it doesn't have any.
    """

    variant: Variant
    frames: IntArray
    root_pos: FloatArray
    root_quat: FloatArray
    dof_pos: FloatArray
    pose: Poses
    signs: Signs
    seen: float
    other_quat: FloatArray | None

    def changed(self, changes: list[FloatArray]) -> Iterator[tuple[Poses, Signs]]:
        """Yield poses and signs with other angles (N, J) each."""
        ranges = g1_variant(self.variant).ranges
        for pose, angles in zip(poses(np.stack(changes), self.variant), changes, strict=True):
            limits = limit_signs(angles, ranges)
            yield pose, signs(pose, self.frames, self.root_pos, self.root_quat, limits, None)


def likely_mistakes(read: ReadPoses, *, by_place: bool) -> dict[ChoiceName, Sentence]:
    """Return the choices that the user should be asked about, with what a file seems to have done otherwise.

    Args:
        read: the likeliest reading.
        by_place: whether the joints are in MuJoCo's order, and nothing names them.
    """
    found = _other_world(read)
    if read.signs.grounded < _ON_GROUND and read.signs.height < -_UNDER:
        found["length_unit"] = Text(
            "The robot is {depth:.2f} m under the ground, as with heights above a standing pelvis, or with velocities "
            "in place of positions.",
            depth=-read.signs.height,
        )
    if read.variant not in G1_VARIANTS:
        if by_place and _is_likely_g1(read):
            found["joints"] = "The joints fit a G1 as well, in another order than MuJoCo's."
        return found
    # of both kinds the one that explains more
    relative, order = _relative_to(read), _other_order(read)
    if relative is not None and (order is None or relative[0] >= order[0]):
        found["angle_unit"] = Text(
            "The joints keep to their limits better with the default pose of {trainer} added: the angles may be "
            "relative to it.",
            trainer=Text(relative[1]),
        )
    elif order is not None:
        found["joint_order"] = order[1]
    elif (waist := _other_waist(read)) is not None:
        found["joint_order"] = waist
    return found


def _relative_to(read: ReadPoses) -> tuple[float, LiteralString] | None:
    """Return the trainers to whose default pose the angles seem to be relative, after the gain; None if they don't."""
    if read.signs.costs["limits"] <= _OF_LIMITS:
        return None
    names = np.array(g1_variant(read.variant).joint_names)
    changes: list[FloatArray] = []
    for default in _DEFAULT_POSES.values():
        pose = np.zeros(len(names))
        for part, angle in default.items():
            pose[np.char.find(names, part) >= 0] = angle
        changes.append(read.dof_pos + pose)
    trainers: list[LiteralString] = list(_DEFAULT_POSES)
    gain, index = _most_plausible(read, changes, ("limits",), _OF_LIMITS)
    return (gain, trainers[index]) if gain > 0.0 else None


def _other_order(read: ReadPoses) -> tuple[float, Sentence] | None:
    """Return the reason to ask if joints seem to be in another order than MuJoCo's or Isaac's, after the gain."""
    if read.signs.costs["limits"] + read.signs.costs["entering"] <= _OF_JOINTS:
        return None
    orders = _orders_of(g1_variant(read.variant).joint_names)
    sentences: list[Sentence] = list(orders)
    changes = [_in_order(read, order) for order in orders.values()]
    gain, index = _most_plausible(read, changes, ("limits", "entering"), _OF_JOINTS)
    return (gain, sentences[index]) if gain > 0.0 else None


def _is_likely_g1(read: ReadPoses) -> bool:
    """Return whether another robot's joints are nearly as plausible as a G1's in another order."""
    for variant in G1_VARIANTS:
        g1, names = replace(read, variant=variant), g1_variant(variant).joint_names
        if len(names) != read.dof_pos.shape[1]:
            continue
        changes = [_in_order(g1, order) for order in _orders_of(names).values()]
        for _, changed in g1.changed(changes):
            if changed.cost < read.signs.cost + _GAIN:
                return True
    return False


def _other_waist(read: ReadPoses) -> Sentence | None:
    """Return the reason to ask if the waist's joints seem to be in another order than yaw, roll, pitch."""
    names = list(g1_variant(read.variant).joint_names)
    waist = [names.index(name) for name in names if name.startswith("waist_")]
    aside, turns = torso_signs(read.pose, read.frames, read.root_quat)
    enough = _ASIDE + _FEW_WAISTS / read.seen
    # even upright, it couldn't lean so much less
    is_upright = np.log((aside + _LEANS) / _LEANS) <= enough
    if len(waist) != len(_WAISTS[0]) or (is_upright and read.signs.beyond <= _PAST_LIMIT):
        return None
    changes: list[FloatArray] = []
    for axes in _WAISTS:
        for column, axis in zip(waist, axes, strict=True):
            names[column] = f"waist_{axis}_joint"
        changes.append(_in_order(read, tuple(names)))
    found: list[tuple[float, str]] = []
    for axes, (pose, changed) in zip(_WAISTS, read.changed(changes), strict=True):
        then_aside, then_turns = torso_signs(pose, read.frames, read.root_quat)
        leans = float(np.log((aside + _LEANS) / (then_aside + _LEANS)))
        is_quieter = np.log((turns + _TURNS) / (then_turns + _TURNS)) > _QUIETER
        if read.signs.beyond - changed.beyond > _PAST_LIMIT or (leans > enough and is_quieter):
            found.append((leans, ", ".join(axes)))
    if not found:
        return None
    return Text(
        "The torso leans less with the waist's joints in the order {order} than in MuJoCo's: yaw, roll, pitch.",
        order=max(found)[1],
    )


def _most_plausible(
    read: ReadPoses, changes: list[FloatArray], telling: tuple[str, ...], enough: float
) -> tuple[float, int]:
    """Return by how much the cost is lower with a change of the angles, and which is best; 0 if none is clearly.

    Args:
        read: as it is.
        changes: (N, J) angles.
        telling: the signs that must speak for it alone.
        enough: by how much they must.
    """
    found = [(0.0, 0)]
    for index, (_, changed) in enumerate(read.changed(changes)):
        gains = {sign: cost - changed.costs[sign] for sign, cost in read.signs.costs.items() if sign not in _OF_HEIGHT}
        gain = sum(gains.values())
        if sum(map(gains.__getitem__, telling)) > enough and gain > _GAIN + _FEW / read.seen:
            found.append((gain, index))
    return max(found)


def _in_order(read: ReadPoses, order: tuple[str, ...]) -> FloatArray:
    """Return (N, J) angles in MuJoCo's order, of columns that are in another one."""
    return read.dof_pos[:, list(map(order.index, g1_variant(read.variant).joint_names))]


def _orders_of(names: tuple[str, ...]) -> dict[Sentence, tuple[str, ...]]:
    """Return the other orders that a robot's joints may be in, by the reason to ask."""
    orders: dict[Sentence, tuple[str, ...]] = {_OTHER_SIDE: tuple(map(_on_other_side, names))}
    orders[_ANKLES] = tuple(map(_of_other_axis, names))
    for sentence, parts in _ORDERS.items():
        orders[sentence] = tuple(sorted(names, key=lambda name, parts=parts: parts.index(_part_of(name))))
    return orders


def _part_of(name: str) -> str:
    if name.startswith("waist_"):
        return "waist"
    return "legs" if any(word in name for word in ("_hip_", "_knee_", "_ankle_")) else "arms"


def _on_other_side(name: str) -> str:
    if name.startswith("left_"):
        return name.replace("left_", "right_")
    return name.replace("right_", "left_")


def _of_other_axis(name: str) -> str:
    if "_ankle_pitch" in name:
        return name.replace("_pitch", "_roll")
    return name.replace("_ankle_roll", "_ankle_pitch")


def _other_world(read: ReadPoses) -> dict[ChoiceName, Sentence]:
    """Return what to ask about if standing feet drift, as if positions or rotations were something else."""
    moved, stood = steps_over_ground(read.pose, read.frames, read.root_pos, read.root_quat)
    way = norm(moved).sum()
    if way < _WAY:
        return {}
    ours = _drift(moved, stood)
    # of those that are alike the first one is told
    least, sentence = min(_drifts_of_others(read, moved, stood), key=lambda one: one[0])
    if least < min(ours - _DRIFT, ours * _SMALLER):
        return {"quaternion_order": sentence}
    if ours < _LOOSE or way < _FAR or not read.signs.is_upright:
        return {}
    drifts = Text(
        "Standing feet drift by {share:.0%} of the way: positions or angles may be something else, such as velocities.",
        share=ours,
    )
    return {"length_unit": drifts}


def _drifts_of_others(read: ReadPoses, moved: FloatArray, stood: FloatArray) -> Iterator[tuple[float, Sentence]]:
    """Yield how far standing feet drift (`_drift`) with positions and rotations of other kinds, and what these are."""

    def steps(quat: FloatArray, pos: FloatArray = read.root_pos) -> tuple[FloatArray, FloatArray]:
        return steps_over_ground(read.pose, read.frames, pos, quat)

    if read.other_quat is not None:
        yield _drift(*steps(read.other_quat)), "Standing feet drift less with the quaternions in the other order."
    inverted = rotations.conjugate(read.root_quat)
    yield _drift(*steps(inverted)), "Standing feet drift less with the pelvis's rotations inverted."
    of_mirrored, held = steps(read.root_quat * _MIRRORED)
    for way in (*_mirrored(of_mirrored), *_turned(of_mirrored)):
        yield _drift(way, held), _MIRRORED_WORLD
    for way in _mirrored(moved):
        yield _drift(way, stood), _MIRRORED_WORLD
    for way in _turned(moved):
        yield _drift(way, stood), _TURNED_WORLD
    summed, held = steps(read.root_quat, np.cumsum(read.root_pos, axis=0))
    # whatever the frame rate is
    seconds = np.sum(summed * held) / max(np.sum(summed * summed), _TINY)
    yield _drift(summed * seconds, held), "Standing feet drift less with the positions as velocities."


def _mirrored(ways: FloatArray) -> list[FloatArray]:
    """Return ways along the ground (M, 2) mirrored across either axis, or between both."""
    return [ways * _MIRROR_Y, -ways * _MIRROR_Y, ways[:, _SWAPPED], -ways[:, _SWAPPED]]


def _turned(ways: FloatArray) -> list[FloatArray]:
    """Return ways along the ground (M, 2) as they are, and turned by right angles."""
    aside = (ways * _MIRROR_Y)[:, _SWAPPED]
    return [ways, -ways, aside, -aside]


def _drift(moved: FloatArray, stood: FloatArray) -> float:
    """Return how far ways along the ground (M, 2) differ, as a fraction of both."""
    ways = norm(moved).sum() + norm(stood).sum()
    return float(norm(moved - stood).sum() / ways) if ways > 0.0 else 0.0
