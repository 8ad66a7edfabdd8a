"""Commands whose output nobody needs to see, unless they fail."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from .faults import ToolFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def run_quietly(
    command: Sequence[str],
    failure: str,
    next_step: str,
    *,
    variables: Mapping[str, str] | None = None,
    lines: int = 8,
) -> None:
    """Run it to its end.

    Args:
        command: and its arguments.
        failure: what is said where it fails, before the end of what it printed.
        next_step: what is said after that.
        variables: to add to the process's environment.
        lines: how much of what it printed is said.

    Raises:
        ToolFault: it failed.
    """
    run = subprocess.run(
        command,
        env={**os.environ, **(variables or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise ToolFault(f"{failure}:\n" + "\n".join(run.stdout.splitlines()[-lines:]), next_step)
