"""The verb `preview` of the command line: animates characters on this computer, without the service."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import bpy

from ..scene.preview.movie_source import movie_source
from ..takes.previews.planning import for_everyone, plan_preview_of
from ..takes.session import apply_to_the_end, open_session, preview_to_the_end
from ..texts.faults import Fault
from ..texts.text import Text
from .batch import DONE, FAILED
from .files import choices_for, from_scene_start, open_human, require_range, require_video
from .motion_files import places_of, require_places, write_files
from .output import Output, wrong


def preview(options: argparse.Namespace, output: Output) -> int:
    """Make a preview of each video, one after the other, or one of all of them; return the exit status."""
    if options.together + options.everyone + options.per_shot > 1:
        wrong("Only one of --together, --everyone and --per-shot can be given.", "Leave out the others.")
    require_range(options)
    previews = [options.videos] if options.together else [[video] for video in options.videos]
    places = places_of(options, [videos[0] for videos in previews])
    for files in places:
        require_places(files, options)
    status = DONE
    for videos, files in zip(previews, places, strict=True):
        try:
            _preview(videos, files, options, output)
        except Fault as fault:
            output.fault(_label(videos), fault.what, fault.next_step)
            status = FAILED
    return status


def _label(videos: Sequence[Path]) -> str:
    return " + ".join(map(str, videos))


def _preview(videos: Sequence[Path], places: Mapping[str, Path], options: argparse.Namespace, output: Output) -> None:
    """Animate the character with the motion that videos show, and write its files.

    Raises:
        Fault: it can't be done; nothing is written.
    """
    for video in videos:
        require_video(video)
    armature = open_human(options)
    scene = bpy.context.scene
    mapping, label = from_scene_start(scene), _label(videos)
    source = movie_source(videos[0], mapping, options.start, options.end)
    beside = [movie_source(video, mapping) for video in videos[1:]]
    choices = choices_for(scene, options)
    # captures of the folder are no business of this call: none is followed
    session = open_session(())
    plan = plan_preview_of(armature, scene, source, choices, beside=beside)
    plan = for_everyone(plan, ()) if options.everyone else replace(plan, per_shot=options.per_shot)
    preview_id = session.previews.begin(plan)
    share = session.previews.running[preview_id].share
    seen = f", {share:.0%} of it was seen before" if share else ""
    output.step("started", f"{label}: {source.trimmed_sec:.1f} s to preview{seen}", label=label, preview=preview_id)
    note = preview_to_the_end(session, preview_id)
    if note.failed:
        raise Fault(Text.of(note.sentence), "Choose another character with --character.")
    files = places
    for number, made in enumerate(session.previews.made_with(preview_id)):
        # each shot's was put on the character, one after the other
        if number or options.per_shot:
            note = apply_to_the_end(session, made, armature)
        if number:
            # those of the second person or shot end with _2
            files = {name: place.with_stem(f"{place.stem}_{number + 1}") for name, place in places.items()}
            require_places(files, options)
        written = write_files(files, armature, session.previews.kept.folder / made, options)
        sentences = (note.sentence, *note.details, *written)
        output.done(label, files.values(), sentences, preview=made)
