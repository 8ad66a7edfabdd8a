"""Install the zip that is named, or enable the add-on and answer how long its modules and its registration took."""

import importlib
import json
import os
import sys
import time

import bpy  # first: it makes Blender's own modules importable

import addon_utils  # isort: skip

MODULE = "bl_ext.user_default.aimocap_blender"


def main() -> None:
    if sys.argv[-1].endswith(".zip"):
        bpy.ops.extensions.package_install_files(filepath=sys.argv[-1], repo="user_default", enable_on_install=False)
    else:
        importlib.import_module("numpy")  # Blender's own, which other add-ons load too
        before, times = set(sys.modules), [(time.perf_counter(), time.process_time())]
        importlib.import_module(f"{MODULE}.ui")
        times.append((time.perf_counter(), time.process_time()))
        addon_utils.enable(MODULE)
        times.append((time.perf_counter(), time.process_time()))
        modules = len(set(sys.modules) - before)
        print(json.dumps({"times": times, "modules": modules}), flush=True)
    sys.stdout.flush()
    os._exit(0)


main()
