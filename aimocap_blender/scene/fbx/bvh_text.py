"""BVH files in the one form that Blender's importer takes without fault.

The importer goes by lines: a brace, a colon or a comma elsewhere makes it read other joints, another frame rate or no
first frame, mostly without a word. Here the text is read by its words, as other programs do, and written again.

This file uses the standard library only: the background Blender loads it by its path.
Format: https://research.cs.wisc.edu/graphics/Courses/cs-838-1999/Jeff/BVH.html
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import LiteralString, NamedTuple

_USUAL_SEC = 1.0 / 30.0
"""Of a frame in a file that doesn't say how long one lasts."""

_LONGEST_SEC = 1.0
"""Of a frame: files with more have milliseconds or frames per second in this place."""

_NUMBER = r"[-+]?[\d.,]+(?:e[-+]?\d+)?"
_COMMENT = re.compile(r"^[ \t]*(?:#|;|//).*$", re.MULTILINE)
_MOTION = re.compile(r"(?:^[ \t]*|\}\s*)MOTION\b", re.IGNORECASE | re.MULTILINE)
_WORD = re.compile(
    rf"\b(?:ROOT|JOINT)\b(?P<joint>[^{{}}\n]*)|\b(?P<end>End[ \t_]*Site)\b[^{{}}\n]*"
    rf"|\bOFFSET(?P<offset>(?:[\s;]+{_NUMBER}){{3}})"
    r"|\bCHANNELS\s+\d+(?P<channels>(?:\s+[XYZ](?:position|rotation)\b)*)|(?P<brace>[{}])",
    re.IGNORECASE,
)
_FRAMES = re.compile(r"\s*Frames\s*:?\s*(\d+)", re.IGNORECASE)
_FRAME_TIME = re.compile(r"\s*Frame\s*Time\b[ \t]*:?[ \t]*(\S*)", re.IGNORECASE)
_NO_NUMBER = re.compile(r"[^\d\s.eE+,;-]")
_KINDS = ("position", "rotation")


class BvhSentence(NamedTuple):
    """A sentence for people.

    Attributes:
        template: of the sentence.
        values: for the template's fields.
    """

    template: LiteralString
    values: Mapping[str, str]


class BvhProblem(Exception):  # noqa: N818 -- an unusable file is not an error of this code
    """A reason why a file can't be used.

    Attributes:
        what: is wrong.
        next_step: a sentence of what to do.
    """

    def __init__(self, next_step: LiteralString, template: LiteralString, **values: object) -> None:
        self.what, self.next_step = _sentence(template, **values), next_step
        super().__init__(template)


@dataclass
class _Joint:
    """A joint, or the end of a chain: that has no name.

    Attributes:
        channels: in lower case.
    """

    name: str | None
    depth: int
    offset: tuple[str, ...] = ("0", "0", "0")
    channels: list[str] = field(default_factory=list[str])


def as_importers_read(data: bytes, file: str) -> tuple[str, list[BvhSentence]]:
    """Return a BVH file's text in the form that Blender's importer takes, and what people should know of the file.

    Args:
        data: of the file.
        file: its name, for messages.

    Raises:
        BvhProblem: it is none, or cut before its motion, or has a frame that can't be read.
    """
    text = _COMMENT.sub("", _decoded(data).replace("\r\n", "\n").replace("\r", "\n"))
    motion = _MOTION.search(text)
    joints = _joints_in(text[: motion.start() + 1] if motion else text)
    if not joints:
        raise BvhProblem(
            "Choose another file. A robot's motion is imported in the robot's panel.",
            "“{file}” is neither FBX, BVH nor glTF.",
            file=file,
        )
    width = 0
    for joint in joints:
        width += len(joint.channels)
    if motion is None or not width:
        raise BvhProblem("Export it with its animation.", "“{file}” contains a skeleton without animation.", file=file)
    notes: list[BvhSentence] = []
    frames, seconds, numbers = _motion_in(text[motion.end() :])
    rows = _rows_in(numbers, width, file)
    if frames > len(rows):
        notes.append(
            _sentence("“{file}” is cut: it has {count} of {told} frames.", file=file, count=len(rows), told=frames)
        )
    if seconds is None:
        notes.append(
            _sentence("“{file}” doesn't say how long a frame lasts: 30 frames per second are assumed.", file=file)
        )
    filled, rows = _with_all_channels(joints, rows)
    return "\n".join([*_written(filled, len(rows), seconds or _USUAL_SEC), *rows, ""]), notes


def _sentence(template: LiteralString, **values: object) -> BvhSentence:
    return BvhSentence(template, {name: str(value) for name, value in values.items()})


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # names in an encoding that nothing tells: any one keeps them apart
        return data.decode("latin-1")


