"""The performance on every G1, judged by MuJoCo: see `tests/media/g1_judge.py`."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.g1.variants import G1_VARIANTS
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.g1_retargeting.options import G1RetargetOptions
from aimocap_blender.motion.g1_retargeting.outcome import G1Outcome
from aimocap_blender.motion.rotations import multiply
from aimocap_blender.motion.skeleton import Clip
from tests.media.g1_judge import judged
from tests.media.g1_mjcf import mujoco_poses
from tests.media.performance_clip import heads_of, performance_clip
from tests.thorough import thoroughly

SHORT = performance_clip(0.0, 1.2)
BONES = detect_bones(SHORT.skeleton)
STOP = "stopped by hand"


@cache
def outcome(variant: str = "29dof", options: G1RetargetOptions | None = None) -> G1Outcome:
    return retargeted_to_g1(SHORT, BONES, variant, options)


def robot(found: G1Outcome) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return found.motion.root_pos, found.motion.root_quat, found.motion.dof_pos


def place(found: G1Outcome, body: str) -> np.ndarray:
    names, pos, _ = mujoco_poses(*robot(found), found.motion.variant)
    return pos[:, names.index(body)]


RARER = ("29dof_before_rev_1_0", "23dof_without_wrists")


@pytest.mark.slow_cases
@pytest.mark.parametrize("variant", [pytest.param(v, marks=thoroughly) if v in RARER else v for v in G1_VARIANTS])
def test_walk_and_wave_on_every_robot(variant: str) -> None:
    found = outcome(variant)
    judgement = judged(heads_of(SHORT, BONES.bones()), 30.0, robot(found), variant)
    assert found.motion.variant == variant
    assert judgement.past_limit <= 1e-9
    assert judgement.too_fast <= 0.0
    # the walker's foot strikes stop it sharply: knees, in rad off their course, give way for the pelvis, in m/s²
    assert judgement.jerk.max() < 0.075
    assert np.abs(np.diff(found.motion.root_pos[:, 2], n=2)).max() * 30.0**2 < 8.0
    assert judgement.colliding < 0.01
    assert judgement.sliding < 0.02
    assert len(judgement.off_ground) > 15
    assert judgement.off_ground.max() < 0.005
    assert max(np.median(degrees) for degrees in judgement.degrees.values()) < 8.0


def test_reported_deviation_is_the_one_that_mujoco_measures() -> None:
    found = outcome()
    judgement = judged(heads_of(SHORT, BONES.bones()), 30.0, robot(found), "29dof")
    for limb in found.limbs:
        assert np.median(limb.degrees) == pytest.approx(np.median(judgement.degrees[limb.slot]), abs=1.0)
        marked = np.zeros(len(limb.degrees), dtype=bool)
        for first, last in limb.off:
            marked[first : last + 1] = True
        assert (marked == (limb.degrees > 8.0)).all()
    assert not found.source_jumps
    assert not found.slowed.any()


def test_limbs_of_who_stands_on_the_feet_alone_follow_closely() -> None:
    degrees = judged(heads_of(SHORT, BONES.bones()), 30.0, robot(outcome()), "29dof").degrees
    for limb, most in (("arm", 0.2), ("leg", 2.5)):  # once 0.29 and 2.64
        assert np.median([found for slot, found in degrees.items() if limb in slot]) < most


def test_starts_at_the_origin_and_faces_x_whatever_way_the_source_faces() -> None:
    turn = np.array([np.cos(0.6), 0.0, 0.0, np.sin(0.6)])
    c, s = np.cos(1.2), np.sin(1.2)
    about = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    rest = SHORT.skeleton.rest.copy()
    rest[:, :3] = about @ rest[:, :3]
    skeleton = replace(SHORT.skeleton, rest=rest, tails=SHORT.skeleton.tails @ about.T)
    turned = Clip(
        skeleton, SHORT.times, 30.0, SHORT.positions @ about.T + (3.0, 4.0, 0.0), multiply(turn, SHORT.rotations)
    )
    found = retargeted_to_g1(turned, BONES)
    assert np.abs(found.motion.root_pos[0, :2]).max() < 0.05
    np.testing.assert_allclose(found.motion.root_pos, outcome().motion.root_pos, atol=5e-3)
    np.testing.assert_allclose(found.motion.dof_pos, outcome().motion.dof_pos, atol=0.05)


def test_a_jump_of_the_source_is_named_and_stays_within_limits() -> None:
    positions, rotations = SHORT.positions.copy(), SHORT.rotations.copy()
    positions[20:], rotations[20:] = positions[:-20], rotations[:-20]
    found = retargeted_to_g1(replace(SHORT, positions=positions, rotations=rotations), BONES)
    assert any(first <= 20 <= last + 1 for first, last in found.source_jumps)
    judgement = judged(heads_of(SHORT, BONES.bones()), 30.0, robot(found), "29dof")
    assert judgement.past_limit <= 1e-9
    assert judgement.too_fast <= 1e-6


@pytest.mark.parametrize("frames", [1, 3])
def test_a_pose_is_as_near_as_a_motion(frames: int) -> None:
    part = slice(10, 10 + frames)
    clip = Clip(SHORT.skeleton, SHORT.times[:frames], 30.0, SHORT.positions[part], SHORT.rotations[part])
    found = retargeted_to_g1(clip, BONES)
    judgement = judged(heads_of(clip, BONES.bones()), 30.0, robot(found), "29dof")
    assert len(found.motion.dof_pos) == frames
    assert max(degrees.max() for degrees in judgement.degrees.values()) < 8.0


def test_half_a_body_moves_what_it_has() -> None:
    upper = BoneMap({s: m for s, m in BONES.matches.items() if "leg" not in s and "foot" not in s and "toes" not in s})
    found = retargeted_to_g1(SHORT, upper)
    assert {limb.slot for limb in found.limbs} == {
        f"{side}_{part}" for side in ("left", "right") for part in ("upper_arm", "lower_arm")
    }
    assert max(np.median(limb.degrees) for limb in found.limbs) < 3.0
    assert np.isfinite(found.motion.dof_pos).all()


def test_arms_without_hands_reach_nothing() -> None:
    handless = BoneMap({slot: match for slot, match in BONES.matches.items() if not slot.endswith("_hand")})
    points, reaches = (
        retargeted_to_g1(SHORT, handless, options=G1RetargetOptions(reach=share)) for share in (0.0, 1.0)
    )
    # the same numbers at another place in memory may be added up otherwise, to the last digits
    assert np.allclose(points.motion.dof_pos, reaches.motion.dof_pos, rtol=0.0, atol=1e-9)


def test_travel_is_longer_by_the_factor_and_feet_still_stand() -> None:
    longer = outcome(options=G1RetargetOptions(travel=1.3))
    ways = [np.linalg.norm(np.ptp(found.motion.root_pos[:, :2], axis=0)) for found in (outcome(), longer)]
    assert ways[1] / ways[0] == pytest.approx(1.3, abs=0.05)
    judgement = judged(heads_of(SHORT, BONES.bones()), 30.0, robot(longer), "29dof")
    assert judgement.sliding < 0.02


def test_hands_that_meet_meet_on_the_robot() -> None:
    """The walker's hands are brought together before the chest, by the elbows' bends, as in a clap."""
    clip = _clapping(SHORT)
    apart = np.linalg.norm(
        np.diff([heads_of(clip, BONES.bones())[f"{s}_hand"] for s in ("left", "right")], axis=0)[0], axis=1
    )
    found = retargeted_to_g1(clip, BONES)
    hands = [place(found, f"{side}_wrist_yaw_link") for side in ("left", "right")]
    between = np.linalg.norm(hands[0] - hands[1], axis=1)
    assert apart.max() < 0.09
    assert np.median(between) < 0.16  # the rubber hands are 6 cm thick
    assert judged(heads_of(clip, BONES.bones()), 30.0, robot(found), "29dof").colliding < 0.01


def _clapping(clip: Clip) -> Clip:
    """The arms reach forwards to a point before the chest."""
    heads = heads_of(clip, BONES.bones())
    positions, index = clip.positions.copy(), clip.skeleton.index
    bones = BONES.bones()
    chest = (heads["left_upper_arm"] + heads["right_upper_arm"]) / 2.0
    across = heads["left_upper_arm"] - heads["right_upper_arm"]
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    ahead = np.cross(across, (0.0, 0.0, 1.0)) * -1.0
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        shoulder, elbow, hand = (heads[f"{side}_{part}"] for part in ("upper_arm", "lower_arm", "hand"))
        upper, lower = (np.linalg.norm(b - a, axis=1).mean() for a, b in ((shoulder, elbow), (elbow, hand)))
        goal = chest + 0.36 * ahead * np.sign((ahead * (heads["left_toes"] - heads["left_foot"])).sum(1).mean())
        goal = goal + sign * 0.04 * across
        line = goal - shoulder
        far = np.linalg.norm(line, axis=1, keepdims=True)
        line /= far
        down = np.array([0.0, 0.0, -1.0]) - line * line[:, 2:] * -1.0
        down /= np.linalg.norm(down, axis=1, keepdims=True)
        inner = np.arccos(np.clip((upper**2 + far**2 - lower**2) / (2 * upper * far), -1.0, 1.0))
        middle = shoulder + upper * (np.cos(inner) * line + np.sin(inner) * down)
        moved = goal - hand
        for name in clip.skeleton.names:
            column = index(name)
            if column == index(bones[f"{side}_hand"]) or index(bones[f"{side}_hand"]) in clip.skeleton.ancestors(
                column
            ):
                positions[:, column] += moved
        positions[:, index(bones[f"{side}_lower_arm"])] = middle
    return replace(clip, positions=positions)


def test_stops_where_progress_raises() -> None:
    fractions: list[float] = []

    def reported(fraction: float) -> None:
        fractions.append(fraction)
        if len(fractions) == 2:
            raise InterruptedError(STOP)

    with pytest.raises(InterruptedError, match=STOP):
        retargeted_to_g1(SHORT, BONES, "29dof", told=reported)
    assert 0.0 < fractions[0] < fractions[1] < 1.0
