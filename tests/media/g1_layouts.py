"""A motion in every layout that is known, written as those who use it do, with MuJoCo's bodies."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import joblib
import mujoco
import numpy as np

from aimocap_blender.motion.g1.motion import G1Motion
from aimocap_blender.motion.rotations import conjugate, multiply, to_matrix, to_rotation_vector
from tests.media import torch_files
from tests.media.g1_files import COLUMNS, JOINTS
from tests.media.g1_mjcf import mujoco_poses

Names = list[str]
ISAAC = COLUMNS["29dof", "isaac"]
NO_WRISTS = COLUMNS["23dof_without_wrists", "mujoco"]


def xyzw(quat: np.ndarray) -> np.ndarray:
    return quat[..., [1, 2, 3, 0]]


def bodies(motion: G1Motion, order: list[int] | None = None) -> tuple[Names, np.ndarray, np.ndarray]:
    """Names, positions and rotations wxyz of MuJoCo's bodies, the pelvis first, then in an order of their joints."""
    names, pos, quat = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, motion.variant)
    columns = [0, *(column + 1 for column in order or range(29))]
    return [names[column] for column in columns], pos[:, columns], quat[:, columns]


def phc(motion: G1Motion, kept: list[int]) -> dict[str, object]:
    frames = len(motion.root_pos)
    return {
        "root_trans_offset": motion.root_pos,
        "pose_aa": np.zeros((frames, len(kept) + 4, 3), np.float32),
        "dof": motion.dof_pos[:, kept],
        "root_rot": xyzw(motion.root_quat),
        "smpl_joints": np.zeros((frames, 24, 3), np.float32),
        "fps": 30,
    }


def _asap(folder: Path, motion: G1Motion) -> Path:
    joblib.dump({"0-walk_filter_amass": phc(motion, NO_WRISTS)}, folder / "walk.pkl")
    return folder / "walk.pkl"


def _pbhc(folder: Path, motion: G1Motion) -> Path:
    contacts = {"contact_mask": np.zeros((len(motion.root_pos), 2))}
    joblib.dump({"walk": phc(motion, NO_WRISTS) | contacts}, folder / "walk.pkl")
    return folder / "walk.pkl"


def _phc_vectors(folder: Path, motion: G1Motion) -> Path:
    axes = np.array([joint.axis for joint in motion.model.joints])
    pelvis, ends = to_rotation_vector(motion.root_quat)[:, None], np.zeros((len(motion.root_pos), 3, 3))
    vectors = np.concatenate([pelvis, motion.dof_pos[..., None] * axes, ends], axis=1).astype(np.float32)
    content = {"root_trans_offset": motion.root_pos, "pose_aa": vectors, "fps": 30}
    joblib.dump({"walk": content}, folder / "walk.pkl")
    return folder / "walk.pkl"


def _sonic_library(folder: Path, motion: G1Motion) -> Path:
    joblib.dump({"walk": phc(motion, [*range(29)])}, folder / "walk.pkl", compress=3)
    return folder / "walk.pkl"


def gmr(motion: G1Motion, kept: list[int]) -> dict[str, object]:
    return {
        "fps": 30,
        "root_pos": motion.root_pos,
        "root_rot": xyzw(motion.root_quat),
        "dof_pos": motion.dof_pos[:, kept],
        "local_body_pos": None,
        "link_body_list": None,
    }


def _pickled(folder: Path, content: object) -> Path:
    (folder / "walk.pkl").write_bytes(pickle.dumps(content))
    return folder / "walk.pkl"


def _legged_lab(folder: Path, motion: G1Motion) -> Path:
    content = gmr(motion, ISAAC) | {"root_rot": motion.root_quat, "loop_mode": 0}
    return _pickled(folder, content | {"key_body_pos": np.zeros((len(motion.root_pos), 4, 3))})


def _mimickit(folder: Path, motion: G1Motion) -> Path:
    vectors = np.empty((len(motion.root_pos), 3))
    for vector, quat in zip(vectors, motion.root_quat, strict=True):
        mujoco.mju_quat2Vel(vector, quat, 1.0)
    frames = np.hstack([motion.root_pos, vectors, motion.dof_pos])
    return _pickled(folder, {"loop_mode": 0, "fps": 30, "frames": frames.tolist()})