def _joints_in(text: str) -> list[_Joint]:
    """Return the joints and ends of a hierarchy in its order."""
    joints: list[_Joint] = []
    # of each open brace, whether a joint's
    braces: list[bool] = []
    opens = False
    for word in _WORD.finditer(text):
        if word["joint"] is not None or word["end"]:
            name = None if word["end"] else "_".join(word["joint"].split()) or "joint"
            joints.append(_Joint(name, sum(braces)))
            opens = True
        elif word["brace"] == "{":
            braces.append(opens)
            opens = False
        elif word["brace"]:
            del braces[-1:]
        elif joints and word["offset"]:
            numbers = word["offset"].replace(";", " ").split()
            joints[-1].offset = tuple(_point(number.rstrip(",")) for number in numbers)
        elif joints and word["channels"] and joints[-1].name is not None:
            joints[-1].channels = word["channels"].lower().split()
    return joints


def _point(number: str) -> str:
    return number.replace(",", ".")


def _motion_in(text: str) -> tuple[int, float | None, str]:
    """Return how many frames a file says that it has, 0 if it doesn't; seconds of one; and what follows."""
    frames, seconds = 0, None
    while found := _FRAMES.match(text) or _FRAME_TIME.match(text):
        if found.re is _FRAMES:
            frames = int(found[1])
        else:
            seconds = _seconds(found[1])
        text = text[found.end() :]
    return frames, seconds, text


def _seconds(number: str) -> float | None:
    try:
        seconds = float(_point(number))
    except ValueError:
        return None
    return seconds if 0.0 < seconds <= _LONGEST_SEC else None


def _rows_in(text: str, width: int, file: str) -> list[str]:
    """Return the frames as rows of at least so many numbers; one that is cut at the end is left out.

    Raises:
        BvhProblem: there is none, or one can't be read.
    """
    if "," in text or ";" in text:
        # commas are either between numbers or within them
        text = re.sub(r"[,;]", " ", text) if re.search(r"\d\.\d", text) else text.replace(";", " ").replace(",", ".")
    rows: list[str] = list(filter(None, map(str.strip, text.splitlines())))
    counts = [len(row.split()) for row in rows]
    has_words = _NO_NUMBER.search(text) is not None
    if any(not width <= count < 2 * width for count in counts[:-1]) or (counts and counts[-1] >= 2 * width):
        # lines that end elsewhere than frames
        numbers = text.split()
        if has_words or len(numbers) % width:
            raise _broken_row(rows, counts, width, file)
        rows = [" ".join(numbers[start : start + width]) for start in range(0, len(numbers), width)]
    elif counts and counts[-1] < width:
        rows.pop()
    if has_words:
        raise _broken_row(rows, counts, width, file)
    if not rows:
        raise BvhProblem("Export it with its animation.", "“{file}” contains a skeleton without animation.", file=file)
    return rows


def _broken_row(rows: list[str], counts: list[int], width: int, file: str) -> BvhProblem:
    """Return the problem of the first row that is none."""
    frame = 0
    for row, count in zip(rows, counts, strict=False):
        if _NO_NUMBER.search(row) or count != width:
            break
        frame += 1
    return BvhProblem(
        "Download or export the motion again.",
        "Frame {frame} of “{file}” (counted from 0) doesn't have {width} numbers.",
        frame=frame,
        file=file,
        width=width,
    )


def _with_all_channels(joints: list[_Joint], rows: list[str]) -> tuple[list[_Joint], list[str]]:
    """Return joints and rows with three positions and rotations, or none, for each joint: else the importer fails."""
    columns: list[int | str] = []
    given = 0
    for joint in joints:
        columns += range(given, given + len(joint.channels))
        given += len(joint.channels)
        for kind in _KINDS:
            has_any = any(kind in channel for channel in joint.channels)
            for axis, rest in zip("xyz", joint.offset, strict=True):
                if has_any and axis + kind not in joint.channels:
                    joint.channels.append(axis + kind)
                    columns.append(rest if kind == "position" else "0")
    if len(columns) == given:
        return joints, rows
    filled: list[str] = []
    for row in rows:
        numbers = row.split()
        filled.append(" ".join(numbers[column] if isinstance(column, int) else column for column in columns))
    return joints, filled


def _written(joints: list[_Joint], frames: int, seconds: float) -> Iterator[str]:
    """Yield the lines before the frames."""
    yield "HIERARCHY"
    depth = 0
    for joint in joints:
        for _ in range(joint.depth, depth):
            yield "}"
        yield "End Site" if joint.name is None else f"{'JOINT' if joint.depth else 'ROOT'} {joint.name}"
        yield "{"
        yield f"OFFSET {' '.join(joint.offset)}"
        if joint.name is not None:
            yield f"CHANNELS {len(joint.channels)} {' '.join(joint.channels)}"
        depth = joint.depth + 1
    for _ in range(depth):
        yield "}"
    yield "MOTION"
    yield f"Frames: {frames}"
    yield f"Frame Time: {seconds!r}"
