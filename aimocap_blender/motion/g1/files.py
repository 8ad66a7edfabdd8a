"""Reading and writing motion files of a G1: one reader for all formats, and a writer for each trainer.

Read: the service's JSON, tables, and arrays in npz, npy, pickles and PyTorch's files, of which no code runs, of every
layout in `layouts.py`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

from ...plain_files import open_plain, read_plain
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..files.file_writing import whole_file, write_whole
from ..files.pickle_archive import ARRAY, PACKED, ZIP, is_torch
from ..files.pickle_writing import pickled, write_torch
from .adjusting_time import at_fps
from .choices import Choice, ChoiceName, ReadingChoices
from .csv_files import UTF_16, csv_pieces, parse_g1_csv
from .joint_orders import JointOrder, joint_set
from .lab_files import (
    JOINTS_FILE,
    SONIC_FPS,
    gmr_content,
    is_of_sonic,
    mimickit_content,
    motion_file_in,
    protomotions_content,
    read_sonic_folder,
    sonic_tables,
)
from .layouts import rate_said
from .motion import AGAIN, MAX_BYTES, G1Motion, json_pieces, parse_g1_json
from .npz_files import META_FILE, read_g1_array, read_g1_json_arrays, read_g1_npz, read_g1_pickle
from .npz_writing import write_amp_npz, write_hdmi_npz, write_holosoma_npz, write_npz
from .options import Format
from .reading import G1Reading, interpreted
from .source import G1Source
from .variants import WITH_HANDS

SUFFIXES = (
    *(".json", ".jsonl", ".csv", ".txt", ".npz", ".npy"),
    *(".pkl", ".pickle", ".joblib", ".pt", ".pth", ".motion"),
)
"""File name suffixes that can be read."""
HDF5_SUFFIXES = (".h5", ".hdf5")
"""Those of motion that labs have in files of HDF5, which are refused."""

FORMATS: tuple[Format, ...] = get_args(Format)
_SUFFIXES = {"JSON": ".json", "CSV": ".csv", "NPZ": ".npz", "PICKLE": ".pkl", "TENSORS": ".motion"}
SUFFIX_OF: Mapping[Format, str] = {name: _SUFFIXES[name.rsplit("_", 1)[-1]] for name in FORMATS}
_NAME_JOINTS: tuple[Format, ...] = ("NAMED_CSV", "HOLOSOMA_NPZ", "HDMI_NPZ", "ISAACLAB_AMP_NPZ")
"""Formats that have the joints of other hands, too: their readers take joints by name."""
_WITHOUT_HANDS: tuple[Format, ...] = ("PROTOMOTIONS_TENSORS", "SONIC_CSV")
"""Formats of a robot with 29 joints."""
HDMI_FILE = "motion.npz"
"""The only name that HDMI reads; it knows a motion by the folder."""

_OF_THE_SERVICE = (b'"robotType"', b'"root_rot_xyzw"', b'"frameCount"')
"""Names in the service's JSON."""
_OF_DATA = {
    "HDF5": rb"\x89HDF",
    "MATLAB": rb"MATLAB",
    "Parquet": rb"PAR1",
    "Arrow": rb"ARROW1",
    "ROS 2": rb"SQLite format|\x89MCAP",
    "ROS": rb"#ROSBAG",
    "XML": rb"\s*<",
    # after comments, a name or an item of a list
    "YAML": rb"(?:[ \t\r]*(?:#[^\n]*)?\n)*(?:---|%YAML|(?:- )?[\"']?[A-Za-z_][\w-]*[\"']?:)\s",
}
"""Kind of files of data that have other readers → how they begin."""
_OF_HUMANS = {
    "BVH": rb"\s*HIERARCHY",
    "FBX": rb"Kaydara FBX|; FBX",
    "glTF": rb"glTF",
    "C3D": rb"\x02\x50",
    "TRC": rb"PathFileType",
    "OptiTrack": rb"Format Version,",
    "OpenSim": rb"(?s).{1,1000}\bendheader\s",
}
"""Kind of files of a human's motion → how they begin."""
_XML_OF = rb"(?s)\s*(<[?!].{0,3000}?)?<%s\b"  # after a declaration and comments, the outermost element
_OF_ROBOTS = {"URDF": _XML_OF % b"robot", "MJCF": _XML_OF % b"mujoco", "SDF": _XML_OF % b"sdf"}
"""Kind of files that describe a robot → how they begin."""
_OF_XSENS = {"MVNX": _XML_OF % b"mvnx"}
_AS_NPZ: Sentence = "Save its arrays as npz: root_pos, root_rot, joint_pos and fps."
_RETARGET: Sentence = "Retarget it as BVH, FBX or glTF."
_NOT_READ: tuple[tuple[Mapping[str, bytes], Sentence], ...] = (
    (_OF_ROBOTS, "It describes a robot: choose a file of its motion."),
    (_OF_XSENS, "Export the motion from MVN as BVH or FBX, and retarget that."),
    (_OF_DATA, _AS_NPZ),
    (_OF_HUMANS, _RETARGET),
)
"""Kinds of files that aren't read here, and what to do with them."""
_POINTER = b"version https://git-lfs"
_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html)", re.IGNORECASE)
"""Beginning of a web page, as it is saved in place of a file that needs a login, or by its page's address."""
_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".motion")


