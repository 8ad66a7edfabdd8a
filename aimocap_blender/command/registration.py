"""`blender --command aimocap …`: captures from scripts and render farms, where nobody sits at a window."""

from collections.abc import Sequence

import bpy


class _Command:
    """What Blender gave for the command's registration."""

    handle: object = None


def run(arguments: Sequence[str]) -> int:
    """Do what the command line asks for; the exit status."""
    from .verbs import run_verb  # noqa: PLC0415 -- every start of Blender would load what reads the options

    return run_verb(arguments)


def register() -> None:
    """Make the command known to Blender."""
    _Command.handle = bpy.utils.register_cli_command("aimocap", run)


def unregister() -> None:
    """Take it away again."""
    bpy.utils.unregister_cli_command(_Command.handle)
