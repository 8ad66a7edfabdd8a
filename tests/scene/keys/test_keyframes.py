"""Keys come out as they went in, whatever the version keeps them in, and no earlier action is lost."""

import itertools
from pathlib import Path

import bpy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimocap_blender.scene.keys.keyframes import Channel, curves_of, keyed_values, write_action
from aimocap_blender.texts.faults import Fault

from ..scene_dump import changes, dump


def empty(name: str = "Thing") -> bpy.types.Object:
    obj = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def location(values: list[float], index: int = 0) -> Channel:
    return Channel("location", index, "Moves", np.array(values, np.float64))


def shown_at(obj: bpy.types.Object, frame: float) -> tuple[float, float, float]:
    bpy.context.scene.frame_set(int(frame // 1), subframe=frame % 1)
    return tuple(obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).location)


def test_blender_shows_what_was_written() -> None:
    obj = empty()
    action = write_action(obj, "Walk", np.array([1.0, 2.0, 4.0]), [location([0, 1, 5], 0), location([7, 7, 9], 2)])
    assert action.name == "Walk"
    assert obj.animation_data.action == action
    assert shown_at(obj, 2) == pytest.approx((1, 0, 7))
    assert shown_at(obj, 3.5) == pytest.approx((4, 0, 8.5))  # linear between keys
    assert shown_at(obj, 40) == pytest.approx((5, 0, 9))


def test_channels_lie_in_their_group() -> None:
    obj = empty()
    write_action(obj, "Walk", np.array([1.0]), [location([0], 0), Channel("scale", 1, "Grows", np.ones(1))])
    assert {key: curve.group.name for key, curve in curves_of(obj).items()} == {
        ("location", 0): "Moves",
        ("scale", 1): "Grows",
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(-1_000_000, 1_000_000).map(lambda n: n / 32), st.floats(-1e6, 1e6, width=32)),
        min_size=1,
        max_size=30,
    )
)
def test_keys_are_sorted_and_the_last_of_a_frame_counts(rows: list[tuple[float, float]]) -> None:
    obj = empty()
    write_action(obj, "Any", np.array([row[0] for row in rows]), [location([row[1] for row in rows])])
    frames, values = keyed_values(curves_of(obj)["location", 0])
    assert dict(zip(frames.tolist(), values.tolist(), strict=True)) == dict(rows)
    assert frames.tolist() == sorted(frames.tolist())


def test_a_reversed_strip_plays_backwards() -> None:
    obj = empty()
    write_action(obj, "Back", np.array([10.0, 8.0, 6.0]), [location([1, 2, 3])])
    assert [shown_at(obj, frame)[0] for frame in (6, 7, 10)] == pytest.approx([3, 2.5, 1])


def test_the_previous_action_comes_back_with_its_track(tmp_path: Path) -> None:
    obj = empty()
    first = write_action(obj, "First", np.array([10.25, 20.5]), [location([1, 2])])
    write_action(obj, "Second", np.array([1.0, 30.0]), [location([5, 6])])
    assert shown_at(obj, 30)[0] == pytest.approx(6)
    assert first.users == 1
    assert not first.use_fake_user

    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    obj = bpy.data.objects["Thing"]
    data = obj.animation_data
    assert [(track.mute, [strip.action.name for strip in track.strips]) for track in data.nla_tracks] == [
        (True, ["First"])
    ]
    data.action = None
    data.nla_tracks[0].mute = False
    assert [shown_at(obj, frame)[0] for frame in (10.25, 14, 20.5)] == pytest.approx([1, 1 + 3.75 / 10.25, 2])


def test_the_previous_action_can_be_left_among_the_files_actions(tmp_path: Path) -> None:
    obj = empty()
    write_action(obj, "First", np.array([10.0, 20.0]), [location([1, 2])])
    write_action(obj, "Second", np.array([1.0, 30.0]), [location([5, 6])], previous="LEAVE")
    assert not obj.animation_data.nla_tracks
    assert shown_at(obj, 30)[0] == pytest.approx(6)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    assert "First" in bpy.data.actions


TURNS = {"One": (10, 20, 1.0), "Two": (30, 40, 2.0), "Three": (50, 60, 3.0)}
"""First and last frame of an action that stands still, and where."""


