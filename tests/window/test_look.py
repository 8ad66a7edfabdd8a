"""The character that is kept, the range's fields and the video in the viewport, by mouse."""

from tests.standin import StandIn
from tests.window.conftest import Drive


def test_what_is_kept_trimmed_and_seen(drive: Drive) -> None:
    with StandIn("A") as service:
        answer = drive(service, "look", script="drive_look.py")
    assert answer["kept"][0] == answer["kept"][1]
