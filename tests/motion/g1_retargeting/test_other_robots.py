"""Other robots, of which the add-on knows their tables: human motion on them, judged by MuJoCo, and their files."""

import json
import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.adjusting import mirrored
from aimocap_blender.motion.g1.checks import check_g1_motion
from aimocap_blender.motion.g1.checks_findings import G1Fault
from aimocap_blender.motion.g1.csv_files import parse_g1_csv
from aimocap_blender.motion.g1.feasibility import feasibility_of
from aimocap_blender.motion.g1.files import FORMATS, SUFFIX_OF, Format, read_g1_file, write_g1_file, written_file
from aimocap_blender.motion.g1.joint_orders import joints_called
from aimocap_blender.motion.g1.motion import G1Motion
from aimocap_blender.motion.g1.reading import interpreted
from aimocap_blender.motion.g1_retargeting.adjusting_fit import adjusted_throughout
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.g1_retargeting.outcome import G1Outcome
from aimocap_blender.texts.faults import Fault
from tests.media.g1_mjcf import degrees_between, g1_mujoco, joint_ranges, joint_rows, mujoco_poses
from tests.media.performance_clip import heads_of, performance_clip

H1, T1, LONG_T1 = "unitree_h1", "booster_t1", "booster_t1_29dof"
ROBOTS = (H1, T1, LONG_T1)
PACKAGE = Path(__file__).parents[3] / "aimocap_blender"
LIMBS = {
    H1: {
        "upper_leg": ("{}_hip_pitch_link", "{}_knee_link", "lower_leg"),
        "lower_leg": ("{}_knee_link", "{}_ankle_link", "foot"),
        "upper_arm": ("{}_shoulder_roll_link", "{}_elbow_link", "lower_arm"),
    },
    T1: {
        "upper_leg": ("Hip_Pitch_{}", "Shank_{}", "lower_leg"),
        "lower_leg": ("Shank_{}", "{}_foot_link", "foot"),
        "upper_arm": ("A{}2", "{}_hand_link", "lower_arm"),
    },
}
LIMBS[LONG_T1] = LIMBS[T1] | {"upper_arm": ("A{}2", "A{}4", "lower_arm")}
FEET = {H1: {"left_ankle_link", "right_ankle_link"}, T1: {"left_foot_link", "right_foot_link"}}
FEET[LONG_T1] = FEET[T1]
ISAAC = {
    H1: [0, 5, 10, 1, 6, 11, 15, 2, 7, 12, 16, 3, 8, 13, 17, 4, 9, 14, 18],
    T1: [0, 2, 6, 10, 1, 3, 7, 11, 17, 4, 8, 12, 18, 5, 9, 13, 19, 14, 20, 15, 21, 16, 22],
    LONG_T1: [
        *(0, 2, 9, 16, 1, 3, 10, 17, 23, 4, 11, 18, 24, 5, 12),
        *(19, 25, 6, 13, 20, 26, 7, 14, 21, 27, 8, 15, 22, 28),
    ],
}
"""Their joints level by level, by their numbers in MuJoCo's order."""
SDK = (
    *("right_hip_roll", "right_hip_pitch", "right_knee", "left_hip_roll", "left_hip_pitch", "left_knee", "torso"),
    *("left_hip_yaw", "right_hip_yaw", "none", "left_ankle", "right_ankle"),
    *("right_shoulder_pitch", "right_shoulder_roll", "right_shoulder_yaw", "right_elbow"),
    *("left_shoulder_pitch", "left_shoulder_roll", "left_shoulder_yaw", "left_elbow"),
)
"""H1's motors in unitree_sdk2's `enum JointIndex`."""
NAME = re.compile(r"(\b|_)(h1|t1|booster)(\b|_)", re.IGNORECASE)
CLIP = performance_clip(0.0, 4.0)
BONES = detect_bones(CLIP.skeleton)


@cache
def walked(robot: str) -> G1Outcome:
    return retargeted_to_g1(CLIP, BONES, robot)


def bodies_of(motion: G1Motion) -> dict[str, np.ndarray]:
    names, positions, _ = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, motion.variant)
    return dict(zip(names, np.moveaxis(positions, 1, 0), strict=True))


def body_of(names: Collection[str], pattern: str, side: str) -> str:
    return next(name for way in (side, side.title(), side[0].upper()) if (name := pattern.format(way)) in names)


