"""A video of which only a part arrived: what can't be decoded is neither sent nor paid, what can be is."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.blender_versions import in_newest
from tests.faults.marks import Seen
from tests.media.gif import gif
from tests.scene.video.mp4_boxes import cut_off
from tests.standin import StandIn
from tests.with_networks import needs_networks

pytestmark = in_newest

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def video(movies: Callable[[Fraction], Path], tmp_path: Path) -> Path:
    """Of 2.4 s, of which about 1.2 s are there."""
    file = tmp_path / "half.mp4"
    file.write_bytes(cut_off(movies(Fraction(25)), 0.5))
    return file


@pytest.mark.fault(92)
def test_only_a_range_that_is_there_is_paid(call: Call, service: StandIn, video: Path, seen: Seen) -> None:
    for options in ((), ("--start", 0.5), ("--start", 2), ("--target", "unitree_g1")):
        status, _, errors = call("capture", video, *options)
        assert status == 1
        assert "“half.mp4” is damaged or incomplete" in errors
        assert "Traceback" not in errors
    assert service.requests == []
    status, _, errors = call("capture", video, "--start", 0.2, "--end", 1)
    assert (status, errors) == (0, "")
    assert [charge.credits for charge in service.charges] == [pytest.approx(0.8)]
    seen(call("capture", video)[2].strip())


def test_a_single_frame_is_not_paid(call: Call, service: StandIn, video: Path) -> None:
    """It contains no motion; the window refuses it, too."""
    status, _, errors = call("capture", video, "--start", 0.2, "--end", 0.24)
    assert status == 1
    assert "single frame" in errors
    assert service.requests == []


def test_a_gif_is_not_sent_as_a_video(call: Call, service: StandIn, tmp_path: Path) -> None:
    file = tmp_path / "walk.gif"
    file.write_bytes(gif())
    status, _, errors = call("capture", file)
    assert (status, "“walk.gif” is a GIF, not a video file. Convert it to an MP4" in errors) == (1, True)
    assert service.requests == []


@needs_networks
def test_nor_previewed(call: Call, video: Path, character_blend: Path, tmp_path: Path) -> None:
    status, _, errors = call("preview", video, "--character", character_blend, "--output", tmp_path / "a.blend")
    assert status == 1
    assert "“half.mp4” is damaged or incomplete" in errors


def test_one_of_several_stops_no_other(
    call: Call, service: StandIn, video: Path, movies: Callable[[Fraction], Path], tmp_path: Path
) -> None:
    whole = tmp_path / "whole.mp4"
    whole.write_bytes(movies(Fraction(25)).read_bytes())
    status, _, errors = call("capture", video, whole, "--target", "unitree_g1")
    assert status == 1
    assert "half.mp4" in errors
    assert len(service.charges) == 1
