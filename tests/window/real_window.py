"""A real Blender in a window of its own: Xvfb, a fresh configuration, the extension installed from the zip."""

import contextlib
import functools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.built_zip import built_zip
from tests.installed.child_blender import answer_of
from tests.standin import StandIn
from tools.suites import BLENDER_PROGRAM

SCREEN = (1500, 950)
LONGEST_SEC = 480
FOLDER = Path(__file__).parent


def missing_tools() -> list[str]:
    """Programs that a window needs and this machine lacks."""
    missing = [tool for tool in ("Xvfb", "xdotool", "import") if shutil.which(tool) is None]
    return missing if blender_program() else ["blender", *missing]


def blender_program() -> str | None:
    return os.environ.get(BLENDER_PROGRAM) or shutil.which("blender")


@contextlib.contextmanager
def virtual_display(screen: tuple[int, int] = SCREEN, kept_in: Path | None = None) -> Iterator[str]:
    """The name of a screen that nobody sees; a folder is given its pixels, in a file `Xvfb_screen0`."""
    read, write = os.pipe()
    size = f"{screen[0]}x{screen[1]}x24"
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", size]
    command += ["-fbdir", str(kept_in)] if kept_in else []
    server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


def play(
    display: str,
    service: StandIn,
    scenario: str | Sequence[str],
    folder: Path,
    video: Path,
    *,
    again: bool = False,
    script: str = "drive.py",
    prepare: str = "prepare_child.py",
    options: Sequence[str] = ("--online-mode",),
    variables: Mapping[str, str] | None = None,
    status: int = 0,
    **more: object,
) -> dict[str, Any]:
    """Have a configuration and a file prepared in `folder`, play a scenario of a script in the window; its answer.

    Several are played in one Blender, which costs less than a start for each; their answers are by their names.
    With `again` it is the configuration and the file of an earlier scenario. The last Blender ends with that status.
    """
    answer, request, blend = (folder / file for file in ("answer.json", "request.json", "film.blend"))
    if not again:
        prepared = _prepared(prepare, video)
        shutil.copytree(prepared.name, folder, dirs_exist_ok=True)
    wanted = {
        "video": str(video),
        "answer": str(answer),
        "scenario": scenario,
        "service_url": service.base_url,
        "screen": SCREEN,
        "known": str(Path(_known().name) / "known.json"),
        "screenshots": os.environ.get("AIMOCAP_SCREENSHOTS", str(folder)),
        **more,
    }
    request.write_text(json.dumps(wanted))
    return answer_of(
        [_program(), *options, str(blend), "--python", str(FOLDER / script)],
        answer,
        config=folder / "config",
        variables={
            "AIMOCAP_WINDOW_REQUEST": str(request),
            "AIMOCAP_SERVICE_URL": service.base_url,
            "AIMOCAP_API_KEY": service.api_key,
            "DISPLAY": display,
            **(variables or {}),
        },
        longest_sec=LONGEST_SEC,
        status=status,
    )


@functools.cache
def _known() -> tempfile.TemporaryDirectory[str]:
    """A folder for where scenarios have seen buttons: the next one looks there first."""
    return tempfile.TemporaryDirectory(prefix="aimocap-blender-window-")


@functools.cache
def _prepared(script: str, video: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder with a configuration that has the extension, and the file to begin with; made once, to be copied."""
    made = tempfile.TemporaryDirectory(prefix="aimocap-blender-window-")
    folder = Path(made.name)
    answer, request, blend = (folder / file for file in ("answer.json", "request.json", "film.blend"))
    wanted = {"zip": str(built_zip(folder)), "video": str(video), "blend": str(blend), "answer": str(answer)}
    request.write_text(json.dumps(wanted))
    background = ["--background", "--python-exit-code", "1", "--python", str(FOLDER / script)]
    command = [_program(), *background, "--", str(request)]
    answer_of(command, answer, config=folder / "config", variables={}, longest_sec=LONGEST_SEC)
    return made


def _program() -> str:
    program = blender_program()
    assert program is not None
    return program
