"""Motions of a G1 as MimicKit, ProtoMotions, SONIC and GMR, whose pickles TWIST trains with, have them.

SONIC's folders are read here, too.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...plain_files import read_plain
from ...texts.counts import columns_in_words
from ...texts.faults import Fault
from ...texts.text import Text
from .. import rotations
from ..files.pickle_writing import Content
from ..rotations import FloatArray
from ..spans import chunks_of
from .csv_files import table_of
from .layouts import LAYOUT_OF
from .motion import G1Motion, in_files, on_variant, whole
from .npz_writing import trajectory
from .robots import WHOLE_ROBOTS
from .source import AGAIN, G1Source, checked

_FIXED = {
    "head": ("pelvis", np.array([0.0, 0.0, 0.4])),
    "left_rubber_hand": ("left_wrist_yaw_link", np.array([0.12, 0.0, 0.0])),
    "right_rubber_hand": ("right_wrist_yaw_link", np.array([0.12, 0.0, 0.0])),
}
"""Bodies of ProtoMotions' G1 that no joint moves → what carries them, and where, metres: as its real file has them."""
_Carried = tuple[str, str, tuple[float, float, float]]
"""A body, what carries it, and where in the frame of that, metres."""
_OF_GMR: dict[str, list[_Carried]] = {
    "left_ankle_roll_link": [
        ("left_toe_link", "left_ankle_roll_link", (0.1, 0.0, -0.02)),
        ("pelvis_contour_link", "pelvis", (0.0, 0.0, 0.0)),
    ],
    "right_ankle_roll_link": [("right_toe_link", "right_ankle_roll_link", (0.1, 0.0, -0.02))],
    "torso_link": [
        ("head_link", "torso_link", (0.0039635, 0.0, -0.044)),
        ("head_mocap", "torso_link", (0.0, 0.0, 0.4)),
        ("imu_in_torso", "torso_link", (-0.03959, -0.00224, 0.14792)),
    ],
    "left_wrist_yaw_link": [("left_rubber_hand", "left_wrist_yaw_link", (0.0415, 0.003, 0.0))],
    "right_wrist_yaw_link": [("right_rubber_hand", "right_wrist_yaw_link", (0.0415, -0.003, 0.0))],
}
"""Body of GMR's G1 → the bodies after it that no joint moves.

From its `g1_mocap_29dof.xml`; TWIST looks for three of them by name.
"""
JOINTS_FILE, POSITIONS_FILE, ROTATIONS_FILE = "joint_pos.csv", "body_pos.csv", "body_quat.csv"
"""Of SONIC's folder of a motion: 29 joints in Isaac's order, and bodies (wxyz), the pelvis first, with names."""
SONIC_FPS = 50.0
"""Of all motions that SONIC reads."""
_METADATA = b"Metadata for: %s\n==============================\n\nBody part indexes:\n[%s]\n\nTotal timesteps: %d\n"
_PLANTED, _LOW = 0.15, 0.05  # m/s and metres below which ProtoMotions' converters say that a body is in contact


def mimickit_content(motion: G1Motion) -> Content:
    """Return MimicKit's pickle: frames (F, 6 + J) of position, rotation vector and joints, played once."""
    motion = in_files(motion)
    vectors = rotations.to_rotation_vector(motion.root_quat)
    frames = np.hstack([motion.root_pos, vectors, motion.dof_pos])
    return {"loop_mode": 0, "fps": whole(motion.fps), "frames": frames}


def protomotions_content(motion: G1Motion) -> dict[str, Any]:
    """Return ProtoMotions' tensors, of 32 bits, with the bodies and the waist of its own G1.

    dof_pos and dof_vel (F, 29), rigid_body_pos (F, 33, 3), rigid_body_rot (F, 33, 4) xyzw, rigid_body_vel and
    rigid_body_ang_vel (F, 33, 3), rigid_body_contacts (F, 33).
    """
    _require_g1(motion)
    made = trajectory(on_variant(motion, "29dof_before_rev_1_0"), "mujoco")
    pos, quat = made.arrays["body_pos_w"], made.arrays["body_quat_w"]
    vel, spin = made.arrays["body_lin_vel_w"], made.arrays["body_ang_vel_w"]
    bodies = LAYOUT_OF["protomotions"].bodies
    every = (len(pos), len(bodies))
    body_pos, body_rot = np.empty((*every, 3), np.float32), np.empty((*every, 4), np.float32)
    body_vel, body_spin = np.empty((*every, 3), np.float32), np.empty((*every, 3), np.float32)
    for number, body in enumerate(bodies):
        # fixed bodies go along with what carries them
        carrier, offset = _FIXED.get(body, (body, np.zeros(3)))
        index = made.bodies.index(carrier)
        arm = rotations.rotate(quat[:, index].astype(np.float64), offset)
        body_pos[:, number] = pos[:, index] + arm
        body_rot[:, number] = quat[:, index][:, [1, 2, 3, 0]]
        # away from the carrier's frame its rotation moves a body, too
        body_vel[:, number] = vel[:, index] + np.cross(spin[:, index], arm)
        body_spin[:, number] = spin[:, index]
    return {
        "fps": whole(motion.fps),
        "dof_pos": made.arrays["joint_pos"],
        "dof_vel": made.arrays["joint_vel"],
        "rigid_body_pos": body_pos,
        "rigid_body_rot": body_rot,
        "rigid_body_vel": body_vel,
        "rigid_body_ang_vel": body_spin,
        "rigid_body_contacts": (body_pos[..., 2] < _LOW) & (np.linalg.norm(body_vel, axis=-1) < _PLANTED),
    }


