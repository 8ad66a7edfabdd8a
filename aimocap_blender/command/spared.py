"""Whether an earlier capture spares one, and the refusal to pay again unasked."""

from ..jobs.capture import Capture, CaptureRequest
from ..jobs.ledger import Ledger
from ..service.addresses import service_address
from ..takes.captures.earlier import EarlierCaptures, ended_without_motion
from ..takes.configuration import configuration
from ..texts.faults import Fault
from ..texts.text import Text
from .files import view_on_disk
from .output import FOLLOW, RECOVER


class Spared:
    """Earlier captures that spare new ones.

    Args:
        ledger: the captures on disk.
        again: capture again what was captured before.

    Raises:
        ServiceFault: the service's address is invalid.
    """

    def __init__(self, ledger: Ledger, *, again: bool) -> None:
        self._ledger = ledger
        self._earlier = EarlierCaptures(ledger, service_address(configuration().service_url))
        self._again = again

    def capture_of(self, request: CaptureRequest) -> Capture | None:
        """Return the capture that spares this one; None if there is none.

        Raises:
            Fault: this one may be paid already, without a motion or with a record that can't be read.
        """
        if self._again:
            return None
        earlier = self._earlier.of(request)
        if earlier is not None and ended_without_motion(earlier):
            raise self._refusal_to_pay_again(earlier)
        # a record that can't be read may be of just this video
        if earlier is None and (lost := self._earlier.unreadable_jobs()):
            raise Fault(
                Text(
                    "The record of a capture can't be read, which may be a paid one of this video: job {job}.",
                    job=", ".join(lost),
                ),
                Text(
                    "Fetch it with {recover} {job}, or pay for this video anyway with --again.",
                    recover=RECOVER,
                    job=lost[0],
                ),
            )
        return earlier

    def paid_one(self, request: CaptureRequest) -> Capture | None:
        """Return the capture that spares this one if it may be paid; None if there is none."""
        earlier = None if self._again else self._earlier.of(request)
        return earlier if earlier is not None and earlier.may_be_paid else None

    def _refusal_to_pay_again(self, earlier: Capture) -> Fault:
        """Return a refusal to pay again unasked: scripts may run this again after each failure."""
        said = view_on_disk(self._ledger, earlier).what.removesuffix(".")
        return Fault(
            Text(
                "Job {job_id} of this video ended without a motion and may be paid ({said}).",
                job_id=earlier.job_id,
                said=said,
            ),
            Text(
                "Check that job again with {follow} {id}, or pay for the video again with --again.",
                follow=FOLLOW,
                id=earlier.id,
            ),
        )
