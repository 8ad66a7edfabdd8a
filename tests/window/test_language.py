"""Blender in another language, chosen while it runs: it says all of what the add-on says in it, and stops saying so."""

import sys
from pathlib import Path

from tests.standin import Results, StandIn
from tests.window.conftest import Drive


def test_german_is_chosen_and_left_again(drive: Drive) -> None:
    with StandIn("A", results=Results(make_with=Path(sys.executable))) as service:
        answer = drive(service, "german", script="drive_sidebars.py", control=service.control_url)
    assert answer["english"] == answer["english_again"]
    assert answer["chinese"] == ["关", "双脚", "全身"]  # Blender's own Chinese for Feet is the unit
    assert answer["german"] == [
        "Aufnahme starten",
        "Fortbewegung",
        "Ob die Figur sich fortbewegt",
        "Eine solche Aufnahme gibt es nicht. Eine aus der Liste im Reiter AIMoCap wählen.",
        "„Bob“ ist ausgeblendet. Einblenden, dann erneut wählen.",
    ]
