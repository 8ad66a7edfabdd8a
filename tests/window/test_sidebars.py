"""Both sidebars draw at two widths, two scales and, where somebody looks at the pictures, in two themes."""

import os
import sys
from pathlib import Path

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


def test_every_sidebar_is_drawn(drive: Drive, tmp_path: Path) -> None:
    console = tmp_path / "console.txt"
    themes = ("Blender_Dark", "Blender_Light") if "AIMOCAP_SCREENSHOTS" in os.environ else ("Blender_Dark",)
    with StandIn("A", results=Results(make_with=Path(sys.executable)), polls=("processing", "completed")) as service:
        answer = drive(
            service,
            "sidebars",
            script="drive_sidebars.py",
            control=service.control_url,
            console=str(console),
            themes=themes,
        )
    assert len(answer["widths"]) == 8 * len(themes)
    for name, width in answer["widths"].items():
        assert abs(width - int(name.rpartition("_")[2])) < 15, name
    assert "Traceback" not in console.read_text()


def test_either_sidebar_follows_what_is_chosen_in_the_other_editor(drive: Drive) -> None:
    with StandIn("A") as service:
        answer = drive(service, "follow_each_other", script="drive_sidebars.py")
    first, second, back, nobody = answer["sidebars"]
    for editor in ("VIEW_3D", "SEQUENCE_EDITOR"):
        assert (first[editor][0], second[editor][0], back[editor][0]) == ("Take 1", "Take 2", "Take 1")
        assert first[editor][1]
        assert not nobody[editor][1]
