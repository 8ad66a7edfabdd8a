"""Previews the active strip of the file that is named, and kills itself once a part was seen.

Its last argument is a JSON object: module, blend, captures_folder, part (the beginning of its file's name).
"""

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path

import bpy  # first: it makes Blender's own modules importable

import addon_utils  # isort: skip


def main() -> None:
    request = json.loads(sys.argv[-1])
    addon_utils.enable(request["module"], default_set=True)
    folder = Path(request["captures_folder"])
    bpy.context.preferences.addons[request["module"]].preferences.captures_folder = str(folder)
    bpy.ops.wm.open_mainfile(filepath=request["blend"])
    choices = importlib.import_module(f"{request['module']}.takes.binding")
    planning = importlib.import_module(f"{request['module']}.takes.previews.planning")
    session = importlib.import_module(f"{request['module']}.takes.session").open_session()
    plan = planning.plan_preview(bpy.context, choices.choices_of(bpy.context.scene.aimocap))
    session.previews.begin(plan)
    while not any(folder.glob(f".previews/*/seen/{request['part']}*")):
        session.pump()
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)


main()
