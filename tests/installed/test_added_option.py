"""An option that is declared once is everywhere."""

import os
import re
from pathlib import Path

import pytest

from tests.blender_versions import in_oldest_and_newest
from tests.installed.conftest import RunInBlender
from tools.build_zip import build_zip
from tools.suites import BLENDER_PROGRAM

FAMILIES = "aimocap_blender/motion/retargeting/retarget_options.py"
DECLARED = """    wobble: float = option(
        0.25,
        "Wobble",
        "How far the hips wobble",
        flag=Flag("--wobble", "how far the hips wobble", "N"),
        limits=Limits(min=0.0, max=2.0),
    )
"""
OPERATORS = {"apply_capture", "apply_preview", "import_motion_fbx", "retarget_from", "retarget_asset"}


@pytest.mark.long
@pytest.mark.skipif(
    BLENDER_PROGRAM in os.environ, reason="Debian's Blender 4.3 can't save any preset with its Python 3.13"
)
@in_oldest_and_newest
def test_an_option_is_declared_once(sources: Path, tmp_path: Path, run_in_blender: RunInBlender) -> None:
    file = sources / FAMILIES
    text = file.read_text(encoding="utf-8").replace("import Limits, option\n", "import Flag, Limits, option\n")
    before, keys = re.split(r"(?=\n\n@dataclass\(frozen=True\)\nclass KeyOptions)", text)
    file.write_text(before + DECLARED + keys, encoding="utf-8")
    zip_file = build_zip(sources, tmp_path / "zip", with_assets=False)
    said = run_in_blender("added_option_child.py", {"zip": str(zip_file)})
    shown = {"name": "Wobble", "description": "How far the hips wobble", "default": 0.25, "least": 0.0, "most": 2.0}
    assert said["scene"] == shown
    assert said["operators"] == dict.fromkeys(OPERATORS, shown)
    assert "bpy.context.scene.aimocap.wobble = 1.5" in said["preset"]
    assert said["binding"] == {"wobble": 1.5}
    assert said["read"] == 1.5
    assert said["refused"] == "wobble is 'much'"
    assert said["value"] == 1.5
    assert said["command"] == {"given": 0.75, "not given": 1.5}
    assert "'3' is not a wobble (0 to 2)" in said["wrong"]
    assert "| **Wobble** | how far the hips wobble | `wobble`: 0 to 2, default `0.25` |" in said["table"]
