"""How a robot's motion would fare in a trainer: measured by MuJoCo, beside the human motion that it is of.

Accelerations are second differences over a window of a frame of 30 a second on either side, jerks third ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import mujoco
import numpy as np

from .floor.script import Contact
from .g1_judge import SOLE, angles_apart, colliding_model, deepest, matrices, meshes_inside, standing
from .g1_mjcf import g1_mujoco, joint_rows, mujoco_poses, whole

RATE = 30.0
SIDES = ("left", "right")
DEEP = 0.01  # metres
OF_A_G1 = {
    "upper_leg": "hip_roll_link",
    "lower_leg": "knee_link",
    "foot": "ankle_roll_link",
    "upper_arm": "shoulder_roll_link",
    "lower_arm": "elbow_link",
    "hand": "wrist_yaw_link",
}
"""Slot to the body whose frame is at the joint; of other robots their tables say it."""
LIMBS = ("upper_leg", "lower_leg", "foot"), ("upper_arm", "lower_arm", "hand")


@dataclass(frozen=True)
class MotionJudged:
    """The measurements.

    Attributes:
        root: m/s² of the body that moves freely along the ground, p99, and of that part of the source in its size: the
            hips, or of a robot whose trunk it is, as the T1's, the lower end of the spine.
        centre: m/s² and m/s³ of the centre of mass, p99.
        skate: cm/s, mean, of the slowest corner of soles whose foot stands in the source.
        under: cm of the body that is deepest under the floor.
        deep: share of frames with a body more than a centimetre under it.
        floats: cm of the body that is to rest, at most: the median of each contact's frames.
        colliding: number of frames with links more than a centimetre inside one another.
        meshes: cm that links are inside one another at most, by the menagerie's meshes; 0 of other robots than the G1
            with 29 joints.
        past_limit: rad.
        too_fast: rad/s.
        arms: degrees off the source's directions, median.
        legs: the same.
    """

    root: tuple[float, float]
    centre: tuple[float, float]
    skate: float
    under: float
    deep: float
    floats: float
    colliding: int
    meshes: float
    past_limit: float
    too_fast: float
    arms: float
    legs: float


def judge_motion(
    heads: Mapping[str, np.ndarray],
    fps: float,
    robot: tuple[np.ndarray, np.ndarray, np.ndarray],
    variant: str,
    contacts: tuple[Contact, ...] = (),
) -> MotionJudged:
    """Judge a robot's motion.

    Args:
        heads: slot to (F, 3) of the source's joints, any unit, Z up.
        fps: of both.
        robot: (F, 3) of the pelvis, (F, 4) wxyz, (F, J) angles.
        variant: of the robot.
        contacts: what rests in the source, with the floor at height 0.
    """
    names, pos, quat = mujoco_poses(*robot, variant)
    rows, dof = joint_rows(variant), robot[2]
    low, high = np.array([row["range"] for row in rows]).T
    fastest = np.array([row["vel_rad_s"] for row in rows])
    speeds = np.abs(np.diff(dof, axis=0)) * fps if len(dof) > 1 else np.zeros((1, len(rows)))
    lowest = lowest_of_bodies(robot, variant)
    size = _leg(variant) / np.mean([_length(heads, side) for side in SIDES])
    centre = centre_of_mass(robot, variant)
    angles = limb_angles(heads, names, pos, variant)
    return MotionJudged(
        root=(_high(second(robot[0][:, :2], fps)), _high(second(heads[_root_slot(variant)][:, :2] * size, fps))),
        centre=(_high(second(centre, fps)), _high(_third(centre, fps))),
        skate=_skate(heads, fps, names, pos, quat, variant),
        under=100.0 * max(-min(float(each.min()) for each in lowest.values()), 0.0),
        deep=float(np.mean(np.min(list(lowest.values()), axis=0) < -DEEP)),
        floats=100.0 * max([_floats(lowest, contact, variant) for contact in contacts], default=0.0),
        colliding=int((deepest(robot, variant) > DEEP).sum()),
        meshes=100.0 * float(meshes_inside(robot).max()) if variant == "29dof" else 0.0,
        past_limit=float(np.maximum(low - dof, dof - high).max()),
        too_fast=float((speeds - fastest).max()),
        arms=_median(angles, "arm"),
        legs=_median(angles, "leg"),
    )


def _root_slot(variant: str) -> str:
    """The human joint on the body that moves freely."""
    if (robot := whole(variant)) is None:
        return "hips"
    return next(slot for slot, _, body, _ in robot["figure"]["slots"] if body == robot["root"]["body"])


def _median(angles: Mapping[str, np.ndarray], part: str) -> float:
    return float(np.median(np.concatenate([each for slot, each in angles.items() if part in slot])))


def _high(values: np.ndarray) -> float:
    return float(np.percentile(np.linalg.norm(values, axis=1), 99)) if len(values) else 0.0


def second(path: np.ndarray, fps: float) -> np.ndarray:
    """(F - 2, 3) or fewer: second differences at the frames that have neighbors a thirtieth of a second away."""
    wide = max(1, round(fps / RATE))
    return (path[2 * wide :] - 2.0 * path[wide:-wide] + path[: -2 * wide]) * (fps / wide) ** 2


def _third(path: np.ndarray, fps: float) -> np.ndarray:
    wide = max(1, round(fps / RATE))
    bends = second(path, fps)
    return (bends[wide:] - bends[:-wide]) * fps / wide


def _length(heads: Mapping[str, np.ndarray], side: str) -> float:
    leg = [heads[f"{side}_{part}"] for part in ("upper_leg", "lower_leg", "foot")]
    return sum(float(np.linalg.norm(b - a, axis=-1).mean()) for a, b in pairwise(leg))


def _joints(variant: str) -> dict[str, str]:
    """Slot to the body whose frame is at the joint."""
    if (robot := whole(variant)) is not None:
        return {slot: body for slot, _, body, offset in robot["figure"]["slots"] if not any(offset)}
    names = {row["body"] for row in joint_rows(variant)}
    found = {f"{side}_{slot}": f"{side}_{body}" for side in SIDES for slot, body in OF_A_G1.items()}
    return {slot: body for slot, body in found.items() if body in names}


def _leg(variant: str) -> float:
    still = np.zeros((1, 3)), np.array([[1.0, 0.0, 0.0, 0.0]]), np.zeros((1, len(joint_rows(variant))))
    names, pos, _ = mujoco_poses(*still, variant)
    leg = {f"left_{part}": pos[:, names.index(_joints(variant)[f"left_{part}"])] for part in LIMBS[0]}
    return _length(leg, "left")


def limb_angles(
    heads: Mapping[str, np.ndarray], names: list[str], pos: np.ndarray, variant: str
) -> dict[str, np.ndarray]:
    """Slot to the angles (F,) between a limb's direction and the source's, both turned to agree best overall."""
    bodies, ours, theirs, slots = _joints(variant), [], [], []
    for side in SIDES:
        for start, end in (pair for limb in LIMBS for pair in pairwise(limb)):
            first, last = bodies.get(f"{side}_{start}"), bodies.get(f"{side}_{end}")
            if first in names and last in names:
                theirs.append(heads[f"{side}_{end}"] - heads[f"{side}_{start}"])
                ours.append(pos[:, names.index(last)] - pos[:, names.index(first)])
                slots.append(f"{side}_{start}")
    return dict(zip(slots, angles_apart(np.array(ours), np.array(theirs)), strict=True))


def _skate(
    heads: Mapping[str, np.ndarray], fps: float, names: list[str], pos: np.ndarray, quat: np.ndarray, variant: str
) -> float:
    slid = [np.zeros(1)]
    sole = _sole(variant)
    lowest = np.minimum(heads["left_foot"][:, 2], heads["right_foot"][:, 2])
    for side in SIDES:
        foot = names.index(_joints(variant)[f"{side}_foot"])
        corners = pos[:, foot, None] + np.einsum("fij,cj->fci", matrices(quat[:, foot]), sole)
        still = standing(heads, side, fps) & (heads[f"{side}_foot"][:, 2] < lowest + 0.1 * _length(heads, side))
        steps = np.linalg.norm(np.diff(corners[..., :2], axis=0), axis=-1).min(axis=-1) * fps
        slid.append(100.0 * steps[still[1:] & still[:-1]])
    return float(np.mean(np.concatenate(slid)[1:])) if sum(map(len, slid)) > 1 else 0.0


def _sole(variant: str) -> np.ndarray:
    if (robot := whole(variant)) is None:
        return SOLE
    return np.array(robot["feet"]["corners_m"]) - (0.0, 0.0, robot["feet"]["radius_m"])


def _floats(lowest: Mapping[str, np.ndarray], contact: Contact, variant: str) -> float:
    """Metres from the floor to the lowest body of those that rest."""
    resting = set() if contact.other else _resting(contact.slot, variant)
    mine = [path for body, path in lowest.items() if body in resting]
    if not mine:
        return 0.0
    return float(np.median(np.min(mine, axis=0)[contact.first : contact.last + 1] - contact.level))


def _resting(slot: str, variant: str) -> set[str]:
    """The robot's bodies of which one rests where a human's joint does: those of its limb's part, and next to it."""
    joints, parent = _joints(variant), {row["body"]: row["parent"] for row in joint_rows(variant)}

    def inwards(body: str) -> list[str]:
        return [body, *(inwards(parent[body]) if body in parent else [])]

    side, _, part = slot.partition("_") if slot.startswith(SIDES) else ("", "", slot)
    knees, elbows = ([joints[f"{each}_{joint}"] for each in SIDES] for joint in ("lower_leg", "lower_arm"))
    trunk = next(body for body in inwards(elbows[0]) if body in inwards(elbows[1]))
    if part == "hips":
        return {body for knee in knees for body in inwards(knee)[1:]}
    if part == "head":
        limbs = {body for end in (*knees, *elbows) for body in inwards(end)}
        return {
            trunk,
            *(body for body in parent if trunk in inwards(body) and not limbs & {*inwards(body)} - {*inwards(trunk)}),
        }
    if side and part in ("upper_leg", "lower_leg", "foot", "toes", "hand", "lower_arm", "upper_arm"):
        knee, elbow, foot = (joints[f"{side}_{joint}"] for joint in ("lower_leg", "lower_arm", "foot"))
        return {
            "upper_leg": {*inwards(knee)},
            "lower_leg": {knee},
            "foot": {*inwards(foot)} - {*inwards(knee)},
            "toes": {*inwards(foot)} - {*inwards(knee)},
            "hand": {elbow, *(body for body in parent if elbow in inwards(body))},
            "lower_arm": {elbow, parent[elbow]},
            "upper_arm": {trunk, *inwards(elbow)} - {elbow, *inwards(trunk)[1:]},
        }[part]
    return set()


