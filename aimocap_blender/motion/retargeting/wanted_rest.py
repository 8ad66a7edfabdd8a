"""Where the parts of a character's body should rest, for the check of the keyed character."""

import numpy as np

from ..body.body_points import FEET, BodyPoint, PlacedPoint
from ..body.resting import Resting
from ..contacts import LEG
from ..figures.figure import Figure
from ..rest_measure import WantedPart, WantedRest
from ..rotations import FloatArray, conjugate, rotate
from .held_hands import Touching, wanted_touches
from .travel import Travel

_UP = np.array([0.0, 0.0, 1.0])
_LIMBS = {
    **dict.fromkeys(FEET, "foot"),
    **dict.fromkeys(("palm", "knuckles"), "hand"),
    "knee": "lower_leg",
    "elbow": "lower_arm",
    "seat": "hips",
    "back": "chest",
    "shoulder": "chest",
}  # what a point is a part of: who lies on the back needn't lie on both shoulders too


def wanted_rest(travel: Travel, touching: Touching, resting: Resting) -> WantedRest:
    """Return where the points of a character's body should be that rest in the source.

    Args:
        travel: the character as it travels.
        touching: what the source's hands touch.
        resting: where the source rests.
    """
    task = travel.task
    figure = task.target
    to_world = conjugate(figure.to_body)
    keyed = task.linkage.keyed
    parts: list[WantedPart] = []
    for name, point in task.target_points.items():
        seen = resting.points.get(name)
        if seen is not None and point.bone in keyed:
            bones, places, weights = _skin(figure, point)
            names = tuple(figure.skeleton.names[bone] for bone in bones)
            height = travel.scale * seen.height
            radius = 0.0 if point.skin else point.radius
            limb = _limb(point.point)
            # a hand around a bar needn't rest on its lowest point
            rests = seen.rests & (seen.near > 0.0) if limb.endswith("hand") else seen.rests
            if limb.endswith("foot") and point.point.side in task.contacts:
                rests = rests & (task.contacts[point.point.side].any | (resting.active > 0.0))
            parts.append(WantedPart(limb, names, rotate(to_world, places), weights, radius, height, rests))
    size = figure.leg_length / LEG
    touches = wanted_touches(touching, resting)
    return WantedRest(task.clip.times, rotate(to_world, _UP), figure.sole, size, tuple(parts), touches)


def _limb(point: BodyPoint) -> str:
    """Return the slot of what a point is a part of."""
    limb = _LIMBS.get(point.part, point.part)
    return limb if limb in ("hips", "chest", "head") else f"{point.side}_{limb}"


def _skin(figure: Figure, point: PlacedPoint) -> tuple[tuple[int, ...], FloatArray, FloatArray]:
    """Return bones, points (K, 3) at rest, body axes, and weights (B, K) of a part's skin; its middle without any."""
    if not point.skin:
        return (point.bone,), (figure.heads[point.bone] + point.offset)[None], np.ones((1, 1))
    first = next(iter(point.skin))
    places = figure.heads[first] + point.skin[first][0]
    return tuple(point.skin), places, np.stack([weights for _, weights in point.skin.values()])
