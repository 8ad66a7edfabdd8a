"""An armature's motion is sampled as Blender shows it, whatever moves it, and nothing in the file changes for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.armature_motion import armature_motion
from aimocap_blender.scene.isolated_evaluation import isolated
from aimocap_blender.texts.faults import Fault
from tests.scene.pole import BONES, compare, new_pole

from .scene_dump import changes, dump

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def pole() -> bpy.types.Object:
    """Three bones one on the other, the middle one nodding between frames 10 and 30."""
    obj = new_pole("Pole")
    bone = obj.pose.bones["middle"]
    bone.rotation_mode = "XYZ"
    for frame, angle in ((10, 0.0), (18, 1.2), (30, -0.4)):
        bone.rotation_euler.x = angle
        bone.keyframe_insert("rotation_euler", frame=frame)
    return obj


def test_keys_between_which_blender_bends(pole: bpy.types.Object) -> None:
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.25
    scene.frame_set(14)
    before = dump()
    motion = armature_motion(pole, scene)
    clip, mapping = motion.clip, motion.mapping
    assert changes(before, dump()) == set()
    assert scene.frame_current == 14
    assert mapping.frames(clip.times).tolist() == list(range(10, 31))
    assert clip.fps == pytest.approx(24.0)
    assert clip.times[-1] == pytest.approx(20 / 24)
    compare(pole, motion)


def test_more_keys_than_frames(pole: bpy.types.Object) -> None:
    pole.animation_data_clear()
    bone = pole.pose.bones["low"]
    frames = 5 + np.arange(201) * 0.24  # 100 a second in a scene of 24
    for frame, angle in zip(frames, np.random.default_rng(1).normal(size=201), strict=True):
        bone.rotation_mode = "XYZ"
        bone.rotation_euler.z = angle
        bone.keyframe_insert("rotation_euler", index=2, frame=frame)
    motion = armature_motion(pole, bpy.context.scene)
    clip, mapping = motion.clip, motion.mapping
    assert np.abs(mapping.frames(clip.times) - frames).max() < 1e-3
    assert clip.fps == pytest.approx(100.0, rel=1e-3)
    compare(pole, motion)


def moved_object(pole: bpy.types.Object) -> None:
    pole.scale = (0.01, 0.01, 0.01)
    for frame, place in ((10, 0.0), (40, 2.0)):
        pole.location = (place, 1.0, 0.0)
        pole.keyframe_insert("location", frame=frame)


def moved_parent(pole: bpy.types.Object) -> None:
    parent = bpy.data.objects.new("Cart", None)
    bpy.context.scene.collection.objects.link(parent)
    pole.parent = parent
    for frame, angle in ((5, 0.0), (40, 3.0)):
        parent.rotation_euler.z = angle
        parent.keyframe_insert("rotation_euler", frame=frame)


def nla(pole: bpy.types.Object) -> None:
    data = pole.animation_data
    action, data.action = data.action, None
    strip = data.nla_tracks.new().strips.new("Slow", 50, action)
    strip.scale = 2.0
    muted = data.nla_tracks.new()
    muted.strips.new("Muted", 500, action)
    muted.mute = True


def constraint(pole: bpy.types.Object) -> None:
    follower = pole.pose.bones["top"].constraints.new("COPY_LOCATION")
    target = bpy.data.objects.new("Target", None)
    bpy.context.scene.collection.objects.link(target)
    follower.target = target
    for frame, height in ((10, 2.0), (30, 5.0)):
        target.location.z = height
        target.keyframe_insert("location", frame=frame)


def driver(pole: bpy.types.Object) -> None:
    pole.pose.bones["top"].driver_add("location", 0).driver.expression = "frame * 0.1"


@pytest.mark.parametrize(
    ("mover", "frames"),
    [
        (moved_object, (10, 40)),
        (moved_parent, (5, 40)),
        (nla, (50, 90)),
        (constraint, (10, 30)),
        (driver, (10, 30)),
    ],
)
def test_motion_from_objects_tracks_and_constraints_is_sampled(
    pole: bpy.types.Object, mover: Callable[[bpy.types.Object], None], frames: tuple[int, int]
) -> None:
    mover(pole)
    bpy.context.scene.frame_set(3)
    motion = armature_motion(pole, bpy.context.scene)
    found = motion.mapping.frames(motion.clip.times)
    assert (found[0], found[-1]) == frames
    compare(pole, motion)


def test_it_follows_another_armature_alone(pole: bpy.types.Object) -> None:
    copy = new_pole("Copy")
    for name in BONES:
        constraint = copy.pose.bones[name].constraints.new("COPY_TRANSFORMS")
        constraint.target, constraint.subtarget = pole, name
    motion = armature_motion(copy, bpy.context.scene)
    assert motion.mapping.frames(motion.clip.times).tolist() == list(range(10, 31))
    compare(copy, motion)


def through_armature_constraints(pole: bpy.types.Object, copy: bpy.types.Object) -> None:
    for name in BONES:
        target = copy.pose.bones[name].constraints.new("ARMATURE").targets.new()
        target.target, target.subtarget = pole, name


def through_another(pole: bpy.types.Object, copy: bpy.types.Object) -> None:
    between, around = new_pole("Between"), bpy.data.objects.new("Around", None)
    bpy.context.scene.collection.objects.link(around)
    for follower, target in ((copy, between), (between, pole)):
        for name in BONES:
            constraint = follower.pose.bones[name].constraints.new("COPY_ROTATION")
            constraint.target, constraint.subtarget = target, name
    around.constraints.new("COPY_SCALE").target = copy  # in a ring, which ends all the same
    between.constraints.new("COPY_SCALE").target = around


def through_a_driver(pole: bpy.types.Object, copy: bpy.types.Object) -> None:
    driver = copy.pose.bones["top"].driver_add("location", 0).driver
    variable = driver.variables.new()
    variable.type = "TRANSFORMS"
    variable.targets[0].id, variable.targets[0].bone_target = pole, "middle"
    variable.targets[0].transform_type, driver.expression = "ROT_X", variable.name


@pytest.mark.parametrize("follow", [through_armature_constraints, through_another, through_a_driver])
def test_it_follows_another_at_some_removes(
    pole: bpy.types.Object, follow: Callable[[bpy.types.Object, bpy.types.Object], None]
) -> None:
    copy = new_pole("Copy")
    follow(pole, copy)
    motion = armature_motion(copy, bpy.context.scene)
    assert motion.mapping.frames(motion.clip.times).tolist() == list(range(10, 31))
    assert np.ptp(motion.clip.positions if follow is through_a_driver else motion.clip.rotations, axis=0).max() > 0.1
    compare(copy, motion)


def test_drivers_alone_move_it_over_the_scenes_frames() -> None:
    obj, scene = new_pole("Driven"), bpy.context.scene
    scene.frame_start, scene.frame_end = 4, 21
    driver(obj)
    motion = armature_motion(obj, scene)
    assert motion.mapping.frames(motion.clip.times).tolist() == list(range(4, 22))
    compare(obj, motion)


def test_it_is_hidden_and_its_collection_excluded(pole: bpy.types.Object) -> None:
    scene = bpy.context.scene
    wanted = armature_motion(pole, scene).clip
    home = bpy.data.collections.new("Sources")
    scene.collection.children.link(home)
    home.objects.link(pole)
    scene.collection.objects.unlink(pole)
    pole.hide_set(True)
    bpy.context.view_layer.layer_collection.children["Sources"].exclude = True
    for hidden in (False, True):
        pole.hide_viewport = hidden
        assert np.array_equal(armature_motion(pole, scene).clip.positions, wanted.positions)


def test_it_is_shown_in_its_rest_position(pole: bpy.types.Object) -> None:
    pole.data.pose_position = "REST"
    motion = armature_motion(pole, bpy.context.scene)
    assert pole.data.pose_position == "REST"
    pole.data.pose_position = "POSE"
    compare(pole, motion)  # once it stood still


def test_handlers_do_not_hear_of_it(pole: bpy.types.Object) -> None:
    bpy.context.view_layer.update()
    heard: list[str] = []

    @bpy.app.handlers.persistent
    def lasting(scene: bpy.types.Scene, *_: object) -> None:
        heard.append(scene.name)

    def passing(scene: bpy.types.Scene, *_: object) -> None:
        heard.append(scene.name)

    names = ("frame_change_pre", "frame_change_post", "depsgraph_update_pre", "depsgraph_update_post")
    lists = [getattr(bpy.app.handlers, name) for name in names]
    before = [[*handlers, lasting, passing] for handlers in lists]
    for handlers in lists:
        handlers += [lasting, passing]
    try:
        armature_motion(pole, bpy.context.scene)
        with pytest.raises(TypeError), isolated(pole) as alone:
            alone.at("no frame")
        assert heard == []
        assert [[*handlers] for handlers in lists] == before
        bpy.context.scene.frame_set(12)
        assert set(heard) == {"Scene"}
    finally:
        for handlers in lists:
            handlers.remove(lasting)
            handlers.remove(passing)


def test_where_it_stands_is_where_the_motion_starts(pole: bpy.types.Object) -> None:
    moved_object(pole)
    bpy.context.scene.frame_set(40)
    clip = armature_motion(pole, bpy.context.scene).clip
    assert clip.skeleton.world[:3, 3] == pytest.approx((0.0, 1.0, 0.0), abs=1e-6)
    assert clip.skeleton.scale == pytest.approx(0.01)


def test_a_long_file(shared_data: Path) -> None:
    bpy.ops.import_anim.bvh(filepath=str(shared_data / "motions" / "boxing_toes.bvh"))
    (obj,) = bpy.data.objects
    motion = armature_motion(obj, bpy.context.scene)
    clip, mapping = motion.clip, motion.mapping
    assert mapping.frames(clip.times).tolist() == list(range(1, 3071))
    assert bpy.data.scenes.keys() == ["Scene"]


def refused(obj: bpy.types.Object) -> str:
    bpy.context.view_layer.update()  # or what is evaluated late counts as a change
    before = dump()
    with pytest.raises(Fault) as fault:
        armature_motion(obj, bpy.context.scene)
    assert changes(before, dump()) == set()
    return str(fault.value)


def test_refusals(pole: bpy.types.Object) -> None:
    assert "no animation" in refused(new_pole("Still"))
    box = bpy.data.objects.new("Box", None)
    assert "not an armature" in refused(box)
    bpy.context.view_layer.objects.active = pole
    bpy.ops.object.mode_set(mode="EDIT")
    assert "Edit Mode" in refused(pole)


@pytest.mark.skipif(bpy.app.version < (4, 4), reason="actions have no slots")
@pytest.mark.parametrize("slot", ["none", "empty", "short"])
def test_only_its_own_slot_of_an_action_moves_it(pole: bpy.types.Object, slot: str) -> None:
    copy = new_pole("Copy")
    data, action = copy.animation_data_create(), pole.animation_data.action
    data.action = action
    data.action_slot = None if slot == "none" else action.slots.new(id_type="OBJECT", name="Copy")
    if slot == "short":
        for frame in (14, 20):
            copy.location.x = frame
            copy.keyframe_insert("location", frame=frame)
        assert copy.animation_data.action == action
        motion = armature_motion(copy, bpy.context.scene)
        assert motion.mapping.frames(motion.clip.times).tolist() == list(range(14, 21))
        compare(copy, motion)
    else:
        assert "no animation" in refused(copy)


def test_constraints_that_move_nothing_are_no_motion() -> None:
    obj = new_pole("Still")
    obj.pose.bones["top"].constraints.new("LIMIT_ROTATION").use_limit_x = True
    obj.pose.bones["low"].driver_add("location", 0).driver.expression = "0.5"
    assert "no animation" in refused(obj)


def test_one_key_is_no_motion(pole: bpy.types.Object) -> None:
    pole.animation_data_clear()
    pole.pose.bones["low"].keyframe_insert("location", frame=7)
    assert "no animation" in refused(pole)
