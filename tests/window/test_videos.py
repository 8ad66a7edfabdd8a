"""Videos in a real window: opened from the viewport, drawn behind the character, shown by the system's programs."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.standin import Results, StandIn
from tests.window.real_window import Screen, play

pytestmark = pytest.mark.slow  # `tests/ui/capture/test_video_operators.py` tells what is shown when


@pytest.fixture(scope="module")
def answers(display: Screen, video: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("window")
    opened, opener = folder / "opened.txt", folder / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    opener.chmod(0o700)
    with StandIn("A", results=Results(make_with=Path(sys.executable))) as service:
        return play(
            display,
            service,
            ("open_in_the_viewport", "videos_of_a_capture"),
            folder,
            video,
            script="drive_videos.py",
            opened=str(opened),
            variables={"PATH": f"{opener.parent}:{os.environ['PATH']}"},
        )


def test_a_video_that_is_dropped_onto_the_viewport(answers: dict[str, Any], video: Path) -> None:
    answer = answers["open_in_the_viewport"]
    assert answer["thumbnails"] == 4
    assert answer["areas_stay"]
    assert answer["active"] == video.name
    assert answer["rate"] == 25
    assert answer["after_undo"] == 0


def test_the_videos_of_a_capture(answers: dict[str, Any]) -> None:
    answer = answers["videos_of_a_capture"]
    assert answer["perspective"] == "CAMERA"
    assert answer["drawn"] == {str(frame): frame - 1 for frame in (60, 30, 31, 45, 77)}  # the strip begins at frame 1
    assert answer["opened"] == answer["files"]
