"""The preferences and the key that an earlier revision's add-on kept; see `tests/media/kept_files.py`."""

import os
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.blender_versions import in_oldest_and_newest
from tests.installed.conftest import RunInBlender
from tests.media.kept_files import unpacked
from tools.suites import BLENDER_PROGRAM


@pytest.mark.long
@in_oldest_and_newest
def test_kept_preferences_are_taken_over(extension_zip: Path, run_in_blender: RunInBlender, tmp_path: Path) -> None:
    if BLENDER_PROGRAM not in os.environ and version("bpy").startswith("4.2."):
        pytest.skip("the bpy module of 4.2 crashes when it is told to read its preferences")
    known = unpacked(tmp_path / "kept")["preferences"]
    request = {"zip": str(extension_zip), "config": str(tmp_path / "kept" / "config"), "names": list(known)}
    assert run_in_blender("kept_preferences_child.py", request) == known
