"""A lock that is respected also where the file system's locks don't reach: a lease beside it names who has it.

The kernel's lock decides between the processes of this machine. It may reach no other machine, as in a synced folder,
or hold nobody off, as on some network shares. So whoever has the lock also writes a lease next to it, a small file:

- Another machine's lease is respected until the user overrules it.
- Where locks don't hold, this machine's leases are respected too, until their processes have ended or fall silent.
  Those of an earlier start of the machine are like another machine's.

A lease that nobody has is created exclusively. One that is taken over is replaced, and counts only if it is unchanged
some seconds later, when the former holder, who looks at it before each save and each request, has stopped.
"""

import contextlib
import errno
import json
import os
import platform
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import BinaryIO

from ..plain_files import read_plain
from ..record_json import from_json, to_json
from ..whole_files import name_beside, renamed, replacing
from .timing import Timing

_FEWEST_LOOKS = 6
"""Looks at a lease before its holder counts as silent: while this machine sleeps, nobody looks."""

_HOST_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_BOOT_FILE = Path("/proc/sys/kernel/random/boot_id")
_PROCESSES = Path("/proc/self/ns/pid")


if sys.platform == "win32":
    import msvcrt
    import winreg

    def _try_lock(file: BinaryIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _installation_id() -> str:
        with (
            contextlib.suppress(OSError),
            winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key,
        ):
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
        return ""
else:
    import fcntl

    def _try_lock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _installation_id() -> str:
        for file in _HOST_FILES:
            with contextlib.suppress(OSError):
                return file.read_text("ascii").strip()
        return ""


_HELD = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, 36}
"""The system's errors for a lock that is held elsewhere; 36 is Windows' EDEADLOCK."""
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
"""The system's errors for a file system without locks."""


class FileLock:
    """A held lock.

    Attributes:
        path: of the locked file, which is empty.
        holds: it locks others out. Some network shares and virtual disks let everybody have a lock.
    """

    def __init__(self, path: Path, file: BinaryIO, *, holds: bool) -> None:
        self.path = path
        self.holds = holds
        self._file = file

    @classmethod
    def take(cls, path: Path) -> "FileLock | None":
        """Take the lock, and try it with a second handle; return None if somebody else has it.

        Raises:
            OSError: the file can't be created.
        """
        # without emptying it, since another process may have it
        file = path.open("ab")
        try:
            _try_lock(file)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                file.close()
                if error.errno in _HELD:
                    return None
                raise
        # a child Blender would hold the lock after this process has ended
        os.set_inheritable(file.fileno(), False)
        # some network shares and virtual disks grant every lock
        return cls(path, file, holds=_is_locked(path))

    def release(self) -> None:
        """Release the lock."""
        self._file.close()


def _is_locked(path: Path) -> bool:
    """Return whether another handle is refused the lock."""
    with path.open("ab") as second:
        try:
            _try_lock(second)
        except OSError as error:
            return error.errno in _HELD
    return False


@dataclass(frozen=True)
class Lease:
    """Who has a lock.

    Attributes:
        computer: the machine's name, as people know it.
        process: its id.
        token: differs for each time that a lock is taken.
        beats: grows while the holder lives, where locks don't hold.
    """

    host: str = ""
    computer: str = ""
    boot: str = ""
    process: int = 0
    token: str = ""
    beats: int = 0


_UNREADABLE = Lease()


@dataclass
class LeaseWatch:
    """The looks at another process's lease, and the user's word about it.

    Attributes:
        timing: how long a holder may be silent, and how long a new lease has to stand.
        overruled: the user has another machine's lease taken over.
        foreign: another machine has the lock, as far as is known.
        claimed: the lease that was written in place of another, and isn't in force yet.
    """

    timing: Timing = field(default_factory=Timing)
    overruled: bool = False
    foreign: Lease | None = None
    claimed: Lease | None = None
    _seen: Lease | None = None
    _since: float = 0.0
    _looks: int = 0

    @classmethod
    def at_once(cls, *, overruled: bool = False) -> "LeaseWatch":
        """Return one for what ends right after its lock is taken, so that a new lease needn't stand first."""
        return cls(Timing(lease_settle_sec=0.0), overruled)

    def see(self, lease: Lease) -> None:
        """Note a look at the lease."""
        if lease != self._seen:
            self._seen, self._since, self._looks = lease, time.monotonic(), 0
        self._looks += 1

    @property
    def is_silent(self) -> bool:
        """Whether its holder has given no sign of life for long."""
        return self._looks >= _FEWEST_LOOKS and self._is_unchanged_for(self.timing.lease_silent_sec)

    def is_in_force(self, lease: Lease) -> bool:
        """Return whether this is the lease that was written here, and nobody else wrote one since."""
        return lease == self.claimed and self._is_unchanged_for(self.timing.lease_settle_sec)

    def _is_unchanged_for(self, seconds: float) -> bool:
        return time.monotonic() - self._since >= seconds


