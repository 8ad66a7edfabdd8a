"""The verbs `capture`, `recover` and `list` of the command line.

One turns videos into motion files or animated characters, one fetches the motion of a job whose record was lost, and
one lists what is on disk; a capture is named by the beginning of its ID.
"""

import argparse
import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import bpy

from ..jobs.capture import AWAITING_USER, ENDED, CaptureRequest, TroubleKind
from ..jobs.runner import CaptureView
from ..jobs.timing import age
from ..scene.video.movie_lengths import movie_at, require_decodable, require_motion, require_sendable
from ..service.addresses import service_address
from ..service.contract import ROBOT_MOTION, ROBOT_TARGET, result_type
from ..service.faults import ServiceFault
from ..takes.binding import unbound
from ..takes.captures import planning
from ..takes.captures.capture_settings import CaptureOptions, capture_settings
from ..takes.captures.capture_takes import video_range_of
from ..takes.captures.captures import connect
from ..takes.configuration import configuration
from ..takes.previews.kept import KeptPreviews, PreviewRecord, Unfinished, UnfinishedRecord
from ..takes.session import Session, open_session
from ..takes.take import Kind
from ..texts.faults import Fault
from ..texts.text import Text
from .batch import DONE, FAILED, Batch, Item, Spared, in_words, say_price, settings_of
from .delivery import (
    SUFFIXES,
    Delivered,
    deliver,
    have_same_name,
    paths_in,
    paths_next_to,
    require_not_read,
    require_place,
)
from .files import (
    BLEND,
    choices_for,
    from_scene_start,
    ledger,
    open_character,
    require_captures_folder,
    require_range,
    require_video,
    view_on_disk,
)
from .flags import chosen
from .output import FOLLOW, Output, facts_of, next_steps, wrong

_OFFLINE = Fault("Blender's online access is off.", "Run it as blender --online-mode --command aimocap.")
_NO_KEY = Fault("There is no API key.", "Set AIMOCAP_API_KEY, or enter your key in the add-on's preferences.")

_NEXT_STEPS: Mapping[str, str] = {
    TroubleKind.UNKNOWN_JOB: "Check the job ID, and that AIMOCAP_API_KEY is the key that created the job.",
    TroubleKind.NO_TARGET: "Give its target with --target.",
    TroubleKind.STILL_DRAFT: "Run this again to check once more; a recovered job is never submitted.",
}
"""Replaces the window's next steps, which refer to a row of its list."""

SHORT_ID = 8
"""Characters of an id that tell it from others."""


def require_service() -> None:
    """Raise, in the words of the command line, unless the service can be used.

    Raises:
        Fault: Blender is offline, there is no key, or the key or the address is invalid.
    """
    planning.require_service(_OFFLINE, _NO_KEY)
    try:
        connect(configuration().service_url, configuration().api_key)
    except ServiceFault as fault:
        raise Fault(fault.what, next_steps().get(fault.kind, fault.next_step)) from None


def capture(options: argparse.Namespace, output: Output) -> int:
    """Capture the videos, or deliver earlier captures again; return the exit status."""
    require_range(options)
    targets = _target_ids(options)
    kinds = tuple(map(result_type, targets))
    outputs = _outputs(options, kinds)
    # all that is wrong with the call is told before anything is rendered, sent or paid
    require_service()
    if options.character is not None:
        open_character(options.character, options.armature, options.target)
    items: list[Item] = []
    for video, places in zip(options.videos, outputs, strict=True):
        item = Item(str(video), None, partial(deliver, kinds=kinds, places=places, options=options))
        # of several videos, one that can't be captured doesn't hold back the others
        try:
            item.request = _request(video, targets, options)
        except Fault as fault:
            item.fault = fault
        items.append(item)
    # of one video the fault is the call's
    if len(items) == 1 and items[0].fault is not None:
        raise items[0].fault
    for places in outputs:
        for place in places.values():
            require_not_read(place, options.character, overwrite=options.overwrite)
            require_place(place, overwrite=options.overwrite, create=not options.dry_run)
    if options.dry_run:
        return _dry_run(items, output, again=options.again)
    return Batch(
        items,
        output,
        parallel=options.parallel,
        patience=options.patience,
        take_over=options.take_over,
        again=options.again,
    ).run()


