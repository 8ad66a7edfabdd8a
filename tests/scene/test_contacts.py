"""Foot contacts that are moved, cut and added: the feet follow, and nothing else, as Blender evaluates the keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.action_contacts import Applied, contacts_on, remembered
from aimocap_blender.scene.keys.keyframes import all_keyed_values
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.takes.contacts import require_contacts, solve_feet_again
from aimocap_blender.texts.faults import Fault
from tests.bench.tall_character import SLOTS, add_tall_character
from tests.blender_versions import in_newest
from tests.media.performance_clip import performance_clip
from tests.ui.posing import world_matrices

from .cleanup.recorded_takes import recordings

FPS, FRAMES = 30.0, 75
AT_ONE = TimeMapping(1.0, FPS)
LIMBS = [
    *(f"{side}_{bone}" for side in ("left", "right") for bone in ("upper_leg", "lower_leg", "foot", "toes")),
    *("hips", "left_lower_arm"),
]
BONES = {slot: SLOTS[slot][1] for slot in LIMBS}
STANDS, EXACT = 0.1, 0.01  # cm/s, degrees
BLEND = 11
"""Frames that a lock takes to fade in or out, and one more."""

Poses = Mapping[str, np.ndarray]


def walker(
    options: RetargetOptions = RetargetOptions(),  # noqa: B008 -- frozen
    keys: KeyOptions = KeyOptions(),  # noqa: B008 -- frozen
    mapping: TimeMapping = AT_ONE,
    mode: str = "QUATERNION",
) -> bpy.types.Object:
    """A character with longer legs than the walker's, walking."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = round(FPS)
    character = add_tall_character(bpy.context.scene, seed=7)
    for bone in character.pose.bones:
        bone.rotation_mode = mode
    put_clip_on(character, performance_clip(0.0, FRAMES / FPS), mapping, options, "Walk", keys)
    return character


def applied_to(character: bpy.types.Object) -> Applied:
    applied = remembered(character.animation_data.action)
    assert applied is not None
    return applied


def edit(character: bpy.types.Object, side: str, *bars: tuple[int, int]) -> None:
    contacts = require_contacts(character)
    solve_feet_again(character, {**contacts.feet, side: bars}, applied_to(character))


def poses(character: bpy.types.Object) -> Poses:
    found = world_matrices(character, BONES.values(), range(1, FRAMES + 1))
    return {slot: found[bone] for slot, bone in BONES.items()}


def fastest(found: Poses, slot: str, start: int, end: int) -> float:
    """The greatest speed of a joint in the frames of a bar, cm/s."""
    path = found[slot][start - 1 : end - 1, :3, 3]
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).max()) * FPS * 100.0


def turned(before: Poses, after: Poses) -> dict[str, np.ndarray]:
    """Slot to the degrees (F,) between two poses of its bone."""
    found: dict[str, np.ndarray] = {}
    for slot in LIMBS:
        ours, theirs = (
            pose[slot][:, :3, :3] / np.linalg.norm(pose[slot][:, :3, :3], axis=1)[:, None] for pose in (before, after)
        )
        apart = np.linalg.norm(ours - theirs, axis=(1, 2)) / np.sqrt(8.0)
        found[slot] = np.degrees(2.0 * np.arcsin(np.clip(apart, 0.0, 1.0)))
    return found


def require_alike_outside(before: Poses, after: Poses, first: int, last: int) -> None:
    """Nothing turned or moved away from some frames, and arms nowhere."""
    outside = np.ones(FRAMES, dtype=bool)
    outside[max(first - 1 - BLEND, 0) : last + BLEND] = False
    angles = turned(before, after)
    assert max(float(angle[outside].max()) for angle in angles.values()) < EXACT
    assert angles["left_lower_arm"].max() < EXACT
    assert max(float(np.abs(before[slot] - after[slot])[outside].max()) for slot in LIMBS) < 1e-5


Curves = dict[tuple[str, int], np.ndarray]


def curves(character: bpy.types.Object) -> Curves:
    return {channel: np.stack(keys) for channel, keys in all_keyed_values(character).items()}


def require_alike(ours: Curves, theirs: Curves) -> None:
    """Curves are the same, but for the last digit of single precision."""
    assert ours.keys() == theirs.keys()
    assert all(np.allclose(ours[channel], theirs[channel], rtol=1e-6, atol=1e-6) for channel in theirs)


