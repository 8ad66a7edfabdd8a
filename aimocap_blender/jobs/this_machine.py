"""Names the machine that this process runs on, and says whether another process on it has ended."""

import contextlib
import os
import platform
import sys
from functools import cache
from pathlib import Path

_HOST_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_BOOT_FILE = Path("/proc/sys/kernel/random/boot_id")
_PROCESSES = Path("/proc/self/ns/pid")


def computer_name() -> str:
    """Return the machine's name, as people know it."""
    return platform.node()


@cache
def host_id() -> str:
    """Return what tells this machine from others; a copied virtual machine at least has another name."""
    return f"{_installation_id()} {computer_name()}"


@cache
def boot_id() -> str:
    """Return what tells this start of the machine from others; '' where the system doesn't say.

    In containers it differs too, as process ids mean something else in each.
    """
    with contextlib.suppress(OSError):
        return f"{_BOOT_FILE.read_text('ascii').strip()} {_PROCESSES.readlink()}"
    return ""


def has_ended(process_id: int) -> bool:
    """Return whether a process of this boot has certainly ended."""
    # where asking would send it a signal
    if sys.platform == "win32":
        return False
    try:
        # signal 0 only asks whether there is such a process
        os.kill(process_id, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:  # another user's
        return False
    return False


if sys.platform == "win32":
    import winreg

    def _installation_id() -> str:
        with (
            contextlib.suppress(OSError),
            winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key,
        ):
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
        return ""
else:

    def _installation_id() -> str:
        for file in _HOST_FILES:
            with contextlib.suppress(OSError):
                return file.read_text("ascii").strip()
        return ""
