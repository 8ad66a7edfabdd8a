"""What is shown of captures that are over is made once, and anew when something about them changes."""

from pathlib import Path

from tests.standin import StandIn

from .desk import Desk


def test_the_view_of_an_ended_capture_is_kept_until_it_changes(video: Path, folder: Path) -> None:
    with StandIn("A") as standin, Desk(folder, standin.base_url, standin.api_key) as desk:
        desk.verify = lambda _kind, _path: None
        capture_id = desk.begin(video)
        desk.to_the_end(capture_id)
        assert desk.until(lambda: desk.view(capture_id) is desk.view(capture_id))
        assert not desk.view(capture_id).applied
        desk.runner.mark_applied(capture_id)
        assert desk.view(capture_id).applied
