"""Foot contacts by mouse: a bar on the Timeline is moved, cut and added, all are let go, each is one step to undo."""

from pathlib import Path

import numpy as np

from tests.standin import StandIn
from tests.window.conftest import Drive

STANDS = 1e-4  # metres


def slides(step: dict[str, list[list[float]]], start: int, end: int) -> float:
    """How far the ball of the left foot moves in the frames of a bar, metres."""
    path = np.array(step["path"])[start - 1 : end - 1]
    return float(np.ptp(path, axis=0).max())


def test_contacts_by_mouse(drive: Drive, tmp_path: Path) -> None:
    console = tmp_path / "console.txt"
    with StandIn("A") as service:
        answer = drive(service, "contacts", script="drive_contacts.py", console=str(console), size=(320, 240))
    (start, end), rest = answer["found"][1], answer["rest"]
    first, before = answer["found"][0], answer["before"]
    longer, middle = [start, end + 4], (first[1] + start) // 2
    assert answer["moved"]["bars"] == [first, longer, *rest]
    assert slides(answer["moved"], *longer) < STANDS < 0.01 < slides(before, *longer)
    halves, added = [[start, start + 4], [start + 9, end + 4]], [middle - 2, middle + 3]
    assert answer["cut"]["bars"] == [first, *halves, *rest]
    assert max(slides(answer["cut"], *half) for half in halves) < STANDS
    assert answer["added"]["bars"] == [first, added, *halves, *rest]
    assert slides(answer["added"], *added) < STANDS < 0.1 < slides(before, *added)
    shifted = [middle - 3, middle + 2]
    assert answer["shifted"]["bars"] == [first, shifted, *halves, *rest]
    assert slides(answer["shifted"], *shifted) < STANDS
    for step in ("added", "cut", "moved", "before"):  # the click between changed nothing, and is no step
        assert answer[f"undone_to_{step}"] == answer[step]
    assert slides(answer["free"], *longer) > 0.01
    assert answer["undone_to_locked"] == answer["before"]
    assert "Traceback" not in console.read_text()
