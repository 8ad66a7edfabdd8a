"""Footsteps of contacts that a capture has, but a walker hasn't, and how firmly they are held."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.feet.foot_contacts import FootContact
from aimocap_blender.motion.g1_retargeting.footsteps import Steps, footsteps_of
from aimocap_blender.motion.g1_retargeting.goals import Weights, goals_of
from aimocap_blender.motion.g1_retargeting.intent import Intent, intent_of
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.rotations import from_rotation_vector, multiply, rotate
from tests.media.performance_clip import performance_clip

CLIP = performance_clip(0.0, 1.2, 100.0)
BONES = detect_bones(CLIP.skeleton)
INTENT = intent_of(CLIP, BONES, "29dof", RetargetOptions())


def test_a_stance_that_is_lost_for_a_frame_goes_on_where_it_was() -> None:
    """A foot that drags counts as planted, but for one frame; held at two places it would jump by what it dragged."""
    planted = np.ones(len(CLIP.times), dtype=bool)
    planted[60] = False
    contacts = {side: FootContact(planted, planted, planted, planted) for side in INTENT.contacts}
    steps = footsteps_of(replace(INTENT, contacts=contacts), carrying=False)
    for foot in steps.feet.values():
        dragged = np.linalg.norm(np.diff(foot.pos[:, :2], axis=0), axis=1)
        assert dragged.max() < 0.01


def test_who_stands_on_a_heel_stands_on_the_whole_foot() -> None:
    """Captures have toes up by 70 degrees in a foot that carries; the robot stood on the other one, in the air."""
    for pitch, stands in ((-70.0, True), (70.0, False)):
        foot = multiply(INTENT.rotations["right_foot"], from_rotation_vector(np.radians([0.0, pitch, 0.0])))
        planted = _planted_feet(INTENT, right_foot=foot)["right"].planted
        assert planted.all() if stands else not planted.any()


def test_toes_that_a_capture_has_up_stay_down_where_a_stance_is_lost_for_a_frame() -> None:
    """They came up by 34 degrees there, and the robot went down by 8 centimetres."""
    stands = np.arange(len(CLIP.times)) != 60
    contacts = {side: FootContact(stands, stands, stands, stands) for side in INTENT.contacts}
    up = multiply(INTENT.rotations["right_foot"], from_rotation_vector(np.radians([0.0, -40.0, 0.0])))
    intent = replace(INTENT, contacts=contacts, rotations={**INTENT.rotations, "right_foot": up})
    toes = rotate(footsteps_of(intent, carrying=False).feet["right"].quat, np.array([1.0, 0.0, 0.0]))
    assert np.abs(toes[:, 2]).max() < np.sin(np.radians(2.0))


def test_a_foot_that_turns_over_between_two_frames_carries_as_far_as_it_can() -> None:
    """No corner of a T1's was low in both frames, and its path became nan."""
    intent = intent_of(CLIP, BONES, "booster_t1", RetargetOptions())
    never = np.zeros(len(CLIP.times), dtype=bool)
    contacts = {side: FootContact(never, never, never, never) for side in intent.contacts}
    # toes up, then down
    upright = from_rotation_vector(np.where(CLIP.times < 0.5, -1.0, 1.0)[:, None] * np.radians([0.0, 90.0, 0.0]))
    rotations = {**intent.rotations, "left_foot": upright, "right_foot": upright}
    assert np.isfinite(footsteps_of(replace(intent, contacts=contacts, rotations=rotations)).moved).all()


def test_feet_turn_as_far_as_the_hips_of_an_h1() -> None:
    """Its hips turn by 25 degrees; a dancer's feet that were to be turned by 65 slid, and legs were off by as much."""
    intent = intent_of(CLIP, BONES, "unitree_h1", RetargetOptions())
    out = from_rotation_vector(np.radians([0.0, 0.0, 65.0]))
    foot = _planted_feet(intent, left_foot=multiply(out, intent.rotations["left_foot"]))["left"]
    ahead = [rotate(quat, np.array([1.0, 0.0, 0.0])).mean(axis=0) for quat in (intent.rotations["hips"], foot.quat)]
    pelvis, sole = (np.degrees(np.arctan2(line[1], line[0])) for line in ahead)
    assert 15.0 < (sole - pelvis) % 360.0 < 27.0


