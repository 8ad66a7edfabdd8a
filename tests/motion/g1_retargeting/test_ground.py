"""Who crawls, kneels, lies or gets up, and who runs on the spot: on robots, judged by MuJoCo."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.skeleton import Clip
from tests.media.floor.clips import floor_clip
from tests.media.floor.script import Contact
from tests.media.g1_mjcf import mujoco_poses
from tests.media.performance_clip import heads_of, performance_clip
from tests.media.robot_motion_judge import MotionJudged, judge_motion, limb_angles
from tests.thorough import thoroughly

CM = 100.0


def part(clip: Clip, rows: slice) -> Clip:
    return replace(clip, times=clip.times[rows], positions=clip.positions[rows], rotations=clip.rotations[rows])


def judged(clip: Clip, contacts: tuple[Contact, ...], variant: str) -> MotionJudged:
    bones = detect_bones(clip.skeleton)
    found = retargeted_to_g1(clip, bones, variant).motion
    robot = found.root_pos, found.root_quat, found.dof_pos
    return judge_motion(heads_of(clip, bones.bones()), clip.fps, robot, variant, contacts)


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("crawl", "29dof"),
        ("get_up", "29dof"),
        pytest.param("crawl", "23dof_without_wrists", marks=thoroughly),
        pytest.param("kneel", "29dof", marks=thoroughly),
        pytest.param("push_up", "29dof", marks=thoroughly),
        pytest.param("cartwheel", "29dof", marks=thoroughly),
        pytest.param("lie", "29dof", marks=thoroughly),
        pytest.param("sit", "29dof", marks=thoroughly),
    ],
)
def test_bodies_rest_on_the_floor_as_the_sources_and_none_is_under_it(name: str, variant: str) -> None:
    floor = floor_clip(name)
    found = judged(floor.clip, floor.contacts, variant)
    assert found.under < 1.0
    assert found.floats < 2.0
    assert found.colliding == 0
    assert found.meshes < 2.0
    assert found.skate < 1.0
    assert found.past_limit <= 1e-9
    assert found.too_fast <= 0.0
    assert found.arms < 5.0
    assert found.root[0] < 1.5 * found.root[1]


@pytest.mark.long
@pytest.mark.parametrize("variant", ["unitree_h1", pytest.param("23dof_without_wrists", marks=thoroughly)])
def test_arms_past_the_head_go_over_with_who_rolls_over(variant: str) -> None:
    """A shoulder can point there in two ways: from one to the other an arm swung through the floor, 25 cm under it."""
    floor = floor_clip("lie")
    found = judged(floor.clip, floor.contacts, variant)
    assert found.under < 1.0
    assert found.colliding == 0
    assert found.arms < 5.0  # degrees
    assert found.centre[1] < 200.0  # m/s³


@pytest.mark.long
@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("get_up", "booster_t1_29dof"),  # whose legs fold less than a human's
        pytest.param("get_up", "booster_t1", marks=thoroughly),
        ("sit_up", "29dof"),
        ("lie", "booster_t1"),
        pytest.param("sit", "unitree_h1", marks=thoroughly),
        pytest.param("lie", "booster_t1_29dof", marks=thoroughly),
    ],
)
def test_who_turns_on_the_ground_goes_as_evenly_as_the_source(name: str, variant: str) -> None:
    """The body that moves freely is further from the thighs than a human's hips, and swung 1.6 to 2.9 times as fast."""
    floor = floor_clip(name)
    found = judged(floor.clip, floor.contacts, variant)
    assert found.root[0] < 1.5 * found.root[1]
    assert found.skate < 1.0
    assert found.under < 1.0
    assert found.colliding == 0


def test_hands_stay_in_line_where_an_arm_could_turn_over() -> None:
    """On the back, arms from the sides past the head. A wrist bent by 38 degrees where elbows came to their limit."""
    clip = part(floor_clip("lie").clip, slice(0, 80, 3))
    motion = retargeted_to_g1(clip, detect_bones(clip.skeleton)).motion
    bends = [
        column
        for column, name in enumerate(motion.model.joint_names)
        if name.endswith(("wrist_pitch_joint", "wrist_yaw_joint"))
    ]
    assert np.degrees(np.abs(motion.dof_pos[:, bends]).max()) < 30.0


def test_who_sits_down_stays_on_the_feet_that_it_stands_on() -> None:
    """An ankle tilts less than a human's: feet slid by 3 cm to where they rested beside the seat."""
    floor = floor_clip("sit")
    found = judged(part(floor.clip, slice(25, 65)), (), "29dof")
    assert found.skate < 1.0  # cm/s
    assert found.under < 1.0


