"""A skeleton holds what Blender shows of the armature at rest, wherever its object stands and whether it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector

from aimocap_blender.scene.armatures import skeleton_of
from aimocap_blender.texts.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path


def rig() -> bpy.types.Object:
    """Four bones, the child made before its parent, none along an axis."""
    data = bpy.data.armatures.new("Rig")
    obj = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    made = {}
    for name, head, tail in (
        ("hand", (0.5, 0.1, 1.2), (0.6, 0.2, 1.1)),
        ("arm", (0.2, 0.0, 1.4), (0.5, 0.1, 1.2)),
        ("prop", (2.0, 0.0, 0.0), (2.0, 0.0, 1.0)),
        ("hips", (0.0, 0.0, 1.0), (0.0, 0.1, 1.3)),
    ):
        made[name] = data.edit_bones.new(name)
        made[name].head, made[name].tail, made[name].roll = head, tail, 0.3
    made["hand"].parent, made["arm"].parent = made["arm"], made["hips"]
    made["hand"].use_connect = True
    made["arm"].use_local_location = False
    made["arm"].use_inherit_rotation = False
    made["prop"].use_deform = False
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def heads_in_the_world(obj: bpy.types.Object) -> dict[str, Vector]:
    shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return {bone.name: shown.matrix_world @ bone.head for bone in shown.pose.bones}


def test_bones_are_where_blender_shows_them() -> None:
    obj = rig()
    obj.location, obj.rotation_euler, obj.scale = (1, 2, 3), (0.1, 0.2, 0.3), (0.01, 0.01, 0.01)
    skeleton = skeleton_of(obj)
    shown = heads_in_the_world(obj)
    for index, name in enumerate(skeleton.names):
        assert skeleton.heads[index] == pytest.approx(shown[name], abs=1e-6)
        along = obj.data.bones[name].vector.normalized()
        parent = obj.data.bones[name].parent
        axis = Vector(skeleton.rest[index, :3, 1])
        assert axis.angle((parent.matrix_local.to_3x3() @ along) if parent else along) < 1e-3
    tail = skeleton.world_tails[skeleton.index("arm")]
    assert tail == pytest.approx(shown["hand"], abs=1e-6)


def test_parents_come_before_their_children_and_options_with_their_bones() -> None:
    skeleton = skeleton_of(rig())
    assert set(skeleton.names) == {"hips", "arm", "hand", "prop"}
    assert all(parent < index for index, parent in enumerate(skeleton.parents))
    parents = {name: int(skeleton.parents[skeleton.index(name)]) for name in skeleton.names}
    assert (skeleton.names[parents["hand"]], skeleton.names[parents["arm"]], parents["hips"]) == ("arm", "hips", -1)
    options = {name: skeleton.option(skeleton.index(name)) for name in skeleton.names}
    assert [name for name in options if options[name].connected] == ["hand"]
    assert [name for name in options if not options[name].local_location] == ["arm"]
    assert [name for name in options if not options[name].inherit_rotation] == ["arm"]
    assert [name for name in options if not options[name].deform] == ["prop"]


@pytest.mark.parametrize("how", ["hidden in the viewport", "hidden by the eye", "in no scene", "collection excluded"])
def test_a_hidden_armature_stands_where_it_would_be_shown(how: str) -> None:
    obj = rig()
    carrier = bpy.data.objects.new("Carrier", None)
    scene = bpy.context.scene
    scene.collection.objects.link(carrier)
    obj.parent, obj.matrix_parent_inverse = carrier, Matrix.Translation((0, 0, 5))
    if how == "hidden in the viewport":
        obj.hide_viewport = True
    elif how == "hidden by the eye":
        obj.hide_set(True)
    elif how == "in no scene":
        scene.collection.objects.unlink(obj)
    else:
        scene.collection.objects.unlink(obj)
        collection = bpy.data.collections.new("Away")
        scene.collection.children.link(collection)
        collection.objects.link(obj)
        bpy.context.view_layer.layer_collection.children["Away"].exclude = True
    carrier.location, carrier.scale, obj.location = (1, 0, 0), (2, 2, 2), (0, 1, 0)
    assert skeleton_of(obj).world[:3, 3] == pytest.approx((1, 2, 10))
    assert skeleton_of(obj).scale == pytest.approx(2)


def test_a_hidden_armature_that_hangs_on_a_bone_is_refused() -> None:
    obj, holder = rig(), rig()
    obj.parent, obj.parent_type, obj.parent_bone = holder, "BONE", "hand"
    assert skeleton_of(obj).world[2, 3] == pytest.approx(1.1, abs=1e-5)
    obj.hide_viewport = True
    with pytest.raises(Fault, match="hidden"):
        skeleton_of(obj)


def test_object_without_an_armature_at_rest_is_refused() -> None:
    with pytest.raises(Fault, match="not an armature"):
        skeleton_of(bpy.data.objects.new("Empty", None))
    with pytest.raises(Fault, match="no bones"):
        skeleton_of(bpy.data.objects.new("None", bpy.data.armatures.new("None")))
    obj = rig()
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(Fault, match="Edit Mode"):
        skeleton_of(obj)


def test_a_library_that_is_missing_is_said_to_be(tmp_path: Path) -> None:
    """Its armature is there without bones, as that of a file that came without it."""
    obj = rig()
    bpy.ops.object.mode_set(mode="OBJECT")
    library = tmp_path / "hero.blend"
    bpy.data.libraries.write(str(library), {obj})
    with bpy.data.libraries.load(str(library), link=True) as (_, linked):
        linked.objects = ["Rig"]
    bpy.context.scene.collection.objects.link(linked.objects[0])
    bpy.data.objects.remove(obj)
    assert linked.objects[0].override_create(remap_local_usages=True) is not None
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    library.unlink()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    (override,) = (one for one in bpy.data.objects if one.type == "ARMATURE" and one.override_library is not None)
    with pytest.raises(Fault, match=r"library of “Rig” is missing: .*hero\.blend"):
        skeleton_of(override)


@pytest.mark.parametrize("name", ["mh_default", "mh_mixamo", "smplx_wooden"])
def test_real_characters(shared_data: Path, name: str) -> None:
    bpy.ops.wm.open_mainfile(filepath=str(shared_data / f"characters/{name}.blend"))
    obj = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    obj.data.pose_position = "REST"
    shown = heads_in_the_world(obj)
    skeleton = skeleton_of(obj)
    assert np.array([shown[bone] for bone in skeleton.names]) == pytest.approx(skeleton.heads, abs=1e-6)
    assert all(parent < index for index, parent in enumerate(skeleton.parents))


def test_bones_that_the_rig_itself_may_move_are_known() -> None:
    obj = rig()
    obj.pose.bones["hand"].constraints.new("COPY_ROTATION").mute = True
    obj.pose.bones["arm"].driver_add("rotation_quaternion", 1)
    obj.driver_add("location", 0)
    skeleton = skeleton_of(obj)
    assert {name for name in skeleton.names if skeleton.option(skeleton.index(name)).driven} == {"hand", "arm"}
    obj.data.bones["arm"].name = 'arm "1\\2"'
    skeleton = skeleton_of(obj)
    assert skeleton.option(skeleton.index('arm "1\\2"')).driven
