"""The price of a capture, said before anything is paid."""

import time

from ..jobs.capture import CaptureRequest, Order
from ..jobs.intake import check_request, new_capture
from ..takes.captures.capture_settings import CaptureOptions
from ..takes.captures.planning import SEVERAL_MAY_COST_MORE
from ..takes.configuration import configuration
from .output import Output

_DEFAULT = CaptureOptions()
_MB = 1e6


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
