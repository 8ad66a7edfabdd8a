"""`blender --command aimocap …`: captures from scripts and render farms, without a window.

Its verbs are loaded when it is called.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy

from ..while_enabled import lasting


@dataclass
class _Command:
    """Blender's handle of the registered command."""

    handle: object = None


_command = lasting(_Command)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit status."""
    from .verbs import run_verb  # noqa: PLC0415 -- else every start of Blender would load it

    return run_verb(arguments)


def register() -> None:
    """Register the command with Blender."""
    _command.handle = bpy.utils.register_cli_command("aimocap", run)


def unregister() -> None:
    """Unregister the command."""
    bpy.utils.unregister_cli_command(_command.handle)
