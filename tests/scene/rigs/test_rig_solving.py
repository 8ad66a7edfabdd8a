"""On rigs with constraints and drivers a motion looks as it does on the same character without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.bone_maps import PROPERTY, bone_map_of, keep_bone_map
from aimocap_blender.scene.keys.keyframes import curves_of
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retargeting import put_clip_on
from tests.blender_versions import in_newest

from ..characters import heads_at, open_character, true_names
from ..constrained_characters import (
    HELD,
    REACHED,
    armature_constraint,
    child_of,
    copy_rotation,
    degrees_apart,
    inverse_kinematics,
    limit_rotation,
    turns_at,
)
from ..real_files import motion, sample
from ..scene_dump import changes, dump

pytestmark = in_newest

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from aimocap_blender.motion.skeleton import Clip

    from ..constrained_characters import Constrain

CHARACTER = "characters/mh_mixamo.blend"
MAPPING = TimeMapping(10.0, 24.0)
UNLOCKED = RetargetOptions(contacts="OFF")


@pytest.fixture(scope="session")
def run(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return motion(shared_data / "motions" / "ue4_run.fbx", tmp_path_factory.mktemp("run")).clip


@pytest.fixture(scope="session")
def names(shared_data: Path) -> dict[str, str]:
    return true_names(shared_data, CHARACTER)


@pytest.fixture
def character(shared_data: Path, tmp_path: Path) -> bpy.types.Object:
    obj = open_character(shared_data, CHARACTER, tmp_path)
    keep_bone_map(obj, bone_map_of(obj))  # of the plain rig: what is constrained may be taken off its parent
    return obj


class Plain:
    """The motion on the character without constraints: bones, their axes and the hips' place."""

    def __init__(self, obj: bpy.types.Object, clip: Clip, names: dict[str, str]) -> None:
        self.bones = list(put_clip_on(obj, clip, MAPPING, UNLOCKED, "Run").bones)
        self.frames = MAPPING.frames(clip.times)
        self.turns = turns_at(obj, self.bones, self.frames)
        self.hips = heads_at(obj, {"hips": names["hips"]}, self.frames)["hips"]

    def degrees_off(self, obj: bpy.types.Object) -> dict[str, float]:
        """Bone to the largest angle at which another character's stands off."""
        apart = degrees_apart(turns_at(obj, self.bones, self.frames), self.turns).max(axis=0)
        return dict(zip(self.bones, apart.tolist(), strict=True))


@pytest.fixture(scope="session")
def plain(shared_data: Path, tmp_path_factory: pytest.TempPathFactory, run: Clip, names: dict[str, str]) -> Plain:
    return Plain(open_character(shared_data, CHARACTER, tmp_path_factory.mktemp("plain")), run, names)


def hips_of(obj: bpy.types.Object, names: dict[str, str], plain: Plain) -> npt.NDArray[np.float64]:
    return heads_at(obj, {"hips": names["hips"]}, plain.frames)["hips"]


@pytest.mark.slow_cases
@pytest.mark.parametrize("constrain", REACHED, ids=lambda constrain: constrain.__name__)
def test_bones_go_where_they_should(
    character: bpy.types.Object, run: Clip, names: dict[str, str], plain: Plain, constrain: Constrain
) -> None:
    constrain(character, names)
    outcome = put_clip_on(character, run, MAPPING, UNLOCKED, "Run")
    assert set(outcome.bones) == set(plain.bones)
    assert max(plain.degrees_off(character).values()) < 0.15
    assert hips_of(character, names, plain) == pytest.approx(plain.hips, abs=2e-3)
    assert outcome.deviation_degrees <= 0.1
    assert outcome.warnings == ()


@pytest.mark.parametrize(("constrain", "slots"), HELD, ids=lambda value: getattr(value, "__name__", ""))
def test_constrained_bones_are_reported_and_all_others_follow_the_motion(
    character: bpy.types.Object,
    run: Clip,
    names: dict[str, str],
    plain: Plain,
    constrain: Constrain,
    slots: frozenset[str],
) -> None:
    constrain(character, names)
    outcome = put_clip_on(character, run, MAPPING, UNLOCKED, "Run")
    off = plain.degrees_off(character)
    held = {names[slot] for slot in slots}
    assert max(angle for bone, angle in off.items() if bone not in held) < 0.15
    assert outcome.deviation_degrees == pytest.approx(max(off.values()), abs=0.2)
    (warning,) = outcome.warnings
    assert all((bone in warning) == (bone in held) for bone in plain.bones if bone not in warning or bone in held)
    assert f"{max(off.values()):.0f}°" in warning


