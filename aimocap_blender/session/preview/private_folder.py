"""A folder for a video's frames that only this user can read, deleted whatever happens.

Its owner deletes it; if that Blender is killed, its background processes do; if those are killed too, the next preview
of any Blender does.
"""

import contextlib
import shutil
import tempfile
from pathlib import Path

from ...jobs.file_lock import FileLock

_PREFIX = "aimocap_preview_"
_LOCK = "lock"


class PrivateFolder:
    """A new private folder.

    Attributes:
        path: of the folder.

    Raises:
        OSError: it can't be created.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._lock = FileLock.take(self.path / _LOCK)

    def remove(self) -> None:
        """Delete it with all that is in it."""
        if self._lock is not None:
            self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def remove_leftovers() -> None:
    """Delete the private folders whose owners are gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another user's, or just being deleted
            lock = FileLock.take(folder / _LOCK)
            if lock is not None:
                lock.release()
                shutil.rmtree(folder, ignore_errors=True)
