"""Every test of the scene starts from an empty file."""

import bpy
import pytest


@pytest.fixture(autouse=True)
def empty_scene() -> bpy.types.Scene:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return bpy.context.scene
