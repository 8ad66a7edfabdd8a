"""A wall clock that doesn't jump while the process runs, and moments that were written down."""

import time
from datetime import UTC, datetime


class SteadyClock:
    """Seconds since 1970: the wall clock at the start, advanced by the monotonic clock."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Return the seconds since 1970."""
        return time.monotonic() + self._offset


def moment(text: str) -> float | None:
    """Return the seconds since 1970 of a time in ISO 8601 (UTC without an offset); None if it isn't one."""
    try:
        written = datetime.fromisoformat(text)
        return (written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
