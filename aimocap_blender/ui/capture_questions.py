"""What is asked in a window before a capture begins: may the video leave this machine, is it to be paid once more."""

import contextlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..jobs.capture import Capture, State
from ..jobs.ledger import Ledger
from ..service.addresses import service_address
from ..service.faults import ServiceFault
from . import preferences
from .capture_words import age
from .cost_warnings import warnings_of
from .earlier import RENDERED_FROM, EarlierCaptures, came_to_nothing, is_same_clip, is_same_make
from .following import current
from .preparing import SEVERAL_MAY_COST_MORE, CapturePlan

_CONSENT = (
    "The video, or the range that you chose of it, leaves this machine and goes to {host}.",
    "That service is paid: this capture uses about {credits} of your v-credits.",
    "This add-on is not the service's own, and nobody vouches for what happens to the video there.",
)
_MOST_LINES = 5


@dataclass(frozen=True)
class Question:
    """What a dialog says.

    Attributes:
        title: above it.
        answer: what the button says that goes on.
        sentences: what there is to know.
    """

    title: str
    answer: str
    sentences: tuple[str, ...]


def question_before(plans: Sequence[CapturePlan]) -> Question | None:
    """The question that these captures need a yes to; None where they may begin. Reads the records on disk."""
    agreed, repeated = preferences.has_consent(), _repeated(plans)
    if agreed and not repeated:
        return None
    total = sum(plan.credits for plan in plans)
    host, again = preferences.service_host(), sum(plan.credits for plan, _ in repeated)
    sentences = [] if agreed else [sentence.format(host=host, credits=f"{total:.1f}") for sentence in _CONSENT]
    if repeated:
        sentences += _first(_said(plan.request.title, earlier) for plan, earlier in repeated)
        sentences.append(f"Capturing again costs about {again:.1f} v-credits.")
        if not all(earlier is not None and came_to_nothing(earlier) for _, earlier in repeated):
            sentences.append("In the list under Captures the earlier one can be applied at no cost.")
    if agreed and len(repeated) < len(plans):
        sentences.append(f"All {len(plans)} captures cost about {total:.1f} v-credits.")
    if any(len(plan.request.target_ids) > 1 for plan in plans):
        sentences.append(SEVERAL_MAY_COST_MORE)
    sentences += _first(
        f"{plan.request.title}: {warning}" if len(plans) > 1 else warning
        for plan in plans
        for warning in warnings_of(plan)
    )
    if agreed:
        return Question("Capture again?", "Capture Again", tuple(sentences))
    title = "Send this video?" if len(plans) == 1 else f"Send these {len(plans)} videos?"
    return Question(title, "Send and Capture", tuple(sentences))


def _repeated(plans: Sequence[CapturePlan]) -> list[tuple[CapturePlan, Capture | None]]:
    """Those that may be paid already, or soon, with the earlier one; None while that one's clip is rendered."""
    with contextlib.suppress(ServiceFault):  # an address that can't be one: beginning it says so
        earlier = EarlierCaptures(Ledger(preferences.captures_folder()), service_address(preferences.service_url()))
        found = [(plan, earlier.of(plan.request, perhaps=True)) for plan in plans]
        return [(plan, one) for plan, one in found if one is not None or _is_being_rendered(plan)]
    return []


def _said(title: str, earlier: Capture | None) -> str:
    if earlier is None:
        return f"A clip of “{title}” is being rendered already, to be captured."
    since = age(time.time() - earlier.created_at)
    when = f"{since} ago" if since else "just now"
    if came_to_nothing(earlier):
        return f"“{title}” was sent already ({when}) and may be paid, but came to nothing."
    if earlier.state is State.DONE:
        return f"“{title}” was captured already ({when})."
    return f"“{title}” is being captured already (begun {when})."


def _is_being_rendered(plan: CapturePlan) -> bool:
    session, request = current(), plan.request
    return RENDERED_FROM in request.binding and any(
        found.active
        and is_same_make(found.plan.request, request)
        and is_same_clip(found.plan.request.binding, request.binding)
        for found in (session.preparations.values() if session else ())
    )


def _first(sentences: Iterable[str]) -> list[str]:
    """As many as a dialog has room for."""
    said = list(sentences)
    more = len(said) - _MOST_LINES
    return [*said[:_MOST_LINES], f"And {more} more like these."] if more > 0 else said
