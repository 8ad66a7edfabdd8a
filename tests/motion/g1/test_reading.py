"""However a file is written, its motion is recognised, or what can't be told is asked; it is never wrong in silence."""

from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aimocap_blender.motion.g1.choices import ReadingChoices
from aimocap_blender.motion.g1.csv_files import parse_g1_csv
from aimocap_blender.motion.g1.motion import read_g1_motion
from aimocap_blender.motion.g1.npz_files import read_g1_npz
from aimocap_blender.motion.g1.reading import G1Reading, interpreted
from aimocap_blender.motion.g1.source import G1Source
from aimocap_blender.texts.faults import Fault
from tests.media.g1_files import COLUMNS, JOINTS, QUATERNIONS, Written
from tests.media.g1_mjcf import degrees_between, mujoco_poses, random_states

CLIPS = ("kimodo_walk", "kimodo_wave", "kimodo_dance", "asap_CR7_level2", "g1moves_B_BowKarate")
NAMES = ("joints", "joint_order", "quaternion_order", "angle_unit", "length_unit")
WAYS = [
    *product(["29dof"], ["mujoco", "isaac"], QUATERNIONS, ["rad", "deg"], ["m"]),
    ("29dof", "isaac", "wxyz", "deg", "cm"),
    ("29dof", "mujoco", "xyzw", "rad", "mm"),
    *product(["23dof", "23dof_without_wrists"], ["mujoco", "isaac"], ["xyzw"], ["rad"], ["m"]),
    ("23dof", "isaac", "wxyz", "deg", "cm"),
    ("23dof_without_wrists", "isaac", "wxyz", "deg", "mm"),
    ("27dof_locked_waist", "mujoco", "xyzw", "rad", "m"),
    ("27dof_locked_waist", "isaac", "wxyz", "deg", "cm"),
]
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def clips(shared_data: Path) -> dict[str, Arrays]:
    motions = {clip: read_g1_motion(shared_data / "g1" / f"{clip}.json") for clip in CLIPS}
    return {clip: (motion.root_pos, motion.root_quat, motion.dof_pos) for clip, motion in motions.items()}


def source_of(written: Written) -> G1Source:
    return G1Source("CSV", written.pos, written.rot, written.angles)


def is_right(reading: G1Reading, arrays: Arrays, written: Written) -> bool:
    motion = reading.motion
    return (
        np.abs(motion.dof_pos - written.dof).max() < 1e-6
        and np.abs(motion.root_pos - arrays[0]).max() < 1e-6
        and degrees_between(motion.root_quat, arrays[1]).max() < 1e-4
    )


def reported(reading: G1Reading, arrays: Arrays, written: Written, way: tuple[str, ...]) -> Counter[str]:
    """Counts of recognized and asked parts of the way; a wrong choice that isn't asked fails."""
    outcome = Counter[str]()
    wrong = False
    for choice in reading.choices:
        if choice.name == "fps":
            continue
        same = choice.value == way[NAMES.index(choice.name)] or "no difference" in choice.evidence
        assert same or not choice.sure, (way, choice)
        assert choice.evidence.endswith(".")
        outcome["known" if choice.sure else "asked"] += 1
        wrong |= not same
    assert wrong or is_right(reading, arrays, written), way
    return outcome


@pytest.mark.slow_cases
@pytest.mark.parametrize("way", WAYS, ids="-".join)
@pytest.mark.parametrize("clip", CLIPS)
def test_real_clips_are_recognised(clips: dict[str, Arrays], clip: str, way: tuple[str, ...]) -> None:
    arrays = clips[clip]
    written = Written(arrays, *way)
    reading = interpreted(source_of(written))
    reported(reading, arrays, written, way)
    asked = {choice.name for choice in reading.unsure}
    assert asked <= ({"fps"} if way[0] == "29dof" else {"fps", "joints"})
    given_kind = interpreted(source_of(written), ReadingChoices(joints=way[0], fps=30.0))
    assert not given_kind.unsure
    assert is_right(given_kind, arrays, written)


