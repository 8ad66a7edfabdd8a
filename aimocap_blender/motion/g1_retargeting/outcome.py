"""The result of retargeting to the G1: how far the robot is from the source, and what it could not do."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..g1.checks import G1Tolerances
from ..g1.motion import G1Motion
from ..g1.spikes import SpikeTolerance, off_course, spike_limits
from ..rotations import BoolArray, FloatArray, angle_between, conjugate, multiply, norm, to_rotation_vector
from ..spans import runs
from .footsteps import Footsteps
from .intent import Intent

OFF_DEGREES = 8.0
"""A limb whose direction differs by more from the source's is named."""

_AT_LIMIT = 1e-6  # rad
_LIMITED = 0.02  # of the frames: a joint that is at its limit more rarely isn't named
_MOVED = np.radians(0.1)


@dataclass(frozen=True, eq=False)
class LimbDistance:
    """How far a part of a limb is from the source's.

    Attributes:
        slot: the humanoid slot at its start, such as `left_upper_arm`.
        degrees: (F,) between its direction and the source's.
        centimetres: (F,) between its end and where that would be on a robot with free joints.
    """

    slot: str
    degrees: FloatArray
    centimetres: FloatArray

    @property
    def off(self) -> tuple[tuple[int, int], ...]:
        """The first and the last frame, from 0, of each span in which the direction is off."""
        return _spans(self.degrees > OFF_DEGREES)


@dataclass(frozen=True, eq=False)
class G1Outcome:
    """A human motion on the robot.

    Attributes:
        motion: the robot's.
        limbs: arms and legs that the source has.
        turned: slot (hips, spine, feet) to (F,) degrees between its attitude and the source's.
        planted: side to whether (F,) the foot was to stand.
        at_limits: joint to the share of frames in which it is at its limit.
        slowed: (F,) whether a motor would have been too slow.
        source_jumps: first and last frame, from 0, of each span in which the source itself jumps.
        scale: metres that the robot travels for one metre of the source's.
    """

    motion: G1Motion
    limbs: tuple[LimbDistance, ...]
    turned: Mapping[str, FloatArray]
    planted: Mapping[str, BoolArray]
    at_limits: Mapping[str, float]
    slowed: BoolArray
    source_jumps: tuple[tuple[int, int], ...]
    scale: float


def outcome_of(motion: G1Motion, intent: Intent, steps: Footsteps, slowed: FloatArray) -> G1Outcome:
    """Measure a robot's motion against the intent.

    Args:
        motion: the robot's.
        intent: the source's.
        steps: the footsteps that were planned.
        slowed: (F, J) rad that joints were changed by to be slow enough.
    """
    model = intent.puppet.model
    places = intent.puppet.places
    dof = motion.dof_pos[:, motion.model.columns_of(model)]
    pos, quat = model.body_poses(motion.root_pos, motion.root_quat, dof)
    limbs: list[LimbDistance] = []
    for (start, end), direction in intent.limbs.items():
        tip = places[end].at(pos, quat)
        degrees = np.degrees(angle_between(tip - places[start].at(pos, quat), direction))
        # the whole figure was moved for its feet, which is no distance of a limb
        off = norm(tip - intent.head(end) - steps.moved)
        limbs.append(LimbDistance(start, degrees, 100.0 * off))
    turned: dict[str, FloatArray] = {}
    for slot, wanted in intent.rotations.items():
        away = to_rotation_vector(multiply(conjugate(wanted), quat[:, places[slot].body]))
        turned[slot] = np.degrees(norm(away))
    low, high = model.ranges.T
    limited = ((dof <= low + _AT_LIMIT) | (dof >= high - _AT_LIMIT)).mean(axis=0)
    shares = dict(zip(model.joint_names, limited.tolist(), strict=True))
    return G1Outcome(
        motion=motion,
        limbs=tuple(limbs),
        turned=turned,
        planted={side: foot.planted for side, foot in steps.feet.items()},
        at_limits={joint: share for joint, share in shares.items() if share > _LIMITED},
        slowed=np.asarray((slowed > _MOVED).any(axis=1)),
        source_jumps=_spans(_jumps(intent)),
        scale=intent.motion.report.scale,
    )


def _jumps(intent: Intent) -> BoolArray:
    """Return (F,) where the source's own motion jumps, as `check_g1_motion` would find it on the robot."""
    fps, allow = intent.fps, G1Tolerances()
    cut, turn_cut = allow.root_cuts(fps)
    spike = allow.joint_spike(fps)
    # what changes from frame to frame, of hips, bodies and limbs; hands may flick
    curves: list[tuple[FloatArray, SpikeTolerance]] = [(np.diff(intent.head("hips"), axis=0), cut)]
    for slot, quat in intent.rotations.items():
        if not slot.endswith("_hand"):
            curves.append((to_rotation_vector(multiply(quat[1:], conjugate(quat[:-1]))), turn_cut))
    curves += [(np.diff(direction, axis=0), spike) for direction in intent.limbs.values()]
    jumps = np.zeros(len(intent.motion.times), dtype=np.bool_)
    for steps, tolerance in curves:
        deviation = np.linalg.norm(off_course(steps), axis=1, keepdims=True)
        jumps |= (deviation > spike_limits(deviation, tolerance))[:, 0]
    return jumps


def _spans(mask: BoolArray) -> tuple[tuple[int, int], ...]:
    return tuple((start, stop - 1) for start, stop in runs(mask).tolist())
