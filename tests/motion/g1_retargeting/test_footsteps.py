"""Footsteps of contacts that a capture has, but a walker hasn't."""

from dataclasses import replace

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.feet.foot_contacts import FootContact
from aimocap_blender.motion.g1_retargeting.footsteps import footsteps_of
from aimocap_blender.motion.g1_retargeting.intent import intent_of
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from tests.media.performance_clip import performance_clip

CLIP = performance_clip(0.0, 1.2, 100.0)
INTENT = intent_of(CLIP, detect_bones(CLIP.skeleton), "29dof", RetargetOptions())


def test_a_stance_that_is_lost_for_a_frame_goes_on_where_it_was() -> None:
    """A foot that drags counts as planted, but for one frame; held at two places it would jump by what it dragged."""
    planted = np.ones(len(CLIP.times), dtype=bool)
    planted[60] = False
    contacts = {side: FootContact(planted, planted, planted, planted) for side in INTENT.contacts}
    steps = footsteps_of(replace(INTENT, contacts=contacts), carrying=False)
    for foot in steps.feet.values():
        dragged = np.linalg.norm(np.diff(foot.pos[:, :2], axis=0), axis=1)
        assert dragged.max() < 0.01
