"""Install the zip and save the file that a window test starts with. Runs in a background Blender."""

import json
import os
import sys
from pathlib import Path

import bpy

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1] / "installed")]
import blender_knows

from tests.demo.character import add_character
from tests.installed.strips import add_movie_strip
from tests.window.plain_view import draw_plainly

request = json.loads(Path(sys.argv[-1]).read_text())
preferences = bpy.context.preferences
preferences.system.use_online_access = True
preferences.view.show_splash = False
draw_plainly()
blender_knows.install(request["zip"])
bpy.ops.wm.save_userpref()
for obj in list(bpy.data.objects):
    bpy.data.objects.remove(obj)
add_movie_strip(bpy.context.scene, request["video"], first=1, cut=(20, 20))
character = add_character(bpy.context.scene)
character.select_set(True)
bpy.context.view_layer.objects.active = character
bpy.ops.wm.save_as_mainfile(filepath=request["blend"], relative_remap=False)  # the file is copied elsewhere
Path(request["answer"]).write_text("{}")
sys.stdout.flush()
os._exit(0)
