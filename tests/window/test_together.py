"""Two strips of one moment become one motion by mouse; one is moved by hand, and both are solved as placed."""

from pathlib import Path

from tests.media.figure.film import FILMS, Film, filmed_person
from tests.standin import StandIn
from tests.thorough import thoroughly
from tests.window.real_window import Screen, play
from tests.with_networks import needs_networks

pytestmark = needs_networks
LATE_FRAMES, BY_HAND = 6, 2


@thoroughly
def test_two_strips_are_previewed_together_and_again_as_placed(display: Screen, tmp_path: Path) -> None:
    films = [
        filmed_person(FILMS, Film(frames=42)),
        filmed_person(FILMS, Film(frames=40, late_sec=LATE_FRAMES / 25, beside=70.0)),
    ]
    with StandIn("A") as service:
        answer = play(
            display,
            service,
            "preview_together",
            tmp_path,
            films[0],
            script="drive_together.py",
            films=[str(film) for film in films],
        )
        assert not service.requests
    first, second = answer["lefts"]
    assert first == 10
    assert abs(second - first - LATE_FRAMES) <= 1
    assert abs(answer["offsets"][0] + LATE_FRAMES / 25) < 0.03
    assert answer["cameras"] == [film.name for film in films]
    assert set(answer["limbs"]) <= {0, 1}
    assert answer["lefts_by_hand"] == [first, second + BY_HAND]
    assert abs(answer["offsets"][1] - answer["offsets"][0] + BY_HAND / 25) < 0.06
