"""Correct Preview without a window, and what it needs of each Blender's viewport."""

import dataclasses

import bpy
import numpy as np
import pytest

from tests.ui.acts import module, refusal
from tests.vision.made_tracks import made_track


@pytest.mark.usefixtures("addon")
def test_without_a_window_a_script_is_refused_with_an_alternative() -> None:
    said = refusal(bpy.ops.aimocap.correct_preview, preview_id="preview-1")
    assert said.endswith("Use the operator aimocap.correct_take in scripts.")


@pytest.mark.usefixtures("addon")
def test_this_blender_has_all_that_is_set_of_a_viewport() -> None:
    parts = {"shading": bpy.types.View3DShading, "overlay": bpy.types.View3DOverlay}
    for part, name, value in module("ui.capture.correct_mode")._LOOK:
        found = parts[part].bl_rna.properties[name]
        assert {"BOOLEAN": bool, "FLOAT": float, "ENUM": str}[found.type] is type(value)
    for name in ("use_local_camera", "camera", "region_3d"):
        assert name in bpy.types.SpaceView3D.bl_rna.properties
    for name in ("perspective_matrix", "view_perspective", "view_rotation", "view_location", "view_distance"):
        assert name in bpy.types.RegionView3D.bl_rna.properties


@pytest.mark.usefixtures("addon")
def test_a_video_of_several_shots_is_corrected_in_each_of_them() -> None:
    solutions, corrections = module("vision.kept_solution"), module("vision.corrections")
    made, motions = made_track(2.0), module("vision.motion_from_track")
    motion = motions.motion_from_track(made.track)
    likely = np.ones((len(motion.solved.times), 8))
    likely[10:30, 2] = 0.2
    shots = [
        dataclasses.replace(solutions.kept_solution(motion, start, made.track.size), likely=share * likely)
        for start, share in ((0.0, 1.0), (5.0, 0.5))
    ]
    kept = dataclasses.replace(shots[0], later=(shots[1],))
    clips = [dataclasses.replace(motion.clip, times=motion.clip.times + start) for start in (0.0, 5.0)]
    trust = solutions.joined_trust([motion.trust, motion.trust])
    seen = module("vision.sighting").Sighting(solutions.joined_clips(clips), trust, (), (), 0, 0.0)
    nowhere = module("motion.rotations").Similarity(np.array([1.0, 0.0, 0.0, 0.0]), 1.0, np.zeros(3))
    mapping = module("motion.time_mapping").TimeMapping(1.0, 30.0)
    first = module("ui.preview.corrections").CorrectedFigure(
        kept, [[nowhere] * len(shot.times) for shot in kept.shots], mapping, "Camera", seen, 1.0
    )
    assert {look.second < 4.0 for look in first.looks} == {True, False}
    assert [look.likely for look in first.looks] == sorted(look.likely for look in first.looks)
    assert first.at(1.5) is first
    assert first.at(3.5) is first  # nobody is seen there
    second = first.at(6.0)
    assert second.has(6.0)
    assert not first.has(6.0)
    one = corrections.Correction(corrections.Kind.DEPTH, "left_wrist", 6.0, (0.1,))
    for figure in (first, second):
        figure.show(kept, (one,), seen)
    assert second.depth("left_wrist", 6.0) == pytest.approx(0.1, abs=0.03)
    assert np.array_equal(first.joints_at(1.0), kept.solution.joints[30])
