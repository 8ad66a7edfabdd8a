"""Repairing a motion of the G1: each step returns a new motion and a summary of its changes.

Here: the ground, the limits of joints, and mirroring. `adjusting_curves.py` has spikes and speeds, `adjusting_time.py`
loops and frame rates.
"""

from dataclasses import dataclass, replace
from itertools import compress

import numpy as np

from ...texts.counts import frames_in_words, joint_count_in_words
from ...texts.text import Sentence, Text
from ..rotations import FloatArray
from .checks_body import strict_ranges
from .motion import G1Motion
from .other_hands import mirrored_hands
from .soles import soles_of

_IN_THE_AIR = 0.01  # metres above the level that the clip stands on
_REACH = 3  # standard deviations beyond which a Gaussian is zero
_LEVEL = 5e-5  # metres off the ground that aren't worth a sentence
_NOTHING = "Nothing had to change"


@dataclass(frozen=True)
class G1Change:
    """The changes of a repair step.

    Attributes:
        sentence: for the user, without full stop.
        frames: number of changed frames.
        joints: names of joints with changed angles, in MuJoCo's order.
        root: whether the pelvis's position or rotation changed.
    """

    sentence: Sentence
    frames: int
    joints: tuple[str, ...]
    root: bool

    @property
    def nothing(self) -> bool:
        """Whether the motion is unchanged."""
        return self.frames == 0


def put_on_ground(motion: G1Motion, ground: float = 0.0) -> tuple[G1Motion, G1Change]:
    """Raise or lower the whole motion so that the level it stands on is the ground; nothing else changes.

    Args:
        ground: height, metres.
    """
    soles = soles_of(motion)
    shift = ground - soles.level()
    if abs(shift) < _LEVEL:
        return change_of(motion, motion, "")
    # as a whole: how feet rise and land stays
    moved = replace(motion, root_pos=motion.root_pos + np.array([0.0, 0.0, shift]))
    raised = Text("Raised by {distance:.1f} mm", distance=shift * 1000.0)
    lowered = Text("Lowered by {distance:.1f} mm", distance=-shift * 1000.0)
    return change_of(motion, moved, raised if shift > 0 else lowered)


def follow_ground(motion: G1Motion, ground: float = 0.0, seconds: float = 0.1) -> tuple[G1Motion, G1Change]:
    """Raise or lower the pelvis frame by frame so that the lower sole is on the ground, except in flight.

    Args:
        ground: height, metres.
        seconds: standard deviation of the Gaussian that smooths the shifts over time; 0 for none. The smoother the
            shifts, the more brief sinking and floating remains.
    """
    soles = soles_of(motion)
    # frames in which a sole carries: only these tell where the ground has to be
    carried = np.flatnonzero(~soles.flying(soles.level() + _IN_THE_AIR))
    if not len(carried):
        return change_of(motion, motion, "")
    lowest = soles.lowest
    # in flight the shift goes over from the one before it to the one after it
    shifts = _smoothed(np.interp(np.arange(len(lowest)), carried, ground - lowest[carried]), seconds * motion.fps)
    root_pos = motion.root_pos.copy()
    root_pos[:, 2] += shifts
    sentence = Text(
        "Moved up and down to follow the ground, by {min:+.0f} to {max:+.0f} mm",
        min=shifts.min() * 1000.0,
        max=shifts.max() * 1000.0,
    )
    return change_of(motion, replace(motion, root_pos=root_pos), sentence)


def within_limits(motion: G1Motion, *, strict: bool = False, soft: float = 0.0) -> tuple[G1Motion, G1Change]:
    """Hold joints that exceed their limits within them; the others stay, bit for bit.

    Args:
        strict: also apply the stricter retargeting limits.
        soft: rad before a limit at which motion past it eases in instead of stopping at the limit; at most half of the
            joint's range.
    """
    ranges = motion.model.ranges
    if strict:
        other = strict_ranges(motion.model)
        # of both limits the narrower one, at each end
        ranges = np.stack([np.maximum(ranges[:, 0], other[:, 0]), np.minimum(ranges[:, 1], other[:, 1])], axis=1)
    dof, low, high = motion.dof_pos, ranges[:, 0], ranges[:, 1]
    # half of the range at most, or both zones would overlap
    zone = np.minimum(soft, (high - low) / 2.0)
    # below the lowest angle as above the highest, with signs turned round
    held = dof.copy()
    for joint in np.flatnonzero((dof > high).any(axis=0)).tolist():
        held[:, joint] = _held_below(held[:, joint], float(high[joint]), float(zone[joint]))
    for joint in np.flatnonzero((dof < low).any(axis=0)).tolist():
        held[:, joint] = -_held_below(-held[:, joint], float(-low[joint]), float(zone[joint]))
    adjusted, change = change_of(motion, replace(motion, dof_pos=held), "")
    most = float(np.degrees(np.abs(held - dof).max(initial=0.0)))
    whose, where = joints_in_words(change.joints), frames_in_words(change.frames)
    sentence = Text("{whose} held within limits, by up to {most:.1f}°, on {where}", whose=whose, most=most, where=where)
    return adjusted, change if change.nothing else replace(change, sentence=sentence)


def mirrored(motion: G1Motion) -> tuple[G1Motion, G1Change]:
    """Swap left and right, as a mirror in the world's XZ plane does; doing it twice restores the motion."""
    order, signs = motion.model.mirror
    result = replace(
        motion,
        root_pos=motion.root_pos * np.array([1.0, -1.0, 1.0]),
        # a rotation about Y looks the same in a mirror at right angles to Y, others turn round
        root_quat=motion.root_quat * np.array([1.0, -1.0, 1.0, -1.0]),
        dof_pos=motion.dof_pos[:, order] * signs,
        hands=mirrored_hands(motion.hands) if motion.hands else None,
    )
    return change_of(motion, result, "Left and right swapped")


def change_of(before: G1Motion, after: G1Motion, sentence: Sentence) -> tuple[G1Motion, G1Change]:
    """Return a motion and its changes, frame by frame, against one with the same number of frames."""
    joints = before.dof_pos != after.dof_pos
    root = (before.root_pos != after.root_pos).any(axis=1) | (before.root_quat != after.root_quat).any(axis=1)
    frames = int(np.count_nonzero(joints.any(axis=1) | root))
    names = tuple(compress(before.model.joint_names, joints.any(axis=0)))
    return after, G1Change(sentence if frames else _NOTHING, frames, names, bool(root.any()))


def joints_in_words(joints: tuple[str, ...]) -> str:
    """Return joints for a sentence: the name of one, or how many."""
    return joints[0] if len(joints) == 1 else joint_count_in_words(len(joints))


def _held_below(values: FloatArray, limit: float, zone: float) -> FloatArray:
    """Hold values below `limit`; in the `zone` before it they ease in, starting at slope 1."""
    if zone <= 0.0:
        return np.minimum(values, limit)
    start = limit - zone
    # starts with slope 1 and nears the limit without reaching it; the minimum is for rounding
    inside = np.minimum(limit - zone * np.exp(-np.maximum(values - start, 0.0) / zone), limit)
    return np.where(values > start, inside, values)


def _smoothed(values: FloatArray, width: float) -> FloatArray:
    """Average values (F,) with a Gaussian of `width` samples; beyond the ends they are constant."""
    reach = int(np.ceil(_REACH * width))
    if reach == 0:
        return values
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    # constant beyond the ends, so that a clip that begins on the ground stays there
    smooth: FloatArray = np.convolve(np.pad(values, reach, mode="edge"), weights / weights.sum(), mode="valid")
    return np.asarray(smooth, dtype=np.float64)
