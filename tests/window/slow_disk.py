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

_OPERATIONS = (
    *("open", "stat", "lstat", "listdir", "scandir", "mkdir", "rmdir", "unlink", "remove", "rename", "replace"),
    *("access", "chmod", "utime", "truncate", "link", "symlink", "readlink"),
)
_SAMPLE_SEC = 0.004


class SlowDisk:
    """Slows the disk down from now on, for all threads.

    Args:
        folder: below which operations take longer.
        package: the add-on's folder.
        operation_sec: how much longer.
        sync_sec: how much longer each fsync takes.
        is_held: whether the thread that calls it has what Blender's own thread waits for.

    Attributes:
        operations: those that Blender's own thread did or waited for: which one, and the lines that led to it.
    """

    def __init__(
        self, folder: Path, package: Path, operation_sec: float, sync_sec: float, is_held: Callable[[], bool]
    ) -> None:
        self.operations: set[str] = set()
        self._folder, self._package, self._is_held = str(folder), f"{package}{os.sep}", is_held
        for name in _OPERATIONS:
            setattr(os, name, self._slow(getattr(os, name), operation_sec))
        builtins.open = io.open = self._slow(io.open, operation_sec)
        os.fsync = self._slow(os.fsync, sync_sec, anywhere=True)

    def _slow(self, operation: Callable[..., Any], seconds: float, *, anywhere: bool = False) -> Callable[..., Any]:
        @functools.wraps(operation)
        def slow(*arguments: Any, **named: Any) -> Any:
            paths = [os.fspath(one) for one in arguments[:2] if isinstance(one, str | os.PathLike)]
            if anywhere or any(path.startswith(self._folder) for path in paths):
                is_mine = threading.current_thread() is threading.main_thread()
                if is_mine or self._is_held():
                    self._note(operation.__name__)
                time.sleep(seconds)
            return operation(*arguments, **named)

        return slow

    def _note(self, operation: str) -> None:
        frame: FrameType | None = sys._getframe()
        lines: list[str] = []
        while frame is not None:
            if frame.f_code.co_filename.startswith(self._package):
                lines.append(f"{frame.f_code.co_filename.removeprefix(self._package)}:{frame.f_lineno}")
            frame = frame.f_back
        if lines:
            self.operations.add(f"{operation} at {' < '.join(lines)}")


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
