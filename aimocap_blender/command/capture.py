"""The verbs `capture` and `recover` of the command line.

One turns videos into motion files or animated characters, one fetches the motion of a job whose record was lost.
"""

import argparse
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import bpy

from ..jobs.capture import AWAITING_USER, ENDED, CaptureRequest, TroubleKind
from ..jobs.runner import CaptureView
from ..scene.video.movie_lengths import movie_at, require_decodable
from ..service.addresses import service_address
from ..service.contract import ROBOT_MOTION, ROBOT_TARGET, result_type
from ..service.faults import ServiceFault
from ..takes.binding import unbound
from ..takes.captures import planning
from ..takes.captures.capture_settings import CaptureOptions, capture_settings
from ..takes.captures.captures import connect
from ..takes.configuration import configuration
from ..takes.session import Session, open_session
from ..texts.faults import Fault
from ..texts.text import Text
from .batch import DONE, FAILED, Batch, Item, Spared, say_price
from .delivery import SUFFIXES, Delivered, deliver, have_same_name, paths_in, paths_next_to, require_place
from .files import (
    BLEND,
    choices_for,
    from_scene_start,
    ledger,
    open_character,
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
    suffixes = {kind: SUFFIXES[kind] for kind in kinds}
    if options.character is not None:
        suffixes[kinds[0]] = BLEND
    if len(options.videos) == 1 and place.suffix and not place.is_dir():
        return [_outputs_of_one(place, suffixes)]
    if place.suffix.lower() in {BLEND, *SUFFIXES.values()} or place.is_file():
        wrong(f"{place.name} is a single file, but there are several videos.", "Give a folder with --output.")
    if have_same_name(video.stem for video in options.videos):
        wrong("Two videos have the same name.", "Capture them into separate folders.")
    outputs = [paths_in(place, video, suffixes) for video in options.videos]
    for places in outputs:
        if options.character is not None and have_same_name((str(options.character), *map(str, places.values()))):
            wrong(f"{options.character.name} would be overwritten.", "Give another folder with --output.")
    return outputs


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
    of_job = [capture for capture in kept.captures() if (capture.job_id, capture.base_url) == (job_id, address)]
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
    suffixes = {kind: SUFFIXES[kind] for kind in kinds}
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
