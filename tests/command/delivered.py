"""Motion in delivered files, read with nothing of the add-on, and how far it is from what the files' names say."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import bpy
import numpy as np

from tests.blender_parts import action_of, pose_of
from tests.media.g1_files import COLUMNS
from tests.media.g1_mjcf import degrees_between, joint_rows, mujoco_poses
from tests.media.matrices import quaternion_xyzw
from tests.media.metahuman_fbx import frame_times
from tests.media.posing import pose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.media.performance import Performance

FPS = 30.0
Poses = dict[str, np.ndarray]
"""Bone to world matrices (F, 4, 4), metres."""
Apart = tuple[float, float]
"""Degrees and millimetres by which two motions are apart at most."""


@dataclass(frozen=True)
class RobotMotion:
    """Position (F, 3) of the root in metres, rotation (F, 4) wxyz, and angles (F,) in rad by joint.

    Attributes:
        bodies: of files that have them: body to positions (F, 3) and rotations (F, 4) in the world.
    """

    pos: np.ndarray
    quat: np.ndarray
    angles: Mapping[str, np.ndarray]
    bodies: Mapping[str, tuple[np.ndarray, np.ndarray]]


def performed(performance: Performance, start: float, end: float) -> Poses:
    """The performance of a range of source seconds, on the bones of the skeleton that the service delivers.

    Its uppermost one is not among them: Blender imports it as the armature object.
    """
    posed = pose(frame_times(start, end, FPS), performance)
    names = [name for name in posed.body.names if name != "root"]
    matrices = {name: np.tile(np.eye(4), (len(posed.positions[name]), 1, 1)) for name in names}
    for name in names:
        matrices[name][:, :3, :3], matrices[name][:, :3, 3] = posed.rotations(name), posed.positions[name]
    return matrices


def poses_in(file: Path, name: str = "", fps: float = FPS) -> Poses:
    """Of an armature in a .blend, or of the only one in a file of another program, at each sample of its Action."""
    ops = cast("Any", bpy.ops)
    if file.suffix == ".blend":
        ops.wm.open_mainfile(filepath=str(file), load_ui=False)
    else:
        ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bpy.context.scene.render.fps = round(fps)
        if file.suffix == ".fbx":
            ops.import_scene.fbx(filepath=str(file))
        elif file.suffix == ".bvh":
            ops.import_anim.bvh(filepath=str(file), update_scene_fps=True)
        else:
            ops.import_scene.gltf(filepath=str(file))
    (armature,) = [found for found in bpy.data.objects if found.type == "ARMATURE" and name in ("", found.name)]
    first, last = action_of(armature).frame_range
    step = bpy.context.scene.render.fps / bpy.context.scene.render.fps_base / fps
    matrices: dict[str, list[np.ndarray]] = {bone.name: [] for bone in pose_of(armature).bones}
    for sample in range(round((last - first) / step) + 1):
        whole, part = divmod(first + sample * step, 1.0)
        bpy.context.scene.frame_set(int(whole), subframe=part)
        for bone in pose_of(armature).bones:
            matrices[bone.name].append(np.array(armature.matrix_world @ bone.matrix))
    return {bone: np.array(of_bone) for bone, of_bone in matrices.items()}


def poses_apart(got: Poses, want: Poses) -> Apart:
    """Compare all bones of the motion that is wanted: their heads, and how they turn from the first frame on.

    Importers choose other axes for bones at rest.
    """
    heads = max(
        np.linalg.norm(got[bone][:, :3, 3] - matrices[:, :3, 3], axis=1).max() for bone, matrices in want.items()
    )
    sines = [np.linalg.norm(_turned(got[bone]) - _turned(matrices), axis=(1, 2)) for bone, matrices in want.items()]
    return float(np.degrees(2.0 * np.arcsin(np.minimum(np.max(sines) / np.sqrt(8.0), 1.0)))), 1000.0 * float(heads)


def _turned(matrices: np.ndarray) -> np.ndarray:
    axes: np.ndarray = matrices[:, :3, :3] / np.linalg.norm(matrices[:, :3, :3], axis=1, keepdims=True)
    first = np.asarray(np.linalg.inv(axes[0]), np.float64)
    return axes @ first


def limbs_apart(got: np.ndarray, want: np.ndarray) -> float:
    """Degrees between directions (F, L, 3) at most."""
    sines, cosines = np.linalg.norm(np.cross(got, want), axis=-1), np.einsum("fli,fli->fl", got, want)
    return float(np.degrees(np.arctan2(sines, cosines)).max())


def robot_motion(pos: np.ndarray, quat: np.ndarray, angles: np.ndarray, variant: str = "29dof") -> RobotMotion:
    """The motion that is wanted, of angles (F, J) in MuJoCo's order; its bodies are MuJoCo's."""
    names, positions, quats = mujoco_poses(pos, quat, angles, variant)
    bodies = {name: (positions[:, body], quats[:, body]) for body, name in enumerate(names)}
    return RobotMotion(pos, quat, dict(zip(_joints(variant), angles.T, strict=True)), bodies)


def robot_motion_in(file: Path, order: str, variant: str = "29dof") -> RobotMotion:
    """Of a robot's file.

    Args:
        file: of any format.
        order: MuJoCo's or Isaac's, of the 29 joints of an npz that doesn't name them.
        variant: the robot.
    """
    if file.suffix == ".npz":
        return _arrays_in(file, order)
    names: list[str] = []
    if file.suffix == ".csv":
        rows = [line.split(",") for line in file.read_text().splitlines()]
        if rows[0][0].isidentifier():
            names = rows.pop(0)[7:]
        table = np.array(rows, dtype=float)
        pos, xyzw, angles = table[:, :3], table[:, 3:7], table[:, 7:]
    else:
        reported = json.loads(file.read_text()) if file.suffix == ".json" else pickle.loads(file.read_bytes())  # noqa: S301 -- written by what is tested
        if "frames" in reported:
            pos, vectors, angles = np.split(np.array(reported["frames"]), [3, 6], axis=1)
            angle = np.linalg.norm(vectors, axis=1, keepdims=True)
            xyzw = np.hstack([np.sinc(angle / (2.0 * np.pi)) / 2.0 * vectors, np.cos(angle / 2.0)])
        else:
            rotation = "root_rot_xyzw" if file.suffix == ".json" else "root_rot"
            pos, xyzw, angles = (np.array(reported[key]) for key in ("root_pos", rotation, "dof_pos"))
    # files of a G1 with fewer joints have those that it lacks, too
    names = names or next(joints for joints in (_joints(variant), _joints()) if len(joints) == angles.shape[1])
    return RobotMotion(pos, xyzw[:, [3, 0, 1, 2]], dict(zip(names, angles.T, strict=True)), {})


def _joints(variant: str = "29dof") -> list[str]:
    return [row["joint"] for row in joint_rows(variant)]


def _arrays_in(file: Path, order: str) -> RobotMotion:
    arrays = dict(np.load(file))
    meta = file.with_name("meta.json")
    reported = json.loads(meta.read_text()) if meta.is_file() else arrays

    def named(*names: str) -> np.ndarray:
        return next(np.array(one[name]) for one in (reported, arrays) for name in names if name in one)

    if "body_names" not in reported:
        rows = [joint_rows()[column] for column in COLUMNS["29dof", order]]
        reported |= {
            "joint_names": [row["joint"] for row in rows],
            "body_names": ["pelvis", *(row["body"] for row in rows)],
        }
    angles, joints = named("joint_pos", "dof_positions"), named("joint_names", "dof_names").tolist()
    positions, quats = named("body_pos_w", "body_positions"), named("body_quat_w", "body_rotations")
    bodies = {name: (positions[:, body], quats[:, body]) for body, name in enumerate(named("body_names").tolist())}
    pos, quat = next(iter(bodies.values()))  # the root comes first, whatever the robot calls it
    if angles.shape[1] == 7 + len(joints):
        pos, quat, angles = angles[:, :3], angles[:, 3:7], angles[:, 7:]
    return RobotMotion(pos, quat, dict(zip(joints, angles.T, strict=True)), bodies)


def robots_apart(got: RobotMotion, want: RobotMotion) -> Apart:
    """Compare pelvis and joints, of which those that the wanted motion lacks are 0, and bodies if the file has them."""
    assert set(want.angles) <= set(got.angles)
    assert set(got.bodies) <= set(want.bodies)
    degrees = [np.degrees(np.abs(angles - want.angles.get(name, 0.0)).max()) for name, angles in got.angles.items()]
    placed = [(got.pos, got.quat, want.pos, want.quat)]
    placed += [(*at, *want.bodies[name]) for name, at in got.bodies.items()]
    degrees += [degrees_between(quat, wanted).max() for _, quat, _, wanted in placed]
    return float(max(degrees)), 1000.0 * float(max(np.abs(pos - wanted).max() for pos, _, wanted, _ in placed))


def rig_apart(file: Path, want: RobotMotion, name: str) -> Apart:
    """Compare the bodies of a robot's rig in a .blend."""
    poses = poses_in(file, name)
    shown = {"pelvis": "floating_base_joint", **{row["body"]: row["joint"] for row in joint_rows()}}
    pairs = [(poses[shown[body]], *at) for body, at in want.bodies.items()]
    metres = max(np.linalg.norm(got[:, :3, 3] - pos, axis=1).max() for got, pos, _ in pairs)
    quats = [(quaternion_xyzw(got[:, :3, :3])[:, [3, 0, 1, 2]], quat) for got, _, quat in pairs]
    return float(max(degrees_between(*both).max() for both in quats)), 1000.0 * float(metres)
