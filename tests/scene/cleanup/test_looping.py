"""Loops of a synthetic and of a real walk, judged on evaluated poses, in the cycle and in the one after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.own_motion_options import LoopOptions
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.armature_motion import armature_motion
from aimocap_blender.scene.cleanup.own_action import MadeLoop, frames_of, make_loop
from aimocap_blender.scene.keys.keyframes import Channel, curves_of, write_action
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_newest, in_oldest_and_newest
from tests.media.performance import Performance
from tests.media.performance_clip import performance_clip
from tests.ui.posing import heads

from .blend_judge import dragged, evaluated, floor_of
from .recorded_takes import on_character, recordings
from .walks import FPS, off_neck, performer, standing, walk

if TYPE_CHECKING:
    from pathlib import Path

STEPS = 1.02
"""Times the largest step of a bone's direction in the motion itself that the seam may have."""
DRAG = 0.01
"""Metres that a foot may drag along the floor in one go, beyond the take."""
PEAK = 1.25  # times its neighbours: a step of a swing at its fastest, two frames wide


def options(
    root_motion: Literal["FULL", "IN_PLACE"] = "FULL", first: int = -1000, last: int = 1000, shortest: float = 0.5
) -> LoopOptions:
    return LoopOptions(shortest, 10, root_motion, first, last)


def walker(mannequin: Path, carrier: Literal["HIPS", "OBJECT"] = "HIPS", radius: float = 1e4) -> bpy.types.Object:
    """The mannequin, walking for three seconds from frame 1 on, with locked feet; the radius is of the circle."""
    bpy.context.scene.render.fps = FPS
    armature = standing(mannequin)
    clip = performance_clip(0.0, 3.0, FPS, Performance(radius=radius))
    put_clip_on(armature, clip, TimeMapping(1.0, FPS), RetargetOptions(root_carrier=carrier), "Walk")
    return armature


class Played:
    """Two cycles of a loop, as they play: the second one by the curves' own repetition."""

    def __init__(self, armature: bpy.types.Object, made: MadeLoop) -> None:
        self.length = made.last_frame - made.first_frame
        bones = armature.data.bones
        frames = np.arange(made.first_frame, made.last_frame + self.length + 1)
        self.heads = heads(armature, [bone.name for bone in bones], frames)
        along = [(bone.name, bone.parent.name) for bone in bones if bone.parent and bone.length > 0.0]
        lines = np.stack([self.heads[bone] - self.heads[parent] for bone, parent in along], axis=1)
        lines = lines[:, np.linalg.norm(lines[0], axis=-1) > 1e-3]
        lines /= np.linalg.norm(lines, axis=-1, keepdims=True)
        self.turns = np.degrees(np.arccos(np.clip((lines[1:] * lines[:-1]).sum(axis=-1), -1.0, 1.0)))

    def speed(self, bone: str) -> np.ndarray:
        """(F - 1,) metres a second."""
        rate = bpy.context.scene.render.fps / bpy.context.scene.render.fps_base
        return np.linalg.norm(np.diff(self.heads[bone], axis=0), axis=1) * rate

    def is_seamless(self, hips: str, most: float = 0.1) -> None:
        """No bone's direction steps more where a cycle follows the other than elsewhere, nor do the hips.

        A swing may be fastest there, but then it is nearly as fast just before and after.
        """
        own = self.turns[: self.length - 1].max(axis=0)
        for seam in (self.length - 1, self.length):
            beside = (self.turns[seam - 1] + self.turns[seam + 1]) / 2.0
            assert (self.turns[seam] <= np.maximum(np.maximum(own * STEPS, beside * PEAK), 0.05)).all()
        speed = self.speed(hips)
        step = np.abs(np.diff(speed))[self.length - 1] / speed.mean()
        assert step < most


