"""Checks of what moves: single joints, the pelvis and the center of mass, the soles."""

from typing import LiteralString

import numpy as np

from ...texts.text import Text
from .. import rotations
from ..contacts import least_steps, touching
from ..rotations import FloatArray, norm
from ..spans import runs
from .checks_findings import Samples, Subject, spans
from .dynamics import GRAVITY
from .model import G1Joint, G1Model
from .motion import G1Motion
from .soles import Soles, foot_bodies
from .spikes import SpikeTolerance, off_course, spike_limits

_DEGREES = 180.0 / np.pi
_FASTEST, _FASTEST_ROTATION, _POSITION_CUT, _ROTATION_CUT = range(4)  # subjects
_RATE = 30.0
"""Frames per second by which accelerations and speeds are told: at 120, noise of a millimetre would drown them."""
_REST = 0.05
"""m/s of the pelvis up to which the robot is at rest: our own; Kimodo's wave stands at 0.017."""
_REST_TURN = 0.5
"""rad/s of a joint or the pelvis up to which it is at rest: our own; Kimodo's wave stands at 0.2."""
_STARTS: LiteralString = (
    "The motion doesn't start at rest: the pelvis moves at {speed:.2f} m/s, {name} rotates at {turn:.1f} rad/s."
)
_ENDS: LiteralString = (
    "The motion doesn't end at rest: the pelvis moves at {speed:.2f} m/s, {name} rotates at {turn:.1f} rad/s."
)
_CONTACT = 0.005  # metres above the ground
_CREEP = 1.0  # seconds over which slow sliding adds up
# beyond what is allowed, at the worst severity: metres, and metres a second
_FULL_DISTANCE, _FULL_SPEED = 0.05, 0.5
_METRES = 1000.0


def strict_ranges(model: G1Model) -> FloatArray:
    """Return (J, 2) lowest and highest angle that retargeting to the robot commonly allows, rad."""
    return np.array([joint.usual_range for joint in model.joints], dtype=np.float64)


def past_limits(dof_pos: FloatArray, ranges: FloatArray, tolerance: float) -> Samples:
    """Return angles (F, J) outside ranges (J, 2) by more than a tolerance; the amount is the excess, rad."""
    past = np.maximum(ranges[:, 0] - dof_pos, dof_pos - ranges[:, 1])
    return Samples.where(past, past - tolerance, full=0.2)


def past_speeds(dof_pos: FloatArray, limits: FloatArray, fps: float, tolerance: float) -> Samples:
    """Return joints that exceed their motors' speeds between frames, reported at the later one.

    The amount is the speed, rad/s.

    Args:
        dof_pos: (F, J) rad.
        limits: (J,) rad/s.
        fps: frame rate.
        tolerance: share of the limit by which it may be exceeded.
    """
    speeds = np.zeros_like(dof_pos)
    speeds[1:] = np.abs(np.diff(dof_pos, axis=0)) * fps
    return Samples.where(speeds, speeds / limits - 1.0 - tolerance, full=1.0)


def spikes(dof_pos: FloatArray, fps: float, tolerance: SpikeTolerance) -> Samples:
    """Return joints whose acceleration at a frame differs strongly from that of the adjacent frames.

    The amount is that difference, rad/s². The tolerance, in rad, is for the distance from the joint's course, which is
    a third of that times the squared frame interval.
    """
    deviations = np.abs(off_course(np.diff(dof_pos, axis=0)))
    limits = spike_limits(deviations, tolerance)
    return Samples.where(deviations * 3.0 * fps * fps, deviations / limits - 1.0, full=3.0)


def limit_subject(joint: G1Joint, index: int, limit: LiteralString) -> Subject:
    """Return a joint past a limit as subject."""
    says = "{name} is {amount:.1f}° past {limit} at frame {frame}"
    return Subject(joint.name, (index + 1,), says, _DEGREES, "deg", {"limit": Text(limit)})


def speed_subject(joint: G1Joint, index: int) -> Subject:
    """Return a joint that rotates too fast as subject."""
    says = "{name} rotates at {amount:.1f} rad/s, {limit:g} is its limit, at frame {frame}"
    return Subject(joint.name, (index + 1,), says, 1.0, "rad/s", {"limit": joint.velocity})


def spike_subject(joint: G1Joint, index: int) -> Subject:
    """Return a joint whose acceleration spikes as subject."""
    says = "{name} jumps off its course by {amount:.0f} rad/s² at frame {frame}"
    return Subject(joint.name, (index + 1,), says, 1.0, "rad/s²")