def test_contacts_added_moved_and_cut() -> None:
    character = walker()
    action, before, written = character.animation_data.action, poses(character), curves(character)
    found = require_contacts(character).found
    (first, second, *rest), name = found["left"], action.name
    swing = (first[1] + second[0]) // 2
    added = (swing - 2, swing + 3)
    assert fastest(before, "left_foot", *added) > 100.0

    edit(character, "left", first, added, second, *rest)
    after = poses(character)
    assert max(fastest(after, slot, *added) for slot in ("left_foot", "left_toes")) < STANDS
    require_alike_outside(before, after, *added)
    assert turned(before, after)["right_foot"].max() < EXACT
    assert character.animation_data.action == action
    assert action.name == name

    longer = (second[0], second[1] + 3)  # its end is moved: the ball stands on, where it stood
    edit(character, "left", first, longer, *rest)
    after = poses(character)
    assert fastest(after, "left_toes", *longer) < STANDS < 50.0 < fastest(before, "left_toes", *longer)
    stood = [pose["left_toes"][second[1] - 3, :3, 3] for pose in (before, after)]
    assert np.allclose(*stood, atol=1e-4)
    assert max(fastest(after, "right_toes", *bar) for bar in found["right"]) < STANDS
    require_alike_outside(before, after, *longer)

    edit(character, "left", *found["left"])  # as it was found: as it was applied
    require_alike(curves(character), written)


def test_a_cut_contact_is_as_free_as_without_lock() -> None:
    free = poses(walker(RetargetOptions(contacts="OFF")))
    character = walker()
    before = poses(character)
    first, second, *rest = require_contacts(character).found["left"]
    edit(character, "left", first, *rest)
    after = poses(character)
    flat = (second[0] + 1, second[0] + 11)

    def leg(found: Poses) -> np.ndarray:
        return (found["left_foot"] - found["left_upper_leg"])[flat[0] - 1 : flat[1] - 1, :3, 3]

    assert np.linalg.norm(leg(before) - leg(free), axis=1).max() > 0.0015
    assert np.linalg.norm(leg(after) - leg(free), axis=1).max() < 0.0005
    assert fastest(before, "left_foot", *flat) < STANDS < 1.0 < fastest(after, "left_foot", *flat)
    require_alike_outside(before, after, *second)
    middle = (second[0] + 4, second[0] + 8)  # two contacts of one: what is left stands where it stood
    edit(character, "left", first, (second[0], middle[0]), (middle[1], second[1]), *rest)
    halves = poses(character)
    for start, end in ((second[0], middle[0]), (middle[1], second[1])):
        assert fastest(halves, "left_toes", start, end) < STANDS
        assert np.allclose(
            halves["left_toes"][start - 1 : end - 1], before["left_toes"][start - 1 : end - 1], atol=1e-4
        )


def test_edits_by_hand_stay() -> None:
    character = walker()
    found = require_contacts(character).found
    hips = next(curve for curve in _curves(character) if curve.data_path.endswith('Hips"].location'))
    arm = next(curve for curve in _curves(character) if "LeftForeArm" in curve.data_path)
    gone = next(curve for curve in _curves(character) if "RightToeBase" in curve.data_path)
    gone_path = gone.data_path, gone.array_index
    for curve, frame in ((hips, 70), (arm, 40)):
        curve.keyframe_points[frame - 1].co.y += 0.5
    extra = arm.keyframe_points.insert(40.5, 0.25)
    assert extra.co.y == 0.25
    hand_made = arm.keyframe_points[39].co.y, hips.keyframe_points[69].co.y, len(arm.keyframe_points)
    _remove(character, gone)
    (start, end), *rest = found["right"][1:]
    edit(character, "right", found["right"][0], (start, end + 4), *rest)
    arm, hips = (
        next(c for c in _curves(character) if part in c.data_path) for part in ("LeftForeArm", 'Hips"].location')
    )
    assert (arm.keyframe_points[39].co.y, hips.keyframe_points[69].co.y, len(arm.keyframe_points)) == hand_made
    assert gone_path not in all_keyed_values(character)


