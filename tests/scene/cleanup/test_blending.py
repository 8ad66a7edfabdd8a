"""Two walks blended: where they meet, feet that stand and the hips' speed, on the poses that the NLA plays."""

import itertools
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.cleanup.blending import Blended, blend
from aimocap_blender.scene.keys.keyframes import Channel, curves_of, write_action
from aimocap_blender.scene.takes import last_two
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_newest, in_oldest_and_newest
from tests.media.performance import Performance
from tests.thorough import thoroughly
from tests.ui.posing import world_matrices

from .blend_judge import blended, evaluated
from .blend_judge import judge as judge_blend
from .recorded_takes import on_character, recordings
from .walks import FPS, captured, keys_of, off_calves, off_legs, performer, standing, strut, walk

LENGTH = 12
SLIDE = 0.5
"""Centimetres a second that a foot which stands may move."""
STEP = 0.1
"""How much the hips' speed may change from frame to frame, of the mean speed around the transition."""
JOLT = 3.0
"""Degrees a frame that hips, knees and ankles may turn more than in the takes."""
AROUND = 3
"""Frames before and after the transition that are judged with it."""
STANDS = 22
"""Frame of the walk whose pose stands still."""
HALT = 1.5
"""Times its greatest acceleration in the walk that an ankle may have."""
CLOSE = 0.002
"""Metres between a foot and the end of its lower leg."""
HARD = 0.01
"""Metres a frame, from frame to frame, by which a foot stops harder than in a take and it is seen."""
CHARM = "charm"


def speeds(path: np.ndarray) -> np.ndarray:
    """(F - 1,) centimetres a second."""
    return np.linalg.norm(np.diff(path, axis=0), axis=1) * 100.0 * FPS


def speeds_of(bone: np.ndarray) -> np.ndarray:
    """(F - 1, 3) metres a second of a bone's head."""
    return np.diff(bone[:, :3, 3], axis=0) * FPS


def hardest_stop(feet: dict[str, np.ndarray]) -> float:
    """Metres: the greatest second difference of the paths of feet (F, 4, 4)."""
    return max(float(np.linalg.norm(np.diff(foot[:, :3, 3], 2, axis=0), axis=1).max()) for foot in feet.values())


def still(armature: bpy.types.Object) -> bpy.types.Action:
    """A take that stands in a pose of the one that it has."""
    pose = {of: curve.evaluate(STANDS) for of, curve in curves_of(armature).items()}
    channels = [Channel(*of, "", np.full(60, value)) for of, value in pose.items()]
    return write_action(armature, "Still", np.arange(1.0, 61.0), channels)


def legs_of(armature: bpy.types.Object) -> tuple[tuple[str, ...], ...]:
    """Hips, thigh, shin, foot and ball, of the left and of the right leg."""
    if "pelvis" in armature.pose.bones:
        return tuple(("pelvis", *(f"{part}_{side}" for part in ("thigh", "calf", "foot", "ball"))) for side in "lr")
    parts = ("UpLeg", "Leg", "Foot", "ToeBase")
    return tuple(("mixamorig:Hips", *(f"mixamorig:{side}{part}" for part in parts)) for side in ("Left", "Right"))


def played(armature: bpy.types.Object, action: bpy.types.Action, first: int, last: int) -> dict[str, np.ndarray]:
    """Bones of a take as it is, without the NLA; it goes on at its ends as it is there."""
    data = armature.animation_data
    before, data.use_nla = data.action, False
    data.action = action
    if hasattr(data, "action_slot"):
        data.action_slot = action.slots[0]
    found = world_matrices(armature, {bone for leg in legs_of(armature) for bone in leg}, np.arange(first, last + 1))
    data.action, data.use_nla = before, True
    return found


def turning(bones: dict[str, np.ndarray], leg: tuple[str, ...]) -> np.ndarray:
    """(3, F - 1) degrees by which hip, knee and ankle turn from frame to frame."""
    turns = np.array([bones[bone][:, :3, :3] for bone in leg[:4]])
    turns /= np.linalg.norm(turns, axis=-2, keepdims=True)
    joints = np.swapaxes(turns[:-1], -1, -2) @ turns[1:]
    steps = np.swapaxes(joints[:, :-1], -1, -2) @ joints[:, 1:]
    return np.degrees(np.arccos(np.clip((np.trace(steps, axis1=-2, axis2=-1) - 1.0) / 2.0, -1.0, 1.0)))