def test_constrained_bones_are_keyed_all_the_same(
    character: bpy.types.Object, run: Clip, names: dict[str, str], plain: Plain
) -> None:
    inverse_kinematics(character, names)
    limit_rotation(character, names)
    put_clip_on(character, run, MAPPING, UNLOCKED, "Run")
    for bone in character.pose.bones:
        for constraint in bone.constraints:
            constraint.mute = True
    off = plain.degrees_off(character)
    hand = character.data.bones[names["left_hand"]]  # turned in the world as it should be while the arm is held
    free = {bone.name for bone in character.data.bones} - {bone.name for bone in (hand, *hand.children_recursive)}
    assert max(off[bone] for bone in free & off.keys()) < 0.15


def test_drivers_and_constraints_are_distinguished(
    character: bpy.types.Object, run: Clip, names: dict[str, str]
) -> None:
    for constrain, _ in HELD:
        constrain(character, names)
    character.data.pose_position = "REST"
    constraints, drivers, rest = put_clip_on(character, run, MAPPING, UNLOCKED, "Run").warnings
    assert constraints.startswith("Constraints")
    assert names["left_upper_arm"] in constraints
    assert drivers.startswith("Drivers")
    assert names["left_hand"] in drivers
    assert "Rest Position" in rest
    assert character.data.pose_position == "REST"


@pytest.mark.parametrize("axes", ["xyz", "y"])
def test_a_bone_that_is_scaled_to_nothing_is_reported(
    character: bpy.types.Object, run: Clip, names: dict[str, str], plain: Plain, axes: str
) -> None:
    limit = character.pose.bones[names["left_lower_arm"]].constraints.new("LIMIT_SCALE")
    for axis in axes:
        setattr(limit, f"use_max_{axis}", True)
        setattr(limit, f"max_{axis}", 0.0)
    with np.errstate(all="raise"):
        outcome = put_clip_on(character, run, MAPPING, UNLOCKED, "Run")
    (warning,) = outcome.warnings
    assert names["left_lower_arm"] in warning
    assert "180°" in warning
    assert np.isfinite(outcome.deviation_degrees)
    arm = character.data.bones[names["left_lower_arm"]]
    gone = {bone.name for bone in (arm, *arm.children_recursive)}
    assert max(angle for bone, angle in plain.degrees_off(character).items() if bone not in gone) < 0.15


def test_hips_that_are_kept_in_their_place_are_reported(
    character: bpy.types.Object, run: Clip, names: dict[str, str]
) -> None:
    limit = character.pose.bones[names["hips"]].constraints.new("LIMIT_LOCATION")
    limit.use_max_z = limit.use_min_z = True
    (warning,) = put_clip_on(character, run, MAPPING, UNLOCKED, "Run").warnings
    assert names["hips"] in warning
    assert "from travelling with the motion" in warning


@pytest.mark.parametrize("constrain", [copy_rotation, child_of, armature_constraint], ids=lambda c: c.__name__)
def test_where_the_object_stands_makes_no_difference(
    character: bpy.types.Object, run: Clip, names: dict[str, str], plain: Plain, constrain: Constrain
) -> None:
    turn = Matrix.Rotation(0.5, 3, "Z")
    carrier = bpy.data.objects.new("Parent", None)
    bpy.context.scene.collection.objects.link(carrier)
    character.parent, character.scale, character.location = carrier, (1.5, 1.5, 1.5), (3.0, 1.0, 0.0)
    place = character.constraints.new("CHILD_OF")
    place.set_inverse_pending = False
    place.target = bpy.data.objects.new("Place", None)
    bpy.context.scene.collection.objects.link(place.target)
    place.target.rotation_euler = (0.0, 0.0, 0.5)
    constrain(character, names)
    bpy.context.view_layer.update()
    outcome = put_clip_on(character, run, MAPPING, UNLOCKED, "Run")
    stands = np.array(turn).T @ turns_at(character, plain.bones, plain.frames)
    assert degrees_apart(stands, plain.turns).max() < 0.15
    assert outcome.warnings == ()


@pytest.mark.parametrize("how", ["hidden", "pose mode", "another scene"])
def test_it_need_not_be_seen(
    character: bpy.types.Object, run: Clip, names: dict[str, str], plain: Plain, how: str
) -> None:
    armature_constraint(character, names)
    scene = bpy.context.window.scene
    if how == "hidden":
        character.hide_viewport = True
    elif how == "pose mode":
        bpy.context.view_layer.objects.active = character
        bpy.ops.object.mode_set(mode="POSE")
    else:
        bpy.context.window.scene = bpy.data.scenes.new("Another")
    outcome = put_clip_on(character, run, MAPPING, UNLOCKED, "Run")
    assert outcome.warnings == ()
    bpy.context.window.scene = scene
    character.hide_viewport = False
    assert max(plain.degrees_off(character).values()) < 0.15


