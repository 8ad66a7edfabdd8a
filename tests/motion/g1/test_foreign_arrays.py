"""npz files of other projects: names in a file beside them, columns of other things, and robots of before rev. 1.0."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.files.pickle_archive import Several
from aimocap_blender.motion.g1.choices import ReadingChoices
from aimocap_blender.motion.g1.files import read_g1_file, write_g1_npz
from aimocap_blender.motion.g1.motion import G1Motion, on_variant, read_g1_motion
from aimocap_blender.texts.faults import Fault
from tests.media.g1_files import COLUMNS, JOINTS
from tests.media.g1_mjcf import mujoco_poses

EARLIER = "29dof_before_rev_1_0"


@pytest.fixture(scope="module")
def dance(shared_data: Path) -> G1Motion:
    return read_g1_motion(shared_data / "g1" / "kimodo_dance.json")


def hdmis(motion: G1Motion, folder: Path) -> Path:
    """A robot and a door, as HDMI publishes them: the door's hinge and body last, names beside, no frame rate."""
    folder.mkdir(exist_ok=True)
    columns = COLUMNS["29dof", "isaac"]
    bodies, positions, turns = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos)
    kept = [index for index in [0, *(column + 1 for column in columns)] if bodies[index] != "waist_roll_link"][:28]
    frames, door = len(motion.dof_pos), np.full((len(motion.dof_pos), 1), 0.4)
    np.savez(
        folder / "motion.npz",
        joint_pos=np.concatenate([motion.dof_pos[:, columns], door], axis=1).astype(np.float32),
        body_pos_w=np.concatenate([positions[:, kept], np.full((frames, 1, 3), 2.0)], axis=1).astype(np.float32),
        body_quat_w=np.concatenate([turns[:, kept], np.tile([1.0, 0, 0, 0], (frames, 1, 1))], axis=1),
    )
    names = {
        "body_names": [*(bodies[index] for index in kept), "door_panel"],
        "joint_names": [*(JOINTS[column] for column in columns), "door_joint"],
    }
    (folder / "meta.json").write_text(json.dumps(names))
    return folder / "motion.npz"


def test_names_are_read_from_the_file_beside_it(dance: G1Motion, tmp_path: Path) -> None:
    reading = read_g1_file(hdmis(dance, tmp_path))
    assert [choice.name for choice in reading.unsure] == ["fps"]
    assert np.abs(reading.motion.dof_pos - dance.dof_pos).max() < 1e-6
    assert np.abs(reading.motion.root_pos - dance.root_pos).max() < 1e-6
    assert reading.motion.variant == "29dof"
    assert reading.notes == ("Ignored: the joint “door_joint”.",)
    assert read_g1_file(tmp_path / "motion.npz", ReadingChoices(fps=50.0)).motion.fps == 50.0


def test_fingers_that_no_robot_here_has_are_kept_and_counted(dance: G1Motion, tmp_path: Path) -> None:
    parts = [f"{part}_{bone}" for part in ("index", "middle", "pinky", "ring") for bone in ("proximal", "intermediate")]
    parts += [f"thumb_{bone}" for bone in ("proximal_yaw", "proximal_pitch", "intermediate", "distal")]
    inspire = [f"{side}_{part}_joint" for side in "LR" for part in parts]
    names = [*JOINTS[:20], *inspire, *JOINTS[20:]]
    joints = np.insert(dance.dof_pos, [20] * len(inspire), 0.3, axis=1)
    root = {"root_pos": dance.root_pos, "root_rot": dance.root_quat[:, [1, 2, 3, 0]], "fps": 30}
    np.savez(tmp_path / "a.npz", joint_pos=joints, joint_names=np.array(names), **root)
    head = [*(f"root_pos_{axis}" for axis in "xyz"), *(f"root_rot_{axis}" for axis in "xyzw"), *names]
    rows = np.hstack([root["root_pos"], root["root_rot"], joints])
    np.savetxt(tmp_path / "a.csv", rows, delimiter=",", header=",".join(head), comments="")
    for name in ("a.npz", "a.csv"):
        reading = read_g1_file(tmp_path / name)
        said = "Kept for files that name their joints: 24 joints of hands that no robot here has: "
        assert reading.notes == (
            f"{said}L_index_proximal_joint, L_index_intermediate_joint, L_middle_proximal_joint, ….",
        )
        assert reading.motion.hands is not None
        assert reading.motion.hands.names == tuple(inspire)
        assert np.allclose(reading.motion.hands.angles, 0.3)
        assert np.abs(reading.motion.dof_pos - dance.dof_pos).max() < 1e-9
        assert reading.motion.variant == "29dof"