def _target_ids(options: argparse.Namespace) -> tuple[str, ...]:
    if not chosen(options, CaptureOptions).also_unitree_g1:
        return (options.target,)
    if options.target == ROBOT_TARGET:
        wrong(f"--also-unitree-g1 can't be combined with --target {ROBOT_TARGET}.", "Remove one of the two.")
    return (options.target, ROBOT_TARGET)


def _outputs(options: argparse.Namespace, kinds: tuple[str, ...]) -> list[dict[str, Path]]:
    """Return where each video's motions go, by kind; empty if they stay in the captures folder."""
    place = options.output
    if options.armature and options.character is None:
        wrong("--armature is given without --character.", "Give its .blend file with --character.")
    if options.character is not None and place is None:
        wrong("--character is given without --output.", "Give the .blend file to write with --output.")
    if place is None:
        return [{}] * len(options.videos)
    suffixes = _suffixes_of(kinds)
    # the character's own file has its motion then
    if options.character is not None:
        suffixes[kinds[0]] = BLEND
    if len(options.videos) == 1 and place.suffix and not place.is_dir():
        return [_outputs_of_one(place, suffixes)]
    if place.suffix.lower() in {BLEND, *SUFFIXES.values()} or place.is_file():
        wrong(f"{place.name} is a single file, but there are several videos.", "Give a folder with --output.")
    if have_same_name(video.stem for video in options.videos):
        wrong("Two videos have the same name.", "Capture them into separate folders.")
    outputs: list[dict[str, Path]] = []
    for video in options.videos:
        places = paths_in(place, video, suffixes)
        outputs.append(places)
        if options.character is not None and have_same_name((str(options.character), *map(str, places.values()))):
            wrong(f"{options.character.name} would be overwritten.", "Give another folder with --output.")
    return outputs


def _suffixes_of(kinds: Sequence[str]) -> dict[str, str]:
    return {kind: SUFFIXES[kind] for kind in kinds}


def _outputs_of_one(place: Path, suffixes: dict[str, str]) -> dict[str, Path]:
    """Return a file for each motion of the only video, by kind."""
    allowed = set(suffixes.values())
    if [*suffixes] == [ROBOT_MOTION]:
        allowed.add(BLEND)
    if place.suffix.lower() not in allowed:
        wrong(
            f"{place.name} can't hold this motion.",
            f"Use a name that ends in {' or '.join(sorted(allowed))}"
            + (", or give a .blend file with --character." if BLEND not in allowed else "."),
        )
    on_a_rig = place.suffix.lower() not in suffixes.values()
    return {ROBOT_MOTION: place} if on_a_rig else paths_next_to(place, suffixes)


def _request(video: Path, targets: tuple[str, ...], options: argparse.Namespace) -> CaptureRequest:
    require_video(video)
    if not video.is_file():
        raise Fault(Text("The video file {video} is missing.", video=video), "Check the path.")
    movie = movie_at(video)
    require_sendable(movie)
    duration = movie.duration_sec
    start = 0.0 if options.start is None else options.start
    end = duration if options.end is None else options.end
    # a length is known to the frame, so what is just after it means the end
    if not start < end <= duration + 1.0 / movie.fps:
        raise Fault(
            Text(
                "The range from {start:g} to {end:g} s is not within {video}.", start=start, end=end, video=video.name
            ),
            Text("Choose one within its {duration:.3f} s.", duration=duration),
        )
    require_motion(video.name, round((min(end, duration) - start) * movie.fps))
    require_decodable(video.name, movie.facts.lost, (start, min(end, duration)), movie.fps)
    scene = bpy.context.scene
    choices = choices_for(scene, options)
    # here the named file is what is sent: there is no strip to render
    wanted = replace(chosen(options, CaptureOptions), upload="WHOLE_FILE")
    settings = capture_settings(targets, wanted, choices)
    return planning.request_of(
        settings,
        source=video,
        name=video.stem,
        range_sec=(start, min(end, duration)),
        duration_sec=duration,
        binding=unbound(video.stem, from_scene_start(scene), choices),
    )


