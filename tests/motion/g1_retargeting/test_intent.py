"""The part of a source that the robot is to do."""

from dataclasses import replace

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1_retargeting.intent import intent_of
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.rotations import angle_between, from_rotation_vector, multiply, normalise, rotate
from tests.media.floor.clips import floor_clip
from tests.media.performance_clip import performance_clip

CLIP = performance_clip(0.0, 1.0)


def test_feet_that_creep_stand() -> None:
    """They do by up to 5 cm a second in captures; legs of other proportions made that 70 on the H1."""
    times = CLIP.times
    creeps = CLIP.positions[:1] + times[:, None, None] * np.array([0.04, 0.0, 0.0])
    creeping = replace(CLIP, positions=creeps, rotations=np.tile(CLIP.rotations[:1], (len(times), 1, 1)))
    found = intent_of(creeping, detect_bones(CLIP.skeleton), "unitree_h1", RetargetOptions())
    assert any(contact.any.mean() > 0.9 for contact in found.contacts.values())


def test_a_foot_stands_until_the_body_rests_on_more() -> None:
    """None that the body went on to rest on, sitting, stood before."""
    floor = floor_clip("sit")
    found = intent_of(floor.clip, detect_bones(floor.clip.skeleton), "29dof", RetargetOptions())
    for side, contact in found.contacts.items():
        on_floor = np.zeros(len(floor.clip.times), dtype=bool)
        for rest in floor.contacts:
            if rest.slot == f"{side}_foot":
                on_floor[rest.first : rest.last + 1] = True
        assert contact.any[on_floor & (found.lies < 0.4)].all()


def test_a_foot_that_is_turned_over_about_its_shin_is_as_the_shin_carries_it() -> None:
    """A robot bent the whole leg for it, and fell over; one on the tip of its toes is left as it is."""
    bones = detect_bones(CLIP.skeleton)
    indices = bones.indices_in(CLIP.skeleton.indices)
    foot, shin = indices["left_foot"], indices["left_lower_leg"]
    along = normalise(CLIP.positions[:, foot] - CLIP.positions[:, shin])
    across = normalise(np.cross(along, rotate(CLIP.rotations[:, foot], np.array([1.0, 0.0, 0.0]))))
    soles: dict[float, np.ndarray] = {}
    shins: dict[float, np.ndarray] = {}
    for degrees in (0.0, 50.0, 165.0):
        rotations = CLIP.rotations.copy()
        turned = from_rotation_vector(np.radians(degrees) * across)
        rotations[:, foot] = multiply(turned, rotations[:, foot])
        found = intent_of(replace(CLIP, rotations=rotations), bones, "29dof", RetargetOptions())
        soles[degrees] = rotate(found.rotations["left_foot"], np.array([0.0, 0.0, 1.0]))
        shins[degrees] = -found.limbs["left_lower_leg", "left_foot"]
    assert np.degrees(angle_between(soles[165.0], shins[165.0])).max() < 60.0
    assert np.degrees(angle_between(soles[50.0], soles[0.0])).max() > 45.0  # in the air