def root_jumps(
    root_pos: FloatArray,
    root_quat: FloatArray,
    fps: float,
    speeds: tuple[float, float],
    cuts: tuple[SpikeTolerance, SpikeTolerance],
) -> Samples:
    """Return steps of the pelvis that are too fast (reported at the later frame), and frames off its course.

    Args:
        root_pos: (F, 3) metres.
        root_quat: (F, 4) wxyz.
        fps: frame rate.
        speeds: the highest plausible ones, m/s and rad/s.
        cuts: tolerances off the course, in metres and in rad.

    Returns:
        Samples whose subjects are those of `root_subject`.
    """
    moves = np.diff(root_pos, axis=0)
    # from each frame to the next, along the world's axes
    root_rotations = rotations.to_rotation_vector(
        rotations.multiply(root_quat[1:], rotations.conjugate(root_quat[:-1]))
    )
    parts: list[Samples] = []
    for subject, steps, fastest in ((_FASTEST, moves, speeds[0]), (_FASTEST_ROTATION, root_rotations, speeds[1])):
        speed = np.zeros((len(root_pos), 1))
        speed[1:, 0] = norm(steps) * fps
        parts.append(_about(subject, Samples.where(speed, speed / fastest - 1.0, full=1.0)))
    for subject, steps, cut in ((_POSITION_CUT, moves, cuts[0]), (_ROTATION_CUT, root_rotations, cuts[1])):
        deviation = np.linalg.norm(off_course(steps), axis=1, keepdims=True)
        limit = spike_limits(deviation, cut)
        parts.append(_about(subject, Samples.where(deviation, deviation / limit - 1.0, full=3.0)))
    return Samples.joined(parts)


def root_subject(subject: int) -> Subject:
    """Return the subject of a row of `root_jumps`."""
    known: dict[int, tuple[LiteralString, float, str]] = {
        _FASTEST: ("{name} moves at {amount:.1f} m/s at frame {frame}", 1.0, "m/s"),
        _FASTEST_ROTATION: ("{name} rotates at {amount:.1f} rad/s at frame {frame}", 1.0, "rad/s"),
        _POSITION_CUT: ("{name} jumps {amount:.0f} mm off its course at frame {frame}", 1000.0, "mm"),
        _ROTATION_CUT: ("{name} jumps {amount:.1f}° off its course at frame {frame}", _DEGREES, "deg"),
    }
    says, factor, unit = known[subject]
    return Subject(Text("pelvis"), (0,), says, factor, unit)


def pushes(centre: FloatArray, fps: float, friction: float, noise: float) -> Samples:
    """Return frames in which the center of mass accelerates over the ground by more than the ground can push it, m/s².

    The ground pushes sideways by at most friction times its push upward, whatever touches it; in the air, by nothing.
    That holds for averages too, and a second difference is one, so abrupt contacts are no faults.

    Args:
        centre: (F, 3) of mass, metres.
        fps: frame rate.
        noise: m/s² by which the accelerations along the ground and upward may be off.
    """
    # over about a thirtieth of a second on both sides, whatever the frame rate
    wide = _wide(fps)
    acceleration = np.zeros_like(centre)
    if len(centre) > 2 * wide:
        bends = centre[2 * wide :] - 2.0 * centre[wide:-wide] + centre[: -2 * wide]
        acceleration[wide:-wide] = bends * (fps / wide) ** 2
    sideways = rotations.norm(acceleration[:, :2])[:, None]
    # Coulomb's cone; noise may be in both, the push upwards and the one sideways
    allowed = friction * (np.maximum(acceleration[:, 2:] + GRAVITY, 0.0) + noise) + noise
    return Samples.where(sideways, sideways - allowed, full=GRAVITY)


def push_subject() -> Subject:
    """Return the subject of `pushes`."""
    says = "{name} accelerates over the ground at {amount:.0f} m/s², more than friction allows, at frame {frame}"
    return Subject(Text("center of mass"), (0,), says, 1.0, "m/s²")


def restless_ends(motion: G1Motion) -> tuple[Text, ...]:
    """Return a sentence on the start and on the end of a motion, where pelvis or joints aren't at rest there."""
    pos, quat, dof = motion.root_pos, motion.root_quat, motion.dof_pos
    wide = min(_wide(motion.fps), len(pos) - 1)
    if not wide:
        return ()
    names = (Text("pelvis"), *motion.model.joint_names)
    said: list[Text] = []
    ends: tuple[tuple[LiteralString, int, int], ...] = ((_STARTS, 0, wide), (_ENDS, -1 - wide, -1))
    for says, first, last in ends:
        root = rotations.to_rotation_vector(rotations.multiply(quat[last], rotations.conjugate(quat[first])))
        # over several frames: the noise of a single step would seem to be a speed
        turns = np.abs([norm(root), *(dof[last] - dof[first])]) * motion.fps / wide
        speed = norm(pos[last] - pos[first]) * motion.fps / wide
        fastest = int(turns.argmax())
        if speed > _REST or turns[fastest] > _REST_TURN:
            said.append(Text(says, speed=speed, name=names[fastest], turn=turns[fastest]))
    return tuple(said)


def _wide(fps: float) -> int:
    """Return the number of frames nearest to one of `_RATE` a second."""
    return max(1, round(fps / _RATE))


