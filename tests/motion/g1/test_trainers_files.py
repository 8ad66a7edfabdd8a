"""Files for trainers: their arrays have the names, shapes and orders of the trainers' loaders, and MuJoCo's values."""

import json
import pickle
import pickletools
import warnings
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.g1.files import FORMATS, SUFFIX_OF, Format, read_g1_file, write_g1_file, written_file
from aimocap_blender.motion.g1.motion import G1Motion, on_variant, read_g1_motion
from tests.media.g1_files import JOINTS
from tests.media.g1_mjcf import mujoco_poses

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
    motion = on_variant(dance, variant)
    path = written(tmp_path, motion, file_format)
    reading = read_g1_file(path)
    assert {choice.name for choice in reading.unsure} <= ({"fps"} if "CSV" in file_format else set())
    assert reading.motion.fps == 30.0
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
    assert content["link_body_list"] == names
    assert content["local_body_pos"] == pytest.approx(positions, abs=1e-5)
    assert content["local_body_pos"].dtype == np.float32
    asked = {argument for code, argument, _ in pickletools.genops(data) if code.name == "GLOBAL"}
    assert asked == {"numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"}
    odd = G1Motion(29.97, dance.root_pos[:1], dance.root_quat[:1], dance.dof_pos[:1])
    assert pickle.loads(written(tmp_path, odd, "GMR_PICKLE").read_bytes())["fps"] == 29.97  # noqa: S301 -- our own


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