@pytest.mark.parametrize(
    "beside",
    [
        None,
        "",
        "[]",
        "{",
        '{"joint_names": 3}',
        '{"joint_names": [1]}',
        '{"joint_names": ["a"]}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_without_names_the_way_to_give_them_is_said(dance: G1Motion, tmp_path: Path, beside: str | None) -> None:
    file = hdmis(dance, tmp_path)
    (tmp_path / "meta.json").unlink()
    if beside is not None:
        (tmp_path / "meta.json").write_bytes(beside.encode("latin-1"))
    with pytest.raises(Fault, match="30 joints a frame") as fault:
        read_g1_file(file)
    assert "meta.json" in fault.value.next_step


def test_columns_with_numbered_rows_are_one_motion(dance: G1Motion, tmp_path: Path) -> None:
    """As pandas writes a table by default; they were listed as a motion for each row."""
    names = [f"root_{axis}" for axis in ("x", "y", "z", "qw", "qx", "qy", "qz")] + list(JOINTS)
    rows = np.hstack([dance.root_pos, dance.root_quat, dance.dof_pos])
    columns = {
        name: {row: float(value) for row, value in enumerate(rows[:, index])} for index, name in enumerate(names)
    }
    (tmp_path / "walk.json").write_text(json.dumps(columns))
    reading = read_g1_file(tmp_path / "walk.json", ReadingChoices(fps=30.0))
    assert reading.unsure == ()
    assert np.abs(reading.motion.dof_pos - dance.dof_pos).max() < 1e-6


def motor_states(motion: G1Motion) -> list[object]:
    """A log of Unitree's SDK: a state for each of 35 motors, of which a G1 has 29; numbers as texts, as some write."""
    rows = zip(motion.root_pos.tolist(), motion.root_quat.tolist(), motion.dof_pos.tolist(), strict=True)
    frames: list[object] = []
    for frame, (position, quaternion, angles) in enumerate(rows):
        motors = [{"q": str(angle), "dq": 0.1, "tau_est": 3.0, "temperature": [30, 31]} for angle in angles + [0.0] * 6]
        imu = {"quaternion": quaternion, "gyroscope": [0.0, 0.0, 0.0]}
        frames.append({"t_sec": frame / 30, "position": position, "imu_state": imu, "motor_state": motors})
    return frames


def states(motion: G1Motion) -> list[object]:
    """LeRobot's observations, whose whole name and its end are one array."""
    rows = np.hstack([motion.root_pos, motion.root_quat, motion.dof_pos]).tolist()
    return [{"observation.state": row, "timestamp": frame / 30} for frame, row in enumerate(rows)]


def joint_states(motion: G1Motion) -> list[object]:
    """A log of ROS: names, positions and velocities of the joints, the last one first."""
    frames: list[object] = []
    for frame, angles in enumerate(motion.dof_pos[:, ::-1].tolist()):
        pose = {"position": motion.root_pos[frame].tolist(), "orientation": motion.root_quat[frame].tolist()}
        state = {"name": JOINTS[::-1], "position": angles, "velocity": []}
        frames.append({"stamp": frame / 30, "base_pose": pose, "joint_state": state})
    return frames


def velocities_beside(motion: G1Motion) -> list[object]:
    """Angles and velocities by the same names: the velocities were read as the angles, without a word."""
    frames: list[object] = []
    for frame, angles in enumerate(motion.dof_pos.tolist()):
        base = {"pos": motion.root_pos[frame].tolist(), "quat": motion.root_quat[frame].tolist()}
        speeds = dict.fromkeys(JOINTS, 0.3)
        joints = {"joint_angles": dict(zip(JOINTS, angles, strict=True)), "joint_velocities": speeds}
        frames.append({"t": frame / 30, "base": base, **joints})
    return frames


def boxes(motion: G1Motion) -> list[object]:
    """A box for each joint, named as in Unitree's documentation."""
    frames: list[object] = []
    called = [re.sub("^(.*?)_(hip|knee|ankle)", r"\1_leg_\2", name).upper() for name in JOINTS]
    for frame, angles in enumerate(motion.dof_pos.tolist()):
        base = {"pos": motion.root_pos[frame].tolist(), "quat": motion.root_quat[frame].tolist()}
        joints = {name: {"vel": 0.3, "pos": angle} for name, angle in zip(called, angles, strict=True)}
        frames.append({"t": frame / 30, "base": base, "joints": joints})
    return frames


@pytest.mark.parametrize("frames", [motor_states, states, joint_states, velocities_beside, boxes])
def test_logs_of_robots_are_read(dance: G1Motion, tmp_path: Path, frames: Callable[[G1Motion], list[object]]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(frames(dance)))
    reading = read_g1_file(tmp_path / "a.json")
    assert reading.unsure == ()
    assert reading.motion.fps == 30.0
    assert np.abs(reading.motion.dof_pos - dance.dof_pos).max() < 1e-6
    assert np.abs(reading.motion.root_quat - dance.root_quat).max() < 1e-6


@pytest.mark.parametrize("name", ["a.npz", "a_30hz.npy", "a_30hz.csv"])
def test_frames_may_be_columns(dance: G1Motion, tmp_path: Path, name: str) -> None:
    """As signals are in MATLAB."""
    parts = {"root_pos": dance.root_pos.T, "root_rot": dance.root_quat[:, [1, 2, 3, 0]].T, "dof_pos": dance.dof_pos.T}
    path, table = tmp_path / name, np.vstack([*parts.values()])
    if name.endswith("npz"):
        np.savez(path, fps=np.array(30), **parts)
    elif name.endswith("npy"):
        np.save(path, table)
    else:
        np.savetxt(path, table, "%.7f", ",")
    reading = read_g1_file(path)
    assert reading.unsure == ()
    assert np.abs(reading.motion.dof_pos - dance.dof_pos).max() < 1e-6
    assert np.abs(reading.motion.root_pos - dance.root_pos).max() < 1e-6


@pytest.mark.parametrize("name", ["a_30hz.npy", "a_30hz.csv"])
def test_as_many_columns_as_a_robot_has_may_be_frames(dance: G1Motion, tmp_path: Path, name: str) -> None:
    """30 frames as columns, and as many as a G1 with 23 joints has: the quaternions tell."""
    table = np.hstack([dance.root_pos, dance.root_quat[:, [1, 2, 3, 0]], dance.dof_pos])[:30].T
    if name.endswith("npy"):
        np.save(tmp_path / name, table)
    else:
        np.savetxt(tmp_path / name, table, "%.7f", ",")
    reading = read_g1_file(tmp_path / name)
    assert not reading.unsure
    assert np.abs(reading.motion.dof_pos - dance.dof_pos[:30]).max() < 1e-6


@pytest.mark.parametrize("first", ["", "joint;{counts}", ";{times}", "joint;{labels}"])
@pytest.mark.parametrize("frames", [1, 36, 3000])
def test_rows_may_be_named_as_joints(dance: G1Motion, tmp_path: Path, first: str, frames: int) -> None:
    """In any order, with decimal commas, and the frames' numbers, times or labels above them."""
    parts = (dance.root_pos, dance.root_quat, dance.dof_pos, dance.dof_pos * 3.0)
    table = np.hstack([np.tile(part, (20, 1))[:frames] for part in parts])
    names = [f"root_{axis}" for axis in ("x", "y", "z", "qw", "qx", "qy", "qz")] + list(JOINTS)
    rows = [*zip([*names, *(name.replace("joint", "velocity") for name in JOINTS)], table.T, strict=True)]
    lines = [f"{name};{';'.join(f'{value:.6f}' for value in values)}".replace(".", ",") for name, values in rows[::-1]]
    count = range(frames)
    above = {"counts": count, "times": [f"{frame / 30:.3f}" for frame in count], "labels": [f"f{i}" for i in count]}
    head = first.format(**{name: ";".join(map(str, values)) for name, values in above.items()})
    (tmp_path / "a.csv").write_text("\n".join(["# by rows", *filter(None, [head]), *lines]))
    reading = read_g1_file(tmp_path / "a.csv")
    asked = {"fps"} if "times" not in first or frames == 1 else set[str]()
    assert {choice.name for choice in reading.unsure} == asked
    assert reading.motion.fps == 30.0
    assert np.abs(reading.motion.dof_pos - np.tile(dance.dof_pos, (20, 1))[:frames]).max() < 1e-6
    assert np.abs(reading.motion.root_pos - np.tile(dance.root_pos, (20, 1))[:frames]).max() < 1e-6


def recorded(motion: G1Motion) -> dict[str, np.ndarray]:
    """An episode of Isaac Lab's recorder: what it began with has the same names as its frames."""
    pose, columns = np.hstack([motion.root_pos, motion.root_quat]), COLUMNS["29dof", "isaac"]
    robot = {"root_pose": pose, "joint_position": motion.dof_pos[:, columns]}
    states = {f"states/articulation/robot/{name}": values for name, values in robot.items()}
    began = {f"initial_state/articulation/robot/{name}": values[:1] for name, values in robot.items()}
    return {**began, **states, "actions": motion.dof_pos[:, columns] / 2.0, "obs/policy": np.zeros((len(pose), 99))}


def states_of_joints(motion: G1Motion) -> dict[str, np.ndarray]:
    """Isaac Gym's tensors: an angle and a velocity for each joint."""
    root = np.hstack([motion.root_pos, motion.root_quat[:, [1, 2, 3, 0]], np.zeros((len(motion.root_pos), 6))])
    return {"root_states": root, "dof_state": np.stack([motion.dof_pos, np.gradient(motion.dof_pos, axis=0)], axis=-1)}


def many_at_once(motion: G1Motion) -> dict[str, np.ndarray]:
    """Three robots in each frame: they were listed as a motion of three frames for each."""
    pose = np.hstack([motion.root_pos, motion.root_quat])
    dof = [motion.dof_pos[:100] * factor for factor in (1.0, 0.5, 0.0)]
    return {"root_pose": np.stack([pose[:100]] * 3, axis=1), "dof_pos": np.stack(dof, axis=1)}


@pytest.mark.parametrize("arrays", [recorded, states_of_joints, many_at_once])
def test_arrays_of_simulations_are_read(
    dance: G1Motion, tmp_path: Path, arrays: Callable[[G1Motion], dict[str, np.ndarray]]
) -> None:
    np.savez(tmp_path / "a.npz", **arrays(dance), fps=30.0)
    if arrays is many_at_once:
        with pytest.raises(Several) as raised:
            read_g1_file(tmp_path / "a.npz")
        assert raised.value.motions == ("1", "2", "3")
    motion = read_g1_file(tmp_path / "a.npz", ReadingChoices(motion="1")).motion
    frames = slice(len(motion.dof_pos))
    assert np.abs(motion.dof_pos - dance.dof_pos[frames]).max() < 1e-6
    assert np.abs(motion.root_quat - dance.root_quat[frames]).max() < 1e-6


def test_signals_of_a_log_keep_their_value_where_they_have_none(dance: G1Motion, tmp_path: Path) -> None:
    """As PlotJuggler exports topics with times of their own."""
    pelvis = [*(f"/odom/position/{axis}" for axis in "xyz"), *(f"/odom/orientation/{axis}" for axis in "wxyz")]
    rows = [",".join(["__time", *pelvis, *(f"/joint_states/{joint}/position" for joint in JOINTS)])]
    poses = np.hstack([dance.root_pos, dance.root_quat]).astype(str)
    for frame, (pose, angles) in enumerate(zip(poses, dance.dof_pos.astype(str), strict=True)):
        rows += [
            ",".join([str(frame / 30.0), *pose, *[""] * 29]),
            ",".join([str(frame / 30.0 + 0.004), *[""] * 7, *angles]),
        ]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    reading = read_g1_file(tmp_path / "a.csv")
    assert reading.motion.fps == pytest.approx(30.0)
    assert np.abs(reading.motion.dof_pos - dance.dof_pos).max() < 1e-9
    assert np.abs(reading.motion.root_pos - dance.root_pos).max() < 1e-9
    assert "Ignored: empty cells: signals keep their last value there." in reading.notes
    # a single empty cell is a fault
    (tmp_path / "a.csv").write_text("\n".join(rows).replace(dance.dof_pos.astype(str)[50, 7], ""))
    with pytest.raises(Fault, match="not a finite number"):
        read_g1_file(tmp_path / "a.csv")


def test_three_numbers_that_may_be_angles_or_a_vector_are_not_guessed(dance: G1Motion, tmp_path: Path) -> None:
    angles = np.linspace(0.0, 1.5, len(dance.root_pos))[:, None]
    others = {"root_pos": dance.root_pos, "dof_pos": dance.dof_pos, "fps": 30}
    np.savez(tmp_path / "falls.npz", root_rot=angles * (1.0, 0.6, 0.3), **others)
    with pytest.raises(Fault, match="angles or a vector"):
        read_g1_file(tmp_path / "falls.npz")
    np.savez(tmp_path / "turns.npz", root_rot=angles * (0.0, 0.0, 1.0), **others)
    heading = read_g1_file(tmp_path / "turns.npz").motion.root_quat[:, 3]
    np.testing.assert_allclose(heading, np.sin(angles[:, 0] / 2.0), atol=1e-6)


def holosomas(motion: G1Motion, variant: str, path: Path) -> Path:
    """All of qpos in joint_pos, the joints' names, and bodies of which the add-on knows some."""
    bodies, positions, turns = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, variant)
    others = [f"contact_{index}" for index in range(51 - len(bodies))]
    more = np.zeros((len(positions), len(others), 3))
    np.savez(
        path,
        fps=np.array([30]),
        joint_pos=np.concatenate([motion.root_pos, motion.root_quat, motion.dof_pos], axis=1),
        joint_names=np.array(JOINTS),
        body_names=np.array([*bodies, *others]),
        body_pos_w=np.concatenate([positions, more], axis=1),
        body_quat_w=np.concatenate([turns, np.zeros((len(positions), len(others), 4))], axis=1),
    )
    return path


@pytest.mark.parametrize("variant", ["29dof", EARLIER])
def test_the_bodies_say_which_waist_the_robot_has(dance: G1Motion, tmp_path: Path, variant: str) -> None:
    reading = read_g1_file(holosomas(dance, variant, tmp_path / "a.npz"))
    assert not reading.unsure
    assert reading.motion.variant == variant
    assert np.abs(reading.motion.dof_pos - dance.dof_pos).max() < 1e-12
    reported = [note for note in reading.notes if "before rev. 1.0" in note]
    assert len(reported) == (variant == EARLIER)
    assert all("0 mm from" in note and "later waist 10 mm" in note for note in reported)


@pytest.mark.parametrize("order", ["isaac", "mujoco"])
def test_bodies_without_names_say_it_too(dance: G1Motion, tmp_path: Path, order: str) -> None:
    for variant in ("29dof", EARLIER):
        write_g1_npz(tmp_path / "a.npz", on_variant(dance, variant), order)
        assert read_g1_file(tmp_path / "a.npz").motion.variant == variant
