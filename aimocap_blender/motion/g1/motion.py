"""A motion of the Unitree G1, and the service's JSON of it."""

import json
import math
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from operator import is_not
from pathlib import Path
from typing import NoReturn

import numpy as np

from ...plain_files import read_plain
from ...texts.faults import Fault
from ...texts.text import Text
from .. import rotations
from ..files.json_walker import JsonWalker, JsonWalkError
from ..rotations import FloatArray, norm
from .model import G1Model
from .other_hands import OtherHands
from .robots import WHOLE_ROBOTS
from .source import CHOOSE, MAX_FRAMES, MOST_OFF_UNIT
from .variants import WITH_HANDS, Variant, g1_variant

VERSION = 1
ROBOT = "unitree_g1"
MAX_BYTES = 256 * 2**20  # about eight hours at 30 fps in full precision
MIN_FPS, MAX_FPS = 0.01, 1000.0
FARTHEST = 1e4  # metres from the origin
LARGEST_ANGLE = 1e3  # rad
UNIT_TOLERANCE = 1e-3  # rounding to four decimals
AGAIN = "Download or export the file again: it is broken, or for another robot."
_ROOT_POS = ("x", "y", "z")
_ROOT_ROT = ("x", "y", "z", "w")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class G1Motion:
    """The robot's motion, frame by frame. World: metres, X forward, Y left, Z up.

    Attributes:
        fps: frame rate.
        root_pos: (F, 3) of the pelvis, metres.
        root_quat: (F, 4) of the pelvis, wxyz, unit, without sign flips.
        dof_pos: (F, J) joint angles in MuJoCo's order (`model.joints`), rad.
        variant: which G1 moves.
        hands: joints of hands that the robot here lacks.
    """

    fps: float
    root_pos: FloatArray
    root_quat: FloatArray
    dof_pos: FloatArray
    variant: Variant = "29dof"
    hands: OtherHands | None = None

    @property
    def model(self) -> G1Model:
        """The robot that moves."""
        return g1_variant(self.variant)

    @property
    def times(self) -> FloatArray:
        """(F,) seconds from the first frame."""
        return np.arange(len(self.root_pos), dtype=np.float64) / self.fps


def on_variant(motion: G1Motion, variant: Variant) -> G1Motion:
    """Return the motion for another G1: shared joints keep their angles, joints missing in the motion are at 0."""
    if variant == motion.variant:
        return motion
    dof_pos = of_joints(g1_variant(variant).joint_names, motion.model.joint_names, motion.dof_pos)
    return replace(motion, dof_pos=dof_pos, variant=variant)


def of_joints(wanted: tuple[str, ...], names: tuple[str, ...], angles: FloatArray) -> FloatArray:
    """Return (F, J) the angles of the wanted joints, from columns with these names; missing joints are at 0."""
    found = np.zeros((len(angles), len(wanted)))
    column = dict(zip(names, range(len(names)), strict=True))
    for index, name in enumerate(wanted):
        if name in column:
            found[:, index] = angles[:, column[name]]
    return found


def in_files(motion: G1Motion) -> G1Motion:
    """Return the motion with the joints that files have: of a G1 the 29, and those of hands."""
    if motion.variant in WHOLE_ROBOTS:
        return motion
    return on_variant(motion, WITH_HANDS if motion.variant == WITH_HANDS else "29dof")


def whole(fps: float) -> int | float:
    """Return a frame rate as a whole number if it is one: loaders index with it."""
    return int(fps) if fps.is_integer() else fps


def read_g1_motion(path: Path) -> G1Motion:
    """Read the motion in a file of the service's JSON.

    Raises:
        Fault: the file can't be read, or `parse_g1_motion` refuses it.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Fault(
                Text("“{file}” is far larger than any motion ({size:.0f} MB).", file=path.name, size=size / 2**20),
                AGAIN,
            )
        text = read_plain(path)
    except OSError as error:
        raise Fault(
            Text("“{file}” can't be read: {reason}.", file=path.name, reason=Text.of(error.strerror or str(error))),
            "Check that it exists and is readable.",
        ) from error
    return parse_g1_motion(text)


def parse_g1_motion(text: bytes) -> G1Motion:
    """Return the motion in the service's JSON: see `parse_g1_json`."""
    return parse_g1_json(text)[0]


