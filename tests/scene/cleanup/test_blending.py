"""Two walks blended: where they meet, feet that stand and the hips' speed, on the poses that the NLA plays."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.cleanup.blending import Blended, blend, takes_of
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_oldest_and_newest
from tests.media.performance import Performance
from tests.ui.posing import heads

from .walks import FPS, SOLES, keys_of, performer, standing, strut, walk

LENGTH = 12
SLIDE = 0.5
"""Centimetres a second that a foot which stands may move."""


def speeds(path: np.ndarray) -> np.ndarray:
    """(F - 1,) centimetres a second."""
    return np.linalg.norm(np.diff(path, axis=0), axis=1) * 100.0 * FPS


def joints_of(armature: bpy.types.Object) -> tuple[str, ...]:
    """Hips, then ankles and balls."""
    made = ("pelvis", "foot_l", "ball_l", "foot_r", "ball_r")
    return made if "pelvis" in armature.pose.bones else ("mixamorig:Hips", *SOLES)


def played(armature: bpy.types.Object, action: bpy.types.Action, first: int, last: int) -> dict[str, np.ndarray]:
    """Joints of a take as it is, without the NLA."""
    data = armature.animation_data
    before, data.use_nla = data.action, False
    data.action = action
    if hasattr(data, "action_slot"):
        data.action_slot = action.slots[0]
    found = heads(armature, joints_of(armature), np.arange(first, last + 1))
    data.action, data.use_nla = before, True
    return found


def judge(armature: bpy.types.Object, takes: tuple[bpy.types.Action, bpy.types.Action], done: Blended) -> None:
    """Feet stand, nothing jumps where strips follow each other, and the hips go on evenly."""
    around = 3
    first, last = done.left - around, done.left + LENGTH + around
    now = heads(armature, joints_of(armature), np.arange(first, last + 1))
    ours = played(armature, takes[0], first, last)
    theirs = played(armature, takes[1], done.entered - around, done.entered + LENGTH + around)
    hips, *soles = joints_of(armature)
    stood = 0
    for sole in soles:
        own, other, sliding = (speeds(joints[sole]) for joints in (ours, theirs, now))
        until = next((step for step in range(around, len(own)) if own[step] > SLIDE), len(own))
        since = next((step for step in reversed(range(len(other) - around)) if other[step] > SLIDE), -1) + 1
        stands = np.arange(len(own)) < until
        stands |= np.arange(len(own)) >= since
        stands[:around] &= own[:around] < SLIDE  # the strips on both sides are as they were
        stands[-around:] &= other[-around:] < SLIDE
        stood += int(stands[around:-around].sum())
        assert sliding[stands].max(initial=0.0) < SLIDE, sole
        # and it gets from one place to the other without a jump
        assert sliding[around:-around].max() < 1.3 * max(own.max(), other.max(), 100.0), sole
    assert stood > LENGTH / 2
    speed, own, other = (speeds(joints[hips]) for joints in (now, ours, theirs))
    step = np.abs(np.diff(speed)) / speed.mean()
    limit = max(0.1, *(float((np.abs(np.diff(each)) / each.mean()).max()) for each in (own, other)))
    print("hips", step[around - 1 : LENGTH + around].max(), limit, done)
    assert step[around - 1 : LENGTH + around].max() < limit


@in_oldest_and_newest
def test_a_real_walk_goes_on_with_itself(mannequin: Path, shared_data: Path) -> None:
    armature = standing(mannequin)
    take = strut(armature, shared_data)
    done = blend(armature, bpy.context.scene, (take, take), LENGTH, 1.0)
    judge(armature, (take, take), done)


@in_oldest_and_newest
def test_a_walk_turns_onto_another_one() -> None:
    """The second one, on a circle and elsewhere, begins where and in the direction that the first one leads to."""
    armature = performer()
    straight = walk(armature, 3.0, Performance(radius=20.0))
    round_it = walk(armature, 3.0, Performance(radius=1.5))
    before = [{key: keys.copy() for key, keys in keys_of(armature).items()}]
    assert takes_of(armature) == (straight, round_it)
    done = blend(armature, bpy.context.scene, (straight, round_it), LENGTH, 1.0)
    judge(armature, (straight, round_it), done)
    assert abs(done.turn_degrees) > 10.0
    data = armature.animation_data
    assert data.action is None
    *muted, track = data.nla_tracks
    assert [one.mute for one in muted] == [True, True]
    assert not track.mute
    strips = [(strip.frame_start, strip.frame_end) for strip in track.strips]
    middle = (done.left, done.left + LENGTH)
    assert strips == [(1.0, done.left), middle, (middle[1], 90.0 + done.left - done.entered)]
    assert track.strips[0].action == straight
    assert round_it in [strip.action for one in muted for strip in one.strips]
    data.action = round_it
    if hasattr(data, "action_slot"):
        data.action_slot = round_it.slots[0]
    assert all((keys == before[0][key]).all() for key, keys in keys_of(armature).items())  # as it was


@in_oldest_and_newest
def test_a_real_walk_and_a_made_one(mannequin: Path, shared_data: Path) -> None:
    armature = standing(mannequin)
    real = strut(armature, shared_data)
    made = walk(armature)
    judge(armature, (real, made), blend(armature, bpy.context.scene, (real, made), LENGTH, 1.0))


def test_refusals_change_nothing(mannequin: Path) -> None:
    armature = standing(mannequin)
    take, short = walk(armature, 2.0), walk(armature, 0.3)
    before = len(bpy.data.actions), len(armature.animation_data.nla_tracks), armature.animation_data.action
    with pytest.raises(Fault, match="has 9 frames, too few for a transition of 12"):
        blend(armature, bpy.context.scene, (take, short), LENGTH, 1.0)
    armature.pose.bones["mixamorig:LeftFoot"].constraints.new("COPY_LOCATION").target = armature
    with pytest.raises(Fault, match="Constraints or drivers move “Mannequin”"):
        blend(armature, bpy.context.scene, (take, take), LENGTH, 1.0)
    assert before == (
        len(bpy.data.actions),
        len(armature.animation_data.nla_tracks),
        armature.animation_data.action,
    )
