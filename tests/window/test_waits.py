"""Every wait shows a bar with words where it began, and what stops it; a preview that was left resumes."""

import sys
from pathlib import Path
from typing import Any

from tests.media.figure.film import FILMS, Film, filmed_person
from tests.media.g1_json import make_g1_json
from tests.standin import Results, StandIn
from tests.thorough import thoroughly
from tests.window.real_window import Screen, play
from tests.with_networks import needs_networks

pytestmark = needs_networks

WAITS = {
    "Check Video": ("Checking the video", True),
    "Free Preview": ("Reading the video", True),
    "Resume": ("Following the person", True),
    "Review Clip": ("Rendering the review clip", True),
    "Import Motion": ("Reading the motion", True),
    "Import Motion onto a rig": ("Retargeting since", True),
    "Export": ("Exporting to walk.fbx", True),
    "Smooth Motion": ("Smooth Motion", False),
    "Capture Motion, queued": ("In the queue", True),
    "Capture Motion, processing": ("Processing", True),
    "Import, a robot's motion": ("Reading the motion", True),
    "Check Motion": ("Checking the motion", False),
    "Export, a robot's": ("Exporting to walk.json", True),
    "Adjust Motion": ("Adjusting since", True),
    "Retarget Motion": ("Reading the motion", True),
    "Folder…": ("Checking walk.json", True),
}
"""How the words of each wait's bar begin, and whether it can be stopped: not while Blender's own data is changed."""


@thoroughly
def test_every_wait_has_a_bar_and_a_preview_that_was_left_resumes(
    display: Screen, shared_data: Path, tmp_path: Path
) -> None:
    film, robot = filmed_person(FILMS, Film(frames=60, size=(320, 240))), tmp_path / "lab" / "walk.json"
    robot.parent.mkdir()
    make_g1_json(robot, 0.0, 2.0, 30.0)
    console = tmp_path / "console.txt"
    with StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("processing", "completed")) as service:
        more = {
            "script": "drive_waits.py",
            "console": str(console),
            "control": service.control_url,
            "motion": str(shared_data / "motions" / "cmu1_jumping_jacks.bvh"),
            "robot": str(robot),
        }
        left = play(display, service, "leave_a_preview", tmp_path, film, **more)
        back = play(display, service, "come_back", tmp_path, film, again=True, **more)
        robots = play(display, service, "capture_and_robots", tmp_path, film, again=True, **more)
    assert "Traceback" not in console.read_text()
    check_waits(left["waits"] | back["waits"] | robots["waits"])
    assert left["notes"] == 0
    assert "This preview is unfinished." in back["unfinished"]
    assert back["previews"] == [1, 0]
    assert back["shares"] == sorted(back["shares"])
    assert back["retargeting_stopped"]
    assert back["retargeted"]
    assert back["exported"] > 10_000
    assert back["export_stopped"]
    assert robots["adjusted"]
    assert robots["stopped"]


def check_waits(waits: dict[str, Any]) -> None:
    for name, seen in waits.items():
        print(f"{name:28} {seen[0][0]}")
    assert waits.keys() == WAITS.keys()
    for name, (words, stops) in WAITS.items():
        assert any(said.startswith(words) and can == stops for said, can in waits[name]), (name, waits[name])
