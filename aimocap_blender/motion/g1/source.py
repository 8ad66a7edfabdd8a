"""The content of a motion file of a G1, before its numbers are interpreted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from ...texts.counts import joint_count_in_words
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..rotations import FloatArray
from .joint_orders import JOINT_SETS, JointOrder, joint_names, other_robot, other_robot_of, sets_of
from .layouts import LAYOUT_OF, Layout
from .other_hands import OtherHands, parted_from_hands
from .variants import ROBOTS, g1_variant

Up = Literal["z", "y", "y_all"]
MAX_FRAMES = 2**20  # nearly ten hours at 30 fps
ROOT_COLUMNS = 7
EULER_COLUMNS = 3
POSITION_FIRST, _QUATERNION_FIRST = (slice(0, 3), slice(3, 7)), (slice(4, 7), slice(0, 4))
"""Columns of the pelvis's position and quaternion in nearly all tables, and in OmniRetarget's."""
MOST_OFF_UNIT = 1e-2  # quaternions further from length 1 are not rotations
_VELOCITIES = 6  # of the pelvis
_FEW_JOINTS = 4  # other names than a robot's that are those of another
_FULL_TURN = 2.0 * np.pi  # rad; no joint of a robot goes that far
_LARGEST = 1e7  # ten kilometres in millimetres
_COUNTS = sorted({len(joint_names(joints, "mujoco")) for joints in JOINT_SETS})
COUNTS = Text("{some} or {last}", some=", ".join(map(str, _COUNTS[:-1])), last=_COUNTS[-1])
AGAIN = "Download, export or convert the file again: it is broken, or for another robot."
CHOOSE = Text(
    "Choose motion of one of these robots: {robots}.",
    robots=", ".join(g1_variant(variants[0]).robot.name for variants in ROBOTS.values()),
)


@dataclass(frozen=True, eq=False)
class G1Source:
    """The uninterpreted numbers of a file.

    Attributes:
        kind: type of the file, for people: "CSV", "npz".
        root_pos: (F, 3) of the pelvis, in an unknown unit.
        root_rot: (F, 4) quaternions of the pelvis in an unknown order, or (F, 3) angles about the world's x, y and z,
            the rotation about x first.
        angles: (F, J) joint angles in an unknown unit.
        joints: MuJoCo's names of the columns of `angles`, if the file names them.
        quaternion_order: "wxyz" or "xyzw", if the file states it.
        fps: frame rate, if the file states it.
        fps_called: frame rate, if the file's name states it.
        usual_order: usual joint order in such files.
        usual_quaternion: usual quaternion order in such files.
        usual_fps: usual frame rate in such files.
        body_pos: (F, B, 3) of bodies in the world, if the file has them.
        bodies: names of those bodies, if the file has them.
        ignored: unused content of the file, for people.
        hands: joints of hands that no robot here has, in the unit of `angles`.
        layout: that the file is of; None if it is of none that is known.
        layout_if_says: that it is of if the evidence agrees with all that this layout says.
        up: which way its world's axes point: "z" up, "y" up, or "y" up in the pelvis's frame, too ("y_all").
        placed, turned: bodies that `root_pos` and `root_rot` are of; '' for the pelvis.
    """

    kind: str
    root_pos: FloatArray
    root_rot: FloatArray
    angles: FloatArray
    joints: tuple[str, ...] | None = None
    quaternion_order: str | None = None
    fps: float | None = None
    fps_called: float | None = None
    usual_order: JointOrder = "mujoco"
    usual_quaternion: str = "xyzw"
    usual_fps: float = 30.0
    body_pos: FloatArray | None = None
    bodies: tuple[str, ...] | None = None
    ignored: tuple[Sentence, ...] = ()
    hands: OtherHands | None = None
    layout: Layout | None = None
    layout_if_says: Layout | None = None
    up: Up = "z"
    placed: str = ""
    turned: str = ""

    def said(self, choice: str) -> str | None:
        """Return the value of a choice that the file's layout says; None if it leaves that open.

        Angles that no joint can have are in another unit, whatever the layout says.
        """
        if self.layout is None or (choice == "quaternion_order" and self.quaternion_order is not None):
            return None
        if choice == "joints":
            return self.layout.sets.get(self.angles.shape[1])
        if choice == "angle_unit" and np.abs(self.angles).max(initial=0.0) > _FULL_TURN:
            return None
        return self.layout.says.get(choice)

    @property
    def lift(self) -> float:
        """How far the pelvis is above where the file has it, metres: some files count from a standing one's height."""
        height = self.layout.height if self.layout is not None else 0.0
        # no robot has its pelvis so low for half of a clip: the file counts from that height
        return height if np.median(self.root_pos[:, 2]) < height / 2.0 else 0.0

    def column_name(self, column: int) -> str:
        """Return what a column of `angles` is, for people, as far as is known."""
        if self.joints is not None:
            return self.joints[column]
        count = self.angles.shape[1]
        names = joint_names(sets_of(count)[0], self.usual_order)
        by = Text("MuJoCo's") if self.usual_order == "mujoco" else Text("Isaac's")
        return Text(
            "joint {column} of {count} ({name} in {by} order)",
            column=column + 1,
            count=count,
            name=names[column],
            by=by,
        )


@lru_cache(maxsize=1)
def motors() -> Mapping[int, tuple[int, ...]]:
    """Return how many places for motors Unitree's low-level states have → those of a robot's joints."""
    found: dict[int, tuple[int, ...]] = {}
    for variants in ROBOTS.values():
        robot = g1_variant(variants[0]).robot
        if robot.motors:
            found[robot.places] = robot.motors
    return found


