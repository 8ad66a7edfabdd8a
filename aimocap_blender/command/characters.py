"""The verbs `preview`, `retarget` and `export` of the command line: motion put onto characters, and written."""

import argparse
import logging
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import cast

import bpy

from ..jobs.runner import CaptureView
from ..motion.own_motion_options import ExportOptions, Format
from ..options import Flag, option
from ..scene.armatures import action_of
from ..scene.motion_files.exporting import SUFFIX_OF, export_motion, require_exporter
from ..scene.preview.seeing import movie_source
from ..service.contract import FBX, ROBOT_MOTION
from ..takes.applying import put_take_on
from ..takes.previews.planning import for_everyone, plan_preview_of
from ..takes.reading import MotionKind, MotionReading
from ..takes.robots.robot_retargeting import HUMAN_SUFFIXES
from ..takes.session import apply_to_the_end, open_session, preview_to_the_end
from ..takes.take import take_of_file
from ..texts.faults import Fault
from ..texts.text import Text
from ..whole_files import file_name_of
from .batch import DONE, FAILED, INTERRUPTED
from .capture import SHORT_ID
from .delivery import (
    as_on_disk,
    delivered,
    have_same_name,
    paths_in,
    paths_next_to,
    require_not_read,
    require_place,
    save,
    whole,
)
from .files import (
    BLEND,
    choices_for,
    from_scene_start,
    ledger,
    open_human,
    put_on,
    require_folder,
    require_human_motion,
    require_range,
    require_video,
)
from .flags import chosen, given
from .output import Output, facts_of, wrong

_log = logging.getLogger(__name__)

_BLEND_FORMAT = "BLEND"
_SUFFIXES: Mapping[str, str] = MappingProxyType({_BLEND_FORMAT: BLEND, **SUFFIX_OF})
_FORMATS = {suffix: (name,) for name, suffix in _SUFFIXES.items()}


def retarget(options: argparse.Namespace, output: Output) -> int:
    """Put each file's motion onto the character, and write it; return the exit status.

    What can't be done is reported, the others go on. Files are read ahead, each in a background Blender.

    Raises:
        Fault: the character can't be used.
    """
    files = _files_in(options.files)
    waiting = deque(zip(files, _places_of(options, files), strict=True))
    open_human(options)
    reading = deque[tuple[Path, Mapping[str, Path], MotionReading | Fault]]()
    failed: list[str] = []
    status = DONE
    try:
        while waiting or reading:
            while waiting and len(reading) < options.parallel:
                file, places = waiting.popleft()
                reading.append((file, places, _begun(file, places, options)))
            # in the order of the call, though a later one may have been read first
            file, places, begun = reading[0]
            if not _is_done(file, places, begun, options, output):
                failed.append(str(file))
            _close(reading.popleft()[2])
    except KeyboardInterrupt:
        status = INTERRUPTED
    finally:
        for *_, begun in reading:
            _close(begun)
    left = len(waiting) + len(reading)
    done = len(files) - len(failed) - left
    # the last line, which a farm's operator reads: everything above has scrolled away
    output.step(
        "summary",
        f"Files on the character: {done} of {len(files)}."
        + (f" Failed: {', '.join(failed)}." if failed else "")
        + (f" Interrupted before {left} of them." if left else ""),
        files=len(files),
        done=done,
        failed=failed,
    )
    return status or (FAILED if failed else DONE)


def _files_in(named: Sequence[Path]) -> list[Path]:
    """Return the files; a folder stands for the motion files in it."""
    files: list[Path] = []
    for path in named:
        if not path.is_dir():
            files.append(path)
            continue
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in HUMAN_SUFFIXES)
        if not found:
            wrong(f"{path} contains no FBX, BVH or glTF files.", "Name the files, or another folder.")
        files.extend(found)
    return files


def _begun(file: Path, places: Mapping[str, Path], options: argparse.Namespace) -> MotionReading | Fault:
    """Return the file being read, or why it isn't."""
    try:
        require_human_motion(file)
        _require_places(places, options)
    except Fault as fault:
        return fault
    return MotionReading(MotionKind.HUMAN, file)


