"""BeyondMimic's and mjlab's npz: what goes out is what MuJoCo says, and what comes in is never trusted."""

import io
import pickle
import re
import tracemalloc
import warnings
import zipfile
from pathlib import Path
from typing import Self

import mujoco
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.files.npz_archive import NpzArchive
from aimocap_blender.motion.g1.motion import G1Motion, read_g1_motion
from aimocap_blender.motion.g1.npz_files import read_g1_npz
from aimocap_blender.motion.g1.npz_writing import write_npz
from aimocap_blender.texts.faults import Fault
from tests.media.g1_files import COLUMNS, JOINTS, Written
from tests.media.g1_mjcf import degrees_between, g1_mujoco, mujoco_poses, random_states

CLIPS = ("kimodo_walk", "kimodo_wave", "kimodo_dance", "asap_CR7_level2", "g1moves_B_BowKarate")
SHAPES = {
    "fps": (1,),
    "joint_pos": (150, 29),
    "joint_vel": (150, 29),
    "body_pos_w": (150, 30, 3),
    "body_quat_w": (150, 30, 4),
    "body_lin_vel_w": (150, 30, 3),
    "body_ang_vel_w": (150, 30, 3),
}


def to_npz(motion: G1Motion, order: str = "isaac") -> bytes:
    file = io.BytesIO()
    write_npz(file, motion, order)
    return file.getvalue()


def loaded(data: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(data)) as file:
        return dict(file)


def bodies_in(order: str) -> list[int]:
    """MuJoCo's bodies, without the world, in an order: the pelvis, then each joint's."""
    return [0, *(column + 1 for column in COLUMNS["29dof", order])]


def test_arrays_are_beyondmimics(shared_data: Path) -> None:
    motion = read_g1_motion(shared_data / "g1" / "kimodo_walk.json")
    arrays = loaded(to_npz(motion))
    assert {name: array.shape for name, array in arrays.items()} == SHAPES
    assert {array.dtype for name, array in arrays.items() if name != "fps"} == {np.dtype(np.float32)}
    assert arrays["fps"].dtype == np.int64
    assert arrays["fps"].tolist() == [30]
    assert loaded(to_npz(G1Motion(29.97, motion.root_pos, motion.root_quat, motion.dof_pos)))["fps"].tolist() == [29.97]


@pytest.mark.parametrize("order", ["isaac", "mujoco"])
@pytest.mark.parametrize("clip", CLIPS)
def test_bodies_are_where_mujoco_has_them(shared_data: Path, clip: str, order: str) -> None:
    motion = read_g1_motion(shared_data / "g1" / f"{clip}.json")
    arrays = loaded(to_npz(motion, order))
    oracle = np.load(shared_data / "g1" / f"{clip}.oracle.npz")
    assert np.abs(arrays["body_pos_w"] - oracle["xpos"][:, bodies_in(order)]).max() < 1e-5
    assert degrees_between(arrays["body_quat_w"], oracle["xquat_wxyz"][:, bodies_in(order)]).max() < 1e-3
    assert np.abs(arrays["joint_pos"] - motion.dof_pos[:, COLUMNS["29dof", order]]).max() < 1e-6