def _planted_feet(intent: Intent, **rotations: np.ndarray) -> Mapping[str, Steps]:
    """Steps of feet that stand throughout, with other rotations."""
    planted = np.ones(len(CLIP.times), dtype=bool)
    contacts = {side: FootContact(planted, planted, planted, planted) for side in intent.contacts}
    changed = replace(intent, contacts=contacts, rotations={**intent.rotations, **rotations})
    return footsteps_of(changed, carrying=False).feet


def test_a_still_foot_that_does_not_stand_is_held_over_the_ground() -> None:
    """On the tip of its toes a dancer's foot slid by up to 9 metres a second on the robot."""
    steps = footsteps_of(INTENT)
    never, still = np.zeros(len(CLIP.times), dtype=bool), np.ones(len(CLIP.times))
    feet = {side: replace(foot, planted=never, carries=never, pauses=still) for side, foot in steps.feet.items()}
    weights = Weights()
    for foot, path in zip(feet.values(), goals_of(INTENT, replace(steps, feet=feet), weights, 0.0).paths, strict=False):
        assert path.weight[foot.lowest < 0.005, 0].min() > weights.planted[1] / 2.0


def test_a_swinging_foot_comes_to_clear_the_ground() -> None:
    """Toes that hang would drag; the sole was lifted by 2.5 centimetres in the frame in which its stance ended."""
    clip = performance_clip(0.0, 1.2, 30.0)
    intent = intent_of(clip, BONES, "29dof", RetargetOptions())
    rotations = dict(intent.rotations)
    for side, contact in intent.contacts.items():
        swings = ~contact.any
        # within a few frames
        share = swings * np.convolve(np.pad(swings.astype(float), 2, mode="edge"), np.full(5, 0.2), mode="valid")
        hangs = from_rotation_vector(share[:, None] * np.radians([0.0, 50.0, 0.0]))
        rotations[f"{side}_foot"] = multiply(rotations[f"{side}_foot"], hangs)
    for foot in footsteps_of(replace(intent, rotations=rotations)).feet.values():
        assert np.median(foot.lowest[~foot.carries]) > 0.02
        assert np.diff(foot.lowest).max() < 0.0135


def test_a_foot_points_down_as_far_as_its_ankle_bends() -> None:
    """A dancer's on the tip of its toes did by 15 degrees more: the knee bent for it, and the pelvis fell by 15 cm."""
    down = multiply(INTENT.rotations["right_foot"], from_rotation_vector(np.radians([0.0, 65.0, 0.0])))
    intent = replace(INTENT, rotations={**INTENT.rotations, "right_foot": down})
    foot = footsteps_of(intent, carrying=False).feet["right"]
    shin = intent.limbs["right_lower_leg", "right_foot"]
    bend = np.degrees(np.arcsin((rotate(foot.quat, np.array([1.0, 0.0, 0.0])) * shin).sum(axis=-1)))
    joint = next(joint for joint in intent.puppet.model.joints if joint.name == "right_ankle_pitch_joint")
    assert 20.0 < bend.max() < np.degrees(joint.range[1]) + 7.0


def test_feet_on_a_rung_stay_there_while_who_climbs_comes_down_to_the_ground() -> None:
    """Who sat on a high stool was let down by 29 centimetres within a third of a second, as feet came on its rungs."""
    planted = np.ones(len(CLIP.times), dtype=bool)
    contacts = {side: FootContact(planted, planted, planted, planted) for side in INTENT.contacts}
    skeleton, standing = INTENT.puppet.skeleton, INTENT.puppet.standing("hips")[2]
    for hips, down in ((0.25 + 0.5 * standing, 0.0), (0.25 + standing, 0.25)):
        heads = INTENT.posed.heads.copy()
        heads[:, skeleton.index("hips"), 2] = hips
        for side in INTENT.contacts:
            heads[:, skeleton.index(f"{side}_foot"), 2] = 0.25 + INTENT.puppet.standing(f"{side}_foot")[2]
        steps = footsteps_of(replace(INTENT, contacts=contacts, posed=replace(INTENT.posed, heads=heads)))
        assert np.abs(steps.moved[:, 2] + down).max() < 0.02
        for foot in steps.feet.values():
            assert np.abs(foot.lowest - 0.25 + down).max() < 0.02


