"""The verb `capture` of the command line: videos to files of motion, or to characters that move."""

import argparse
from collections.abc import Callable
from pathlib import Path

import bpy

from ...jobs.capture import CaptureRequest
from ...jobs.runner import CaptureView
from ...motion.time_mapping import TimeMapping
from ...scene.faults import SceneFault
from ...scene.movie_lengths import movie_at
from ...service.contract import ROBOT_TARGET, result_type
from .. import preferences
from ..binding import unbound
from ..settings import settings_of
from .batch import Batch, Item
from .delivery import copy, mark_applied, require_place, save
from .files import BLEND, end_scene_with_motion, new_file, open_character, put_on
from .output import Output, wrong

OFFLINE = SceneFault("Blender is set to stay offline.", "Call it as blender --online-mode --command aimocap.")
NO_KEY = SceneFault("There is no API key.", "Set AIMOCAP_API_KEY, or paste yours in the add-on's preferences.")


def require_service() -> None:
    """Refuse what needs the service where it can't be asked.

    Raises:
        SceneFault: Blender is offline, or there is no key.
    """
    if not bpy.app.online_access:
        raise OFFLINE
    if not preferences.api_key():
        raise NO_KEY


def capture(asked: argparse.Namespace, output: Output) -> int:
    """Capture the videos, or deliver again what was captured before; the exit status."""
    outputs = _outputs(asked)
    require_service()
    if asked.character is not None:
        open_character(asked.character, asked.armature, asked.target)
    items = [
        Item(str(video), _request(video, asked), _delivery(asked, place))
        for video, place in zip(asked.videos, outputs, strict=True)
    ]
    for place in filter(None, outputs):
        require_place(place, overwrite=asked.overwrite)
    return Batch(items, output, parallel=asked.parallel, again=asked.again).run()


def _outputs(asked: argparse.Namespace) -> list[Path | None]:
    """Where each video's motion goes; None: it stays in the captures folder alone."""
    place, robot = asked.output, asked.target == ROBOT_TARGET
    if asked.armature and asked.character is None:
        wrong("--armature is given without --character.", "Name the .blend that it is in.")
    if asked.character is not None and place is None:
        wrong("--character is given without --output.", "Name the .blend that is to be written.")
    if place is None:
        return [None] * len(asked.videos)
    delivered = ".json" if robot else ".fbx"
    written = BLEND if asked.character is not None else delivered
    if len(asked.videos) == 1 and place.suffix and not place.is_dir():
        allowed = {BLEND} if asked.character is not None else {delivered, BLEND} if robot else {delivered}
        if place.suffix.lower() not in allowed:
            wrong(
                f"{place.name} can't hold this motion.",
                f"End its name in {' or '.join(sorted(allowed))}"
                + (", or name a .blend with --character." if not robot and asked.character is None else "."),
            )
        return [place]
    if place.suffix.lower() in {BLEND, delivered} or place.is_file():
        wrong(f"{place.name} is one file for several videos.", "Name a folder with --output.")
    outputs = [place / f"{video.stem}{written}" for video in asked.videos]
    if len(set(outputs)) < len(outputs):
        wrong("Two videos have the same name.", "Capture them into a folder each.")
    if asked.character is not None and asked.character in outputs:
        wrong(f"{asked.character.name} would be overwritten.", "Name another folder with --output.")
    return list(outputs)


def _request(video: Path, asked: argparse.Namespace) -> CaptureRequest:
    if not video.is_file():
        raise SceneFault(f"The video file {video} is missing.", "Check the path.")
    movie = movie_at(video)
    duration = movie.facts.duration_sec or movie.frames / movie.fps
    start = 0.0 if asked.start is None else asked.start
    end = duration if asked.end is None else asked.end
    if not start < end <= duration + 1.0 / movie.fps:
        raise SceneFault(
            f"The range from {start:g} to {end:g} s does not lie within {video.name}.",
            f"Choose one within its {duration:.3f} s.",
        )
    scene = bpy.context.scene
    mapping = TimeMapping(float(scene.frame_start), scene.render.fps / scene.render.fps_base)
    return CaptureRequest(
        source=video,
        source_name=video.name,
        duration_sec=duration,
        trim_start_sec=start,
        trim_end_sec=min(end, duration),
        target_ids=(asked.target,),
        title=video.stem,
        export_fps=None,
        mocap_type=None,
        binding=unbound(video.stem, mapping, settings_of(scene)).to_json(),
        temporary_source=False,
    )


def _delivery(asked: argparse.Namespace, place: Path | None) -> Callable[[CaptureView], tuple[str, ...]]:
    def deliver(view: CaptureView) -> tuple[str, ...]:
        file = view.files[result_type(asked.target)]
        if place is None:
            return (str(file),)
        if place.suffix.lower() == BLEND:
            return str(place), *write_blend(view, asked, place, asked.target)
        copy(view, file, place, overwrite=asked.overwrite)
        return (str(place),)

    return deliver


def write_blend(view: CaptureView, asked: argparse.Namespace, place: Path, target: str | None) -> tuple[str, ...]:
    """Put a finished capture's motion on the character, or on a G1 in a file of its own, and save that as `place`.

    Args:
        view: the capture.
        asked: names the character's .blend (None for a new file with a G1 rig), its armature ('': the only one), and
            whether the place may be overwritten whatever is there.
        place: the .blend that is written.
        target: what the armature must fit; None: any.

    Returns:
        What was done, in sentences.

    Raises:
        SceneFault, MotionFault: it can't be done; nothing is written.
    """
    if asked.character is None:
        new_file()
        told = put_on(view, None)
        end_scene_with_motion()
    else:
        told = put_on(view, open_character(asked.character, asked.armature, target))
    save(view, place, overwrite=asked.overwrite)
    mark_applied(view)
    return told
