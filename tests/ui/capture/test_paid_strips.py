"""Bars on the strips of the sequencer: where what is shown was captured, as the pictures themselves tell."""

from collections.abc import Callable
from pathlib import Path

import bpy
import pytest

from tests.scene.video.sequencer_acts import Strip, move_ends, seen
from tests.standin import StandIn
from tests.ui.acts import begin, captures, module, until

pytestmark = pytest.mark.usefixtures("character", "sampled_once")
CAPTURED, LEFT = range(7, 51), 10


def bars() -> list[tuple[float, float, bool]]:
    session = module("takes.session").open_session()
    session.pump()
    return [(bar.start, bar.end, bar.is_here) for bar in module("ui.capture.paid_strips").bars_in(bpy.context.scene)]


def forwards(_: Strip) -> None:
    pass


def backwards(strip: Strip) -> None:
    strip.use_reverse_frames = True


@pytest.mark.parametrize("shape", [forwards, backwards])
def test_a_bar_covers_the_frames_that_show_what_was_captured(
    shape: Callable[[Strip], None], strip: Strip, tmp_path: Path
) -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    move_ends(strip, -7, 9)
    shape(strip)
    ((start, end, is_here),) = bars()
    assert is_here
    around = [frame for edge in (round(start), round(end)) for frame in (edge - 2, edge - 1, edge, edge + 1)]
    shown = seen(bpy.context.scene, around, tmp_path)
    assert {frame for frame, number in shown.items() if number in CAPTURED} == {
        frame for frame in around if start <= frame < end
    }
    move_ends(strip, 20, 0)
    ((cut, end_after, _),) = bars()
    assert (cut, end_after) == (max(start, LEFT + 20), end)


@pytest.mark.usefixtures("strip")
def test_only_what_is_paid_and_may_still_bring_motion(service: StandIn) -> None:
    service.polls = ["failed"]
    begin()
    until(lambda: captures()[0].state == "failed")
    assert bars() == []
    service.hold("processing")
    begin()
    until(lambda: captures()[0].state == "running")
    ((*_, is_here),) = bars()
    assert not is_here


@pytest.mark.usefixtures("strip")
def test_a_forgotten_capture_has_no_bar() -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert len(bars()) == 1
    bpy.ops.aimocap.forget_capture("EXEC_DEFAULT", capture_id=captures()[0].id)
    assert bars() == []
