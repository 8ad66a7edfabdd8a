"""A strip whose movie can only be decoded in part: refused in words, and captured once it is trimmed to that part."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import bpy
import pytest

from tests.faults.marks import Seen
from tests.scene.video.mp4_boxes import cut_off
from tests.scene.video.sequencer_acts import add_movie, move_ends
from tests.standin import StandIn
from tests.ui.acts import module, refusal
from tests.with_networks import needs_networks

Strip = Any


@pytest.fixture
def strip(service: StandIn, movies: Callable[[Fraction], Path], tmp_path: Path) -> Strip:
    """Of 60 frames, of which about half are there."""
    del service
    file = tmp_path / "half.mp4"
    file.write_bytes(cut_off(movies(Fraction(25)), 0.5))
    bpy.context.scene.render.fps = 25
    return add_movie(bpy.context.scene, file)


@needs_networks
@pytest.mark.fault(92)
@pytest.mark.usefixtures("character", "sampled_once")
def test_a_strip_is_captured_once_it_is_trimmed(strip: Strip, service: StandIn, seen: Seen) -> None:
    message = refusal(bpy.ops.aimocap.capture_motion)
    for act in (bpy.ops.aimocap.preview_motion, bpy.ops.aimocap.check_video):
        assert "damaged or incomplete" in refusal(act)
    assert "damaged or incomplete" in refusal(bpy.ops.aimocap.capture_motion, only_range=True)
    assert "damaged or incomplete" in refusal(bpy.ops.aimocap.capture_motion, filepath=strip.filepath)
    assert service.requests == []
    source = module("scene.video.strips").video_of(bpy.context)
    ((first, _),) = source.lost
    assert f"only {first:.2f} s can be decoded" in message
    frame = round(first * 25)
    assert f"Trim it to end at {first:.2f} s of the video, before frame {frame}, or" in message
    move_ends(strip, 0, frame - 60)
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert [charge.credits for charge in service.charges] == [pytest.approx(first)]
    seen(message)


def test_the_panel_says_so_and_offers_the_ends(strip: Strip, monkeypatch: pytest.MonkeyPatch) -> None:
    del strip
    module("scene.video.strips").video_of(bpy.context)  # opens the movie
    panel, said = module("ui.panels"), list[str]()
    monkeypatch.setattr(panel, "say", lambda _layout, sentence, *_: said.append(str(sentence)))
    settings = bpy.context.scene.aimocap
    ends = MagicMock()
    monkeypatch.setattr(panel, "draw_range", ends)
    assert panel._draw_source(MagicMock(), bpy.context, settings) is None
    assert ends.called
    assert [line for line in said if "of the range, only 1.16 s can be decoded" in line] == said
