"""The table of a robot from its description: an MJCF, or a URDF. MuJoCo reads it; the limbs are told by joints' names.

`python -m tools.robot_table robot.xml --id acme_r2 --name "Acme R2" --source "…" > …/motion/g1/robot-acme_r2.json`

What is guessed is said on standard error: look at it, and change the table where it is wrong.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import mujoco
import numpy as np
import numpy.typing as npt

DIGITS = 6  # of metres, as descriptions have
SOLE = 4  # corners of a sole
FLAT = 0.002  # metres: how uneven a sole may be, as 1.57 for a right angle makes shapes that lie under it
THIN = 0.02  # metres: a fitted capsule that is thinner is no link's shape
NECK, HEAD = 0.1, 0.1  # metres from the shoulders to the neck, and from there to the middle of the head
ALONG = 0.5  # cosine between a link and the limb from which on it is part of that limb's length
SIDES = ("left", "right")
LIMBS = {
    "Waist": ("waist", "torso", "spine"),
    "Head": ("head", "neck"),
    "Leg": ("hip", "thigh", "knee", "shank", "ankle", "foot"),
    "Arm": ("shoulder", "arm", "elbow", "wrist", "hand"),
    "Hand": ("thumb", "index", "middle", "ring", "pinky"),
}
"""Limb → words in the names of its joints."""
RINGS = {"waist": 0.11, "torso": 0.14, "head": 0.06, "neck": 0.06, "hip": 0.09, "knee": 0.08, "ankle": 0.06}
RINGS |= {"shoulder": 0.07, "elbow": 0.06, "wrist": 0.05, "hand": 0.03}
"""Part of a joint's name → radius of its handle, metres, for a robot of 1.3 m."""
BENT = {"knee": 0.4, "hip_pitch": -0.2, "ankle_pitch": -0.2}
"""Part of a joint's name → rad, where fitting begins."""
OUT, ELBOW = 0.6, 0.8
"""Rad that arms are off the body, and elbows bent, there."""


@dataclass(frozen=True)
class Description:
    """A robot as MuJoCo has it, without meshes: links without a joint belong to those that carry them.

    Attributes:
        model: its joints after the free one, in MuJoCo's order.
        speeds: of its motors by joint, rad/s.
        fitted: bodies whose shape is a capsule fitted to their mesh.
    """

    model: mujoco.MjModel
    speeds: dict[str, float]
    fitted: list[str]

    @property
    def joints(self) -> list[str]:
        """Names in MuJoCo's order."""
        return [self.model.joint(index).name for index in range(1, self.model.njnt)]

    def body_of(self, joint: str) -> str:
        """Return the body that a joint moves."""
        return self.model.body(self.model.joint(joint).bodyid[0]).name

    def parent_of(self, body: str) -> str:
        """Return the body that carries another."""
        return self.model.body(self.model.body(body).parentid[0]).name

    def side_of(self, body: str) -> str:
        """Return the side of the joint that moves a body."""
        name = _plain(self.model.joint(self.model.body(body).jntadr[0]).name)
        return next((side for side in SIDES if side in name), "")

    def posed(self, angles: dict[str, float]) -> mujoco.MjData:
        """Return the robot at the world's origin with some joints turned, rad."""
        data = mujoco.MjData(self.model)
        data.qpos[:] = 0.0
        data.qpos[3] = 1.0
        for joint, angle in angles.items():
            data.qpos[self.model.joint(joint).qposadr[0]] = angle
        mujoco.mj_kinematics(self.model, data)
        return data


def read(file: Path, speeds: Path | None) -> Description:
    """Read a description; the motors' speeds from a URDF, as no MJCF has them."""
    spec = mujoco.MjSpec.from_file(str(file))
    spec.compiler.fusestatic = True
    bodies = [body for body in spec.bodies if body.name != "world"]
    if not any(joint.type == mujoco.mjtJoint.mjJNT_FREE for joint in spec.joints):
        bodies[0].add_freejoint()
    fitted = [name for body in bodies for name in _only_shapes(spec, body, file.parent)]
    for mesh in [mesh for mesh in spec.meshes if mesh.name not in {geom.meshname for geom in spec.geoms}]:
        spec.delete(mesh)
    for part in (*spec.keys, *spec.sensors, *spec.sites, *spec.lights, *spec.cameras):
        spec.delete(part)
    return Description(spec.compile(), _speeds(speeds or file), fitted)