def sonic_tables(motion: G1Motion, name: str) -> list[tuple[str, Iterator[bytes]]]:
    """Return the files of SONIC's folder and their pieces: tables of joints in Isaac's order, and of all bodies."""
    _require_g1(motion)
    made = trajectory(on_variant(motion, "29dof"), "isaac")
    tables = {
        "joint_pos.csv": ("joint_", "", made.arrays["joint_pos"]),
        "joint_vel.csv": ("joint_vel_", "", made.arrays["joint_vel"]),
        "body_pos.csv": ("body_", "xyz", made.arrays["body_pos_w"]),
        "body_quat.csv": ("body_", "wxyz", made.arrays["body_quat_w"]),
        "body_lin_vel.csv": ("body_", "xyz", made.arrays["body_lin_vel_w"]),
        "body_ang_vel.csv": ("body_", "xyz", made.arrays["body_ang_vel_w"]),
    }
    files: list[tuple[str, Iterator[bytes]]] = []
    for file, (start, axes, values) in tables.items():
        names: list[str] = []
        for index in range(values.shape[1]):
            names += [f"{start}{index}_{axis}" for axis in axes] or [f"{start}{index}"]
        files.append((file, _rows(names, values.reshape(len(values), -1))))
    indexes = " ".join(map(str, range(len(made.bodies)))).encode()
    return [*files, ("metadata.txt", iter([_METADATA % (name.encode(), indexes, len(made.root))]))]


def _require_g1(motion: G1Motion) -> None:
    """Raise `Fault` if another robot moves."""
    if motion.variant in WHOLE_ROBOTS:
        raise Fault(
            Text("This format is for a G1, and the motion is of the {robot}.", robot=motion.model.robot.name),
            "Choose another format.",
        )


def _rows(names: list[str], table: FloatArray) -> Iterator[bytes]:
    yield (",".join(names) + "\n").encode()
    # by rows: other threads can run in between
    for row in table:
        yield (",".join(map(repr, row.tolist())) + "\n").encode()


def gmr_content(motion: G1Motion) -> Content:
    """Return the arrays of GMR's pickles: those of its scripts for data sets, with the bodies beside the pelvis.

    fps, root_pos (F, 3) metres, root_rot (F, 4) xyzw, dof_pos (F, J) rad in MuJoCo's order, local_body_pos (F, B, 3)
    metres in the frame of the pelvis, of 32 bits, and link_body_list, the bodies' names: of a G1 the 38 of GMR's, in
    its order. Of a G1 without wrists, J is 23, as TWIST's first robot has them.
    """
    own, motion = motion, in_files(motion)
    model, frames = motion.model, len(motion.dof_pos)
    fixed = {} if motion.variant in WHOLE_ROBOTS else _OF_GMR
    bodies: list[_Carried] = []
    for body in model.bodies:
        bodies += [(body, body, (0.0, 0.0, 0.0)), *fixed.get(body, ())]
    local = np.empty((frames, len(bodies), 3), np.float32)
    names, carrier_names, places = zip(*bodies, strict=True)
    carriers = list(map(model.bodies.index, carrier_names))
    offsets = np.array(places)
    for rows in chunks_of(frames):
        count = len(motion.dof_pos[rows])
        still = np.zeros((count, 3)), np.tile([1.0, 0.0, 0.0, 0.0], (count, 1))
        pos, quat = model.body_poses(*still, motion.dof_pos[rows])
        local[rows] = pos[:, carriers] + rotations.rotate(quat[:, carriers], offsets)
    return {
        "fps": whole(motion.fps),
        "root_pos": motion.root_pos,
        "root_rot": motion.root_quat[:, [1, 2, 3, 0]],
        "dof_pos": own.dof_pos if own.variant == "23dof_without_wrists" else motion.dof_pos,
        "local_body_pos": local,
        "link_body_list": list(names),
    }


def motion_file_in(path: Path) -> Path:
    """Return the file that stands for a folder with a motion: itself, unless it is one of SONIC's folders."""
    return path / JOINTS_FILE if (path / JOINTS_FILE).is_file() else path


def is_of_sonic(path: Path) -> bool:
    """Return whether a table is one of those in a folder of SONIC's."""
    return path.name == JOINTS_FILE and path.with_name(ROTATIONS_FILE).is_file()


def read_sonic_folder(folder: Path) -> G1Source:
    """Read the numbers in a folder. Raises `Fault` if they aren't a motion's, and `OSError`."""
    angles = _table(folder, JOINTS_FILE, 1)
    rotation = _table(folder, ROTATIONS_FILE, 4)[:, :4]
    there = (folder / POSITIONS_FILE).is_file()
    position = _table(folder, POSITIONS_FILE, 3)[:, :3] if there else np.zeros((len(angles), 3))
    return checked(
        G1Source(
            "CSV",
            position,
            rotation,
            angles,
            layout=LAYOUT_OF["sonic"],
            ignored=() if there else (Text("the height, as {file} is missing", file=POSITIONS_FILE),),
        )
    )


def _table(folder: Path, name: str, size: int) -> FloatArray:
    """Return the numbers in a table, of columns in groups of a size."""
    _, table = table_of(read_plain(folder / name))
    if table.shape[1] < size or table.shape[1] % size:
        raise Fault(Text("“{file}” has {columns}.", file=name, columns=columns_in_words(table.shape[1])), AGAIN)
    return table