def _dry_run(items: Sequence[Item], output: Output, *, again: bool) -> int:
    """Write what a capture of each would send and cost, or what spares it; return the exit status."""
    kept = ledger()
    spared = Spared(kept, again=again)
    price, found, status = 0.0, 0, DONE
    for item in items:
        try:
            if item.fault is not None:
                raise item.fault
            assert item.request is not None  # noqa: S101 -- else there is a fault
            earlier = spared.capture_of(item.request)
            if earlier is None:
                price += say_price(output, item.label, item.request)
                continue
        except Fault as fault:
            output.fault(item.label, fault.what, fault.next_step)
            status = FAILED
            continue
        view = view_on_disk(kept, earlier)
        # one that waits before its payment is yet to be paid, though nothing new is begun
        cost = 0.0 if earlier.may_be_paid else earlier.credits
        price, found = price + cost, found + 1
        output.step(
            "spared",
            f"{item.label}: the earlier capture {earlier.id} is used ({view.what.removesuffix('.')}), "
            + (f"which is yet to be paid: {cost:.2f} credits." if cost else "at no cost."),
            label=item.label,
            **facts_of(view),
        )
    output.step(
        "total",
        f"At most {price:.2f} credits would be paid; nothing was sent.",
        credits=round(price, 3),
        videos=len(items),
        spared=found,
    )
    return status


def recover(options: argparse.Namespace, output: Output) -> int:
    """Fetch the job's motion, or deliver it again; return the exit status. Sends nothing that costs credits."""
    job_id, place = options.job_id.strip(), options.output
    if place is not None and place.suffix.lower() not in SUFFIXES.values():
        wrong(f"{place.name} can't hold this motion.", f"Use a name that ends in {' or '.join(SUFFIXES.values())}.")
    require_service()
    if place is not None:
        require_place(place, overwrite=options.overwrite)
    session = open_session((), options.patience)
    item = Item(job_id, None, lambda view: _deliver(view, place, options), next_steps=_NEXT_STEPS)
    if earlier := _earlier(job_id):
        item.capture_id = earlier
        output.found(job_id, earlier)
        session.captures.runner.take_up(earlier)
    else:
        item.capture_id = session.captures.runner.recover(job_id, () if options.target is None else (options.target,))
        item.begun_here = True
    status = Batch([item], output, parallel=1, patience=options.patience, take_over=options.take_over).run()
    _forget_if_waiting(item.capture_id, session)
    return status


def _earlier(job_id: str) -> str:
    """Return a capture of the job that is done or was recovered before; '' if there is none.

    Raises:
        Fault: it is not lost, and following it might submit it.
    """
    kept, address = ledger(), service_address(configuration().service_url)
    job = job_id, address
    of_job = [capture for capture in kept.captures() if (capture.job_id, capture.base_url) == job]
    # one with all motion on disk comes first, whatever else was begun for the job
    for capture in of_job:
        if capture.is_complete:
            return capture.id
    for capture in of_job:
        if capture.state not in ENDED:
            if not capture.recovered:
                raise Fault(
                    "This job still has its record.", Text("Fetch it with {follow} {id}.", follow=FOLLOW, id=capture.id)
                )
            return capture.id
    return ""


def _deliver(view: CaptureView, place: Path | None, options: argparse.Namespace) -> Delivered:
    kinds = tuple(map(result_type, view.target_ids))
    if place is None:
        return deliver(view, kinds, {}, options)
    suffixes = _suffixes_of(kinds)
    # the name was given before anybody knew what the job makes
    if place.suffix.lower() not in suffixes.values():
        raise Fault(
            Text("{place} can't hold this motion.", place=place.name),
            Text("Use a name that ends in {suffix}.", suffix=suffixes[kinds[0]]),
        )
    return deliver(view, kinds, paths_next_to(place, suffixes), options)


def _forget_if_waiting(capture_id: str, session: Session) -> None:
    """Remove the record of a recovery that waits for the user: running this again is enough."""
    view = session.captures.view(capture_id)
    if view is not None and view.state in AWAITING_USER and not view.rejected:
        with contextlib.suppress(Fault):
            session.captures.runner.forget(capture_id)


def list_takes(_options: object, output: Output) -> int:
    """List the captures and previews on disk, newest first; sends nothing."""
    kept = KeptPreviews(configuration().captures_folder)
    # first, as something is left to do about them
    for unfinished in kept.unfinished.values():
        _list_unfinished(unfinished, output)
    previews = kept.records()
    for one in sorted((*captures(), *previews), key=lambda one: (one.created_at, one.id), reverse=True):
        if isinstance(one, PreviewRecord):
            _list_preview(one, output)
        else:
            _list_capture(one, output)
    return DONE


