"""SONIC's folders of reference motions: a folder for each, with tables of its joints and bodies.

`joint_pos.csv` has 29 joints in Isaac's order, `body_pos.csv` and `body_quat.csv` (wxyz) bodies, the pelvis first, each
with a row of names, at 50 fps.
"""

from pathlib import Path

import numpy as np

from ...plain_files import read_plain
from ...texts.counts import columns_in_words
from ...texts.faults import Fault
from ...texts.text import Text
from ..rotations import FloatArray
from .csv_files import table_of
from .layouts import LAYOUT_OF
from .source import AGAIN, G1Source, checked

JOINTS_FILE, POSITIONS_FILE, ROTATIONS_FILE = "joint_pos.csv", "body_pos.csv", "body_quat.csv"


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