def parse_g1_json(text: bytes) -> tuple[G1Motion, tuple[Text, ...]]:
    """Read the service's JSON: version 1 for `unitree_g1`; fields that it doesn't name are ignored.

    Rows of `dof_pos` have 29 joints, or the 43 of the robot with hands. Unambiguous errors are corrected: a number in
    quotes, a quaternion of nearly unit length. A later version is read if all fields of version 1 are valid. Other
    threads can run while it is parsed: see `json_walker.py`.

    Returns:
        The motion, and sentences on what was corrected.

    Raises:
        Fault: not that JSON, inconsistent counts, or an invalid number; it names the frame and the joint. No
            input raises anything else.
    """
    heads: dict[str, object] = {}
    try:
        return _parsed(JsonWalker(text), heads)
    except JsonWalkError as error:
        raise Fault(Text("This is not a motion JSON of a G1: {error}.", error=error), AGAIN) from error
    except Fault:
        # not broken, but a newer format
        if _is_later(heads) and heads.get("robotType", ROBOT) in _ROBOTS:
            raise _unknown_version(heads) from None
        raise


def checked_g1_motion(
    fps: float, root_pos: FloatArray, root_quat: FloatArray, dof_pos: FloatArray, variant: Variant = "29dof"
) -> G1Motion:
    """Return a motion from arrays of equally many rows, with unit, continuous quaternions.

    Args:
        fps: frames per second.
        root_pos: (F, 3) metres.
        root_quat: (F, 4) wxyz, of a length up to `MOST_OFF_UNIT` from 1.
        dof_pos: (F, J) rad.
        variant: which G1 moves.

    Raises:
        Fault: a number that isn't finite or is out of all bounds, or a quaternion that is not a rotation; it names
            the frame and the joint.
    """
    joints = g1_variant(variant).joint_names
    fields = (
        ("root_pos", root_pos, _ROOT_POS, FARTHEST),
        ("root_rot_xyzw", root_quat, ("w", "x", "y", "z"), np.inf),
        ("dof_pos", dof_pos, joints, LARGEST_ANGLE),
    )
    for field, values, names, most in fields:
        for is_bad, wrong in (
            (~np.isfinite(values), Text("not a finite number")),
            (np.abs(values) > most, Text("far too large")),
        ):
            # the first frame's first column is named
            bad = np.argwhere(is_bad)
            if len(bad):
                _refuse_value(field, int(bad[0, 0]), names[int(bad[0, 1])], wrong)
    # an infinite length is refused, too
    with np.errstate(over="ignore"):
        length = norm(root_quat)
    bad = np.flatnonzero(np.abs(length - 1.0) > MOST_OFF_UNIT)
    if len(bad):
        frame = int(bad[0])
        raise Fault(
            Text(
                "Frame {frame} (counted from 0): the pelvis's quaternion root_rot_xyzw has length {length:.4g}, "
                "and is not a rotation.",
                frame=frame,
                length=length[frame],
            ),
            AGAIN,
        )
    return G1Motion(fps, root_pos, rotations.continuous(root_quat / length[:, None]), dof_pos, variant)


def notes_on_length(root_quat: FloatArray) -> tuple[Text, ...]:
    """Return sentences on quaternions (F, 4) if one is further from unit length than rounding explains."""
    off = float(np.abs(norm(root_quat) - 1.0).max(initial=0.0))
    if off <= UNIT_TOLERANCE:
        return ()
    return (Text("The pelvis's quaternions were up to {off:.1%} off unit length and were normalised.", off=off),)


def to_json(motion: G1Motion) -> str:
    """Return the service's JSON of a motion, lossless: reading it gives the same numbers (`in_files`)."""
    return "".join(json_pieces(motion))


