"""Motion files of a G1, in and out: one way in for all that is read, and a way out for each trainer.

In: the service's JSON, CSV with 36, 30 or 50 columns, npz of BeyondMimic, mjlab and the like; never pickles.
"""

from pathlib import Path

from ..faults import MotionFault
from ..file_writing import whole_file, write_whole
from ..npz_archive import PICKLED
from .choices import Choice, ChoiceName, ReadingChoices
from .csv_files import csv_pieces, parse_g1_csv
from .joint_orders import JointOrder, joint_set
from .motion import AGAIN, MAX_BYTES, G1Motion, json_pieces, parse_g1_json
from .npz_files import read_g1_npz, write_npz
from .reading import G1Reading, interpreted

SUFFIXES = (".json", ".csv", ".txt", ".npz")
"""Of files that may be read."""

_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth")
_COMPRESSED = (b"\x1f\x8b", b"x\x9c", b"x\x01", b"x\xda", b"ZF")  # as joblib and gzip begin


def read_g1_file(path: Path, chosen: ReadingChoices | None = None) -> G1Reading:
    """The motion in a file, what kind it is told by its content.

    Other threads run meanwhile. Where `G1Reading.unsure` has something, ask people, then read `G1Reading.source` again
    with their choices (`reading.interpreted`), or the file.

    Args:
        path: of the file.
        chosen: what isn't left to the evidence; the service's JSON says all itself, and leaves nothing to choose.

    Raises:
        MotionFault: it can't be read, or holds no motion of a G1; the frame and the joint are named.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(4096)
        if size > MAX_BYTES:
            raise MotionFault(f"“{path.name}” is far larger than any motion ({size / 2**20:.0f} MB).", AGAIN)
        if start.startswith(b"PK\x03\x04"):
            return interpreted(read_g1_npz(path), chosen)
        if start.startswith((b"\x80", *_COMPRESSED)) or path.suffix.lower() in _PICKLES:
            raise MotionFault(f"“{path.name}” is a pickle, or packed like one. {PICKLED[0]}", PICKLED[1])
        if start.startswith(b"\x93NUMPY"):
            raise MotionFault(
                f"“{path.name}” is a single array.", "Save it with numpy.savetxt as CSV, or with numpy.savez by names."
            )
        text = path.read_bytes()
    except OSError as error:
        raise MotionFault(
            f"“{path.name}” can't be read: {error.strerror}.", "Check that it exists and may be read."
        ) from error
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return _said_by_json(*parse_g1_json(text))
    if b"\0" in start or not start.strip():
        raise MotionFault(f"“{path.name}” is {'no text' if start.strip() else 'empty'}.", AGAIN)
    return interpreted(parse_g1_csv(text), chosen)


def write_g1_json(path: Path, motion: G1Motion) -> None:
    """The service's JSON, without loss. Raises `MotionFault`, and leaves what was there, where that fails."""
    write_whole(path, (piece.encode() for piece in json_pieces(motion)))


def write_g1_csv(path: Path, motion: G1Motion, *, header: bool = False) -> None:
    """LAFAN's columns (`csv_pieces`), without loss but of the fps. Raises `MotionFault` as `write_g1_json` does."""
    write_whole(path, csv_pieces(motion, header=header))


def write_g1_npz(path: Path, motion: G1Motion, order: JointOrder = "isaac") -> None:
    """BeyondMimic's npz, or mjlab's in MuJoCo's order (`write_npz`). Raises `MotionFault` as `write_g1_json` does."""
    with whole_file(path) as file:
        write_npz(file, motion, order)


def _said_by_json(motion: G1Motion, notes: tuple[str, ...]) -> G1Reading:
    values: dict[ChoiceName, str | float] = {
        "joints": joint_set(motion.variant),
        "joint_order": "mujoco",
        "quaternion_order": "xyzw",
        "angle_unit": "rad",
        "length_unit": "m",
        "fps": motion.fps,
    }
    said = "The service's JSON is always so."
    return G1Reading(
        motion,
        tuple(
            Choice(name, value, sure=True, evidence="The file says so." if name == "fps" else said)
            for name, value in values.items()
        ),
        notes,
        None,
    )
