"""A motion that is read from keys is the one that Blender shows, and whatever else moves an armature is evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from aimocap_blender.scene.armature_motion import armature_motion
from aimocap_blender.scene.isolated_evaluation import IsolatedRig
from aimocap_blender.scene.keys.keyframes import curves_of
from tests.scene.pole import BONES, compare, new_pole

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES = range(5, 26)


@pytest.fixture
def keyed() -> bpy.types.Object:
    """A pole all of whose bones and which itself move any way, with a key on each frame."""
    rng = np.random.default_rng(4)
    obj = new_pole("Keyed")
    obj.scale = (0.01, 0.01, 0.01)
    obj.data.bones["middle"].use_inherit_rotation = False
    obj.data.bones["top"].use_local_location = False
    obj.pose.bones["low"].rotation_mode = "XZY"
    obj.pose.bones["top"].rotation_mode = "AXIS_ANGLE"
    obj.rotation_mode = "ZYX"
    obj.pose.bones["middle"].location = (0.1, -0.2, 0.3)  # not keyed
    for frame in FRAMES:
        obj.location, obj.rotation_euler = rng.normal(size=(2, 3))
        obj.keyframe_insert("location", frame=frame)
        obj.keyframe_insert("rotation_euler", frame=frame)
        for name, path in zip(BONES, ("rotation_euler", "rotation_quaternion", "rotation_axis_angle"), strict=True):
            bone = obj.pose.bones[name]
            setattr(bone, path, rng.normal(size=len(getattr(bone, path))))
            bone.keyframe_insert(path, frame=frame)
        obj.pose.bones["top"].location = rng.normal(size=3)
        obj.pose.bones["top"].keyframe_insert("location", frame=frame)
    return obj


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The frames that Blender evaluates while a motion is sampled."""
    frames: list[float] = []
    before = IsolatedRig.at
    monkeypatch.setattr(IsolatedRig, "at", lambda rig, frame: frames.append(frame) or before(rig, frame))
    return frames


def carried(obj: bpy.types.Object) -> None:
    carrier = bpy.data.objects.new("Carrier", None)
    bpy.context.scene.collection.objects.link(carrier)
    carrier.matrix_world = Matrix.Translation((1, 2, 3)) @ Matrix.Rotation(0.7, 4, "X")
    obj.parent, obj.matrix_parent_inverse = carrier, Matrix.Translation((0, 0, -1))


def as_it_is(obj: bpy.types.Object) -> None:
    del obj


def constant(obj: bpy.types.Object) -> None:
    obj.pose.bones["low"].keyframe_insert("location", frame=FRAMES[0])
    obj.pose.bones["low"].keyframe_insert("scale", frame=FRAMES[-1])


@pytest.mark.parametrize("change", [as_it_is, carried, constant], ids=lambda change: change.__name__)
def test_keys_alone_are_read_and_nothing_is_evaluated(
    keyed: bpy.types.Object, evaluated: list[float], change: Callable[[bpy.types.Object], None]
) -> None:
    change(keyed)
    bpy.context.view_layer.update()
    motion = armature_motion(keyed, bpy.context.scene)
    assert evaluated == []
    assert len(motion.clip.times) == len(FRAMES)
    compare(keyed, motion)


def constrained(obj: bpy.types.Object) -> None:
    turn = obj.pose.bones["top"].constraints.new("COPY_ROTATION")
    turn.target, turn.subtarget = obj, "low"


def driven(obj: bpy.types.Object) -> None:
    obj.pose.bones["top"].driver_add("location", 1).driver.expression = "frame / 10"


def muted(obj: bpy.types.Object) -> None:
    curves_of(obj)['pose.bones["top"].location', 1].mute = True


def modified(obj: bpy.types.Object) -> None:
    curves_of(obj)['pose.bones["top"].location', 1].modifiers.new("NOISE").strength = 3.0


def scaled(obj: bpy.types.Object) -> None:
    obj.pose.bones["low"].scale = (2.0, 2.0, 2.0)


def bulging(obj: bpy.types.Object) -> None:
    """The same value at both ends, and another between them."""
    bone = obj.pose.bones["low"]
    for frame in (FRAMES[0], FRAMES[-1]):
        bone.keyframe_insert("location", index=0, frame=frame)
    curve = curves_of(obj)['pose.bones["low"].location', 0]
    for point in curve.keyframe_points:
        point.interpolation, point.handle_left_type, point.handle_right_type = "BEZIER", "FREE", "FREE"
    curve.keyframe_points[0].handle_right = (FRAMES[0] + 5, 4.0)
    curve.update()


def layered(obj: bpy.types.Object) -> None:
    data = obj.animation_data
    data.action.use_fake_user = True
    track = data.nla_tracks.new()
    track.strips.new("Below", FRAMES[0], data.action).blend_type = "ADD"
    data.action_blend_type = "ADD"


def moved_parent(obj: bpy.types.Object) -> None:
    carried(obj)
    for frame, height in ((FRAMES[0], 0.0), (FRAMES[-1], 2.0)):
        obj.parent.location.z = height
        obj.parent.keyframe_insert("location", frame=frame)


def shifted(obj: bpy.types.Object) -> None:
    obj.delta_location = (1.0, 0.0, 0.0)


OTHERS = (constrained, driven, muted, modified, scaled, bulging, layered, moved_parent, shifted)


@pytest.mark.parametrize("change", OTHERS, ids=lambda change: change.__name__)
def test_armature_that_more_than_keys_move_is_evaluated(
    keyed: bpy.types.Object, evaluated: list[float], change: Callable[[bpy.types.Object], None]
) -> None:
    change(keyed)
    bpy.context.view_layer.update()
    motion = armature_motion(keyed, bpy.context.scene)
    assert len(evaluated) == len(motion.clip.times)
    compare(keyed, motion)
