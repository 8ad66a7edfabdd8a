"""Files for trainers: their arrays have the names, shapes and orders of the trainers' loaders, and MuJoCo's values."""

import json
import pickle
import pickletools
import warnings
from dataclasses import replace
from pathlib import Path

import mujoco
import numpy as np
import pytest

from aimocap_blender.motion.files.pickle_archive import PickleArchive
from aimocap_blender.motion.g1.files import FORMATS, SUFFIX_OF, Format, read_g1_file, write_g1_file, written_file
from aimocap_blender.motion.g1.motion import G1Motion, on_variant, read_g1_motion
from tests.media.g1_files import JOINTS
from tests.media.g1_mjcf import degrees_between, mujoco_poses

OF_BODIES = {"body_pos_w": 3, "body_quat_w": 4, "body_lin_vel_w": 3, "body_ang_vel_w": 3}


@pytest.fixture(scope="module")
def dance(shared_data: Path) -> G1Motion:
    return read_g1_motion(shared_data / "g1" / "kimodo_dance.json")


def written(folder: Path, motion: G1Motion, file_format: Format) -> Path:
    path = folder / f"dance{SUFFIX_OF[file_format]}"
    write_g1_file(path, motion, file_format)
    return written_file(path, file_format)


def arrays_in(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def bodies_of(motion: G1Motion) -> tuple[list[str], np.ndarray]:
    names, positions, _ = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, motion.variant)
    return names, positions


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("variant", ["29dof", "23dof"])
def test_each_file_is_read_again_as_it_was(dance: G1Motion, tmp_path: Path, file_format: Format, variant: str) -> None:
    fps = 50.0 if file_format == "SONIC_CSV" else 30.0
    motion = replace(on_variant(dance, variant), fps=fps)
    path = written(tmp_path, motion, file_format)
    reading = read_g1_file(path)
    assert {choice.name for choice in reading.unsure} <= ({"fps"} if "CSV" in file_format else set())
    assert reading.motion.fps == fps
    again = on_variant(reading.motion, "29dof")
    assert again.dof_pos == pytest.approx(on_variant(motion, "29dof").dof_pos, abs=1e-6)
    assert again.root_pos == pytest.approx(motion.root_pos, abs=1e-6)
    assert np.abs(again.root_quat - motion.root_quat).max() < 1e-6


def test_gmrs_pickle_has_its_arrays_and_names_that_numpy_keeps(dance: G1Motion, tmp_path: Path) -> None:
    data = written(tmp_path, dance, "GMR_PICKLE").read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = pickle.loads(data)  # noqa: S301 -- our own
    assert list(content) == ["fps", "root_pos", "root_rot", "dof_pos", "local_body_pos", "link_body_list"]
    assert content["fps"] == 30
    assert isinstance(content["fps"], int)
    assert (content["root_pos"] == dance.root_pos).all()
    assert (content["root_rot"] == dance.root_quat[:, [1, 2, 3, 0]]).all()
    assert (content["dof_pos"] == dance.dof_pos).all()
    assert content["dof_pos"].flags.writeable
    still = np.zeros_like(dance.root_pos), np.tile([1.0, 0, 0, 0], (len(dance.root_pos), 1))
    names, positions, _ = mujoco_poses(*still, dance.dof_pos)
    of_joints = [content["link_body_list"].index(name) for name in names]
    assert of_joints == sorted(of_joints)
    assert content["local_body_pos"][:, of_joints] == pytest.approx(positions, abs=1e-5)
    assert content["local_body_pos"].dtype == np.float32
    asked = {argument for code, argument, _ in pickletools.genops(data) if code.name == "GLOBAL"}
    assert asked == {"numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"}
    odd = G1Motion(29.97, dance.root_pos[:1], dance.root_quat[:1], dance.dof_pos[:1])
    assert pickle.loads(written(tmp_path, odd, "GMR_PICKLE").read_bytes())["fps"] == 29.97  # noqa: S301 -- our own


