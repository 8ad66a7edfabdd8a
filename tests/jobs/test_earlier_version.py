"""The captures folder of version 0.1.0, written by that version's own code, is taken over as it is."""

import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.standin import StandIn
from tools.archives import unpack

from .desk import Desk

ROOT = Path(__file__).resolve().parents[2]
EARLIER = "f2f6f0d"
"""The last state of 0.1.0: it gave a job up at the first report of its end."""
ENDS: dict[str, dict[str, Any]] = {
    "done": {},
    "unconfirmed": {"step": "complete_upload", "acts": False, "status": 503},
    "failed": {"step": "job", "skip": 1, "merge": {"job": {"status": "failed"}}},
    "gone": {"step": "job", "skip": 1, "status": 410},
    "rejected": {"step": "create", "status": 400, "code": "api_trim_range_invalid"},
}
PAID = {"done", "failed", "gone", "running"}


@pytest.fixture
def earlier(tmp_path: Path, standin: StandIn, folder: Path, video: Path) -> Callable[[], "subprocess.Popen[str]"]:
    """A process of that version, which begins a capture, or takes up the one that is there."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("the earlier version is taken out of git, and this is no checkout")
    packed = subprocess.run(["git", "archive", EARLIER], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode != 0:
        pytest.skip(f"the history that is here does not reach back to {EARLIER}")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        unpack(archive, tmp_path / "earlier")
    command = [sys.executable, "-m", "tests.jobs.desk", str(folder), standin.base_url, standin.api_key, str(video)]
    return lambda: subprocess.Popen(command, cwd=tmp_path / "earlier", stdout=subprocess.PIPE, text=True)


@pytest.mark.slow_cases
@pytest.mark.parametrize("state", [*ENDS, "running"])
def test_a_capture_of_the_earlier_version(
    state: str, earlier: Callable[[], "subprocess.Popen[str]"], standin: StandIn, folder: Path
) -> None:
    if state == "running":
        standin.hold("processing")
    elif ENDS[state]:
        standin.faults.add(times=None, **ENDS[state])
    with earlier() as process:
        assert process.stdout is not None
        capture_id = process.stdout.readline().strip()
        if state == "running":
            assert standin.wait_until(lambda: standin.steps().count("job") > 2)
            process.kill()
        else:
            assert process.stdout.readline().strip() == state
    standin.faults.clear()
    standin.release()
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        view = desk.to_the_end(capture_id)
        assert view.state == ("done" if state == "running" else state)
        assert view.can_check_again == (state in {"unconfirmed", "failed", "gone"})
        if view.can_check_again:
            desk.runner.check_again(capture_id)
            view = desk.to_the_end(capture_id)
            assert view.state == ("done" if state in PAID else "unconfirmed")
        assert (view.title, view.job_id != "") == ("Walk", state != "rejected")
        assert all(file.is_file() for file in view.files.values())
    assert len(standin.charges) == (state in PAID)
