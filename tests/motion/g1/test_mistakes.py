"""A file of a known layout whose numbers mean something else than they say is asked about, and no sound file is."""

from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.g1.motion import read_g1_motion
from aimocap_blender.motion.g1.reading import interpreted
from tests.media.g1_mistakes import MISTAKES, Arrays, as_gmr, sources

CLIPS = ("kimodo_walk", "kimodo_wave", "kimodo_dance", "asap_CR7_level2", "g1moves_B_BowKarate")
ASKED = {
    "relative to mjlab's default pose": ("kimodo_walk", "angle_unit", "pose of BeyondMimic and mjlab added"),
    "relative to Unitree RL Gym's": ("asap_CR7_level2", "angle_unit", "pose of Unitree RL Gym added"),
    "left and right swapped": ("kimodo_walk", "joint_order", "left and right swapped"),
    "waist first": ("kimodo_walk", "joint_order", "those of the waist come before those of the legs"),
    "waist last": ("kimodo_dance", "joint_order", "those of the arms come before those of the waist"),
    "ankles: roll, pitch": ("kimodo_walk", "joint_order", "each ankle's roll before its pitch"),
    "waist: yaw, pitch, roll": ("kimodo_dance", "joint_order", "in the order yaw, pitch, roll than"),
    "waist: roll, pitch, yaw": ("kimodo_dance", "joint_order", "in the order roll, pitch, yaw than"),
    "Y the other way": ("kimodo_dance", "quaternion_order", "in a mirrored world"),
    "a left-handed world": ("kimodo_walk", "quaternion_order", "in a mirrored world"),
    "positions of a turned world": ("kimodo_walk", "quaternion_order", "moves another way than it faces"),
    "inverted rotations": ("asap_CR7_level2", "quaternion_order", "rotations inverted"),
    "quaternions in the other order": ("kimodo_walk", "quaternion_order", "Read as xyzw, the robot would be on the"),
    "heights above a standing pelvis": ("kimodo_dance", "length_unit", "m under the ground"),
    "velocities in place of positions": ("kimodo_walk", "length_unit", "m under the ground"),
    "velocities in place of angles": ("kimodo_wave", "angle_unit", "as velocities would be"),
    "centimetres in a crawl": ("kimodo_dance", "joints", "above the ground"),
}
"""Mistake → clip, the choice that is asked about, and what is said."""


@pytest.fixture(scope="module")
def clips(shared_data: Path) -> dict[str, Arrays]:
    motions = {clip: read_g1_motion(shared_data / "g1" / f"{clip}.json") for clip in CLIPS}
    return {clip: (motion.root_pos, motion.root_quat, motion.dof_pos) for clip, motion in motions.items()}


@pytest.mark.parametrize("mistake", ASKED)
def test_a_mistake_in_a_known_layout_is_asked_about(clips: dict[str, Arrays], mistake: str) -> None:
    clip, name, says = ASKED[mistake]
    reading = interpreted(as_gmr(MISTAKES[mistake](clips[clip])))
    asked = {choice.name: str(choice.evidence) for choice in reading.unsure}
    assert says in asked.get(name, f"only {asked}")


@pytest.mark.parametrize("clip", CLIPS)
def test_names_of_joints_may_be_of_the_other_side(clips: dict[str, Arrays], clip: str) -> None:
    sound = clips[clip]
    (choice,) = interpreted(dict(sources(MISTAKES["left and right swapped"](sound), sound))["named"]).unsure
    assert (choice.name, "left and right swapped" in str(choice.evidence)) == ("angle_unit", True)
    assert not interpreted(dict(sources(sound, sound))["named"]).unsure


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("frames", [60, 10_000])
def test_sound_motion_of_a_known_layout_is_not_asked_about(clips: dict[str, Arrays], clip: str, frames: int) -> None:
    pos, quat, dof = clips[clip]
    for start in range(0, max(1, min(len(pos), 600) - frames + 1), frames):
        piece = slice(start, start + frames)
        assert not interpreted(as_gmr((pos[piece], quat[piece], dof[piece]))).unsure, start


@pytest.mark.parametrize("mistake", ["waist: pitch, yaw, roll", None])
def test_bodies_elsewhere_are_asked_about_even_if_joints_are_named(
    clips: dict[str, Arrays], mistake: str | None
) -> None:
    pos, quat, dof = (array[:60] for array in clips["kimodo_dance"])
    sound = pos, quat, dof
    source = dict(sources(MISTAKES[mistake](sound) if mistake else sound, sound))["with bodies"]
    said = [
        (choice.name, "from where the file has them" in str(choice.evidence)) for choice in interpreted(source).unsure
    ]
    assert said == ([("angle_unit", True)] if mistake else [])


def test_a_jump_in_a_few_frames_is_no_other_robot(clips: dict[str, Arrays]) -> None:
    pos, quat, dof = (np.array(array) for array in clips["kimodo_walk"])
    dof[70:73] += 2.0
    assert not interpreted(as_gmr((pos, quat, dof))).unsure


def test_a_g1_in_another_order_does_not_pass_for_a_t1(clips: dict[str, Arrays]) -> None:
    (choice,) = interpreted(as_gmr(MISTAKES["legs last"](clips["kimodo_dance"]))).unsure
    assert (choice.name, "fit a G1 as well" in str(choice.evidence)) == ("joints", True)


def test_arms_that_hang_straight_at_0_are_another_robot_s(clips: dict[str, Arrays]) -> None:
    # an EngineAI PM01 has the joints of a G1 with 23, and bends its elbows the other way
    pos, quat, dof = clips["kimodo_walk"]
    legs, left, right = dof[:, :12], dof[:, 15:20].copy(), dof[:, 22:27].copy()
    for arm in (left, right):
        arm[:, 3] -= np.pi / 2.0
    foreign = as_gmr((pos, quat, np.hstack([legs, dof[:, 12:13], left, right])))
    (choice,) = interpreted(foreign).unsure
    assert (choice.name, "Both elbows are always bent by more than 90°" in str(choice.evidence)) == ("joints", True)
