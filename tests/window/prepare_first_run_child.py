"""Install the zip into a fresh configuration; save a file with a character alone. Runs in a background Blender."""

import json
import os
import shutil
import sys
from pathlib import Path

import bpy

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1] / "installed")]
import blender_knows

from tests.demo.character import add_character
from tests.window.plain_view import draw_plainly

request = json.loads(Path(sys.argv[-1]).read_text())
view = bpy.context.preferences.view
view.show_splash = False
view.filebrowser_display_type = "SCREEN"  # without a window manager another window would get no keys
draw_plainly()
blender_knows.install(request["zip"])
bpy.ops.wm.save_userpref()
for obj in list(bpy.data.objects):
    bpy.data.objects.remove(obj)
add_character(bpy.context.scene).select_set(state=False)
bpy.context.view_layer.objects.active = None
bpy.ops.wm.save_as_mainfile(filepath=request["blend"])
shutil.copy(request["video"], Path(request["blend"]).with_name("dance.mp4"))
Path(request["answer"]).write_text("{}")
sys.stdout.flush()
os._exit(0)
