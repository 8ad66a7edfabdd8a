"""What is asked in a window before a capture begins: may the video leave this machine, is it to be paid once more."""

import contextlib
import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ...jobs.capture import ENDED, Capture, CaptureRequest, State
from ...jobs.durations import age
from ...jobs.ledger import Ledger
from ...service.addresses import service_address
from ...service.faults import ServiceFault
from ...session.earlier import (
    RENDERED_FROM,
    EarlierCaptures,
    ended_without_motion,
    has_same_settings,
    is_same_clip,
    is_same_range,
)
from ...session.planning import SEVERAL_MAY_COST_MORE, CapturePlan
from ...session.session import current_session
from ..setup import preferences
from .asking import Answer, Question
from .cost_warnings import upload_of, warnings_of, what_is_uploaded

_MOST_LINES = 5
_CAPTURE = "aimocap.capture_motion"


@dataclass(frozen=True)
class _Repeated:
    """A plan for what is paid already, or soon will be.

    Attributes:
        plan: that plan.
        sentence: what there was before.
        earlier: the capture in the list; None where what is repeated isn't there.
        is_here: its motion is on disk.
    """

    plan: CapturePlan
    sentence: str
    earlier: Capture | None = None
    is_here: bool = False


def agreement(plans: Sequence[CapturePlan], *, only_range: bool = False) -> str:
    """Tell what would be sent, and where to, from anything else: what a dialog named, and what it costs.

    Args:
        plans: what would be captured.
        only_range: of each a clip would be rendered.
    """
    asked = [
        (
            plan.request.title,
            plan.request.source,
            plan.request.target_ids,
            plan.request.trim_start_sec,
            plan.request.trim_end_sec,
            only_range or plan.source is not None,
        )
        for plan in plans
    ]
    return hashlib.sha256(repr((preferences.service_url(), asked)).encode()).hexdigest()


def question_before(
    plans: Sequence[CapturePlan], filepath: str = "", *, all_selected: bool = False, consented: bool = False
) -> Question | None:
    """The question that these captures need an answer to; None where they may begin. Reads the records on disk.

    Args:
        plans: of the captures.
        filepath: of the movie that they were planned from.
        all_selected: they were planned from all selected strips.
        consented: the user has just agreed that they are sent, and seen what they cost.
    """
    may_send = preferences.has_consent()
    repeated, lost = _found_before(plans)
    if may_send and not repeated and not lost and (consented or not all_selected):
        return None
    sentences = chain(
        () if may_send else what_is_uploaded([upload_of(plan) for plan in plans], preferences.service_host()),
        _lost(lost),
        _repetitions(repeated),
        _prices(plans, repeated),
        () if may_send else ["Credits of the API are separate from those of the web studio."],
        [SEVERAL_MAY_COST_MORE] if any(len(plan.request.target_ids) > 1 for plan in plans) else [],
        _warnings(plans),
        () if may_send else ["This add-on is an unofficial client, not affiliated with the service."],
    )
    asks = _Asks(plans, filepath, all_selected=all_selected)
    if len(plans) > 1:
        title = f"Capture {len(plans)} strips?"
        answers = list(asks.of_several(repeated))
    elif repeated or lost:
        title = "Capture again?"
        answers = list(asks.again(repeated))
    else:
        title = "Send this video?"
        answers = list(asks.consent())
    can_go_on_free = bool(repeated) and answers[0].operator != _CAPTURE
    pays_again = bool(repeated) and len(repeated) == len(plans) and not can_go_on_free
    return Question(title, tuple(sentences), tuple(answers), cancel_first=pays_again or bool(lost))


def without_repeated(plans: Sequence[CapturePlan]) -> list[CapturePlan]:
    """Leave out what repeats an earlier capture, or one of these."""
    repeated, _ = _found_before(plans)
    return [plan for plan in plans if all(plan is not found.plan for found in repeated)]


