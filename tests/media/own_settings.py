"""A Blender in a process of its own that makes a file, with empty settings: it resets them, and would reset the user's.

Resetting them also deletes the Python wheels of all extensions in the user's folders.
"""

import os
import subprocess
import tempfile
from collections.abc import Sequence


def run_with_own_settings(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run it to its end."""
    with tempfile.TemporaryDirectory() as settings:
        environment = {**os.environ, "BLENDER_USER_RESOURCES": settings}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
