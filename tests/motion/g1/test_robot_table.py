"""Tables of robots that the tool makes: of an MJCF, of a URDF, and of those that have one already."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.media.g1_mjcf import TABLES
from tests.media.menagerie_g1 import description_of

ROOT = Path(__file__).resolve().parents[3]
ARMS_DOWN = ("Left_Shoulder_Roll=-1.570796", "Right_Shoulder_Roll=1.570796")
LEG = """
<link name="{side}_{name}"><inertial><mass value="1"/><origin xyz="0 0 -0.1"/>
  <inertia ixx="0.01" iyy="0.02" izz="0.03" ixy="0" ixz="0" iyz="0"/></inertial>
  <collision><origin xyz="0.02 0 -0.05"/><geometry><box size="0.2 0.08 0.1"/></geometry></collision></link>
<joint name="{side}_{joint}" type="revolute"><parent link="{parent}"/><child link="{side}_{name}"/>
  <origin xyz="0 {out} -0.3"/><axis xyz="0 1 0"/><limit lower="-1" upper="2" effort="30" velocity="9"/></joint>"""
PARTS = (
    ("thigh", "hip_pitch_joint", "base", 0.1),
    ("shin", "knee_joint", "{side}_thigh", 0.0),
    ("foot", "ankle_pitch_joint", "{side}_shin", 0.0),
    ("upper", "shoulder_pitch_joint", "base", 0.2),
    ("fore", "elbow_joint", "{side}_upper", 0.0),
)


def urdf() -> str:
    """A robot of boxes, whose joints all turn about Y."""
    links: list[str] = []
    for side, outwards in (("left", 1), ("right", -1)):
        for name, joint, parent, out in PARTS:
            above = parent.format(side=side)
            links.append(LEG.format(side=side, name=name, joint=joint, parent=above, out=outwards * out))
    base = '<link name="base"><inertial><mass value="9"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/>'
    return f'<robot name="r2">{base}</inertial></link>{"".join(links)}</robot>'


def made(file: Path, *arguments: str) -> tuple[dict, str]:
    """The table, and what the tool said of it."""
    named = ("--id", "acme_r2", "--name", "Acme R2", "--source", "these tests")
    command = [sys.executable, "-m", "tools.robot_table", str(file), *named, *arguments]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout), run.stderr


def test_the_tables_that_are_here_come_from_it(tmp_path: Path) -> None:
    """But for the motors' speeds, which another file has, and what is written by hand."""
    standing = [part for angle in ARMS_DOWN for part in ("--standing", angle)]
    ours = json.loads((TABLES / "robot-booster_t1.json").read_text(encoding="utf-8"))
    limits = "".join(f'<joint name="{row[0]}"><limit velocity="{row[-1]}"/></joint>' for row in ours["joints"])
    (tmp_path / "speeds.urdf").write_text(f"<robot>{limits}</robot>")
    table, _ = made(Path(description_of("booster_t1")), *standing, "--speeds", str(tmp_path / "speeds.urdf"))
    assert table["joints"] == ours["joints"]
    # with such a table the robot would stand still
    assert "no torque or no speed of AAHead_yaw, Head_pitch" in refused(Path(description_of("booster_t1")))
    for part in ("root", "inertias", "feet", "limbs", "rings_m"):
        assert table[part] == ours[part]
    rows = [np.hstack(row[1:]) for row in table["capsules"]["rows"]]
    assert np.array(rows) == pytest.approx(np.array([np.hstack(row[1:]) for row in ours["capsules"]["rows"]]), abs=1e-4)
    slots = {slot: (body, offset) for slot, _, body, offset in table["figure"]["slots"]}
    for slot, _, body, offset in ours["figure"]["slots"]:
        assert slots[slot][0] == body
        assert slots[slot][1] == pytest.approx(offset, abs=0.02)


