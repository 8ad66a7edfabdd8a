"""The sidebar in each of its states: drawn at each width, scale and theme; no button jumps between two of them."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.media.g1_json import make_g1_json
from tests.standin import Results, StandIn
from tests.window.real_window import play, virtual_display

PICTURES = "AIMOCAP_SCREENSHOTS"
SCREENS = {1: (1000, 1600), 2: (1400, 3200)}
"""By scale: so high that a sidebar fits."""


def states(video: Path, folder: Path, **wanted: object) -> dict[str, Any]:
    console, robot = folder / "console.txt", folder / "robot.json"
    make_g1_json(robot, 0.0, 2.0, 30.0)
    width, height = screen = SCREENS[wanted["scale"]]
    with (
        virtual_display(screen) as display,
        StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("processing", "completed")) as service,
    ):
        answer = play(
            display,
            service,
            "all_states",
            folder,
            video,
            script="drive_states.py",
            options=("--online-mode", "--window-geometry", "0", "0", str(width), str(height)),
            variables={"AIMOCAP_API_KEY": ""},
            screen=screen,
            control=service.control_url,
            console=str(console),
            key=service.api_key,
            robot=str(robot),
            **wanted,
        )
    assert "Traceback" not in console.read_text()
    assert abs(answer["width"] - wanted["width"]) < 15
    assert answer["jumped"] == []
    return answer


@pytest.mark.slow
@pytest.mark.usefixtures("display")
def test_no_button_jumps(video: Path, tmp_path: Path) -> None:
    states(video, tmp_path, theme="Blender_Dark", scale=1, language="en_US", width=300, pictures=False)


@pytest.mark.skipif(PICTURES not in os.environ, reason=f"{PICTURES} names no folder for pictures that are looked at")
@pytest.mark.usefixtures("display")
@pytest.mark.parametrize("width", [200, 300, 400])
@pytest.mark.parametrize(
    ("theme", "scale", "language"),
    [
        *(("Blender_Dark", scale, "en_US") for scale in SCREENS),
        *(("Blender_Light", scale, "en_US") for scale in SCREENS),
        ("Blender_Dark", 1, "de_DE"),
        ("Blender_Dark", 1, "zh_HANS"),
    ],
)
def test_every_state_is_drawn(video: Path, tmp_path: Path, width: int, theme: str, scale: int, language: str) -> None:
    states(video, tmp_path, theme=theme, scale=scale, language=language, width=width, pictures=True)
