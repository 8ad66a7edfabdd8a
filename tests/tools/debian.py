"""Packages of the system: installed where that needs nobody's word (root on Debian or Ubuntu), else named."""

from __future__ import annotations

import os
import shutil
import threading
from functools import cache

from .faults import ToolFault
from .quiet_commands import run_quietly

_ONE_AT_A_TIME = threading.Lock()


def install_or_name(packages: list[str], reason: str) -> None:
    """Install Debian packages as root; anyone else, or another system, gets a fault that names them with the command.

    Args:
        packages: Names as Debian and Ubuntu have them.
        reason: What lacks them, as the beginning of a sentence: `Blender's module lacks libraries of the system`.

    """
    command = "apt-get install -y --no-install-recommends " + " ".join(packages)
    if shutil.which("apt-get") is None:
        raise ToolFault(
            f"{reason}: on Debian they come with {', '.join(packages)}.",
            "Install what this system calls them, and run make again.",
        )
    if os.geteuid() != 0:
        raise ToolFault(f"{reason}.", f"As root, run:\n  apt-get update && {command}\nThen run make again.")
    print(f"{reason}: installing {' '.join(packages)}", flush=True)
    with _ONE_AT_A_TIME:
        _refresh_lists()
        _apt(command.split())


@cache
def _refresh_lists() -> None:
    _apt(["apt-get", "update"])


def _apt(command: list[str]) -> None:
    run_quietly(
        [command[0], "-q", "-o", "DPkg::Lock::Timeout=300", *command[1:]],
        f"{' '.join(command)} failed",
        "See that Debian's mirror can be reached, and run make again.",
        variables={"DEBIAN_FRONTEND": "noninteractive"},
        lines=15,
    )
