"""Install the zip, capture one strip onto one character, answer what is there then. Runs in Blender."""

import json
import os
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import blender_knows

from tests.blender_parts import operators, pose_of
from tests.demo.character import add_character, bring_character
from tests.installed.strips import add_movie_strip
from tests.scene.scene_dump import changes, dump

if TYPE_CHECKING:
    from mathutils import Vector


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text())
    bpy.context.preferences.system.use_online_access = True
    blender_knows.install(request["zip"])
    captures: Any = import_module(f"{blender_knows.MODULE}.takes.captures.captures")
    captures.Timing = partial(captures.Timing, settle_sec=0.02)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    scene: Any = bpy.context.scene
    scene.render.fps = 30
    add_movie_strip(scene, request["video"], first=10, cut=(25, 25))
    character = _character(request)
    scene.frame_set(17)
    scene.aimocap.target = request["target"]
    scene.aimocap.avatar_id = request.get("avatar_id", "")
    before = _state()
    fault = ""
    try:
        operators().capture_motion()
    except RuntimeError as error:
        fault = str(error)
    changed = sorted(changes(before, _state()))
    rig = character if character and character.animation_data else _g1_rig()
    action = rig.animation_data.action if rig and rig.animation_data else None
    answer: dict[str, object] = {
        "fault": fault,
        "changed": changed,
        "action": action.name if action else "",
        "frames": [*action.frame_range.to_tuple()] if action else [],
        "moves": _moves(rig, action) if rig and action else 0.0,
        "requests": getattr(sys.modules.get("requests"), "__file__", ""),
    }
    Path(request["answer"]).write_text(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)


def _state() -> dict[str, object]:
    """The whole file, and what of the window's state a background Blender has."""
    layer = bpy.context.view_layer
    here = {
        "selected": sorted(obj.name for obj in layer.objects if obj.select_get()),
        "active": layer.objects.active and layer.objects.active.name,
        "mode": bpy.context.mode,
        "file": bpy.data.filepath,
    }
    return {**dump(), **here}


def _character(request: dict[str, str]) -> bpy.types.Object | None:
    if request["target"] == "UNITREE_G1":
        return None
    if request.get("blend"):
        character = bring_character(Path(request["blend"]))
    else:
        character = add_character(bpy.context.scene)
        character.select_set(True)
        bpy.context.view_layer.objects.active = character
    return character


def _g1_rig() -> bpy.types.Object | None:
    return next((obj for obj in bpy.data.objects if obj.type == "ARMATURE" and obj.animation_data), None)


def _moves(rig: bpy.types.Object, action: bpy.types.Action) -> float:
    """How far, in metres, the bone that travels most gets from where it is at the action's start."""
    first, last = (int(frame) for frame in action.frame_range)
    places: list[list[Vector]] = []
    bones = pose_of(rig).bones
    for frame in range(first, last + 1, 5):
        bpy.context.scene.frame_set(frame)
        places.append([rig.matrix_world @ bone.head for bone in bones])
    return max((place - start).length for moment in places for place, start in zip(moment, places[0], strict=True))


main()
