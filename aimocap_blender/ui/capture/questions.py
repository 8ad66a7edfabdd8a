"""Questions before a capture starts: consent to sending the video, and to paying again."""

import contextlib
import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...jobs.capture import Capture, CaptureRequest, State
from ...jobs.durations import age
from ...jobs.ledger import Ledger
from ...scene.armatures import skeleton_of
from ...scene.bone_maps import bone_map_of
from ...scene.g1.rig import is_g1_rig
from ...scene.retargeting import why_no_human
from ...service.addresses import service_address
from ...service.faults import ServiceFault
from ...takes.binding import Binding
from ...takes.captures.earlier import (
    EarlierCaptures,
    contains,
    ended_without_motion,
    has_same_settings,
    is_clip,
    is_same_clip,
    is_same_range,
    range_of,
)
from ...takes.captures.parts import plans_for_missing
from ...takes.captures.planning import SEVERAL_MAY_COST_MORE, CapturePlan
from ...takes.session import current_session
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..setup import preferences
from ..text.asking import Answer, Question
from .cost_warnings import upload_of, upload_sentences, warnings_of
from .first_steps import draw_setting_up, needs_setting_up

_MOST_LINES = 5
_CAPTURE, _TRY_AGAIN = "aimocap.capture_motion", "aimocap.try_again"


@dataclass(frozen=True)
class _Repeated:
    """Plan that repeats a capture which is paid already or will be.

    Attributes:
        plan: the plan.
        sentence: English sentence about the earlier capture.
        earlier: the earlier capture; None if it is not in the list yet.
        is_here: whether its motion is on disk.
        strip: name of the strip, if it shows only a part of the earlier capture.
    """

    plan: CapturePlan
    sentence: Text
    earlier: Capture | None = None
    is_here: bool = False
    strip: str = ""


def agreement(plans: Sequence[CapturePlan], *, only_range: bool = False) -> str:
    """Return a hash of what would be sent, and where to, which identifies what the user agreed to."""
    asked: list[tuple[object, ...]] = []
    for plan in plans:
        request, is_clip = plan.request, only_range or plan.source is not None
        range_sec = request.trim_start_sec, request.trim_end_sec
        asked.append((request.title, request.source, request.target_ids, *range_sec, is_clip))
    return hashlib.sha256(repr((preferences.service_url(), asked)).encode()).hexdigest()


def question_before(
    plans: Sequence[CapturePlan],
    filepath: str = "",
    *,
    all_selected: bool = False,
    only_missing: bool = False,
    consented: bool = False,
    again: str = "",
    earlier: EarlierCaptures | None = None,
) -> Question | None:
    """Return the question to ask before these captures; None if they may start.

    Path, `all_selected` and `only_missing` are what the plans were made by, `again` the ID of an earlier capture whose
    request is made once more. Who `consented` has just agreed to send them, and seen their cost.
    """
    earlier = earlier or earlier_captures()
    may_send, lacks_service = preferences.has_consent(), needs_setting_up()
    repeated, lost = _repeated_and_lost(plans, earlier)
    missing = _missing_of(plans, earlier) if not repeated else plans
    is_partly_captured = missing != plans
    # who agreed in a dialog has read it there
    animals = _no_humans(() if consented else plans)
    is_new = not (repeated or lost or is_partly_captured or lacks_service or animals)
    # there is nothing to know before it is paid
    if may_send and is_new and (consented or not all_selected):
        return None
    sentences: list[Sentence] = []
    if not may_send:
        sentences += upload_sentences([upload_of(plan) for plan in plans], preferences.service_host())
    sentences += (*animals, *_lost(lost), *_repetitions(repeated))
    if is_partly_captured:
        sentences.append(_captured_part(plans[0], missing))
    sentences += _prices(plans, repeated)
    if not may_send:
        sentences.append("API credits are separate from web studio credits.")
    sentences += _warnings(plans)
    if not may_send:
        sentences.append("This add-on is an unofficial client, not affiliated with the service.")
    asked = {"filepath": filepath, "all_selected": all_selected, "only_missing": only_missing}
    possible = _Answers(plans, _TRY_AGAIN, {"capture_id": again}) if again else _Answers(plans, _CAPTURE, asked)
    if len(plans) > 1:
        title: Sentence = Text("Capture {count} strips?", count=len(plans))
        answers = list(possible.of_several(repeated))
    elif is_partly_captured:
        title = "Capture only the rest?"
        answers = list(possible.of_a_part(missing))
    elif repeated or lost:
        title = "Capture again?"
        answers = list(possible.again(repeated))
    elif animals:
        title = "Capture for this character?"
        answers = [*possible.again(repeated), Answer("Review Bones", "aimocap.review_bones")]
    else:
        title = "Send this video?"
        answers = list(possible.consent())
    can_go_on_free = bool(repeated) and answers[0].operator not in {_CAPTURE, _TRY_AGAIN}
    # Return must not pay twice for the same motion
    pays_again = bool(repeated) and len(repeated) == len(plans) and not can_go_on_free
    first = draw_setting_up if lacks_service else None
    return Question(
        title, tuple(sentences), tuple(answers), cancel_first=pays_again or bool(lost or animals), first=first
    )


