"""Sentences and questions before a capture: first steps that are missing, the upload, warnings before paying.

Sending the video and paying again need consent. Nothing is refused here; that is up to the service.
"""

import contextlib
import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy

from ...jobs.capture import Capture, CaptureRequest, State
from ...jobs.ledger import Ledger
from ...jobs.timing import age
from ...scene.armatures import skeleton_of
from ...scene.bone_maps import bone_map_of
from ...scene.g1.rig import is_g1_rig
from ...scene.retargeting import why_no_human
from ...scene.scene_values import character_of
from ...scene.video.strips import StripSource, all_strips, must_render, sequencer_scene
from ...service.addresses import service_address
from ...service.faults import ServiceFault
from ...takes.binding import Binding
from ...takes.captures.capture_takes import (
    EarlierCaptures,
    contains,
    ended_without_motion,
    has_same_settings,
    is_clip,
    is_same_clip,
    is_same_range,
    plans_for_missing,
    range_of,
)
from ...takes.captures.planning import NO_KEY, SEVERAL_MAY_COST_MORE, CapturePlan
from ...takes.previews.running import CheckedVideo, Verdict
from ...takes.session import current_session
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..character.choosing import armatures_in
from ..settings import Settings
from ..setup import preferences
from ..setup.support import last_problem, was_checked
from ..text.option_properties import set_options
from ..text.reporting import Answer, Question
from ..text.wrapped_text import row_if_wide, say
from .videos import sample_film

_FREE_PLANS_SEC = 30.0
_FREE_PLANS_BYTES = 50_000_000
_SHORTEST_SEC = 1.0
_SAME_SEC = 0.05
_MEGABYTE = 1e6

_MOST_LINES = 5
_CAPTURE, _TRY_AGAIN = "aimocap.capture_motion", "aimocap.try_again"


def needs_setting_up() -> bool:
    """Return whether the service can't be reached yet: Blender is offline, or there is no key that it accepts."""
    return not bpy.app.online_access or not preferences.api_key() or bool(last_problem())


def draw_setting_up(layout: bpy.types.UILayout, width: float) -> bool:
    """Draw what the service needs, in a dialog of this width; return whether all of it is there."""
    box = layout.box().column()
    if not bpy.app.online_access:
        _draw_offline(box, width)
    _draw_key(box, width)
    return not needs_setting_up()


def draw_missing_video(layout: bpy.types.UILayout, fault: Fault) -> None:
    """Draw where a video comes from, or why the strips that are there can't be captured."""
    scene = sequencer_scene(bpy.context)
    if scene.sequence_editor is not None and any(True for _ in all_strips(scene)):
        say(layout, fault.text, "SEQUENCE")
    else:
        say(layout, "Drop a video here", "FILE_MOVIE")
    row = row_if_wide(layout)
    row.operator("aimocap.open_video", text="Open…", icon="FILE_FOLDER")
    if sample_film() is not None:
        row.operator("aimocap.open_sample", text="Try a Sample", icon="PLAY")


