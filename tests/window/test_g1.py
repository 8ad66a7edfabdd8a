"""A G1's motion by hand: a dropped table is asked about before anything is keyed."""

from pathlib import Path

import numpy as np

from aimocap_blender.motion.g1_motion import read_g1_motion
from tests.media.g1_files import Written
from tests.standin import StandIn
from tests.window.conftest import Drive


def test_a_dropped_table_is_asked_about(drive: Drive, shared_data: Path, tmp_path: Path) -> None:
    motion = read_g1_motion(shared_data / "g1" / "kimodo_dance.json")
    file = tmp_path / "dance.csv"
    dof = motion.dof_pos.copy()
    dof[60, 3] += np.radians(40.0)
    file.write_bytes(Written((motion.root_pos, motion.root_quat, dof)).csv())
    with StandIn("A") as service:
        answer = drive(service, "table_by_drop", script="drive_g1.py", table=str(file))
    assert answer["at_once"] == answer["while_asked"] == []
    assert answer["fps"] == 30.0
