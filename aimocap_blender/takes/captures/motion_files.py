"""The check of a delivered motion file."""

from pathlib import Path

from ...motion.g1.motion import read_g1_motion
from ...scene.context_override import threads
from ...scene.fbx.fbx_sampling import check_fbx
from ...service.contract import FBX, ROBOT_MOTION


def check_motion_file(kind: str, path: Path) -> None:
    """Raise unless a downloaded file is valid; a runner calls this before a capture is done."""
    with threads.computing():
        if kind == FBX:
            check_fbx(path)
        elif kind == ROBOT_MOTION:
            read_g1_motion(path)
