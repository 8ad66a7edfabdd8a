"""Atomic file writing: to a temporary file in the same folder, then renamed.

Whatever happens, a reader finds the old file or the new one, never a part of it.

A file that a user chose is written where its path leads, through links. The add-on's own files replace what has their
name, also a link: who else can write to a captures folder must not choose where they go.
"""

import contextlib
import errno
import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import IO

from .plain_files import require_plain

_BUFFER = 2**20
"""Bytes. Many small writes release Python's lock so briefly that waiting threads never get it."""
_LONGEST_TITLE, _LONGEST_BESIDE = 200, 100
"""Bytes; file systems allow 255 for a whole name."""
_OWNER_ONLY = 0o600
_HELD = {5, 32, 33}
"""Windows' errors for a file that another program, such as a virus scanner, reads at the moment."""
_PATIENCE_SEC, _PAUSE_SEC = 1.0, 0.02
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\..*)?", re.IGNORECASE)
_RESERVES = sys.platform == "win32"
_JUNCTION = 0xA0000003
"""Windows' tag of a folder that leads to another; a synced folder has other ones."""


def file_name_of(name: str) -> str:
    """Return a file's name after a title: letters and digits of all languages stay, punctuation becomes `_`.

    A long one is cut, so that there is room for an ID and a suffix.
    """
    # beyond Latin-1 are also marks that belong to letters
    letters = (letter if letter.isalnum() or letter in "-_" or letter > "\xff" else "_" for letter in name)
    return _cut("".join(letters), _LONGEST_TITLE)


def is_reserved(path: Path) -> bool:
    """Return whether Windows takes the name for a device's."""
    return _RESERVED.fullmatch(path.name) is not None


def renamed(path: Path, to: Path) -> Path:
    """Rename a file, replacing the one at `to`, or a folder; return `to`.

    On Windows it is tried again for a second while another program has it open.

    Raises:
        OSError: it can't be renamed.
    """
    latest = time.monotonic() + _PATIENCE_SEC
    while True:
        try:
            return path.replace(to)
        except OSError as error:
            if getattr(error, "winerror", None) not in _HELD or time.monotonic() >= latest:
                raise
        time.sleep(_PAUSE_SEC)


@contextlib.contextmanager
def replacing(path: Path, new: Path) -> Generator[Path, None, None]:
    """Provide the new file's path, which is renamed to `path` if the block succeeds, and removed otherwise.

    Args:
        path: the file to replace, if it is there.
        new: a path in the same folder.

    Raises:
        OSError: it can't be renamed.
    """
    try:
        yield new
        renamed(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def name_beside(path: Path, ending: str) -> Path:
    """Return a hidden path in the same folder with this ending that nothing else uses."""
    return path.with_name(f".{_cut(path.name, _LONGEST_BESIDE)}.{secrets.token_hex(4)}{ending}")


def _cut(name: str, most: int) -> str:
    # letters take up to four bytes, and a part of one is none
    return os.fsencode(name)[:most].decode(errors="ignore")


def target_of(path: Path) -> Path:
    """Return the file to write for a chosen path: where its links lead, also if nothing is there yet.

    Raises:
        OSError: it is a folder, a pipe or a device, or Windows reserves its name.
    """
    if _RESERVES and is_reserved(path):
        raise OSError(errno.EINVAL, "Windows reserves this name", str(path))
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    with contextlib.suppress(FileNotFoundError):
        require_plain(target.stat().st_mode, path)
    return target


def check_writable(path: Path) -> None:
    """Raise unless a chosen file can be written; to call before the work.

    Raises:
        OSError: why it can't be.
    """
    new = name_beside(target_of(path), ".part")
    new.touch(exist_ok=False)
    new.unlink()


@contextlib.contextmanager
def replacing_chosen(path: Path, ending: str) -> Generator[Path, None, None]:
    """Provide a new file's path, which replaces a chosen file if the block succeeds, and is removed otherwise.

    Args:
        path: the file to write, see `target_of`.
        ending: of the new file's name.

    Raises:
        OSError: it can't be written there.
    """
    target = target_of(path)
    with replacing(target, name_beside(target, ending)) as new:
        yield new


@contextlib.contextmanager
def whole_file(path: Path) -> Generator[IO[bytes], None, None]:
    """Provide a new file to write in, which replaces the chosen one at `path` if the block succeeds.

    Raises:
        OSError: it can't be written; the file at `path` stays as it is.
    """
    with replacing_chosen(path, ".part") as new, new.open("xb", buffering=_BUFFER) as file:
        yield file


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a chosen file as a whole, replacing what is there.

    Raises:
        OSError: it can't be written; the file at `path` stays as it is.
    """
    with whole_file(path) as file:
        file.writelines(pieces)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file of the add-on's own as a whole, readable only by its owner, and wait until it is on disk.

    The temporary file has the same name each time, so that a process that is killed leaves at most one. Two processes
    must not write the same file at once.

    Raises:
        OSError: it isn't on disk; the file at `path` stays as it is.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)  # its permissions may be others
    with replacing(path, new), open(new, "xb", opener=_open_for_owner) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def make_folders(folder: Path) -> None:
    """Create a folder and what is missing above it, so that what is written durably in it isn't lost with its name.

    Raises:
        OSError: it can't be created.
    """
    if not folder.is_dir():
        make_folders(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def is_link(folder: Path) -> bool:
    """Return whether a folder is a link or junction, to someone's files perhaps."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION


def delete_take(
    folder: Path,
    record: str,
    last: tuple[str, ...] = (),
    release: Callable[[], None] = lambda: None,
    between_parts: Callable[[], None] = lambda: None,
) -> None:
    """Delete the folder of a take, its record first: what a crash leaves of it is no take.

    Args:
        folder: theirs; a link stays.
        record: name of its record.
        last: names of files that stay until all else is gone, an open one with them, which not every system can delete.
        release: closes that one.
        between_parts: called between deleting two files; may wait.

    Raises:
        OSError: it isn't deleted completely; what was open is closed.
    """
    try:
        if is_link(folder):
            return
        (folder / record).unlink(missing_ok=True)
        for entry in folder.iterdir():
            between_parts()
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name not in last:
                entry.unlink(missing_ok=True)
    finally:
        release()
    shutil.rmtree(folder, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Write the folder's new entry to disk too; not every system can open a folder."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _open_for_owner(name: str, flags: int) -> int:
    return os.open(name, flags, _OWNER_ONLY)
