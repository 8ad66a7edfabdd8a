"""A G1's motion by hand: a dropped table is asked about before anything is keyed; its faults are seen in colours."""

import shutil
import subprocess
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aimocap_blender.motion.g1.checks import check_g1_motion
from aimocap_blender.motion.g1.feasibility import feasibility_of
from aimocap_blender.motion.g1.motion import G1Motion, read_g1_motion
from tests.media.g1_files import Written
from tests.standin import StandIn
from tests.window.conftest import Drive
from tests.window.real_window import SCREEN, Screen, play

BENT_ROW = 60
PLAYHEAD = 8  # pixels to either side of it, where nothing else is seen
NAMES = 100  # pixels from the left, where the rows' names dim what is below them


@pytest.fixture(scope="module")
def motion(shared_data: Path) -> G1Motion:
    """A dance in which a knee is bent too far in one frame."""
    danced = read_g1_motion(shared_data / "g1" / "kimodo_dance.json")
    dof = danced.dof_pos.copy()
    dof[BENT_ROW, 3] += np.radians(40.0)
    return replace(danced, dof_pos=dof)


@pytest.fixture(scope="module")
def answers(
    display: Screen, video: Path, shared_data: Path, motion: G1Motion, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("window")
    table, lab = folder / "dance.csv", folder / "lab"
    table.write_bytes(Written((motion.root_pos, motion.root_quat, motion.dof_pos)).csv())
    shutil.copytree(shared_data / "g1" / "files", lab)
    (lab / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    with StandIn("A") as service:
        return play(
            display,
            service,
            ("folder_by_mouse", "table_by_drop"),
            folder,
            video,
            script="drive_g1.py",
            table=str(table),
            bent_row=BENT_ROW,
            lab=str(lab),
            best="B_HandsUp.npz",
        )


def test_a_dropped_table_is_asked_about_and_checked(answers: dict[str, Any], motion: G1Motion) -> None:
    answer = answers["table_by_drop"]
    assert answer["at_once"] == answer["while_asked"] == []
    assert (answer["fps"], answer["first_frame"]) == (30.0, 1.0)
    fault, left = answer["fixed"]
    assert fault not in left
    assert answer["drawn"] == [3, 0]
    assert answer["selected"] == [True, True]
    assert answer["range"] == [1, 250]  # of a scene with a strip
    assert answer["range_of_new_file"] == [[1, 250], [1, 1 + ceil((len(motion.dof_pos) - 1) * 24 / 30)]]
    assert answer["view"]["from_pelvis"] < 0.5
    assert answer["view"]["distance"] < 6.0
    report = check_g1_motion(motion)
    estimates = [check.severity for check in feasibility_of(motion, report.ground).checks]
    heat = np.max([report.heat, *estimates], axis=0)
    for name in ("checked", "zoomed", "undone"):
        check_strip(answer[name], heat)
        assert coloured(answer[name], "view") > 100, name
    assert answer["zoomed"]["frames"][BENT_ROW] < answer["checked"]["frames"][BENT_ROW] - 50
    assert coloured(answer["changed"], "view") > 100  # checked again
    assert coloured(answer["off"], "strip") == coloured(answer["off"], "view") == 0


@pytest.mark.slow
def test_a_motion_is_put_onto_the_robot_while_the_window_draws(drive: Drive, shared_data: Path) -> None:
    with StandIn("A") as service:
        answer = drive(
            service,
            "retarget_by_button",
            script="drive_g1.py",
            motion=str(shared_data / "motions" / "fair1_zombie.bvh"),
        )
    assert not answer["stopped"]
    assert answer["ticks"] >= 5
    assert answer["name"] == answer["source"]
    assert answer["undone"]
    assert answer["reading"] == ["RUNNING_MODAL"]  # nothing was waited for
    assert answer["of_file"] == 1.0


def test_a_folder_is_listed_by_what_is_wrong_and_imported_from(answers: dict[str, Any]) -> None:
    answer = answers["folder_by_mouse"]
    assert (answer["started"], answer["count"]) == (["RUNNING_MODAL"], 6)
    assert any("is a damaged npz" in said for said in answer["worst"])
    assert not any("is a damaged npz" in said for said in answer["best"])


def check_strip(seen: dict[str, Any], heat: np.ndarray) -> None:
    """Each frame that is seen is coloured if there is a fault at it, and only then."""
    columns = hot(seen, "strip").any(axis=0)
    left, _, width, _ = seen["strip"]
    places = np.array(seen["frames"]) - left
    checked = 0
    for row in range(1, len(heat) - 1):
        if not NAMES <= places[row] < width or abs(places[row] - (seen["now"] - left)) < PLAYHEAD:
            continue
        near = heat[row - 1 : row + 2] > 0.0
        if near.all() or not near.any():  # at the others' edges the pixel is either frame's
            assert columns[int(places[row])] == near[1], row
            checked += 1
    assert checked > len(heat) // 2
    bent = places[BENT_ROW]
    assert columns[int(bent) - 12 : int(bent) + 12].any()


def coloured(seen: dict[str, Any], kind: str) -> int:
    return int(np.count_nonzero(hot(seen, kind)))


def hot(seen: dict[str, Any], kind: str) -> np.ndarray:
    """Which pixels of a region are yellow to red, without what Blender itself draws at a viewport's top and bottom."""
    pixels = subprocess.run(["convert", seen["file"], "-depth", "8", "rgb:-"], capture_output=True, check=True).stdout
    screen = np.frombuffer(pixels, np.uint8).reshape(SCREEN[1], SCREEN[0], 3).astype(int)
    left, bottom, width, height = seen[kind]
    shown = screen[SCREEN[1] - bottom - height : SCREEN[1] - bottom, left : left + width]
    if kind == "view":
        shown = shown[height // 5 : height * 5 // 6, : width * 3 // 4]
    red, green, blue = np.moveaxis(shown, -1, 0)
    return (red > 150) & (red >= green) & (red - blue > 100)
