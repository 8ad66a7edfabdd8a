"""An option gets a better name in the table, and all that has its old one goes on: see `tests/media/kept_files.py`."""

import os
import re
from pathlib import Path

import pytest

from tests.blender_versions import in_oldest_and_newest
from tests.installed.conftest import RunInBlender
from tests.media.kept_files import unpacked
from tools.build_zip import build_zip
from tools.suites import BLENDER_PROGRAM

RENAMED = {"hand_strength": "hand_pull", "source_reference": "motion_pose"}
"""A number, and a choice."""


@pytest.mark.long
@pytest.mark.skipif(BLENDER_PROGRAM in os.environ, reason="the same in the program, which is slower to start")
@in_oldest_and_newest
def test_the_old_name_of_an_option_stays(sources: Path, tmp_path: Path, run_in_blender: RunInBlender) -> None:
    for file in (sources / "aimocap_blender").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for old, new in RENAMED.items():
            text = re.sub(rf"\b{old}\b", new, text)
        if file.name == "renamed.py":
            text = text.replace("OPTIONS = {", f"OPTIONS = {{**{RENAMED}, ")
        file.write_text(text, encoding="utf-8")
    kept = tmp_path / "kept"
    settings = unpacked(kept)["settings"]
    known = {new: settings[old] for old, new in RENAMED.items()}
    request = {"zip": str(build_zip(sources, tmp_path / "zip", with_assets=False)), "kept": str(kept), "names": RENAMED}
    said = run_in_blender("renamed_option_child.py", request)
    assert said["blend"] == said["saved"] == said["preset"] == known
    assert said["old names"] == settings["hand_strength"]
    assert said["script"] == {"hand_pull": 0.5, "motion_pose": "FRAME"}
    assert said["operator's preset"] == {"hand_pull": 1.0, "motion_pose": "AUTO", "scale": 1.5}
    assert said["binding"] == {"hand_pull": 1.0, "motion_pose": "AUTO"}
    assert said["refused"] == "motion_pose is 'MUCH'"
