"""Reading and writing motion files of a G1: one reader for all formats, and a writer for each trainer.

Read: the service's JSON, CSV with 36, 30 or 50 columns, npz of BeyondMimic, mjlab and the like, and pickles of GMR,
ASAP, PHC and PBHC, of which no code runs.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from ...plain_files import open_plain, read_plain
from ...texts.faults import Fault
from ...texts.text import Text
from ..files.file_writing import whole_file, write_whole
from ..files.npz_archive import PICKLED
from ..files.pickle_archive import PACKED, TORCH
from ..files.pickle_writing import pickled
from .choices import Choice, ChoiceName, ReadingChoices
from .csv_files import csv_pieces, parse_g1_csv
from .gmr_files import gmr_content
from .joint_orders import JointOrder, joint_set
from .motion import AGAIN, MAX_BYTES, G1Motion, json_pieces, parse_g1_json
from .npz_files import META_FILE, read_g1_npz, read_g1_pickle
from .npz_writing import write_amp_npz, write_hdmi_npz, write_holosoma_npz, write_npz
from .options import Format
from .reading import G1Reading, interpreted

SUFFIXES = (".json", ".csv", ".txt", ".npz", ".pkl", ".pickle", ".joblib")
"""File name suffixes that can be read."""

FORMATS: tuple[Format, ...] = get_args(Format)
_SUFFIXES = {"JSON": ".json", "CSV": ".csv", "NPZ": ".npz", "PICKLE": ".pkl"}
SUFFIX_OF: Mapping[Format, str] = {name: _SUFFIXES[name.rsplit("_", 1)[-1]] for name in FORMATS}
HDMI_FILE = "motion.npz"
"""The only name that HDMI reads; it knows a motion by the folder."""

_PICKLES = (".pkl", ".pickle", ".joblib")
_TORCHES = (".pt", ".pth")


def read_g1_file(path: Path, chosen: ReadingChoices | None = None) -> G1Reading:
    """Read the motion in a file; the format is detected from the content.

    Other threads can run meanwhile. If `G1Reading.unsure` isn't empty, ask the user, then read `G1Reading.source` again
    with the answers (`reading.interpreted`), or the file.

    Args:
        path: of the file.
        chosen: what isn't left to the evidence; the service's JSON is unambiguous and leaves nothing to choose.

    Raises:
        Fault: it can't be read, or contains no motion of a G1; it names the frame and the joint.
    """
    try:
        size = path.stat().st_size
        with open_plain(path) as file:
            start = file.read(4096)
        if size > MAX_BYTES:
            raise Fault(
                Text("“{file}” is far larger than any motion ({size:.0f} MB).", file=path.name, size=size / 2**20),
                AGAIN,
            )
        if start.startswith(b"PK\x03\x04"):
            return interpreted(read_g1_npz(path), chosen)
        if start.startswith(TORCH) or path.suffix.lower() in _TORCHES:
            raise Fault(Text.joined((Text("“{file}” is a file of PyTorch's.", file=path.name), PICKLED[0])), PICKLED[1])
        if start.startswith((b"\x80", *PACKED)) or path.suffix.lower() in _PICKLES:
            return interpreted(read_g1_pickle(path), chosen)
        if start.startswith(b"\x93NUMPY"):
            raise Fault(
                Text("“{file}” is a single array.", file=path.name),
                "Save it with numpy.savetxt as CSV, or with numpy.savez by names.",
            )
        text = read_plain(path)
    except OSError as error:
        raise Fault(
            Text("“{file}” can't be read: {reason}.", file=path.name, reason=Text.of(error.strerror or str(error))),
            "Check that it exists and is readable.",
        ) from error
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return _reading_of_json(*parse_g1_json(text))
    if b"\0" in start or not start.strip():
        if start.strip():
            raise Fault(Text("“{file}” is no text.", file=path.name), AGAIN)
        raise Fault(Text("“{file}” is empty.", file=path.name), AGAIN)
    return interpreted(parse_g1_csv(text), chosen)


def written_file(path: Path, file_format: Format) -> Path:
    """Return where a file goes that is to be written at a path: HDMI's `walk.npz` into `walk/motion.npz`."""
    return path.with_suffix("") / HDMI_FILE if file_format == "HDMI_NPZ" and path.name != HDMI_FILE else path


def write_g1_file(path: Path, motion: G1Motion, file_format: Format) -> None:
    """Write a motion in a format, at `written_file`. Raises `Fault` and keeps the old file on failure."""
    match file_format:
        case "JSON":
            write_g1_json(path, motion)
        case "CSV" | "NAMED_CSV":
            write_g1_csv(path, motion, header=file_format == "NAMED_CSV")
        case "BEYONDMIMIC_NPZ":
            write_g1_npz(path, motion)
        case "MJLAB_NPZ":
            write_g1_npz(path, motion, "mujoco")
        case "HOLOSOMA_NPZ":
            with whole_file(path) as file:
                write_holosoma_npz(file, motion)
        case "HDMI_NPZ":
            _write_hdmi(written_file(path, file_format), motion)
        case "ISAACLAB_AMP_NPZ":
            with whole_file(path) as file:
                write_amp_npz(file, motion)
        case "GMR_PICKLE":
            write_whole(path, pickled(gmr_content(motion)))


def write_g1_json(path: Path, motion: G1Motion) -> None:
    """Write the service's JSON, lossless. Raises `Fault` and keeps the old file on failure."""
    write_whole(path, (piece.encode() for piece in json_pieces(motion)))


def write_g1_csv(path: Path, motion: G1Motion, *, header: bool = False) -> None:
    """Write LAFAN's columns (`csv_pieces`), lossless except for the fps. Raises `Fault` as `write_g1_json`."""
    write_whole(path, csv_pieces(motion, header=header))


def write_g1_npz(path: Path, motion: G1Motion, order: JointOrder = "isaac") -> None:
    """Write BeyondMimic's npz, or mjlab's in MuJoCo's order (`write_npz`). Raises `Fault` as `write_g1_json`."""
    with whole_file(path) as file:
        write_npz(file, motion, order)


def _write_hdmi(path: Path, motion: G1Motion) -> None:
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise Fault(
            Text("The folder {folder} can't be created: {reason}.", folder=path.parent, reason=error.strerror),
            "Choose a folder that you can write to.",
        ) from error
    with whole_file(path) as file:
        meta = write_hdmi_npz(file, motion)
    write_whole(path.with_name(META_FILE), [json.dumps(meta, indent=1).encode()])


def _reading_of_json(motion: G1Motion, notes: tuple[Text, ...]) -> G1Reading:
    values: dict[ChoiceName, str | float] = {
        "joints": joint_set(motion.variant),
        "joint_order": "mujoco",
        "quaternion_order": "xyzw",
        "angle_unit": "rad",
        "length_unit": "m",
        "fps": motion.fps,
    }
    evidence = "The service's JSON always uses this."
    return G1Reading(
        motion,
        tuple(
            Choice(name, value, sure=True, evidence="The file says so." if name == "fps" else evidence)
            for name, value in values.items()
        ),
        notes,
        None,
    )
