"""Install the zip, import a G1's motion from a file, answer where the robot then is. Runs in Blender."""

import json
import os
import sys
from pathlib import Path
from typing import Any, cast

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import blender_knows


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text())
    blender_knows.install(request["zip"])
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    scene = bpy.context.scene
    scene.render.fps = 30
    cast("Any", bpy.ops).aimocap.import_g1_motion(filepath=request["motion"])
    (rig,) = (thing for thing in bpy.data.objects if thing.type == "ARMATURE")
    assert rig.pose is not None
    assert rig.animation_data is not None
    assert rig.animation_data.action is not None
    first, last = (int(frame) for frame in rig.animation_data.action.frame_range)
    root: list[list[float]] = []
    angles: list[list[float]] = []
    for frame in range(first, last + 1):
        scene.frame_set(frame)
        root.append([*(rig.matrix_world @ rig.pose.bones["floating_base_joint"].head).to_tuple()])
        turned: list[Any] = [rig.pose.bones[name] for name in request["joints"]]
        angles.append([bone.rotation_euler[[*bone.lock_rotation].index(False)] for bone in turned])
    Path(request["answer"]).write_text(json.dumps({"frames": [first, last], "root": root, "angles": angles}))
    sys.stdout.flush()
    os._exit(0)


main()