class _Asks:
    """The answers to what is asked."""

    def __init__(self, plans: Sequence[CapturePlan], filepath: str, *, all_selected: bool) -> None:
        self._plans = plans
        self._of = {"filepath": filepath, "all_selected": all_selected}

    def consent(self) -> Iterator[Answer]:
        """To sending one video: as it is set, or only its range."""
        (plan,) = self._plans
        can_be_less = plan.source is None and not self._of["filepath"] and upload_of(plan).is_more_than_needed
        yield self._capture("Send Whole File" if can_be_less else "Send and Capture")
        if can_be_less:
            consented = agreement(self._plans, only_range=True)
            yield Answer("Send Only the Range", _CAPTURE, {**self._of, "only_range": True, "consented": consented})

    def again(self, repeated: Sequence[_Repeated]) -> Iterator[Answer]:
        """To paying once more for what was captured before; what costs nothing comes first."""
        for found in repeated:
            if found.is_here and found.earlier is not None:
                yield Answer("Apply Earlier (free)", "aimocap.apply_capture", {"capture_id": found.earlier.id})
        cost = _cost(self._plans)
        yield self._capture(f"Capture Again ({cost})" if repeated else f"Capture ({cost})")

    def of_several(self, repeated: Sequence[_Repeated]) -> Iterator[Answer]:
        """To capturing several strips; those that nothing was captured of come first."""
        others = [plan for plan in self._plans if all(plan is not found.plan for found in repeated)]
        if repeated and others:
            given = {**self._of, "skip_captured": True, "agreed": agreement(others)}
            cost = _cost(others)
            one, several = f"Capture the Other One ({cost})", f"Capture the Other {len(others)} ({cost})"
            yield Answer(one if len(others) == 1 else several, _CAPTURE, given)
        yield self._capture(f"Capture All {len(self._plans)} ({_cost(self._plans)})")

    def _capture(self, text: str) -> Answer:
        return Answer(text, _CAPTURE, {**self._of, "agreed": agreement(self._plans)})


def _cost(plans: Iterable[CapturePlan]) -> str:
    return f"{sum(plan.credits for plan in plans):.1f} credits"


def _lost(jobs: Sequence[str]) -> Iterator[str]:
    if jobs:
        yield f"The record of a capture that may be the same, and paid, can't be read: job {jobs[0]}."
        yield "Lost Captures, below the list, fetches its motion at no cost."


def _repetitions(repeated: Sequence[_Repeated]) -> Iterator[str]:
    yield from _first(found.sentence for found in repeated)
    if any(found.is_here for found in repeated):
        yield "The earlier motion can be applied at no cost."
    elif any(found.earlier is not None and found.earlier.state not in ENDED for found in repeated):
        yield "Its motion can be applied at no cost when it arrives."
    if any(found.earlier is not None and found.earlier.state is State.FAILED for found in repeated):
        yield "The service says that it refunds failed jobs to your API credits."


def _prices(plans: Sequence[CapturePlan], repeated: Sequence[_Repeated]) -> Iterator[str]:
    if repeated:
        again = sum(found.plan.credits for found in repeated)
        yield f"Capturing again costs about {again:.1f} credits."
    if len(repeated) < len(plans) or len(plans) > 1:
        total = sum(plan.credits for plan in plans)
        of_all = f"All {len(plans)} captures cost about {total:.1f} credits."
        yield of_all if len(plans) > 1 else f"This costs about {total:.1f} credits; the service bills what it measures."


def _warnings(plans: Sequence[CapturePlan]) -> list[str]:
    return _first(
        f"{plan.request.title}: {warning}" if len(plans) > 1 else warning
        for plan in plans
        for warning in warnings_of(upload_of(plan))
    )


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
        return _Repeated(plan, _said(title, one), one, ledger.has_motions(one))
    if _is_being_rendered(plan):
        return _Repeated(plan, f"A clip of “{title}” is being rendered already, to be captured.")
    if (twin := next((other for other in before if _is_same(other.request, plan.request)), None)) is not None:
        return _Repeated(plan, f"“{title}” shows the same as “{twin.request.title}”.")
    return None


def _said(title: str, earlier: Capture) -> str:
    since = age(time.time() - earlier.created_at)
    when = f"{since} ago" if since else "just now"
    if ended_without_motion(earlier):
        return f"“{title}” was sent already ({when}) and may be paid, but came to nothing."
    if earlier.state is State.DONE:
        return f"“{title}” was captured already ({when})."
    return f"“{title}” is being captured already (begun {when})."


def _is_same(one: CaptureRequest, other: CaptureRequest) -> bool:
    """Whether two that are begun together are."""
    if not has_same_settings(one, other) or (RENDERED_FROM in one.binding) != (RENDERED_FROM in other.binding):
        return False
    if RENDERED_FROM in other.binding:
        return is_same_clip(one.binding, other.binding)
    return one.source == other.source and is_same_range(one, other)


def _is_being_rendered(plan: CapturePlan) -> bool:
    session, request = current_session(), plan.request
    return RENDERED_FROM in request.binding and any(
        found.active
        and has_same_settings(found.plan.request, request)
        and is_same_clip(found.plan.request.binding, request.binding)
        for found in (session.preparations.values() if session else ())
    )


def _first(sentences: Iterable[str]) -> list[str]:
    """As many as a dialog has room for."""
    said = list(sentences)
    more = len(said) - _MOST_LINES
    return [*said[:_MOST_LINES], f"And {more} more like these."] if more > 0 else said
