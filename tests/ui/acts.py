"""Acts of a script with the add-on, and the results that it sees."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.scene.scene_dump import dump
from tests.ui.conftest import MODULE


def module(name: str) -> Any:  # noqa: ANN401 -- the installed package has no static types
    """A module of the installed package."""
    return importlib.import_module(f"{MODULE}.{name}")


def preferences() -> Any:  # noqa: ANN401 -- as above
    return bpy.context.preferences.addons[MODULE].preferences


def captures() -> tuple[Any, ...]:
    """The captures of this Blender, the newest first."""
    return module("takes.session").open_session().captures.runner.captures()


def capture_ids() -> list[str]:
    return [view.id for view in captures()]


def refusal(act: Callable[..., object], *arguments: object, **options: object) -> str:
    """Return the words of an operator's refusal, without the word Error that Blender puts before it."""
    with pytest.raises(RuntimeError) as told:
        act(*arguments, **options)
    return str(told.value).removeprefix("Error: ").strip()


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
