"""An avatar's FBX is on the avatar's own skeleton, and moves as the performance does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.media.fbx_importers import import_with

from .avatar_fbx import make_avatar_fbx
from .metahuman_fbx import frame_times
from .performance import Performance
from .posing import pose

if TYPE_CHECKING:
    from pathlib import Path

bpy = pytest.importorskip("bpy", reason="needs Blender")


def rest_of(armature: bpy.types.Object) -> dict[str, np.ndarray]:
    return {bone.name: np.array(armature.matrix_world @ bone.head_local) for bone in armature.data.bones}


@pytest.mark.parametrize("with_slots", [True, False])
def test_the_avatars_skeleton_moves(with_slots: bool, shared_data: Path, tmp_path: Path) -> None:
    blend = shared_data / "characters" / "mh_mixamo.blend"
    slots = json.loads((shared_data / "bone-names.json").read_text())["mh_mixamo"]["map"] if with_slots else {}
    file = tmp_path / "avatar.fbx"
    make_avatar_fbx(file, blend, 1.0, 2.0, 24, bones=slots)

    bpy.ops.wm.open_mainfile(filepath=str(blend), load_ui=False)
    own = rest_of(next(obj for obj in bpy.data.objects if obj.type == "ARMATURE"))
    armature = import_with("python", file)
    found = rest_of(armature)
    assert set(found) == set(own)
    assert max(np.abs(found[name] - own[name]).max() for name in own) < 1e-4

    first, last = armature.animation_data.action.frame_range
    assert last - first == pytest.approx(23.0)
    moved = []
    performed = pose(frame_times(1.0, 2.0, 24), Performance())
    for index in range(0, 24, 5):
        bpy.context.scene.frame_set(int(first) + index)
        heads = {bone.name: np.array(armature.matrix_world @ bone.head) for bone in armature.pose.bones}
        moved.append(heads)
        if with_slots:
            for side, letter in (("left", "l"), ("right", "r")):
                for upper, lower, start, end in (
                    ("upper_arm", "lower_arm", "upperarm", "lowerarm"),
                    ("lower_leg", "foot", "calf", "foot"),
                ):
                    way = heads[slots[f"{side}_{lower}"]] - heads[slots[f"{side}_{upper}"]]
                    wanted = performed.positions[f"{end}_{letter}"] - performed.positions[f"{start}_{letter}"]
                    cosine = way @ wanted[index] / np.linalg.norm(way) / np.linalg.norm(wanted[index])
                    assert cosine > np.cos(np.radians(0.2)), (side, upper)
    assert max(np.abs(moved[0][name] - moved[2][name]).max() for name in own) > 0.05
