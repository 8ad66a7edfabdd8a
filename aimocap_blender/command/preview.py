"""The verb `preview` of the command line: animates characters on this computer, without the service."""

import argparse
from pathlib import Path

import bpy

from ..scene.preview.movie_source import movie_source
from ..service.contract import DEFAULT_TARGET
from ..takes.previews.planning import plan_preview_of
from ..takes.session import open_session
from ..takes.to_the_end import preview_to_the_end
from ..texts.faults import Fault
from ..texts.text import Text
from .batch import DONE, FAILED
from .delivery import have_same_name, require_place, save
from .files import BLEND, choices_for, from_scene_start, open_character
from .output import Output, wrong


def preview(options: argparse.Namespace, output: Output) -> int:
    """Make a preview of each video, one after the other; return the exit status."""
    if options.end is not None and options.end <= options.start:
        wrong("The range is empty.", "Give an --end later than --start.")
    places = _places(options)
    for place in places:
        require_place(place, overwrite=options.overwrite)
    status = DONE
    for video, place in zip(options.videos, places, strict=True):
        try:
            _preview(video, place, options, output)
        except Fault as fault:
            output.fault(str(video), fault.what, fault.next_step)
            status = FAILED
    return status


def _places(options: argparse.Namespace) -> list[Path]:
    """Return the .blend to write for each video."""
    place: Path = options.output
    if len(options.videos) == 1 and place.suffix.lower() == BLEND and not place.is_dir():
        return [place]
    if place.suffix.lower() == BLEND or place.is_file():
        wrong(f"{place.name} is a single file, but there are several videos.", "Give a folder with --output.")
    if have_same_name(video.stem for video in options.videos):
        wrong("Two videos have the same name.", "Preview them into separate folders.")
    return [place / f"{video.stem}{BLEND}" for video in options.videos]


def _preview(video: Path, place: Path, options: argparse.Namespace, output: Output) -> None:
    """Animate the character with the motion of a video, and write that file.

    Raises:
        Fault: it can't be done; nothing is written.
    """
    armature = open_character(options.character, options.armature, DEFAULT_TARGET)
    scene = bpy.context.scene
    source = movie_source(video, from_scene_start(scene), options.start, options.end)
    choices = choices_for(scene, options)
    session = open_session(())
    preview_id = session.previews.begin(plan_preview_of(armature, scene, source, choices))
    output.step("started", f"{video}: {source.trimmed_sec:.1f} s to preview", label=str(video), preview=preview_id)
    note = preview_to_the_end(session, preview_id)
    if note.failed:
        raise Fault(Text.of(note.sentence), "Choose another character with --character.")
    save(place, session.previews.kept.folder / preview_id, overwrite=options.overwrite)
    sentences = (note.sentence, *note.details)
    output.step(
        "done",
        " ".join((f"{video}: {place}", *sentences)),
        label=str(video),
        preview=preview_id,
        output=str(place),
        told=sentences,
    )
