"""A file of every layout is read without a question as MuJoCo has its motion, and no other is taken for one."""

import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.files.pickle_archive import PickleArchive, Several
from aimocap_blender.motion.g1.choices import QUATERNIONS, ReadingChoices
from aimocap_blender.motion.g1.files import read_g1_file, write_g1_file
from aimocap_blender.motion.g1.joint_orders import JointOrder, joint_names
from aimocap_blender.motion.g1.layouts import LAYOUT_OF, LAYOUTS
from aimocap_blender.motion.g1.motion import G1Motion, on_variant, read_g1_motion
from aimocap_blender.motion.g1.variants import Variant, g1_variant
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.texts.faults import Fault
from tests.media import torch_files
from tests.media.floor.clips import floor_clip
from tests.media.g1_clips import weight_shift
from tests.media.g1_files import COLUMNS
from tests.media.g1_layout_variants import VARIANTS, is_without_wrists
from tests.media.g1_layouts import WRITERS, bodies, gmr
from tests.media.g1_mjcf import degrees_between, mujoco_poses

CLIPS = ("kimodo_walk", "kimodo_dance", "asap_CR7_level2")
CLOSE = 1e-5  # metres: single precision, and six decimals


@pytest.fixture(scope="module")
def clips(shared_data: Path) -> dict[str, G1Motion]:
    return {clip: read_g1_motion(shared_data / "g1" / f"{clip}.json") for clip in CLIPS}


def without_wrists(motion: G1Motion) -> G1Motion:
    dof_pos = np.zeros_like(motion.dof_pos)
    kept = COLUMNS["23dof_without_wrists", "mujoco"]
    dof_pos[:, kept] = motion.dof_pos[:, kept]
    return G1Motion(motion.fps, motion.root_pos, motion.root_quat, dof_pos)


def check_poses(read: G1Motion, motion: G1Motion, step: int) -> None:
    """All bodies are where they were, by MuJoCo, in every `step`-th frame."""
    sample = slice(None, None, step)
    _, wanted, turned = mujoco_poses(motion.root_pos[sample], motion.root_quat[sample], motion.dof_pos[sample])
    _, found, as_read = mujoco_poses(read.root_pos[sample], read.root_quat[sample], read.dof_pos[sample])
    assert np.abs(found - wanted).max() < CLOSE
    assert degrees_between(as_read, turned).max() < 1e-3


@pytest.mark.parametrize("name", WRITERS)
def test_every_layout_is_read_without_a_question(clips: dict[str, G1Motion], tmp_path: Path, name: str) -> None:
    layout, fps, write = WRITERS[name]
    motion = clips["asap_CR7_level2"]
    motion = without_wrists(motion) if name in ("ASAP", "PBHC", "TWIST") else motion
    reading = read_g1_file(write(tmp_path, motion))
    assert not reading.unsure
    assert reading.source is not None
    assert reading.source.layout is LAYOUT_OF[layout]
    assert reading.motion.fps == fps
    check_poses(reading.motion, motion, 15)


@pytest.mark.slow_cases
@pytest.mark.parametrize("name", VARIANTS)
def test_a_layout_is_read_however_a_lab_saves_it(clips: dict[str, G1Motion], tmp_path: Path, name: str) -> None:
    asked, write = VARIANTS[name]
    motion = without_wrists(clips["kimodo_dance"]) if is_without_wrists(name) else clips["kimodo_dance"]
    reading = read_g1_file(write(tmp_path, motion))
    assert {choice.name for choice in reading.unsure} == asked
    assert "fps" in asked or reading.motion.fps == pytest.approx(30)
    check_poses(reading.motion, motion, 50)


def test_every_layout_is_written_by_these_tests() -> None:
    assert {layout for layout, _, _ in WRITERS.values()} == {layout.id for layout in LAYOUTS}


