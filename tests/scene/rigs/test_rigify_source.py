"""A Rigify rig that is animated by IK gives its motion to others: what moves its mesh counts, not the idle controls."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.scene.armature_motion import armature_motion
from aimocap_blender.scene.retargeting import RetargetOutcome, put_clip_on
from tests.blender_versions import in_oldest_and_newest
from tests.demo.character import PREFIX, bring_character

from ..characters import heads_at
from ..real_files import degrees_apart
from .rigify_rig import DEFORMING, open_rig

if TYPE_CHECKING:
    from pathlib import Path

CHAINS = (("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot"))
LIMBS = tuple(
    (f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for chain in CHAINS for a, b in pairwise(chain)
)
MANNEQUIN = {
    f"{side}_{slot}": f"{PREFIX}{side.title()}{bone}"
    for side in ("left", "right")
    for slot, bone in (
        ("upper_arm", "Arm"),
        ("lower_arm", "ForeArm"),
        ("hand", "Hand"),
        ("upper_leg", "UpLeg"),
        ("lower_leg", "Leg"),
        ("foot", "Foot"),
    )
}
FRAMES = np.arange(1.0, 31.0, 5.0)
pytestmark = in_oldest_and_newest


@pytest.fixture
def animated(rig_file: Path) -> bpy.types.Object:
    """The rig, crouching and reaching, all limbs by IK."""
    rig = open_rig(rig_file)
    for frame, depth in ((1, 0.0), (15, 0.3), (30, 0.1)):
        for control, place in (("torso", (0.1, 0.0, -depth)), ("hand_ik.L", (0.0, -depth, depth))):
            rig.pose.bones[control].location = place
            rig.pose.bones[control].keyframe_insert("location", frame=frame)
    return rig


def give(source: bpy.types.Object, target: bpy.types.Object) -> RetargetOutcome:
    motion = armature_motion(source, bpy.context.scene)
    free = RetargetOptions(contacts="OFF")
    return put_clip_on(target, motion.clip, motion.mapping, free, "Reach", source_map=motion.bone_map)


def limbs_apart(source: bpy.types.Object, target: bpy.types.Object, names: dict[str, str]) -> float:
    want, got = heads_at(source, DEFORMING, FRAMES), heads_at(target, names, FRAMES)
    assert np.ptp(want["left_hand"], axis=0).max() > 0.1
    return max(degrees_apart(want[b] - want[a], got[b] - got[a]).max() for a, b in LIMBS)


@pytest.mark.slow
def test_onto_a_plain_character(animated: bpy.types.Object, mannequin: Path) -> None:
    character = bring_character(mannequin)
    give(animated, character)
    assert limbs_apart(animated, character, MANNEQUIN) < 0.1


@pytest.mark.long
def test_onto_another_rig_of_the_same_kind(animated: bpy.types.Object, rig_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.blend"
    copy.write_bytes(rig_file.read_bytes())
    with bpy.data.libraries.load(str(copy)) as (_, wanted):
        wanted.objects = ["rig"]
    (other,) = wanted.objects
    bpy.context.scene.collection.objects.link(other)
    outcome = give(animated, other)
    assert not outcome.as_it_is
    assert not any(bone.startswith(("DEF-", "ORG-")) for bone in outcome.bones)
    assert limbs_apart(animated, other, DEFORMING) < 0.1
