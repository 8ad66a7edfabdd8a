"""Blender's own importers find in the FBX what the performance says, bone by bone and frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.media.fbx_importers import import_with

from .metahuman_fbx import frame_times, make_metahuman_fbx
from .performance import Performance
from .posing import pose, the_body

if TYPE_CHECKING:
    from pathlib import Path

bpy = pytest.importorskip("bpy", reason="needs Blender")
IMPORTERS = ["python", "c++"] if bpy.app.version >= (4, 5, 0) else ["python"]


@pytest.mark.slow_cases
@pytest.mark.parametrize("importer", IMPORTERS)
@pytest.mark.parametrize("up_axis", ["Z", "Y"])
@pytest.mark.parametrize("fps", [30, 25])
def test_the_imported_motion_is_the_performance(importer: str, up_axis: str, fps: int, tmp_path: Path) -> None:
    file = tmp_path / "walk.fbx"
    performance = Performance(step_sec=0.48)
    make_metahuman_fbx(file, 1.2, 3.6, fps, performance=performance, up_axis=up_axis)
    armature = import_with(importer, file)
    assert armature.name == "root"

    body = the_body()
    bones = armature.data.bones
    assert set(bones.keys()) == set(body.names) - {"root"}
    for bone in bones:
        head = np.array(bone.head_local) * 0.01
        assert np.allclose(head, body.at(bone.name), atol=1e-5), bone.name

    times = frame_times(1.2, 3.6, fps)
    expected = pose(times, performance)
    scene = bpy.context.scene
    frames_per_second = scene.render.fps / scene.render.fps_base
    first = armature.animation_data.action.frame_range[0]
    for index in (0, 1, 17, len(times) - 1):
        at = first + index / fps * frames_per_second
        scene.frame_set(int(at), subframe=at - int(at))
        assert np.allclose(armature.matrix_world.translation, expected.positions["root"][index], atol=1e-5)
        for bone in bones:
            world = armature.matrix_world @ armature.pose.bones[bone.name].matrix
            assert np.allclose(world.translation, expected.positions[bone.name][index], atol=1e-5), bone.name
            # Whatever axes the importer gives a bone at rest, they turn as the performance turns them.
            rest = np.array(bone.matrix_local.to_3x3())
            turned = np.array(world.to_3x3().normalized()) @ rest.T
            assert np.allclose(turned, expected.turns[bone.name][index], atol=1e-4), bone.name


def test_the_length_is_the_range(tmp_path: Path) -> None:
    file = tmp_path / "walk.fbx"
    make_metahuman_fbx(file, 0.4, 2.0, 25)
    armature = import_with("python", file)
    first, last = armature.animation_data.action.frame_range
    assert (last - first) / 25 == pytest.approx(1.6 - 1 / 25)
