"""A slow disk, and who waits for it on Blender's own thread. For scripts that run in Blender.

Each operation on a file below some folders takes longer, and each fsync anywhere: on all threads. What the add-on does
on Blender's own thread is sampled: a press, a draw or a tick is one call that comes from Blender.
"""

import builtins
import functools
import io
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

OPERATION_SEC, SYNC_SEC = 0.1, 0.5
_OPERATIONS = (
    *("open", "stat", "lstat", "listdir", "scandir", "mkdir", "rmdir", "unlink", "remove", "rename", "replace"),
    *("access", "chmod", "utime", "truncate", "link", "symlink", "readlink"),
)
_SAMPLE_SEC = 0.004


def slow_down(folder: Path) -> None:
    """From now on, and for all threads."""
    for name in _OPERATIONS:
        setattr(os, name, _slow(getattr(os, name), str(folder)))
    builtins.open = io.open = _slow(io.open, str(folder))
    os.fsync = _slow(os.fsync, None)


def _slow(operation: Callable[..., Any], folder: str | None) -> Callable[..., Any]:
    @functools.wraps(operation)
    def slow(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 -- whatever the operation takes
        if folder is None:
            time.sleep(SYNC_SEC)
        elif any(str(one).startswith(folder) for one in arguments[:2] if isinstance(one, str | os.PathLike)):
            time.sleep(OPERATION_SEC)
        return operation(*arguments, **named)

    return slow


class Stalls:
    """How long Blender's own thread was in the add-on at a time, and where it waited.

    Args:
        package: the add-on's folder.
    """

    def __init__(self, package: Path) -> None:
        self.longest: dict[str, float] = {}
        self.sites: dict[str, Counter[str]] = {}
        self._package = f"{package}{os.sep}"
        self._main = threading.main_thread().ident
        threading.Thread(target=self._sample, daemon=True).start()

    def _sample(self) -> None:
        call: FrameType | None = None
        since = last = time.monotonic()
        while True:
            time.sleep(_SAMPLE_SEC)
            now = time.monotonic()
            frames = self._frames()
            outermost = frames[-1] if frames else None
            if outermost is None or outermost is not call:
                call, since = outermost, now
            else:
                name = self._name(outermost)
                self.longest[name] = max(self.longest.get(name, 0.0), now - since)
                self.sites.setdefault(name, Counter())[self._name(frames[0], line=True)] += round((now - last) * 1e3)
            last = now

    def _frames(self) -> list[FrameType]:
        """The add-on's frames of Blender's own thread, the innermost first."""
        frame = sys._current_frames().get(self._main or 0)
        found: list[FrameType] = []
        while frame is not None:
            if frame.f_code.co_filename.startswith(self._package):
                found.append(frame)
            frame = frame.f_back
        return found

    def _name(self, frame: FrameType, *, line: bool = False) -> str:
        module = frame.f_code.co_filename.removeprefix(self._package).removesuffix(".py").replace(os.sep, ".")
        return f"{module}.{frame.f_code.co_qualname}" + (f":{frame.f_lineno}" if line else "")

    def told(self) -> dict[str, Any]:
        """Call → its longest time in seconds, and the lines in which it was, with all their milliseconds."""
        return {name: [self.longest[name], self.sites[name].most_common(8)] for name in list(self.longest)}