def json_pieces(motion: G1Motion) -> Iterator[str]:
    """Yield the JSON row by row: other threads run in between."""
    motion = in_files(motion)
    head = {"version": VERSION, "robotType": motion.model.robot.id, "fps": whole(motion.fps)}
    # without the closing brace, as fields follow
    yield json.dumps({**head, "frameCount": len(motion.root_pos)})[:-1]
    fields = {
        "root_pos": motion.root_pos,
        "root_rot_xyzw": motion.root_quat[:, [1, 2, 3, 0]],
        "dof_pos": motion.dof_pos,
    }
    for name, values in fields.items():
        before = f',\n"{name}": [\n'
        for row in values:
            yield before + json.dumps(row.tolist())
            before = ",\n"
        yield "\n]"
    yield "}\n"


def _parsed(walker: JsonWalker, heads: dict[str, object]) -> tuple[G1Motion, tuple[Text, ...]]:
    """Read the whole text; put the motion's header fields into `heads` as they come."""
    columns = {
        "root_pos": (_ROOT_POS,),
        "root_rot_xyzw": (_ROOT_ROT,),
        "dof_pos": tuple(g1_variant(variant).joint_names for variant in _VARIANT_OF.values()),
    }
    rows: dict[str, FloatArray] = {}
    in_quotes = 0
    for key in walker.members():
        # JSON lets a key come twice, of which readers take one or the other
        if key in heads or key in rows:
            raise Fault(Text("The motion has {key} twice.", key=key), AGAIN)
        if key in columns:
            rows[key], quoted = _numbers(key, columns[key], walker.rows())
            in_quotes += quoted
        elif key in ("version", "fps", "frameCount"):
            value = walker.scalar()
            heads[key] = _unquoted(value)
            in_quotes += heads[key] is not value
        elif key == "robotType":
            heads[key] = walker.scalar()
        else:
            walker.skip()
    walker.finish()
    fps, count = _head(heads)
    for key in columns:
        if key not in rows:
            raise Fault(Text("The motion has no {key}.", key=key), AGAIN)
        if len(rows[key]) != count:
            raise Fault(
                Text(
                    "The motion says frameCount {wanted}, but its rows of {key} are {count}.",
                    count=len(rows[key]),
                    key=key,
                    wanted=count,
                ),
                AGAIN,
            )
    dof_pos = rows["dof_pos"]
    variant = _VARIANT_OF.get((str(heads["robotType"]), dof_pos.shape[1]))
    if variant is None:
        raise _other_robot(heads, next(robot for robot, joints in _VARIANT_OF if joints == dof_pos.shape[1]))
    root_quat = rows["root_rot_xyzw"][:, [3, 0, 1, 2]]
    motion = checked_g1_motion(fps, rows["root_pos"], root_quat, dof_pos, variant)
    return motion, (*_notes(heads, in_quotes), *notes_on_length(root_quat))


def _notes(heads: dict[str, object], in_quotes: int) -> tuple[Text, ...]:
    notes: list[Text] = []
    if _is_later(heads):
        notes.append(
            Text(
                "The motion's version is {stated:g}, and this add-on knows version {version}; "
                "all fields of that version are present and valid.",
                stated=heads["version"],
                version=VERSION,
            )
        )
    if in_quotes:
        notes.append(Text("Numbers in quotes were read as numbers: {in_quotes}.", in_quotes=in_quotes))
    return tuple(notes)


def _by_robot_and_joints() -> dict[tuple[str, int], Variant]:
    found: dict[tuple[str, int], Variant] = {}
    for variant in ("29dof", WITH_HANDS, *WHOLE_ROBOTS):
        model = g1_variant(variant)
        found[model.robot.id, len(model.joints)] = variant
    return found


_VARIANT_OF = _by_robot_and_joints()
"""Robot and number of joints in the service's JSON → which it is."""
_ROBOTS = {robot for robot, _ in _VARIANT_OF}


def _head(heads: dict[str, object]) -> tuple[float, int]:
    """Return the frame rate and the frame count after checking the motion's header fields."""
    if not _is_later(heads) and (not _is_number(heads.get("version")) or heads["version"] != VERSION):
        raise _unknown_version(heads)
    if heads.get("robotType") not in _ROBOTS:
        raise _other_robot(heads, ROBOT)
    fps, count = heads.get("fps"), heads.get("frameCount")
    if not isinstance(fps, float) or not MIN_FPS <= fps <= MAX_FPS:
        raise Fault(
            Text("The motion's fps is {stated}, which is not a valid frame rate.", stated=_stated(heads, "fps")), AGAIN
        )
    if not isinstance(count, float) or not 1.0 <= count < math.inf or not count.is_integer():
        raise Fault(
            Text(
                "The motion's frameCount is {stated}, which is not a valid number of frames.",
                stated=_stated(heads, "frameCount"),
            ),
            AGAIN,
        )
    return fps, int(count)