def _tienkung(folder: Path, motion: G1Motion) -> Path:
    matrices = to_matrix(motion.root_quat)
    angles = [
        np.arctan2(-matrices[:, 1, 2], matrices[:, 2, 2]),
        np.arcsin(matrices[:, 0, 2]),
        np.arctan2(-matrices[:, 0, 1], matrices[:, 0, 0]),
    ]
    turning = to_rotation_vector(multiply(conjugate(motion.root_quat[:-1]), motion.root_quat[1:]))
    pose = np.hstack([motion.root_pos, np.unwrap(np.stack(angles, 1), axis=0), motion.dof_pos])
    speeds = np.diff(motion.root_pos, axis=0), turning, np.diff(motion.dof_pos, axis=0)
    frames = np.hstack([pose, np.vstack([np.hstack(speeds) * 30, np.zeros((1, 35))])])
    content = {"LoopMode": "Wrap", "FrameDuration": 1 / 30, "MotionWeight": 0.5, "Frames": frames.tolist()}
    (folder / "walk.txt").write_text(json.dumps(content))
    return folder / "walk.txt"


def _with_fixed_bodies(names: Names, values: np.ndarray) -> np.ndarray:
    """ProtoMotions' bodies: head and hands, which are fixed to others, among MuJoCo's."""
    fixed = [np.zeros_like(values[:, :1])]
    left, right = names.index("left_wrist_yaw_link") + 1, names.index("right_wrist_yaw_link") + 1
    parts = [values[:, :1], *fixed, values[:, 1:left], *fixed, values[:, left:right], *fixed]
    return np.concatenate(parts, axis=1)


def _protomotions(folder: Path, motion: G1Motion) -> Path:
    names, pos, quat = bodies(motion)
    content = {
        "fps": 30,
        "dof_pos": motion.dof_pos.astype(np.float32),
        "rigid_body_pos": _with_fixed_bodies(names, pos).astype(np.float32),
        "rigid_body_rot": _with_fixed_bodies(names, xyzw(quat)).astype(np.float32),
        "rigid_body_contacts": np.zeros((len(pos), 33), bool),
    }
    torch_files.save(folder / "walk.motion", content)
    return folder / "walk.motion"


def _protomotions_library(folder: Path, motion: G1Motion) -> Path:
    names, pos, quat = bodies(motion)
    frames = len(pos)
    content = {
        "gts": _with_fixed_bodies(names, pos).astype(np.float32),
        "grs": _with_fixed_bodies(names, xyzw(quat)).astype(np.float32),
        "dps": motion.dof_pos.astype(np.float32),
        "length_starts": np.array([0]),
        "motion_num_frames": np.array([frames]),
        "motion_dt": np.array([1 / 30], np.float32),
        "motion_files": ("walk.motion",),
    }
    torch_files.save(folder / "library.pt", content)
    return folder / "library.pt"


def _phuma(folder: Path, motion: G1Motion) -> Path:
    content = {
        "root_trans": motion.root_pos,
        "root_ori": xyzw(motion.root_quat),
        "dof_pos": motion.dof_pos,
        "fps": 30,
    }
    np.save(folder / "walk.npy", content, allow_pickle=True)
    return folder / "walk.npy"


def _isaaclab_amp(folder: Path, motion: G1Motion) -> Path:
    names, pos, quat = bodies(motion)
    arrays = {"dof_positions": motion.dof_pos, "body_positions": pos, "body_rotations": quat}
    np.savez(folder / "walk.npz", fps=30, dof_names=np.array(JOINTS), body_names=np.array(names), **arrays)
    return folder / "walk.npz"


def _isaaclab_reference(folder: Path, motion: G1Motion) -> Path:
    root = {"base_pos_w": motion.root_pos, "base_quat_w": motion.root_quat, "framerate": 30}
    names = np.array(JOINTS)[ISAAC]
    np.savez(folder / "walk.npz", joint_names=names, joint_pos=motion.dof_pos[:, ISAAC].astype(np.float32), **root)
    return folder / "walk.npz"


def _ami_amp(folder: Path, motion: G1Motion) -> Path:
    content = {
        "joints_list": JOINTS[::-1],
        "joint_positions": [*motion.dof_pos[:, ::-1]],
        "root_position": [*motion.root_pos],
        "root_quaternion": [*xyzw(motion.root_quat)],
        "fps": 30,
    }
    np.save(folder / "walk.npy", content, allow_pickle=True)
    return folder / "walk.npy"


