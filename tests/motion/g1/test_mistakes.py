"""A file of a known layout whose numbers mean something else than they say is asked about, and no sound file is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.g1.layouts import LAYOUT_OF
from aimocap_blender.motion.g1.motion import read_g1_motion
from aimocap_blender.motion.g1.reading import G1Reading, interpreted
from aimocap_blender.motion.g1.source import G1Source
from tests.media.g1_files import JOINTS
from tests.media.g1_mjcf import mujoco_poses

CLIPS = ("kimodo_walk", "kimodo_wave", "kimodo_dance", "asap_CR7_level2", "g1moves_B_BowKarate")
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]
MIRROR = np.array([1.0, -1.0, 1.0])
OF_MJLAB = {"hip_pitch": -0.312, "knee": 0.669, "ankle_pitch": -0.363, "elbow": 0.6, "shoulder_pitch": 0.2}
"""Parts of joints' names → their angles in mjlab's `KNEES_BENT_KEYFRAME`, but for the shoulders' rolls."""


@pytest.fixture(scope="module")
def clips(shared_data: Path) -> dict[str, Arrays]:
    motions = {clip: read_g1_motion(shared_data / "g1" / f"{clip}.json") for clip in CLIPS}
    return {clip: (motion.root_pos, motion.root_quat, motion.dof_pos) for clip, motion in motions.items()}


def as_gmr(pos: np.ndarray, quat: np.ndarray, dof: np.ndarray) -> G1Reading:
    """Read as GMR's pickle, whose layout says everything."""
    return interpreted(G1Source("pickle", pos, quat[:, [1, 2, 3, 0]], dof, fps=30.0, layout=LAYOUT_OF["gmr"]))


def with_columns(dof: np.ndarray, *spans: range) -> np.ndarray:
    return dof[:, [column for span in spans for column in span]]


def relative(dof: np.ndarray) -> np.ndarray:
    pose = np.zeros(29)
    for part, angle in OF_MJLAB.items():
        pose[[part in joint for joint in JOINTS]] = angle
    return dof - pose


LEFT, RIGHT, WAIST, LEFT_ARM, RIGHT_ARM = range(6), range(6, 12), range(12, 15), range(15, 22), range(22, 29)
MISTAKES: dict[str, tuple[str, str, str, Callable[[Arrays], Arrays]]] = {
    "relative to a default pose": (
        "kimodo_walk",
        "angle_unit",
        "default pose of BeyondMimic and mjlab added",
        lambda a: (a[0], a[1], relative(a[2])),
    ),
    "left and right swapped": (
        "kimodo_walk",
        "joint_order",
        "left and right swapped",
        lambda a: (a[0], a[1], with_columns(a[2], RIGHT, LEFT, WAIST, RIGHT_ARM, LEFT_ARM)),
    ),
    "waist first": (
        "kimodo_walk",
        "joint_order",
        "those of the waist come before those of the legs",
        lambda a: (a[0], a[1], with_columns(a[2], WAIST, LEFT, RIGHT, LEFT_ARM, RIGHT_ARM)),
    ),
    "waist last": (
        "kimodo_dance",
        "joint_order",
        "those of the arms come before those of the waist",
        lambda a: (a[0], a[1], with_columns(a[2], LEFT, RIGHT, LEFT_ARM, RIGHT_ARM, WAIST)),
    ),
    "Y the other way": (
        "kimodo_dance",
        "quaternion_order",
        "in a mirrored world",
        lambda a: (a[0] * MIRROR, a[1], a[2]),
    ),
    "a left-handed world": (
        "kimodo_walk",
        "quaternion_order",
        "in a mirrored world",
        lambda a: (a[0] * MIRROR, a[1] * [1.0, -1.0, 1.0, -1.0], a[2]),
    ),
    "positions of a turned world": (
        "kimodo_walk",
        "quaternion_order",
        "moves another way than it faces",
        lambda a: (np.stack([-a[0][:, 1], a[0][:, 0], a[0][:, 2]], axis=1), a[1], a[2]),
    ),
    "inverted rotations": (
        "asap_CR7_level2",
        "quaternion_order",
        "rotations inverted",
        lambda a: (a[0], a[1] * [1.0, -1.0, -1.0, -1.0], a[2]),
    ),
    "quaternions in the other order": (
        "kimodo_walk",
        "quaternion_order",
        "quaternions in the other order",
        lambda a: (a[0], a[1][:, [3, 0, 1, 2]], a[2]),
    ),
    "heights above a standing pelvis": (
        "kimodo_dance",
        "length_unit",
        "m under the ground",
        lambda a: (a[0] - [0.0, 0.0, 0.79], a[1], a[2]),
    ),
    "velocities in place of positions": (
        "kimodo_walk",
        "length_unit",
        "m under the ground",
        lambda a: (np.gradient(a[0], axis=0) * 30.0, a[1], a[2]),
    ),
    "velocities in place of angles": (
        "kimodo_wave",
        "angle_unit",
        "as velocities would be",
        lambda a: (a[0], a[1], np.gradient(a[2], axis=0) * 30.0),
    ),
    "centimetres in a crawl": (
        "kimodo_dance",
        "joints",
        "above the ground",
        lambda a: (a[0] * 100.0, lying(a[1]), a[2]),
    ),
}
"""A mistake → the clip, the choice that is asked about, what is said, and what makes it."""