def earlier_captures() -> EarlierCaptures:
    """Return the earlier captures at the service, of which nothing is read yet."""
    address = ""
    # starting the capture reports an invalid address
    with contextlib.suppress(ServiceFault):
        address = service_address(preferences.service_url())
    return EarlierCaptures(Ledger(preferences.captures_folder()), address)


def without_repeated(plans: Sequence[CapturePlan], earlier: EarlierCaptures | None = None) -> list[CapturePlan]:
    """Return the plans that repeat neither an earlier capture nor one another."""
    repeated, _ = _repeated_and_lost(plans, earlier or earlier_captures())
    return _others(plans, repeated)


def _others(plans: Sequence[CapturePlan], repeated: Sequence[_Repeated]) -> list[CapturePlan]:
    again = {id(found.plan) for found in repeated}
    return [plan for plan in plans if id(plan) not in again]


def without_captured_parts(plans: Sequence[CapturePlan], earlier: EarlierCaptures | None = None) -> list[CapturePlan]:
    """Return plans for those parts whose motion isn't here yet; each capture starts anew if no earlier one helps.

    Raises:
        Fault: nothing is missing.
    """
    earlier = earlier or earlier_captures()
    missing: list[CapturePlan] = []
    for plan in plans:
        missing += plans_for_missing(plan, _captured_ranges(plan, earlier))
    if plans and not missing:
        raise Fault("All of this range is captured already.", "Apply it from the list, free of charge.")
    return missing


def _captured_ranges(plan: CapturePlan, earlier: EarlierCaptures) -> list[tuple[float, float]]:
    return [range_of(one) for one in earlier.of_parts(plan.request)] if plan.strip is not None else []


