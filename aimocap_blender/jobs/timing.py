"""Every wait in a capture's life, in one value, so that tests run them in milliseconds."""

import zlib
from dataclasses import dataclass

_STEEPEST = 30  # doublings beyond which any wait is the longest one


@dataclass(frozen=True)
class Timing:
    """Seconds, unless a name says otherwise.

    Attributes:
        first_poll_sec: from the submission to the first question.
        poll_growth: by which factor the pause between questions grows.
        longest_poll_sec: the longest pause in the first half hour.
        late_after_sec: when a job is an old one.
        late_poll_sec: the pause between questions about an old job.
        first_retry_sec: the pause after one failure; it doubles with each.
        longest_retry_sec: the longest pause after failures.
        busy_sec: the least pause when the account's jobs at a time are all in use.
        settle_sec: how long a job may stay a draft after a submission nobody answered.
        settle_reads: and how many answers must say so.
        draft_patience_sec: how long a job may stay a draft after a submission that was accepted.
        end_patience_sec: how long the service must report the same end of a job that may be paid until it is believed.
        end_reads: and how many answers must say so.
        garbled_patience_sec: how long answers that are none are asked for anew while nothing is paid.
        delivery_patience_sec: how long results that can't be used are asked for anew at least.
        longest_wait_sec: the most that a wait on disk is believed, whatever the clock did since.
        look_around_sec: pause between looks at what other Blenders do with the captures.
        offline_sec: pause between looks whether going online is allowed again.
        forgotten_sec: how long a forgotten capture can be brought back.
        sweep_sec: pause between looks for forgotten captures that are kept no longer.
        close_sec: how long closing waits for a request that isn't to be broken off.
        jitter: share of a pause by which it varies, so that many clients don't ask in step.
    """

    first_poll_sec: float = 2.0
    poll_growth: float = 1.5
    longest_poll_sec: float = 15.0
    late_after_sec: float = 1800.0
    late_poll_sec: float = 60.0
    first_retry_sec: float = 2.0
    longest_retry_sec: float = 60.0
    busy_sec: float = 15.0
    settle_sec: float = 120.0
    settle_reads: int = 3
    draft_patience_sec: float = 600.0
    end_patience_sec: float = 600.0
    end_reads: int = 3
    garbled_patience_sec: float = 120.0
    delivery_patience_sec: float = 600.0
    longest_wait_sec: float = 600.0
    look_around_sec: float = 5.0
    offline_sec: float = 1.0
    forgotten_sec: float = 7 * 86400.0
    sweep_sec: float = 3600.0
    close_sec: float = 5.0
    jitter: float = 0.1

    def poll(self, asked: int, age_sec: float, salt: str) -> float:
        """The pause before the next question.

        Args:
            asked: questions so far.
            age_sec: since the submission.
            salt: makes the jitter: the same for the same salt.
        """
        grown = self.first_poll_sec * self.poll_growth ** min(asked, _STEEPEST)
        pause = self.late_poll_sec if age_sec >= self.late_after_sec else min(grown, self.longest_poll_sec)
        return self._jittered(pause, f"{salt} poll {asked}")

    def retry(self, failures: int, salt: str) -> float:
        """The pause after so many failures in a row, the last one counted."""
        grown = self.first_retry_sec * 2.0 ** min(failures - 1, _STEEPEST)
        return self._jittered(min(grown, self.longest_retry_sec), f"{salt} retry {failures}")

    def _jittered(self, pause: float, salt: str) -> float:
        share = zlib.crc32(salt.encode()) / 0xFFFFFFFF * 2 - 1
        return pause * (1 + self.jitter * share)
