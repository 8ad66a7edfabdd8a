"""Scripted motion as BVH: Blender's importer reads the same joints, on the same floor."""

from pathlib import Path

import numpy as np
import pytest

from tests.media.floor.bvh import bvh_of
from tests.media.floor.clips import floor_clip

from .real_files import load


@pytest.mark.parametrize("name", ["roll", "climb"])
def test_blender_reads_the_motion(tmp_path: Path, name: str) -> None:
    import bpy

    floor = floor_clip(name)
    file = tmp_path / f"{name}.bvh"
    file.write_text(bvh_of(floor), encoding="utf-8")
    obj = load(file, tmp_path)
    scene = bpy.context.scene
    for frame in range(0, len(floor.clip.times), 10):
        scene.frame_set(frame + 1)
        for number, bone in enumerate(floor.clip.skeleton.names):
            there = np.array(obj.matrix_world @ obj.pose.bones[bone].head) / 100.0
            assert np.abs(there - floor.clip.positions[frame, number]).max() < 1e-3, (frame, bone)
