"""Install the zip, over an earlier one if there is one, and use it; answer what is there. Runs in Blender."""

import importlib
import json
import os
import sys
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any, cast

import bpy

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import blender_knows

from tests.blender_parts import operators
from tests.installed.strips import add_movie_strip

SETTINGS = {
    "target": "UNITREE_G1",
    "avatar_id": "hero-7",
    "title": "Jump",
    "root_motion": "IN_PLACE",
    "upload": "WHOLE_FILE",
}


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text())
    if (Path(bpy.utils.user_resource("CONFIG")) / "userpref.blend").exists():
        bpy.ops.wm.read_userpref()  # which neither the bpy module nor a Blender with factory settings does by itself
    enabled_before = blender_knows.MODULE in bpy.context.preferences.addons
    bpy.context.preferences.system.use_online_access = True
    blender_knows.install(request["zip"])
    waits = of_the_addon("takes.captures.captures" if enabled_before else "ui.following")
    waits.Timing = partial(waits.Timing, **request["waits"])
    said = after(request) if enabled_before else before(request)
    Path(request["answer"]).write_text(json.dumps({**said, "modules": sorted(sys.modules)}))
    sys.stdout.flush()
    os._exit(0)


def of_the_addon(name: str) -> Any:
    return importlib.import_module(f"{blender_knows.MODULE}.{name}")


def before(request: dict[str, Any]) -> dict[str, Any]:
    """Set all, capture twice, and leave while the service works at the second; in the earlier version."""
    preferences = bpy.context.preferences.addons[blender_knows.MODULE].preferences
    for name, value in request["preferences"].items():
        setattr(preferences, name, value)
    of_the_addon("ui.preferences").remember_consent()
    bpy.ops.wm.save_userpref()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    scene: Any = bpy.context.scene
    add_movie_strip(scene, request["video"], first=10)
    for name, value in SETTINGS.items():
        setattr(scene.aimocap, name, value)
    bpy.ops.wm.save_as_mainfile(filepath=request["blend"])
    operators().capture_motion()
    bpy.ops.wm.open_mainfile(filepath=request["blend"])
    session = of_the_addon("ui.following").following()
    hold = urllib.request.Request(request["control"] + "/hold", json.dumps({"status": "processing"}).encode())  # noqa: S310 -- the stand-in's
    urllib.request.urlopen(hold).close()  # noqa: S310 -- as above
    unfinished = session.begin(of_the_addon("ui.preparing").plan_capture(bpy.context))
    while session.view(unfinished).state != "running":
        session.pump()
        session.runner.wait_for_change(0.1)
    return {"states": {view.id: view.state for view in session.runner.captures()}}


def after(request: dict[str, Any]) -> dict[str, Any]:
    """Follow what is unfinished, and apply what was done before."""
    preferences = bpy.context.preferences.addons[blender_knows.MODULE].preferences
    bpy.ops.wm.open_mainfile(filepath=request["blend"])
    settings = {name: getattr(cast("Any", bpy.context.scene).aimocap, name) for name in SETTINGS}
    session = of_the_addon("takes.session").open_session()
    (done,) = [view.id for view in session.captures.runner.captures() if view.state == "done"]
    (unfinished,) = [view.id for view in session.captures.runner.captures() if view.state != "done"]
    operators().follow_capture("EXEC_DEFAULT", capture_id=unfinished)
    actions = len(bpy.data.actions)
    operators().apply_capture("EXEC_DEFAULT", capture_id=done)
    return {
        "preferences": {name: getattr(preferences, name) for name in request["preferences"]},
        "consent": of_the_addon("ui.setup.preferences").has_consent(),
        "settings changed": [name for name, value in SETTINGS.items() if settings[name] != value],
        "states": {view.id: view.state for view in session.captures.runner.captures()},
        "applied": [view.id for view in session.captures.runner.captures() if view.applied],
        "actions": [actions, len(bpy.data.actions)],
    }


main()