def _home(character: bpy.types.Object) -> Any:
    action = character.animation_data.action
    return action if not hasattr(action, "slots") else action.layers[0].strips[0].channelbag(action.slots[0])


def _curves(character: bpy.types.Object) -> Any:
    return _home(character).fcurves


def _remove(character: bpy.types.Object, curve: bpy.types.FCurve) -> None:
    _home(character).fcurves.remove(curve)


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("options", "keys", "mapping", "mode"),
    [
        (RetargetOptions(root_carrier="OBJECT"), KeyOptions(), AT_ONE, "XYZ"),
        (RetargetOptions(scale=0.9), KeyOptions(sampling="FRAMES"), TimeMapping(-3.5, 24.0), "QUATERNION"),
        (RetargetOptions(), KeyOptions(tolerance_degrees=0.05), TimeMapping(80.0, -FPS), "QUATERNION"),
    ],
    ids=["object_and_euler", "other_rate", "reversed_and_reduced"],
)
def test_however_it_was_applied(
    options: RetargetOptions, keys: KeyOptions, mapping: TimeMapping, mode: Literal["XYZ", "QUATERNION"]
) -> None:
    character = walker(options, keys, mapping, mode)
    written, contacts = curves(character), require_contacts(character)
    bars = contacts.found["right"]
    gap = (bars[1][1] + bars[2][0]) // 2
    bpy.context.scene.frame_set(gap)
    edit(character, "right", *bars[:2], (gap - 2, gap + 3), *bars[2:])
    found = world_matrices(character, [BONES["right_foot"]], range(gap - 2, gap + 3))[BONES["right_foot"]]
    assert np.ptp(found[:, :3, 3], axis=0).max() < 5e-4  # between samples joints turn evenly
    bpy.context.scene.frame_set(gap + 9)
    edit(character, "right", *bars)
    require_alike(curves(character), written)


def test_where_there_are_none() -> None:
    for options in (RetargetOptions(contacts="OFF"), RetargetOptions(root_motion="IN_PLACE")):
        character = walker(options)
        assert contacts_on(character.animation_data.action) is None
        with pytest.raises(Fault, match="has no foot contacts"):
            require_contacts(character)
    character = walker()
    action = character.animation_data.action
    stored = action["aimocap_contacts"]
    for spoiled in (
        "",
        "{}",
        "[1]",
        stored.replace('"within": [', '"within": [-99999999, '),
        stored.replace('"FULL"', "3"),
    ):
        action["aimocap_contacts"] = spoiled
        assert contacts_on(action) is None
    action["aimocap_contacts"] = stored
    applied, before = applied_to(character), curves(character)
    character.pose.bones[BONES["left_foot"]].constraints.new("LIMIT_ROTATION").use_limit_x = True
    with pytest.raises(Fault, match="Constraints or drivers move “Tall” now"):
        solve_feet_again(character, {"left": ()}, applied)
    require_alike(curves(character), before)


@in_newest
@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize(("sooner", "later"), [(3, 0), (0, 3)])
def test_a_longer_contact_leaves_a_foot_that_never_rests_as_it_was(tmp_path: Path, sooner: int, later: int) -> None:
    """In this recording an ankle goes on by 7 cm while its foot stands: edits of its ends don't stop it in between."""
    clip = recordings(tmp_path, ["slow walk"])["slow walk"]
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = round(FPS)
    character = add_tall_character(bpy.context.scene, seed=7)
    put_clip_on(character, clip, AT_ONE, RetargetOptions(), "Walk", KeyOptions(sampling="FRAMES"))
    before = poses(character)
    first, (start, end), *rest = require_contacts(character).found["right"]
    stood = slice(start - 1, end - 1)
    assert np.ptp(before["right_foot"][stood, :2, 3], axis=0).max() > 0.05

    edit(character, "right", first, (start - sooner, end + later), *rest)
    after = poses(character)
    added = (start - sooner, start + 1) if sooner else (end - 1, end + later)
    assert fastest(before, "right_foot", *added) > 20.0
    assert fastest(after, "right_foot", *added) < 1.0
    assert np.abs(before["right_foot"] - after["right_foot"])[stood, :3, 3].max() < 1e-3
    assert turned(before, after)["right_foot"][stood].max() < 0.1
