"""Install the zip where an earlier revision's add-on kept its preferences; answer what they are. Runs in Blender."""

import json
import os
import shutil
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import blender_knows


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text())
    blender_knows.install(request["zip"])
    bpy.ops.preferences.addon_disable(module=blender_knows.MODULE)
    shutil.copytree(request["config"], bpy.utils.user_resource("CONFIG"), dirs_exist_ok=True)
    bpy.ops.wm.read_userpref()  # as the start after an update
    preferences = bpy.context.preferences.addons[blender_knows.MODULE].preferences
    answer = {name: getattr(preferences, name) for name in request["names"]}
    Path(request["answer"]).write_text(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)


main()