def _about(subject: int, samples: Samples) -> Samples:
    return Samples(np.full_like(samples.subjects, subject), samples.frames, samples.amounts, samples.badness)


def floating(soles: Soles, bodies: FloatArray, ground: float, tolerance: float) -> Samples:
    """Return frames with all of the robot off the ground although it doesn't fly: one subject, in metres.

    Args:
        bodies: (F, B) heights of the lowest places of all bodies, metres.
        ground: height, metres.
        tolerance: metres.
    """
    # who sits or lies doesn't float
    lowest = np.minimum(soles.lowest, bodies.min(axis=1))
    height = np.where(soles.flying(ground + tolerance), 0.0, lowest - ground)[:, None]
    return Samples.where(height, height - tolerance, _FULL_DISTANCE)


def sinking(soles: Soles, bodies: FloatArray, ground: float, tolerances: tuple[float, float]) -> Samples:
    """Return what is below the ground; amounts are depths in metres, subjects the feet, then the bodies.

    Args:
        bodies: (F, B) heights of the lowest places of all bodies, metres.
        ground: height, metres.
        tolerances: metres of a sole's corner, and of a body, whose capsules fill hollows of its surface.
    """
    depth = ground - np.concatenate([soles.corners[..., 2].min(axis=2), bodies], axis=1)
    # of both soles, then of the bodies
    allowed = np.repeat(tolerances, [2, bodies.shape[1]])
    return Samples.where(depth, depth - allowed, _FULL_DISTANCE)


def sliding(soles: Soles, ground: float, slow: float, least: float) -> Samples:
    """Return feet that slide along the ground, reported at the later frame of each step.

    A corner is in contact up to 5 mm above the ground. Of a foot's corners in contact the slowest one counts, so that a
    foot may roll and pivot. The subjects are the feet; the amount is the speed, m/s.

    Args:
        ground: height, metres.
        slow: speed up to which a foot doesn't slide, m/s, unless it creeps `least` metres within a second.
        least: minimum length of a slide, metres.
    """
    speeds, creep = _speeds(soles, ground, slow, least)
    # a slide that is brief goes nowhere
    fast = Samples.where(speeds, speeds - slow, _FULL_SPEED)
    starts, stops, order = spans(fast, soles.fps)
    long = np.zeros(len(order), dtype=np.bool_)
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        rows = order[start:stop]
        long[rows] = fast.amounts[rows].sum() / soles.fps >= least
    fast = fast.kept(long)
    # a foot that doesn't creep is infinitely far below the limit
    over = creep - np.where(creep > 0.0, least / _CREEP, np.inf)
    return Samples.joined([fast, Samples.where(creep, over, _FULL_SPEED)])


def _speeds(soles: Soles, ground: float, slow: float, least: float) -> tuple[FloatArray, FloatArray]:
    """Return (F, 2) speeds of the feet in contact, and (F, 2) of slow steps that creep over a second, else 0; m/s."""
    touches = touching(soles.corners, ground, _CONTACT)
    # a corner that touches the ground before a step and after it
    stands = np.any(touches[1:] & touches[:-1], axis=2)
    step = np.where(stands[..., None], least_steps(soles.corners, touches), 0.0)
    speeds, creep = np.zeros((2, len(touches), 2))
    speeds[1:] = norm(step) * soles.fps
    # what is too slow for a slide adds up over a second in which the foot stands
    window = max(1, round(_CREEP * soles.fps))
    slowly = np.where((speeds[1:] <= slow)[..., None], step, 0.0)
    ways = np.concatenate([np.zeros((1, 2, 2)), np.cumsum(slowly, axis=0)])
    for foot in range(2):
        for first, stop in runs(stands[:, foot]).tolist():
            if stop - first >= window:
                moved = ways[first + window : stop + 1, foot] - ways[first : stop + 1 - window, foot]
                way = norm(moved)
                creep[first + window : stop + 1, foot] = np.where(way >= least, way * soles.fps / window, 0.0)
    return speeds, creep


def sliding_subject(model: G1Model, foot: int) -> Subject:
    """Return a foot that slides as subject, by its body's name."""
    says = "{name} slides at {amount:.2f} m/s at frame {frame}"
    return Subject(model.robot.feet[foot], (int(foot_bodies(model)[foot]),), says, 1.0, "m/s")


def sunk_subject(model: G1Model, number: int) -> Subject:
    """Return a foot or a body of `sinking` as subject."""
    body = [*foot_bodies(model).tolist(), *range(len(model.bodies))][number]
    says = "{name} is {amount:.0f} mm below the ground at frame {frame}"
    return Subject(model.bodies[body], (body,), says, _METRES, "mm")


def both_soles_subject(model: G1Model) -> Subject:
    """Return the soles of both feet as subject."""
    says = "{name} are {amount:.0f} mm above the ground at frame {frame}"
    return Subject(Text("both soles"), tuple(foot_bodies(model).tolist()), says, _METRES, "mm")