def read_g1_file(path: Path, chosen: ReadingChoices | None = None) -> G1Reading:
    """Read the motion in a file; the format is detected from the content.

    Other threads can run meanwhile. If `G1Reading.unsure` isn't empty, ask the user, then read `G1Reading.source` again
    with the answers (`reading.interpreted`), or the file.

    Args:
        chosen: what isn't left to the evidence; the service's JSON is unambiguous and leaves nothing to choose.

    Raises:
        Several: it contains several motions, and none of them was chosen.
        Fault: it can't be read, or contains no motion of a G1; it names the frame and the joint.
    """
    path = motion_file_in(path)
    try:
        size = path.stat().st_size
        with open_plain(path) as file:
            start = file.read(4096)
        if size > MAX_BYTES:
            raise Fault(
                Text("“{file}” is far larger than any motion ({size:.0f} MB).", file=path.name, size=size / 2**20),
                AGAIN,
            )
        if start.startswith(_POINTER):
            raise Fault(
                Text("“{file}” is Git LFS's pointer to a file, not the file.", file=path.name),
                "Fetch the file itself: git lfs pull",
            )
        if _PAGE.match(start):
            raise Fault(Text("“{file}” is a web page, not the file.", file=path.name), "Download the file itself.")
        if _is_json(start):
            text = read_plain(path)
            if any(key in text for key in _OF_THE_SERVICE):
                return _reading_of_json(*parse_g1_json(text))
        source = _source_in(path, start, chosen or ReadingChoices())
        return interpreted(replace(source, fps_called=rate_said(path.name)), chosen)
    except OSError as error:
        raise Fault(
            Text("“{file}” can't be read: {reason}.", file=path.name, reason=Text.of(error.strerror or str(error))),
            "Check that it exists and is readable.",
        ) from error


def _is_json(start: bytes) -> bool:
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _source_in(path: Path, start: bytes, chosen: ReadingChoices) -> G1Source:
    """Return the numbers in a file, whose kind its first bytes show."""
    if start.startswith(ARRAY) and b"'|O'" not in start:
        return read_g1_array(path, chosen.file_layout, chosen.motion)
    if start.startswith(ZIP) and not is_torch(path):
        return read_g1_npz(path, chosen.file_layout, chosen.motion)
    if _is_json(start) or start.startswith((b"\x80", ZIP, ARRAY, *PACKED)) or path.suffix.lower() in _PICKLES:
        read = read_g1_json_arrays if _is_json(start) else read_g1_pickle
        return read(path, chosen.file_layout, chosen.motion)
    if start.startswith(UTF_16):
        return parse_g1_csv(read_plain(path).decode("utf-16", "replace").encode(), path.name, chosen.file_layout)
    _refuse_foreign(path, start)
    if b"\0" in start or not start.strip():
        what = (
            Text("“{file}” isn't a text file.", file=path.name)
            if start.strip()
            else Text("“{file}” is empty.", file=path.name)
        )
        raise Fault(what, AGAIN)
    if is_of_sonic(path):
        return read_sonic_folder(path.parent)
    return parse_g1_csv(read_plain(path), path.name, chosen.file_layout)