def _other_robot(heads: dict[str, object], robot: str) -> Fault:
    return Fault(
        Text("The motion is for the robot {stated}, not for {robot}.", stated=_stated(heads, "robotType"), robot=robot),
        CHOOSE,
    )


def _is_later(heads: dict[str, object]) -> bool:
    version = heads.get("version")
    return isinstance(version, float) and VERSION < version < math.inf


def _unknown_version(heads: dict[str, object]) -> Fault:
    return Fault(
        Text(
            "The motion's version is {stated}; this add-on knows version {version}.",
            stated=_stated(heads, "version"),
            version=VERSION,
        ),
        "Update the add-on.",
    )


def _stated(heads: dict[str, object], name: str) -> str:
    return str(heads.get(name, "missing"))[:40]


def _is_number(value: object) -> bool:
    # the walker's only number type; true and false are not numbers
    return isinstance(value, float)


def _unquoted(value: object) -> object:
    """Return the value, or the number that is in quotes."""
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _numbers(field: str, known: tuple[tuple[str, ...], ...], rows: Iterator[list[object]]) -> tuple[FloatArray, int]:
    """Read a field's rows; the first row decides which of the `known` columns they have.

    Returns:
        (F, number of columns), and the count of numbers in quotes.
    """
    # eight bytes a number: as a list, hours of motion would take four times as much
    numbers = array("d")
    in_quotes = 0
    just_floats, columns = {float}, known[0]
    try:
        for values in rows:
            row = values
            if len(numbers) >= MAX_FRAMES * len(columns):
                raise Fault(
                    Text("The motion has more than {most} rows of {field}.", most=MAX_FRAMES, field=field), AGAIN
                )
            if not numbers:
                columns = next((names for names in known if len(names) == len(row)), columns)
            # one look at all types of a row is much faster than one at each number
            if set(map(type, row)) != just_floats:
                row = list(map(_unquoted, values))
                in_quotes += sum(map(is_not, row, values))
                if set(map(type, row)) != just_floats:
                    _refuse_row(field, len(numbers) // len(columns), columns, row)
            if len(row) != len(columns):
                _refuse_row(field, len(numbers) // len(columns), columns, row)
            numbers.extend(row)  # pyrefly: ignore[bad-argument-type] -- every item is a float, as just checked
    except JsonWalkError as error:
        frame = len(numbers) // len(columns)
        raise Fault(
            Text(
                "Frame {frame} (counted from 0): the row of {field} can't be read: {error}.",
                frame=frame,
                field=field,
                error=error,
            ),
            AGAIN,
        ) from error
    return np.asarray(numbers, dtype=np.float64).reshape(-1, len(columns)), in_quotes


def _refuse_row(field: str, frame: int, columns: tuple[str, ...], row: list[object]) -> NoReturn:
    for column, value in zip(columns, row, strict=False):
        if not _is_number(value):
            _refuse_value(field, frame, column, Text("{value}, not a number", value=json.dumps(value)[:40]))
    if len(row) < len(columns):
        _refuse_value(
            field,
            frame,
            columns[len(row)],
            Text("missing ({count} of {wanted} numbers)", count=len(row), wanted=len(columns)),
        )
    raise Fault(
        Text(
            "Frame {frame} (counted from 0): {field} continues after {column} ({count} numbers, not {wanted}).",
            frame=frame,
            field=field,
            column=columns[-1],
            count=len(row),
            wanted=len(columns),
        ),
        AGAIN,
    )


def _refuse_value(field: str, frame: int, column: str, wrong: Text) -> NoReturn:
    what = column if field == "dof_pos" else Text("{column} of the pelvis", column=column)
    raise Fault(
        Text(
            "Frame {frame} (counted from 0): {field}, {what} is {wrong}.",
            frame=frame,
            field=field,
            what=what,
            wrong=wrong,
        ),
        AGAIN,
    )
