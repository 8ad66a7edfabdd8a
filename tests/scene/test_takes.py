"""Two takes of a character: what it plays, what the ghost shows, and what is left of each, as Blender evaluates it."""

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.action_source import ActionSource, source_of, stamped
from aimocap_blender.scene.keys.keyframes import Channel, PreviousAction, write_action
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.scene.takes import Comparison, GhostPoses, takes_of
from aimocap_blender.texts.faults import Fault
from tests.bench.tall_character import add_tall_character
from tests.media.performance_clip import performance_clip

from .scene_dump import changes, dump

FRAMES = np.array([1.0, 11.0, 21.0])
TAKE, PREVIEW = (
    ActionSource(file="walk.mp4", capture="3f2a", job="job_7"),
    ActionSource(preview="77ab", range_sec=(1.0, 2.0)),
)


@pytest.fixture
def figure() -> bpy.types.Object:
    """Two bones, one on the other."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    obj = bpy.data.objects.new("Figure", bpy.data.armatures.new("Figure"))
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    lower, upper = (obj.data.edit_bones.new(name) for name in ("lower", "upper"))
    lower.tail, upper.head, upper.tail = (0.0, 0.0, 1.0), (0.0, 0.0, 1.0), (0.0, 0.3, 1.8)
    upper.parent = lower
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in obj.pose.bones:
        bone.rotation_mode = "XYZ"
    return obj


def put(
    obj: bpy.types.Object,
    name: str,
    angle: float,
    source: ActionSource = TAKE,
    *,
    previous: PreviousAction = "PUSH_DOWN",
    as_asset: bool = False,
) -> bpy.types.Action:
    """A take that bends the upper bone and moves the object."""
    rises = np.array([0.0, 1.0, 0.3])
    channels = [
        Channel('pose.bones["upper"].rotation_euler', 0, "upper", angle * rises),
        Channel("location", 1, "Object", angle * rises[::-1]),
    ]
    with stamped(obj, source, as_asset=as_asset):
        return write_action(obj, name, FRAMES, channels, previous=previous)


def poses(obj: bpy.types.Object) -> np.ndarray:
    """(F, 2, 4, 4) bones in the world, each third frame."""
    rows = []
    for frame in range(1, 25, 3):
        bpy.context.scene.frame_set(frame)
        shown = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        rows.append([np.array(shown.matrix_world @ bone.matrix) for bone in shown.pose.bones])
    return np.array(rows)


def of_the_ghost(comparison: Comparison) -> np.ndarray:
    ghost = GhostPoses(comparison)
    assert ghost.bones == ("lower", "upper")
    assert ghost.at(4) is None
    ghost.sample(comparison, ghost.missing(4.0), 60.0)
    return np.array([ghost.at(frame) for frame in range(1, 25, 3) if frame <= 22])


@pytest.fixture
def two(figure: bpy.types.Object) -> dict[str, np.ndarray]:
    """Both takes' poses, seen while each was the character's own; the capture plays, the preview is pushed down."""
    found = {}
    for name, angle, source in (("Preview", 0.4, PREVIEW), ("Walk", 0.9, TAKE)):
        put(figure, name, angle, source, as_asset=True)
        found[name] = poses(figure)
    assert np.abs(found["Preview"] - found["Walk"]).max() > 0.1
    return found


def test_the_character_plays_one_and_the_ghost_the_other(figure: bpy.types.Object, two: dict[str, np.ndarray]) -> None:
    bpy.context.scene.frame_set(4)
    before = dump()
    comparison = Comparison(figure)
    assert np.abs(of_the_ghost(comparison) - two["Preview"]).max() < 1e-6
    assert changes(before, dump()) == set()  # frame, poses, scenes and objects included
    comparison.flip()
    assert np.abs(poses(figure) - two["Preview"]).max() < 1e-6
    assert np.abs(of_the_ghost(comparison) - two["Walk"]).max() < 1e-6
    comparison.flip()
    assert np.abs(poses(figure) - two["Walk"]).max() < 1e-6
    comparison.flip()
    comparison.put_back()
    bpy.context.scene.frame_set(4)
    assert changes(before, dump()) == set()


@pytest.mark.parametrize("kept", ["Walk", "Preview"])
def test_one_is_kept_and_nothing_is_left_of_the_other(
    figure: bpy.types.Object, two: dict[str, np.ndarray], kept: str
) -> None:
    things = [len(getattr(bpy.data, kind)) for kind in ("objects", "collections", "meshes", "armatures", "scenes")]
    comparison = Comparison(figure)
    if kept == "Preview":
        comparison.flip()
    assert comparison.keep() == ""
    assert [action.name for action in bpy.data.actions] == [kept]
    assert list(figure.animation_data.nla_tracks) == []
    assert [
        len(getattr(bpy.data, kind)) for kind in ("objects", "collections", "meshes", "armatures", "scenes")
    ] == things
    assert np.abs(poses(figure) - two[kept]).max() < 1e-6
    assert source_of(figure.animation_data.action) == (TAKE if kept == "Walk" else PREVIEW)


def test_channel_that_only_the_other_take_keys_is_at_rest_or_as_it_was(figure: bpy.types.Object) -> None:
    """The old Action keys bone and custom property that the new one doesn't, and the other way round."""
    figure["smile"] = 3
    upper, lower = (figure.pose.bones[name] for name in ("upper", "lower"))
    lower.scale.x = 1.5  # nothing keys it
    upper.rotation_euler.y = 0.25
    for name, channels in (
        ("Old", (('pose.bones["upper"].rotation_euler', 2), ('["smile"]', 0))),
        ("New", (('pose.bones["lower"].rotation_euler', 0), ('pose.bones["lower"].scale', 1))),
    ):
        values = np.array([0.4, 0.5, 0.7])
        write_action(figure, name, FRAMES, [Channel(path, index, name, values) for path, index in channels])
        if name == "Old":
            upper.rotation_euler.z, figure["smile"] = 0.0, 3
    bpy.context.scene.frame_set(11)
    before, shown = dump(), poses(figure)
    bpy.context.scene.frame_set(11)
    comparison = Comparison(figure)
    comparison.flip()
    turned = poses(figure)
    assert np.allclose(turned[:, 0, :3, :3], np.diag([1.5, 1.0, 1.0]) @ np.array(lower.bone.matrix_local)[:3, :3])
    assert np.abs(turned[:, 1] - shown[:, 1]).max() > 0.1
    comparison.flip()
    assert np.abs(poses(figure) - shown).max() < 1e-6
    comparison.put_back()
    bpy.context.scene.frame_set(11)
    assert changes(before, dump()) == set()


