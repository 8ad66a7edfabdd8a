"""Writes to --output: complete or not at all, and never over the user's own work."""

import argparse
import contextlib
import shutil
import unicodedata
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..jobs.capture import State
from ..jobs.life import NAMES
from ..jobs.runner import CaptureView
from ..jobs.source_file import sha256_of
from ..plain_files import read_plain
from ..service.contract import FBX, ROBOT_MOTION
from ..takes.binding import Binding
from ..takes.captures.planning import require_service
from ..takes.previews.kept import FOLDER as PREVIEWS
from ..takes.session import Patience, Session, open_session
from ..texts.faults import Fault
from ..texts.text import Text
from ..whole_files import check_writable, is_reserved, replacing_chosen
from .files import BLEND, end_scene_with_motion, ledger, new_file, open_character, put_on

SUFFIXES: Mapping[str, str] = {FBX: ".fbx", ROBOT_MOTION: ".json"}
"""File extensions of the service's files, by kind of motion."""
_DELIVERED = "delivered"
"""A file in a capture's folder with the SHA-256 of each file that was written from it, one per line."""
_TICK_SEC = 0.1


@dataclass(frozen=True)
class Delivered:
    """The delivered motions.

    Attributes:
        outputs: the file of each motion.
        sentences: sentences on the outcome.
    """

    outputs: tuple[Path, ...]
    sentences: tuple[str, ...] = ()


def paths_next_to(place: Path, suffixes: Mapping[str, str]) -> dict[str, Path]:
    """Return each kind's file if one file is given: that one, or one next to it with the kind's own extension."""
    places: dict[str, Path] = {}
    for kind, suffix in suffixes.items():
        # a suffix in capitals stays as it was given
        places[kind] = place if place.suffix.lower() == suffix else place.with_suffix(suffix)
    return places


def paths_in(folder: Path, source: Path, suffixes: Mapping[str, str]) -> dict[str, Path]:
    """Return each kind's file of a source in a folder."""
    return {kind: folder / f"{source.stem}{suffix}" for kind, suffix in suffixes.items()}


def deliver(
    view: CaptureView, kinds: Sequence[str], places: Mapping[str, Path], options: argparse.Namespace
) -> Delivered:
    """Deliver a finished capture's motions; the available ones even if one is missing.

    Args:
        kinds: the wanted motions.
        places: their files, by kind; a missing kind stays in the captures folder.
        options: see `write_blend`.

    Raises:
        Fault: one can't be delivered, or doesn't exist.
    """
    # what was damaged on disk since the download must not be delivered
    view, sentences = whole(view)
    there: dict[str, Path] = {}
    for kind in kinds:
        if kind in view.files:
            there[kind] = places.get(kind, view.files[kind])
    for kind, place in there.items():
        if place.suffix.lower() == BLEND:
            sentences += write_blend(view, options, place, options.target)
        elif kind in places:
            with delivered(place, ledger().folder_of(view.id), overwrite=options.overwrite) as fresh:
                shutil.copyfile(view.files[kind], fresh)
    for kind in kinds:
        if kind not in there:
            others = ""
            for other, place in there.items():
                others += f" The motion for the {NAMES[other]} is {place}."
            raise Fault(
                Text("There is no motion for the {target}.{others}", target=NAMES[kind], others=others), view.next_step
            )
    return Delivered(tuple(there.values()), sentences)


def write_blend(view: CaptureView, options: argparse.Namespace, place: Path, target: str | None) -> tuple[str, ...]:
    """Apply a finished capture's motion to the character, or to a G1 rig in a new file, and save that as `place`.

    Args:
        view: the capture, whose files are `whole`.
        options: with the character's .blend (None for a new file with a G1 rig), its armature ('' for the only one),
            and whether any file at `place` may be overwritten.
        place: the .blend to write.
        target: the target that the armature must fit; None for any.

    Returns:
        Sentences on what was done.

    Raises:
        Fault: it can't be done; nothing is written.
    """
    if options.character is None:
        new_file()
        sentences = put_on(view, None, options)
        end_scene_with_motion()
    else:
        sentences = put_on(view, open_character(options.character, options.armature, target), options)
    # what this command wrote may be replaced by its next call, as long as nobody changed it
    save(place, ledger().folder_of(view.id), overwrite=options.overwrite)
    mark_applied(view)
    return sentences


def as_on_disk(name: str) -> str:
    """Return what a name is on a disk that tells neither capitals nor forms of accents apart."""
    return unicodedata.normalize("NFC", name).casefold()


def have_same_name(names: Iterable[str]) -> bool:
    """Return whether two names are one `as_on_disk`."""
    all_names = list(map(as_on_disk, names))
    return len(set(all_names)) < len(all_names)


def require_place(place: Path, *, overwrite: bool, create: bool = True) -> None:
    """Create the output folder, if wanted; raise if it can't be written to, or isn't the place for a new file.

    Raises:
        Fault: the file can't be created there, its name is reserved, or something else is there: no plain file, or one
            that isn't an unchanged delivery while `overwrite` is off.
    """
    if is_reserved(place):
        raise Fault(Text("{name} is the name of a device on Windows.", name=place.name), "Give another --output.")
    try:
        if create:
            place.parent.mkdir(parents=True, exist_ok=True)
        # folders of the path may still have to be made
        there = next(folder for folder in place.parents if folder.exists())
        check_writable(place if there == place.parent else there / place.name)
    except OSError as error:
        raise _unwritable(place, error) from None
    _require_own(place, overwrite=overwrite)