def _only_shapes(spec: mujoco.MjSpec, body: mujoco.MjsBody, folder: Path) -> list[str]:
    """Leave a body what collides, without meshes; if nothing is left, a capsule about its mesh if that is there."""
    meshes = [geom for geom in body.geoms if geom.type == mujoco.mjtGeom.mjGEOM_MESH]
    for geom in [geom for geom in body.geoms if geom not in meshes]:
        if not (geom.contype or geom.conaffinity):
            spec.delete(geom)
    shapes = len(body.geoms) - len(meshes)
    here = folder / spec.meshdir
    kept = [geom for geom in meshes[:1] if not shapes and (here / spec.mesh(geom.meshname).file).is_file()]
    for geom in meshes:
        if geom not in kept:
            spec.delete(geom)
    for geom in kept:
        geom.type, geom.contype = mujoco.mjtGeom.mjGEOM_CAPSULE, 1
    return [body.name for _ in kept]


def _speeds(file: Path) -> dict[str, float]:
    root = ET.parse(file).getroot()  # noqa: S314 -- the user's own file
    limits = [(joint.get("name", ""), joint.find("limit")) for joint in root.iter("joint")]
    return {name: float(limit.get("velocity", "0")) for name, limit in limits if limit is not None}


def table_of(robot: Description, given: argparse.Namespace) -> dict[str, Any]:
    """Return the table; exit unless its motors can turn."""
    standing = dict(_angle(text) for text in given.standing)
    feet = [_last(robot, side, ("ankle",)) for side in SIDES]
    corners, radius = _soles(robot.model, feet[0])
    joints = [_joint(robot, name) for name in robot.joints]
    # the robot would be put into one pose for the whole motion, without a word
    if still := [row[0] for row in joints if not all(row[-2:])]:
        raise SystemExit(
            f"The description has no torque or no speed of {', '.join(still)}. "
            "Give a URDF with the speeds by --speeds, and add torques to the description."
        )
    places = robot.posed({})
    low = min(float(places.body(foot).xpos[2]) + float(corners[:, 2].min()) - radius for foot in feet)
    return {
        "source": given.source,
        "robot": given.id,
        "name": given.name,
        "menagerie": {given.id: Path(given.file).name} if given.menagerie else {},
        "root": {"body": robot.model.body(1).name, "stand_height": round(-low, DIGITS)},
        "columns": [*("joint", "body", "parent", "pos", "quat_wxyz", "axis", "range", "effort_Nm", "vel_rad_s")],
        "joints": joints,
        "inertias": _inertias(robot.model),
        "capsules": {
            "source": "the description's shapes; fitted to meshes: " + (", ".join(robot.fitted) or "none"),
            "columns": ["body", "start_m", "end_m", "radius_m"],
            "rows": _capsules(robot),
        },
        "feet": {
            "source": "what is lowest of the description's feet",
            "bodies": feet,
            "corners_m": [_rounded(corner) for corner in corners],
            "radius_m": radius,
        },
        "figure": _figure(robot, standing),
        "also": {},
        "limbs": _limbs(robot.joints),
        "rings_m": {part: size for part, size in RINGS.items() if any(part in _plain(name) for name in robot.joints)},
    }


def _angle(text: str) -> tuple[str, float]:
    joint, _, angle = text.partition("=")
    return joint, float(angle)


def _joint(robot: Description, name: str) -> list[Any]:
    model, joint = robot.model, robot.model.joint(name)
    body = robot.body_of(name)
    actuators = [index for index in range(model.nu) if model.actuator_trnid[index, 0] == joint.id]
    forces = [
        model.jnt_actfrcrange[joint.id, 1],
        *(model.actuator_forcerange[index, 1] for index in actuators),
        *(model.actuator_ctrlrange[index, 1] for index in actuators if not model.actuator_biastype[index]),
    ]
    effort = next((float(force) for force in forces if force > 0), 0.0)
    axis = [round(float(part), DIGITS) + 0.0 for part in joint.axis]
    if sorted(axis) != [0.0, 0.0, 1.0]:
        say(f"{name}: its axis is {axis}, but tables have X, Y or Z; turn its body's frame")
    return [
        *(name, body, robot.parent_of(body), _rounded(model.body(body).pos), _rounded(model.body(body).quat, 9)),
        *([int(part) for part in axis], _rounded(joint.range), effort, robot.speeds.get(name, 0.0)),
    ]