def test_velocities_are_mujocos_for_the_same_speeds_of_joints_and_pelvis(shared_data: Path) -> None:
    motion = read_g1_motion(shared_data / "g1" / "kimodo_dance.json")
    arrays = loaded(to_npz(motion, "mujoco"))
    model = g1_mujoco()
    data = mujoco.MjData(model)
    speed = np.zeros(6)
    for frame in range(1, len(motion.root_pos) - 1, 7):
        before, after = frame - 1, frame + 1
        data.qpos[:] = np.concatenate([motion.root_pos[frame], motion.root_quat[frame], motion.dof_pos[frame]])
        data.qvel[:3] = (motion.root_pos[after] - motion.root_pos[before]) * motion.fps / 2
        data.qvel[6:] = (motion.dof_pos[after] - motion.dof_pos[before]) * motion.fps / 2
        mujoco.mju_subQuat(data.qvel[3:6], motion.root_quat[after], motion.root_quat[before])
        turn = data.qvel[3:6] * motion.fps / 2  # along the axes of the pelvis a frame before
        world, own = np.zeros(3), np.zeros(4)
        mujoco.mju_rotVecQuat(world, turn, motion.root_quat[before])
        mujoco.mju_negQuat(own, motion.root_quat[frame])
        mujoco.mju_rotVecQuat(data.qvel[3:6], world, own)
        mujoco.mj_forward(model, data)
        for body in range(30):
            mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_XBODY, body + 1, speed, 0)
            assert arrays["body_ang_vel_w"][frame, body] == pytest.approx(speed[:3], abs=1e-4)
            assert arrays["body_lin_vel_w"][frame, body] == pytest.approx(speed[3:], abs=1e-4)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_few_frames_have_velocities_too(frames: int) -> None:
    arrays = loaded(to_npz(G1Motion(30.0, *random_states(frames, seed=1))))
    assert all(np.isfinite(array).all() and len(array) in (1, frames) for array in arrays.values())
    assert (arrays["joint_vel"] != 0).any() == (frames > 1)


def save(path: Path, **arrays: object) -> Path:
    np.savez(path, **arrays)
    return path


def test_other_names_of_the_same_are_known(tmp_path: Path) -> None:
    expected = Written(random_states(4, seed=2), quaternion="xyzw")
    qpos = np.concatenate([expected.pos, expected.rot, expected.angles], axis=1)
    bodies = np.zeros((4, 30, 3))
    bodies[:, 2] = expected.pos
    turns = np.zeros((4, 30, 4))
    turns[:, 2] = expected.rot
    names = ["a", "b", "pelvis", *map(str, range(27))]
    root = {"root_pos": expected.pos, "root_rot": expected.rot}
    for arrays in (
        {"fps": 30, "dof_pos": expected.angles, **root, "local_body_pos": None},
        {"fps": np.array([30.0]), "joint_angles": expected.angles, "base_frame_pos": expected.pos}
        | {"base_frame_wxyz": expected.rot},
        {"fps": np.array(30), "qpos": qpos, "human_joints": np.zeros((4, 22, 3))},
        {"fps": [30], "joint_pos": qpos, "joint_names": np.array(JOINTS), "body_names": np.array(["pelvis"])},
        {"fps": 30, "dof_positions": expected.angles, "dof_names": np.array(JOINTS), "body_names": np.array(names)}
        | {"body_positions": bodies, "body_rotations": turns},
        {"fps": 30, "dof_pos": expected.angles[None], "root_pos": expected.pos[None], "root_quat": expected.rot[None]},
        {"fps": 30, "dof_pos": np.asfortranarray(expected.angles), **root, "link_body_list": np.array(JOINTS, object)},
    ):
        source = read_g1_npz(save(tmp_path / "a.npz", **arrays))
        assert source.fps == 30
        assert (source.angles == expected.angles).all()
        assert (source.root_pos == expected.pos).all()
        assert (source.root_rot == expected.rot).all()


def test_joints_are_taken_by_their_names(tmp_path: Path) -> None:
    expected = Written(random_states(2, seed=2))
    names = np.array(["head_joint", *JOINTS[::-1]])
    angles = np.concatenate([np.ones((2, 1)), expected.angles[:, ::-1]], axis=1)
    root = {"root_pos": expected.pos, "root_rot": expected.rot}
    for words in (names, names.astype("S")):
        source = read_g1_npz(save(tmp_path / "a.npz", joint_pos=angles, joint_names=words, **root))
        assert source.joints == JOINTS[::-1]
        assert (source.angles == expected.angles[:, ::-1]).all()
        assert source.ignored == ("the joint “head_joint”",)


