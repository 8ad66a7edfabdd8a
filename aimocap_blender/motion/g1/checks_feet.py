"""Checks of the soles: sliding on the ground, floating above it, or sinking into it."""

import numpy as np

from ...texts.text import Text
from ..contacts import least_steps, touching
from ..rotations import FloatArray
from ..spans import runs
from .checks_findings import Samples, Subject, spans
from .model import G1Model
from .soles import Soles, foot_bodies

_CONTACT = 0.005  # metres above the ground
_CREEP = 1.0  # seconds over which slow sliding adds up
# beyond what is allowed, at the worst severity: metres, and metres a second
_FULL_DISTANCE, _FULL_SPEED = 0.05, 0.5
_METRES = 1000.0


def floating(soles: Soles, bodies: FloatArray, ground: float, tolerance: float) -> Samples:
    """Return frames with all of the robot off the ground although it doesn't fly: one subject, in metres.

    Args:
        soles: of the clip.
        bodies: (F, B) heights of the lowest places of all bodies, metres.
        ground: height, metres.
        tolerance: metres.
    """
    lowest = np.minimum(soles.lowest, bodies.min(axis=1))
    height = np.where(soles.flying(ground + tolerance), 0.0, lowest - ground)[:, None]
    return Samples.where(height, height - tolerance, _FULL_DISTANCE)


def sinking(soles: Soles, bodies: FloatArray, ground: float, tolerances: tuple[float, float]) -> Samples:
    """Return what is below the ground; amounts are depths in metres, subjects the feet, then the bodies.

    Args:
        soles: of the clip.
        bodies: (F, B) heights of the lowest places of all bodies, metres.
        ground: height, metres.
        tolerances: metres of a sole's corner, and of a body, whose capsules fill hollows of its surface.
    """
    depth = ground - np.concatenate([soles.corners[..., 2].min(axis=2), bodies], axis=1)
    allowed = np.repeat(tolerances, [2, bodies.shape[1]])
    return Samples.where(depth, depth - allowed, _FULL_DISTANCE)


def sliding(soles: Soles, ground: float, slow: float, least: float) -> Samples:
    """Return feet that slide along the ground, reported at the later frame of each step.

    A corner is in contact up to 5 mm above the ground. Of a foot's corners in contact the slowest one counts, so that a
    foot may roll and pivot. The subjects are the feet; the amount is the speed, m/s.

    Args:
        soles: of the clip.
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
    over = creep - np.where(creep > 0.0, least / _CREEP, np.inf)
    return Samples.joined([fast, Samples.where(creep, over, _FULL_SPEED)])


def _speeds(soles: Soles, ground: float, slow: float, least: float) -> tuple[FloatArray, FloatArray]:
    """Return (F, 2) speeds of the feet in contact, and (F, 2) of slow steps that creep over a second, else 0; m/s."""
    touches = touching(soles.corners, ground, _CONTACT)
    stands = np.any(touches[1:] & touches[:-1], axis=2)
    step = np.where(stands[..., None], least_steps(soles.corners, touches), 0.0)
    speeds, creep = np.zeros((2, len(touches), 2))
    speeds[1:] = np.linalg.norm(step, axis=-1) * soles.fps
    # what is too slow for a slide adds up over a second in which the foot stands
    window = max(1, round(_CREEP * soles.fps))
    slowly = np.where((speeds[1:] <= slow)[..., None], step, 0.0)
    ways = np.concatenate([np.zeros((1, 2, 2)), np.cumsum(slowly, axis=0)])
    for foot in range(2):
        for first, stop in runs(stands[:, foot]).tolist():
            if stop - first >= window:
                moved = ways[first + window : stop + 1, foot] - ways[first : stop + 1 - window, foot]
                way = np.linalg.norm(moved, axis=-1)
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
