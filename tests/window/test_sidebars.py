"""Both sidebars show what is chosen in either editor; in another language all of it is in that, until it is left."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.standin import Results, StandIn
from tests.window.real_window import Screen, play


@pytest.fixture(scope="module")
def answers(display: Screen, video: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("window")
    with StandIn("A", results=Results(make_with=Path(sys.executable))) as service:
        more = {"script": "drive_sidebars.py", "control": service.control_url}
        return play(display, service, ("follow_each_other", "german"), folder, video, **more)


def test_either_sidebar_follows_what_is_chosen_in_the_other_editor(answers: dict[str, Any]) -> None:
    first, second, back, nobody = answers["follow_each_other"]["sidebars"]
    for editor in ("VIEW_3D", "SEQUENCE_EDITOR"):
        assert (first[editor][0], second[editor][0], back[editor][0]) == ("Take 1", "Take 2", "Take 1")
        assert first[editor][1]
        assert not nobody[editor][1]


def test_german_is_chosen_and_left_again(answers: dict[str, Any]) -> None:
    answer = answers["german"]
    assert answer["english"] == answer["english_again"]
    assert answer["chinese"] == ["关", "双脚", "全身"]  # Blender's own Chinese for Feet is the unit
    assert answer["german"] == [
        "Aufnahme starten",
        "Fortbewegung",
        "Ob die Figur sich fortbewegt",
        "Eine solche Aufnahme gibt es nicht. Eine aus der Liste im Reiter AIMoCap wählen.",
        "„Bob“ ist ausgeblendet. Einblenden, dann erneut wählen.",
    ]
