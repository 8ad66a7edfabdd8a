"""Commands whose output nobody needs to see, unless they fail."""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

from .faults import ToolFault
from .waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def run_quietly(
    command: Sequence[str],
    failure: str,
    next_step: str,
    *,
    waited_for: str,
    variables: Mapping[str, str] | None = None,
    lines: int = 8,
) -> None:
    """Run it to its end.

    Args:
        command: and its arguments.
        failure: what is said where it fails, before the end of what it printed.
        next_step: what is said after that.
        waited_for: what is said every few seconds, such as `installing the linters`.
        variables: to add to the process's environment.
        lines: how much of what it printed is said.

    Raises:
        ToolFault: it failed.
    """
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            command,
            env={**os.environ, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if wait_for(process, lambda: waited_for) != 0:
            printed.seek(0)
            said = printed.read().decode(errors="replace").splitlines()
            raise ToolFault(f"{failure}:\n" + "\n".join(said[-lines:]), next_step)
