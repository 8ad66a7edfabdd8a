"""A newer zip over an earlier one: captures, settings and the key stay, and what was under way is paid for once."""

import io
import os
import shutil
import subprocess
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.installed.conftest import RunInBlender
from tests.media.barcode_video import copied_video
from tests.standin import StandIn
from tools.archives import unpack
from tools.build_zip import build_zip
from tools.suites import BLENDER_PROGRAM

ROOT = Path(__file__).resolve().parents[2]
EARLIER = "3c919f9"
"""Its records have one target."""
WAITS = dict.fromkeys(("first_poll_sec", "first_retry_sec", "longest_retry_sec", "busy_sec", "look_around_sec"), 0.02)


@pytest.fixture
def earlier_zip(tmp_path: Path) -> Path:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("the earlier version is taken out of git, and this is no checkout")
    packed = subprocess.run(["git", "archive", EARLIER], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode != 0:
        pytest.skip(f"the history that is here does not reach back to {EARLIER}")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        unpack(archive, tmp_path / "earlier")
    return build_zip(tmp_path / "earlier", tmp_path / "earlier zip", with_assets=False)


@pytest.mark.slow
def test_captures_settings_and_key_outlive_an_upgrade(
    earlier_zip: Path, extension_zip: Path, run_in_blender: RunInBlender, tmp_path: Path
) -> None:
    if BLENDER_PROGRAM not in os.environ and version("bpy").startswith("4.2."):
        pytest.skip("the bpy module of 4.2 crashes when it is told to read its preferences")
    with StandIn("A", polls=("processing", "completed")) as service:
        own = {"service_url": service.base_url, "api_key": service.api_key, "poll_seconds": 33.0}
        request = {
            "preferences": own,
            "video": str(copied_video(tmp_path)),
            "blend": str(tmp_path / "film.blend"),
            "waits": WAITS,
            "control": service.control_url,
        }
        earlier = run_in_blender("upgrade_child.py", {**request, "zip": str(earlier_zip)})
        service.release()
        now = run_in_blender("upgrade_child.py", {**request, "zip": str(extension_zip)})
        charges, uploads = len(service.charges), service.steps().count("upload")
        violations = service.violations
    assert sorted(earlier["states"].values()) == ["done", "running"]
    assert now["states"] == dict.fromkeys(earlier["states"], "done")
    assert sorted(now["applied"]) == sorted(earlier["states"])
    assert now["actions"] == [1, 2]
    assert (charges, uploads, violations) == (2, 2, [])
    assert now["preferences"] == own
    assert now["consent"]
    assert now["settings changed"] == []
    new = "bl_ext.user_default.aimocap_blender.takes.session"
    assert (new in earlier["modules"], new in now["modules"]) == (False, True)
