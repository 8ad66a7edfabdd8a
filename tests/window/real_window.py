"""A real Blender in a window of its own: Xvfb, a fresh configuration, the extension installed from the zip."""

import contextlib
import functools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.built_zip import built_zip
from tests.installed.child_blender import answer_of
from tests.standin import StandIn
from tools.suites import BLENDER_PROGRAM, QUICKLY

WIDE_SCREEN = (1500, 950)
"""Pixels, as people see it."""
IS_WIDE = QUICKLY not in os.environ or "AIMOCAP_SCREENSHOTS" in os.environ
SCREEN = WIDE_SCREEN if IS_WIDE else (1000, 950)
"""Where there is to be an answer soon, still wider than two dialogs: without a GPU the view costs by the pixel."""
LONGEST_SEC = 480
FOLDER = Path(__file__).parent


def missing_tools() -> list[str]:
    """Programs that a window needs and this machine lacks."""
    missing = [tool for tool in ("Xvfb", "xdotool", "import") if shutil.which(tool) is None]
    return missing if blender_program() else ["blender", *missing]


def blender_program() -> str | None:
    return os.environ.get(BLENDER_PROGRAM) or shutil.which("blender")


@dataclass(frozen=True)
class Screen:
    """A screen that nobody sees."""

    name: str
    """As the variable DISPLAY has it."""
    pixels: Path
    """A file with its pixels, see `screen_dump`."""


@contextlib.contextmanager
def virtual_display(size: tuple[int, int] = SCREEN) -> Iterator[Screen]:
    """A screen of so many pixels."""
    read, write = os.pipe()
    with tempfile.TemporaryDirectory(prefix="aimocap-blender-screen-") as folder:
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size[0]}x{size[1]}x24", "-fbdir", folder]
        server = subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL)
        os.close(write)
        try:
            with os.fdopen(read) as numbers:
                yield Screen(f":{numbers.readline().strip()}", Path(folder, "Xvfb_screen0"))
        finally:
            server.terminate()
            server.wait(10)


def play(
    display: Screen,
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
        "pixels": str(display.pixels),
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
            "DISPLAY": display.name,
            "LP_NUM_THREADS": "1",  # of drawing without a GPU: more wait for each other by computing
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
