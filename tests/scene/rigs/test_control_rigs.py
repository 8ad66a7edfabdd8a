"""The bones that carry others are found by moving them, and nothing of that is left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.bones.humanoid import BoneMap, Switch
from aimocap_blender.scene.armatures import skeleton_of
from aimocap_blender.scene.bone_maps import bone_map_of
from aimocap_blender.scene.rigs.control_rigs import control_rig, has_influences

from ..characters import open_character, true_names
from ..constrained_characters import (
    armature_constraint,
    child_of,
    copy_rotation,
    driver,
    inverse_kinematics,
    no_inheritance,
)
from ..scene_dump import changes, dump

if TYPE_CHECKING:
    from pathlib import Path

    from aimocap_blender.motion.control_rig import ControlRig

    from ..constrained_characters import Constrain

CHARACTER = "characters/mh_mixamo.blend"


@pytest.fixture(scope="session")
def names(shared_data: Path) -> dict[str, str]:
    return true_names(shared_data, CHARACTER)


@pytest.fixture
def character(shared_data: Path, tmp_path: Path) -> bpy.types.Object:
    return open_character(shared_data, CHARACTER, tmp_path)


def probed(obj: bpy.types.Object, bone_map: BoneMap) -> ControlRig:
    return control_rig(obj, skeleton_of(obj), list(bone_map.bones().values()), bone_map)


class Hanging:
    """The bones that carry the bones of slots, by slots."""

    def __init__(self, rig: ControlRig, names: dict[str, str]) -> None:
        self._rig, self._names = rig, names
        self._slots = {bone: slot for slot, bone in names.items()}

    def carried_by(self, slot: str) -> str | None:
        return self._slot(int(self._rig.skeleton.parents[self.index(slot)]))

    def rotates_with(self, slot: str) -> str | None:
        return self._slot(int(self._rig.rotates_with[self.index(slot)]))

    def gain(self, slot: str) -> float:
        return float(self._rig.gain[self.index(slot)])

    def index(self, slot: str) -> int:
        return self._rig.skeleton.index(self._names[slot])

    def _slot(self, bone: int) -> str | None:
        return None if bone < 0 else self._slots.get(name := self._rig.skeleton.names[bone], name)


def test_plain_bones_hang_on_their_parents(character: bpy.types.Object, names: dict[str, str]) -> None:
    rig = probed(character, bone_map_of(character))
    of_bone = {bone.name: bone for bone in character.data.bones}
    mapped = set(rig.skeleton.names)
    for index, name in enumerate(rig.skeleton.names):
        above = next((parent.name for parent in of_bone[name].parent_recursive if parent.name in mapped), None)
        for relation in (rig.skeleton.parents, rig.rotates_with):
            assert (None if relation[index] < 0 else rig.skeleton.names[relation[index]]) == above
            assert relation[index] < index
    assert rig.gain == pytest.approx(1.0, abs=1e-4)
    assert rig.zero == pytest.approx(rig.skeleton.rest, abs=1e-5)
    assert names["hips"] == rig.skeleton.names[rig.hips]


def test_a_constraint_may_be_what_a_bone_hangs_on(character: bpy.types.Object, names: dict[str, str]) -> None:
    bone_map = bone_map_of(character)
    armature_constraint(character, names)
    hanging = Hanging(probed(character, bone_map), names)
    assert hanging.carried_by("left_upper_arm") == hanging.rotates_with("left_upper_arm") == "upper_chest"
    assert hanging.carried_by("left_hand") == "left_lower_arm"


def test_a_bone_may_hang_on_one_and_turn_with_another(character: bpy.types.Object, names: dict[str, str]) -> None:
    bone_map = bone_map_of(character)
    no_inheritance(character, names)
    hanging = Hanging(probed(character, bone_map), names)
    assert hanging.carried_by("head") == "neck"
    assert hanging.rotates_with("head") is None
    assert hanging.gain("neck") == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("constrain", "held"),
    [(inverse_kinematics, {"left_upper_arm", "left_lower_arm"}), (driver, {"left_hand"})],
    ids=["inverse_kinematics", "driver"],
)
def test_constrained_bone_follows_its_parents(
    character: bpy.types.Object, names: dict[str, str], constrain: Constrain, held: set[str]
) -> None:
    bone_map = bone_map_of(character)
    constrain(character, names)
    hanging = Hanging(probed(character, bone_map), names)
    assert {slot for slot in bone_map.bones() if hanging.gain(slot) <= 0.0} == held
    assert hanging.rotates_with("left_lower_arm") == hanging.carried_by("left_lower_arm") == "left_upper_arm"
    assert hanging.rotates_with("left_hand") == "left_lower_arm"
    assert hanging.rotates_with("left_index_proximal") == "left_hand"


def test_the_uppermost_bone_that_carries_the_hips_is_found(character: bpy.types.Object, names: dict[str, str]) -> None:
    bone_map = bone_map_of(character)
    bpy.context.view_layer.objects.active = character
    bpy.ops.object.mode_set(mode="EDIT")
    bones = character.data.edit_bones
    for name in ("root", "between", "aside"):
        bones.new(name).tail = (0.0, 0.3, 0.0)
    bones["between"].parent = bones["root"]
    bpy.ops.object.mode_set(mode="OBJECT")
    hang = character.pose.bones[names["hips"]].constraints.new("ARMATURE")
    target = hang.targets.new()
    target.target, target.subtarget = character, "between"
    rig = probed(character, bone_map)
    assert set(rig.skeleton.names) - set(bone_map.bones().values()) == {"root"}
    assert Hanging(rig, names).carried_by("hips") == Hanging(rig, names).rotates_with("hips") == "root"


def test_a_bone_may_be_off_its_rest(character: bpy.types.Object, names: dict[str, str]) -> None:
    child_of(character, names)
    rig = probed(character, bone_map_of(character))
    hips = Hanging(rig, names).index("hips")
    carrier = np.array(bpy.data.objects["Carrier"].matrix_world)
    inverse = np.linalg.inv(np.array(character.matrix_world))
    assert rig.zero[hips] == pytest.approx(
        inverse @ carrier @ np.array(character.matrix_world) @ rig.skeleton.rest[hips], abs=1e-5
    )


# who is asked at all


def test_muted_constraints_and_object_drivers_have_no_influence(
    character: bpy.types.Object, names: dict[str, str]
) -> None:
    bones = character.pose.bones
    muted = bones[names["left_hand"]].constraints.new("COPY_ROTATION")
    muted.mute = True
    bones[names["right_hand"]].constraints.new("COPY_ROTATION").influence = 0.0
    character.driver_add("location", 0)
    arms = [names["left_hand"], names["right_hand"]]
    assert not has_influences(character, arms)
    muted.driver_add("influence").driver.expression = "1"
    assert has_influences(character, arms)
    assert not has_influences(character, arms[1:])


@pytest.mark.parametrize("slot", ["left_hand", "left_shoulder", "hips"])
def test_constraints_and_drivers_count_above_the_bones_too(
    character: bpy.types.Object, names: dict[str, str], slot: str
) -> None:
    hand = [names["left_hand"]]
    character.pose.bones[names["right_hand"]].constraints.new("COPY_ROTATION")
    assert not has_influences(character, hand)
    character.pose.bones[names[slot]].driver_add("rotation_quaternion", 1)
    assert has_influences(character, hand)


# the file


@pytest.mark.parametrize("state", ["animated", "posed", "tweaked", "rest position", "hidden"])
def test_nothing_is_left_behind(character: bpy.types.Object, names: dict[str, str], state: str) -> None:
    copy_rotation(character, names)
    child_of(character, names)
    arm = character.pose.bones[names["left_upper_arm"]]
    arm["IK_FK"], arm["whole"], arm["logical"] = 0.25, 0, False
    arm.rotation_mode, arm.rotation_axis_angle = "AXIS_ANGLE", (0.3, 0.1, 0.7, 0.2)
    if state in {"animated", "tweaked"}:
        for frame, angle in ((1, 0.3), (20, 1.1)):
            arm.rotation_axis_angle[0] = angle
            arm.keyframe_insert("rotation_axis_angle", frame=frame)
            character.keyframe_insert("location", frame=frame)
    if state == "tweaked":
        data = character.animation_data
        track = data.nla_tracks.new()
        strip = track.strips.new("Strip", 1, data.action)
        data.action = None
        data.nla_tracks.active, track.select, strip.select = track, True, True
        data.use_tweak_mode = True
        assert data.use_tweak_mode
    character.data.pose_position = "REST" if state == "rest position" else "POSE"
    character.hide_viewport = state == "hidden"
    bpy.context.scene.frame_set(7)
    bone_map = bone_map_of(character)
    switches = tuple(Switch(arm.name, prop, 1.0) for prop in ("IK_FK", "whole", "logical", "missing"))
    switches += (Switch("missing", "IK_FK", 1.0),)
    before = dump()
    probed(character, BoneMap(bone_map.matches, bone_map.spine_chain, bone_map.neck_chain, "", switches))
    assert changes(before, dump()) == set()
    bpy.context.view_layer.update()
    assert changes(before, dump()) == set()
    assert [type(arm[prop]) for prop in ("IK_FK", "whole", "logical")] == [float, int, bool]
