"""In which versions of Blender a test runs."""

import os

import bpy
import pytest

from tests.tools.blenders import BLENDERS
from tests.tools.suites import IN_EVERY_BLENDER

in_oldest_and_newest = pytest.mark.skipif(
    "{}.{}".format(*bpy.app.version) not in {BLENDERS[0].version, BLENDERS[-1].version}
    and IN_EVERY_BLENDER not in os.environ,
    reason=f"the oldest and the newest Blender stand for those between; {IN_EVERY_BLENDER}=1 runs it in all",
)
"""For what takes long and hardly depends on the version."""