class Touching:
    """Pickled, it makes a file where it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")

    def __iter__(self) -> Self:
        return self


def test_a_pickle_inside_stays_refused(tmp_path: Path) -> None:
    angles, touched = np.zeros((2, 29)), tmp_path / "touched"
    trap = np.empty(1, object)
    trap[0] = Touching(touched)
    for arrays in (
        {"dof_pos": trap, "root_pos": angles[:, :3], "root_rot": angles[:, :4]},
        {"dof_pos": angles, "root_pos": trap, "root_rot": angles[:, :4]},
        {"dof_pos": angles, "root_pos": angles[:, :3], "root_rot": angles[:, :4], "fps": trap},
    ):
        with pytest.raises(Fault, match="can run any code"):
            read_g1_npz(save(tmp_path / "a.npz", **arrays))
    named = {"joint_names": trap, "body_names": trap}
    rot = np.tile([1.0, 0, 0, 0], (2, 1))
    read_g1_npz(save(tmp_path / "a.npz", dof_pos=angles, root_pos=angles[:, :3], root_rot=rot, **named))
    assert not touched.exists()
    pickle.loads(pickle.dumps(trap))  # noqa: S301 -- that the trap is one
    assert touched.exists()


def zipped(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def header(descr: str, shape: str) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (header("'<f8'", "(1000000000, 29)"), "larger than any"),
        (header("'<f8'", "(" + "9" * 300 + ",)"), "larger than any"),
        (header("'<f8'", "(" + "1, " * 90 + ")"), "larger than any"),
        (header("'<f8'", "(2, 29)") + b"\0" * 100, "damaged"),
        (header("'<f8'", "(2, 29)") + b"\0" * 500, "damaged"),
        (header("'<f8'", "(-2, 29)"), "not a plain array"),
        (header("'|O'", "(2, 29)") + b"\x80\x04N.", "pickle"),
        (header("[('a', '<f8')]", "(2, 29)"), "not a plain array"),
        (header("'<f7'", "(2, 29)") + b"\0" * 406, "damaged"),
        (header("'<c16'", "(2, 29)"), "not a plain array"),
        (header("'<U4'", "(2, 29)") + b"\0" * 928, "no numbers"),
        (header("'<f8'", "(2, __import__('os'))"), "not a plain array"),
        (header("'<f8'", "(2, 29)" + " " * 9000), "not a plain array"),
        (b"\x93NUMPY\x09\x00", "damaged"),
        (b"", "damaged"),
        (b"\0" * 2**24, "larger than any|damaged"),
    ],
)
def test_arrays_that_lie_are_refused_without_memory(tmp_path: Path, data: bytes, says: str) -> None:
    path = zipped(tmp_path / "a.npz", {"dof_pos.npy": data})
    tracemalloc.start()
    try:
        with pytest.raises(Fault, match=says):
            read_g1_npz(path)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["data.pkl", "archive/data.pkl"])
def test_torchs_files_stay_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Fault, match="can run any code"):
        read_g1_npz(zipped(tmp_path / "a.npz", {name: b"\x80\x02N."}))


def test_crowded_doubled_and_oddly_packed_archives_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="300 files"):
        NpzArchive(zipped(tmp_path / "a.npz", {f"{index}.npy": b"" for index in range(300)}))
    with pytest.raises(Fault, match="damaged"):
        NpzArchive(zipped(tmp_path / "a.npz", {f"{index:05}" * 50: b"" for index in range(5000)}, zipfile.ZIP_STORED))
    with pytest.raises(Fault, match="damaged"):
        read_g1_npz(zipped(tmp_path / "a.npz", {"dof_pos.npy": b"0" * 99}, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("qpos.npy", b"")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("qpos.npy", b"")
    with pytest.raises(Fault, match="twice"):
        NpzArchive(tmp_path / "a.npz")


def arrays_of(frames: int = 3) -> dict[str, np.ndarray]:
    return loaded(to_npz(G1Motion(50.0, *random_states(frames, seed=4))))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"joint_pos": None}, "no joint angles under a known name"),
        ({"body_pos_w": None}, "position of the pelvis"),
        ({"body_quat_w": None}, "rotation of the pelvis"),
        ({"joint_pos": np.zeros((2, 29))}, "3 positions of the pelvis, but 2 rows"),
        ({"joint_pos": np.zeros((3, 28))}, "28 joints a frame"),
        ({"joint_pos": np.zeros((3, 29, 2))}, r"shape \(3, 29, 2\)"),
        ({"joint_pos": np.zeros(())}, r"shape \(\)"),
        (
            {"joint_pos": np.zeros((0, 29)), "body_pos_w": np.zeros((0, 30, 3)), "body_quat_w": np.zeros((0, 30, 4))},
            "no fr",
        ),
        ({"joint_pos": np.full((3, 29), np.nan)}, r"Frame 0 .*left_hip_pitch_joint"),
        ({"body_pos_w": np.full((3, 30, 3), np.inf)}, "Frame 0 .*position"),
        ({"body_pos_w": np.zeros((3, 0, 3))}, "no bodies"),
        ({"body_quat_w": np.zeros((3, 30, 3))}, r"shape \(3, 30, 3\)"),
        ({"fps": np.array([30, 50])}, "2 numbers"),
        ({"fps": np.array("fast")}, "no numbers"),
    ],
)
def test_arrays_that_disagree_are_refused(tmp_path: Path, changes: dict[str, np.ndarray | None], says: str) -> None:
    arrays = {name: array for name, array in {**arrays_of(), **changes}.items() if array is not None}
    with pytest.raises(Fault, match=says) as fault:
        read_g1_npz(save(tmp_path / "a.npz", **arrays))
    assert re.fullmatch(r".*\.", fault.value.next_step)


def test_signalling_numbers_are_refused_without_a_warning(tmp_path: Path) -> None:
    angles = np.zeros((3, 29), np.float32)
    angles.view(np.uint32)[1, 2] = 0x7FA00000
    path = save(tmp_path / "a.npz", **{**arrays_of(), "joint_pos": angles})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Fault, match=r"Frame 1 .*not a finite number"):
            read_g1_npz(path)


@given(st.data())
def test_a_file_spoiled_anywhere_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "spoiled.npz"
    good = to_npz(G1Motion(50.0, *random_states(1, seed=4)))
    where = data.draw(st.one_of(st.integers(0, len(good) - 1), st.integers(len(good) - 600, len(good) - 1)))
    kind = data.draw(st.sampled_from(["cut", "change", "insert"]))
    piece = data.draw(st.binary(min_size=1, max_size=8))
    after = {"cut": b"", "change": good[where + len(piece) :], "insert": good[where:]}[kind]
    path.write_bytes(good[:where] + (b"" if kind == "cut" else piece) + after)
    try:
        source = read_g1_npz(path)
    except Fault:
        return
    assert source.angles.shape == (1, 29)


@given(st.integers(1, 8), st.integers(0, 1000), st.sampled_from(["isaac", "mujoco"]))
def test_written_npz_is_read_back_with_mujocos_bodies(
    tmp_path_factory: pytest.TempPathFactory, frames: int, seed: int, order: str
) -> None:
    states = random_states(frames, seed)
    path = tmp_path_factory.getbasetemp() / "out.npz"
    path.write_bytes(to_npz(G1Motion(50.0, *states), order))
    source = read_g1_npz(path)
    _, positions, _ = mujoco_poses(*states)
    assert source.fps == 50
    assert np.abs(source.body_pos - positions[:, bodies_in(order)]).max() < 1e-5
    assert np.abs(source.angles - states[2][:, COLUMNS["29dof", order]]).max() < 1e-6