def _holosoma(folder: Path, motion: G1Motion) -> Path:
    names, pos, quat = bodies(motion)
    np.savez(
        folder / "walk.npz",
        fps=np.array([30]),
        joint_pos=np.hstack([motion.root_pos, motion.root_quat, motion.dof_pos]),
        body_pos_w=np.concatenate([np.zeros_like(pos[:, :1]), pos], axis=1),
        body_quat_w=np.concatenate([np.zeros_like(quat[:, :1]), quat], axis=1),
        joint_names=np.array(JOINTS),
        body_names=np.array(["world", *names]),
        object_pos_w=np.zeros((len(pos), 3)),
    )
    return folder / "walk.npz"


def _tracking(order: list[int]) -> Callable[[Path, G1Motion], Path]:
    def write(folder: Path, motion: G1Motion) -> Path:
        _, pos, quat = bodies(motion, order)
        arrays = {"joint_pos": motion.dof_pos[:, order], "joint_vel": motion.dof_pos[:, order] * 0.0}
        np.savez(folder / "walk.npz", fps=np.array([30.0]), body_pos_w=pos, body_quat_w=quat, **arrays)
        return folder / "walk.npz"

    return write


def _holomotion(folder: Path, motion: G1Motion) -> Path:
    """The reference, the same filtered, and what a robot did, which is another motion."""
    _, pos, quat = bodies(motion)
    arrays = {"dof_pos": motion.dof_pos, "global_translation": pos, "global_rotation_quat": xyzw(quat)}
    done = {"dof_pos": motion.dof_pos * 0.9, "global_translation": pos + 0.1, "global_rotation_quat": xyzw(quat)}
    content: dict[str, np.ndarray] = {}
    for prefix, found in (("robot_", done), ("", done), ("ft_ref_", done), ("ref_", arrays)):
        content |= {prefix + name: array.astype(np.float32) for name, array in found.items()}
    metadata = json.dumps({"motion_key": "walk", "motion_fps": 30.0, "num_frames": len(pos), "num_dofs": 29})
    np.savez(folder / "walk.npz", metadata=np.array(metadata), **content)
    return folder / "walk.npz"


def _loco_mujoco(folder: Path, motion: G1Motion) -> Path:
    qpos = np.hstack([motion.root_pos, motion.root_quat, motion.dof_pos])
    np.savez(
        folder / "walk.npz",
        qpos=qpos.astype(np.float32),
        qvel=np.zeros((len(qpos), 35), np.float32),
        split_points=np.array([0, len(qpos)]),
        joint_names=np.array(["root", *JOINTS]),
        frequency=30.0,
        metadata=np.array(None, object),
    )
    return folder / "walk.npz"


def _omniretarget(folder: Path, motion: G1Motion) -> Path:
    box = np.tile([1.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.2], (len(motion.root_pos), 1))
    np.savez(folder / "walk.npz", fps=30, qpos=np.hstack([motion.root_quat, motion.root_pos, motion.dof_pos, box]))
    return folder / "walk.npz"


def _unitree_sdk(folder: Path, motion: G1Motion) -> Path:
    """Low-level states: one for each of 35 motors, of which a G1 has 29."""
    frames: list[object] = []
    rows = zip(motion.root_pos.tolist(), motion.root_quat.tolist(), motion.dof_pos.tolist(), strict=True)
    for frame, (position, quaternion, angles) in enumerate(rows):
        states = [{"q": angle, "dq": 0.1, "tau_est": 3.0} for angle in [*angles, *[0.0] * 6]]
        imu = {"quaternion": quaternion}
        frames.append({"t": frame / 30, "position": position, "imu_state": imu, "motor_state": states})
    (folder / "walk.json").write_text(json.dumps(frames))
    return folder / "walk.json"


def _rows(folder: Path, name: str, table: np.ndarray, header: str = "", form: str = "%.6f") -> Path:
    np.savetxt(folder / name, table, form, ",", header=header, comments="")
    return folder / name


def _sonic(folder: Path, motion: G1Motion) -> Path:
    names = ",".join(f"joint_{joint}" for joint in range(29))
    _rows(folder, "joint_pos.csv", motion.dof_pos[:, ISAAC], names, "%.18e")
    _rows(folder, "body_pos.csv", motion.root_pos, "body_0_x,body_0_y,body_0_z", "%.18e")
    _rows(folder, "body_quat.csv", motion.root_quat, "body_0_w,body_0_x,body_0_y,body_0_z", "%.18e")
    (folder / "metadata.txt").write_text("Metadata for: walk\n\nBody part indexes:\n[0]\n\nTotal timesteps: 1\n")
    return folder