def test_an_object_that_the_other_take_moves_stands_where_it_stood() -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    character = add_tall_character(bpy.context.scene, seed=7)
    seen: list[np.ndarray] = []
    for carrier in ("HIPS", "OBJECT"):
        options = RetargetOptions(root_carrier=carrier)
        put_clip_on(character, performance_clip(0.0, 1.0), TimeMapping(1.0, 30.0), options, carrier)
        seen.append(poses(character))
    hips_head = seen[0][:, 0, :3, 3]
    assert np.linalg.norm(hips_head[-1] - hips_head[0]) > 0.3
    comparison = Comparison(character)  # where the second take has brought it
    comparison.flip()
    assert np.abs(poses(character) - seen[0]).max() < 1e-5
    assert comparison.keep() == ""
    assert np.abs(poses(character) - seen[0]).max() < 1e-5


@pytest.mark.usefixtures("two")
def test_edited_take_is_kept_on_a_muted_track(figure: bpy.types.Object) -> None:
    walk = figure.animation_data.action
    figure.pose.bones["upper"].rotation_euler.x = 1.1
    figure.pose.bones["upper"].keyframe_insert("rotation_euler", index=0, frame=11)
    comparison = Comparison(figure)
    comparison.flip()
    assert comparison.keep() == "EDITED"
    assert figure.animation_data.action.name == "Preview"
    (track,) = figure.animation_data.nla_tracks
    assert track.mute
    assert [strip.action for strip in track.strips] == [walk]
    assert walk.fcurves if not hasattr(walk, "slots") else track.strips[0].action_slot == walk.slots[0]
    assert [take.action.name for take in takes_of(figure)] == ["Preview", "Walk"]  # and may be compared again