def pelvis_columns(table: FloatArray) -> tuple[slice, slice] | None:
    """Return the columns of the pelvis's position and quaternion at the beginning of rows; None if it isn't there."""
    # where both fit, the position comes first
    for columns in (POSITION_FIRST, _QUATERNION_FIRST):
        # whatever is beyond has no length of 1
        lengths = np.linalg.norm(np.clip(table[:, columns[1]], -2.0, 2.0), axis=1)
        if (np.abs(lengths - 1.0) < MOST_OFF_UNIT).all():
            return columns
    return None


def by_frames(table: FloatArray) -> FloatArray:
    """Return a table with frames as rows, also if it has them as columns, as MATLAB's signals; else as it is."""
    if _are_frames(table) or not _are_frames(table.T):
        return table
    return np.ascontiguousarray(table.T)


def _are_frames(table: FloatArray) -> bool:
    return bool(sets_of(table.shape[1] - ROOT_COLUMNS)) and pelvis_columns(table) is not None


def without_velocities(table: FloatArray) -> tuple[FloatArray, tuple[Sentence, ...]]:
    """Return the columns of the pelvis and of joints without the velocities after them, and what is left out."""
    for count in _COUNTS:
        # no robot alone has as many
        if table.shape[1] in (ROOT_COLUMNS + 2 * count, ROOT_COLUMNS + _VELOCITIES + 2 * count):
            return table[:, : ROOT_COLUMNS + count], ("the velocities in the last columns",)
    return table, ()


def require_known_robot(names: Sequence[str]) -> None:
    """Raise if joints with these names are those of a robot that has no table.

    Raises:
        Fault: they are; it names the robot.
    """
    robot = other_robot(names)
    if robot is not None:
        raise Fault(Text("The motion is of a robot that isn't known here: {robot}.", robot=robot), CHOOSE)


def require_no_others(joints: tuple[str, ...], others: Sequence[str]) -> None:
    """Raise if the names of columns are of joints that no robot here has: what is read of them would be wrong.

    Args:
        joints: those that a robot here has.
        others: names of the other joints.

    Raises:
        Fault: they are; it names some.
    """
    unknown, _ = parted_from_hands([(name, 0) for name in others], np.zeros((0, 1)))
    is_whole = any(set(joint_names(robot, "mujoco")) <= set(joints) for robot in JOINT_SETS)
    if len(unknown) >= _FEW_JOINTS and not is_whole:
        raise Fault(
            Text(
                "The file names {count} joints that no robot here has: {names}, …",
                count=len(unknown),
                names=", ".join(unknown[:3]),
            ),
            CHOOSE,
        )


def checked(source: G1Source) -> G1Source:
    """Return the source if its counts agree, its number of joints is known, and its numbers are finite.

    Of a state for each motor it has the joints' angles.

    Raises:
        Fault: one of these is not true; it names the frame and the joint.
    """
    source = _of_motors(source) if source.joints is None else source
    frames = len(source.angles)
    for name, rows in ((Text("positions"), source.root_pos), (Text("rotations"), source.root_rot)):
        if len(rows) != frames:
            raise Fault(
                Text(
                    "The {kind} has {count} {name} of the pelvis, but {frames} rows of joints.",
                    kind=source.kind,
                    count=len(rows),
                    name=name,
                    frames=frames,
                ),
                AGAIN,
            )
    if frames == 0:
        raise Fault(Text("The {kind} has no frames.", kind=source.kind), AGAIN)
    if frames > MAX_FRAMES:
        raise Fault(
            Text("The {kind} has {frames} frames, far more than any motion.", kind=source.kind, frames=frames), AGAIN
        )
    count = source.angles.shape[1]
    other = other_robot_of(count) if source.joints is None else None
    if other is not None:
        raise Fault(
            Text(
                "The {kind} has {count} joints a frame, as a {robot} has.",
                kind=source.kind,
                count=count,
                robot=other,
            ),
            CHOOSE,
        )
    if source.joints is None and not sets_of(count):
        raise Fault(
            Text(
                "The {kind} has {joints} a frame; a robot has {counts}.",
                kind=source.kind,
                joints=joint_count_in_words(count),
                counts=COUNTS,
            ),
            Text.joined((CHOOSE, "Or name the joints: joint_names, in it or in a meta.json next to it."))
            if source.kind == "npz"
            else CHOOSE,
        )
    _check_numbers(Text("the pelvis's position"), source.root_pos)
    _check_numbers(Text("the pelvis's rotation"), source.root_rot)
    _check_numbers(Text(""), source.angles, source)
    if source.hands is not None:
        _check_numbers(Text("the hands"), source.hands.angles)
    return source


def _of_motors(source: G1Source) -> G1Source:
    used = motors().get(source.angles.shape[1], ())
    # places without a motor stay 0
    if not used or np.delete(source.angles, used, axis=1).any():
        return source
    return replace(source, angles=source.angles[:, used], layout=source.layout or LAYOUT_OF["unitree_sdk"])


def _check_numbers(what: Text, values: FloatArray, source: G1Source | None = None) -> None:
    """Refuse numbers that aren't finite or are too large; the source names the columns of angles."""
    infinite, large = Text("not a finite number"), Text("far too large")
    for bad, wrong in ((~np.isfinite(values), infinite), (np.abs(values) > _LARGEST, large)):
        # in the order of frames: the first one that is wrong is named
        rows, columns = np.nonzero(bad)
        if len(rows):
            column = int(columns[0])
            name = (
                Text("number {column} of {what}", column=column + 1, what=what)
                if source is None
                else source.column_name(column)
            )
            raise Fault(
                Text("Frame {frame} (counted from 0): {name} is {wrong}.", frame=int(rows[0]), name=name, wrong=wrong),
                AGAIN,
            )