def test_the_real_files_are_read_without_a_question(shared_data: Path) -> None:
    layouts = {
        "B_HandsUp.csv": "g1_moves",
        "B_HandsUp.npz": "mjlab",
        "asap_side_jump_level4.pkl": "phc",
        "g1_crouch_to_run.motion": "protomotions",
        "holosoma_sub3_largebox_003_mj.npz": "holosoma",
    }
    for name, layout in layouts.items():
        reading = read_g1_file(shared_data / "g1" / "files" / name)
        assert not reading.unsure
        assert reading.source is not None
        assert reading.source.layout is LAYOUT_OF[layout]


def test_a_real_file_of_protomotions_has_its_bodies_where_mujoco_has_them(shared_data: Path) -> None:
    path = shared_data / "g1" / "files" / "g1_crouch_to_run.motion"
    motion = read_g1_file(path).motion
    assert motion.variant == "29dof_before_rev_1_0"
    names, found, _ = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, motion.variant)
    stored = PickleArchive(path).numbers("rigid_body_pos")
    order = [*LAYOUT_OF["protomotions"].bodies]
    assert np.abs(found - stored[:, [order.index(name) for name in names]]).max() < CLOSE


def test_a_contradiction_between_layout_and_motion_is_asked_about(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    motion = clips["kimodo_walk"]
    wrong = gmr(motion, [*range(29)]) | {"root_rot": motion.root_quat}
    torch_files.save(tmp_path / "a.pt", {key: value for key, value in wrong.items() if value is not None})
    reading = read_g1_file(tmp_path / "a.pt")
    assert [(choice.name, choice.value) for choice in reading.unsure] == [("quaternion_order", "wxyz")]
    assert str(reading.unsure[0].evidence).startswith("Read as xyzw, the ")
    given = read_g1_file(tmp_path / "a.pt", ReadingChoices(quaternion_order="wxyz"))
    assert not given.unsure
    assert np.allclose(given.motion.root_quat, motion.root_quat)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize(
    ("joints", "order", "doubted"), [("29dof", "isaac", "joint_order"), ("23dof", "mujoco", "joints")]
)
def test_joints_that_contradict_a_layout_are_asked_about(
    clips: dict[str, G1Motion], tmp_path: Path, clip: str, joints: Variant, order: JointOrder, doubted: str
) -> None:
    motion = on_variant(clips[clip], joints)
    columns = [motion.model.joint_names.index(name) for name in joint_names(joints, order)]
    content = gmr(clips[clip], [*range(29)]) | {"dof_pos": motion.dof_pos[:, columns]}
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(content))
    reading = read_g1_file(tmp_path / "a.pkl")
    answer = joints if doubted == "joints" else order
    assert (doubted, answer) in {(choice.name, choice.value) for choice in reading.unsure}
    given = read_g1_file(tmp_path / "a.pkl", ReadingChoices(**{doubted: answer}))
    assert not given.unsure
    assert np.allclose(on_variant(given.motion, joints).dof_pos, motion.dof_pos)


def test_calm_arms_tell_which_23_joints_a_robot_has(tmp_path: Path) -> None:
    """Both robots stay within their limits and out of themselves, whichever one the file is read as."""
    for variant in ("23dof", "23dof_without_wrists"):
        motion = on_variant(weight_shift(), variant)
        content = {"fps": motion.fps, "root_pos": motion.root_pos, "dof_pos": motion.dof_pos}
        content["root_rot"] = motion.root_quat[:, [1, 2, 3, 0]]
        (tmp_path / "a.pkl").write_bytes(pickle.dumps(content))
        (joints, *_) = read_g1_file(tmp_path / "a.pkl").choices
        # the layout's robot, which is TWIST's, isn't asked about
        assert (joints.value, joints.sure) == (variant, variant == "23dof_without_wrists")
        np.savez(tmp_path / "a.npz", **content)
        (joints, *_) = read_g1_file(tmp_path / "a.npz").choices
        assert joints.value == variant