def _is_done(
    file: Path, places: Mapping[str, Path], begun: MotionReading | Fault, options: argparse.Namespace, output: Output
) -> bool:
    """Put one file's motion onto the character and write it; return whether that could be done."""
    try:
        sentences = _written(file, places, begun, options)
    except Fault as fault:
        output.fault(str(file), fault.what, fault.next_step)
        return False
    except Exception as error:  # noqa: BLE001 -- an error in the add-on must not stop the others
        _log.exception("%s was not put on the character", file.name)
        output.fault(str(file), f"The add-on failed ({type(error).__name__}).", "See its log for details.")
        return False
    output.done(str(file), places.values(), sentences)
    return True


def _written(
    file: Path, places: Mapping[str, Path], begun: MotionReading | Fault, options: argparse.Namespace
) -> tuple[str, ...]:
    if isinstance(begun, Fault):
        raise begun
    read = begun.to_the_end()
    armature = open_human(options)
    scene, take = bpy.context.scene, take_of_file(file)
    choices, mappings = choices_for(scene, options), [from_scene_start(scene)]
    note = put_take_on(bpy.context, take, [read], armature, None, mappings, choices)
    written = _write_files(places, armature, None, options)
    return tuple(map(str, (*note.sentences, *written)))


def _close(begun: MotionReading | Fault) -> None:
    if isinstance(begun, MotionReading):
        begun.close()


def preview(options: argparse.Namespace, output: Output) -> int:
    """Make a preview of each video, one after the other, or one of all of them; return the exit status."""
    if options.together + options.everyone + options.per_shot > 1:
        wrong("Only one of --together, --everyone and --per-shot can be given.", "Leave out the others.")
    require_range(options)
    # several videos of one moment are named after the first one
    if options.together:
        previews, named_after = [options.videos], options.videos[:1]
    else:
        previews, named_after = [[video] for video in options.videos], options.videos
    places = _places_of(options, named_after)
    # a preview takes minutes: nobody wants to learn after them that it can't be written
    for files in places:
        _require_places(files, options)
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
            _require_places(files, options)
        written = _write_files(files, armature, session.previews.kept.folder / made, options)
        sentences = (note.sentence, *note.details, *written)
        output.done(label, files.values(), sentences, preview=made)


def export(options: argparse.Namespace, output: Output, views: Sequence[CaptureView]) -> int:
    """Write a file of each capture; return the exit status. What can't be written is reported, the others go on.

    Raises:
        Fault: Blender's exporter is missing.
    """
    # found out before the first character is opened
    require_folder(options.output)
    choices = chosen(options, ExportOptions)
    require_exporter(choices.format)
    if not views:
        output.step("nothing", "There are no finished captures for characters.")
    status = DONE
    for view, name in zip(views, _names(views), strict=True):
        place = options.output / f"{name}{SUFFIX_OF[choices.format]}"
        try:
            sentences = _write(view, place, options, choices)
        except Fault as fault:
            output.fault(name, fault.what, fault.next_step)
            status = FAILED
        else:
            output.done(name, (place,), sentences, **facts_of(view))
    return status


def _names(views: Sequence[CaptureView]) -> list[str]:
    """Return a file name for each capture: its title, with its ID where two have the same."""
    names = [file_name_of(view.title) or view.id[:SHORT_ID] for view in views]
    counts = Counter(map(as_on_disk, names))
    for row, view in enumerate(views):
        if counts[as_on_disk(names[row])] > 1:
            names[row] += f"_{view.id[:SHORT_ID]}"
    return names


def _write(view: CaptureView, place: Path, options: argparse.Namespace, choices: ExportOptions) -> tuple[str, ...]:
    if ROBOT_MOTION in view.files and FBX not in view.files:
        raise Fault(
            "This capture is for a robot, not for a character.",
            Text("Use its motion file {file}, or put it on a robot with apply.", file=view.files[ROBOT_MOTION]),
        )
    if not view.files:
        raise Fault("This capture has no motion yet.", "Follow it to its end first.")
    require_place(place, overwrite=options.overwrite)
    view, refetched = whole(view)
    armature = open_human(options)
    # not their names, which the motion may have taken from one of them
    earlier = {action.session_uid for action in bpy.data.actions}
    sentences = put_on(view, armature, options)
    applied = action_of(armature)
    # what the character played before must not be exported for the capture
    if applied is None or applied.session_uid in earlier:
        raise Fault(
            Text("The motion was not applied to {character}, so nothing is exported.", character=armature.name),
            "Apply it in Blender, then choose File > Export > Character Motion.",
        )
    folder = ledger().folder_of(view.id)
    written = _write_exported(place, armature, folder, choices, overwrite=options.overwrite)
    return (*refetched, *sentences, str(written))