def test_twist_finds_its_bodies_where_gmrs_model_has_them(dance: G1Motion, tmp_path: Path) -> None:
    """Its loader ends where one is missing; places are those of GMR's own MJCF."""
    content = pickle.loads(written(tmp_path, dance, "GMR_PICKLE").read_bytes())  # noqa: S301 -- our own
    assert content["local_body_pos"].shape == (len(dance.root_pos), 38, 3)
    still = np.zeros_like(dance.root_pos), np.tile([1.0, 0, 0, 0], (len(dance.root_pos), 1))
    names, positions, turns = mujoco_poses(*still, dance.dof_pos)
    for body, carrier, place in (
        ("left_rubber_hand", "left_wrist_yaw_link", [0.0415, 0.003, 0.0]),
        ("right_rubber_hand", "right_wrist_yaw_link", [0.0415, -0.003, 0.0]),
        ("head_mocap", "torso_link", [0.0, 0.0, 0.4]),
    ):
        found = content["local_body_pos"][60, content["link_body_list"].index(body)]
        arm = np.empty(3)
        mujoco.mju_rotVecQuat(arm, np.array(place), turns[60, names.index(carrier)])
        assert found == pytest.approx(positions[60, names.index(carrier)] + arm, abs=1e-5)
    shorter = written(tmp_path, on_variant(dance, "23dof_without_wrists"), "GMR_PICKLE")
    content = pickle.loads(shorter.read_bytes())  # noqa: S301 -- our own
    assert content["dof_pos"].shape[1] == 23
    assert len(content["link_body_list"]) == 38
    assert not read_g1_file(shorter).unsure


def test_holosomas_arrays_begin_with_the_pelvis_and_have_names(dance: G1Motion, tmp_path: Path) -> None:
    """Its loader drops seven columns of joint_pos and six of joint_vel, and finds the rest by names."""
    arrays, mjlabs = (arrays_in(written(tmp_path, dance, kind)) for kind in ("HOLOSOMA_NPZ", "MJLAB_NPZ"))
    assert set(arrays) == {"fps", "joint_pos", "joint_vel", "joint_names", "body_names", *OF_BODIES}
    assert arrays["fps"].shape == ()
    assert arrays["joint_pos"][:, :3] == pytest.approx(dance.root_pos, abs=1e-6)
    assert arrays["joint_pos"][:, 3:7] == pytest.approx(dance.root_quat, abs=1e-6)
    assert (arrays["joint_pos"][:, 7:] == mjlabs["joint_pos"]).all()
    assert (arrays["joint_vel"][:, 6:] == mjlabs["joint_vel"]).all()
    assert arrays["joint_vel"][:, :3] == pytest.approx(arrays["body_lin_vel_w"][:, 0], abs=1e-5)
    assert arrays["joint_vel"][:, 3:6] == pytest.approx(arrays["body_ang_vel_w"][:, 0], abs=1e-5)
    assert arrays["joint_names"].tolist() == [*JOINTS]
    names, positions = bodies_of(dance)
    assert arrays["body_names"].tolist() == names
    assert arrays["body_pos_w"] == pytest.approx(positions, abs=1e-5)


def test_hdmis_motion_has_a_folder_with_its_names(dance: G1Motion, tmp_path: Path) -> None:
    """Its loader reads meta.json first, and refuses arrays that it doesn't know where it resamples."""
    path = written(tmp_path, dance, "HDMI_NPZ")
    assert path == tmp_path / "dance" / "motion.npz"
    assert written_file(path, "HDMI_NPZ") == path
    meta = json.loads((path.parent / "meta.json").read_text(encoding="utf-8"))
    names, positions = bodies_of(dance)
    assert meta == {"body_names": names, "joint_names": [*JOINTS], "fps": 30}
    arrays = arrays_in(path)
    assert set(arrays) == {"joint_pos", "joint_vel", *OF_BODIES}
    assert arrays["body_pos_w"] == pytest.approx(positions, abs=1e-5)
    for name, size in OF_BODIES.items():
        assert arrays[name].shape == (len(positions), 30, size)


