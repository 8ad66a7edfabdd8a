"""Save a file with the demo's character in it, where the last argument says. Runs in Blender."""

import os
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.demo.character import add_character

bpy.ops.wm.read_factory_settings(use_empty=True)
add_character(bpy.context.scene)
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1])
os._exit(0)