def _list_capture(view: CaptureView, output: Output) -> None:
    shown = video_range_of(view)
    span = (shown.start_sec, shown.end_sec) if shown is not None else view.range_sec
    # a recovered one's order is not
    known = bool(view.video)
    options = settings_of(view.order) if known else {}
    output.step(
        "capture",
        "  ".join(
            (
                label_of(view),
                _age(view.elapsed_sec),
                ", ".join(view.target_ids),
                view.job_id or "-",
                view.what,
                _span(span) if known else "-",
                f"{view.credits:.2f} credits" if known else "-",
                in_words(options) if known else "-",
                Kind.CAPTURE.lower(),
            )
        ),
        created_at=view.created_at,
        age_sec=round(view.elapsed_sec),
        kind=Kind.CAPTURE.lower(),
        video=view.video,
        range=_rounded(span) if known else None,
        options=options,
        **facts_of(view),
    )


def _list_preview(record: PreviewRecord, output: Output) -> None:
    what = "Replaced by a capture." if record.captured_by else "Free preview."
    line, facts = _of_preview(record, what, record.video, record.range_sec)
    output.step("preview", line, **facts, credits=0, people=record.people, replaced_by=record.captured_by)


def _list_unfinished(unfinished: Unfinished, output: Output) -> None:
    shown = unfinished.record.films[0].shown
    what = f"Unfinished, {unfinished.share:.0%} done: the same call continues it."
    line, facts = _of_preview(unfinished.record, what, shown.path, (shown.start_sec, shown.end_sec))
    output.step("unfinished", line, **facts, share=unfinished.share)


def _of_preview(
    record: PreviewRecord | UnfinishedRecord, what: str, video: str, span: tuple[float, float]
) -> tuple[str, dict[str, object]]:
    """Return the line of a preview, finished or not, and the fields that are the same for both."""
    # clocks of computers that share a folder differ
    elapsed = max(time.time() - record.created_at, 0.0)
    name = f"{_short(record)} {record.title}"
    return "  ".join((name, _age(elapsed), "-", "-", what, _span(span), "free", "-", Kind.PREVIEW.lower())), {
        "created_at": record.created_at,
        "age_sec": round(elapsed),
        "kind": Kind.PREVIEW.lower(),
        "preview": record.id,
        "title": record.title,
        "video": video,
        "range": _rounded(span),
    }


def _short(record: PreviewRecord | UnfinishedRecord) -> str:
    return record.id.removeprefix("preview-")[:SHORT_ID]


def captures() -> list[CaptureView]:
    """Return the views of all captures on disk, newest first, without driving them."""
    # an empty list would say that nothing was ever captured
    require_captures_folder()
    kept = ledger()
    views = [view_on_disk(kept, one) for one in kept.captures()]
    # the ID decides among those of a batch that began within a clock's tick, so that the order is always the same
    return sorted(views, key=lambda view: (view.created_at, view.id), reverse=True)


def named(text: str) -> CaptureView:
    """Return the capture whose id begins with this text.

    Raises:
        Fault: there is none, or there are several.
    """
    found = [view for view in captures() if view.id.startswith(text)]
    # the list has both
    previews = [] if found else KeptPreviews(configuration().captures_folder).records()
    for record in previews:
        if _short(record).startswith(text) or record.id.startswith(text):
            raise Fault(
                Text("{text} is a free preview, not a capture.", text=text),
                "Apply it in Blender, or preview the video again with this character.",
            )
    if len(found) != 1:
        raise Fault(
            Text("{count} captures begin with {text}.", count=len(found) or "No", text=text),
            "List the IDs with blender --command aimocap list.",
        )
    return found[0]


def label_of(view: CaptureView) -> str:
    """Return a capture's name in the output."""
    return f"{view.id[:SHORT_ID]} {view.title}"


def _age(seconds: float) -> str:
    return age(seconds) or f"{seconds:.0f} s"


def _span(span: tuple[float, float]) -> str:
    return f"{span[0]:.2f}–{span[1]:.2f} s"


def _rounded(span: tuple[float, float]) -> list[float]:
    return [round(span[0], 3), round(span[1], 3)]
