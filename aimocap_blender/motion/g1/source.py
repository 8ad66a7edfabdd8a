"""What a motion file of a G1 holds, before it is known how its numbers are meant."""

from dataclasses import dataclass

import numpy as np

from ..faults import MotionFault
from ..rotations import FloatArray
from .joint_orders import JointOrder, joint_names, sets_of

MAX_FRAMES = 2**20  # nearly ten hours at 30 fps
EULER_COLUMNS = 3
_LARGEST = 1e7  # ten kilometres in millimetres
COUNTS = "23, 29 or 43"
AGAIN = "Get the file again from where it came, or convert it; it is broken or not for a G1."


@dataclass(frozen=True, eq=False)
class G1Source:
    """The numbers of a file as they stand there.

    Attributes:
        kind: what the file is, for people: "CSV", "npz".
        root_pos: (F, 3) of the pelvis, in an unknown unit.
        root_rot: (F, 4) quaternions of the pelvis in an unknown order, or (F, 3) angles about the world's x, y and z,
            the turn about x first.
        angles: (F, J) joint angles in an unknown unit.
        joints: MuJoCo's names of the columns of `angles`, where the file names them.
        quaternion_order: "wxyz" or "xyzw" where the file says so.
        fps: where the file says so.
        usual_order: of joints, in files like this.
        usual_quaternion: order, in files like this.
        usual_fps: in files like this.
        body_pos: (F, B, 3) of bodies in the world, where the file has them.
        bodies: names of those bodies, where the file has them.
        ignored: what else the file has that isn't read, for people.
    """

    kind: str
    root_pos: FloatArray
    root_rot: FloatArray
    angles: FloatArray
    joints: tuple[str, ...] | None = None
    quaternion_order: str | None = None
    fps: float | None = None
    usual_order: JointOrder = "mujoco"
    usual_quaternion: str = "xyzw"
    usual_fps: float = 30.0
    body_pos: FloatArray | None = None
    bodies: tuple[str, ...] | None = None
    ignored: tuple[str, ...] = ()

    def column_name(self, column: int) -> str:
        """What a column of `angles` is, for people, as far as can be said."""
        if self.joints is not None:
            return self.joints[column]
        count = self.angles.shape[1]
        names = joint_names(sets_of(count)[0], self.usual_order)
        by = "MuJoCo's" if self.usual_order == "mujoco" else "Isaac's"
        return f"joint {column + 1} of {count} ({names[column]} in {by} order)"


def checked(source: G1Source) -> G1Source:
    """The same, if its counts agree, the number of its joints is one that is known, and its numbers are finite.

    Raises:
        MotionFault: which it is not; it names the frame and the joint.
    """
    frames = len(source.angles)
    for name, rows in (("positions", source.root_pos), ("rotations", source.root_rot)):
        if len(rows) != frames:
            raise MotionFault(
                f"The {source.kind} has {len(rows)} {name} of the pelvis, but {frames} rows of joints.", AGAIN
            )
    if frames == 0:
        raise MotionFault(f"The {source.kind} has no frames.", AGAIN)
    if frames > MAX_FRAMES:
        raise MotionFault(f"The {source.kind} has {frames} frames, far more than any motion.", AGAIN)
    count = source.angles.shape[1]
    if source.joints is None and not sets_of(count):
        raise MotionFault(
            f"The {source.kind} has {count} joints a frame; a G1 has {COUNTS}.", "Choose the motion of a Unitree G1."
        )
    _check_numbers("the pelvis's position", source.root_pos)
    _check_numbers("the pelvis's rotation", source.root_rot)
    _check_numbers("", source.angles, source)
    return source


def _check_numbers(what: str, values: FloatArray, source: G1Source | None = None) -> None:
    """Refuse what is no finite number, or too large; the columns of angles are named by the source."""
    for bad, wrong in ((~np.isfinite(values), "no finite number"), (np.abs(values) > _LARGEST, "far too large")):
        rows, columns = np.nonzero(bad)
        if len(rows):
            column = int(columns[0])
            name = f"number {column + 1} of {what}" if source is None else source.column_name(column)
            raise MotionFault(f"Frame {int(rows[0])} (counted from 0): {name} is {wrong}.", AGAIN)