def test_who_comes_down_on_a_knee_stays_on_the_other_foot() -> None:
    """It went to where it would rest, as feet do of who sits."""
    floor = floor_clip("lunge")
    assert judged(part(floor.clip, slice(20, 60)), (), "booster_t1").skate < 1.0  # cm/s, once 2.7


@pytest.mark.long
def test_who_has_a_heel_a_little_in_the_ground_is_lifted_and_keeps_the_pose() -> None:
    """A T1 that sits leaned back for it, which turned its legs."""
    floor = floor_clip("sit")
    found = judged(floor.clip, floor.contacts, "booster_t1_29dof")
    assert found.under < 1.0
    assert found.legs < 18.0  # degrees, once 21
    assert found.skate < 1.0  # cm/s, once 2.8


@pytest.mark.parametrize(
    ("variant", "frames", "arms", "legs"),
    [
        ("29dof", slice(25, 135), 2.0, 5.0),  # its forearms lie on its knees
        pytest.param("unitree_h1", slice(60, 135), 1.0, 8.0, marks=thoroughly),
        # an H1 stood with its thighs leaning back by 20 degrees: its ankles don't tilt aside to feet put inwards
        pytest.param("unitree_h1", slice(0, 24), 0.5, 8.0, id="H1 before it sits down"),
    ],
)
def test_feet_stand_where_they_stood_for_who_then_sits(variant: str, frames: slice, arms: float, legs: float) -> None:
    """They were put where they were to rest, which was as far off as thighs that are kept apart put them."""
    floor = floor_clip("sit")
    bones = detect_bones(floor.clip.skeleton)
    motion = retargeted_to_g1(floor.clip, bones, variant).motion
    names, pos, _ = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, variant)
    angles = limb_angles(heads_of(floor.clip, bones.bones()), names, pos, variant)
    for limb, most in (("arm", arms), ("leg", legs)):
        assert np.median([found[frames] for slot, found in angles.items() if limb in slot]) < most


def test_feet_lie_as_the_ground_has_them_for_who_lies() -> None:
    """A human's toes point further up and down than a robot's: held as theirs, they turned its legs by 6 degrees."""
    floor = floor_clip("sit_up")
    assert judged(part(floor.clip, slice(0, None, 3)), (), "29dof").legs < 4.0


@pytest.mark.long
def test_who_sits_on_hands_with_drawn_up_feet_does_so_on_short_legs() -> None:
    """Feet that stood too close and too level laid the robot on its back, arms 90 degrees off."""
    floor, variant = floor_clip("get_up"), "booster_t1_29dof"
    bones = detect_bones(floor.clip.skeleton)
    motion = retargeted_to_g1(floor.clip, bones, variant).motion
    names, pos, _ = mujoco_poses(motion.root_pos, motion.root_quat, motion.dof_pos, variant)
    angles = limb_angles(heads_of(floor.clip, bones.bones()), names, pos, variant)
    sits = slice(round(1.6 * motion.fps), round(2.1 * motion.fps))
    assert max(angles[slot][sits].max() for slot in angles) < 30.0


@pytest.mark.parametrize(("variant", "times"), [("29dof", 1.5), ("unitree_h1", 2.0)])
def test_the_pelvis_goes_on_evenly_where_feet_come_down(variant: str, times: float) -> None:
    """The H1's hips are twice as wide as the walker's for its height: its steps ask more of it."""
    found = judged(performance_clip(0.0, 2.5), (), variant)
    assert found.root[0] < times * found.root[1]  # a pelvis that each foot strike stops has ten times as much
    assert found.skate < 1.0


def test_a_walk_on_the_spot_is_carried_away_evenly() -> None:
    """A walk whose way is taken out: the feet, which then glide, carry the robot as fast as the walker went."""
    clip = performance_clip(0.0, 2.5)
    hips = heads_of(clip, detect_bones(clip.skeleton).bones())["hips"]
    ways = (
        np.polynomial.Polynomial.fit(clip.times, hips[:, 0], 3),
        np.polynomial.Polynomial.fit(clip.times, hips[:, 1], 3),
    )
    way = np.stack([ways[0](clip.times), ways[1](clip.times), np.zeros(len(clip.times))], axis=-1)
    gone = np.linalg.norm(np.diff(way, axis=0), axis=1).sum()
    still = replace(clip, positions=clip.positions - way[:, None])
    bones = detect_bones(still.skeleton)
    root = retargeted_to_g1(still, bones).motion.root_pos
    bends = np.linalg.norm(np.diff(root[:, :2], 2, axis=0), axis=1) * clip.fps**2
    size = 0.63 / 0.85  # about, of the robot's legs to the walker's
    assert np.linalg.norm(np.diff(root[:, :2], axis=0), axis=1).sum() == pytest.approx(size * gone, rel=0.2)
    assert np.percentile(bends, 99) < 8.0  # m/s²