def test_isaac_labs_arrays_have_its_names(dance: G1Motion, tmp_path: Path) -> None:
    arrays, mjlabs = (arrays_in(written(tmp_path, dance, kind)) for kind in ("ISAACLAB_AMP_NPZ", "MJLAB_NPZ"))
    theirs = {
        "dof_positions": "joint_pos",
        "dof_velocities": "joint_vel",
        "body_positions": "body_pos_w",
        "body_rotations": "body_quat_w",
        "body_linear_velocities": "body_lin_vel_w",
        "body_angular_velocities": "body_ang_vel_w",
    }
    assert set(arrays) == {"fps", "dof_names", "body_names", *theirs}
    assert (arrays["fps"].dtype, arrays["fps"].shape) == (np.dtype(np.int64), ())
    assert all((arrays[name] == mjlabs[ours]).all() for name, ours in theirs.items())
    assert arrays["dof_names"].tolist() == [*JOINTS]
    assert arrays["body_names"].tolist() == bodies_of(dance)[0]


def test_mimickits_frames_have_the_pelvis_s_rotation_vector(dance: G1Motion, tmp_path: Path) -> None:
    content = pickle.loads(written(tmp_path, dance, "MIMICKIT_PICKLE").read_bytes())  # noqa: S301 -- our own
    assert (content["loop_mode"], content["fps"]) == (0, 30)
    frames = np.array(content["frames"], dtype=np.float32)  # as its loader does
    assert frames.shape == (len(dance.root_pos), 35)
    quat = np.empty(4)
    for frame, vector in enumerate(frames[:, 3:6].astype(np.float64)):
        angle = np.linalg.norm(vector)
        mujoco.mju_axisAngle2Quat(quat, vector / angle, angle)
        assert degrees_between(quat, dance.root_quat[frame]) < 1e-3
    assert frames[:, 6:] == pytest.approx(dance.dof_pos, abs=1e-6)


def test_protomotions_bodies_are_where_its_own_file_s_are(shared_data: Path, tmp_path: Path) -> None:
    theirs = shared_data / "g1" / "files" / "g1_crouch_to_run.motion"
    motion = read_g1_file(theirs).motion
    ours, own = PickleArchive(written(tmp_path, motion, "PROTOMOTIONS_TENSORS")), PickleArchive(theirs)
    assert ours.names == own.names
    for name in ("fps", "dof_pos", "rigid_body_pos"):
        assert ours.numbers(name) == pytest.approx(own.numbers(name), abs=1e-5)
    assert degrees_between(ours.numbers("rigid_body_rot"), own.numbers("rigid_body_rot")).max() < 1e-2
    assert ours.numbers("dof_vel") == pytest.approx(own.numbers("dof_vel"), abs=1e-4)
    agreed = ours.numbers("rigid_body_contacts") == own.numbers("rigid_body_contacts")
    assert agreed.mean() > 0.95
    assert np.median(np.abs(ours.numbers("rigid_body_vel") - own.numbers("rigid_body_vel"))) < 0.05


def test_sonics_tables_have_its_header_and_rate(dance: G1Motion, tmp_path: Path) -> None:
    path = written(tmp_path, dance, "SONIC_CSV")
    folder = tmp_path / "dance"
    assert path == folder / "joint_pos.csv"
    assert written_file(path, "SONIC_CSV") == path
    tables = {file.stem: np.loadtxt(file, delimiter=",", skiprows=1) for file in folder.glob("*.csv")}
    frames = round((len(dance.root_pos) - 1) / 30 * 50) + 1
    widths = {
        "joint_pos": 29,
        "joint_vel": 29,
        "body_pos": 90,
        "body_quat": 120,
        "body_lin_vel": 90,
        "body_ang_vel": 90,
    }
    assert {name: table.shape for name, table in tables.items()} == {name: (frames, w) for name, w in widths.items()}
    assert (folder / "body_quat.csv").read_text().startswith("body_0_w,body_0_x,body_0_y,body_0_z,body_1_w")
    assert "Body part indexes:\n[0 1 2 " in (folder / "metadata.txt").read_text()
    assert f"Total timesteps: {frames}\n" in (folder / "metadata.txt").read_text()
    assert tables["body_pos"][0, :3] == pytest.approx(dance.root_pos[0], abs=1e-6)
    assert tables["body_quat"][0, :4] == pytest.approx(dance.root_quat[0], abs=1e-6)
