"""How well a G1 shows a human motion: measured by MuJoCo and code of its own, from positions alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from xml.etree import ElementTree as ET

import mujoco
import numpy as np

from .g1_mjcf import TABLES, joint_rows, mujoco_poses, table_mjcf, whole
from .menagerie_g1 import DESCRIBED, description_of

SOLE = np.array([[-0.05, 0.025, -0.035], [-0.05, -0.025, -0.035], [0.12, 0.03, -0.035], [0.12, -0.03, -0.035]])
LIMBS = {
    "arm": (("upper_arm", "shoulder_roll_link"), ("lower_arm", "elbow_link"), ("hand", "wrist_yaw_link")),
    "leg": (("upper_leg", "hip_roll_link"), ("lower_leg", "knee_link"), ("foot", "ankle_pitch_link")),
}
DEEP = 0.01  # metres
SLIDING = 0.15  # metres a second
STANDING = 0.05  # metres a second of the source's ankle and ball, for a leg of 0.85 m
RAISED = 0.1  # of a leg: a foot that is higher than the other by more stands on something, or in the air


@dataclass(frozen=True)
class Judged:
    """The measurements; frames are all of the clip unless said otherwise.

    Attributes:
        past_limit: rad, the greatest.
        too_fast: rad/s above the motor's speed, the greatest.
        jerk: rad off the course of the neighbouring frames, by joint, (F, J).
        colliding: share of frames with links inside one another by more than a centimetre.
        sliding: share of the source's standing foot-frames in which the sole slides.
        off_ground: metres of standing soles' lowest corners from the ground, (N,).
        degrees: limb's slot to the angles (F,) between its direction and the source's.
    """

    past_limit: float
    too_fast: float
    jerk: np.ndarray
    colliding: float
    sliding: float
    off_ground: np.ndarray
    degrees: Mapping[str, np.ndarray]


def judged(
    heads: Mapping[str, np.ndarray],
    fps: float,
    robot: tuple[np.ndarray, np.ndarray, np.ndarray],
    variant: str,
) -> Judged:
    """Judge a robot's motion.

    Args:
        heads: slot to (F, 3) of the source's joints, any unit, any axis of the world up.
        fps: of both.
        robot: (F, 3) of the pelvis, (F, 4) wxyz, (F, J) angles.
        variant: of the robot.
    """
    heads = upright(heads)
    rows, dof = joint_rows(variant), robot[2]
    low, high = np.array([row["range"] for row in rows]).T
    fastest = np.array([row["vel_rad_s"] for row in rows])
    speeds = np.abs(np.diff(dof, axis=0)) * fps if len(dof) > 1 else np.zeros((1, len(rows)))
    names, pos, quat = mujoco_poses(*robot, variant)
    soles = _both_soles(names, pos, quat)
    slid, stood, off = 0, 0, [np.zeros(0)]
    lowest = np.minimum(heads["left_foot"][:, 2], heads["right_foot"][:, 2])
    for foot, side in enumerate(("left", "right")):
        still = standing(heads, side, fps) & (heads[f"{side}_foot"][:, 2] < lowest + RAISED * _leg_length(heads, side))
        both = still[1:] & still[:-1]
        steps = np.linalg.norm(np.diff(soles[:, foot, :, :2], axis=0), axis=-1).min(axis=-1) * fps
        slid, stood = slid + int((steps[both] > SLIDING).sum()), stood + int(both.sum())
        off.append(np.abs(soles[still, foot, :, 2].min(axis=-1)))
    return Judged(
        past_limit=float(np.maximum(low - dof, dof - high).max()),
        too_fast=float((speeds - fastest).max()),
        jerk=_off_course(dof),
        colliding=float(np.mean(deepest(robot, variant) > DEEP)),
        sliding=slid / max(stood, 1),
        off_ground=np.concatenate(off),
        degrees=_directions(heads, names, pos, quat),
    )


def soles_of(robot: tuple[np.ndarray, np.ndarray, np.ndarray], variant: str) -> np.ndarray:
    """(F, 2, 4, 3) the lowest points under the left and the right foot."""
    return _both_soles(*mujoco_poses(*robot, variant))


def _both_soles(names: list[str], pos: np.ndarray, quat: np.ndarray) -> np.ndarray:
    return np.stack([_soles(names, pos, quat, side) for side in ("left", "right")], axis=1)


def _soles(names: list[str], pos: np.ndarray, quat: np.ndarray, side: str) -> np.ndarray:
    """(F, 4, 3) the lowest points under a foot."""
    body = names.index(f"{side}_ankle_roll_link")
    return pos[:, body, None] + np.einsum("fij,cj->fci", matrices(quat[:, body]), SOLE)


def matrices(quat: np.ndarray) -> np.ndarray:
    found = np.empty((len(quat), 9))
    for row, one in zip(found, quat, strict=True):
        mujoco.mju_quat2Mat(row, one)
    return found.reshape(-1, 3, 3)


def standing(heads: Mapping[str, np.ndarray], side: str, fps: float) -> np.ndarray:
    """(F,) whether ankle and ball of the source's foot are still over a tenth of a second."""
    length = _leg_length(heads, side)
    half = max(1, round(0.05 * fps))
    still = np.ones(len(heads[f"{side}_foot"]), dtype=bool)
    for joint in (f"{side}_foot", f"{side}_toes"):
        if joint in heads and len(still) > 2 * half:
            away = np.linalg.norm(heads[joint][2 * half :] - heads[joint][: -2 * half], axis=-1)
            still[half:-half] &= away * fps / (2 * half) < STANDING * length / 0.85
    still[:half] = still[-half:] = False
    return still


