"""Install the zip, open a video, put it in meta strips, capture it from inside and from outside. Runs in Blender."""

import json
import os
import sys
from pathlib import Path
from typing import Any, cast

import bpy

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import blender_knows

from tests.blender_parts import operators
from tests.scene.video.sequencer_acts import all_strips, in_sequencer, move_ends, plain_pictures, seen

FRAMES = range(1, 101)


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text())
    bpy.context.preferences.system.use_online_access = True
    blender_knows.install(request["zip"])
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    scene: Any = bpy.context.scene
    scene.aimocap.target = "UNITREE_G1"
    plain_pictures(scene)
    folder = Path(request["answer"]).parent
    answer: dict[str, object] = {"opened by": operators().open_video(filepath=request["video"]).pop()}
    editor = scene.sequence_editor
    assert editor is not None
    strip = editor.active_strip
    answer["opened"] = shown(folder)
    move_ends(strip, 6, -4)
    for ends in ((12, -9), (5, -5)):
        in_meta(scene)
        move_ends(editor.active_strip, *ends)
    outer = editor.active_strip
    answer["outside"] = shown(folder)
    editor.active_strip = strip
    answer["hidden"] = captured()
    click(scene, outer)
    answer["closed"] = captured()
    for inside in (outer, cast("bpy.types.MetaStrip", strip.parent_meta())):
        click(scene, inside)
        with in_sequencer(scene):
            bpy.ops.sequencer.meta_toggle()
    click(scene, strip)
    answer["inside"] = shown(folder)
    answer["open"] = captured()
    Path(request["answer"]).write_text(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)


def shown(folder: Path) -> list[list[int]]:
    """Timeline frames, and the numbers of the pictures that are seen there."""
    return [[*pair] for pair in seen(bpy.context.scene, FRAMES, folder).items()]


def in_meta(scene: bpy.types.Scene) -> None:
    """Put the active strip in a meta strip, which is the active one then."""
    assert scene.sequence_editor is not None
    click(scene, scene.sequence_editor.active_strip)
    with in_sequencer(scene):
        bpy.ops.sequencer.meta_make()


def click(scene: bpy.types.Scene, strip: "bpy.types.Strip | None") -> None:
    for other in all_strips(scene):
        other.select = other == strip
    assert scene.sequence_editor is not None
    scene.sequence_editor.active_strip = strip


def captured() -> str:
    """The refusal of the capture; "" without one."""
    try:
        operators().capture_motion()
    except RuntimeError as error:
        return str(error)
    return ""


main()
