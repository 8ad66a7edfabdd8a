"""Repairing the curves of the G1's joints and pelvis: spikes, and speeds above the motors' limits."""

from dataclasses import replace

import numpy as np

from ...texts.counts import frames_in_words
from ...texts.text import Text
from .. import rotations
from ..rotations import FloatArray, norm
from ..spans import runs
from .adjusting import G1Change, change_of, joints_in_words
from .checks import G1Tolerances
from .motion import G1Motion
from .spikes import off_course, spike_limits

_PASSES = 6
_AROUND = 8  # frames on both sides of a spike, more than its deviation depends on
_ROUNDING = 1e-9
_SAME = 1e-12  # rad: changes this small are rounding and are undone


def without_spikes(motion: G1Motion, tolerances: G1Tolerances | None = None) -> tuple[G1Motion, G1Change]:
    """Replace spikes of joints and pelvis, as `check_g1_motion` finds them, by curves through other frames.

    A single displaced frame is moved between its neighbours, and nothing else changes; if that isn't enough, all
    deviating frames are interpolated. A cut becomes as smooth as a few frames allow.
    """
    allow = tolerances or G1Tolerances()
    dof, count = motion.dof_pos.copy(), 0
    limits = spike_limits(np.abs(off_course(np.diff(dof, axis=0))), allow.joint_spike(motion.fps))
    for joint in range(dof.shape[1]):
        dof[:, joint, None], found = _without_spikes(dof[:, joint, None], float(limits[joint]))
        count += found
    cut, rotation_cut = allow.root_cuts(motion.fps)
    position_limit = float(spike_limits(_deviations(motion.root_pos)[:, None], cut)[0])
    # all three coordinates as one curve: a place is displaced, not one of its numbers
    pos, position_spikes = _without_spikes(motion.root_pos, position_limit)
    # a quaternion changes by half the angle
    rotation_limit = float(spike_limits(2.0 * _deviations(motion.root_quat)[:, None], rotation_cut)[0])
    quat, rotation_spikes = _without_spikes(motion.root_quat, rotation_limit / 2.0)
    new = (quat != motion.root_quat).any(axis=1)
    quat[new] = rotations.normalise(quat[new])
    result, change = change_of(motion, replace(motion, root_pos=pos, root_quat=quat, dof_pos=dof), "")
    count += position_spikes + rotation_spikes
    joints, pelvis = joints_in_words(change.joints), Text("the pelvis")
    whose = joints
    if change.root:
        whose = Text("{items} and {last}", items=joints, last=pelvis) if change.joints else pelvis
    spikes = Text("1 spike") if count == 1 else Text("{count} spikes", count=count)
    sentence = Text(
        "{spikes} of {whose} repaired, on {frames}", spikes=spikes, whose=whose, frames=frames_in_words(change.frames)
    )
    return result, change if change.nothing else replace(change, sentence=sentence)


def within_speeds(motion: G1Motion, share: float = 1.0) -> tuple[G1Motion, G1Change]:
    """Slow joints that are too fast to their motors' speeds, with the least possible change.

    Of all curves within the speed, this is the one with the smallest maximum distance from the original: fast rotations
    begin earlier and end later, and unreachable peaks are lower. Timing and the other joints don't change.

    Args:
        share: fraction of the maximum speed that may be used, above 0.
    """
    steps = motion.model.speeds * share * (1.0 - _ROUNDING) / motion.fps
    dof = motion.dof_pos
    adjusted = dof.copy()
    for joint in np.flatnonzero((np.abs(np.diff(dof, axis=0)) > steps).any(axis=0)).tolist():
        adjusted[:, joint] = _within_steps(dof[:, joint], float(steps[joint]))
    result, change = change_of(motion, replace(motion, dof_pos=adjusted), "")
    most = float(np.degrees(np.abs(adjusted - dof).max(initial=0.0)))
    sentence = Text(
        "{joints} slowed down, by up to {most:.1f}°, on {frames}",
        joints=joints_in_words(change.joints),
        most=most,
        frames=frames_in_words(change.frames),
    )
    return result, change if change.nothing else replace(change, sentence=sentence)


