"""A script for a background Blender: makes one motion file of a robot. See ``robot_files.py``.

The package's rooms are imported from its folder, without enabling the add-on.
"""

import importlib
import json
import os
import sys
import types
from pathlib import Path
from typing import Any


def main() -> None:
    """Do what the request says."""
    request_file, result_file = sys.argv[sys.argv.index("--") + 1 :]
    request: dict[str, Any] = json.loads(Path(request_file).read_text(encoding="utf-8"))
    package = types.ModuleType("aimocap")
    package.__path__ = [request["package"]]
    sys.modules["aimocap"] = package
    robot_files: Any = importlib.import_module("aimocap.takes.robots.robot_files")
    faults: Any = importlib.import_module("aimocap.texts.faults")
    wishes = robot_files.RobotFileWishes(**request["wishes"])
    try:
        result = robot_files.make_robot_file(Path(request["source"]), Path(request["place"]), wishes)
    except faults.Fault as fault:
        result = {"fault": {"what": fault.what.to_json(), "next_step": fault.next_step.to_json()}}
    Path(result_file).write_text(json.dumps(result), encoding="utf-8")


main()
sys.stdout.flush()
os._exit(0)