def lying(quat: np.ndarray) -> np.ndarray:
    """Turned by a right angle about Y: face down."""
    w, x, y, z = quat.T * np.sqrt(0.5)
    return np.stack([w - y, x + z, y + w, z - x], axis=1)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_known_layout_is_asked_about(clips: dict[str, Arrays], mistake: str) -> None:
    clip, name, says, spoil = MISTAKES[mistake]
    reading = as_gmr(*spoil(clips[clip]))
    asked = {choice.name: str(choice.evidence) for choice in reading.unsure}
    assert says in asked.get(name, f"only {asked}")


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("frames", [60, 10_000])
def test_sound_motion_of_a_known_layout_is_not_asked_about(clips: dict[str, Arrays], clip: str, frames: int) -> None:
    pos, quat, dof = clips[clip]
    for start in range(0, max(1, min(len(pos), 600) - frames + 1), frames):
        piece = slice(start, start + frames)
        assert not as_gmr(pos[piece], quat[piece], dof[piece]).unsure, start


@pytest.mark.parametrize("axes", ["yaw, pitch, roll", "roll, pitch, yaw"])
def test_a_waist_in_another_order_that_bends_the_torso_aside_is_asked_about(
    clips: dict[str, Arrays], axes: str
) -> None:
    pos, quat, dof = clips["kimodo_dance"]
    waist = [JOINTS.index(f"waist_{axis}_joint") for axis in axes.split(", ")]
    columns = [*LEFT, *RIGHT, *waist, *LEFT_ARM, *RIGHT_ARM]
    (choice,) = as_gmr(pos, quat, dof[:, columns]).unsure
    assert (choice.name, f"in the order {axes} than" in str(choice.evidence)) == ("joint_order", True)


@pytest.mark.parametrize("columns", [[*RIGHT, *LEFT], [*LEFT, *RIGHT]], ids=["left and right swapped", "as they are"])
def test_bodies_elsewhere_are_asked_about_even_if_joints_are_named(
    clips: dict[str, Arrays], columns: list[int]
) -> None:
    pos, quat, dof = (array[:60] for array in clips["kimodo_walk"])
    names, bodies, _ = mujoco_poses(pos, quat, dof)
    source = G1Source(
        "npz",
        pos,
        quat,
        dof[:, [*columns, *range(12, 29)]],
        joints=JOINTS,
        fps=30.0,
        body_pos=bodies,
        bodies=tuple(names),
        layout=LAYOUT_OF["holosoma"],
    )
    said = [
        (choice.name, "from where the file has them" in str(choice.evidence)) for choice in interpreted(source).unsure
    ]
    assert said == ([("angle_unit", True)] if columns[0] else [])


def test_a_g1_in_another_order_does_not_pass_for_a_t1(clips: dict[str, Arrays]) -> None:
    pos, quat, dof = clips["kimodo_dance"]
    columns = with_columns(dof, WAIST, LEFT_ARM, RIGHT_ARM, LEFT, RIGHT)
    (choice,) = as_gmr(pos, quat, columns).unsure
    assert (choice.name, "fit a G1 as well" in str(choice.evidence)) == ("joints", True)