def _within_steps(values: FloatArray, step: float) -> FloatArray:
    """Return the curve nearest to `values` (F,) whose neighbours differ by at most `step`.

    It is the mean of the highest and the lowest possible curve: cones of slope `step` above and below each value.
    """
    # leaning the values by the slope makes a cone level to one side: its tip is a running minimum or maximum
    slope = step * np.arange(len(values))
    falling, rising = values - slope, values + slope
    over_before = np.minimum.accumulate(falling) + slope
    over_after = np.minimum.accumulate(rising[::-1])[::-1] - slope
    under_before = np.maximum.accumulate(rising) - slope
    under_after = np.maximum.accumulate(falling[::-1])[::-1] + slope
    # of curves with such steps the highest that is nowhere above the values, and the lowest that is nowhere below
    over, under = np.minimum(over_before, over_after), np.maximum(under_before, under_after)
    middle = (over + under) / 2.0
    return np.where(np.abs(middle - values) < _SAME, values, middle)


def _without_spikes(curve: FloatArray, limit: float) -> tuple[FloatArray, int]:
    """Repair spikes beyond a deviation in related curves (F, n); return the curves and the number of spikes."""
    curve, count, wider = curve.copy(), 0, 0
    for attempt in range(_PASSES):
        spikes = runs(_deviations(curve) > limit).tolist()
        if not spikes:
            break
        count = count or len(spikes)
        for first, stop in spikes:
            part = slice(max(first - _AROUND, 0), min(stop + _AROUND, len(curve)))
            if not (attempt == 0 and _one_frame_adjusted(curve, first, stop, part, limit)):
                _bridge(curve, max(first - wider, 0), min(stop + wider, len(curve)))
        wider = attempt
    return curve, count


def _one_frame_adjusted(curve: FloatArray, first: int, stop: int, part: slice, limit: float) -> bool:
    """Try to replace only the worst frame of a spike; return whether that was enough, else restore the curves."""
    start = part.start
    worst = first + int(np.argmax(_deviations(curve[part])[first - start : stop - start]))
    if not 2 <= worst < len(curve) - 2:  # noqa: PLR2004 -- two neighbours on each side
        return False
    # the value that is on its neighbours' course, from two of them on each side
    before = curve[worst].copy()
    near = curve[worst - 2 : worst + 3]
    curve[worst] = (4.0 * (near[1] + near[3]) - near[0] - near[4]) / 6.0
    around = slice(max(first - start - 2, 0), stop - start + 2)
    if (_deviations(curve[part])[around] > limit).any():
        curve[worst] = before
        return False
    return True


def _bridge(curve: FloatArray, first: int, stop: int) -> None:
    """Interpolate the frames from `first` up to `stop` of curves (F, n) between their neighbours, in place.

    The slopes at both ends are those of the curves there.
    """
    left, right, last = first - 1, stop, len(curve) - 1
    if left < 0 or right > last:
        # without a neighbour on one side it stays at that of the other
        curve[first:stop] = curve[min(right, last)] if left < 0 else curve[left]
        return
    # Hermite's cubic: from value and slope on the left to those on the right
    length = right - left
    share = (np.arange(1, length) / length)[:, None]
    leave = (curve[left] - curve[left - 1]) * length if left > 0 else curve[right] - curve[left]
    reach = (curve[right + 1] - curve[right]) * length if right < last else curve[right] - curve[left]
    curve[first:stop] = (
        curve[left] * (1.0 + 2.0 * share) * (1.0 - share) ** 2
        + curve[right] * (3.0 - 2.0 * share) * share**2
        + leave * share * (1.0 - share) ** 2
        - reach * share**2 * (1.0 - share)
    )


def _deviations(curves: FloatArray) -> FloatArray:
    """Return (F,) the combined distance of curves (F, n) from their course."""
    return norm(off_course(np.diff(curves, axis=0)))
