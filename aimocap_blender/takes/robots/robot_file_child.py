"""A script for a background Blender: makes one motion file of a robot. See ``robot_files.py``."""

import importlib
from pathlib import Path
from typing import Any


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Make what the request says."""
    robot_files: Any = importlib.import_module("aimocap.takes.robots.robot_files")
    wishes = robot_files.wishes_of(request["wishes"])
    kind = robot_files.MotionKind(request["kind"])
    return robot_files.make_robot_file(Path(request["source"]), kind, Path(request["place"]), wishes)
