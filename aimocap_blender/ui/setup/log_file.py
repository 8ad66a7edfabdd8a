"""The log that people send when something went wrong: the add-on's own logger, written to a file of bounded size.

What is logged is chosen, by ids and kinds; the formatter leaves out what exceptions quote, and redacts the rest.
"""

import contextlib
import logging
import os
import time
import traceback
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

import bpy

from ...jobs.file_lock import FileLock
from .redaction import redacted
from .versions import versions

_LARGEST = 2**19
"""Bytes of a file; one older one is kept beside it."""

_MOST_FILES = 4
"""Blenders that write at a time, each into a file of its own; further ones write none."""

_logger = logging.getLogger((__package__ or "").rpartition(".ui.")[0])


def log_folder() -> Path:
    """Where the log is: beside the captures' usual folder, which outlives the add-on."""
    return Path(bpy.utils.user_resource("DATAFILES", path="aimocap")) / "log"


class LogFormatter(logging.Formatter):
    """One line for each record, and an indented one for each frame of a traceback; redacted."""

    converter = time.gmtime

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The text; what continues is indented, so that no record can look like another."""
        return redacted(super().format(record)).replace("\r", " ").replace("\n", "\n  ")

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 -- logging's own
        """Types and places, without the exceptions' texts: nobody knows what they quote."""
        lines: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None:
            lines += [type(error).__name__, *traceback.format_tb(error.__traceback__)]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(line.rstrip() for line in lines)


class LogFile(RotatingFileHandler):
    """A file in a folder that no other Blender writes to; opened, and made, with the first record.

    Args:
        folder: made when it is first written to.
        heading: tells the first line of each file, and of each Blender in it.
        largest: bytes, before another file is begun.
    """

    def __init__(self, folder: Path, heading: Callable[[], str], largest: int = _LARGEST) -> None:
        super().__init__(folder / "aimocap.log", maxBytes=largest, backupCount=1, encoding="utf-8", delay=True)
        self.setFormatter(LogFormatter())
        self._folder = folder
        self._heading = heading
        self._lock: FileLock | None = None

    def _open(self) -> TextIO:  # pyright: ignore[reportIncompatibleMethodOverride] -- a kind of what logging opens
        if self._lock is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._take_a_file()
        stream = open(  # noqa: SIM115 -- with an opener; the handler closes it
            self.baseFilename,
            "a",
            encoding="utf-8",
            errors="backslashreplace",
            opener=lambda path, flags: os.open(path, flags, 0o600),
        )
        stream.write(self.format(logging.makeLogRecord({"levelname": "INFO", "msg": self._heading()})) + "\n")
        return stream

    def _take_a_file(self) -> FileLock:
        for number in range(1, _MOST_FILES + 1):
            path = self._folder / f"aimocap{'' if number == 1 else f'-{number}'}.log"
            if (lock := FileLock.take(path.with_suffix(".lock"))) is not None:
                self.baseFilename = str(path)
                return lock
        raise OSError("other Blenders write all the files")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's own
        """A log that can't be written disturbs nobody."""

    def close(self) -> None:
        """Close the file and leave it to others."""
        with contextlib.suppress(OSError):  # what could not be flushed
            super().close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def last_lines(self, count: int) -> list[str]:
        """The end of the log, of earlier Blenders too."""
        lines: list[str] = []
        for path in (f"{self.baseFilename}.1", self.baseFilename):
            with contextlib.suppress(OSError):
                lines += Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-count:]


class _Current:
    file: LogFile | None = None


def last_lines(count: int) -> list[str]:
    """The end of the log that this Blender writes."""
    return _Current.file.last_lines(count) if _Current.file is not None else []


def register() -> None:
    """Write what the add-on's own loggers tell, and leave all others alone."""
    _Current.file = LogFile(log_folder(), versions)
    _logger.addHandler(_Current.file)
    _logger.setLevel(logging.INFO)
    _logger.propagate = False  # whatever others have set up does not redact


def unregister() -> None:
    """Write no longer."""
    if _Current.file is not None:
        _logger.removeHandler(_Current.file)
        _Current.file.close()
        _Current.file = None
    _logger.setLevel(logging.NOTSET)
    _logger.propagate = True
