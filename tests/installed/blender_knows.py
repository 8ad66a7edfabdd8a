"""All that a running Blender knows, as plain lists, so that two moments can be compared. For scripts run in Blender."""

import contextlib
import dataclasses
import logging
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FunctionType

    Timer = Callable[[], float | None]

WITHOUT_BLENDER = ("service", "jobs", "motion")
"""Rooms whose caches hold tables from the add-on's own files."""
MODULE = "bl_ext.user_default.aimocap_blender"


def install(zip_file: str) -> None:
    """Install the zip into the user's repository and enable it.

    From the second time on it is put there as Blender installed it the first time, with the bytecode that Python wrote
    then: to unpack and compile it takes seconds of each process. `enabling_child.py` has Blender install it each time.
    """
    here = Path(bpy.utils.user_resource("EXTENSIONS"), *MODULE.split(".")[1:])
    kept = Path(f"{zip_file}-installed-{bpy.app.version_string}-{sys.implementation.cache_tag}")
    if kept.is_dir() and not here.exists():
        shutil.copytree(kept, here)
        bpy.ops.preferences.addon_enable(module=MODULE)
        return
    bpy.ops.extensions.package_install_files(filepath=zip_file, repo="user_default", enable_on_install=True)
    if not (here / "wheels").exists():  # which Blender unpacks elsewhere
        with tempfile.TemporaryDirectory(dir=kept.parent) as part, contextlib.suppress(OSError):
            shutil.copytree(here, Path(part, "whole"))
            Path(part, "whole").rename(kept)  # unless another process was the first


def all_of_it() -> dict[str, list[str]]:
    """Kind → names of all that an add-on can add to Blender."""
    return {
        "operators": [f"aimocap.{name}" for name in dir(cast("Any", bpy.ops).aimocap)],
        "types": dir(bpy.types),
        "properties": properties(),
        "handlers": handlers(),
        "menu entries": menu_entries(),
        "key map items": key_map_items(),
        "timers": timers(),
        "threads": [thread.name for thread in threading.enumerate()],
        "loggers": loggers(),
        "open files": open_files(),
        "add-ons": list(bpy.context.preferences.addons.keys()),
    }


def properties() -> list[str]:
    """Those of every type that add-ons put theirs on."""
    types = [getattr(bpy.types, name) for name in dir(bpy.types)]
    wanted = bpy.types.ID | bpy.types.Bone | bpy.types.PoseBone
    owners = [owner for owner in types if isinstance(owner, type) and issubclass(owner, wanted)]
    return [f"{owner.__name__}.{name}" for owner in owners for name in cast("Any", owner).bl_rna.properties.keys()]  # noqa: SIM118 -- RNA collections iterate over values


def handlers() -> list[str]:
    """The functions that Blender calls on events."""
    lists = {name: getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)}
    functions = [
        (name, function)
        for name, called in lists.items()
        if isinstance(called, list)
        for function in cast("list[FunctionType]", called)
    ]
    return [f"{name}: {function.__module__}.{function.__qualname__}" for name, function in functions]


def menu_entries() -> list[str]:
    """Functions appended or prepended to menus, panels and headers; Blender's own part becomes one entry of them."""
    entries: list[str] = []
    for name in dir(bpy.types):
        draw = getattr(getattr(bpy.types, name, None), "draw", None)
        entries += [f"{name}: {function.__module__}" for function in getattr(draw, "_draw_funcs", ())]
    return [entry for entry in entries if ": bl_ui." not in entry]


def key_map_items() -> list[str]:
    """Shortcuts of add-ons; without a window there is no configuration for them."""
    configuration = bpy.context.window_manager.keyconfigs.addon
    maps = configuration.keymaps if configuration is not None else ()
    return [f"{key_map.name}: {item.idname}" for key_map in maps for item in key_map.keymap_items]


def timers() -> list[str]:
    """Functions of the add-on's modules that an app timer still calls."""
    return [
        f"{name}.{attribute}"
        for name, module in list(sys.modules.items())
        if name.startswith(MODULE)
        for attribute, value in vars(module).items()
        if callable(value) and not isinstance(value, type) and bpy.app.timers.is_registered(cast("Timer", value))
    ]


def loggers() -> list[str]:
    """Handlers of the root logger and the add-on's own, and how they are set."""
    names = [MODULE, *(name for name in logging.root.manager.loggerDict if name.startswith(f"{MODULE}."))]
    ours = [logging.getLogger(name) for name in names]
    return [
        f"{logger.name}: {what}"
        for logger in (logging.root, *ours)
        for what in (*map(repr, logger.handlers), *(["set"] if logger.level and logger is not logging.root else []))
    ] + [f"{logger.name}: alone" for logger in ours if not logger.propagate]


def state() -> list[str]:
    """Variables of the add-on's modules that need Blender, unless they have the values of the import.

    Variables in lower case are state; dataclasses that are not frozen have their first values by default.
    """
    return sorted(
        f"{name.removeprefix(f'{MODULE}.')}.{variable}{field}"
        for name, module in list(sys.modules.items())
        if name.startswith(f"{MODULE}.") and name.removeprefix(f"{MODULE}.").partition(".")[0] not in WITHOUT_BLENDER
        for variable, value in vars(module).items()
        if variable.islower() and not variable.startswith("__") and getattr(value, "__module__", name) == name
        for field in held(value)
    )


def held(value: object) -> list[str]:
    """The fields of a value that aren't as at first; '' for the value itself."""
    if isinstance(value, (dict, list, set)):
        return [""] if value else []
    if hasattr(value, "cache_info"):
        return [""] if cast("Any", value).cache_info().currsize else []
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return []
    if cast("Any", value).__dataclass_params__.frozen:
        return []
    one, other = vars(type(value)()), vars(type(value)())
    return [f".{field}" for field in one if one[field] == other[field] != vars(value)[field]]


def open_files() -> list[str]:
    """Files of the add-on's that this process has open, where the system tells."""
    handles = Path("/proc/self/fd")
    found = [str(handle.readlink()) for handle in handles.iterdir() if handle.is_symlink()] if handles.is_dir() else []
    return [file for file in found if "/aimocap" in file]
