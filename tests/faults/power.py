"""A disk that loses power: it knows which file operations below a folder are safe, and makes what it may show then.

Python's audit events and `os.fsync` tell of each operation, so the product runs as it is. A disk may show:

- STRICT: what POSIX promises. A name is there if its folder was synced since, data if its file was.
- KILLED: everything, as where only the process ends.
- REORDERED: each name, but data that wasn't synced isn't there: new files are empty, appended data is torn in half.
- UNDONE: the same data as KILLED, but each rename and removal that wasn't synced is undone, while new names stay.
- OVERTAKEN: of the changes of names that weren't synced, only the last is there.
"""

import os
import stat
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

Tree = Mapping[str, "bytes | None"]
"""Path to a file's data; None for a folder."""


class LostPowerError(BaseException):
    """Nothing happens after this in the process."""


@dataclass(eq=False)
class _File:
    """A file or folder, whatever its names.

    Attributes:
        synced: its data when it was last synced; None if it never was.
        data: its data when the power was lost.
        mtime_ns: of a file that was there before; what is written later has any.
    """

    is_folder: bool
    synced: bytes | None = None
    data: bytes | None = None
    mtime_ns: int | None = None

    def whole(self) -> bytes:
        return self.safe() if self.data is None else self.data

    def safe(self) -> bytes:
        return self.synced or b""

    def torn(self) -> bytes:
        safe, whole = self.safe(), self.whole()
        appended = len(whole) - len(safe) if safe and whole.startswith(safe) else 0
        return whole[: len(safe) + appended // 2]


@dataclass(frozen=True)
class _Change:
    """A name that came, went, or did both; '' for none."""

    gone: str
    new: str
    file: _File

    @property
    def folder(self) -> str:
        return _folder_of(self.new or self.gone)

    def make(self, names: "dict[str, _File]") -> None:
        names.pop(self.gone, None)
        if self.new:
            names[self.new] = self.file


_Choice = Callable[[list[_Change]], list[_Change]]
POLICIES: Mapping[str, tuple[_Choice, Callable[[_File], bytes]]] = {
    "strict": (lambda _changes: [], _File.safe),
    "killed": (lambda changes: changes, _File.whole),
    "reordered": (lambda changes: changes, _File.torn),
    "undone": (lambda changes: [change for change in changes if not change.gone], _File.whole),
    "overtaken": (lambda changes: changes[-1:], _File.safe),
}
"""Which changes of names that weren't synced survive, and which data of a file."""


class Disk:
    """The disk below a folder, while it is watched.

    Args:
        root: which is there, as all in it, whatever happens.
        cut_at: the operation before which the power is lost, counted from 1; 0 for never.

    Attributes:
        operations: how many there were.
        is_off: set when the power is lost.
    """

    def __init__(self, root: Path, cut_at: int = 0) -> None:
        self.root = root
        self.operations = 0
        self.is_off = threading.Event()
        self._cut_at = cut_at
        self._lock = threading.RLock()
        self._now = {str(path): _there(path) for path in root.rglob("*")}
        self._now[str(root)] = _File(is_folder=True)
        self._safe = dict(self._now)
        self._changes: list[_Change] = []

    def turn_off(self) -> None:
        """Lose power now, if it isn't lost yet."""
        with self._lock:
            if not self.is_off.is_set():
                for name, file in self._now.items():
                    with suppress(OSError):
                        file.data = b"" if file.is_folder else Path(name).read_bytes()
                self.is_off.set()

    def shown(self, policy: str) -> Tree:
        """The tree that the disk shows after the power was lost."""
        chosen, data = POLICIES[policy]
        names = dict(self._safe)
        for change in chosen(self._changes):
            change.make(names)
        shown: dict[str, bytes | None] = {str(self.root): None}
        for name in sorted(names):
            if _folder_of(name) in shown:
                shown[name] = None if names[name].is_folder else data(names[name])
        return shown

    def make(self, tree: Tree) -> None:
        """Put a tree in the folder's place; what was in it before stays beside it for those who have it open."""
        self.root.rename(self.root.with_name(f"{self.root.name} before"))
        for name, data in tree.items():
            path = Path(name)
            if data is None:
                path.mkdir()
                continue
            path.write_bytes(data)
            if (mtime_ns := self._safe[name].mtime_ns if name in self._safe else None) is not None:
                os.utime(path, ns=(mtime_ns, mtime_ns))

    def operate(self, event: str, arguments: tuple[object, ...]) -> None:
        """Note an operation that is about to happen, or lose the power in place of it."""
        name = str(arguments[0])
        with self._lock:
            if _folder_of(name) not in self._now:
                return
            self._count()
            if event in {"open", "os.mkdir"}:
                if name not in self._now:
                    self._change(_Change("", name, _File(is_folder=event == "os.mkdir")))
            elif name in self._now:
                new = str(arguments[1]) if event == "os.rename" else ""
                self._change(_Change(name, new, self._now[name]))

    def sync(self, handle: int) -> None:
        """Note that a file or folder is about to be synced."""
        with self._lock:
            status = os.fstat(handle)
            name = next((name for name in self._now if _is(name, status)), None)
            if name is None:
                return
            self._count()
            if not stat.S_ISDIR(status.st_mode):
                self._now[name].synced = Path(name).read_bytes()
                return
            for change in [change for change in self._changes if change.folder == name]:
                change.make(self._safe)
                self._changes.remove(change)

    def _count(self) -> None:
        if not self.is_off.is_set():
            self.operations += 1
            if self.operations == self._cut_at:
                self.turn_off()
        if self.is_off.is_set():
            raise LostPowerError

    def _change(self, change: _Change) -> None:
        change.make(self._now)
        self._changes.append(change)


def _folder_of(name: str) -> str:
    return name.rpartition(os.sep)[0]


def _there(path: Path) -> _File:
    if path.is_dir():
        return _File(is_folder=True)
    return _File(is_folder=False, synced=path.read_bytes(), mtime_ns=path.stat().st_mtime_ns)


def _is(name: str, status: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(name), status)  # noqa: PTH116 -- names are strings here
    except OSError:
        return False


_watched: list[Disk] = []
_hooks: list[object] = []
_OPERATIONS = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class _Within(threading.local):
    """Of a thread: whether it does the disk's own work, and the file that it opens, which openers report again."""

    disk = False
    opening: object = None


_within = _Within()


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if not _watched or event not in _OPERATIONS or _within.disk or not isinstance(arguments[0], (str, os.PathLike)):
        return
    if event == "open":
        name, mode, flags = arguments
        is_known = mode is None and name == _within.opening
        _within.opening = name
        if is_known or not (isinstance(flags, int) and flags & _WRITES):
            return
    _within.disk = True
    try:
        _watched[0].operate(event, arguments)
    finally:
        _within.disk = False


def _sync(handle: int) -> None:
    if _watched:
        _within.disk = True
        try:
            _watched[0].sync(handle)
        finally:
            _within.disk = False


@contextmanager
def watched(disk: Disk) -> Generator[None]:
    """Watch a disk within the context, which syncs nothing for real, and loses power at its end at the latest."""
    if not _hooks:
        sys.addaudithook(_hook)
        _hooks.append(_hook)
    fsync, os.fsync = os.fsync, _sync  # pyrefly: ignore[bad-assignment] -- called by position
    told, threading.excepthook = threading.excepthook, _ignoring(threading.excepthook)
    _watched.append(disk)
    try:
        yield
    finally:
        disk.turn_off()
        _watched.clear()
        os.fsync, threading.excepthook = fsync, told


def _ignoring(tell: Callable[[threading.ExceptHookArgs], object]) -> Callable[[threading.ExceptHookArgs], None]:
    def told(raised: threading.ExceptHookArgs) -> None:
        if not issubclass(raised.exc_type, LostPowerError):
            tell(raised)

    return told