@pytest.mark.parametrize("way", [WAYS[0], WAYS[7], WAYS[8], WAYS[-1]], ids="-".join)
def test_files_are_recognised_as_their_numbers_are(
    clips: dict[str, Arrays], tmp_path: Path, way: tuple[str, ...]
) -> None:
    arrays = clips["kimodo_dance"]
    written = Written(arrays, *way)
    table = interpreted(parse_g1_csv(written.csv(";")))
    np.savez(tmp_path / "a.npz", fps=30, root_pos=written.pos, root_rot=written.rot, dof_pos=written.angles)
    archive = interpreted(read_g1_npz(tmp_path / "a.npz"))
    for reading in (table, archive):
        reported(reading, arrays, written, way)
        assert {choice.name for choice in reading.unsure} <= {"fps", "joints"}
    assert archive.motion.fps == 30


@pytest.mark.slow_cases
@pytest.mark.parametrize("frames", [1, 2, 10])
def test_short_pieces_turned_anywhere_are_never_wrong_in_silence(clips: dict[str, Arrays], frames: int) -> None:
    rng = np.random.default_rng(frames)
    outcomes = Counter[str]()
    for clip in rng.choice(CLIPS, 40):
        pos, quat, dof = clips[clip]
        start = rng.integers(len(pos) - frames)
        piece = slice(start, start + frames)
        arrays = (*turned(pos[piece], quat[piece], rng.uniform(-np.pi, np.pi)), dof[piece])
        way = WAYS[rng.integers(len(WAYS))]
        written = Written(arrays, *way)
        outcomes += reported(interpreted(source_of(written)), arrays, written, way)
    assert outcomes["known"] > 3 * outcomes["asked"]


def test_arms_in_the_trunk_do_not_pass_for_other_joints(clips: dict[str, Arrays]) -> None:
    pos, quat, dof = (array[1516:1526] for array in clips["g1moves_B_BowKarate"])
    for way in WAYS:
        written = Written((pos, quat, dof), *way)
        reported(interpreted(source_of(written)), (pos, quat, dof), written, way)


def turned(pos: np.ndarray, quat: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions and quaternions (wxyz) turned about the world's z."""
    cosine, sine = np.cos(angle / 2), np.sin(angle / 2)
    w, x, y, z = quat.T
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    about_z = [cosine * w - sine * z, cosine * x - sine * y, cosine * y + sine * x, cosine * z + sine * w]
    return pos @ turn.T, np.stack(about_z, axis=1)


@pytest.mark.parametrize("frames", [1, 30])
def test_a_robot_that_stands_with_all_angles_0_leaves_only_what_matters_to_be_asked(frames: int) -> None:
    pos = np.tile([0.0, 0.0, 0.79], (frames, 1))
    quat = np.tile([1.0, 0.0, 0.0, 0.0], (frames, 1))
    for way in WAYS[:8]:
        written = Written((pos, quat, np.zeros((frames, 29))), *way)
        reading = interpreted(source_of(written))
        facing = {"quaternion_order"} if way[2] == "xyzw" else set()  # the same numbers as wxyz are half a turn
        assert {choice.name for choice in reading.unsure} == {"fps"} | facing
        assert (reading.motion.dof_pos == 0).all()


@pytest.mark.long
@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(WAYS[:10]))
def test_random_poses_in_random_attitudes_are_asked_about(seed: int, way: tuple[str, ...]) -> None:
    arrays = random_states(20, seed)
    written = Written(arrays, *way)
    reported(interpreted(source_of(written)), arrays, written, way)


@pytest.mark.parametrize("order", ["mujoco", "isaac"])
@pytest.mark.parametrize("named", [False, True])
def test_bodies_in_the_file_decide_even_of_one_random_pose(order: str, named: bool) -> None:
    arrays = random_states(1, seed=8)
    names, positions, _ = mujoco_poses(*arrays)
    columns = [0, *(column + 1 for column in COLUMNS["29dof", order])]
    for quaternion, angle in product(QUATERNIONS, ["rad", "deg"]):
        way = ("29dof", order, quaternion, angle, "cm")
        written = Written(arrays, *way)
        reading = interpreted(
            G1Source(
                "npz",
                written.pos,
                written.rot,
                written.angles,
                fps=50.0,
                body_pos=positions[:, columns] * 100,
                bodies=tuple(names[column] for column in columns) if named else None,
            )
        )
        assert not reading.unsure
        assert reported(reading, arrays, written, way)["known"] == len(NAMES)


