"""The add-on is disabled, removed, updated or reloaded in a window while a capture runs. See `hands.py`."""

import itertools
import sys
from collections.abc import Callable
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "installed"))
import blender_knows
import hands

MODULE = blender_knows.MODULE


def disabled() -> hands.Steps:
    """Round after round, each in another of the ways; the capture is followed again after each."""
    bpy.context.preferences.addons[MODULE].preferences.captures_folder = hands.REQUEST["captures"]
    yield from hands.start_capture(hands.area_of("VIEW_3D"))
    yield lambda: hands.states() == ["running"]
    hands.answer["rounds"], hands.answer["left"] = [], []
    for number, (name, way) in zip(range(hands.REQUEST["rounds"]), itertools.cycle(WAYS.items()), strict=False):
        print(f"Round {number}: {name}", flush=True)
        before = hands.session()
        yield modal_operators_run
        yield from way()
        yield lambda before=before: hands.session() is not before and hands.states() == ["running"]
        hands.answer["rounds"].append(name)
    hands.tell_service("release")
    yield lambda: hands.states() == ["done"] and bool(hands.session().application.notes)
    hands.answer["notes"] = [[note.sentence, note.failed] for note in hands.session().application.notes.values()]


def modal_operators_run() -> bool:
    """Begin the one that follows captures, whatever the capture does, and another one, until the window takes both."""
    with bpy.context.temp_override(window=hands.window()):
        bpy.ops.aimocap.watch_captures("INVOKE_DEFAULT")
        if len(hands.window().modal_operators) < 2:
            bpy.ops.aimocap.check_service("INVOKE_DEFAULT")
    return len(hands.window().modal_operators) == 2


def disable_and_enable() -> hands.Steps:
    """And begin the modal operators before an event comes."""
    bpy.ops.preferences.addon_disable(module=MODULE)
    bpy.ops.preferences.addon_enable(module=MODULE)
    with bpy.context.temp_override(window=hands.window()):
        bpy.ops.aimocap.watch_captures("INVOKE_DEFAULT")
        bpy.ops.aimocap.check_service("INVOKE_DEFAULT")
    yield 0.0


def disable_then_enable() -> hands.Steps:
    bpy.ops.preferences.addon_disable(module=MODULE)
    yield 0.5
    note_what_is_left()
    bpy.ops.preferences.addon_enable(module=MODULE)


def update() -> hands.Steps:
    install()
    yield 0.0


def remove_and_install() -> hands.Steps:
    repositories = [repository.module for repository in bpy.context.preferences.extensions.repos]
    bpy.ops.extensions.package_uninstall(repo_index=repositories.index("user_default"), pkg_id="aimocap_blender")
    yield 0.5
    note_what_is_left()
    install()


def note_what_is_left() -> None:
    """Note all that Blender still knows of the add-on, while it is disabled."""
    knows = {**blender_knows.all_of_it(), "modal": [str(type(one)) for one in hands.window().modal_operators]}
    of_ours = {**knows, "add-ons": []}.items()
    hands.answer["left"] += [f"{kind}: {one}" for kind, names in of_ours for one in names if "aimocap" in one.lower()]


def reload() -> hands.Steps:
    yield lambda: not list(hands.window().modal_operators)  # or Blender refuses
    with bpy.context.temp_override(window=hands.window()):
        bpy.ops.script.reload()


def install() -> None:
    zips = hands.REQUEST["zips"]
    zips.append(zips.pop(0))
    bpy.ops.extensions.package_install_files(filepath=zips[0], repo="user_default", enable_on_install=True)


WAYS: dict[str, Callable[[], hands.Steps]] = {
    "disabled and enabled at once": disable_and_enable,
    "disabled, enabled later": disable_then_enable,
    "updated": update,
    "removed, installed later": remove_and_install,
    "reloaded": reload,
}

if __name__ == "__main__":
    hands.write_console(hands.REQUEST["console"])
    hands.main(globals())
