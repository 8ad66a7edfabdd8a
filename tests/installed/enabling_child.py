"""Install the zip, switch it off and on, remove it; answer what Blender knew at each moment. Runs in Blender."""

import importlib
import json
import logging
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import blender_knows

request = json.loads(Path(sys.argv[-1]).read_text())
before = blender_knows.all_of_it()
bpy.ops.extensions.package_install_files(filepath=request["zip"], repo="user_default", enable_on_install=False)
modules_before = set(sys.modules)
bpy.ops.preferences.addon_enable(module=blender_knows.MODULE)
logging.getLogger(f"{blender_knows.MODULE}.jobs").warning("something to log")
installed = blender_knows.all_of_it()
imported = sorted(set(sys.modules) - modules_before)
folder = Path(str(sys.modules[blender_knows.MODULE].__file__)).parent
files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def module(name: str) -> ModuleType:
    return importlib.import_module(f"{blender_knows.MODULE}.{name}")


def use_it() -> None:
    """As far as one can without a window and a service."""
    preferences: Any = bpy.context.preferences.addons[blender_knows.MODULE].preferences
    preferences.api_key = "two words"  # refused
    preferences.api_key = "a-key"
    preferences.captures_folder = request["captures"]
    assert preferences.api_key == "a-key"
    module("takes.session").open_session()
    module("takes.captures.capture_takes")._kept_sha256(Path(__file__), 1, 1)
    module("scene.video.movie_lengths").known_movie_at(Path(__file__))
    module("ui.setup.support").report()
    module("ui.panels")._drawn.facts[0] = "drawn"
    module("ui.text.translation")._phrases("de_DE")  # the bpy module has no languages to switch to


use_it()
used = blender_knows.state()
bpy.ops.preferences.addon_disable(module=blender_knows.MODULE)
disabled = blender_knows.all_of_it()
left = blender_knows.state()
bpy.ops.preferences.addon_enable(module=blender_knows.MODULE)
logging.getLogger(f"{blender_knows.MODULE}.jobs").warning("something else")
enabled = blender_knows.all_of_it()
repositories = [repository.module for repository in bpy.context.preferences.extensions.repos]
bpy.ops.extensions.package_uninstall(repo_index=repositories.index("user_default"), pkg_id="aimocap_blender")
answer = {
    "before": before,
    "installed": installed,
    "imported": imported,
    "files": files,
    "used": used,
    "disabled": disabled,
    "left": left,
    "enabled": enabled,
    "removed": blender_knows.all_of_it(),
    "log": (Path(bpy.utils.user_resource("DATAFILES")) / "aimocap" / "log" / "aimocap.log").read_text(),
    "folder_left": folder.exists(),
    "version": bpy.app.version_string,
}
Path(request["answer"]).write_text(json.dumps(answer))
sys.stdout.flush()
os._exit(0)