def test_a_foot_that_is_lost_for_a_frame_stays_on_the_ground_while_the_other_is_on_a_stool() -> None:
    """It was raised by half the stool's height there, and the robot jolted at a hundred metres a second squared."""
    frames = np.arange(len(CLIP.times))
    stands = {"left": (frames < 40) | (frames > 50), "right": frames < 50}
    contacts = {side: FootContact(there, there, there, there) for side, there in stands.items()}
    heads = INTENT.posed.heads.copy()
    level = {"left": 0.25, "right": 0.0}
    for side, height in level.items():
        standing = INTENT.puppet.standing(f"{side}_foot")
        heads[:, INTENT.puppet.skeleton.index(f"{side}_foot")] = standing + np.array([0.0, 0.0, height])
    heads[:, INTENT.puppet.skeleton.index("hips"), 2] = 0.25 + 0.5 * INTENT.puppet.standing("hips")[2]
    steps = footsteps_of(replace(INTENT, contacts=contacts, posed=replace(INTENT.posed, heads=heads)), "SOURCE")
    assert steps.feet["right"].lowest[49:53].max() < 0.03


def test_who_gets_off_a_stool_is_on_the_ground_at_once() -> None:
    """With one foot still up there a frame longer, all of the robot was raised by 22 centimetres for over a second."""
    frames = np.arange(len(CLIP.times))
    stands = {"left": (frames < 40) | (frames > 100), "right": (frames < 39) | (frames > 110)}
    contacts = {side: FootContact(there, there, there, there) for side, there in stands.items()}
    heads = INTENT.posed.heads.copy()
    level = {"left": np.where(frames < 40, 0.25, 0.0), "right": np.zeros(len(frames))}
    for side, height in level.items():
        standing = INTENT.puppet.standing(f"{side}_foot")
        heads[:, INTENT.puppet.skeleton.index(f"{side}_foot")] = standing + np.multiply.outer(height, (0.0, 0.0, 1.0))
    heads[:, INTENT.puppet.skeleton.index("hips"), 2] = 0.25 + 0.5 * INTENT.puppet.standing("hips")[2]
    steps = footsteps_of(replace(INTENT, contacts=contacts, posed=replace(INTENT.posed, heads=heads)))
    assert np.abs(steps.moved[:, 2]).max() < 0.04


def test_a_foot_that_creeps_up_while_its_contact_is_lost_for_a_frame_steps_onto_nothing() -> None:
    """A short stance 5 cm over the other foot was a step of its own, and the pelvis jolted up to it."""
    frames = np.arange(len(CLIP.times))
    every = np.ones(len(frames), dtype=bool)
    stands = {"left": (frames != 40) & (frames != 50), "right": every}
    contacts = {side: FootContact(there, there, there, there) for side, there in stands.items()}
    heads = INTENT.posed.heads.copy()
    level = {"left": np.where((frames > 40) & (frames < 50), 0.055, 0.03), "right": np.zeros(len(frames))}
    for side, height in level.items():
        standing = INTENT.puppet.standing(f"{side}_foot")
        heads[:, INTENT.puppet.skeleton.index(f"{side}_foot")] = standing + np.multiply.outer(height, (0.0, 0.0, 1.0))
    steps = footsteps_of(replace(INTENT, contacts=contacts, posed=replace(INTENT.posed, heads=heads)))
    assert steps.feet["left"].lowest[41:50].max() < 0.02
