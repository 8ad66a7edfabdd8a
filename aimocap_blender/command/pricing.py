"""The price of a capture, said before anything is paid, and the earlier capture that spares it."""

import time

from ..jobs.capture import Capture, CaptureRequest, Order
from ..jobs.intake import check_request, new_capture
from ..jobs.ledger import Ledger
from ..service.addresses import service_address
from ..takes.captures.capture_settings import CaptureOptions
from ..takes.captures.earlier import EarlierCaptures, ended_without_motion
from ..takes.captures.planning import SEVERAL_MAY_COST_MORE
from ..takes.configuration import configuration
from ..texts.faults import Fault
from ..texts.text import Text
from .files import view_on_disk
from .output import FOLLOW, RECOVER, Output

_DEFAULT = CaptureOptions()
_MB = 1e6


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


def settings_of(order: Order | CaptureRequest) -> dict[str, object]:
    """Return the service's settings of a capture, for a JSON line."""
    return {
        "fps": order.export_fps or int(_DEFAULT.export_fps),
        "body": order.mocap_type or _DEFAULT.capture_type.lower(),
    }


def in_words(settings: dict[str, object]) -> str:
    """Return the service's settings of a capture for people."""
    return f"{settings['fps']} fps, {str(settings['body']).replace('_', ' ')}"


def say_price(output: Output, label: str, request: CaptureRequest) -> float:
    """Write what is sent of a video, where to, and what it costs; return the credits.

    Raises:
        Fault: the service could not accept the request, or the file can't be read.
    """
    # what the service can't accept has no price
    check_request(request)
    address = configuration().service_url
    capture = new_capture(request, address, time.time())
    order, settings = capture.order, settings_of(capture.order)
    start, end, size = order.trim_start_sec, order.trim_end_sec, capture.source.size
    output.step(
        "price",
        f"{label}: {start:.2f} to {end:.2f} s for {', '.join(order.target_ids)} ({in_words(settings)}) "
        f"cost {capture.credits:.2f} credits; the file of {size / _MB:.1f} MB is sent to {address}."
        + (f" {SEVERAL_MAY_COST_MORE}" if len(order.target_ids) > 1 else ""),
        label=label,
        range=[round(start, 3), round(end, 3)],
        credits=round(capture.credits, 3),
        bytes=size,
        address=address,
        targets=list(order.target_ids),
        title=order.title,
        options=settings,
    )
    return capture.credits