def _inertias(model: mujoco.MjModel) -> dict[str, Any]:
    armatures = sorted(set(model.dof_armature[6:].tolist()))
    if len(armatures) > 1:
        say(f"joints have armatures from {armatures[0]} to {armatures[-1]}, the table their median")
    bodies = [model.body(index) for index in range(1, model.nbody)]
    return {
        "armature_kg_m2": float(np.median(model.dof_armature[6:])),
        "columns": ["body", "mass_kg", "pos", "quat_wxyz", "diag_kg_m2"],
        "rows": [
            [body.name, *_rounded(body.mass, 9), *(_rounded(part, 9) for part in (body.ipos, body.iquat, body.inertia))]
            for body in bodies
        ],
    }


def _capsules(robot: Description) -> list[list[Any]]:
    """Return body, start, end and radius of capsules that fill the description's shapes."""
    model, rows = robot.model, list[list[Any]]()
    for geom in range(model.ngeom):
        body, kind = model.body(model.geom_bodyid[geom]).name, mujoco.mjtGeom(int(model.geom_type[geom]))
        turn = np.empty(9)
        mujoco.mju_quat2Mat(turn, model.geom_quat[geom])
        if body in robot.fitted and model.geom_size[geom, 0] < THIN:
            continue
        for start, end, radius in _filling(kind, model.geom_size[geom]):
            ends = [model.geom_pos[geom] + turn.reshape(3, 3) @ at for at in (start, end)]
            rows.append([body, *map(_rounded, ends), round(radius, DIGITS)])
    return rows