class LeasedLock:
    """A held lock."""

    def __init__(self, lock: FileLock, lease: Lease) -> None:
        self._lock = lock
        self._path = _beside(lock.path)
        self._lease = lease
        self._released = False
        self._renewing = threading.Lock()

    @classmethod
    def take(cls, path: Path, watch: LeaseWatch | None = None) -> "LeasedLock | None":
        """Take the lock; return None if somebody else has it, or may have it for some seconds more.

        Args:
            path: of the file to lock.
            watch: what earlier tries have seen; None for none.

        Raises:
            OSError: a file can't be created.
        """
        lock = FileLock.take(path)
        if lock is None:
            return None
        try:
            # the kernel's lock reaches no other machine that shares the folder
            lease = _taken(_beside(path), watch or LeaseWatch(), locks_hold=lock.holds)
        except BaseException:
            lock.release()
            raise
        if lease is None:
            lock.release()
            return None
        return cls(lock, lease)

    def stands(self) -> bool:
        """Return whether nobody has taken it over."""
        found = _read(self._path)
        # where locks hold, a lease that is gone was only deleted
        return self._lock.holds if found is None else found.token == self._lease.token

    def renew(self) -> None:
        """Give a sign of life, where locks don't hold."""
        if self._lock.holds:
            return
        with self._renewing:
            self._lease = replace(self._lease, beats=self._lease.beats + 1)
            new = name_beside(self._path, ".new")
            with contextlib.suppress(OSError):  # without it others take over, which `stands` notices
                new.write_bytes(_content(self._lease))
                # looked at last: a process that sleeps from here on undoes a takeover when it wakes
                if self.stands() and not self._released:
                    renamed(new, self._path)
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)

    def move_to(self, folder: Path) -> None:
        """Note that the files are in another folder now."""
        self._path = folder / self._path.name

    def release(self) -> None:
        """Release the lock."""
        with self._renewing:
            self._released = True
            found = _read(self._path)
            if found is not None and found.token == self._lease.token:
                with contextlib.suppress(OSError):  # others see that this process has ended or is silent
                    self._path.unlink(missing_ok=True)
            self._lock.release()


def _taken(path: Path, watch: LeaseWatch, *, locks_hold: bool) -> Lease | None:
    """Return the new lease, None if another one is respected."""
    mine = Lease(host_id(), computer_name(), boot_id(), os.getpid(), uuid.uuid4().hex)
    found = _read(path)
    watch.foreign = None
    if found is None:
        return mine if _create(path, mine) else None
    # clocks of two machines differ, so only how long a lease stays the same here counts
    watch.see(found)
    if watch.is_in_force(found):
        return found
    # its holder has ended; one that is empty was just being written
    if locks_hold and found.host in {mine.host, ""}:
        _write(path, mine)
        return mine
    is_foreign = (found.host, found.boot) != (mine.host, mine.boot)
    if watch.overruled if is_foreign else watch.is_silent or _has_ended(found.process):
        _write(path, mine)
        watch.see(mine)
        watch.claimed, watch.overruled = mine, False
        return mine if watch.is_in_force(mine) else None
    watch.foreign = found if is_foreign else None
    return None


def _beside(path: Path) -> Path:
    return path.with_suffix(".lease")


def _read(path: Path) -> Lease | None:
    try:
        found: object = json.loads(read_plain(path))
        return from_json(Lease, found)
    except FileNotFoundError:
        return None
    # not as if there were none: somebody wrote it, or is about to
    except (OSError, ValueError, RecursionError):
        return _UNREADABLE


def _create(path: Path, lease: Lease) -> bool:
    """Write a lease unless there is one; return whether that was done."""
    try:
        # of two that write at the same time only one succeeds
        with path.open("xb") as file:
            file.write(_content(lease))
    except FileExistsError:
        return False
    # a full disk leaves an empty one, which others may respect
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return True


def _write(path: Path, lease: Lease) -> None:
    """Write a lease in place of another; a reader finds one of the two."""
    with replacing(path, name_beside(path, ".new")) as new:
        new.write_bytes(_content(lease))


def _content(lease: Lease) -> bytes:
    return json.dumps(to_json(lease)).encode("ascii")


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


def _has_ended(process_id: int) -> bool:
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
