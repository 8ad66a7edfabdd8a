"""Processes of other machines, and file systems whose locks hold nobody off, as the package sees them."""

import errno
import sys
from dataclasses import dataclass

import pytest

from aimocap_blender.jobs import leased_lock


@dataclass(frozen=True)
class Machine:
    """Where a process runs; '' leaves its own.

    Attributes:
        locks: "hold", "do nothing", or "are refused", as where the file system has none.
    """

    name: str = ""
    boot: str = ""
    locks: str = "hold"


def pretend(machine: Machine, patch: pytest.MonkeyPatch) -> None:
    """Let this process run there."""
    if machine.name:
        patch.setattr(leased_lock, "host_id", lambda: machine.name)
        patch.setattr(leased_lock, "computer_name", lambda: machine.name)
    if machine.boot:
        patch.setattr(leased_lock, "boot_id", lambda: machine.boot)
    if machine.locks != "hold":
        module, name = (leased_lock.msvcrt, "locking") if sys.platform == "win32" else (leased_lock.fcntl, "flock")
        patch.setattr(module, name, _do_nothing if machine.locks == "do nothing" else _refuse)


def _do_nothing(*_: int) -> None:
    pass


def _refuse(*_: int) -> None:
    raise OSError(errno.EOPNOTSUPP, "Operation not supported")