def _bones_seed(folder: Path, motion: G1Motion) -> Path:
    angles = np.empty((len(motion.root_pos), 3))
    for angle, (w, x, y, z) in zip(angles, motion.root_quat, strict=True):
        pitch = np.arcsin(np.clip(2 * (w * y - z * x), -1, 1))
        roll = np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
        angle[:] = roll, pitch, np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    table = np.hstack([np.arange(len(angles))[:, None], motion.root_pos * 100, np.degrees(angles)])
    header = ["Frame", *(f"root_translate{axis}" for axis in "XYZ"), *(f"root_rotate{axis}" for axis in "XYZ")]
    header += [f"{joint}_dof" for joint in JOINTS]
    return _rows(folder, "walk.csv", np.hstack([table, np.degrees(motion.dof_pos)]), ",".join(header), "%.9f")


def _table(name: str, order: Callable[[np.ndarray], np.ndarray], form: str) -> Callable[[Path, G1Motion], Path]:
    def write(folder: Path, motion: G1Motion) -> Path:
        return _rows(folder, name, np.hstack([motion.root_pos, order(motion.root_quat), motion.dof_pos]), "", form)

    return write


def _of_network(name: str) -> Callable[[Path, G1Motion], Path]:
    def write(folder: Path, motion: G1Motion) -> Path:
        table = np.hstack([motion.root_pos, motion.root_quat, motion.dof_pos])
        return _rows(folder, name, table.astype(np.float32), "", "%.18e")

    return write


def _retargeted_amass(folder: Path, motion: G1Motion) -> Path:
    """Heights from a standing pelvis's, and the rate in the name."""
    table = np.hstack([motion.root_pos - [0.0, 0.0, 0.793], xyzw(motion.root_quat), motion.dof_pos])
    np.save(folder / "B1 - stand to walk_poses_120_jpos.npy", table)
    return folder / "B1 - stand to walk_poses_120_jpos.npy"


WRITERS: dict[str, tuple[str, float, Callable[[Path, G1Motion], Path]]] = {
    "ASAP": ("phc", 30, _asap),
    "PBHC": ("phc", 30, _pbhc),
    "PHC, rotation vectors": ("phc_vectors", 30, _phc_vectors),
    "SONIC's motion library": ("phc", 30, _sonic_library),
    "GMR": ("gmr", 30, lambda folder, motion: _pickled(folder, gmr(motion, [*range(29)]))),
    "TWIST": ("gmr", 30, lambda folder, motion: _pickled(folder, gmr(motion, NO_WRISTS))),
    "Legged Lab": ("legged_lab", 30, _legged_lab),
    "MimicKit": ("mimickit", 30, _mimickit),
    "TienKung-Lab": ("tienkung", 30, _tienkung),
    "ProtoMotions": ("protomotions", 30, _protomotions),
    "ProtoMotions' motion library": ("protomotions_library", 30, _protomotions_library),
    "PHUMA": ("phuma", 30, _phuma),
    "Isaac Lab's AMP": ("isaaclab_amp", 30, _isaaclab_amp),
    "Isaac Lab's references": ("isaaclab_reference", 30, _isaaclab_reference),
    "AMI's AMP": ("ami_amp", 30, _ami_amp),
    "holosoma": ("holosoma", 30, _holosoma),
    "mjlab": ("mjlab", 30, _tracking([*range(29)])),
    "BeyondMimic": ("mjlab", 30, _tracking(ISAAC)),
    "HoloMotion": ("holomotion", 30, _holomotion),
    "LocoMuJoCo": ("loco_mujoco", 30, _loco_mujoco),
    "OmniRetarget": ("omniretarget", 30, _omniretarget),
    "Unitree's SDK": ("unitree_sdk", 30, _unitree_sdk),
    "SONIC's folder": ("sonic", 50, _sonic),
    "BONES-SEED": ("bones_seed", 120, _bones_seed),
    "Kimodo": ("kimodo", 30, _of_network("output_walk.csv")),
    "ARDY": ("ardy", 25, _of_network("walk_ardy_01.csv")),
    "LAFAN1": ("lafan", 30, _table("walk1_subject1.csv", xyzw, "%.6f")),
    "Retargeted AMASS": ("retargeted_amass", 120, _retargeted_amass),
    "Unitree RL Lab": ("unitree_rl_lab", 60, _table("G1_Take_102.bvh_60hz.csv", xyzw, "%.6f")),
    "g1-moves": ("g1_moves", 60, _table("B_Walk.csv", xyzw, "%.6f")),
}
"""Whose file → the layout's ID, the frame rate, and what writes it into a folder."""
