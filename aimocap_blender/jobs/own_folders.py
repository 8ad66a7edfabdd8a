"""Whether something on disk may be deleted with all that is in it: only a folder, and one of this user's."""

import os
import stat
from pathlib import Path

_REPARSE_POINT = 0x400
"""Windows' attribute of links and junctions."""


def is_own_folder(path: Path) -> bool:
    """Return whether a path is a folder itself, not a link to one, and this user's."""
    try:
        status = path.lstat()
    except OSError:
        return False
    is_link = getattr(status, "st_file_attributes", 0) & _REPARSE_POINT
    is_mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and not is_link and is_mine