def require_not_read(place: Path, read: Path | None, *, overwrite: bool) -> None:
    """Raise if the file to write is one that the call reads, while `overwrite` is off.

    It may be all that there is of it, also where it is an unchanged delivery.

    Raises:
        Fault: it is.
    """
    if not overwrite and read is not None and place.resolve() == read.resolve():
        raise Fault(
            Text("{name} would be overwritten.", name=place.name),
            "Give another --output, or replace it with --overwrite.",
        )


def save(place: Path, folder: Path | None, *, overwrite: bool) -> None:
    """Save the open file with a motion in it; see `delivered`.

    Raises:
        Fault: it can't be written, or would replace a file that isn't an unchanged delivery.
    """
    with delivered(place, folder, overwrite=overwrite) as fresh:
        try:
            # as a copy, since the open file must not get the temporary name
            bpy.ops.wm.save_as_mainfile(filepath=str(fresh), check_existing=False, copy=True)
        except RuntimeError as error:
            raise _unwritable(place, error) from None


@contextlib.contextmanager
def delivered(place: Path, folder: Path | None, *, overwrite: bool) -> Generator[Path]:
    """Yield a temporary file next to the place, renamed to it if the block succeeds.

    Args:
        place: the file to write.
        folder: of the capture or preview, in which what was written is noted; None for a file's motion.
        overwrite: replace any file at `place`.

    Raises:
        Fault: it can't be written, or would replace a file that isn't an unchanged delivery.
    """
    try:
        with replacing_chosen(place, place.suffix) as fresh:
            yield fresh
            # it may have been created in the meantime
            _require_own(place, overwrite=overwrite)
            if folder is not None:
                _note(folder, fresh)
    except OSError as error:
        raise _unwritable(place, error) from None


def _note(folder: Path, file: Path) -> None:
    # without the note the file is taken for the user's, and needs --overwrite next time: no reason to fail now
    with contextlib.suppress(OSError), (folder / _DELIVERED).open("ab") as noted:
        noted.write(f"{sha256_of(file)}\n".encode("ascii"))


def _require_own(place: Path, *, overwrite: bool) -> None:
    if overwrite or not place.exists():
        return
    # a file that can't be read can't be told to be ours
    with contextlib.suppress(OSError):
        digest = sha256_of(place)
        captures = ledger().folder
        for file in (*captures.glob(f"*/{_DELIVERED}"), *captures.glob(f"{PREVIEWS}/*/{_DELIVERED}")):
            if digest in read_plain(file).decode("ascii").split():
                return
    raise Fault(
        Text("{place} already exists, and isn't the unchanged file of a capture or preview.", place=place),
        "Give another --output, or replace it with --overwrite.",
    )


def _unwritable(path: Path, error: Exception) -> Fault:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).strip().rstrip(".")
    return Fault(
        Text("{path} can't be written: {reason}.", path=path, reason=reason),
        "Check the folder's permissions and the disk, then run this again.",
    )


def mark_applied(view: CaptureView) -> None:
    """Note that the motion is applied, so that the list doesn't ask for it.

    Not if it belongs to a user's file: there it still has to be applied.
    """
    binding = Binding.stored(view.binding)
    if binding is None or not binding.belongs_somewhere:
        with contextlib.suppress(OSError):
            ledger().claim_application(view.id)


def whole(view: CaptureView) -> tuple[CaptureView, tuple[str, ...]]:
    """Return a finished capture with the files that were delivered, and a sentence if they were fetched again.

    Raises:
        Fault: they can't be fetched.
    """
    kept = ledger()
    capture = kept.load(view.id)
    damaged = kept.damaged(capture) if capture is not None else ()
    # what is whole needs no network
    if not damaged:
        return view, ()
    names = ", ".join(view.files[kind].name for kind in damaged)
    try:
        require_service()
        fetched = _fetched_again(open_session((view.id,)), view.id, damaged)
    except Fault as fault:
        raise Fault(
            Text(
                "{names} is not what the service delivered, and can't be fetched again: {why}",
                names=names,
                why=fault.what,
            ),
            fault.next_step,
        ) from None
    return fetched, (f"{names} was not what the service delivered, and was fetched again, free of charge.",)


def _fetched_again(session: Session, capture_id: str, kinds: tuple[str, ...]) -> CaptureView:
    """Wait until motions are fetched again; return the capture then.

    Raises:
        Fault: they are not.
    """
    session.captures.runner.take_up(capture_id)
    session.captures.runner.fetch_again(capture_id, kinds)
    # what is paid is waited for without end elsewhere, but here somebody waits for one file
    patience = Patience(also_paid=True)
    while True:
        session.captures.refresh()
        view = session.captures.view(capture_id)
        if view is None:
            raise Fault("The capture has been removed from the captures folder.", "Capture again if you need it.")
        if patience.is_over(view):
            raise Fault(view.what, "Check the network, then run this again.")
        if not view.followed:
            break
        session.captures.runner.wait_for_change(_TICK_SEC)
    if view.state is not State.DONE or not set(kinds) <= set(view.files):
        raise Fault(view.what, view.next_step)
    return view
