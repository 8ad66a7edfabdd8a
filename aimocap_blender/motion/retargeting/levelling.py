"""Captures whose whole world is tilted, levelled by the contacts of the feet."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..feet.foot_contacts import FootContact
from ..figures.figure import Figure
from ..rotations import FloatArray, conjugate, multiply, normalise, rotate, shortest_arc
from ..skeleton import Clip
from ..spans import runs

# Of the leg's length, where nothing else is said.
_FEWEST = 4  # stances
_FAR = 1.5  # they are that far apart at least
_FLAT = 0.025  # and that near to a plane: stairs aren't
_NARROW = 0.1  # a path that is narrower tells little of the slope across it
_LEAST, _MOST = np.radians(2.5), np.radians(6.0)  # less is within what bodies differ, more is a ramp


def levelled(clip: Clip, figure: Figure, contacts: Mapping[str, FootContact]) -> Clip:
    """Return the motion with its ground level, if its feet stand on a slightly tilted plane.

    Args:
        clip: the motion.
        figure: its figure.
        contacts: side to the contacts of its foot.
    """
    stances: list[FloatArray] = []
    for side, contact in contacts.items():
        stances += _stances(clip, figure, side, contact)
    if len(stances) < _FEWEST:
        return clip
    points = np.array(stances) / figure.leg_length
    points = points - points.mean(axis=0)
    ground = points[:, :2]
    # the plane nearest to all stances, by least squares; across a narrow path it is taken for level
    square: FloatArray = ground.T @ ground + len(points) * _NARROW**2 * np.eye(2)
    slope: FloatArray = np.linalg.inv(square) @ (ground.T @ points[:, 2])
    tilt = float(np.arctan(np.linalg.norm(slope)))
    apart = float(np.linalg.norm(np.ptp(ground, axis=0)))
    off = float(np.abs(points[:, 2] - ground @ slope).max())
    if apart < _FAR or off > _FLAT or not _LEAST < tilt < _MOST:
        return clip
    # from the plane's perpendicular to the vertical, about the world's origin
    by = shortest_arc(normalise(np.array([-slope[0], -slope[1], 1.0])), np.array([0.0, 0.0, 1.0]))
    in_world = multiply(conjugate(figure.to_body), multiply(by, figure.to_body))
    return replace(
        clip,
        positions=rotate(in_world, clip.positions),
        rotations=multiply(in_world, clip.rotations),
        eyes=None if clip.eyes is None else rotate(in_world, clip.eyes),
    )


def _stances(clip: Clip, figure: Figure, side: str, contact: FootContact) -> list[FloatArray]:
    """Return the mean positions (3,) of a foot's ankle in its stances, body axes."""
    ankle = rotate(figure.to_body, clip.positions[:, figure.slots[f"{side}_foot"]])
    return [ankle[start:stop].mean(axis=0) for start, stop in runs(contact.flat).tolist()]
