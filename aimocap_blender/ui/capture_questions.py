"""What is asked in a window before a capture begins: may the video leave this machine, is it to be paid once more."""

import contextlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..jobs.capture import ENDED, Capture, CaptureRequest, State
from ..jobs.ledger import Ledger
from ..service.addresses import service_address
from ..service.faults import ServiceFault
from . import preferences
from .capture_words import age
from .cost_warnings import warnings_of
from .earlier import RENDERED_FROM, EarlierCaptures, came_to_nothing, is_same_clip, is_same_make, is_same_range
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


@dataclass(frozen=True)
class _Repeated:
    """A plan for what is paid already, or soon will be; `is_listed`: the motion is in the list, or comes there."""

    plan: CapturePlan
    sentence: str
    is_listed: bool = True


def question_before(plans: Sequence[CapturePlan]) -> Question | None:
    """The question that these captures need a yes to; None where they may begin. Reads the records on disk."""
    agreed = preferences.has_consent()
    repeated, lost = _found_before(plans)
    if agreed and not repeated and not lost:
        return None
    total = sum(plan.credits for plan in plans)
    host, again = preferences.service_host(), sum(found.plan.credits for found in repeated)
    sentences = [] if agreed else [sentence.format(host=host, credits=f"{total:.1f}") for sentence in _CONSENT]
    if lost:
        sentences.append(f"The record of a capture that may be the same, and paid, can't be read: job {lost[0]}.")
        sentences.append("Lost Captures, below the list, fetches its motion at no cost.")
    if repeated:
        sentences += _first(found.sentence for found in repeated)
        sentences.append(f"Capturing again costs about {again:.1f} v-credits.")
        if any(found.is_listed for found in repeated):
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


def _found_before(plans: Sequence[CapturePlan]) -> tuple[list[_Repeated], list[str]]:
    """What of them repeats something, and jobs that nobody can tell of, where something else is among them."""
    with contextlib.suppress(ServiceFault):  # an address that can't be one: beginning it says so
        ledger = Ledger(preferences.captures_folder())
        earlier = EarlierCaptures(ledger, service_address(preferences.service_url()))
        found = [_repeated(plan, plans[:place], earlier, ledger) for place, plan in enumerate(plans)]
        repeated = [one for one in found if one is not None]
        return repeated, earlier.unreadable_jobs() if len(repeated) < len(plans) else []
    return [], []


def _repeated(
    plan: CapturePlan, before: Sequence[CapturePlan], earlier: EarlierCaptures, ledger: Ledger
) -> _Repeated | None:
    title = plan.request.title
    if (one := earlier.of(plan.request, perhaps=True)) is not None:
        return _Repeated(plan, _said(title, one), one.state not in ENDED or ledger.has_motions(one))
    if _is_being_rendered(plan):
        return _Repeated(plan, f"A clip of “{title}” is being rendered already, to be captured.")
    if (twin := next((other for other in before if _is_same(other.request, plan.request)), None)) is not None:
        return _Repeated(plan, f"“{title}” shows the same as “{twin.request.title}”.", is_listed=False)
    return None


def _said(title: str, earlier: Capture) -> str:
    since = age(time.time() - earlier.created_at)
    when = f"{since} ago" if since else "just now"
    if came_to_nothing(earlier):
        return f"“{title}” was sent already ({when}) and may be paid, but came to nothing."
    if earlier.state is State.DONE:
        return f"“{title}” was captured already ({when})."
    return f"“{title}” is being captured already (begun {when})."


def _is_same(one: CaptureRequest, other: CaptureRequest) -> bool:
    """Whether two that are begun together are."""
    if not is_same_make(one, other) or (RENDERED_FROM in one.binding) != (RENDERED_FROM in other.binding):
        return False
    if RENDERED_FROM in other.binding:
        return is_same_clip(one.binding, other.binding)
    return one.source == other.source and is_same_range(one, other)


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