@pytest.mark.parametrize("order", itertools.permutations(TURNS))
def test_actions_play_in_turn_in_whatever_order_they_come(order: tuple[str, ...]) -> None:
    """Each is seen in its own time; in between one of them holds still."""
    obj = empty()
    for name in order:
        first, last, place = TURNS[name]
        write_action(obj, name, np.array([float(first), last]), [location([place, place])], previous="IN_TURN")
    for first, last, place in TURNS.values():
        assert [shown_at(obj, frame)[0] for frame in (first, first + 4, last)] == [place] * 3
    assert {shown_at(obj, frame)[0] for frame in (25, 45)} <= {1.0, 2.0, 3.0}
    assert obj.animation_data.action.name == order[-1]


def test_an_overlapping_action_covers_those_before_it_in_its_own_time() -> None:
    obj = empty()
    write_action(obj, "Long", np.array([1.0, 100.0]), [location([1, 1])], previous="IN_TURN")
    write_action(obj, "Short", np.array([40.0, 50.0]), [location([2, 2])], previous="IN_TURN")
    write_action(obj, "Last", np.array([80.0, 90.0]), [location([3, 3])], previous="IN_TURN")
    assert [shown_at(obj, frame)[0] for frame in (20, 45, 85)] == [1, 2, 3]


def test_sequence_on_an_override_is_saved(tmp_path: Path) -> None:
    obj = empty("Linked")
    for name, start in (("A", 10), ("B", 30)):
        write_action(obj, name, np.array([float(start), start + 5]), [location([1, 1])], previous="IN_TURN")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, wanted):
        wanted.objects = ["Linked"]
    (linked,) = wanted.objects
    bpy.context.scene.collection.objects.link(linked)  # from 5.3 on what no scene has can't be overridden
    override = linked.override_create(remap_local_usages=True)
    bpy.context.view_layer.update()
    for name, start in (("C", 50), ("D", 70)):
        write_action(override, name, np.array([float(start), start + 5]), [location([2, 2])], previous="IN_TURN")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "film.blend"))
    again = next(thing for thing in bpy.data.objects if thing.name == "Linked" and thing.override_library)
    kept = {strip.action.name for track in again.animation_data.nla_tracks for strip in track.strips}
    assert {"A", "C"} <= kept
    assert again.animation_data.action.name == "D"
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def test_every_earlier_action_is_kept() -> None:
    obj = empty()
    for name in ("One", "Two", "Three"):
        write_action(obj, name, np.array([1.0]), [location([0])])
    tracks = [strip.action.name for track in obj.animation_data.nla_tracks for strip in track.strips]
    assert tracks == ["One", "Two"]


def test_an_empty_previous_action_is_kept_too() -> None:
    obj = empty()
    obj.animation_data_create().action = bpy.data.actions.new("Nothing yet")
    write_action(obj, "Now", np.array([1.0]), [location([0])])
    assert bpy.data.actions["Nothing yet"].users == 1


def test_blending_solo_and_tweak_mode_do_not_hide_the_new_action() -> None:
    obj = empty()
    write_action(obj, "Base", np.array([1.0, 2.0]), [location([100, 100])])
    write_action(obj, "Layer", np.array([1.0, 2.0]), [location([7, 7])])
    data = obj.animation_data
    data.nla_tracks[0].mute = False
    data.nla_tracks[0].is_solo = True
    data.action_blend_type = "ADD"
    data.action_influence = 0.25
    write_action(obj, "New", np.array([1.0, 2.0]), [location([3, 3])])
    assert shown_at(obj, 1)[0] == pytest.approx(3)
    strip = data.nla_tracks[1].strips[0]
    assert (strip.action.name, strip.blend_type, strip.influence) == ("Layer", "ADD", 0.25)

    data.nla_tracks[0].mute = False
    data.nla_tracks[0].select = True
    data.nla_tracks[0].strips[0].select = True
    data.use_tweak_mode = True
    write_action(obj, "Newest", np.array([1.0, 2.0]), [location([4, 4])])
    assert data.action.name == "Newest"
    assert shown_at(obj, 1)[0] == pytest.approx(4)