class _Answers:
    """Answers to the questions, which invoke the operator that asked with the properties that it had."""

    def __init__(self, plans: Sequence[CapturePlan], operator: str, of: Mapping[str, object]) -> None:
        self._plans, self._operator, self._of = plans, operator, of

    def consent(self) -> Iterator[Answer]:
        """Yield answers for sending one video: as set, or only its range."""
        (plan,) = self._plans
        can_be_less = plan.source is None and plan.strip is not None and upload_of(plan).is_more_than_needed
        cost, host = _cost(self._plans), preferences.service_host()
        if can_be_less:
            yield self._capture(Text("Send Whole File · {cost}", cost=cost))
            consented = agreement(self._plans, only_range=True)
            text = Text("Send Only the Range · {cost} · {host}", cost=cost, host=host)
            yield Answer(text, _CAPTURE, {**self._of, "only_range": True, "consented": consented})
        else:
            yield self._capture(Text("Send · {cost} · {host}", cost=cost, host=host))

    def again(self, repeated: Sequence[_Repeated]) -> Iterator[Answer]:
        """Yield answers for paying again for the same range, free ones first."""
        for found in repeated:
            if found.is_here and found.earlier is not None:
                given = {"capture_id": found.earlier.id} | ({"strip": found.strip} if found.strip else {})
                yield Answer("Apply Earlier (free)", "aimocap.apply_capture", given)
        cost = _cost(self._plans)
        yield self._capture(
            Text("Capture Again ({cost})", cost=cost) if repeated else Text("Capture ({cost})", cost=cost)
        )

    def of_a_part(self, missing: Sequence[CapturePlan]) -> Iterator[Answer]:
        """Yield answers for a strip of which a part was captured: the rest of it, or all of it anew."""
        if missing:
            given = {**self._of, "only_missing": True, "agreed": agreement(missing)}
            yield Answer(Text("Capture the Rest ({cost})", cost=_cost(missing)), _CAPTURE, given)
        yield self._capture(Text("Capture All Again ({cost})", cost=_cost(self._plans)))

    def of_several(self, repeated: Sequence[_Repeated]) -> Iterator[Answer]:
        """Yield answers for several strips, first the one that leaves out strips already captured."""
        others = _others(self._plans, repeated)
        if repeated and others:
            given = {**self._of, "skip_captured": True, "agreed": agreement(others)}
            cost = _cost(others)
            one, several = (
                Text("Capture the Other One ({cost})", cost=cost),
                Text("Capture the Other {count} ({cost})", count=len(others), cost=cost),
            )
            yield Answer(one if len(others) == 1 else several, _CAPTURE, given)
        yield self._capture(Text("Capture All {count} ({credits})", count=len(self._plans), credits=_cost(self._plans)))

    def _capture(self, text: Sentence) -> Answer:
        return Answer(text, self._operator, {**self._of, "agreed": agreement(self._plans)})


def _cost(plans: Iterable[CapturePlan]) -> Text:
    return Text("{credits:.1f} credits", credits=sum(plan.credits for plan in plans))


def _missing_of(plans: Sequence[CapturePlan], earlier: EarlierCaptures) -> Sequence[CapturePlan]:
    """Return plans for the parts of a single strip whose motion isn't here yet; else, or if that is all, the same."""
    if len(plans) != 1:
        return plans
    missing = plans_for_missing(plans[0], _captured_ranges(plans[0], earlier))
    return plans if missing == list(plans) else missing


def _captured_part(plan: CapturePlan, missing: Sequence[CapturePlan]) -> Text:
    part = plan.credits - sum(one.credits for one in missing)
    return Text(
        "{part:.1f} of {seconds:.1f} s of “{title}” were already captured. You can apply them free of charge.",
        part=part,
        seconds=plan.credits,
        title=plan.request.title,
    )


def _no_humans(plans: Sequence[CapturePlan]) -> list[Sentence]:
    """Return a sentence for each character that is no human figure: it can't show the motion that is paid for."""
    characters = dict.fromkeys(plan.binding.bound_armature() for plan in plans)
    found = [why_no_human(one, skeleton_of(one), bone_map_of(one)) for one in characters if one and not is_g1_rig(one)]
    return [why for why in found if why is not None]


def _lost(jobs: Sequence[str]) -> Iterator[Sentence]:
    if jobs:
        yield Text(
            "The record of job {job} can't be read. This may be the same capture, already paid for.", job=jobs[0]
        )
        yield "Lost Captures in the preferences fetches its motion, free of charge."


def _repetitions(repeated: Sequence[_Repeated]) -> Iterator[Sentence]:
    yield from _first(found.sentence for found in repeated)
    if any(found.is_here for found in repeated):
        yield "You can apply the earlier motion free of charge."
    elif any(found.earlier is not None and found.earlier.continues for found in repeated):
        yield "You can apply its motion free of charge when it arrives."
    if any(found.earlier is not None and found.earlier.state is State.FAILED for found in repeated):
        yield "According to the service, failed jobs are refunded to your API credits."


def _prices(plans: Sequence[CapturePlan], repeated: Sequence[_Repeated]) -> Iterator[Sentence]:
    if repeated:
        again = sum(found.plan.credits for found in repeated)
        yield Text("Capturing again costs about {again:.1f} credits.", again=again)
    if len(repeated) < len(plans) or len(plans) > 1:
        total = sum(plan.credits for plan in plans)
        several = Text("All {count} captures cost about {total:.1f} credits.", count=len(plans), total=total)
        one = Text(
            "This costs about {total:.1f} credits; the service charges the length that it measures.", total=total
        )
        yield several if len(plans) > 1 else one