def centre_of_mass(robot: tuple[np.ndarray, np.ndarray, np.ndarray], variant: str) -> np.ndarray:
    """(F, 3) of the whole robot, metres."""
    model = g1_mujoco(variant, weighed=True)
    data = mujoco.MjData(model)
    found = np.empty((len(robot[0]), 3))
    for frame, state in enumerate(zip(*robot, strict=True)):
        data.qpos[:] = np.concatenate(state)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        found[frame] = data.subtree_com[1]
    return found


def lowest_of_bodies(robot: tuple[np.ndarray, np.ndarray, np.ndarray], variant: str) -> dict[str, np.ndarray]:
    """Body to the height (F,) of its lowest place, by the tables' capsules and the soles' corners."""
    model, feet = colliding_model(variant), {_joints(variant)[f"{side}_foot"] for side in SIDES}
    data = mujoco.MjData(model)
    half = np.where(model.geom_type == mujoco.mjtGeom.mjGEOM_CAPSULE, model.geom_size[:, 1], 0.0)
    owners = {model.body(body).name: model.geom_bodyid == body for body in range(1, model.nbody)}
    owners = {
        name: mine & (model.geom_contype > 0)
        for name, mine in owners.items()
        if (mine & (model.geom_contype > 0)).any()
    }
    found = {name: np.empty(len(robot[0])) for name in owners}
    for frame, state in enumerate(zip(*robot, strict=True)):
        data.qpos[:] = np.concatenate(state)
        mujoco.mj_kinematics(model, data)
        heights = data.geom_xpos[:, 2] - np.abs(data.geom_xmat[:, 8]) * half - model.geom_size[:, 0]
        for name, mine in owners.items():
            if name in feet:
                up = data.body(name).xmat.reshape(3, 3)[2]
                found[name][frame] = data.body(name).xpos[2] + (_sole(variant) @ up).min()
            else:
                found[name][frame] = heights[mine].min()
    return found