@pytest.mark.parametrize("clip", ["kimodo_walk", "kimodo_dance"])
def test_quaternions_of_a_robot_that_stands_either_way_are_asked_about(
    clips: dict[str, G1Motion], tmp_path: Path, clip: str
) -> None:
    motion = clips[clip]
    pelvis = {"body_pos_w": motion.root_pos[:, None], "body_quat_w": motion.root_quat[:, None, [1, 2, 3, 0]]}
    np.savez(tmp_path / "a.npz", joint_pos=motion.dof_pos, fps=30, **pelvis)
    reading = read_g1_file(tmp_path / "a.npz")
    assert "quaternion_order" in {choice.name for choice in reading.unsure}
    # with the scalar first, which its layout says, the same file isn't
    np.savez(
        tmp_path / "a.npz", joint_pos=motion.dof_pos, fps=30, **pelvis | {"body_quat_w": motion.root_quat[:, None]}
    )
    assert not read_g1_file(tmp_path / "a.npz").unsure


def test_a_wrong_order_that_is_given_is_used_and_told(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    content = gmr(clips["kimodo_walk"], [*range(29)])
    torch_files.save(tmp_path / "a.pt", {key: value for key, value in content.items() if value is not None})
    wrong, right = (read_g1_file(tmp_path / "a.pt", ReadingChoices(quaternion_order=order)) for order in QUATERNIONS)
    assert not np.allclose(wrong.motion.root_quat, clips["kimodo_walk"].root_quat, atol=0.1)
    assert [str(note) for note in wrong.notes if "xyzw" in str(note)] == [
        "The order of quaternions is read as wxyz, as you chose; xyzw would fit the file better."
    ]
    assert not any("you chose" in str(note) for note in right.notes)


@pytest.mark.parametrize("clip", CLIPS)
def test_another_robot_that_is_given_is_told_by_limits_and_floor(
    clips: dict[str, G1Motion], tmp_path: Path, clip: str
) -> None:
    motion = on_variant(clips[clip], "23dof")
    columns = motion.root_pos, motion.root_quat[:, [1, 2, 3, 0]], motion.dof_pos
    np.savetxt(tmp_path / "a.csv", np.hstack(columns)[:25], "%.7f", ",")
    wrong = read_g1_file(tmp_path / "a.csv", ReadingChoices(joints="booster_t1"))
    assert wrong.motion.variant == "booster_t1"
    (told,) = (str(note) for note in wrong.notes if "you chose" in str(note))
    assert told.startswith("The set of joints is read as Booster T1, as you chose; Unitree's 23 joints")
    right = read_g1_file(tmp_path / "a.csv", ReadingChoices(joints="23dof"))
    assert not any("you chose" in str(note) for note in right.notes)


def test_joints_that_are_given_against_the_file_s_names_are_told(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    motion = on_variant(clips["kimodo_walk"], "23dof")
    write_g1_file(tmp_path / "a.npz", motion, "MJLAB_NPZ")
    wrong, right = (
        read_g1_file(tmp_path / "a.npz", ReadingChoices(joints=joints)) for joints in ("booster_t1", "23dof")
    )
    assert [str(note) for note in wrong.notes if "you chose" in str(note)] == [
        "The set of joints is read as Booster T1, as you chose; its own names would fit the file better."
    ]
    assert not any("you chose" in str(note) for note in right.notes)


def test_degrees_in_a_layout_of_radians_are_recognised(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    motion = clips["kimodo_dance"]
    content = gmr(motion, [*range(29)]) | {"dof_pos": np.degrees(motion.dof_pos)}
    torch_files.save(tmp_path / "a.pt", {key: value for key, value in content.items() if value is not None})
    assert np.allclose(read_g1_file(tmp_path / "a.pt").motion.dof_pos, motion.dof_pos)


def test_a_layout_can_be_named(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    motion = clips["kimodo_walk"]
    written = WRITERS["g1-moves"][2](tmp_path, motion)
    mine = written.rename(tmp_path / "mine.csv")
    assert [choice.name for choice in read_g1_file(mine).unsure] == ["fps"]
    named = read_g1_file(mine, ReadingChoices(file_layout="g1_moves"))
    assert not named.unsure
    assert named.motion.fps == 60
    with pytest.raises(Fault, match=r"not of the layout of MimicKit: it lacks frames"):
        read_g1_file(WRITERS["GMR"][2](tmp_path, motion), ReadingChoices(file_layout="mimickit"))


def test_sets_say_their_motions_and_give_each(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    walk, dance = clips["kimodo_walk"], clips["kimodo_dance"]
    names, pos, _ = bodies(walk)
    assert len(names) == pos.shape[1]
    parts = [(np.hstack([one.root_pos, one.root_quat, one.dof_pos])) for one in (walk, dance)]
    joints = np.array([f"joint{index}" for index in range(30)])
    arrays = {"qpos": np.concatenate(parts), "qvel": np.zeros((300, 35)), "joint_names": joints, "frequency": 30.0}
    np.savez(tmp_path / "a.npz", split_points=np.array([0, 150, 300]), **arrays)
    with pytest.raises(Several) as several:
        read_g1_file(tmp_path / "a.npz")
    assert several.value.motions == ("1", "2")
    read = read_g1_file(tmp_path / "a.npz", ReadingChoices(motion="2")).motion
    assert np.allclose(read.dof_pos, dance.dof_pos)
    torch_files.save(tmp_path / "a.pt", {"walk": tensors(walk), "dance": tensors(dance)})
    with pytest.raises(Several) as several:
        read_g1_file(tmp_path / "a.pt")
    assert several.value.motions == ("walk", "dance")
    read = read_g1_file(tmp_path / "a.pt", ReadingChoices(motion="dance")).motion
    assert np.allclose(read.dof_pos, dance.dof_pos)


def test_tables_by_name_and_motions_along_an_axis_are_sets(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    walk, dance = clips["kimodo_walk"], clips["kimodo_dance"]
    tables = [np.hstack([one.root_pos, one.root_quat, one.dof_pos]) for one in (walk, dance)]
    np.savez(tmp_path / "tables.npz", walk=tables[0], dance=tables[1])
    (tmp_path / "list.pkl").write_bytes(pickle.dumps(tables))
    np.save(tmp_path / "batch.npy", np.stack(tables))
    parts = [(one.root_pos, one.root_quat, one.dof_pos) for one in (walk, dance)]
    named = dict(zip(("root_pos", "root_quat", "dof_pos"), map(np.stack, zip(*parts, strict=True)), strict=True))
    np.savez(tmp_path / "batch.npz", fps=30, **named)
    for name, names in {
        "tables.npz": ("walk", "dance"),
        "list.pkl": ("1", "2"),
        "batch.npy": ("1", "2"),
        "batch.npz": ("1", "2"),
    }.items():
        with pytest.raises(Several) as several:
            read_g1_file(tmp_path / name)
        assert several.value.motions == names
        read = read_g1_file(tmp_path / name, ReadingChoices(motion=names[1])).motion
        assert np.allclose(read.dof_pos, dance.dof_pos)
        assert np.allclose(read.root_pos, dance.root_pos)


def test_times_of_another_rate_than_the_file_s_are_told(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    motion = clips["kimodo_walk"]
    arrays = {"root_pos": motion.root_pos, "root_quat": motion.root_quat, "joint_pos": motion.dof_pos}
    for fps, said in ((50, 1), (30, 0)):
        np.savez(tmp_path / "a.npz", fps=fps, time=np.arange(150) / 30, **arrays)
        reading = read_g1_file(tmp_path / "a.npz")
        assert reading.motion.fps == fps
        notes = [str(note) for note in reading.notes]
        assert notes.count("Ignored: the times, which tell 30 frames per second.") == said


@pytest.mark.parametrize("prefixes", [("robot_", "ref_"), ("pred_g1_state/", "target_g1_state/")])
def test_two_whole_motions_in_names_are_a_set(
    clips: dict[str, G1Motion], tmp_path: Path, prefixes: tuple[str, str]
) -> None:
    motion = clips["kimodo_walk"]
    arrays = {"root_pos": motion.root_pos, "root_quat": motion.root_quat, "joint_pos": motion.dof_pos}
    named: dict[str, np.ndarray] = {}
    for words, factor in zip(prefixes, (0.9, 1.0), strict=True):
        named |= {words + name: array * (factor if name == "joint_pos" else 1.0) for name, array in arrays.items()}
    np.savez(tmp_path / "a.npz", fps=30, **named)
    with pytest.raises(Several) as several:
        read_g1_file(tmp_path / "a.npz")
    assert several.value.motions == tuple(f"{words}joint_pos" for words in prefixes)
    for name, factor in zip(several.value.motions, (0.9, 1.0), strict=True):
        read = read_g1_file(tmp_path / "a.npz", ReadingChoices(motion=name)).motion
        assert np.allclose(read.dof_pos, motion.dof_pos * factor)


def test_a_dict_of_joints_alone_is_no_table(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    motion = clips["kimodo_walk"]
    joints = dict(zip(motion.model.joint_names, motion.dof_pos.T, strict=True))
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(joints))
    with pytest.raises(Fault, match="contains no position of the pelvis"):
        read_g1_file(tmp_path / "a.pkl")


def tensors(motion: G1Motion) -> dict[str, object]:
    return {key: value for key, value in gmr(motion, [*range(29)]).items() if value is not None}


def test_joints_of_hands_after_all_others_are_recognised(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    motion = clips["kimodo_dance"]
    of_hands = [joint for joint in g1_variant("43dof_with_hands").joints if "_hand_" in joint.name]
    hands = np.linspace(0.0, 0.4, 150)[:, None] * [sum(joint.range) for joint in of_hands]
    table = [motion.root_pos, motion.root_quat[:, [1, 2, 3, 0]], motion.dof_pos, hands]
    np.savetxt(tmp_path / "walk_30hz.csv", np.hstack(table), "%.7f", ",")
    arrays = {"root_pos": motion.root_pos, "root_quat": motion.root_quat, "fps": 30}
    np.savez(tmp_path / "a.npz", joint_pos=np.hstack(table[2:]), **arrays)
    for name in ("walk_30hz.csv", "a.npz"):
        reading = read_g1_file(tmp_path / name)
        assert not reading.unsure
        joints = reading.motion.model.joint_names
        body = [joints.index(joint) for joint in motion.model.joint_names]
        assert np.allclose(reading.motion.dof_pos[:, body], motion.dof_pos, atol=1e-6)
        assert np.allclose(np.delete(reading.motion.dof_pos, body, axis=1), hands, atol=1e-6)


@pytest.mark.parametrize("columns", [36, 43])
def test_a_single_array_is_read_as_a_table(clips: dict[str, G1Motion], tmp_path: Path, columns: int) -> None:
    motion = clips["kimodo_walk"]
    box = np.tile([0.5, 0.5, 0.2, 1.0, 0.0, 0.0, 0.0], (150, 1))[:, : columns - 36]
    np.save(tmp_path / "a.npy", np.hstack([motion.root_pos, motion.root_quat, motion.dof_pos, box]))
    reading = read_g1_file(tmp_path / "a.npy")
    assert [choice.name for choice in reading.unsure] == ["fps"]
    assert np.allclose(reading.motion.dof_pos, motion.dof_pos)
    assert np.allclose(reading.motion.root_quat, motion.root_quat)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"q_pelvis_tx": np.zeros(5)}, "LocoMuJoCo's earlier layout"),
        ({"posed_joints": np.zeros((5, 34, 3)), "root_positions": np.zeros((5, 3))}, "choose the CSV beside it"),
        ({"poses": np.zeros((5, 156)), "trans": np.zeros((5, 3))}, "a human's motion"),
        ({"body_pose": np.zeros((5, 63)), "global_orient": np.zeros((5, 3))}, "a human's motion"),
        ({"pose_world": np.zeros((5, 72)), "betas": np.zeros((5, 10))}, "a human's motion"),
        ({"pose_landmarks/x": np.zeros((5, 33))}, "motion as points of a body"),
        ({"joint_positions": np.zeros((5, 32, 3))}, "motion as points of a body"),
        ({"qpos": np.zeros((5, 263))}, "the features of HumanML3D"),
    ],
)
def test_files_of_others_are_named_as_what_they_are(tmp_path: Path, arrays: dict[str, np.ndarray], says: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(Fault, match=says):
        read_g1_file(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"ctorch\nFloatStorage", b"cposix\nsystem", "could run any code"),
        (b"ctorch._utils\n_rebuild_tensor_v2", b"ctorch._utils\n_rebuild_wrapper", "could run any code"),
        (b"collections\nOrderedDict", b"builtins\neval", "could run any code"),
        (b"X\x07\x00\x00\x00storage", b"X\x07\x00\x00\x00another", "damaged"),
        (b"J\x03\x00\x00\x00(J\x05", b"J\x04\x00\x00\x00(J\x05", "damaged"),  # the view ends after its storage
        (b"J\x03\x00\x00\x00(J\x05", b"J\xff\xff\xff\xff(J\x05", "damaged"),  # and begins before it
        (
            b"(J\x05\x00\x00\x00J\x1d\x00\x00\x00t(J\x01\x00\x00\x00",
            b"(J\x00\x00\x00\x40J\x1d\x00\x00\x00t(J\x00\x00\x00\x00",
            "damaged",
        ),  # one row is to be 2^30 of them
    ],
)
def test_hostile_files_of_pytorchs_are_refused(tmp_path: Path, old: bytes, new: bytes, says: str) -> None:
    path = tmp_path / "a.pt"
    torch_files.save(path, {"dof_pos": np.zeros((5, 29), np.float32)})
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    changed = files["archive/data.pkl"].replace(old, new)
    assert changed != files["archive/data.pkl"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (files | {"archive/data.pkl": changed}).items():
            archive.writestr(name, data)
    with pytest.raises(Fault, match=says):
        read_g1_file(path)


@pytest.mark.parametrize("shape", [(0, 2), (150, 0)])
def test_an_empty_tensor_beside_a_motion_is_no_damage(
    clips: dict[str, G1Motion], tmp_path: Path, shape: tuple[int, int]
) -> None:
    motion = clips["kimodo_dance"]
    torch_files.save(tmp_path / "a.pt", {**tensors(motion), "contacts": np.zeros(shape, np.float32)})
    assert np.allclose(read_g1_file(tmp_path / "a.pt").motion.dof_pos, motion.dof_pos, atol=1e-6)


@pytest.mark.parametrize(
    ("robot", "joints"),
    [
        ("Booster K1", ["AAHead_yaw", "Head_pitch", "ALeft_Shoulder_Pitch", "Left_Knee_Pitch"]),
        ("Fourier N1", ["left_shoulder_yaw_joint", "left_knee_pitch_joint", "waist_yaw_joint"]),
        ("Unitree H1_2", ["left_ankle_roll_joint", "torso_joint", "left_wrist_roll_joint"]),
    ],
)
def test_a_motion_of_another_robot_is_named_as_that_robot_s(tmp_path: Path, robot: str, joints: list[str]) -> None:
    angles = np.zeros((5, len(joints)))
    root = {"root_pos": np.zeros((5, 3)), "root_rot": np.tile([1.0, 0.0, 0.0, 0.0], (5, 1))}
    np.savez(tmp_path / "a.npz", joint_pos=angles, joint_names=np.array(joints), fps=50, **root)
    columns = [*(f"root_pos_{axis}" for axis in "xyz"), *(f"root_rot_{axis}" for axis in "xyzw"), *joints]
    table = np.hstack([root["root_pos"], root["root_rot"], angles])
    np.savetxt(tmp_path / "a.csv", table, delimiter=",", header=",".join(columns), comments="")
    for name in ("a.npz", "a.csv"):
        with pytest.raises(Fault, match=robot):
            read_g1_file(tmp_path / name)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (
            ["hip.pitch.l", "knee.pitch.l", "arm.yaw.r", "hand.roll.l", "head.pitch", "waist.yaw"],
            "names 4 joints that no robot here has",
        ),
        (["left_hip_pitch", "left_knee", *(f"left_joint{n}_dof" for n in range(1, 8))], "names 7 joints that no robot"),
        (["left_wrist_yaw_joint", "waist_roll_joint", "head_yaw_joint", "head_pitch_joint"], "Unitree H2 or AgiBot X2"),
        ([f"jpos_obs_{joint}" for joint in range(29)], "names its joints, but not the position's x of the pelvis"),
    ],
)
def test_a_table_with_names_of_other_joints_is_refused(tmp_path: Path, names: list[str], says: str) -> None:
    header = [*(f"quat_{axis}" for axis in "wxyz"), *names, *(f"extra_{n}" for n in range(32 - len(names)))]
    np.savetxt(tmp_path / "a.csv", np.zeros((5, 36)), delimiter=",", header=",".join(header), comments="")
    with pytest.raises(Fault, match=says):
        read_g1_file(tmp_path / "a.csv")


def test_an_npz_with_names_of_other_joints_is_refused(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    motion = clips["kimodo_walk"]
    names = [*motion.model.joint_names[:20], *(f"arm_{number}" for number in range(9))]
    root = {"root_pos": motion.root_pos, "root_quat": motion.root_quat, "fps": 30}
    np.savez(tmp_path / "a.npz", joint_pos=motion.dof_pos, joint_names=np.array(names), **root)
    with pytest.raises(Fault, match="names 9 joints that no robot here has"):
        read_g1_file(tmp_path / "a.npz")


def test_a_table_without_a_pelvis_is_told(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    np.savetxt(tmp_path / "a.csv", clips["kimodo_walk"].dof_pos, "%.6f", ",")
    with pytest.raises(Fault, match="29 columns: a robot's joints, but no pelvis"):
        read_g1_file(tmp_path / "a.csv")


@pytest.mark.parametrize("clip", CLIPS)
def test_right_limbs_before_left_ones_are_asked_about(clips: dict[str, G1Motion], tmp_path: Path, clip: str) -> None:
    motion = clips[clip]
    order = [*range(6, 12), *range(6), *range(12, 15), *range(22, 29), *range(15, 22)]
    table = motion.root_pos, motion.root_quat[:, [1, 2, 3, 0]], motion.dof_pos[:, order]
    np.savetxt(tmp_path / "walk_30hz.csv", np.hstack(table), "%.7f", ",")
    choices = {choice.name: choice for choice in read_g1_file(tmp_path / "walk_30hz.csv").unsure}
    assert "better with left and right swapped" in str(choices["joint_order"].evidence)


def test_an_order_of_joints_that_nobody_knows_is_asked_about(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    motion = clips["kimodo_walk"]
    order = [*range(15), *range(21, 14, -1), *range(28, 21, -1)]  # the arms from wrist to shoulder
    table = motion.root_pos, motion.root_quat[:, [1, 2, 3, 0]], motion.dof_pos[:, order]
    np.savetxt(tmp_path / "walk_30hz.csv", np.hstack(table), "%.7f", ",")
    choices = {choice.name: choice for choice in read_g1_file(tmp_path / "walk_30hz.csv").unsure}
    assert "as with joints in another order" in str(choices["joints"].evidence)


@pytest.mark.long
@pytest.mark.slow_cases
@pytest.mark.parametrize("name", ["crawl", "roll", "get_up"])
def test_a_robot_on_the_ground_is_read_without_a_question(tmp_path: Path, name: str) -> None:
    clip = floor_clip(name).clip
    motion = retargeted_to_g1(clip, detect_bones(clip.skeleton)).motion
    arrays = {"root_pos": motion.root_pos, "dof_pos": motion.dof_pos, "fps": motion.fps}
    np.savez(tmp_path / "a.npz", root_rot=motion.root_quat[:, [1, 2, 3, 0]], **arrays)
    np.savetxt(tmp_path / "a_30hz.csv", np.hstack([motion.root_pos, motion.root_quat, motion.dof_pos]), "%.7f", ",")
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(gmr(motion, [*range(29)])))
    for file in ("a.npz", "a_30hz.csv", "a.pkl"):
        reading = read_g1_file(tmp_path / file)
        assert not reading.unsure
        check_poses(reading.motion, motion, 30)
    # against its layout, which was followed without a word
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(gmr(motion, [*range(29)]) | {"root_rot": motion.root_quat}))
    assert [choice.name for choice in read_g1_file(tmp_path / "a.pkl").unsure] == ["quaternion_order"]


def test_a_robot_with_longer_legs_is_asked_about(clips: dict[str, G1Motion], tmp_path: Path) -> None:
    motion = clips["kimodo_walk"]
    pelvis = motion.root_pos + np.array([0.0, 0.0, 0.2]), motion.root_quat[:, [1, 2, 3, 0]]
    np.savetxt(tmp_path / "dance1_subject2.csv", np.hstack([*pelvis, motion.dof_pos]), "%.7f", ",")
    reading = read_g1_file(tmp_path / "dance1_subject2.csv")
    (choice,) = reading.unsure
    assert choice.name == "joints"
    assert "cm or more above the ground" in str(choice.evidence)
    assert not read_g1_file(tmp_path / "dance1_subject2.csv", ReadingChoices(joints="29dof")).unsure


@pytest.mark.parametrize(("count", "robot"), [(22, "Booster K1"), (24, "Unitree R1")])
def test_as_many_joints_as_another_robot_has_are_named_as_its(tmp_path: Path, count: int, robot: str) -> None:
    pose = {"root_trans": np.zeros((5, 3)), "root_ori": np.tile([0.0, 0.0, 0.0, 1.0], (5, 1))}
    content = pose | {"dof_pos": np.zeros((5, count)), "fps": 30}
    np.save(tmp_path / "a.npy", content, allow_pickle=True)
    np.savetxt(tmp_path / "dance1_subject1.csv", np.hstack([*pose.values(), content["dof_pos"]]), delimiter=",")
    for name in ("a.npy", "dance1_subject1.csv"):
        with pytest.raises(Fault, match=f"{count} joints a frame, as a {robot}"):
            read_g1_file(tmp_path / name)


STANDING = {"root_pos": np.tile([0.0, 0.0, 0.66], (20, 1)), "root_rot": np.tile([0.0, 0.0, 0.0, 1.0], (20, 1))}


def test_another_robot_with_as_many_joints_as_a_layouts_g1_is_recognised(tmp_path: Path) -> None:
    angles = np.zeros((20, 23))
    angles[:, [3, 7]] = -1.35, 1.35  # a Booster T1 stands with its arms down: its shoulders are where a G1 has a knee
    torch_files.save(tmp_path / "a.pt", STANDING | {"dof_pos": angles, "fps": 30})
    reading = read_g1_file(tmp_path / "a.pt")
    assert not reading.unsure
    assert reading.motion.variant == "booster_t1"


def test_joints_of_another_robot_with_as_many_are_asked_about(tmp_path: Path) -> None:
    angles = np.zeros((20, 27))
    angles[:, [2, 5, 9, 14]] = -3.0, 1.5, -2.4, 3.0  # of no robot that has a table
    torch_files.save(tmp_path / "a.pt", STANDING | {"dof_pos": angles, "fps": 30})
    reading = read_g1_file(tmp_path / "a.pt")
    assert "joints" in {choice.name for choice in reading.unsure}
    assert any("as of another robot" in choice.evidence for choice in reading.unsure)
