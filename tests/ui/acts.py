"""Acts of a script with the add-on, and the results that it sees."""

import importlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender_parts import operators
from tests.scene.scene_dump import dump
from tests.ui.conftest import MODULE

LONGEST_SEC = 180.0
"""For a capture's next step, or what a preview sees, on a busy machine."""


def module(name: str) -> Any:
    """A module of the installed package."""
    return importlib.import_module(f"{MODULE}.{name}")


def preferences() -> Any:
    return bpy.context.preferences.addons[MODULE].preferences


def captures() -> tuple[Any, ...]:
    """The captures of this Blender, the newest first."""
    return module("takes.session").open_session().captures.runner.captures()


def capture_ids() -> list[str]:
    return [view.id for view in captures()]


def capture() -> str:
    """Another capture, to its end; its id."""
    before = set(capture_ids())
    operators().capture_motion()
    (new,) = set(capture_ids()) - before
    return new


def refusal(act: Callable[..., object], *arguments: object, **options: object) -> str:
    """Return the words of an operator's refusal, without the word Error that Blender puts before it."""
    with pytest.raises(RuntimeError) as caught:
        act(*arguments, **options)
    return str(caught.value).removeprefix("Error: ").strip()


def whole_state() -> dict[str, object]:
    """Everything in the open file, and what a user has selected and opened."""
    layer = bpy.context.view_layer
    layer.update()  # or what is evaluated late counts as a change
    here = {
        "selected": sorted(thing.name for thing in layer.objects if thing.select_get()),
        "seen": sorted(thing.name for thing in layer.objects if thing.visible_get()),
        "active": layer.objects.active and layer.objects.active.name,
        "mode": bpy.context.mode,
        "file": bpy.data.filepath,
        "is saved": not bpy.data.is_dirty,
    }
    return {**dump(), **here}


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def begin() -> None:
    """As a click does in a window: what goes on is pumped."""
    module("takes.session").open_session().captures.begin(
        module("takes.captures.planning").plan_captures(bpy.context, bpy.context.scene.aimocap.wishes())[0]
    )


def until(happened: Callable[[], bool]) -> None:
    """Pump as the timers of a window do."""
    session = module("takes.session")
    latest = time.monotonic() + LONGEST_SEC
    while not happened():
        assert time.monotonic() < latest, [(view.state, view.what) for view in captures()]
        session.open_session().pump()
        session.open_session().captures.runner.wait_for_change(0.02)