def test_each_choice_of_people_goes_before_the_evidence(clips: dict[str, Arrays]) -> None:
    written = Written(clips["kimodo_walk"])
    source = source_of(written)
    for name, value in {
        "joint_order": "isaac",
        "quaternion_order": "wxyz",
        "angle_unit": "deg",
        "length_unit": "mm",
        "fps": 50.0,
    }.items():
        choice = next(c for c in interpreted(source, ReadingChoices(**{name: value})).choices if c.name == name)
        assert (choice.value, choice.sure, choice.evidence) == (value, True, "Chosen by you.")
    chosen = interpreted(source, ReadingChoices("29dof", "isaac", "wxyz", "deg", "mm", 50.0))
    back = np.empty_like(written.angles)
    back[:, COLUMNS["29dof", "isaac"]] = np.radians(written.angles)
    assert chosen.motion.dof_pos == pytest.approx(back)
    assert chosen.motion.root_pos == pytest.approx(written.pos / 1000)
    assert degrees_between(chosen.motion.root_quat, written.rot).max() < 1e-4
    assert chosen.motion.fps == 50


def test_missing_and_removed_joints_are_reported(clips: dict[str, Arrays]) -> None:
    written = Written(clips["kimodo_wave"], "23dof_without_wrists")
    notes = interpreted(source_of(written), ReadingChoices(joints="23dof_without_wrists")).notes
    assert len(notes) == 1
    assert "6 of 29: " in notes[0]
    assert {name for name in JOINTS if name in notes[0]} == {name for name in JOINTS if "wrist" in name}
    full = Written(clips["kimodo_wave"])
    hands = np.concatenate([full.angles[:, :22], np.zeros((150, 7)), full.angles[:, 22:], np.zeros((150, 7))], axis=1)
    reading = interpreted(G1Source("CSV", full.pos, full.rot, hands))
    assert reading.motion.variant == "43dof_with_hands"
    assert (reading.motion.dof_pos == hands).all()
    assert not reading.notes


def test_names_settle_joints_and_angles_about_axes_are_turned_in_turn(clips: dict[str, Arrays]) -> None:
    pos, _, dof = clips["kimodo_walk"]
    degrees = np.random.default_rng(2).uniform(-20, 20, (len(pos), 3))
    source = G1Source("CSV", pos * 100, degrees, np.degrees(dof[:, ::-1]), joints=JOINTS[::-1], fps=120.0)
    reading = interpreted(source)
    assert {choice.name for choice in reading.unsure} <= {"length_unit"}  # it staggers
    assert reading.motion.dof_pos == pytest.approx(dof)
    about = [np.zeros((len(pos), 4)) for _ in range(3)]
    for axis, turn in enumerate(about):
        turn[:, 0], turn[:, axis + 1] = (
            np.cos(np.radians(degrees[:, axis]) / 2),
            np.sin(np.radians(degrees[:, axis]) / 2),
        )
    import mujoco

    for frame in range(0, len(pos), 10):
        first, whole = np.zeros(4), np.zeros(4)
        mujoco.mju_mulQuat(first, about[1][frame], about[0][frame])
        mujoco.mju_mulQuat(whole, about[2][frame], first)
        assert degrees_between(reading.motion.root_quat[frame], whole) < 1e-4


@pytest.mark.parametrize(
    ("change", "chosen", "says"),
    [
        ({"root_rot": np.full((4, 4), 0.6)}, ReadingChoices(), "Frame 0 .* length 1.2"),
        ({"root_rot": np.zeros((4, 4))}, ReadingChoices(), "Frame 0 .* length 0"),
        ({"fps": 0.0}, ReadingChoices(), "fps is 0"),
        ({"fps": float("nan")}, ReadingChoices(), "fps is nan"),
        ({}, ReadingChoices(fps=-1.0), "fps is -1"),
        ({}, ReadingChoices(fps=1e9), "not a valid frame rate"),
        ({}, ReadingChoices(joints="23dof"), "29 joints a frame"),
    ],
)
def test_values_that_make_no_motion_are_refused(change: dict[str, object], chosen: ReadingChoices, says: str) -> None:
    written = Written(random_states(4, seed=1))
    fields = {"root_pos": written.pos, "root_rot": written.rot, "angles": written.angles, **change}
    with pytest.raises(Fault, match=says):
        interpreted(G1Source("CSV", **fields), chosen)
