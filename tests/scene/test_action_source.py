"""Actions tell where their motion comes from, and are found as assets from another file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.action_source import UNKNOWN, ActionSource, source_of, stamped
from aimocap_blender.scene.keys.keyframes import Channel, PreviousAction, curves_of, write_action
from aimocap_blender.texts.faults import Fault
from tests.scene.action_assets import assets, assets_in, kept_on, saved

from .scene_dump import changes, dump

TAKE = ActionSource(
    file="walk.mp4",
    capture="3f2a",
    job="job_7",
    target="default",
    range_sec=(1.5, 6.0),
    captured_at="2025-03-04T05:06:07+00:00",
    service="aimocap.net",
)
KEPT = {
    "aimocap_file": "walk.mp4",
    "aimocap_capture": "3f2a",
    "aimocap_job": "job_7",
    "aimocap_target": "default",
    "aimocap_range_sec": [1.5, 6.0],
    "aimocap_captured_at": "2025-03-04T05:06:07+00:00",
    "aimocap_service": "aimocap.net",
}


@pytest.fixture
def figure() -> bpy.types.Object:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return armature("Figure")


def armature(name: str) -> bpy.types.Object:
    obj = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.update()  # makes its pose, without which Blender ends when it gets an action
    return obj


def put(
    obj: bpy.types.Object,
    source: ActionSource | None,
    name: str = "Walk",
    *,
    as_asset: bool = True,
    previous: PreviousAction = "PUSH_DOWN",
) -> bpy.types.Action:
    with stamped(obj, source, as_asset=as_asset):
        return write_action(
            obj, name, np.array([1.0, 9.0]), [Channel("location", 0, "Moves", np.zeros(2))], previous=previous
        )


def test_it_is_found_from_another_file_with_all_that_it_tells(figure: bpy.types.Object, tmp_path: Path) -> None:
    put(figure, TAKE)
    bpy.data.objects.remove(figure)
    (found,) = assets_in(saved(tmp_path))
    assert found.name == "Walk"
    assert kept_on(found) == KEPT
    assert source_of(found) == TAKE
    assert found.asset_data.description == "Captured from walk.mp4, 1.50 to 6.00 s, on 2025-03-04."
    assert {tag.name for tag in found.asset_data.tags} == {"AIMoCap", "mocap", "humanoid"}


def test_unknown_facts_are_left_out(figure: bpy.types.Object) -> None:
    assert kept_on(put(figure, UNKNOWN)) == {}
    assert kept_on(put(figure, ActionSource(file="run.fbx"))) == {"aimocap_file": "run.fbx"}
    reported = [
        put(figure, source).asset_data.description
        for source in (
            UNKNOWN,
            ActionSource(file="run.fbx"),
            ActionSource(armature="Dancer"),
            ActionSource(capture="a", job="job_1"),
        )
    ]
    assert reported == ["", "Motion of run.fbx.", "Motion of the armature “Dancer”.", "Captured by job job_1."]


def test_property_that_people_overwrote_is_ignored(figure: bpy.types.Object) -> None:
    action = put(figure, TAKE)
    for written in ("from here to there", [1.5], 1.5):
        action["aimocap_range_sec"] = written
        assert source_of(action) == replace(TAKE, range_sec=())
        assert source_of(action).sentence


def test_no_asset_where_none_is_wanted(figure: bpy.types.Object) -> None:
    action = put(figure, TAKE, as_asset=False)
    assert kept_on(action) == KEPT
    assert action.asset_data is None
    assert not action.use_fake_user


def move_a_key(obj: bpy.types.Object) -> None:
    curve = curves_of(obj)["location", 0]
    curve.keyframe_points[1].co.y += 0.001
    curve.update()


@pytest.mark.parametrize("as_asset", [True, False])
@pytest.mark.parametrize("previous", ["PUSH_DOWN", "IN_TURN"])
def test_ten_times_the_same_leave_one_action_and_what_was_there(
    figure: bpy.types.Object, previous: PreviousAction, as_asset: bool
) -> None:
    mine = put(figure, None, "Mine", as_asset=False)
    for _ in range(10):
        last = put(figure, TAKE, as_asset=as_asset, previous=previous)
    assert sorted(action.name for action in bpy.data.actions) == ["Mine", "Walk"]
    assert figure.animation_data.action == last
    assert [[strip.action for strip in track.strips] for track in figure.animation_data.nla_tracks] == [[mine]]
    move_a_key(figure)
    put(figure, TAKE, as_asset=as_asset)
    assert sorted(action.name for action in bpy.data.actions) == ["Mine", "Walk", "Walk 2"]


def set_interpolation(action: bpy.types.Action, curve: bpy.types.FCurve) -> None:
    del action
    curve.keyframe_points[0].interpolation = "CONSTANT"


def add_noise(action: bpy.types.Action, curve: bpy.types.FCurve) -> None:
    del action
    curve.modifiers.new("NOISE")


def mark_a_pose(action: bpy.types.Action, curve: bpy.types.FCurve) -> None:
    del curve
    action.pose_markers.new("Hit")


def key_a_face(action: bpy.types.Action, curve: bpy.types.FCurve) -> None:
    del curve
    if not hasattr(action, "slots"):
        pytest.skip("Blender before 4.4 has no slots")
    face = action.slots.new(id_type="KEY", name="Face")
    curves = action.layers[0].strips[0].channelbag(face, ensure=True).fcurves
    curves.new('key_blocks["Smile"].value').keyframe_points.insert(5, 0.5)


@pytest.mark.parametrize("work", [set_interpolation, add_noise, mark_a_pose, key_a_face])
def test_one_that_somebody_worked_on_is_kept(
    figure: bpy.types.Object, work: Callable[[bpy.types.Action, bpy.types.FCurve], None]
) -> None:
    first = put(figure, TAKE)
    work(first, curves_of(figure)["location", 0])
    put(figure, TAKE)
    assert sorted(action.name for action in bpy.data.actions) == ["Walk", "Walk 2"]


def test_one_with_a_fake_user_is_kept(figure: bpy.types.Object) -> None:
    put(figure, TAKE, as_asset=False).use_fake_user = True
    put(figure, TAKE, as_asset=False)
    assert sorted(action.name for action in bpy.data.actions) == ["Walk", "Walk 2"]


def test_one_that_was_adjusted_or_got_a_part_is_kept(figure: bpy.types.Object) -> None:
    put(figure, TAKE)
    put(figure, None, "Eased")
    put(figure, TAKE, "Again")
    assert sorted(action.name for action in bpy.data.actions) == ["Again", "Eased", "Walk"]


def test_one_that_plays_elsewhere_too_is_kept(figure: bpy.types.Object) -> None:
    first = put(figure, TAKE, as_asset=False)
    figure.animation_data.nla_tracks.new().strips.new("Again", 50, first)
    put(figure, TAKE, as_asset=False)
    assert sorted(action.name for action in bpy.data.actions) == ["Walk", "Walk 2"]
    assert [strip.name for track in figure.animation_data.nla_tracks for strip in track.strips] == ["Again"]


@pytest.mark.parametrize("previous", ["PUSH_DOWN", "IN_TURN", "LEAVE"])
def test_the_same_motion_again_is_the_asset_that_the_one_before_was(
    figure: bpy.types.Object, tmp_path: Path, previous: PreviousAction
) -> None:
    first = put(figure, TAKE)
    first.asset_data.author, first.asset_data.description = "Ann", "The good one"
    first.asset_data.catalog_id = catalog = "7d9c2a4e-0b1f-4c55-9a63-0123456789ab"
    first.asset_data.tags.new("hero")
    move_a_key(figure)  # it is worth keeping
    second = put(figure, TAKE, previous=previous)
    assert assets() == [second.name] == ["Walk 2"]
    third = put(figure, None, previous=previous)  # repaired
    assert kept_on(third) == KEPT
    assert assets() == [third.name]
    assert {first.use_fake_user, second.use_fake_user} == {previous == "LEAVE"}
    file = saved(tmp_path)
    bpy.ops.wm.open_mainfile(filepath=str(file))
    assert len(bpy.data.actions) == 3  # none is lost: on a track, or by a fake user
    (found,) = assets_in(file)
    data = found.asset_data
    assert (data.author, data.description, data.catalog_id) == ("Ann", "The good one", catalog)
    assert {tag.name for tag in data.tags} == {"AIMoCap", "mocap", "humanoid", "hero"}


@pytest.mark.parametrize(
    "other",
    [replace(TAKE, job="job_8"), replace(TAKE, target="unitree_g1"), ActionSource(file="walk.mp4"), UNKNOWN],
)
def test_another_motion_is_another_asset(figure: bpy.types.Object, other: ActionSource) -> None:
    put(figure, TAKE)
    put(figure, other, "Other")
    assert assets() == ["Other", "Walk"]


def test_two_files_of_one_name_are_two_assets(figure: bpy.types.Object) -> None:
    put(figure, ActionSource(file="take.fbx", checksum="1"), "take")
    put(figure, ActionSource(file="take.fbx", checksum="2"), "take")
    assert assets() == ["take", "take 2"]


def test_on_another_figure_it_is_another_asset(figure: bpy.types.Object) -> None:
    put(figure, TAKE)
    put(armature("Other"), TAKE)
    assert assets() == ["Walk", "Walk 2"]


def test_failed_writing_leaves_all_as_it_was(figure: bpy.types.Object) -> None:
    put(figure, TAKE)
    before = dump()
    with pytest.raises(Fault), stamped(figure, TAKE, as_asset=True):
        write_action(figure, "Bad", np.array([1.0]), [Channel("location", 0, "Moves", np.array([np.nan]))])
    assert changes(before, dump()) == set()
    assert assets() == ["Walk"]


def test_undo_takes_the_asset_and_redo_brings_it_again(figure: bpy.types.Object) -> None:
    name = figure.name
    bpy.ops.ed.undo_push(message="before")
    put(figure, TAKE)
    bpy.ops.ed.undo_push(message="put on")
    bpy.ops.ed.undo()
    assert assets() == []
    put(bpy.data.objects[name], TAKE)  # as the redo panel does
    bpy.ops.ed.undo_push(message="put on otherwise")
    assert assets() == ["Walk"]
    bpy.ops.ed.undo()
    bpy.ops.ed.redo()
    assert assets() == ["Walk"]


def test_an_override_gets_an_asset_of_its_own(figure: bpy.types.Object, tmp_path: Path) -> None:
    put(figure, TAKE)
    library = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.objects = ["Figure"]
    linked = bpy.data.objects["Figure"]
    bpy.context.scene.collection.objects.link(linked)
    override = linked.override_create(remap_local_usages=True)
    bpy.context.view_layer.update()
    put(override, TAKE, "Mine")
    mine = bpy.data.actions["Mine"]
    assert kept_on(mine) == KEPT
    theirs = next(action for action in bpy.data.actions if action.library is not None)
    assert mine.asset_data is not None
    assert theirs.asset_data is not None
    assert [action.name for action in assets_in(saved(tmp_path))] == ["Mine"]