def test_no_file_but_its_table_names_it() -> None:
    tools = Path(__file__).parents[3] / "tools"
    files = [*PACKAGE.rglob("*.py"), *tools.glob("*.py"), *PACKAGE.rglob("translations.json")]
    assert [file.name for file in files if NAME.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.slow_cases
@pytest.mark.parametrize("robot", ROBOTS)
def test_a_walk_goes_onto_it_within_its_joints_and_motors(robot: str) -> None:
    motion = walked(robot).motion
    assert motion.variant == robot
    low, high = joint_ranges(robot)
    assert (motion.dof_pos >= low - 1e-9).all()
    assert (motion.dof_pos <= high + 1e-9).all()
    speeds = np.abs(np.diff(motion.dof_pos, axis=0)) * motion.fps
    assert (
        speeds <= np.array([row["vel_rad_s"] for row in joint_rows(robot)])
    ).all()  # which the menagerie doesn't have


@pytest.mark.parametrize("robot", ROBOTS)
def test_its_limbs_point_as_the_walkers_do(robot: str) -> None:
    """Both face X; the walker's line from hips to head and the robot's are upright."""
    heads, bodies = heads_of(CLIP, BONES.bones()), bodies_of(walked(robot).motion)
    for side in ("left", "right"):
        for slot, (start, end, next_slot) in LIMBS[robot].items():
            theirs = heads[f"{side}_{next_slot}"] - heads[f"{side}_{slot}"]
            ours = bodies[body_of(bodies, end, side)] - bodies[body_of(bodies, start, side)]
            up = [np.arccos(way[:, 2] / np.linalg.norm(way, axis=1)) for way in (theirs, ours)]
            assert np.median(np.abs(np.degrees(up[0] - up[1]))) < 8.0, (side, slot)


@pytest.mark.parametrize("robot", ROBOTS)
def test_its_motion_is_adjusted_and_checked_until_it_is_clean(robot: str) -> None:
    motion, _ = adjusted_throughout(walked(robot).motion)
    found = {finding.kind for finding in check_g1_motion(motion).worst}
    assert found <= {G1Fault.STRICT_LIMIT}
    twice = mirrored(mirrored(motion)[0])[0]
    assert twice.dof_pos == pytest.approx(motion.dof_pos)
    reported = json.loads(check_g1_motion(motion).to_json(feasibility_of(motion, 0.0)))
    assert reported["robotType"] == robot
    assert {row["foot"] for row in reported["contacts"]} == FEET[robot]


@pytest.mark.parametrize(
    ("robot", "height", "pose"),
    [(H1, 1.0442, {}), (T1, 0.673354, {3: -1.4, 7: 1.4}), (LONG_T1, 0.683354, {3: -1.4, 10: 1.4})],
)
def test_it_stands_still_and_nothing_is_missing(robot: str, height: float, pose: dict[int, float]) -> None:
    """Its soles are on the ground, and its arms down."""
    angles = np.zeros((30, len(joint_rows(robot))))
    angles[:, [*pose]] = [*pose.values()]
    still = np.tile([0.0, 0.0, height], (30, 1)), np.tile([1.0, 0, 0, 0], (30, 1)), angles
    motion = G1Motion(30.0, *still, robot)
    assert check_g1_motion(motion).clean
    found = feasibility_of(motion, 0.0)
    assert not any(check.count for check in found.checks)
    assert found.difficulty.grade == "easy"


OF_A_G1: tuple[Format, ...] = ("PROTOMOTIONS_TENSORS", "SONIC_CSV")


@pytest.mark.parametrize("file_format", OF_A_G1)
def test_files_that_only_a_g1_has_are_refused(file_format: Format, tmp_path: Path) -> None:
    with pytest.raises(Fault, match="for a G1, and the motion is of the Booster"):
        write_g1_file(tmp_path / f"a{SUFFIX_OF[file_format]}", walked(T1).motion, file_format)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("file_format", [*(name for name in FORMATS if name not in ("JSON", *OF_A_G1))])
@pytest.mark.parametrize("robot", ROBOTS)
def test_its_motion_comes_back_from_every_file_that_is_written(file_format: Format, robot: str, tmp_path: Path) -> None:
    motion = walked(robot).motion
    write_g1_file(tmp_path / f"a{SUFFIX_OF[file_format]}", motion, file_format)
    reading = read_g1_file(written_file(tmp_path / f"a{SUFFIX_OF[file_format]}", file_format))
    assert {choice.name for choice in reading.unsure} <= ({"fps"} if "CSV" in file_format else set())
    assert reading.motion.variant == robot
    assert reading.motion.dof_pos == pytest.approx(motion.dof_pos, abs=1e-6)
    assert reading.motion.root_pos == pytest.approx(motion.root_pos, abs=1e-6)
    assert degrees_between(reading.motion.root_quat, motion.root_quat).max() < 1e-4


@pytest.mark.slow_cases
@pytest.mark.parametrize("robot", ROBOTS)
@pytest.mark.parametrize("isaac", [False, True])
@pytest.mark.parametrize("degrees", [False, True])
@pytest.mark.parametrize("quaternion", [[0, 1, 2, 3], [1, 2, 3, 0]])
def test_a_table_of_other_conventions_is_read_by_its_numbers(
    robot: str, isaac: bool, degrees: bool, quaternion: list[int]
) -> None:
    motion = walked(robot).motion
    angles = motion.dof_pos[:, ISAAC[robot] if isaac else slice(None)] * (180 / np.pi if degrees else 1.0)
    rows = np.hstack([motion.root_pos, motion.root_quat[:, quaternion], angles])
    reading = interpreted(parse_g1_csv("\n".join(",".join(map(repr, row)) for row in rows.tolist()).encode()))
    assert reading.motion.variant == robot
    assert {choice.name for choice in reading.unsure} == {"fps"}
    assert reading.motion.dof_pos == pytest.approx(motion.dof_pos, abs=1e-9)
    assert degrees_between(reading.motion.root_quat, motion.root_quat).max() < 1e-4


@pytest.mark.parametrize("kind", ["npz", "json", "csv"])
def test_states_of_20_motors_are_its_joints(kind: str, tmp_path: Path) -> None:
    motion, file = walked(H1).motion, tmp_path / f"a.{kind}"
    columns = {row["joint"]: angles for row, angles in zip(joint_rows(H1), motion.dof_pos.T, strict=True)}
    angles = np.stack([columns.get(motor, np.zeros(len(motion.dof_pos))) for motor in SDK], axis=1)
    times, rows = np.arange(len(angles)) / motion.fps, np.hstack([motion.root_pos, motion.root_quat, angles]).tolist()
    if kind == "npz":
        np.savez(file, root_pos=motion.root_pos, root_quat=motion.root_quat, joint_pos=angles, fps=motion.fps)
    elif kind == "json":
        states = [{"position": row[:3], "imu_state": {"quaternion": row[3:7]}} for row in rows]
        for time, state, row in zip(times, states, rows, strict=True):
            state |= {"t": time, "motor_state": [{"q": angle, "dq": 0.1} for angle in row[7:]]}
        file.write_text(json.dumps(states))
    else:
        names = [*(f"root_pos_{axis}" for axis in "xyz"), *(f"root_quat_{axis}" for axis in "wxyz")]
        names += ["time", *(f"motor_state[{motor}].{value}" for motor in range(20) for value in ("q", "dq"))]
        states = np.repeat(angles, 2, axis=1) * np.tile([1.0, 0.5], 20)
        table = np.hstack([motion.root_pos, motion.root_quat, times[:, None], states])
        np.savetxt(file, table, "%.9f", ",", header=",".join(names), comments="")
    reading = read_g1_file(file)
    assert not reading.unsure
    assert (reading.motion.variant, reading.motion.fps) == (H1, motion.fps)
    for found, wanted in zip(bodies_of(reading.motion).items(), bodies_of(motion).items(), strict=True):
        assert found[0] == wanted[0]
        assert np.abs(found[1] - wanted[1]).max() < 1e-5
    angles[:, 9] = 0.1
    np.savez(tmp_path / "b.npz", root_pos=motion.root_pos, root_quat=motion.root_quat, joint_pos=angles, fps=motion.fps)
    with pytest.raises(Fault, match="20 joints a frame"):
        read_g1_file(tmp_path / "b.npz")


def test_named_columns_are_the_robot_s_of_which_most_are_named() -> None:
    theirs = ["left_hip_yaw_joint", "left_hip_roll_joint", "left_knee_joint"]  # of both robots
    assert joints_called(theirs) == theirs
    ours = ["left_hip_yaw_joint", "left_ankle_joint", "torso_joint", "speed"]
    assert joints_called(ours) == ["left_hip_yaw", "left_ankle", "torso", None]
    later = [
        "aahead_yaw_joint",
        "aahead_pitch_joint",
        "waist_yaw_joint",
        "left_knee_pitch_joint",
    ]  # Booster's since 2026
    assert joints_called(later) == ["AAHead_yaw", "Head_pitch", "Waist", "Left_Knee_Pitch"]


@pytest.mark.parametrize("robot", ROBOTS)
def test_its_files_have_its_own_joints_and_mujocos_bodies(robot: str, tmp_path: Path) -> None:
    motion = walked(robot).motion
    write_g1_file(tmp_path / "a.npz", motion, "MJLAB_NPZ")
    bodies = bodies_of(motion)
    with np.load(tmp_path / "a.npz") as arrays:
        model = g1_mujoco(robot)
        assert arrays["joint_names"].tolist() == [model.joint(index).name for index in range(1, model.njnt)]
        assert arrays["body_names"].tolist() == list(bodies)
        assert np.abs(arrays["body_pos_w"] - np.stack(list(bodies.values()), axis=1)).max() < 1e-5
    write_g1_file(tmp_path / "a.json", motion, "JSON")
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text)["robotType"] == robot
    again = read_g1_file(tmp_path / "a.json").motion
    assert again.variant == robot
    assert (again.dof_pos == motion.dof_pos).all()
    other = "unitree_h1" if robot == LONG_T1 else "unitree_g1"  # that has as many joints as no file of it
    (tmp_path / "b.json").write_text(text.replace(robot, other), encoding="utf-8")
    with pytest.raises(Fault, match=f"the robot {other}, not for"):
        read_g1_file(tmp_path / "b.json")