def test_a_urdf_says_all_but_where_the_arms_are_down(tmp_path: Path) -> None:
    (tmp_path / "r2.urdf").write_text(urdf())
    table, said = made(tmp_path / "r2.urdf")
    assert said == ""
    joints = {row[0]: row for row in table["joints"]}
    assert joints["left_hip_pitch_joint"][1:] == [
        *("left_thigh", "base", [0.0, 0.1, -0.3], [1.0, 0.0, 0.0, 0.0], [0, 1, 0], [-1.0, 2.0], 30.0, 9.0)
    ]
    assert table["root"] == {"body": "base", "stand_height": 1.0}
    assert table["feet"]["bodies"] == ["left_foot", "right_foot"]
    corners = [[-0.08, 0.04, -0.1], [-0.08, -0.04, -0.1], [0.12, 0.04, -0.1], [0.12, -0.04, -0.1]]
    assert table["feet"]["corners_m"] == corners
    assert table["inertias"]["rows"][1][:3] == ["left_thigh", 1.0, [0.0, 0.0, -0.1]]
    ends = [row for row in table["capsules"]["rows"] if row[0] == "left_thigh"]
    assert ends == [["left_thigh", [-0.04, 0.0, z], [0.08, 0.0, z], 0.04] for z in (-0.06, -0.04)]
    slots = {slot: body for slot, _, body, _ in table["figure"]["slots"]}
    assert [slots[f"right_{part}"] for part in ("upper_leg", "lower_leg", "foot", "upper_arm", "lower_arm")] == [
        *("right_thigh", "right_shin", "right_foot", "right_upper", "right_fore")
    ]
    assert table["figure"]["start_rad"]["left_elbow_joint"] == -0.8  # about Y, which lifts what hangs down ahead
    assert table["limbs"]["Left Leg"] == ["left_hip_pitch_joint", "left_knee_joint", "left_ankle_pitch_joint"]


def test_a_sole_of_cylinders_at_a_rounded_right_angle_has_four_corners(tmp_path: Path) -> None:
    """Exactly lowest are only the ends of one side, as 1.57 isn't a quarter of a turn."""
    box = '<collision><origin xyz="0.02 0 -0.05"/><geometry><box size="0.2 0.08 0.1"/></geometry></collision>'
    lying = "".join(
        f'<collision><origin xyz="0.02 {y} -0.08" rpy="0 1.57 0"/><geometry><cylinder radius="0.02" length="0.24"/>'
        "</geometry></collision>"
        for y in (-0.03, 0.03)
    )
    (tmp_path / "r2.urdf").write_text(urdf().replace(box, lying))
    table, said = made(tmp_path / "r2.urdf")
    corners = [[-0.08, 0.03, -0.08], [-0.08, -0.03, -0.08], [0.12, 0.03, -0.08], [0.12, -0.03, -0.08]]
    assert np.array(table["feet"]["corners_m"]) == pytest.approx(np.array(corners), abs=2e-4)
    assert "lowest points" not in said


def refused(file: Path) -> str:
    named = ("--id", "a", "--name", "A", "--source", "these tests")
    command = [sys.executable, "-m", "tools.robot_table", str(file), *named]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    return run.stderr


def test_a_description_that_lacks_something_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text('<mujoco><worldbody><body name="b"><geom size="1"/></body></worldbody></mujoco>')
    assert "No joint of the left side is named ankle" in refused(tmp_path / "a.xml")
    bodies = "".join(
        f'<body name="{side}"><inertial pos="0 0 0" mass="1" diaginertia="1 1 1"/><joint name="{side}_ankle"/></body>'
        for side in ("left", "right")
    )
    base = f'<body name="b"><geom size="1"/>{bodies}</body>'
    (tmp_path / "a.xml").write_text(f"<mujoco><worldbody>{base}</worldbody></mujoco>")
    assert "The foot left has no sole of simple shapes" in refused(tmp_path / "a.xml")
    one_capsule = bodies.replace("<joint", '<geom type="capsule" size="0.02 0.1"/><joint')  # as is fitted to a mesh
    (tmp_path / "a.xml").write_text(f"<mujoco><worldbody>{base.replace(bodies, one_capsule)}</worldbody></mujoco>")
    assert "The foot left has no sole of simple shapes" in refused(tmp_path / "a.xml")
