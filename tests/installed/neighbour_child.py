"""Install another extension and the zip, use each operator and verb; answer which of the user's files each changed."""

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import blender_knows
import neighbour

from tests.blender_parts import operators
from tests.demo.character import bring_character, keep_character
from tests.installed.strips import add_movie_strip

request = json.loads(Path(sys.argv[-1]).read_text())
folder = Path(request["answer"]).parent
users = [Path(place) for place in request["users"]]
changed: dict[str, list[str]] = {}
refused: dict[str, str] = {}


def operator(name: str, **options: object) -> None:
    """Call one; its refusal is noted."""
    watched(name, lambda: getattr(operators(), name)(**options))


def verb(*arguments: object) -> None:
    """Call the command line's function as Blender does."""
    run = importlib.import_module(f"{blender_knows.MODULE}.command").run
    name = f"--command aimocap {arguments[0]}"
    watched(name, lambda: run([*map(str, arguments)]), ends_with=0)


def watched(name: str, act: Callable[[], object], ends_with: object = None) -> None:
    before = neighbour.tree_of(*users)
    try:
        ended = act()
        if ends_with is not None and ended != ends_with:
            refused[name] = f"status {ended}"
    except RuntimeError as error:
        refused[name] = str(error)
    changed.setdefault(name, []).extend(neighbour.changed(before, neighbour.tree_of(*users)))


bpy.context.preferences.system.use_online_access = True
bpy.ops.extensions.package_install_files(filepath=request["neighbour"], repo="user_default", enable_on_install=True)
blender_knows.install(request["zip"])
preferences: Any = bpy.context.preferences.addons[blender_knows.MODULE].preferences
preferences.captures_folder = request["captures"]
installed = neighbour.tree_of(*users)
hero = keep_character(folder / "hero.blend")
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
scene = bpy.context.scene
scene.render.resolution_x, scene.render.resolution_y = 320, 240
add_movie_strip(scene, request["video"], first=10, cut=(5, 15))
bring_character(hero)
bpy.ops.wm.save_as_mainfile(filepath=str(folder / "film.blend"))

operator("check_service")
operator("check_video")
operator("preview_motion")
operator("capture_motion")
operator("capture_motion", only_range=True)
operator("render_review", filepath=str(folder / "review.mp4"))
operator("import_motion_fbx", filepath=request["motion"])
operator("retarget_to_g1", filepath=request["motion"])
operator("export_g1_motion", filepath=str(folder / "g1.json"))
hero_object = scene.objects["Mannequin"]
with contextlib.suppress(RuntimeError):
    bpy.ops.object.select_all(action="DESELECT")
hero_object.select_set(True)
bpy.context.view_layer.objects.active = hero_object
operator("export_motion", filepath=str(folder / "hero.fbx"))
used = set(changed)
for name in sorted(set(dir(operators())) - used):
    operator(name)

out = folder / "out"
onto = ("--character", hero, "--output")
capture = ("capture", request["video"], "--start", 0.2, "--end", 0.6)
verb(*capture, *onto, out / "captured.blend")
verb("capture", request["video"], "--target", "unitree_g1", "--output", out / "robot.blend")
verb("list")
verb("follow")
verb("export", *onto, out / "engine")
records = [json.loads(file.read_text()) for file in Path(request["captures"]).glob("*/capture.json")]
done = next(record for record in records if record["state"] == "done")
verb("apply", done["id"], *onto, out / "applied.blend")
verb("preview", request["video"], "--end", 0.4, *onto, out / "preview.blend")
verb("g1", request["motion"], "--no-fix", "--output", out / "robot")
verb("recover", done["job_id"], "--output", out / "lost.fbx")
Path(request["answer"]).write_text(json.dumps({"installed": sorted(installed), "changed": changed, "refused": refused}))
sys.stdout.flush()
os._exit(0)
