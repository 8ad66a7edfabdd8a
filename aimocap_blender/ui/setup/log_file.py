"""The log for support: the add-on's own logger, written to a file of limited size.

Records name ids and kinds only; the formatter leaves out the texts of exceptions and redacts the rest.
"""

import contextlib
import logging
import os
import platform
import re
import time
import tomllib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

import bpy

from ...jobs.leased_lock import FileLock
from ...service.answers import without_secrets
from ...while_enabled import lasting

_HIDDEN = "…"
_HOMES = re.compile(r"[A-Za-z]:[\\/]+Users[\\/]+[^\\/\n\"']+|/(?:home|Users)/[^/\s\"']+", re.IGNORECASE)
_secrets: set[str] = set()

_LARGEST = 2**19
"""Size limit of a file in bytes; one older file is kept."""

_MOST_FILES = 4
"""Number of Blender processes that can write a log at the same time, each to its own file."""

_MANIFEST = Path(__file__).parents[2] / "blender_manifest.toml"

_logger = logging.getLogger((__package__ or "").rpartition(".ui.")[0])


def hide(secret: str) -> None:
    """Redact this secret in every text from now on, as long as Blender runs."""
    if secret:
        _secrets.add(secret)


def redacted(text: str) -> str:
    """Return the text without keys, queries of links, and names of home folders. Callable from any thread."""
    # threads log while a key is entered
    for secret in tuple(_secrets):
        text = text.replace(secret, _HIDDEN)
    home = str(Path.home())
    # otherwise it is the root of all paths
    if len(Path(home).parts) > 1:
        text = text.replace(home, "~")
    return _HOMES.sub("~", without_secrets(text))


def log_folder() -> Path:
    """Return the folder of the log, next to the default captures folder; it is kept when the add-on is removed."""
    return Path(bpy.utils.user_resource("DATAFILES", path="aimocap")) / "log"


class LogFormatter(logging.Formatter):
    """Formatter that writes redacted records, with the lines of tracebacks indented."""

    converter = time.gmtime

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the text with continuation lines indented, so that no record can imitate another."""
        return redacted(super().format(record)).replace("\r", " ").replace("\n", "\n  ")

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 -- logging's own
        """Return types and source lines without the exceptions' texts, which may quote anything."""
        lines: list[str] = []
        error: BaseException | None = ei[1]
        # the causes too, as Python's own tracebacks: the first of them is where it began
        while error is not None:
            lines += [type(error).__name__, *traceback.format_tb(error.__traceback__)]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(line.rstrip() for line in lines)


class LogFile(RotatingFileHandler):
    """Log file that no other Blender writes to; created or opened by the first record.

    Args:
        folder: created when it is first written to.
        heading: returns the first line of each file and of each Blender session in it.
        largest: size limit in bytes, after which a new file is started.
    """

    def __init__(self, folder: Path, heading: Callable[[], str], largest: int = _LARGEST) -> None:
        super().__init__(folder / "aimocap.log", maxBytes=largest, backupCount=1, encoding="utf-8", delay=True)
        self.setFormatter(LogFormatter())
        self._folder = folder
        self._heading = heading
        self._lock: FileLock | None = None

    def _open(self) -> TextIO:  # pyrefly: ignore[bad-override] -- a subtype of what logging opens
        if self._lock is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._take_a_file()
        # titles and paths are redacted, but a log is still its owner's alone
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
            # two processes that rotate the same file would each rename the other's
            if (lock := FileLock.take(path.with_suffix(".lock"))) is not None:
                self.baseFilename = str(path)
                return lock
        raise OSError("all log files are in use by other Blender processes")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's own
        """Ignore errors: a log that can't be written must not disturb the user."""

    def close(self) -> None:
        """Close the file and release it for other Blender processes."""
        # the buffer could not be flushed
        with contextlib.suppress(OSError):
            super().close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def last_lines(self, count: int) -> list[str]:
        """Return the last lines of the log, including those of earlier sessions."""
        lines: list[str] = []
        for path in (f"{self.baseFilename}.1", self.baseFilename):
            with contextlib.suppress(OSError):
                lines += Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-count:]


@dataclass
class _CurrentLog:
    """The log file in use while the add-on is registered."""

    file: LogFile | None = None


_current = lasting(_CurrentLog)


@cache
def versions() -> str:
    """Return the versions of add-on, Blender, Python, `requests` and the system in one line."""
    return (
        f"AIMoCap {_addon()}, Blender {bpy.app.version_string}, Python {platform.python_version()}, "
        f"requests {_requests()}, {platform.platform()}"
    )


def _addon() -> str:
    try:
        return str(tomllib.loads(_MANIFEST.read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError):
        # not installed from a zip
        return "?"


def _requests() -> str:
    try:
        # without importing it, which is slow
        return metadata.version("requests")
    except metadata.PackageNotFoundError:
        return "none"


def last_lines(count: int) -> list[str]:
    """Return the last lines of the log that this Blender writes."""
    return _current.file.last_lines(count) if _current.file is not None else []


def register() -> None:
    """Write the records of the add-on's loggers to the file; other loggers are not affected."""
    _current.file = LogFile(log_folder(), versions)
    _logger.addHandler(_current.file)
    _logger.setLevel(logging.INFO)
    # handlers of others don't redact
    _logger.propagate = False


def unregister() -> None:
    """Close the log."""
    if _current.file is not None:
        _logger.removeHandler(_current.file)
        _current.file.close()
        _current.file = None
    _logger.setLevel(logging.NOTSET)
    _logger.propagate = True
