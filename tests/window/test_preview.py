"""Without a key and offline, a video's motion comes onto the character by mouse, is corrected, and is then captured."""

import dataclasses
import sys
from pathlib import Path

from tests.media.figure.camera import Camera
from tests.media.figure.film import Film
from tests.standin import Results, StandIn
from tests.window.real_window import Screen, play
from tests.with_networks import needs_networks

pytestmark = needs_networks
MOST_CLICKS = 5
"""From the installed add-on to a preview's motion on the character."""


class FeetLeave(Film):
    """The camera looks so high that the feet of somebody who comes close are out of view."""

    @property
    def camera(self) -> Camera:
        usual = super().camera
        x, y, z = usual.looks_at
        return dataclasses.replace(usual, looks_at=(x, y, z + 0.95))


def test_a_free_preview_and_the_capture_that_replaces_it(display: Screen, tmp_path: Path) -> None:
    video, console, temporary = tmp_path / "dance.mp4", tmp_path / "console.txt", tmp_path / "temporary"
    FeetLeave(frames=40, size=(320, 240)).make(video)
    temporary.mkdir()
    with StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("processing", "completed")) as service:
        answer = play(
            display,
            service,
            "preview_free",
            tmp_path,
            video,
            script="drive_preview.py",
            prepare="prepare_first_run_child.py",
            options=(),
            variables={"AIMOCAP_API_KEY": "", "TMPDIR": str(temporary)},
            key=service.api_key,
            console=str(console),
            temporary=str(temporary),
        )
        charges, violations = service.charges, service.violations
    assert answer["clicks_to_motion"] <= MOST_CLICKS
    assert answer["checking"]
    assert any(sentence.startswith("Risky: feet are out of the frame at ") for sentence in answer["checked"])
    assert "Following the person" in answer["following"]
    assert len(answer["private"]) == 1
    assert answer["left"] == []
    assert answer["after_stop"] == [0, ""]
    assert answer["preview"]
    assert not any("leg" in sentence for sentence in answer["closed"])
    assert any("leg" in sentence and "from" in sentence for sentence in answer["previewed"])
    assert answer["heat_before"] == 0 < answer["heat"]
    assert answer["verdict"] == ""
    assert answer["looked_at"] == 21
    made = ["PLACE left_wrist", "DEPTH right_wrist", "OTHER_WAY right_elbow", "STANDS left_ankle", "DEPTH left_elbow"]
    assert answer["kinds"] == [*(made[:count] for count in range(1, 6)), made[:4]]  # the last one is undone
    assert answer["modal_while_paused"] == []
    assert answer["modal_again"] == ["AIMOCAP_OT_correct_preview"]
    assert answer["off_the_video"] < 1.0
    assert "rotated by" in answer["said"]
    assert answer["doubt"][0].startswith("To look at, 1 of ")
    assert answer["left_as_it_was"] == answer["saved_as_it_was"] == [False, "PERSP", False]
    assert answer["reloaded"] == answer["on_another"] == made[:4]
    assert answer["waited"] == [f"Exporting to {answer['exported'][0]}"]  # in place of all buttons of the result
    assert not answer["review_stopped"]
    assert answer["reviewed"] == "ftyp"
    assert answer["captured"] != answer["preview"]
    assert answer["capture_kinds"] == [made[:1], made[:2]]
    (kept, before), (same, after) = answer["spans"]
    assert kept == same
    assert after[0] == before[0]
    assert 3 <= after[1] - before[1] <= 7
    assert answer["capture_left_as_it_was"] == [False, "PERSP", False]
    assert answer["tracks"] == [[True, [answer["preview"]]]]
    assert "A capture of the same video has replaced it." in answer["superseded"]
    assert len(charges) == 1
    assert violations == []
    assert "Traceback" not in console.read_text()