@pytest.mark.slow_cases
@in_oldest_and_newest
@pytest.mark.parametrize("carrier", ["HIPS", "OBJECT"])
def test_a_walk_goes_on_and_its_feet_stand(carrier: Literal["HIPS", "OBJECT"], mannequin: Path) -> None:
    armature = walker(mannequin, carrier)
    before = armature.animation_data.action
    made = make_loop(armature, bpy.context.scene, options())
    assert made.last_frame - made.first_frame == round(Performance().cycle * FPS)
    assert made.degrees < 0.5
    played = Played(armature, made)
    played.is_seamless("mixamorig:Hips")
    travel = played.heads["mixamorig:Hips"][:: played.length] * [1.0, 1.0, 0.0]
    assert np.linalg.norm(travel[1] - travel[0]) > 0.5
    assert np.allclose(travel[2] - travel[1], travel[1] - travel[0], atol=1e-4)
    for side in ("Left", "Right"):
        # frames of the blend and of the seam included
        speed = played.speed(f"mixamorig:{side}ToeBase")
        stands = speed < 0.1
        assert stands.mean() > 0.4
        assert speed[stands].max() < 0.005
    action = armature.animation_data.action
    assert action != before
    assert action.use_cyclic
    assert tuple(action.frame_range) == (made.first_frame, made.last_frame)
    (track,) = armature.animation_data.nla_tracks
    assert track.mute
    assert track.strips[0].action == before


def test_a_walk_on_a_circle_is_made_straight(mannequin: Path) -> None:
    armature = walker(mannequin, "OBJECT", radius=1.2)
    made = make_loop(armature, bpy.context.scene, options())
    assert abs(made.turn_degrees - np.degrees(0.46 / 0.5 / 1.2)) < 1.0
    played = Played(armature, made)
    played.is_seamless("mixamorig:Hips")
    ways = np.diff(played.heads["mixamorig:Hips"][:: played.length, :2], axis=0)
    assert np.allclose(ways[0], ways[1], atol=1e-4)


def test_in_place(mannequin: Path) -> None:
    armature = walker(mannequin)
    made = make_loop(armature, bpy.context.scene, options("IN_PLACE"))
    played = Played(armature, made)
    own = played.turns[: played.length - 1].max(axis=0)
    assert (played.turns[played.length] <= np.maximum(own * STEPS, 0.05)).all()
    hips = played.heads["mixamorig:Hips"]
    assert np.ptp(hips[:, :2], axis=0).max() < 0.1
    assert np.allclose(hips[0], hips[-1], atol=1e-4)


def test_a_real_walk_as_it_was_imported(shared_data: Path) -> None:
    bpy.ops.import_anim.bvh(filepath=str(shared_data / "motions/xia_strut.bvh"), update_scene_fps=True)
    (armature,) = bpy.data.objects
    made = make_loop(armature, bpy.context.scene, options())
    assert 100 < made.last_frame - made.first_frame < 180  # of 120 a second: two steps
    assert 1.0 < made.degrees < 6.0
    Played(armature, made).is_seamless("Hips")


def test_a_real_walk_with_locked_feet(mannequin: Path, shared_data: Path) -> None:
    """In the blend, too, feet that stand in the capture still stand."""
    bpy.ops.import_anim.bvh(filepath=str(shared_data / "motions/xia_strut.bvh"), global_scale=0.05644)
    (source,) = bpy.data.objects
    bpy.context.scene.render.fps = 120
    motion = armature_motion(source, bpy.context.scene)
    bpy.context.scene.render.fps = FPS
    armature = standing(mannequin)
    keys = KeyOptions(sampling="FRAMES")
    put_clip_on(armature, motion.clip, TimeMapping(1.0, FPS), RetargetOptions(), "Strut", keys, motion.bone_map, source)
    bones = [f"mixamorig:{side}{part}" for side in ("Left", "Right") for part in ("Foot", "ToeBase")]
    first, last = frames_of(armature)
    before = heads(armature, bones, np.arange(first, last + 1))
    made = make_loop(armature, bpy.context.scene, options())
    played = Played(armature, made)
    played.is_seamless("mixamorig:Hips", 0.12)  # the walk itself has a step of 14 % there
    seen = 0
    for bone in bones:
        speed = np.linalg.norm(np.diff(before[bone], axis=0), axis=1) * FPS
        stands = speed[made.first_frame - first : made.last_frame - first] < 0.005
        seen += int(stands.sum())
        assert (played.speed(bone)[: played.length][stands] < 0.005).all(), bone
    assert seen > 10


