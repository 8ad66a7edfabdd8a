"""A real Blender in a window of its own: Xvfb, a fresh configuration, the extension installed from the zip."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.installed.conftest import PERSONS_OWN, ROOT
from tests.media.barcode_video import barcode_video
from tests.standin import StandIn
from tests.tools.build_zip import build_zip
from tests.tools.suites import BLENDER_PROGRAM

SCREEN = (1500, 950)
LONGEST_SEC = 300
Drive = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def program() -> str:
    found = os.environ.get(BLENDER_PROGRAM) or shutil.which("blender")
    missing = [tool for tool in ("Xvfb", "xdotool", "import") if shutil.which(tool) is None]
    if not found or missing:
        pytest.skip(f"no window here: {', '.join(missing) or 'blender'} is not installed")
    return found


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    read, write = os.pipe()
    size = f"{SCREEN[0]}x{SCREEN[1]}x24"
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", size], pass_fds=(write,), stderr=subprocess.DEVNULL
    )
    os.close(write)
    with os.fdopen(read) as numbers:
        yield f":{numbers.readline().strip()}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_video(tmp_path_factory.mktemp("video"), fps=25, frames=100)


@pytest.fixture
def drive(program: str, display: str, video: Path, tmp_path: Path) -> Drive:
    """Prepare a configuration and a file, then play a scenario of `drive.py` in the window; its answer."""

    def run(service: StandIn, scenario: str, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
        answer, request, blend = (tmp_path / file for file in ("answer.json", "request.json", "film.blend"))
        environment = {
            **{key: value for key, value in os.environ.items() if key not in PERSONS_OWN},
            "BLENDER_USER_RESOURCES": str(tmp_path / "config"),
            "AIMOCAP_WINDOW_REQUEST": str(request),
            "AIMOCAP_SERVICE_URL": service.base_url,
            "AIMOCAP_API_KEY": service.api_key,
            "DISPLAY": display,
        }
        screenshots = Path(os.environ.get("AIMOCAP_SCREENSHOTS", tmp_path))
        zip_file = build_zip(ROOT, tmp_path)
        wanted = {
            "zip": str(zip_file),
            "video": str(more.pop("video", video)),
            "blend": str(blend),
            "answer": str(answer),
            "scenario": scenario,
            "name": name,
            "screen": SCREEN,
            "screenshots": str(screenshots),
            **more,
        }
        request.write_text(json.dumps(wanted))
        folder = Path(__file__).parent
        background = ["--background", "--python-exit-code", "1", "--python", str(folder / "prepare_child.py")]
        _run([program, *background, "--", str(request)], environment, answer)
        answer.unlink()
        return _run([program, "--online-mode", str(blend), "--python", str(folder / "drive.py")], environment, answer)

    return run


def _run(command: list[str], environment: dict[str, str], answer: Path) -> dict[str, Any]:
    child = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=LONGEST_SEC,
        check=False,
    )
    if not answer.exists():
        sys.stdout.write(child.stdout)
    assert answer.exists(), f"Blender ended with status {child.returncode}"
    said = json.loads(answer.read_text())
    assert "error" not in said, f"{said['error']}\n{child.stdout[-3000:]}"
    return said
