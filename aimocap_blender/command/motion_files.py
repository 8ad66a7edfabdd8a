"""Motion on a character, written as a .blend and as files of other programs, as `--format` and `--output` say."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import cast

import bpy

from ..motion.files.export_options import ExportOptions, Format
from ..options import Flag, option
from ..scene.motion_files.exporting import SUFFIX_OF, export_motion, require_exporter
from ..texts.text import Text
from .delivery import delivered, have_same_name, paths_in, paths_next_to, require_place, save
from .files import BLEND
from .flags import chosen, given
from .output import wrong

_BLEND_FORMAT = "BLEND"
_SUFFIXES: Mapping[str, str] = MappingProxyType({_BLEND_FORMAT: BLEND, **SUFFIX_OF})
_FORMATS = {suffix: (name,) for name, suffix in _SUFFIXES.items()}


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


def places_of(options: argparse.Namespace, sources: Sequence[Path]) -> list[dict[str, Path]]:
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
    own = {options.character.resolve(), *(source.resolve() for source in sources)}
    for files in places:
        for written in files.values():
            # one that --output itself names is meant: it is refused later, unless --overwrite is given
            if written.resolve() in own and not (len(sources) == 1 and written == place):
                wrong(f"{written.name} would be overwritten.", "Give another folder with --output.")
    for name in set(formats) - {_BLEND_FORMAT}:
        require_exporter(cast("Format", name))
    return places


def require_places(places: Mapping[str, Path], options: argparse.Namespace) -> None:
    """Raise unless the files can be written, and may be.

    Raises:
        Fault: see `require_place`.
    """
    for place in places.values():
        require_place(place, overwrite=options.overwrite)


def write_files(
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
            notes.append(write_exported(place, armature, folder, choices, overwrite=options.overwrite))
    return tuple(dict.fromkeys(notes))


def write_exported(
    place: Path, armature: bpy.types.Object, folder: Path | None, choices: ExportOptions, *, overwrite: bool
) -> Text:
    """Write the motion of an armature's Action as a file of another program; return a sentence on its frames.

    Raises:
        Fault: as `write_files`.
    """
    with delivered(place, folder, overwrite=overwrite) as fresh:
        done = export_motion(bpy.context, armature, fresh, choices)
    return Text("Frames {first} to {last} at {fps:g} fps.", first=done.first, last=done.last, fps=done.fps)