def _warnings(plans: Sequence[CapturePlan]) -> list[Sentence]:
    several: list[Sentence] = [SEVERAL_MAY_COST_MORE] if any(len(plan.request.target_ids) > 1 for plan in plans) else []
    warnings: list[Sentence] = []
    for plan in plans:
        for warning in warnings_of(upload_of(plan)):
            named = Text("{title}: {warning}", title=plan.request.title, warning=Text.of(warning))
            warnings.append(named if len(plans) > 1 else warning)
    return several + _first(warnings)


def _repeated_and_lost(plans: Sequence[CapturePlan], earlier: EarlierCaptures) -> tuple[list[_Repeated], list[str]]:
    """Return the plans that repeat a capture, and jobs with unreadable records if there are other plans."""
    found = [_repeated(plan, plans[:index], earlier) for index, plan in enumerate(plans)]
    repeated = [repetition for repetition in found if repetition is not None]
    return repeated, earlier.unreadable_jobs() if len(repeated) < len(plans) else []


def _repeated(plan: CapturePlan, before: Sequence[CapturePlan], earlier: EarlierCaptures) -> _Repeated | None:
    title = plan.request.title
    if (one := earlier.of(plan.request, perhaps=True)) is not None:
        return _Repeated(plan, _sentence_on(title, one), one, earlier.has_motions(one))
    if plan.strip is not None and (wider := _that_contains(plan, earlier)) is not None:
        sentence = Text("“{title}” is part of what was already captured ({when}).", title=title, when=_when(wider))
        return _Repeated(plan, sentence, wider, is_here=True, strip=plan.strip.name)
    if _is_being_rendered(plan):
        return _Repeated(plan, Text("A clip of “{title}” is already being rendered for a capture.", title=title))
    if (twin := next((other for other in before if _is_same(other.request, plan.request)), None)) is not None:
        return _Repeated(
            plan, Text("“{title}” shows the same range as “{other}”.", title=title, other=twin.request.title)
        )
    return None


def _that_contains(plan: CapturePlan, earlier: EarlierCaptures) -> Capture | None:
    """Return the newest capture whose motion is here and contains the range of a strip."""
    wanted = (plan.request.trim_start_sec, plan.request.trim_end_sec)
    found = [one for one in earlier.of_parts(plan.request) if contains(range_of(one), wanted)]
    return max(found, key=lambda one: one.created_at, default=None)


def _when(earlier: Capture) -> Text:
    since = age(time.time() - earlier.created_at)
    return Text("{since} ago", since=since) if since else Text("just now")


def _sentence_on(title: str, earlier: Capture) -> Text:
    when = _when(earlier)
    if ended_without_motion(earlier):
        return Text("“{title}” was already sent ({when}) and may be paid, but gave no motion.", title=title, when=when)
    if earlier.state is State.DONE:
        return Text("“{title}” was already captured ({when}).", title=title, when=when)
    if earlier.continues:
        return Text("“{title}” is already being captured (started {when}).", title=title, when=when)
    return Text(
        "“{title}” was already started ({when}) and waits for you in the list of captures.", title=title, when=when
    )


def _is_same(one: CaptureRequest, other: CaptureRequest) -> bool:
    """Return whether two requests that start together are for the same motion."""
    bound, others = Binding.stored(one.binding), Binding.stored(other.binding)
    if not has_same_settings(one, other) or is_clip(bound) != is_clip(others):
        return False
    if is_clip(others):
        return is_same_clip(bound, others)
    return one.source == other.source and is_same_range(one, other)


def _is_being_rendered(plan: CapturePlan) -> bool:
    session = current_session()
    preparations = session.captures.preparations.values() if session is not None else ()
    others = [found.plan for found in preparations if found.active]
    alike = [other for other in others if has_same_settings(other.request, plan.request)]
    return any(other.binding.shows_same_clip(plan.binding) for other in alike)


def _first(sentences: Iterable[Sentence]) -> list[Sentence]:
    """Return as many sentences as a dialog has room for."""
    lines = list(sentences)
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], Text("And {more} more.", more=more)] if more > 0 else lines