@dataclass(frozen=True)
class FileOptions:
    """The files that are written of a motion on a character."""

    formats: tuple[str, ...] = option(
        (_BLEND_FORMAT,),
        "Formats",
        "Files to write",
        {name: (name, "") for name in _SUFFIXES},
        flag=Flag("--format", "blend, fbx, bvh, glb, or several with commas (default: as --output ends)", "F"),
    )


def _places_of(options: argparse.Namespace, sources: Sequence[Path]) -> list[dict[str, Path]]:
    """Return the files to write of each source, by format; exit if `--output` doesn't allow them.

    Raises:
        Fault: Blender's exporter for a format is turned off.
    """
    place: Path = options.output
    suffix = place.suffix.lower()
    formats = chosen(options, FileOptions).formats
    is_file = len(sources) == 1 and not place.is_dir() and (suffix != "" or place.is_file())
    if is_file and not given(options, FileOptions):
        formats = _FORMATS.get(suffix, formats)
    # a single name stands for each format, with the suffix of that
    suffixes = {name: _SUFFIXES[name] for name in formats}
    if is_file:
        if suffix not in suffixes.values():
            wrong(f"{place.name} can't hold this motion.", f"Use a name that ends in {' or '.join(suffixes.values())}.")
        places = [paths_next_to(place, suffixes)]
    else:
        if place.is_file() or (suffix in _SUFFIXES.values() and not place.is_dir()):
            wrong(f"{place.name} is a single file, but there are several to write.", "Give a folder with --output.")
        if have_same_name(source.stem for source in sources):
            wrong("Two files have the same name.", "Write them into separate folders.")
        places = [paths_in(place, source, suffixes) for source in sources]
    # the character and the sources are the user's own work
    own = {file.resolve() for file in (options.character, *sources)}
    for written in (file for files in places for file in files.values() if file.resolve() in own):
        # one that --output itself names may be meant
        if len(sources) > 1 or written != place:
            wrong(f"{written.name} would be overwritten.", "Give another folder with --output.")
        require_not_read(written, written, overwrite=options.overwrite)
    for name in set(formats) - {_BLEND_FORMAT}:
        require_exporter(cast("Format", name))
    return places


def _require_places(places: Mapping[str, Path], options: argparse.Namespace) -> None:
    """Raise unless the files can be written, and may be.

    Raises:
        Fault: see `require_place`.
    """
    for place in places.values():
        require_place(place, overwrite=options.overwrite)


def _write_files(
    places: Mapping[str, Path], armature: bpy.types.Object, folder: Path | None, options: argparse.Namespace
) -> tuple[Text, ...]:
    """Write the motion of an armature's Action, by format; return sentences on what was written.

    Raises:
        Fault: one can't be written, or would replace a file that isn't an unchanged delivery.
    """
    notes: list[Text] = []
    for name, place in places.items():
        if name == _BLEND_FORMAT:
            save(place, folder, overwrite=options.overwrite)
        else:
            choices = replace(chosen(options, ExportOptions), format=cast("Format", name))
            notes.append(_write_exported(place, armature, folder, choices, overwrite=options.overwrite))
    return tuple(dict.fromkeys(notes))


def _write_exported(
    place: Path, armature: bpy.types.Object, folder: Path | None, choices: ExportOptions, *, overwrite: bool
) -> Text:
    """Write the motion of an armature's Action as a file of another program; return a sentence on its frames.

    Raises:
        Fault: as `_write_files`.
    """
    with delivered(place, folder, overwrite=overwrite) as fresh:
        done = export_motion(bpy.context, armature, fresh, choices)
    return Text("Frames {first} to {last} at {fps:g} fps.", first=done.first, last=done.last, fps=done.fps)
