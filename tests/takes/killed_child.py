"""Capture in the file that is named, or follow a capture to its end there. Runs in a process of its own.

Its last argument is a JSON object: module, blend, preferences, waits, follow (bool), answer (a path).
"""

import importlib
import json
import os
import sys
from functools import partial
from pathlib import Path

import bpy  # first: it makes Blender's own modules importable

import addon_utils  # isort: skip


def main() -> None:
    request = json.loads(sys.argv[-1])
    bpy.context.preferences.system.use_online_access = True
    addon_utils.enable(request["module"], default_set=True)
    preferences = bpy.context.preferences.addons[request["module"]].preferences
    for name, value in request["preferences"].items():
        setattr(preferences, name, value)
    session = importlib.import_module(f"{request['module']}.takes.session")
    captures = importlib.import_module(f"{request['module']}.takes.captures.captures")
    captures.Timing = partial(captures.Timing, **request["waits"])
    bpy.ops.wm.open_mainfile(filepath=request["blend"])
    if not request["follow"]:
        bpy.ops.aimocap.capture_motion()
    (capture,) = session.open_session().captures.runner.captures()
    before = capture.state
    if request["follow"]:
        bpy.ops.aimocap.follow_capture("EXEC_DEFAULT", capture_id=capture.id)
    (capture,) = session.open_session().captures.runner.captures()
    actions = {thing.name: thing.animation_data.action.name for thing in bpy.data.objects if thing.animation_data}
    frames = [list(action.frame_range) for action in bpy.data.actions]
    reported = {
        "before": before,
        "state": capture.state,
        "applied": capture.applied,
        "actions": actions,
        "frames": frames,
    }
    Path(request["answer"]).write_text(json.dumps(reported))
    sys.stdout.flush()
    os._exit(0)


main()
