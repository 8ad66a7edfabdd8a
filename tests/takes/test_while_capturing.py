"""Acts of a user in Blender while a capture is under way: it continues, on the same job, for one charge."""

import importlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.faults.marks import Seen
from tests.standin import StandIn
from tests.ui.conftest import MODULE

LONGEST_SEC = 30


def open_session() -> Any:
    return importlib.import_module(f"{MODULE}.takes.session").open_session()


def the_capture() -> Any:
    (view,) = open_session().captures.runner.captures()
    return view


def wait(holds: Callable[[Any], bool]) -> Any:
    for _ in range(LONGEST_SEC * 10):
        open_session().captures.refresh()
        if holds(the_capture()):
            return the_capture()
        open_session().captures.runner.wait_for_change(0.1)
    raise AssertionError(f"never came true: {the_capture()}")


def workers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("aimocap")]


@pytest.fixture
def under_way(strip: object, character: bpy.types.Object, service: StandIn) -> Iterator[StandIn]:
    """A capture that the service works on."""
    del strip, character
    service.polls = ["processing", "completed"]
    service.hold("processing")
    preparing = importlib.import_module(f"{MODULE}.takes.captures.planning")
    open_session().captures.begin(preparing.plan_captures(bpy.context, bpy.context.scene.aimocap.wishes())[0])
    wait(lambda view: "Processing" in view.what)
    yield service
    bpy.context.preferences.system.use_online_access = True


def ends_well(service: StandIn, seen: Seen) -> None:
    service.release()
    view = wait(lambda view: not view.followed)
    seen(f"{view.state}, {service.steps().count('complete_upload')} submitted, {len(service.charges)} charged")
    assert view.state == "done"
    assert service.steps().count("create") == service.steps().count("complete_upload") == len(service.charges) == 1


@pytest.mark.fault(59)
def test_online_access_is_switched_off(under_way: StandIn, seen: Seen) -> None:
    bpy.context.preferences.system.use_online_access = False
    view = wait(lambda view: "online access is off" in view.what)
    seen(view.what)
    asked = len(under_way.requests)
    open_session().captures.runner.wait_for_change(0.2)
    assert len(under_way.requests) == asked
    bpy.context.preferences.system.use_online_access = True
    ends_well(under_way, seen)


@pytest.mark.fault(60)
def test_the_add_on_is_disabled_and_enabled(under_way: StandIn, tmp_path: Path, seen: Seen) -> None:
    bpy.ops.preferences.addon_disable(module=MODULE)
    try:
        assert workers() == []
        ledger = importlib.import_module(f"{MODULE}.jobs.ledger").Ledger(tmp_path / "captures")
        lock = ledger.lock(ledger.ids()[0])
        assert lock is not None
        lock.release()
        seen("threads ended, lock free")
    finally:
        bpy.ops.preferences.addon_enable(module=MODULE)
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.captures_folder = str(tmp_path / "captures")
    preferences.service_url = under_way.base_url
    preferences.api_key = under_way.api_key
    ends_well(under_way, seen)


@pytest.mark.fault(61)
def test_another_file_undo_and_saving(under_way: StandIn, tmp_path: Path, seen: Seen) -> None:
    blend = str(tmp_path / "film.blend")
    bpy.ops.wm.save_as_mainfile(filepath=blend)
    bpy.ops.ed.undo_push(message="before")
    bpy.data.objects.remove(bpy.context.view_layer.objects.active)
    bpy.ops.ed.undo_push(message="removed")
    bpy.ops.ed.undo()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=blend)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    ends_well(under_way, seen)
