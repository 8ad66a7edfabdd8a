"""What the command line writes to --output: whole or not at all, and never over somebody's own work."""

import contextlib
import secrets
import shutil
from collections.abc import Generator
from pathlib import Path

import bpy

from ...jobs.file_digest import sha256_of
from ...jobs.runner import CaptureView
from ...scene.faults import SceneFault
from .files import ledger

_DELIVERED = "delivered"
"""In a capture's folder, the SHA-256 of each file that was written from it, one a line."""


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
        f"{place} is there already, and isn't as it was delivered.",
        "Name another --output, or replace it with --overwrite.",
    )


def _unwritable(path: Path) -> SceneFault:
    return SceneFault(f"{path} can't be written.", "Check the folder's permissions and the disk, then call this again.")


def mark_applied(view: CaptureView) -> None:
    """Note that the motion is on a character, so that no row of the list asks for one.

    Not where it belongs in an open or saved file of somebody's: there it is still to be applied.
    """
    if not any(view.binding.get(name) for name in ("blend_file", "armature", "robot")):
        with contextlib.suppress(OSError):
            ledger().claim_application(view.id)
