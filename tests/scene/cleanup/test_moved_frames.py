"""Frames that an Action stores go where its keys go."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.retargeting.retarget_options import KeyOptions, RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.action_contacts import ActionContacts, contacts_on, store_contacts
from aimocap_blender.scene.cleanup.edits import retime, trim
from aimocap_blender.scene.preview.action_trust import keep_trust, mapping_on, trust_on
from aimocap_blender.vision.trust import Trust

from .walks import standing, walk

TIMES = np.arange(30) / 30.0
MAPPING = TimeMapping(1.0, 30.0)


@pytest.fixture
def armature(mannequin: Path) -> bpy.types.Object:
    """Walking from frame 1 to 30, with contacts, trust that sinks, and a marker."""
    armature = standing(mannequin)
    walk(armature, 1.0)
    action = armature.animation_data.action
    feet = {"left": ((1, 6), (12, 19)), "right": ((5, 13), (24, 31))}
    store_contacts(action, ActionContacts(feet, feet, (1, 31), MAPPING, RetargetOptions(), KeyOptions()))
    keep_trust(action, Trust(("left_arm",), np.linspace(1.0, 0.0, 30)[:, None], ()), TIMES, MAPPING)
    action.pose_markers.new("Here").frame = 16
    return armature


def trusted_at(action: bpy.types.Action, frame: float) -> float:
    trust = trust_on(action)
    assert trust is not None
    return float(np.interp(frame, trust.frames, trust.values[:, 0]))


def test_trimmed_to_the_start(armature: bpy.types.Object) -> None:
    action = armature.animation_data.action
    assert trim(armature, 10, 25, keep_start=True).shift == -9
    contacts = contacts_on(action)
    assert contacts is not None
    assert contacts.within == (1, 17)
    assert dict(contacts.feet) == {"left": ((3, 10),), "right": ((1, 4), (15, 17))}
    assert action.pose_markers[0].frame == 7
    assert trusted_at(action, 7.0) == pytest.approx(1.0 - 15.0 / 29.0, abs=0.01)
    assert mapping_on(action, TIMES).second(7.0) == pytest.approx(0.5)


def test_retimed_twice_and_moved(armature: bpy.types.Object) -> None:
    action = armature.animation_data.action
    retime(armature, bpy.context.scene, 10, 20, 0.5)
    contacts = contacts_on(action)
    assert contacts is not None
    assert contacts.within == (1, 41)
    assert dict(contacts.feet) == {"left": ((1, 6), (14, 27)), "right": ((5, 15), (34, 41))}
    assert action.pose_markers[0].frame == 22
    retime(armature, bpy.context.scene, 30, 40, 2.0)
    trim(armature, 8, 35, keep_start=True)
    assert mapping_on(action, TIMES).second(22.0 - 7.0) == pytest.approx(0.5)
    assert mapping_on(action, TIMES).frames(np.array([23.0 / 30.0]))[0] == pytest.approx(30.0 + 2.0 - 7.0)
    assert trusted_at(action, 15.0) == pytest.approx(1.0 - 15.0 / 29.0, abs=0.01)
