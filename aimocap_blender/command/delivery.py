"""What the command line writes to --output: whole or not at all, and never over somebody's own work."""

import argparse
import contextlib
import secrets
import shutil
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..jobs.file_digest import sha256_of
from ..jobs.life import NAMES
from ..jobs.runner import CaptureView
from ..scene.faults import SceneFault
from ..service.contract import FBX, ROBOT_MOTION
from .files import BLEND, end_scene_with_motion, ledger, new_file, open_character, put_on

SUFFIXES: Mapping[str, str] = {FBX: ".fbx", ROBOT_MOTION: ".json"}
"""Of the files that the service delivers, by kind of motion."""
_DELIVERED = "delivered"
"""In a capture's folder, the SHA-256 of each file that was written from it, one a line."""


@dataclass(frozen=True)
class Delivered:
    """What has been delivered.

    Attributes:
        outputs: where each motion is.
        told: how well it went on, in sentences.
    """

    outputs: tuple[Path, ...]
    told: tuple[str, ...] = ()


def beside(place: Path, suffixes: Mapping[str, str]) -> dict[str, Path]:
    """Where each kind of motion goes if one file is named: there, or beside it with the kind's own suffix."""
    return {
        kind: place if place.suffix.lower() == suffix else place.with_suffix(suffix)
        for kind, suffix in suffixes.items()
    }


def deliver(
    view: CaptureView, kinds: Sequence[str], places: Mapping[str, Path], asked: argparse.Namespace
) -> Delivered:
    """Put a finished capture's motions where they are wanted; what there is of them, if one isn't to be had.

    Args:
        view: the capture.
        kinds: the motions that are wanted.
        places: where they go, by kind; nowhere: they stay in the captures folder.
        asked: see `write_blend`.

    Raises:
        SceneFault, MotionFault: one can't be put there, or there is none.
    """
    there = {kind: places.get(kind, view.files[kind]) for kind in kinds if kind in view.files}
    told: tuple[str, ...] = ()
    for kind, place in there.items():
        if place.suffix.lower() == BLEND:
            told += write_blend(view, asked, place, asked.target)
        elif kind in places:
            copy(view, view.files[kind], place, overwrite=asked.overwrite)
    for kind in kinds:
        if kind not in there:
            others = "".join(f" The motion for the {NAMES[other]} is {place}." for other, place in there.items())
            raise SceneFault(f"There is no motion for the {NAMES[kind]}.{others}", view.next_step)
    return Delivered(tuple(there.values()), told)


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


def require_place(place: Path, *, overwrite: bool) -> None:
    """Make the folder that is written to; refuse to replace a file in it that isn't as it was delivered.

    Raises:
        SceneFault: the folder can't be made, or there is such a file and it is not to be overwritten.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise _unwritable(place.parent) from None
    _require_own(place, overwrite=overwrite)


def save(view: CaptureView, place: Path, *, overwrite: bool) -> None:
    """Write the open file, with the capture's motion in it.

    Raises:
        SceneFault: it can't be written, or would replace a file that isn't as it was delivered.
    """
    with _delivered(view, place, overwrite=overwrite) as fresh:
        try:
            bpy.ops.wm.save_as_mainfile(filepath=str(fresh), check_existing=False, copy=True)
        except RuntimeError:
            raise _unwritable(place) from None


def copy(view: CaptureView, source: Path, place: Path, *, overwrite: bool) -> None:
    """Write the motion as the service delivered it.

    Raises:
        SceneFault: it can't be written, or would replace a file that isn't as it was delivered.
    """
    with _delivered(view, place, overwrite=overwrite) as fresh:
        shutil.copyfile(source, fresh)


@contextlib.contextmanager
def _delivered(view: CaptureView, place: Path, *, overwrite: bool) -> Generator[Path]:
    """A file of this call's alone beside the place, put there at the end of the block if that ends well."""
    fresh = place.with_name(f".{place.stem[:100]}.{secrets.token_hex(4)}{place.suffix}")
    try:
        try:
            yield fresh
            _require_own(place, overwrite=overwrite)  # it may have come while the service worked
            _note(view, fresh)
            fresh.replace(place)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError:
        raise _unwritable(place) from None


def _note(view: CaptureView, file: Path) -> None:
    with contextlib.suppress(OSError), (ledger().folder_of(view.id) / _DELIVERED).open("ab") as noted:
        noted.write(f"{sha256_of(file)}\n".encode("ascii"))


def _require_own(place: Path, *, overwrite: bool) -> None:
    if overwrite or not place.exists():
        return
    with contextlib.suppress(OSError):
        digest = sha256_of(place)
        if any(digest in file.read_text("ascii").split() for file in ledger().folder.glob(f"*/{_DELIVERED}")):
            return
    raise SceneFault(
        f"{place} already exists, and was changed or not written by this command.",
        "Give another --output, or replace it with --overwrite.",
    )


def _unwritable(path: Path) -> SceneFault:
    return SceneFault(f"{path} can't be written.", "Check the folder's permissions and the disk, then run this again.")


def mark_applied(view: CaptureView) -> None:
    """Note that the motion is on a character, so that no row of the list asks for one.

    Not where it belongs in an open or saved file of somebody's: there it is still to be applied.
    """
    if not any(view.binding.get(name) for name in ("blend_file", "armature", "robot")):
        with contextlib.suppress(OSError):
            ledger().claim_application(view.id)