def _filling(kind: mujoco.mjtGeom, size: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Return ends and radius of capsules that fill a shape in its own frame."""
    across = np.zeros(3)
    if kind == mujoco.mjtGeom.mjGEOM_SPHERE:
        return [(across, across, float(size[0]))]
    if kind in (mujoco.mjtGeom.mjGEOM_CAPSULE, mujoco.mjtGeom.mjGEOM_CYLINDER):
        radius, half = float(size[0]), float(size[1])
        long = half if kind == mujoco.mjtGeom.mjGEOM_CAPSULE else max(half - radius, 0.0)
        along = np.array([0.0, 0.0, long])
        return [(-along, along, radius)]
    if kind != mujoco.mjtGeom.mjGEOM_BOX:
        say(f"a shape of kind {kind.name} is left out")
        return []
    thin, wide, long = (int(axis) for axis in np.argsort(size, kind="stable"))
    radius = float(size[thin])
    along, side = np.eye(3)[long] * (size[long] - radius), np.eye(3)[wide] * (size[wide] - radius)
    count = int(np.ceil(size[wide] / radius))
    return [
        (shift - along, shift + along, radius)
        for shift in ([side * share for share in np.linspace(-1.0, 1.0, count)] if count > 1 else [across])
    ]


def _soles(model: mujoco.MjModel, foot: str) -> tuple[np.ndarray, float]:
    """Return the centres (4, 3) of the spheres under a foot in its frame, the front ones last, and their radius."""
    found: list[tuple[np.ndarray, float]] = []
    for geom in np.flatnonzero(model.geom_bodyid == model.body(foot).id).tolist():
        kind, size = mujoco.mjtGeom(int(model.geom_type[geom])), model.geom_size[geom]
        turn = np.empty(9)
        mujoco.mju_quat2Mat(turn, model.geom_quat[geom])
        if kind == mujoco.mjtGeom.mjGEOM_BOX:
            ends = [np.array([x, y, z]) * size for x in (-1, 1) for y in (1, -1) for z in (-1, 1)]
            radius = 0.0
        else:
            ends, radius = [at for start, end, _ in _filling(kind, size) for at in (start, end)], float(size[0])
        found += [(model.geom_pos[geom] + turn.reshape(3, 3) @ end, radius) for end in ends]
    lowest = min((at[2] - radius for at, radius in found), default=0.0)
    under = [(at, radius) for at, radius in found if at[2] - radius < lowest + FLAT]
    if len(under) < SOLE:
        raise SystemExit(
            f"The foot {foot} has no sole of simple shapes. Put four small spheres under it in the description."
        )
    corners = np.array([at for at, _ in under])
    ahead = np.argsort(corners[:, 0], kind="stable")
    chosen = [
        pick for half in (ahead[: len(ahead) // 2], ahead[len(ahead) // 2 :]) for pick in _outermost(corners, half)
    ]
    if len(under) != len(chosen):
        say(f"{foot} has {len(under)} lowest points; the table has the outermost four")
    return corners[chosen], under[0][1]


def _outermost(corners: np.ndarray, half: np.ndarray) -> list[int]:
    across = corners[half, 1]
    return [int(half[across.argmax()]), int(half[across.argmin()])]


def _figure(robot: Description, standing: dict[str, float]) -> dict[str, Any]:
    """Return the robot as a human: where its limbs bend, as it stands upright with its arms down."""
    data, model = robot.posed(standing), robot.model
    trunk = robot.parent_of(_chain(robot, "left", ("shoulder",))[0])
    root = model.body(1).name
    hips = robot.parent_of(_chain(robot, "left", ("hip",))[0])
    arms = [_bend(robot, data, side, ("shoulder",), _last(robot, side, ("elbow",))) for side in SIDES]
    place = data.body(trunk).xmat.reshape(3, 3).T @ (
        np.mean([data.body(arm).xpos for arm in arms], axis=0) - data.body(trunk).xpos
    )
    neck = place + np.array([0.0, 0.0, NECK])
    slots: list[list[Any]] = [["hips", "", hips, [0.0, 0.0, 0.0]]]
    low = np.array([place[0], 0.0, 0.0])
    spine = (("spine", 0.0), ("chest", 1 / 3), ("upper_chest", 2 / 3), ("neck", 1.0))
    above = "hips"
    for slot, share in spine:
        slots.append([slot, above, trunk, _rounded(low + share * (neck - low), 3)])
        above = slot
    heads = [robot.body_of(name) for name in robot.joints if any(word in _plain(name) for word in LIMBS["Head"])]
    over = [0.0, 0.0, HEAD] if heads else _rounded(neck + np.array([0.0, 0.0, HEAD]), 3)
    slots.append(["head", "neck", heads[-1] if heads else trunk, over])
    for side, arm in zip(SIDES, arms, strict=True):
        knee, foot = _last(robot, side, ("knee",)), _last(robot, side, ("ankle",))
        elbow, wrist = _last(robot, side, ("elbow",)), _chain(robot, side, ("wrist",))
        thigh = _bend(robot, data, side, ("hip",), knee)
        corners, _ = _soles(model, foot)
        toes = [*_rounded(corners[2:, 0].mean() - 0.03, 3), 0.0, *_rounded(corners[:, 2].min() + 0.005, 3)]
        hand = [wrist[-1], [0.0, 0.0, 0.0]] if wrist else [elbow, _rounded(_tip(model, elbow), 3)]
        slots += [
            [f"{side}_upper_leg", "hips", thigh, [0.0, 0.0, 0.0]],
            [f"{side}_lower_leg", f"{side}_upper_leg", knee, [0.0, 0.0, 0.0]],
            [f"{side}_foot", f"{side}_lower_leg", foot, [0.0, 0.0, 0.0]],
            [f"{side}_toes", f"{side}_foot", foot, toes],
            [f"{side}_upper_arm", "upper_chest", arm, [0.0, 0.0, 0.0]],
            [f"{side}_lower_arm", f"{side}_upper_arm", elbow, [0.0, 0.0, 0.0]],
            [f"{side}_hand", f"{side}_lower_arm", *hand],
        ]
    if hips != root:
        say(f"the hips are {hips}, which {root} carries")
    return {
        "source": "the project's own: the robot's links as a human's bones",
        "pose_rad": standing,
        "start_rad": _start(robot, standing, slots),
        "columns": ["slot", "above", "body", "offset_m"],
        "slots": slots,
    }


def _start(robot: Description, standing: dict[str, float], slots: list[list[Any]]) -> dict[str, float]:
    """Return the angles at which fitting begins: knees and elbows bent, arms off the body."""
    found = dict[str, float]()
    forearms = {body: offset for slot, _, body, offset in slots if slot.endswith("_hand")}
    elbows = {body for slot, _, body, _ in slots if slot.endswith("_lower_arm")}
    for name in robot.joints:
        plain, angle = _plain(name), standing.get(name, 0.0)
        angle += next((turn for part, turn in BENT.items() if part in plain), 0.0)
        if "shoulder_roll" in plain:
            angle += OUT if "left" in plain else -OUT
        if robot.body_of(name) in elbows:
            hand = next(body for body in forearms if robot.side_of(body) == robot.side_of(robot.body_of(name)))
            reach = [_ahead(robot, standing | {name: angle + turn}, hand, forearms[hand]) for turn in (0.0, 0.1)]
            angle += ELBOW if reach[1] > reach[0] else -ELBOW
        if angle:
            found[name] = round(angle, 4)
    return found


def _ahead(robot: Description, angles: dict[str, float], body: str, offset: list[float]) -> float:
    """Return how far ahead of the pelvis a body's point is, metres."""
    data = robot.posed(angles).body(body)
    return float((data.xpos + data.xmat.reshape(3, 3) @ np.array(offset))[0])


def _bend(robot: Description, data: mujoco.MjData, side: str, words: tuple[str, ...], end: str) -> str:
    """Return the body of a chain where its limb begins: those after it lie along the limb."""
    chain = _chain(robot, side, words)
    for body, after in pairwise(chain):
        step = data.body(after).xpos - data.body(body).xpos
        limb = data.body(end).xpos - data.body(body).xpos
        if step @ limb > ALONG * np.linalg.norm(step) * np.linalg.norm(limb) and np.linalg.norm(step) > 1e-6:
            return body
    return chain[-1]


def _tip(model: mujoco.MjModel, body: str) -> np.ndarray:
    """Return nearly the end of a body's longest shape."""
    ends = [np.zeros(3)]
    for geom in np.flatnonzero(model.geom_bodyid == model.body(body).id).tolist():
        turn = np.empty(9)
        mujoco.mju_quat2Mat(turn, model.geom_quat[geom])
        shapes = _filling(mujoco.mjtGeom(int(model.geom_type[geom])), model.geom_size[geom])
        ends += [model.geom_pos[geom] + turn.reshape(3, 3) @ at for start, end, _ in shapes for at in (start, end)]
    return max(ends, key=lambda at: float(np.linalg.norm(at)))


def _chain(robot: Description, side: str, words: tuple[str, ...]) -> list[str]:
    """Return the bodies of a side's joints with one of some words, from the trunk outwards."""
    return [
        robot.body_of(name) for name in robot.joints if side in _plain(name) and any(w in _plain(name) for w in words)
    ]


def _last(robot: Description, side: str, words: tuple[str, ...]) -> str:
    chain = _chain(robot, side, words)
    if not chain:
        raise SystemExit(f"No joint of the {side} side is named {' or '.join(words)}. Rename the description's joints.")
    return chain[-1]


def _limbs(joints: list[str]) -> dict[str, list[str]]:
    """Return limb → the joints' names as they begin."""
    found = dict[str, list[str]]()
    for name in joints:
        plain = _plain(name)
        side = next((side.title() for side in SIDES if side in plain), "")
        limb = next((limb for limb, words in reversed(LIMBS.items()) if any(word in plain for word in words)), "Waist")
        found.setdefault(f"{side} {limb}".strip(), []).append(name)
    return found


def _plain(name: str) -> str:
    """Return a joint's name in lower case, with its side in full: "L_HipPitch" is "left_hip_pitch"."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]
    return "_".join({"l": "left", "r": "right"}.get(word, word) for word in words)


def _rounded(values: npt.ArrayLike, digits: int = DIGITS) -> list[float]:
    return [round(float(value), digits) + 0.0 for value in np.atleast_1d(values)]


def say(what: str) -> None:
    """Tell whoever makes a table."""
    print(what, file=sys.stderr)


def written(table: dict[str, Any]) -> str:
    """Return a table as JSON with a row in each line."""
    text = json.dumps(table, indent=1, ensure_ascii=False)
    text = re.sub(r"\[\s+((?:[^\[\]{}]|\[[^\[\]{}]*\])*?)\s+\]", lambda found: _in_a_line(found[0]), text)
    return re.sub(r"\{\s+([^{}\[\]]*?)\s+\}", lambda found: _in_a_line(found[0]), text) + "\n"


def _in_a_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("[ ", "[").replace(" ]", "]").replace("{ ", "{").replace(" }", "}")


def main() -> None:
    """Print the table of the description that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--id", required=True, help="maker and robot in lower case, as in acme_r2")
    parser.add_argument("--name", required=True, help="for people")
    parser.add_argument("--source", required=True, help="where the description is from, its licence and its owner")
    parser.add_argument("--speeds", type=Path, help="a URDF with the motors' speeds")
    parser.add_argument("--standing", action="append", default=[], help="JOINT=RAD, of the pose with the arms down")
    parser.add_argument("--menagerie", action="store_true", help="the build's package of the menagerie has it")
    given = parser.parse_args()
    sys.stdout.write(written(table_of(read(given.file, given.speeds), given)))


if __name__ == "__main__":
    main()
