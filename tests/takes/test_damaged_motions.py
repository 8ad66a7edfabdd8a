"""Apply pressed on a motion whose file is no longer what was delivered: fetched again, and then it is applied."""

from pathlib import Path

import bpy
import pytest

from tests.faults.damages import DAMAGES
from tests.faults.marks import Seen
from tests.standin import StandIn
from tests.takes.applied_captures import carried_out, moved, press_apply
from tests.ui.acts import captures, module, refusal, until

pytestmark = [pytest.mark.usefixtures("sampled_once"), pytest.mark.fault(81)]

DAMAGED = "The motion's file is not what the service delivered."


def motion_file() -> Path:
    (view,) = captures()
    return view.folder / "motion.fbx"


def is_whole(motion_fbx: Path) -> bool:
    try:
        return motion_file().read_bytes() == motion_fbx.read_bytes()
    except FileNotFoundError:  # taken away, or fetched meanwhile
        return False


@pytest.mark.parametrize("damage", ["one bit changed", "deleted"])
def test_fetched_again_and_applied(
    damage: str, captured: str, character: bpy.types.Object, service: StandIn, motion_fbx: Path, seen: Seen
) -> None:
    DAMAGES[damage](motion_file())
    press_apply(captured)
    until(carried_out)
    assert moved() == {character.name}
    assert motion_file().read_bytes() == motion_fbx.read_bytes()
    messages = [message.sentence for message in module("takes.session").open_session().messages.take()]
    assert sum(DAMAGED in message for message in messages) == 1
    assert len(service.charges) == 1
    seen(f"Apply, {damage}: fetched again and applied, 1 charged")


def test_a_script_is_refused(captured: str, service: StandIn, motion_fbx: Path, seen: Seen) -> None:
    """It can't wait for the network: the next call applies it."""
    DAMAGES["one bit changed"](motion_file())
    assert DAMAGED in refusal(bpy.ops.aimocap.apply_capture, capture_id=captured)
    assert moved() == set()
    until(lambda: is_whole(motion_fbx) and carried_out())
    until(lambda: captures()[0].state == "done")
    assert bpy.ops.aimocap.apply_capture(capture_id=captured) == {"FINISHED"}
    assert len(service.charges) == 1
    seen("a script's Apply: refused, fetched again, applied by the next call")


def test_the_service_has_it_no_more(captured: str, service: StandIn, seen: Seen) -> None:
    DAMAGES["one bit changed"](motion_file())
    service.faults.add(step="*", times=None, status=410, code="job_gone")
    press_apply(captured)
    until(lambda: captures()[0].state == "gone")
    until(carried_out)
    (view,) = captures()
    assert moved() == set()
    assert view.can_check_again
    seen(f"Apply, gone from the service: {view.what}")