def _leg_length(heads: Mapping[str, np.ndarray], side: str) -> float:
    leg = [heads[f"{side}_{part}"] for part in ("upper_leg", "lower_leg", "foot")]
    return sum(float(np.linalg.norm(b - a, axis=-1).mean()) for a, b in pairwise(leg))


def upright(heads: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The joints with Z up: the axis of the world along which the trunk mostly is, as the legs of who sits aren't."""
    line = np.mean(heads["head"] - heads["hips"], axis=0)
    axis = int(np.argmax(np.abs(line)))
    up, side = np.eye(3)[axis] * np.sign(line[axis]), np.eye(3)[(axis + 1) % 3]
    turn = np.stack([side, np.cross(up, side), up])
    return {slot: path @ turn.T for slot, path in heads.items()}


def _off_course(values: np.ndarray) -> np.ndarray:
    """(F, J) the distance of each value from the cubic through two neighbours on each side; 0 next to the ends."""
    off = np.zeros_like(values)
    if len(values) > 4:
        course = (4 * (values[1:-3] + values[3:-1]) - values[:-4] - values[4:]) / 6
        off[2:-2] = np.abs(values[2:-2] - course)
    return off


def _directions(
    heads: Mapping[str, np.ndarray], names: list[str], pos: np.ndarray, quat: np.ndarray
) -> dict[str, np.ndarray]:
    ours, theirs, slots = [], [], []
    for side in ("left", "right"):
        for limb in LIMBS.values():
            for (start, first), (end, last) in pairwise(limb):
                theirs.append(heads[f"{side}_{end}"] - heads[f"{side}_{start}"])
                ours.append(_place(names, pos, quat, side, last) - _place(names, pos, quat, side, first))
                slots.append(f"{side}_{start}")
    return dict(zip(slots, angles_apart(np.array(ours), np.array(theirs)), strict=True))


def angles_apart(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Degrees (L, F) between directions (L, F, 3); both may face anywhere: one turn about the vertical fits best."""
    sine = (theirs[..., 0] * ours[..., 1] - theirs[..., 1] * ours[..., 0]).sum()
    turn = np.arctan2(sine, (theirs[..., :2] * ours[..., :2]).sum())
    c, s = np.cos(turn), np.sin(turn)
    theirs = theirs @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(ours, theirs), axis=-1), (ours * theirs).sum(axis=-1)))


def _place(names: list[str], pos: np.ndarray, quat: np.ndarray, side: str, body: str) -> np.ndarray:
    """(F, 3) of a body; where it is welded to another, of the place that it has on that one."""
    name = f"{side}_{body}"
    if name in names:
        return pos[:, names.index(name)]
    still = np.zeros((1, 3)), np.array([[1.0, 0.0, 0.0, 0.0]])
    full, full_pos, _ = mujoco_poses(*still, np.zeros((1, 29)))
    carrier = next(
        other
        for other in (f"{side}_wrist_roll_rubber_hand", f"{side}_wrist_roll_link", f"{side}_elbow_link")
        if other in names
    )
    on = carrier.replace("rubber_hand", "link")
    offset = full_pos[0, full.index(name)] - full_pos[0, full.index(on)]  # all bodies' axes are the pelvis's at rest
    row = names.index(carrier)
    return pos[:, row] + np.einsum("fij,j->fi", matrices(quat[:, row]), offset)


@cache
def colliding_model(variant: str) -> mujoco.MjModel:
    """The robot with its capsules, which collide unless they belong to neighbours or touch when the robot stands."""
    if (robot := whole(variant)) is not None:
        return _with_capsules(variant, robot["capsules"]["rows"])
    table = json.loads((TABLES / "g1-29dof.json").read_text())
    capsules = json.loads((TABLES / "g1-capsules.json").read_text())["rows"]
    full = {row["body"]: row for row in joint_rows()}
    own = {row["joint"]: row["body"] for row in joint_rows(variant)}
    root = ET.Element("mujoco")
    ET.SubElement(root, "compiler", angle="radian", autolimits="true")
    pelvis = ET.SubElement(ET.SubElement(root, "worldbody"), "body", name="pelvis")
    ET.SubElement(pelvis, "freejoint")
    ET.SubElement(pelvis, "geom", size="0.01", mass="1", contype="0", conaffinity="0")
    elements = {table["root"]["body"]: pelvis}
    rows = joint_rows(variant)
    for row in rows:
        where = {"pos": " ".join(map(repr, row["pos"])), "quat": " ".join(map(repr, row["quat_wxyz"]))}
        element = ET.SubElement(elements[row["parent"]], "body", name=row["body"], **where)
        ET.SubElement(element, "joint", name=row["joint"], axis=" ".join(map(repr, row["axis"])))
        ET.SubElement(element, "geom", size="0.01", mass="1", contype="0", conaffinity="0")
        elements[row["body"]] = element
    still = np.zeros((1, 3)), np.array([[1.0, 0.0, 0.0, 0.0]])
    names, pos, quat = mujoco_poses(*still, np.zeros((1, 29)))
    _, own_pos, own_quat = mujoco_poses(*still, np.zeros((1, len(rows))), variant)
    own_names = ["pelvis", *(row["body"] for row in rows)]
    for body, start, end, radius in capsules:
        carrier = body
        while carrier != "pelvis" and full[carrier]["joint"] not in own:
            carrier = full[carrier]["parent"]
        carrier = "pelvis" if carrier == "pelvis" else own[full[carrier]["joint"]]
        here, there = names.index(body), own_names.index(carrier)
        world = np.array([start, end]) @ matrices(quat[:, here])[0].T + pos[0, here]
        local = (world - own_pos[0, there]) @ matrices(own_quat[:, there])[0]
        ends = " ".join(repr(float(value)) for value in local.ravel())
        ET.SubElement(elements[carrier], "geom", type="capsule", fromto=ends, size=repr(radius), mass="0")
    unaware = mujoco.MjModel.from_xml_string(ET.tostring(root, encoding="unicode"))
    data = mujoco.MjData(unaware)
    mujoco.mj_forward(unaware, data)
    contact = ET.SubElement(root, "contact")
    touching = {tuple(sorted(unaware.geom_bodyid[list(c.geom)].tolist())) for c in data.contact if c.dist < 0}
    for one, other in sorted(touching):
        ET.SubElement(contact, "exclude", body1=unaware.body(one).name, body2=unaware.body(other).name)
    return mujoco.MjModel.from_xml_string(ET.tostring(root, encoding="unicode"))


def _with_capsules(variant: str, rows: list) -> mujoco.MjModel:
    """The menagerie's robot, or that of the table, with the table's capsules in place of its geoms."""
    if variant in DESCRIBED:
        spec = mujoco.MjSpec.from_file(description_of(variant))
    else:
        spec = mujoco.MjSpec.from_string(table_mjcf(variant, weighed=True))
    for geom in list(spec.geoms):
        spec.delete(geom)
    for body, start, end, radius in rows:
        ball = {"type": mujoco.mjtGeom.mjGEOM_SPHERE, "pos": start}
        long = {"type": mujoco.mjtGeom.mjGEOM_CAPSULE, "fromto": [*start, *end]}
        spec.body(body).add_geom(**(ball if start == end else long), size=[radius, 0, 0], mass=0.0)
    unaware = spec.compile()
    data = mujoco.MjData(unaware)
    mujoco.mj_forward(unaware, data)
    for one, other in {tuple(sorted(unaware.geom_bodyid[list(c.geom)].tolist())) for c in data.contact if c.dist < 0}:
        spec.add_exclude(bodyname1=unaware.body(one).name, bodyname2=unaware.body(other).name)
    return spec.compile()


@cache
def _meshes() -> mujoco.MjModel:
    return mujoco.MjModel.from_xml_path(str(description_of("29dof")))


def meshes_inside(robot: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """(F,) metres that links of a G1 with 29 joints are inside one another, at most, by the menagerie's own meshes."""
    return _deepest(_meshes(), robot)


def deepest(robot: tuple[np.ndarray, np.ndarray, np.ndarray], variant: str) -> np.ndarray:
    """(F,) metres that links are inside one another, at most."""
    return _deepest(colliding_model(variant), robot)


def _deepest(model: mujoco.MjModel, robot: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    data = mujoco.MjData(model)
    found = np.zeros(len(robot[0]))
    for frame, state in enumerate(zip(*robot, strict=True)):
        data.qpos[:] = np.concatenate(state)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        mujoco.mj_collision(model, data)
        ours = (-contact.dist for contact in data.contact if 0 not in model.geom_bodyid[list(contact.geom)])
        found[frame] = max(ours, default=0.0)
    return np.maximum(found, 0.0)