def judge(armature: bpy.types.Object, takes: tuple[bpy.types.Action, bpy.types.Action], done: Blended) -> float:
    """Feet stand, nothing jumps where strips follow each other, and the hips go on evenly.

    A foot has to stand until the first take lifts it, since the second puts it down, and while it does so in both.

    Returns:
        For how many frames ankles and balls stand in the transition, of its length.
    """
    length = done.length
    first, last = done.left - AROUND, done.left + length + AROUND
    legs = legs_of(armature)
    now = world_matrices(armature, {bone for leg in legs for bone in leg}, np.arange(first, last + 1))
    ours = played(armature, takes[0], first, last)
    theirs = played(armature, takes[1], done.entered - AROUND, done.entered + length + AROUND)
    inside = slice(AROUND, -AROUND)
    stood = 0
    for leg in legs:
        for sole in leg[3:]:
            own, other, sliding = (speeds(bones[sole][:, :3, 3]) for bones in (ours, theirs, now))
            until = next((step for step in range(AROUND, len(own)) if own[step] > SLIDE), len(own))
            since = next((step for step in reversed(range(len(other) - AROUND)) if other[step] > SLIDE), -1) + 1
            stands = np.arange(len(own)) < until
            stands |= np.arange(len(own)) >= since
            stands |= (own < SLIDE) & (other < SLIDE)
            stands[:AROUND] &= own[:AROUND] < SLIDE  # the strips on both sides are as they were
            stands[-AROUND:] &= other[-AROUND:] < SLIDE
            stood += int(stands[inside].sum())
            assert sliding[stands].max(initial=0.0) < SLIDE, sole
            # and it gets from one place to the other without a jump
            assert sliding[inside].max() < 1.5 * max(own.max(), other.max(), 100.0), sole
        turned, *usual = (turning(bones, leg)[:, inside].max(axis=1) for bones in (now, ours, theirs))
        assert (turned - np.max(usual, axis=0) < JOLT).all(), (leg, turned, usual)
    speed = speeds(now[legs[0][0]][:, :3, 3])
    step = np.abs(np.diff(speed)) / speed.mean()
    assert step[AROUND - 1 : length + AROUND].max() < STEP
    return stood / length


@pytest.mark.slow
@in_oldest_and_newest
def test_a_real_walk_goes_on_with_itself(mannequin: Path, shared_data: Path) -> None:
    armature = standing(mannequin)
    take = strut(armature, shared_data)
    done = blended(armature, (take, take))
    assert judge(armature, (take, take), done) >= 0.5


@in_oldest_and_newest
def test_a_walk_turns_onto_another_one() -> None:
    """The second one, on a circle and elsewhere, continues from the first, in its direction."""
    armature = performer()
    straight = walk(armature, 3.0, Performance(radius=20.0))
    round_it = walk(armature, 3.0, Performance(radius=1.5))
    before = [{key: keys.copy() for key, keys in keys_of(armature).items()}]
    assert last_two(armature) == (straight, round_it)
    done = blended(armature, (straight, round_it))
    assert judge(armature, (straight, round_it), done) >= 0.5
    assert abs(done.turn_degrees) > 10.0
    data = armature.animation_data
    assert data.action is None
    *muted, track = data.nla_tracks
    assert [one.mute for one in muted] == [True, True]
    assert not track.mute
    strips = [(strip.frame_start, strip.frame_end) for strip in track.strips]
    middle = (done.left, done.left + done.length)
    assert strips == [(1.0, done.left), middle, (middle[1], 90.0 + done.left - done.entered)]
    assert track.strips[0].action == straight
    assert round_it in [strip.action for one in muted for strip in one.strips]
    data.action = round_it
    if hasattr(data, "action_slot"):
        data.action_slot = round_it.slots[0]
    assert all((keys == before[0][key]).all() for key, keys in keys_of(armature).items())  # as it was


@pytest.mark.slow
@in_oldest_and_newest
def test_a_real_walk_and_a_made_one(mannequin: Path, shared_data: Path) -> None:
    """The real one's hips speed up and slow down by more from frame to frame than the transition may."""
    armature = standing(mannequin)
    real = strut(armature, shared_data)
    made = walk(armature)
    for takes in ((real, made), (made, real)):
        assert judge(armature, takes, blended(armature, takes)) >= 0.25  # the real one's feet creep half of the time


@thoroughly
@in_newest
@pytest.mark.parametrize("length", [12, 24])
def test_walks_of_all_kinds(mannequin: Path, shared_data: Path, length: int) -> None:
    armature = standing(mannequin)
    real = strut(armature, shared_data)
    zombie = shared_data / "motions/fair1_zombie.bvh"
    shambling = [captured(armature, zombie, FPS, part=part) for part in (slice(80, 170), slice(200, 300))]
    made = [walk(armature, performance=Performance(radius=radius)) for radius in (1e4, 1.5)]
    pairs = list(itertools.permutations((real, *shambling, *made), 2))
    stood = sum(judge(armature, takes, blended(armature, takes, length)) for takes in pairs)
    assert stood > len(pairs) / 2


@in_newest
@pytest.mark.parametrize(
    ("file", "length", "pairs"),
    [
        ("rocketbox_male17.fbx", 40, (("walk", "jog"), ("jog", "slow walk"))),
        ("quaternius_casual.glb", 20, (("turns", "dance"),)),  # without toes
    ],
)
def test_no_foot_drags_and_no_bone_whirls(
    file: str, length: int, pairs: tuple[tuple[str, str], ...], shared_data: Path, tmp_path: Path
) -> None:
    """Of recorded motion, on the soles of a mesh; the tool chooses how long the transition is."""
    del shared_data
    clips = recordings(tmp_path, {name for names in pairs for name in names})
    armature, bones, soles, takes = on_character(file, clips, tmp_path)
    for names in pairs:
        both = takes[names[0]], takes[names[1]]
        done = blended(armature, both, length)
        assert not judge_blend(armature, bones, soles, both, done).beyond(), names