@in_newest
def test_feet_stand_where_a_cycle_follows_the_other(shared_data: Path, tmp_path: Path) -> None:
    """In three cycles they drag no further than in the take: neither to close the loop, nor with a turn taken out."""
    assert shared_data
    names = ("jog", "boxes")
    armature, bones, soles, takes = on_character("mh_game_engine.blend", recordings(tmp_path, names), tmp_path)
    for name, take in takes.items():
        first, last = (round(edge) for edge in take.frame_range)
        before = soles.at(evaluated(armature, bones, range(first, last + 1), take))
        armature.animation_data.action = take
        made = make_loop(armature, bpy.context.scene, options())
        length = made.last_frame - made.first_frame
        frames = range(made.first_frame, made.last_frame + 2 * length + 1)
        after = soles.at(evaluated(armature, bones, frames, armature.animation_data.action))
        cycles = np.arange(len(frames)) % length + made.first_frame - first
        for sole, own in zip(after, before, strict=True):
            assert dragged(sole, [own[cycles]], floor_of(before)) < DRAG, name


def test_refusals_change_nothing(mannequin: Path) -> None:
    def state() -> tuple[object, ...]:
        data = armature.animation_data
        keys = [len(curve.keyframe_points) for curve in curves_of(armature).values()]
        return data.action, len(data.nla_tracks), set(bpy.data.actions), keys, tuple(data.action.items())

    def refused(chosen: LoopOptions) -> str:
        before = state()
        with pytest.raises(Fault) as caught:
            make_loop(armature, bpy.context.scene, chosen)
        assert state() == before
        return str(caught.value)

    armature = standing(mannequin)
    with pytest.raises(Fault, match=r"has no Action with keyframes of bones\. Apply a motion"):
        frames_of(armature)
    armature = walker(mannequin)
    data, action = armature.animation_data, armature.animation_data.action
    track = data.nla_tracks.new()
    track.strips.new("Walk", 1, action)
    data.action = None
    with pytest.raises(Fault, match="bake them into an Action"):
        frames_of(armature)
    data.nla_tracks.remove(track)
    data.action = action
    track = data.nla_tracks.new()
    track.strips.new("Walk", 1, action)
    data.action_blend_type = "COMBINE"
    assert "is a layer over its NLA strips. To edit what" in refused(options())
    data.nla_tracks.remove(track)
    data.action_blend_type = "REPLACE"
    message = refused(options(first=1, last=12))
    assert message.startswith("The Action has 12 frames to search, and the shortest loop would have 16. ")
    message = refused(options(first=1, last=50, shortest=1.3))
    assert message.startswith("No two poses at least 1.30 s apart match well enough for a loop. ")
    pose = {of: curve.evaluate(1.0) for of, curve in curves_of(armature).items()}
    still = [Channel(*of, "", np.full(60, value)) for of, value in pose.items()]
    write_action(armature, "Still", np.arange(1.0, 61.0), still)
    assert "match well enough" in refused(options())


def test_a_neck_that_a_constraint_takes_along_goes_no_way_of_its_own() -> None:
    """As on CloudRig, where a neck's parent follows the chest: it was sent ahead by its own keys, too."""
    armature = performer()
    walk(armature)
    off_neck(armature)
    made = make_loop(armature, bpy.context.scene, options())
    found = heads(armature, ("pelvis", "head"), np.array([made.first_frame, 2 * made.last_frame - made.first_frame]))
    pelvis, head = (places[1] - places[0] for places in (found["pelvis"], found["head"]))
    assert np.linalg.norm(pelvis) > 1.0
    assert np.abs(head - pelvis).max() < 1e-3
