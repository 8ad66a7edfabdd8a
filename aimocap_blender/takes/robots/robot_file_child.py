"""A script for a background Blender: makes one motion file of a robot. See ``robot_retargeting.py``."""

import importlib
from pathlib import Path
from typing import Any


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Make what the request says."""
    robot_retargeting: Any = importlib.import_module("aimocap.takes.robots.robot_retargeting")
    wishes = robot_retargeting.wishes_of(request["wishes"])
    kind = robot_retargeting.MotionKind(request["kind"])
    return robot_retargeting.make_robot_file(Path(request["source"]), kind, Path(request["place"]), wishes)
