"""Smoothing, trimming and blending as people press them: what they say, their redo panels, undo."""

import re

import bpy
import numpy as np
import pytest

from tests.ui.acts import refusal


def reported(pattern: str, capfd: pytest.CaptureFixture[str]) -> tuple[str, ...]:
    """The groups of a pattern in what was reported last."""
    out = capfd.readouterr().out
    found = re.search(pattern, out)
    assert found is not None, out
    return found.groups()


def keys(name: str) -> np.ndarray:
    """All values of the keys of an object's Action."""
    action = bpy.data.objects[name].animation_data.action
    curves = action.fcurves if hasattr(action, "fcurves") else action.layers[0].strips[0].channelbags[0].fcurves
    return np.array([key.co.y for curve in curves for key in curve.keyframe_points])


def test_smoothing_is_reported_redone_and_undone_in_one_step(
    walking: bpy.types.Object, capfd: pytest.CaptureFixture[str]
) -> None:
    name = walking.name
    before = keys(name)
    bpy.ops.ed.undo_push(message="before")
    jitter: list[float] = []
    for strength in (0.05, 0.15):
        capfd.readouterr()
        done = bpy.ops.aimocap.smooth_motion("EXEC_DEFAULT", True, limbs={"left_arm", "head"}, strength=strength)
        assert done == {"FINISHED"}
        was, now = reported(r"Smoothed Left Arm and Head: jitter ([\d.]+) → ([\d.]+) m/s²\.", capfd)
        jitter += [float(was), float(now)]
        assert (keys(name) != before).any()
        bpy.ops.ed.undo()
        assert (keys(name) == before).all()
    assert jitter[0] == jitter[2] > jitter[1] > jitter[3]
    assert [action.name for action in bpy.data.actions] == ["Walk"]


def test_smoothing_refuses(walking: bpy.types.Object) -> None:
    before = keys(walking.name)
    assert refusal(bpy.ops.aimocap.smooth_motion, limbs=set()) == "No limb is chosen. Choose at least one limb."
    assert (keys(walking.name) == before).all()
    assert bpy.ops.aimocap.add_g1_rig() == {"FINISHED"}
    assert "is a robot, whose motion has to stay within its limits." in refusal(bpy.ops.aimocap.smooth_motion)


def test_trimming_is_reported_redone_and_undone_in_one_step(
    walking: bpy.types.Object, capfd: pytest.CaptureFixture[str]
) -> None:
    """The preview range, else the playback range; frames of the redo panel go before both."""
    name, scene = walking.name, bpy.context.scene
    scene.frame_end = 60
    bpy.ops.ed.undo_push(message="before")
    for preview, options, kept, says in (
        (None, {}, (1, 60), "Frames 1 to 60 are kept."),
        ((20, 40), {}, (20, 40), "Frames 20 to 40 are kept."),
        ((20, 40), {"frame_end": 50, "keep_start": True}, (1, 31), "Frames 20 to 50 are kept. They start at frame 1."),
    ):
        scene = bpy.context.scene
        scene.use_preview_range = preview is not None
        if preview is not None:
            scene.frame_preview_start, scene.frame_preview_end = preview
        capfd.readouterr()
        assert bpy.ops.aimocap.trim_motion("EXEC_DEFAULT", True, **options) == {"FINISHED"}
        assert says in capfd.readouterr().out
        assert tuple(bpy.data.objects[name].animation_data.action.frame_range) == kept
        bpy.ops.ed.undo()
        assert tuple(bpy.data.objects[name].animation_data.action.frame_range) == (1, 75)


def test_trimming_refuses(walking: bpy.types.Object) -> None:
    told_so = refusal(bpy.ops.aimocap.trim_motion)
    assert told_so.startswith(
        "The Action has no keys outside frames 1 to 75. Set a preview range over the part to keep"
    )
    assert tuple(walking.animation_data.action.frame_range) == (1, 75)


def test_blending_is_reported_redone_and_undone_in_one_step(
    walking: bpy.types.Object, capfd: pytest.CaptureFixture[str]
) -> None:
    """By default the last two takes; the redo panel may have them the other way round."""
    name = walking.name
    assert "doesn't have two takes to blend. Apply two motions" in refusal(bpy.ops.aimocap.blend_takes)
    again = walking.animation_data.action.copy()
    again.name = "Again"
    track = walking.animation_data.nla_tracks.new()
    track.strips.new("Again", 1, again)
    track.mute = True
    bpy.ops.ed.undo_push(message="before")
    for options, order in (({}, ["Again", "Walk"]), ({"first": "Walk", "second": "Again"}, ["Walk", "Again"])):
        capfd.readouterr()
        assert bpy.ops.aimocap.blend_takes("EXEC_DEFAULT", True, length=8, **options) == {"FINISHED"}
        left, entered = reported(
            rf"“{order[0]}” is left at frame (\d+); “{order[1]}” goes on from its frame (\d+), turned by 0°\.", capfd
        )
        data = bpy.data.objects[name].animation_data
        assert data.action is None
        strips = data.nla_tracks[-1].strips
        assert [strip.action.name for strip in strips] == [order[0], " to ".join(order), f"{order[1]} Moved"]
        assert [strip.frame_end for strip in strips] == [int(left), int(left) + 8, 75 + int(left) - int(entered)]
        bpy.ops.ed.undo()
        assert sorted(action.name for action in bpy.data.actions) == ["Again", "Walk"]
        assert len(bpy.data.objects[name].animation_data.nla_tracks) == 1
        assert bpy.data.objects[name].animation_data.action.name == "Walk"