@pytest.mark.usefixtures("two")
def test_take_that_is_used_elsewhere_is_kept(figure: bpy.types.Object) -> None:
    other = bpy.data.objects.new("Other", None)
    other.animation_data_create().action = bpy.data.actions["Preview"]
    comparison = Comparison(figure)
    assert comparison.keep() == "USED"
    assert [track.name for track in figure.animation_data.nla_tracks] == ["Preview"]


def test_an_action_that_was_unassigned_is_a_take_of_the_same_character_alone(figure: bpy.types.Object) -> None:
    twin = bpy.data.objects.new("Twin", figure.data)
    bpy.context.scene.collection.objects.link(twin)
    bpy.context.view_layer.update()
    for obj in (figure, twin):
        put(obj, f"{obj.name} Loose", 0.3)
        put(obj, f"{obj.name} Locked", 0.6, previous="LEAVE")
    assert [take.action.name for take in takes_of(figure)] == ["Figure Locked", "Figure Loose"]
    comparison = Comparison(figure)
    comparison.flip()
    assert comparison.keep() == ""
    assert sorted(action.name for action in bpy.data.actions) == ["Figure Loose", "Twin Locked", "Twin Loose"]


def test_of_three_only_the_one_that_was_seen_is_removed(figure: bpy.types.Object) -> None:
    mine = figure.animation_data_create().action = bpy.data.actions.new("Mine")
    figure.keyframe_insert("location", frame=1)
    for name, angle in (("First", 0.2), ("Second", 0.5)):
        put(figure, name, angle, ActionSource(capture=name))
    comparison = Comparison(figure)
    seen = [comparison.ghost.action.name]
    comparison.take_next_ghost()
    seen.append(comparison.ghost.action.name)
    assert seen == ["First", "Mine"]
    comparison.flip()  # Mine plays
    comparison.take_next_ghost()
    assert comparison.ghost.action.name == "First"
    assert comparison.keep() == ""
    assert figure.animation_data.action == mine
    assert [track.name for track in figure.animation_data.nla_tracks] == ["Second"]
    assert sorted(action.name for action in bpy.data.actions) == ["Mine", "Second"]


@pytest.mark.parametrize("same", [True, False])
def test_asset_data_of_the_same_job_goes_on_and_of_another_keeps_it(figure: bpy.types.Object, *, same: bool) -> None:
    put(figure, "First", 0.2, TAKE if same else PREVIEW)
    put(figure, "Second", 0.5, TAKE, as_asset=True, previous="LEAVE")
    second = figure.animation_data.action
    second.asset_data.author = "Ann"
    comparison = Comparison(figure)
    comparison.flip()
    assert comparison.keep() == ("" if same else "EDITED")
    kept = bpy.data.actions["First" if same else "Second"]
    assert kept.asset_data.author == "Ann"
    assert len(bpy.data.actions) == (1 if same else 2)


def test_where_there_is_nothing_to_compare(figure: bpy.types.Object) -> None:
    with pytest.raises(Fault, match="“Figure” has only one take"):
        Comparison(figure)
    put(figure, "First", 0.2, PREVIEW)
    put(figure, "Second", 0.5, TAKE)
    figure.animation_data.nla_tracks[0].is_solo = True
    before = dump()
    with pytest.raises(Fault, match="plays a solo NLA track"):
        Comparison(figure)
    assert changes(before, dump()) == set()


@pytest.mark.usefixtures("two")
def test_it_ends_when_somebody_else_changes_what_plays(figure: bpy.types.Object) -> None:
    comparison = Comparison(figure)
    assert comparison.stands
    figure.animation_data.action = None
    assert not comparison.stands
    comparison = None
    put(figure, "Third", 0.5, ActionSource(capture="other"))
    comparison = Comparison(figure)
    bpy.data.actions.remove(comparison.ghost.action)
    assert not comparison.stands
