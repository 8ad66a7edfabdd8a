"""Videos in a real window: opened from the viewport, drawn behind the character, shown by the system's programs."""

import os
import sys
from pathlib import Path

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


def test_a_video_that_is_dropped_onto_the_viewport(drive: Drive, video: Path) -> None:
    with StandIn("A") as service:
        answer = drive(service, "open_in_the_viewport", script="drive_videos.py")
    assert answer["thumbnails"] == 4
    assert answer["areas_stay"]
    assert answer["active"] == video.name
    assert answer["rate"] == 25
    assert answer["after_undo"] == 0


def test_the_videos_of_a_capture(drive: Drive, tmp_path: Path) -> None:
    opened, opener = tmp_path / "opened.txt", tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    opener.chmod(0o700)
    with StandIn("A", results=Results(make_with=Path(sys.executable))) as service:
        answer = drive(
            service,
            "videos_of_a_capture",
            script="drive_videos.py",
            opened=str(opened),
            variables={"PATH": f"{opener.parent}:{os.environ['PATH']}"},
        )
    assert answer["perspective"] == "CAMERA"
    assert answer["drawn"] == {str(frame): frame - 1 for frame in (60, 30, 31, 45, 77)}  # the strip begins at frame 1
    assert answer["opened"] == answer["files"]