@pytest.mark.long
@in_newest
def test_a_transition_that_sets_a_foot_down_hard_is_not_smooth(shared_data: Path, tmp_path: Path) -> None:
    """From a crouch into the few frames of a run a foot stops harder than either take does it."""
    del shared_data
    names = "crouch", "short run"
    armature, bones, _, takes = on_character("m2m_def.glb", recordings(tmp_path, names), tmp_path)
    both = takes[names[0]], takes[names[1]]
    done = blended(armature, both, 20)
    feet = {slot: bones[slot] for slot in ("left_foot", "right_foot")}
    now = evaluated(armature, feet, range(done.left, done.left + done.length + 1))
    for take in both:
        first, last = (round(edge) for edge in take.frame_range)
        own = evaluated(armature, feet, range(first, last + 1), take)
        assert hardest_stop(now) > hardest_stop(own) + HARD
    assert not done.smooth


@pytest.mark.long
@in_newest
def test_a_swinging_foot_is_not_stopped_at_once() -> None:
    """From the midst of a step into a take that stands: no ankle is set down harder than the walk does it."""
    armature = performer()
    walking = walk(armature, 2.0)
    takes = walking, still(armature)
    done = blended(armature, takes, LENGTH)
    first, last = done.left - AROUND, done.left + done.length + AROUND
    ankles = [leg[3] for leg in legs_of(armature)]
    now = world_matrices(armature, ankles, np.arange(first, last + 1))
    usual = played(armature, walking, 1, 60)
    for ankle in ankles:
        changes = [np.diff(speeds_of(bones[ankle]), axis=0) for bones in (now, usual)]
        hardest, own = (np.linalg.norm(change, axis=1).max() for change in changes)
        assert hardest < HALT * own, ankle


@pytest.mark.long
@in_newest
def test_feet_that_hang_on_no_leg_go_along() -> None:
    """Into a take in which they stand all along, so that their own channels are constant: it is moved with them."""
    armature = off_legs(performer())
    takes = walk(armature, 2.0), still(armature)
    done = blended(armature, takes, LENGTH)
    frames = np.arange(done.left, done.left + done.length + AROUND)
    assert off_calves(armature, frames) < CLOSE


@in_newest
def test_a_transition_is_much_longer_than_asked_for_only_if_that_is_much_smoother(
    shared_data: Path, tmp_path: Path
) -> None:
    """Between turns, that of 50 frames is as good to the eye as that of 120."""
    del shared_data
    armature, _, _, takes = on_character("vrm_addon_example.vrm", recordings(tmp_path, ["turns"]), tmp_path)
    assert blended(armature, (takes["turns"], takes["turns"]), 40).length <= 80


@pytest.mark.long
def test_a_bone_that_only_the_second_take_moves_doesn_t_jump() -> None:
    """Before that one the NLA plays the bone at rest, whatever pose it was left in."""
    armature = performer()
    bpy.ops.object.mode_set(mode="EDIT")
    charm = armature.data.edit_bones.new(CHARM)
    hand = charm.parent = armature.data.edit_bones["hand_l"]
    charm.head, charm.tail = hand.tail, hand.tail * 2.0 - hand.head
    bpy.ops.object.mode_set(mode="OBJECT")
    takes = walk(armature), walk(armature)
    bone = armature.pose.bones[CHARM]
    bone.rotation_mode, bone.rotation_quaternion = "QUATERNION", (0.8, 0.6, 0.0, 0.0)
    bone.keyframe_insert("rotation_quaternion", frame=1)
    done = blended(armature, takes)
    frames = np.arange(done.left - AROUND, done.left + done.length + AROUND + 1)
    turned = world_matrices(armature, [CHARM, "hand_l"], frames)
    in_hand = np.linalg.inv(turned["hand_l"]) @ turned[CHARM]
    bends = np.degrees(np.arccos(np.clip(in_hand[0, :3, 1] @ in_hand[:, :3, 1].T, -1.0, 1.0)))
    assert bends[-1] > 70.0
    assert np.abs(np.diff(bends)).max() < 20.0  # twice its mean speed


def test_refusals_change_nothing(mannequin: Path) -> None:
    armature = standing(mannequin)
    take, short = walk(armature, 2.0), walk(armature, 0.3)
    before = len(bpy.data.actions), len(armature.animation_data.nla_tracks), armature.animation_data.action
    with pytest.raises(Fault, match="has 9 frames, too few for a transition of 12"):
        blended(armature, (take, short))
    steps = blend(armature, bpy.context.scene, (take, take), LENGTH, 1.0)
    assert next(steps) == 0.0
    steps.close()  # as Esc does
    armature.pose.bones["mixamorig:LeftFoot"].constraints.new("COPY_LOCATION").target = armature
    with pytest.raises(Fault, match="Constraints or drivers move “Mannequin”"):
        blended(armature, (take, take))
    assert before == (
        len(bpy.data.actions),
        len(armature.animation_data.nla_tracks),
        armature.animation_data.action,
    )
