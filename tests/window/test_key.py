"""A key that is typed into the preferences is in its own file, and nowhere else: not even in what a crash leaves."""

import signal
from pathlib import Path

import pytest

from tests.standin import StandIn
from tests.window.real_window import WIDE_SCREEN, play, virtual_display


@pytest.mark.usefixtures("display")
def test_a_crash_does_not_tell_the_key(video: Path, tmp_path: Path) -> None:
    with virtual_display(WIDE_SCREEN) as display, StandIn("A") as service:
        key = service.api_key
        variables = {
            "AIMOCAP_API_KEY": "",
            "AIMOCAP_TYPED_KEY": key,
            "PYTHONFAULTHANDLER": "",  # or Blender itself writes nothing of its crash
            "TMPDIR": str(tmp_path),
        }
        answer = play(
            display,
            service,
            "type_the_key",
            tmp_path,
            video,
            script="drive_key.py",
            variables=variables,
            status=-signal.SIGSEGV,
            screen=WIDE_SCREEN,
        )
        steps = service.steps()
    assert steps == ["job"]
    (crash,) = Path(answer["temporary"]).glob("*.crash.txt")
    assert "key accepted" in crash.read_text()  # what was reported is in it
    assert "Key: in its file" in answer["report"]
    assert key not in answer["report"]
    holding = [file for file in tmp_path.rglob("*") if file.is_file() and key.encode() in file.read_bytes()]
    assert holding == [tmp_path / "config" / "config" / "aimocap" / "api_key"]
    for name in ("film.blend", "config/config/userpref.blend"):
        assert (tmp_path / name).read_bytes()[:7] == b"BLENDER"  # not compressed: the search saw it
