"""Opens the .blend of its argument, and prints where its figures are, and what its camera shows behind them."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import bpy

bpy.ops.wm.open_mainfile(filepath=sys.argv[-1])
scene: Any = bpy.context.scene
places: list[list[float]] = []
for frame in (scene.frame_start, (scene.frame_start + scene.frame_end) // 2, scene.frame_end):
    scene.frame_set(frame)
    for figure in (obj for obj in scene.objects if obj.type == "ARMATURE"):
        places += [[*(figure.matrix_world @ bone.head)] for bone in figure.pose.bones]
(background,) = scene.camera.data.background_images
user = background.image_user
behind = Path(bpy.path.abspath(background.image.filepath))
shown = user.frame_offset + scene.frame_end - user.frame_start + 1  # the movie's frame, from 1 on
answer = {
    "places": places,
    "meshes": sum(obj.type == "MESH" for obj in scene.objects),
    "behind": str(behind),
    "is_there": behind.is_file(),
    "shown": shown,
    "end": scene.frame_end,
}
print("\n" + json.dumps(answer), flush=True)
os._exit(0)  # some versions hang while the interpreter ends
