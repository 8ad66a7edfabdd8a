"""Motions of a G1 as the npz that trainers load: BeyondMimic, mjlab, holosoma, HDMI and Isaac Lab's AMP."""

from dataclasses import dataclass, replace
from typing import IO, Any

import numpy as np

from ..rotations import FloatArray
from ..spans import chunks_of
from .joint_orders import JointOrder, body_names, joint_names, joint_set
from .motion import G1Motion, whole
from .velocities import angular_derivative, body_velocities, derivative

_BODIES = {"body_pos_w": 3, "body_quat_w": 4, "body_lin_vel_w": 3, "body_ang_vel_w": 3}
_AMP_NAMES = {
    "joint_pos": "dof_positions",
    "joint_vel": "dof_velocities",
    "body_pos_w": "body_positions",
    "body_quat_w": "body_rotations",
    "body_lin_vel_w": "body_linear_velocities",
    "body_ang_vel_w": "body_angular_velocities",
}


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A motion with its velocities and bodies, in an order of its joints.

    Velocities of joints and pelvis are central differences; those of the bodies follow from them, at the bodies'
    frames. (Isaac measures linear velocities at the centres of mass instead, which differ slightly for a rotating
    link.)

    Attributes:
        joints: (J,) names.
        bodies: (J + 1,) names, the pelvis first.
        root: (F, 7) position of the pelvis, metres, and its quaternion wxyz.
        root_vel: (F, 6) m/s and rad/s of the pelvis, along the world's axes.
        arrays: of 32 bits: joint_pos and joint_vel (F, J) in rad and rad/s, and of the bodies, in the world, body_pos_w
            (F, B, 3) in metres, body_quat_w (F, B, 4) wxyz, body_lin_vel_w (F, B, 3) m/s, body_ang_vel_w (F, B, 3)
            rad/s.
    """

    joints: tuple[str, ...]
    bodies: tuple[str, ...]
    root: FloatArray
    root_vel: FloatArray
    arrays: dict[str, Any]


def trajectory(motion: G1Motion, order: JointOrder) -> Trajectory:
    """Return a motion as trainers want it. Other threads can run meanwhile."""
    model, joints = motion.model, joint_set(motion.variant)
    names, links = joint_names(joints, order), body_names(joints, order)
    columns = list(map(model.joint_names.index, names))
    bodies = list(map(model.bodies.index, links))
    # of the whole motion, as differences need the frames next to a chunk
    joint_vel = derivative(motion.dof_pos, motion.fps)
    root_vel = derivative(motion.root_pos, motion.fps), angular_derivative(motion.root_quat, motion.fps)
    posed = {name: np.empty((len(motion.dof_pos), len(bodies), size), np.float32) for name, size in _BODIES.items()}
    # in chunks, as all bodies of all frames at once in 64 bits would be large
    for rows in chunks_of(len(motion.dof_pos)):
        pose = model.body_poses(motion.root_pos[rows], motion.root_quat[rows], motion.dof_pos[rows])
        speeds = body_velocities(model, *pose, (root_vel[0][rows], root_vel[1][rows]), joint_vel[rows])
        for name, values in zip(_BODIES, (*pose, *speeds), strict=True):
            posed[name][rows] = values[:, bodies]
    angles = motion.dof_pos[:, columns].astype(np.float32)
    arrays = {"joint_pos": angles, "joint_vel": joint_vel[:, columns].astype(np.float32), **posed}
    root = np.hstack([motion.root_pos, motion.root_quat])
    return Trajectory(names, links, root, np.hstack(root_vel), arrays)


def _with_hands(made: Trajectory, motion: G1Motion) -> Trajectory:
    """Return a trajectory with the joints of other hands after its own, for files that name them."""
    hands = motion.hands
    if hands is None:
        return made
    angles = hands.angles.astype(np.float32)
    speeds = derivative(hands.angles, motion.fps).astype(np.float32)
    joined = {
        "joint_pos": np.hstack([made.arrays["joint_pos"], angles]),
        "joint_vel": np.hstack([made.arrays["joint_vel"], speeds]),
    }
    return replace(made, joints=(*made.joints, *hands.names), arrays=made.arrays | joined)


def write_npz(file: IO[bytes], motion: G1Motion, order: JointOrder = "isaac") -> None:
    """Write what BeyondMimic (Isaac's order) and mjlab (MuJoCo's order) train with, as their converters do.

    fps (1,), and the arrays of `Trajectory`. Joints and bodies are those of the motion's G1; unless they are the 29,
    they are named (joint_names, body_names).

    Args:
        file: a seekable file to write to.
        motion: what to write, at its own fps; both trainers expect 50.
        order: of joints and bodies.
    """
    made = trajectory(motion, order)
    arrays: dict[str, Any] = {"fps": np.array([whole(motion.fps)]), **made.arrays}
    if joint_set(motion.variant) != "29dof":
        arrays |= {"joint_names": np.array(made.joints), "body_names": np.array(made.bodies)}
    np.savez(file, **arrays)


def write_holosoma_npz(file: IO[bytes], motion: G1Motion) -> None:
    """Write what holosoma's whole-body tracking trains with.

    As mjlab's, but joint_pos (F, 7 + J) begins with the pelvis's position and quaternion wxyz, joint_vel (F, 6 + J)
    with its velocities, fps is a single number, and joints and bodies are named.
    """
    made = _with_hands(trajectory(motion, "mujoco"), motion)
    arrays: dict[str, Any] = made.arrays | {
        "fps": np.array(whole(motion.fps)),
        "joint_names": np.array(made.joints),
        "body_names": np.array(made.bodies),
        "joint_pos": np.hstack([made.root.astype(np.float32), made.arrays["joint_pos"]]),
        "joint_vel": np.hstack([made.root_vel.astype(np.float32), made.arrays["joint_vel"]]),
    }
    np.savez(file, **arrays)


def write_amp_npz(file: IO[bytes], motion: G1Motion) -> None:
    """Write what Isaac Lab's `MotionLoader` of humanoid AMP reads, which takes joints and bodies by their names."""
    made = _with_hands(trajectory(motion, "mujoco"), motion)
    arrays: dict[str, Any] = {_AMP_NAMES[name]: values for name, values in made.arrays.items()} | {
        "fps": np.array(whole(motion.fps)),
        "dof_names": np.array(made.joints),
        "body_names": np.array(made.bodies),
    }
    np.savez(file, **arrays)


def write_hdmi_npz(file: IO[bytes], motion: G1Motion) -> dict[str, object]:
    """Write HDMI's `motion.npz`, the arrays of `Trajectory`; return what its `meta.json` says of them.

    It takes joints and bodies by their names.
    """
    made = _with_hands(trajectory(motion, "mujoco"), motion)
    np.savez(file, **made.arrays)
    return {"body_names": list(made.bodies), "joint_names": list(made.joints), "fps": whole(motion.fps)}
