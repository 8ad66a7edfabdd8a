"""Install the zip, switch it off and on, remove it; answer what Blender knew at each moment. Runs in Blender."""

import json
import logging
import os
import sys
from pathlib import Path

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
folder = Path(sys.modules[blender_knows.MODULE].__file__).parent
files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
bpy.ops.preferences.addon_disable(module=blender_knows.MODULE)
disabled = blender_knows.all_of_it()
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
    "disabled": disabled,
    "enabled": enabled,
    "removed": blender_knows.all_of_it(),
    "log": (Path(bpy.utils.user_resource("DATAFILES")) / "aimocap" / "log" / "aimocap.log").read_text(),
    "folder_left": folder.exists(),
    "version": bpy.app.version_string,
}
Path(request["answer"]).write_text(json.dumps(answer))
sys.stdout.flush()
os._exit(0)
