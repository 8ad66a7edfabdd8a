"""Both sidebars show what is chosen in either editor."""

from tests.standin import StandIn
from tests.window.conftest import Drive


def test_either_sidebar_follows_what_is_chosen_in_the_other_editor(drive: Drive) -> None:
    with StandIn("A") as service:
        answer = drive(service, "follow_each_other", script="drive_sidebars.py")
    first, second, back, nobody = answer["sidebars"]
    for editor in ("VIEW_3D", "SEQUENCE_EDITOR"):
        assert (first[editor][0], second[editor][0], back[editor][0]) == ("Take 1", "Take 2", "Take 1")
        assert first[editor][1]
        assert not nobody[editor][1]
