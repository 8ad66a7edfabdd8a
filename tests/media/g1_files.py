"""Motion files of a G1 as others write them; their columns are literal tables, the add-on's are worked out."""

import json
from pathlib import Path

import numpy as np

JOINTS = tuple(
    row[0]
    for row in json.loads((Path(__file__).parents[2] / "aimocap_blender/motion/g1/g1-29dof.json").read_text())["joints"]
)
"""MuJoCo's names of the 29 joints, in its order; the table's first column."""

# places in JOINTS of the columns of each kind of file, as the trainers' own converters have them
COLUMNS = {
    ("29dof", "mujoco"): list(range(29)),
    ("29dof", "isaac"): [
        *(0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 22, 4, 10),
        *(16, 23, 5, 11, 17, 24, 18, 25, 19, 26, 20, 27, 21, 28),
    ],
    ("23dof", "mujoco"): [*range(13), *range(15, 20), *range(22, 27)],
    ("23dof", "isaac"): [0, 6, 12, 1, 7, 15, 22, 2, 8, 16, 23, 3, 9, 17, 24, 4, 10, 18, 25, 5, 11, 19, 26],
    ("23dof_without_wrists", "mujoco"): [*range(19), *range(22, 26)],
    ("23dof_without_wrists", "isaac"): [
        0,
        6,
        12,
        1,
        7,
        13,
        2,
        8,
        14,
        3,
        9,
        15,
        22,
        4,
        10,
        16,
        23,
        5,
        11,
        17,
        24,
        18,
        25,
    ],
    ("27dof_locked_waist", "mujoco"): [*range(13), *range(15, 29)],
    ("27dof_locked_waist", "isaac"): [
        *(0, 6, 12, 1, 7, 15, 22, 2, 8, 16, 23, 3, 9, 17),
        *(24, 4, 10, 18, 25, 5, 11, 19, 26, 20, 27, 21, 28),
    ],
}
QUATERNIONS = {"wxyz": [0, 1, 2, 3], "xyzw": [1, 2, 3, 0]}
LENGTHS = {"m": 1.0, "cm": 100.0, "mm": 1000.0}


class Written:
    """A motion's numbers in some way of writing: position (F, 3), rotation (F, 4) and angles (F, J)."""

    def __init__(
        self,
        arrays: tuple[np.ndarray, np.ndarray, np.ndarray],
        joints: str = "29dof",
        order: str = "mujoco",
        quaternion: str = "xyzw",
        angle: str = "rad",
        length: str = "m",
    ) -> None:
        """Takes root_pos in metres, root_quat wxyz and dof_pos in MuJoCo's order and rad."""
        pos, quat, dof = arrays
        self.kept = COLUMNS[joints, order]
        self.pos = pos * LENGTHS[length]
        self.rot = quat[:, QUATERNIONS[quaternion]]
        self.angles = np.degrees(dof[:, self.kept]) if angle == "deg" else dof[:, self.kept]
        self.dof = np.zeros_like(dof)
        self.dof[:, self.kept] = dof[:, self.kept]

    def csv(self, separator: str = ",", header: str = "", *, end: str = "\n") -> bytes:
        rows = np.concatenate([self.pos, self.rot, self.angles], axis=1)
        lines = [separator.join(repr(float(number)) for number in row) for row in rows]
        return end.join([header] * bool(header) + lines + [""]).encode()
