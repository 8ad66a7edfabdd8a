"""All waits in a capture's life, in one value, so that tests run them in milliseconds; and durations in words.

Estimates of a duration are made from earlier ones.
"""

import math
import statistics
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from ..texts.text import Sentence, Text

_STEEPEST = 30  # doublings beyond which any wait is the longest one

_MOST_ALIKE = 5
_NEARLY_OVER_SEC = 45.0

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Timing:
    """Waits in seconds, unless a name says otherwise.

    Attributes:
        first_poll_sec: from the submission to the first status check.
        poll_growth: factor by which the pause between status checks grows.
        longest_poll_sec: the longest pause in the first half hour.
        late_after_sec: age from which a job counts as old.
        late_poll_sec: the pause between status checks of an old job.
        first_retry_sec: the pause after one failure; it doubles with each.
        longest_retry_sec: the longest pause after failures.
        busy_sec: the shortest pause after the account's concurrent-job limit was reached.
        fresh_look_sec: how old a look at the job may be when it is submitted.
        settle_sec: how long a job may stay a draft after a submission that was not accepted.
        settle_reads: how many answers must report that.
        draft_patience_sec: how long a job may stay a draft after an accepted submission.
        end_patience_sec: how long the service must report the same end of a job that may be paid until it is accepted.
        end_reads: how many answers must report it.
        garbled_patience_sec: how long requests with invalid answers are repeated while nothing is paid.
        delivery_patience_sec: how long unusable results are at least requested again.
        longest_wait_sec: limit for a wait that is read from disk: where it is longer, the clock was set back meanwhile.
        look_around_sec: pause between surveys of what other Blender instances do with the captures.
        lease_silent_sec: how long another process may give no sign of life, where the file system's locks don't hold.
        lease_settle_sec: how long a lease that replaces another one has to stand before it counts.
        offline_sec: pause between checks whether online access is allowed again.
        forgotten_days: on how many days a forgotten capture is seen before it is deleted.
        sweep_sec: pause between sweeps of forgotten captures.
        close_sec: how long closing waits for a request that must not be aborted.
        jitter: relative variation of a pause, so that many clients don't poll in step.
    """

    first_poll_sec: float = 2.0
    poll_growth: float = 1.5
    longest_poll_sec: float = 15.0
    late_after_sec: float = 1800.0
    late_poll_sec: float = 60.0
    first_retry_sec: float = 2.0
    longest_retry_sec: float = 60.0
    busy_sec: float = 15.0
    fresh_look_sec: float = 5.0
    settle_sec: float = 120.0
    settle_reads: int = 3
    draft_patience_sec: float = 600.0
    end_patience_sec: float = 600.0
    end_reads: int = 3
    garbled_patience_sec: float = 120.0
    delivery_patience_sec: float = 600.0
    longest_wait_sec: float = 600.0
    look_around_sec: float = 5.0
    lease_silent_sec: float = 120.0
    lease_settle_sec: float = 5.0
    offline_sec: float = 1.0
    forgotten_days: int = 7
    sweep_sec: float = 3600.0
    close_sec: float = 5.0
    jitter: float = 0.1

    def poll(self, asked: int, age_sec: float, salt: str) -> float:
        """Return the pause before the next status check, in seconds.

        Args:
            asked: status checks so far.
            age_sec: since the submission.
            salt: determines the jitter.
        """
        # after some thousand checks it would be larger than any number
        grown = self.first_poll_sec * self.poll_growth ** min(asked, _STEEPEST)
        pause = self.late_poll_sec if age_sec >= self.late_after_sec else min(grown, self.longest_poll_sec)
        return self._jittered(pause, f"{salt} poll {asked}")

    def retry(self, failures: int, salt: str) -> float:
        """Return the pause after this many consecutive failures, in seconds."""
        grown = self.first_retry_sec * 2.0 ** min(failures - 1, _STEEPEST)
        return self._jittered(min(grown, self.longest_retry_sec), f"{salt} retry {failures}")

    def _jittered(self, pause: float, salt: str) -> float:
        # the same each time, so that tests and a restarted process agree
        offset = zlib.crc32(salt.encode()) / 0xFFFFFFFF * 2 - 1
        return pause * (1 + self.jitter * offset)


class SteadyClock:
    """Seconds since 1970: the wall clock at the start, advanced by the monotonic clock."""

    def __init__(self) -> None:
        # a clock that is set meanwhile must end no wait, and prolong none
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


def age(seconds: float) -> str:
    """Return an age in its largest unit; '' for less than a minute."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit:.0f} {name}"
    return ""


def clock(seconds: float) -> str:
    """Return minutes and seconds."""
    minutes, rest = divmod(int(seconds), MINUTE)
    return f"{minutes}:{rest:02d}"


def estimated(earlier: Iterable[tuple[float, float]], length: float) -> float | None:
    """Return how long something takes: as long as earlier ones most alike in length, in proportion; None without any.

    Args:
        earlier: length of each, and how long it took, in seconds.
        length: of the new one, in seconds.
    """
    known = [(of_one, took) for of_one, took in earlier if of_one > 0.0 and took > 0.0]
    # what took a minute for a second of video says little about an hour of it
    alike = sorted(known, key=lambda one: abs(math.log(one[0] / length)))[:_MOST_ALIKE] if length > 0.0 else []
    # the median: a single one that was slow says little about this one
    return statistics.median(took * length / of_one for of_one, took in alike) if alike else None


def time_left(seconds: float) -> Sentence:
    """Return in words an estimate of the time that is left; negative if there should be none left."""
    if seconds < 0.0:
        return "takes longer than earlier ones"
    if seconds < _NEARLY_OVER_SEC:
        return "less than a minute left"
    return Text("about {minutes:.0f} min left", minutes=max(round(seconds / MINUTE), 1))