def test_poses_and_actions_from_before_make_no_difference(
    character: bpy.types.Object, run: Clip, names: dict[str, str], plain: Plain
) -> None:
    copy_rotation(character, names)
    for slot in ("hips", "spine", "left_upper_arm", "right_lower_leg"):
        bone = character.pose.bones[names[slot]]
        bone.rotation_mode = "XYZ"
        bone.rotation_euler, bone.location = (0.4, -0.3, 0.7), (0.1, 0.0, 0.2)
        bone.keyframe_insert("rotation_euler", frame=1)
        bone.keyframe_insert("location", frame=5)
    put_clip_on(character, run, MAPPING, UNLOCKED, "Run")
    put_clip_on(character, run, MAPPING, UNLOCKED, "Run")
    assert max(plain.degrees_off(character).values()) < 0.15
    assert len(character.animation_data.nla_tracks) == 2


def test_a_motion_of_the_own_skeleton_goes_over_as_it_is(
    shared_data: Path, character: bpy.types.Object, run: Clip, names: dict[str, str], plain: Plain, tmp_path: Path
) -> None:
    put_clip_on(character, run, TimeMapping(1.0, 25.0), UNLOCKED, "Run")
    bpy.context.scene.render.fps = 25
    own = sample(character, range(1, 1 + len(run.times)))
    obj = open_character(shared_data, CHARACTER, tmp_path)
    copy_rotation(obj, names)
    child_of(obj, names)
    outcome = put_clip_on(obj, own, MAPPING, UNLOCKED, "Run")
    assert outcome.as_it_is
    assert outcome.warnings == ()
    assert max(plain.degrees_off(obj).values()) < 0.15
    assert hips_of(obj, names, plain) == pytest.approx(plain.hips, abs=2e-3)


def test_keys_on_whole_frames_are_of_the_solved_motion(
    character: bpy.types.Object, run: Clip, names: dict[str, str]
) -> None:
    copy_rotation(character, names)
    frames = np.arange(10.0, 24.0)
    outcome = put_clip_on(
        character, run, TimeMapping(10.0, 30.0), UNLOCKED, "Run", KeyOptions(previous_action="LEAVE", sampling="FRAMES")
    )
    assert outcome.action == "Run"
    arm = curves_of(character)[f'pose.bones["{names["left_upper_arm"]}"].rotation_quaternion', 0]
    assert [point.co[0] for point in arm.keyframe_points][: len(frames)] == frames.tolist()
    solved = turns_at(character, list(outcome.bones), frames)
    bpy.data.actions.remove(bpy.data.actions["Run"])
    for bone in character.pose.bones:
        for constraint in bone.constraints:
            constraint.mute = True
    put_clip_on(
        character, run, TimeMapping(10.0, 30.0), UNLOCKED, "Run", KeyOptions(previous_action="LEAVE", sampling="FRAMES")
    )
    assert degrees_apart(solved, turns_at(character, list(outcome.bones), frames)).max() < 0.3


def test_nothing_else_in_the_file_changes(character: bpy.types.Object, run: Clip, names: dict[str, str]) -> None:
    copy_rotation(character, names)
    child_of(character, names)
    character.pose.bones[names["spine"]].rotation_quaternion = (0.9, 0.3, 0.1, 0.2)
    character.keyframe_insert("location", frame=1)
    bpy.context.scene.frame_set(7)
    bpy.context.view_layer.update()
    before = dump()
    put_clip_on(character, run, MAPPING, UNLOCKED, "Run")
    own = ("actions[Run]", f"objects[{character.name}].animation_data", f"objects[{character.name}]['{PROPERTY}']")
    changed = changes(before, dump())
    assert {path for path in changed if not path.startswith(own)} == set()


def test_an_override_with_constraints_takes_a_motion(
    shared_data: Path, tmp_path: Path, run: Clip, names: dict[str, str], plain: Plain
) -> None:
    library = tmp_path / "library.blend"
    obj = open_character(shared_data, CHARACTER, tmp_path)
    keep_bone_map(obj, bone_map_of(obj))
    armature_constraint(obj, names)
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(library), link=True) as (inside, wanted):
        wanted.objects = [name for name in inside.objects if name == "mh_mixamo"]
    (linked,) = wanted.objects
    bpy.context.scene.collection.objects.link(linked)
    override = linked.override_create(remap_local_usages=True)
    put_clip_on(override, run, MAPPING, UNLOCKED, "Run")
    assert max(plain.degrees_off(override).values()) < 0.15