def _refuse_foreign(path: Path, start: bytes) -> None:
    """Raise `Fault` if a file with these first bytes is of a kind that isn't read here."""
    for kinds, next_step in _NOT_READ:
        for kind, begins in kinds.items():
            if re.match(begins, start):
                raise Fault(
                    Text("“{file}” is a file of {kind}, which isn't read here.", file=path.name, kind=kind), next_step
                )


def written_file(path: Path, file_format: Format) -> Path:
    """Return where a file goes that is to be written at a path.

    HDMI's `walk.npz` goes into `walk/motion.npz`, and SONIC's `walk.csv` into `walk/joint_pos.csv` and others there.
    """
    own = {"HDMI_NPZ": HDMI_FILE, "SONIC_CSV": JOINTS_FILE}.get(file_format, path.name)
    return path if path.name == own else path.with_suffix("") / own


def left_out_of(file_format: Format, motion: G1Motion) -> tuple[Text, ...]:
    """Return a sentence on the joints of a motion that a format has no place for."""
    if motion.variant == WITH_HANDS and file_format in _WITHOUT_HANDS:
        return (Text("This format leaves out the joints of the hands."),)
    if motion.hands is None or file_format in _NAME_JOINTS:
        return ()
    return (Text("This format leaves out {what}.", what=motion.hands.shown),)


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
        case "HOLOSOMA_NPZ" | "ISAACLAB_AMP_NPZ":
            with whole_file(path) as file:
                (write_holosoma_npz if file_format == "HOLOSOMA_NPZ" else write_amp_npz)(file, motion)
        case "HDMI_NPZ":
            _write_hdmi(written_file(path, file_format), motion)
        case "GMR_PICKLE" | "MIMICKIT_PICKLE":
            write_whole(path, pickled((gmr_content if file_format == "GMR_PICKLE" else mimickit_content)(motion)))
        case "PROTOMOTIONS_TENSORS":
            with whole_file(path) as file:
                write_torch(file, protomotions_content(motion))
        case "SONIC_CSV":
            _write_sonic(written_file(path, file_format), motion)


def write_g1_json(path: Path, motion: G1Motion) -> None:
    """Write the service's JSON, lossless. Raises `Fault` and keeps the old file on failure."""
    write_whole(path, map(str.encode, json_pieces(motion)))


def write_g1_csv(path: Path, motion: G1Motion, *, header: bool = False) -> None:
    """Write LAFAN's columns (`csv_pieces`), lossless except for the fps. Raises `Fault` as `write_g1_json`."""
    write_whole(path, csv_pieces(motion, header=header))


def write_g1_npz(path: Path, motion: G1Motion, order: JointOrder = "isaac") -> None:
    """Write BeyondMimic's npz, or mjlab's in MuJoCo's order (`write_npz`). Raises `Fault` as `write_g1_json`."""
    with whole_file(path) as file:
        write_npz(file, motion, order)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise Fault(
            Text("The folder {folder} can't be created: {reason}.", folder=folder, reason=error.strerror),
            "Choose a folder that you can write to.",
        ) from error


def _write_hdmi(path: Path, motion: G1Motion) -> None:
    _make_folder(path.parent)
    with whole_file(path) as file:
        meta = write_hdmi_npz(file, motion)
    write_whole(path.with_name(META_FILE), [json.dumps(meta, indent=1).encode()])


def _write_sonic(path: Path, motion: G1Motion) -> None:
    tables = sonic_tables(at_fps(motion, SONIC_FPS)[0], path.parent.name)
    _make_folder(path.parent)
    for name, pieces in tables:
        write_whole(path.with_name(name), pieces)


def _reading_of_json(motion: G1Motion, notes: tuple[Text, ...]) -> G1Reading:
    values: dict[ChoiceName, str | float] = {
        "joints": joint_set(motion.variant),
        "joint_order": "mujoco",
        "quaternion_order": "xyzw",
        "angle_unit": "rad",
        "length_unit": "m",
        "fps": motion.fps,
    }
    choices: list[Choice] = []
    for name, value in values.items():
        # all else is the same in each of these files, and not written there
        evidence = "The file says so." if name == "fps" else "The service's JSON always uses this."
        choices.append(Choice(name, value, sure=True, evidence=evidence))
    return G1Reading(motion, tuple(choices), notes, None)
