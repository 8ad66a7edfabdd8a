"""Answer what moves in .blend files: by file and armature the action, its frames, travel and asset. Runs in Blender."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from mathutils import Vector


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text())
    answer = {file: _moving(file) for file in request["files"]}
    Path(request["answer"]).write_text(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)


def _moving(file: str) -> dict[str, object]:
    bpy.ops.wm.open_mainfile(filepath=file)
    rigs = [rig for rig in bpy.context.scene.objects if rig.type == "ARMATURE"]
    return {rig.name: _action_of(rig) for rig in rigs}


def _action_of(rig: bpy.types.Object) -> dict[str, object] | None:
    action = rig.animation_data.action if rig.animation_data else None
    if action is None:
        return None
    first, last = action.frame_range
    assert rig.pose is not None
    moments: list[list[Vector]] = []
    for frame in range(int(first), int(last) + 1, 4):
        bpy.context.scene.frame_set(frame)
        moments.append([rig.matrix_world @ bone.head for bone in rig.pose.bones])
    travel = max((place - start).length for places in moments for place, start in zip(places, moments[0], strict=True))
    asset = action.asset_data.description if action.asset_data is not None else None
    return {"action": action.name, "frames": [first, last], "travel": travel, "asset": asset}


main()
