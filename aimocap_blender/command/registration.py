"""`blender --command aimocap …`: captures from scripts and render farms, without a window."""

from collections.abc import Sequence

import bpy


class _Command:
    """Blender's handle of the registered command."""

    handle: object = None


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit status."""
    from .verbs import run_verb  # noqa: PLC0415 -- else every start of Blender would load it

    return run_verb(arguments)


def register() -> None:
    """Register the command with Blender."""
    _Command.handle = bpy.utils.register_cli_command("aimocap", run)


def unregister() -> None:
    """Unregister the command."""
    bpy.utils.unregister_cli_command(_Command.handle)