def test_an_action_of_another_object_keeps_its_slot() -> None:
    """An action that two objects share must go on moving the other one."""
    first, second = empty("A"), empty("B")
    shared = write_action(first, "Shared", np.array([1.0]), [location([2])])
    second.animation_data_create().action = shared
    if hasattr(second.animation_data, "action_slot"):
        second.animation_data.action_slot = shared.slots[0]
    write_action(first, "Own", np.array([1.0]), [location([9])])
    assert shown_at(second, 1)[0] == pytest.approx(2)
    assert shown_at(first, 1)[0] == pytest.approx(9)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
@pytest.mark.parametrize("place", ["frame", "value"])
def test_value_that_is_not_finite_is_refused_before_anything_changes(bad: float, place: str) -> None:
    obj = empty()
    before = write_action(obj, "Before", np.array([1.0]), [location([0])])
    frames, values = np.array([1.0, 2.0]), np.array([0.0, 0.0])
    (frames if place == "frame" else values)[1] = bad
    with pytest.raises(Fault):
        write_action(obj, "Bad", frames, [Channel("location", 0, "Moves", values)])
    assert list(bpy.data.actions) == [before]
    assert obj.animation_data.action == before
    assert not obj.animation_data.nla_tracks


@pytest.mark.parametrize(
    ("frames", "channels"),
    [
        ([], [location([])]),
        ([1.0], []),
        ([1.0, 2.0], [location([1])]),
        ([1.0], [location([1]), location([2])]),
    ],
)
def test_misshapen_input_changes_nothing(frames: list[float], channels: list[Channel]) -> None:
    obj = empty()
    with pytest.raises(ValueError, match=r"nothing to key|repeated|values"):
        write_action(obj, "Bad", np.array(frames, np.float64), channels)
    assert not bpy.data.actions
    assert obj.animation_data is None


def test_a_failure_of_blender_leaves_no_action_behind() -> None:
    obj = empty()
    with pytest.raises(TypeError):
        write_action(obj, "Bad", np.array([1.0]), [Channel("location", "x", "Moves", np.ones(1))])  # no index
    assert not bpy.data.actions
    assert obj.animation_data is None


@pytest.mark.parametrize("tweaking", [False, True])
def test_a_previous_action_that_the_nla_has_no_room_for(*, tweaking: bool) -> None:
    obj = empty()
    strip_action = write_action(obj, "Strip", np.array([1.0, 9.0]), [location([0, 1])])
    far = write_action(obj, "Far", np.array([30.0]), [location([0])])
    (curve,) = curves_of(obj).values()
    curve.keyframe_points[0].co_ui[0] = 3e9  # as other scripts can
    data = obj.animation_data
    data.nla_tracks[0].is_solo = True
    data.action_blend_type, data.action_extrapolation, data.action_influence = "ADD", "NOTHING", 0.5
    if tweaking:
        data.nla_tracks.active = track = data.nla_tracks[0]
        track.mute, track.select, track.strips[0].select = False, True, True
        data.use_tweak_mode = True
        assert data.use_tweak_mode
    before = dump()
    with pytest.raises(Fault, match="can't store"):
        write_action(obj, "New", np.array([1.0]), [location([0])])
    assert changes(before, dump()) == set()
    assert set(bpy.data.actions) == {strip_action, far}


@pytest.mark.parametrize("frame", [1048575.0, -1048575.0, 3e9])
def test_frames_past_the_timelines_ends_are_refused(frame: float) -> None:
    obj = empty()
    with pytest.raises(Fault, match="past the end of Blender's timeline"):
        write_action(obj, "Far", np.array([1.0, frame]), [location([0, 1])])
    assert not bpy.data.actions
    assert obj.animation_data is None
    write_action(obj, "Near", np.array([1.0, 1048574.0]), [location([0, 1])])


def test_a_linked_object_is_refused(tmp_path: Path) -> None:
    empty("Linked")
    library = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=library)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(library, link=True) as (_, wanted):
        wanted.objects = ["Linked"]
    with pytest.raises(Fault, match="linked"):
        write_action(bpy.data.objects["Linked"], "No", np.array([1.0]), [location([0])])
    assert not bpy.data.actions