def draw_missing_character(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw how to choose or import a character, or to animate one that is linked."""
    objects = context.scene.objects
    armature = character_of(context)
    is_linked = armature is not None and not armature.is_editable
    if not is_linked and armatures_in(context):
        say(layout, "Select the character that should receive the motion.", "BLANK1")
    elif is_linked or any(map(_shows_an_armature, objects)):
        say(layout, "The linked character can't be animated as it is.", "LIBRARY_DATA_DIRECT")
        say(layout, "Make a library override of it (Object > Library Override > Make), or append it.", "BLANK1")
    elif any(found.type == "ARMATURE" for found in objects):
        hidden = (
            "The scene's armatures are hidden. Show the character in the Outliner, or leave Local View, then select it."
        )
        say(layout, hidden, "HIDE_ON")
    else:
        say(layout, "This scene has no character yet. Import or append one.", "ARMATURE_DATA")
        layout.menu("TOPBAR_MT_file_import", text="Import", icon="IMPORT")
        layout.operator("wm.append", icon="APPEND_BLEND")


def _shows_an_armature(obj: bpy.types.Object) -> bool:
    """Return whether an empty shows a collection of another file with an armature."""
    shown = obj.instance_collection if obj.instance_type == "COLLECTION" else None
    if shown is None or shown.library is None:
        return False
    return any(inner.type == "ARMATURE" for inner in shown.all_objects)


def _draw_offline(layout: bpy.types.UILayout, width: float) -> None:
    say(layout, "Online access is turned off in Blender. Captures need it.", "INTERNET_OFFLINE", width)
    if bpy.app.online_access_override:
        say(layout, "Restart Blender without --offline-mode.", "BLANK1", width)
    else:
        layout.operator("extensions.userpref_allow_online", text="Allow Online Access", icon="CHECKMARK")


def _draw_key(layout: bpy.types.UILayout, width: float) -> None:
    if problem := last_problem():
        say(layout, problem, "ERROR", width)
    elif not preferences.api_key():
        made = "Create one on the service's website and paste it here."
        say(layout, Text.joined((NO_KEY.what, made)), "KEYINGSET", width)
    if preferences.from_environment():
        say(layout, "The API key is set by an environment variable.", "BLANK1", width)
    else:
        layout.prop(preferences.preferences(), "api_key", text="", placeholder="sk-…")
        if doubt := preferences.doubt_of_key():
            say(layout, doubt, "INFO", width)
    row = layout.row(align=True)
    set_options(row.operator("wm.url_open", text="Get a Key", icon="URL"), url=preferences.KEY_PAGE)
    if preferences.api_key() and bpy.app.online_access:
        checked = "Check Again" if was_checked() else "Check Key"
        row.operator("aimocap.check_service", text=checked, icon="FILE_REFRESH")


@dataclass(frozen=True)
class Upload:
    """Upload of one capture.

    Attributes:
        range_sec: length of the range that is processed.
        whole_sec: length of the video.
        file: the file if it is sent whole; None if a clip of the range is rendered and sent.
    """

    range_sec: float
    whole_sec: float
    file: Path | None

    @property
    def is_more_than_needed(self) -> bool:
        """Whether more of the video is sent than the range."""
        return self.file is not None and self.whole_sec - self.range_sec > _SAME_SEC

    @property
    def size(self) -> int:
        """Size of the file in bytes; 0 if there is none."""
        with contextlib.suppress(OSError):
            return self.file.stat().st_size if self.file is not None else 0
        return 0


def upload_of_strip(source: StripSource, settings: Settings) -> Upload:
    """Return the upload for the capture of a strip.

    Raises:
        Fault: Upload is set to the whole file, which would give the wrong motion.
    """
    is_rendered = must_render(source, settings.upload) is not None
    return Upload(source.trimmed_sec, source.duration_sec, None if is_rendered else source.path)


def upload_of(plan: CapturePlan) -> Upload:
    """Return the upload for a planned capture."""
    return Upload(plan.credits, plan.request.duration_sec, plan.request.source if plan.source is None else None)


def brief_upload(upload: Upload) -> Text:
    """Return what is uploaded, as short as it can be told."""
    if upload.file is None:
        return Text("Uploads only the range")
    return Text("Uploads the whole file, {size:.1f} MB", size=max(upload.size / _MEGABYTE, 0.1))


def upload_sentences(uploads: Sequence[Upload], host: str) -> Iterator[Text]:
    """Yield sentences on what is uploaded, and to which host."""
    whole = [upload for upload in uploads if upload.file is not None]
    clips_sec = [upload.range_sec for upload in uploads if upload.file is None]
    if whole:
        length = f"{sum(upload.whole_sec for upload in whole):.1f} s"
        size = max(sum(upload.size for upload in whole) / _MEGABYTE, 0.1)
        used = f"{sum(upload.range_sec for upload in whole):.1f} s"
        if len(whole) > 1:
            yield Text(
                "Uploads {count} whole files ({length}, {size:.1f} MB) to {host}; {used} of them are processed.",
                count=len(whole),
                length=length,
                size=size,
                host=host,
                used=used,
            )
        elif whole[0].is_more_than_needed:
            yield Text(
                "Uploads the whole file ({length}, {size:.1f} MB) to {host}; {used} of it are processed.",
                length=length,
                size=size,
                host=host,
                used=used,
            )
        else:
            yield Text(
                "Uploads the whole file ({length}, {size:.1f} MB) to {host}.", length=length, size=size, host=host
            )
    if len(clips_sec) > 1:
        yield Text(
            "Renders {count} ranges ({seconds:.1f} s) and uploads the clips to {host}.",
            count=len(clips_sec),
            seconds=sum(clips_sec),
            host=host,
        )
    elif clips_sec:
        yield Text(
            "Renders the range ({seconds:.1f} s) and uploads the clip to {host}.", seconds=clips_sec[0], host=host
        )


def warnings_before_paying(upload: Upload, settings: Settings) -> Iterator[Sentence]:
    """Yield warnings for a strip, those that may save credits first."""
    yield from warnings_of(upload)
    if settings.both:
        yield SEVERAL_MAY_COST_MORE


def warnings_of(upload: Upload) -> Iterator[Sentence]:
    """Yield the warnings about an upload itself."""
    if upload.range_sec < _SHORTEST_SEC:
        yield Text(
            "The range is only {seconds:.1f} s long. Extend the strip to at least 1 s.", seconds=upload.range_sec
        )
    if preferences.preferences().plan == "FREE":
        yield from _beyond_the_free_plan(upload)


def _beyond_the_free_plan(upload: Upload) -> Iterator[Sentence]:
    # the plan counts what is uploaded, whatever range of it is processed
    sent_sec = upload.range_sec if upload.file is None else upload.whole_sec
    too_much: list[Text] = []
    if sent_sec > _FREE_PLANS_SEC:
        too_much.append(Text("{seconds:.0f} s", seconds=sent_sec))
    if upload.size > _FREE_PLANS_BYTES:
        too_much.append(Text("{size:.0f} MB", size=upload.size / _MEGABYTE))
    if too_much:
        yield Text(
            "The upload has {too_much}; the free plan allows up to 30 s and 50 MB.", too_much=Text.listed(too_much)
        )
        if upload.file is not None and upload.range_sec <= _FREE_PLANS_SEC:
            yield "Set Upload to Only the Range to upload less."


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
        # not its binding: another character gets the same motion for the same price
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
    earlier = earlier or earlier_captures().look()
    # the address may have been changed since: consent is for one of them
    may_send, lacks_service = preferences.has_consent(), needs_setting_up()
    repeated, lost = _repeated_and_lost(plans, earlier)
    missing = _missing_of(plans, earlier) if not repeated else plans
    is_partly_captured = missing != plans
    # who agreed in a dialog has read it there
    animals, checked = (_no_humans(plans), _checked(plans)) if not consented else ([], [])
    is_hopeless = any(found.verdict is Verdict.HOPELESS for _, found in checked)
    is_new = not (repeated or lost or is_partly_captured or lacks_service or animals or is_hopeless)
    # there is nothing to know before it is paid
    if may_send and is_new and (consented or not all_selected):
        return None
    sentences: list[Sentence] = []
    if not may_send:
        sentences += upload_sentences([upload_of(plan) for plan in plans], preferences.service_host())
    sentences += (*animals, *_first(_hindrances(checked)), *_lost(lost), *_repetitions(repeated))
    if is_partly_captured:
        sentences.append(_captured_part(plans[0], missing))
    sentences += _prices(plans, repeated)
    if not may_send:
        sentences.append("API credits are separate from web studio credits.")
    sentences += _warnings(plans)
    if not may_send:
        sentences.append("This add-on is an unofficial client, not affiliated with the service.")
    asked = {"filepath": filepath, "all_selected": all_selected, "only_missing": only_missing}
    operator, of = (_TRY_AGAIN, {"capture_id": again}) if again else (_CAPTURE, asked)
    # another Blender may begin the same while the question is open
    possible = _Answers(plans, operator, {**of, "seen": " ".join(("", *earlier.seen()))})
    is_paid = bool(repeated or lost)
    title, answers = _title_and_answers(possible, plans, missing, repeated, animals, may_be_paid=is_paid)
    can_go_on_free = bool(repeated) and answers[0].operator not in {_CAPTURE, _TRY_AGAIN}
    # Return must not pay twice for the same motion
    pays_again = bool(repeated) and len(repeated) == len(plans) and not can_go_on_free
    first = draw_setting_up if lacks_service else None
    cancel_first = pays_again or is_hopeless or bool(lost or animals)
    return Question(title, tuple(sentences), tuple(answers), cancel_first=cancel_first, first=first)


def _title_and_answers(
    possible: "_Answers",
    plans: Sequence[CapturePlan],
    missing: Sequence[CapturePlan],
    repeated: Sequence[_Repeated],
    animals: Sequence[Sentence],
    *,
    may_be_paid: bool,
) -> tuple[Sentence, list[Answer]]:
    """Return the question in a few words, and the answers to it.

    Args:
        possible: the answers that there are.
        plans: what would be captured.
        missing: what of it isn't captured yet.
        repeated: what of it is captured already.
        animals: why characters can't show the motion.
        may_be_paid: whether any of it may be paid already.
    """
    if len(plans) > 1:
        return Text("Capture {count} strips?", count=len(plans)), list(possible.of_several(repeated))
    if missing != plans:
        return "Capture only the rest?", list(possible.of_a_part(missing))
    if may_be_paid:
        return "Capture again?", list(possible.again(repeated))
    if animals:
        review = Answer("Review Bones", "aimocap.review_bones")
        return "Capture for this character?", [*possible.again(repeated), review]
    return "Send this video?", list(possible.consent())


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
    # by identity: two strips may plan the very same
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
    found: list[Sentence] = []
    # several strips are mostly for one character, and its bones are looked at once
    for one in dict.fromkeys(plan.binding.bound_armature() for plan in plans):
        if one is not None and not is_g1_rig(one):
            why = why_no_human(one, skeleton_of(one), bone_map_of(one))
            if why is not None:
                found.append(why)
    return found


def _checked(plans: Sequence[CapturePlan]) -> list[tuple[CapturePlan, CheckedVideo]]:
    """Return what Check Video found in ranges that it doesn't call good; nothing where it wasn't pressed."""
    session, checked = current_session(), list[tuple[CapturePlan, CheckedVideo]]()
    for plan in plans:
        found = session.video_checks.found(plan.strip) if session is not None and plan.strip is not None else None
        if found is not None and found.verdict not in {None, Verdict.GOOD}:
            checked.append((plan, found))
    return checked


def _hindrances(checked: Sequence[tuple[CapturePlan, CheckedVideo]]) -> Iterator[Sentence]:
    for plan, found in checked:
        for sentence in found.sentences:
            named = Text("{title}: {warning}", title=plan.request.title, warning=sentence)
            yield named if len(checked) > 1 else sentence


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
    repeated: list[_Repeated] = []
    for index, plan in enumerate(plans):
        found = _repeated(plan, plans[:index], earlier)
        if found is not None:
            repeated.append(found)
    # a lost record may be of any other video; where all are known, there is nothing to wonder about
    return repeated, earlier.unreadable_jobs() if len(repeated) < len(plans) else []


def _repeated(plan: CapturePlan, before: Sequence[CapturePlan], earlier: EarlierCaptures) -> _Repeated | None:
    title = plan.request.title
    # doubtful matches, too: a person can tell whether it is the same video, and a script couldn't be asked
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
    # no record is on disk until the clip is rendered, so a second press would find nothing there
    for found in session.captures.preparations.values() if session is not None else ():
        is_alike = found.active and has_same_settings(found.plan.request, plan.request)
        if is_alike and found.plan.binding.shows_same_clip(plan.binding):
            return True
    return False


def _first(sentences: Iterable[Sentence]) -> list[Sentence]:
    """Return as many sentences as a dialog has room for."""
    lines = list(sentences)
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], Text("And {more} more.", more=more)] if more > 0 else lines
