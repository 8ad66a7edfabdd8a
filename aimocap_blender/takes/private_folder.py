"""A temporary folder that only this user can read, for a video's frames or a motion's data; deleted whatever happens.

Its owner deletes it, at the latest when Blender quits; if that Blender is killed, its background processes do; if those
are killed too, the next start or preview of any Blender does.
"""

import atexit
import contextlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..jobs.leased_lock import LeasedLock, LeaseWatch
from ..jobs.own_folders import LOCK, claimed, delete_if_left, is_own_folder
from ..texts.faults import Fault
from ..texts.text import Text

HELD = LOCK
"""The file in a folder by which a Blender has it."""
_PREFIX = "aimocap_private_"


class PrivateFolder:
    """A new private folder.

    Attributes:
        path: of the folder.

    Raises:
        Fault: it can't be created.
    """

    def __init__(self) -> None:
        try:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self._lock = claimed(self.path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise Fault(
                Text("A temporary folder can't be created: {reason}.", reason=reason), "Free up disk space."
            ) from error
        # for a Blender that quits in the middle of the work
        atexit.register(self.remove)

    def remove(self) -> None:
        """Delete it with all that is in it."""
        # or every folder of a long session would be kept in memory to its end
        atexit.unregister(self.remove)
        if self._lock is not None:
            self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def held(folder: Path) -> Callable[[], None] | None:
    """Have a folder for this Blender; return what leaves it to others, None if another Blender has it.

    Raises:
        OSError: a file can't be created in it.
    """
    lock = claimed(folder)
    return None if lock is None else lock.release


def is_held(folder: Path) -> bool:
    """Return whether a Blender has a folder.

    Raises:
        OSError: a file can't be created in it.
    """
    lock = LeasedLock.take(folder / LOCK, LeaseWatch.at_once())
    if lock is not None:
        lock.release()
    return lock is None


def remove_leftovers() -> None:
    """Delete the private folders whose owners are gone."""
    # a system's folder for temporary files may be unreadable, and in it others may have made links with such a name
    with contextlib.suppress(OSError):
        for path in Path(tempfile.gettempdir()).iterdir():
            if path.name.startswith(_PREFIX) and is_own_folder(path):
                delete_if_left(path)
