"""The verb `capture` of the command line: videos to files of motion, or to characters that move."""

import argparse
from functools import partial
from pathlib import Path

import bpy

from ..jobs.capture import CaptureRequest
from ..scene.faults import SceneFault
from ..scene.video.movie_lengths import movie_at
from ..service.contract import ROBOT_MOTION, ROBOT_TARGET, result_type
from ..session.binding import unbound
from ..session.capture_settings import capture_settings
from ..session.choices import choices_of
from ..session.configuration import configuration
from ..session.planning import request_of
from .batch import Batch, Item
from .delivery import SUFFIXES, beside, deliver, require_place
from .files import BLEND, from_scene_start, open_character
from .output import Output, wrong

OFFLINE = SceneFault("Blender's online access is off.", "Run it as blender --online-mode --command aimocap.")
NO_KEY = SceneFault("There is no API key.", "Set AIMOCAP_API_KEY, or enter your key in the add-on's preferences.")


def require_service() -> None:
    """Refuse what needs the service where it can't be asked.

    Raises:
        SceneFault: Blender is offline, or there is no key.
    """
    if not bpy.app.online_access:
        raise OFFLINE
    if not configuration().api_key:
        raise NO_KEY


def capture(asked: argparse.Namespace, output: Output) -> int:
    """Capture the videos, or deliver again what was captured before; the exit status."""
    if asked.end is not None and asked.end <= (asked.start or 0.0):
        wrong("The range is empty.", "Give an --end later than --start.")
    targets = _target_ids(asked)
    kinds = tuple(map(result_type, targets))
    outputs = _outputs(asked, kinds)
    require_service()
    if asked.character is not None:
        open_character(asked.character, asked.armature, asked.target)
    items = [
        Item(str(video), _request(video, targets, asked), partial(deliver, kinds=kinds, places=places, asked=asked))
        for video, places in zip(asked.videos, outputs, strict=True)
    ]
    for place in (place for places in outputs for place in places.values()):
        require_place(place, overwrite=asked.overwrite)
    return Batch(items, output, parallel=asked.parallel, patience=asked.patience, again=asked.again).run()


def _target_ids(asked: argparse.Namespace) -> tuple[str, ...]:
    if not asked.also_unitree_g1:
        return (asked.target,)
    if asked.target == ROBOT_TARGET:
        wrong("--also-unitree-g1 can't be combined with --target unitree_g1.", "Remove one of the two.")
    return (asked.target, ROBOT_TARGET)


def _outputs(asked: argparse.Namespace, kinds: tuple[str, ...]) -> list[dict[str, Path]]:
    """Where each video's motions go, by kind; nowhere: they stay in the captures folder alone."""
    place = asked.output
    if asked.armature and asked.character is None:
        wrong("--armature is given without --character.", "Give its .blend file with --character.")
    if asked.character is not None and place is None:
        wrong("--character is given without --output.", "Give the .blend file to write with --output.")
    if place is None:
        return [{}] * len(asked.videos)
    suffixes = {kind: SUFFIXES[kind] for kind in kinds}
    if asked.character is not None:
        suffixes[kinds[0]] = BLEND
    if len(asked.videos) == 1 and place.suffix and not place.is_dir():
        return [_beside_each_other(place, suffixes)]
    if place.suffix.lower() in {BLEND, *SUFFIXES.values()} or place.is_file():
        wrong(f"{place.name} is a single file, but there are several videos.", "Give a folder with --output.")
    if len({video.stem for video in asked.videos}) < len(asked.videos):
        wrong("Two videos have the same name.", "Capture them into separate folders.")
    outputs = [{kind: place / f"{video.stem}{suffix}" for kind, suffix in suffixes.items()} for video in asked.videos]
    if asked.character is not None and any(asked.character in places.values() for places in outputs):
        wrong(f"{asked.character.name} would be overwritten.", "Give another folder with --output.")
    return outputs


def _beside_each_other(place: Path, suffixes: dict[str, str]) -> dict[str, Path]:
    """A file for each motion of the only video."""
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
    return {ROBOT_MOTION: place} if on_a_rig else beside(place, suffixes)


def _request(video: Path, targets: tuple[str, ...], asked: argparse.Namespace) -> CaptureRequest:
    if not video.is_file():
        raise SceneFault(f"The video file {video} is missing.", "Check the path.")
    movie = movie_at(video)
    duration = movie.duration_sec
    start = 0.0 if asked.start is None else asked.start
    end = duration if asked.end is None else asked.end
    if not start < end <= duration + 1.0 / movie.fps:
        raise SceneFault(
            f"The range from {start:g} to {end:g} s is not within {video.name}.",
            f"Choose one within its {duration:.3f} s.",
        )
    scene = bpy.context.scene
    choices = choices_of(scene.aimocap)  # pyright: ignore[reportAttributeAccessIssue] -- the stubs don't know it
    asked_for = capture_settings(targets, asked.title, asked.fps, asked.body, "WHOLE_FILE", choices)
    return request_of(
        asked_for,
        source=video,
        name=video.stem,
        range_sec=(start, min(end, duration)),
        duration_sec=duration,
        binding=unbound(video.stem, from_scene_start(scene), choices).to_json(),
    )
