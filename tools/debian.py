"""Packages of the system: installed where that needs nobody's word (root on Debian or Ubuntu), else named."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from functools import cache

from .faults import ToolFault
from .quiet_commands import run_quietly
from .waiting import say

_ONE_AT_A_TIME = threading.Lock()


def install_or_name(packages: list[str], reason: str) -> None:
    """Say that Debian packages are installed, and do so as root; others get a fault that names them with the command.

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
    say(f"{reason}. As root, `apt-get` now installs {' '.join(packages)}")
    with _ONE_AT_A_TIME:
        _refresh_lists()
        say(f"This takes {_space(packages)}usually less than a minute")
        _apt(command.split())


def offered_python() -> tuple[int, int] | None:
    """Return the version of the python3 that apt-get would install; None if it doesn't say."""
    if shutil.which("apt-cache") is None:
        return None
    found = _candidate()
    if found is None and os.geteuid() == 0:
        say("Asking Debian's mirror which Python it has")
        with _ONE_AT_A_TIME:
            _refresh_lists()
        found = _candidate()
    return found


def _candidate() -> tuple[int, int] | None:
    found = re.search(r"^ *Candidate: (\d+)\.(\d+)", _said(["apt-cache", "policy", "python3"]), re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else None


def _space(packages: list[str]) -> str:
    """Words of apt-get on the disk's space; it installs nothing when it prints addresses."""
    said = _said(["apt-get", "install", "--no-install-recommends", "--print-uris", *packages])
    found = re.search(r"^After this operation, (.+) of additional disk space", said, re.MULTILINE)
    return f"{found[1]} of disk and " if found else ""


def _said(command: list[str]) -> str:
    variables = {**os.environ, "LC_ALL": "C"}
    run = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return run.stdout


@cache
def _refresh_lists() -> None:
    _apt(["apt-get", "update"])


def _apt(command: list[str]) -> None:
    run_quietly(
        [command[0], "-q", "-o", "DPkg::Lock::Timeout=300", *command[1:]],
        f"{' '.join(command)} failed",
        "See that Debian's mirror can be reached, and run make again.",
        waited_for=" ".join(command[:2]),
        variables={"DEBIAN_FRONTEND": "noninteractive"},
        lines=15,
    )
