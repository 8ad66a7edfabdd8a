"""The add-on as people have it: built, installed and enabled once for all the tests of this folder.

The configuration is a temporary folder, named before anything imports bpy: Blender reads it while it starts.
"""

import importlib
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.tools.build_zip import build_zip

if "BLENDER_USER_RESOURCES" not in os.environ:
    if "bpy" in sys.modules:
        pytest.exit("tests/ui would install into this person's Blender: run it by itself (pytest tests/ui)", 2)
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="aimocap-blender-config-")

import bpy

ROOT = Path(__file__).resolve().parents[2]
MODULE = "bl_ext.user_default.aimocap_blender"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The package under the name that it has as an extension; its other modules are imported below that name."""
    zip_file = build_zip(ROOT, tmp_path_factory.mktemp("zip"))
    bpy.ops.extensions.package_install_files(filepath=str(zip_file), repo="user_default", enable_on_install=True)
    bpy.context.preferences.system.use_online_access = True
    return importlib.import_module(MODULE)


@pytest.fixture
def addon(installed: ModuleType, fresh_file: bpy.types.Scene) -> ModuleType:
    """The installed package, enabled, in an empty file; its preferences as they were after installing."""
    del fresh_file
    preferences = bpy.context.preferences.addons[MODULE].preferences
    for name in preferences.bl_rna.properties.keys():  # noqa: SIM118 -- an RNA collection iterates over its values
        if not preferences.bl_rna.properties[name].is_readonly:
            preferences.property_unset(name)
    preferences.api_key = ""  # lies in a file of its own: unsetting it reaches nothing
    return installed


@pytest.fixture
def fresh_file() -> bpy.types.Scene:
    """The scene of a new empty file; add-ons and preferences stay (unlike with read_factory_settings)."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return bpy.context.scene
