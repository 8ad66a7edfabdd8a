"""Location channels of the bones that carry a figure, and the travel of its object."""

from itertools import pairwise

import numpy as np

from ...texts.faults import Fault
from ...texts.text import Text
from ..bones.humanoid import LEG_SLOTS, SIDES, filled, slots_of
from ..feet.body_pose import BodyPose
from ..figures.figure import Figure
from ..rotations import FloatArray, conjugate, rotate
from .retarget_options import RootCarrier

_LEVEL = np.array([1.0, 1.0, 0.0])
_NOTHING = 1e-9  # metres: a figure that travels less stays in place


def require_carrier(figure: Figure, carrier: RootCarrier) -> None:
    """Raise unless the figure has the carrier.

    Raises:
        Fault: there is no bone above the hips that could carry them.
    """
    if carrier == "ROOT_BONE" and not figure.skeleton.ancestors(figure.slots["hips"]):
        hips = figure.skeleton.names[figure.slots["hips"]]
        raise Fault(
            Text("The character has no root bone: nothing is above its hips, “{hips}”.", hips=hips),
            "Let the hips or the object carry the root motion, or add a root bone as parent of the hips.",
        )


def location_channels(
    pose: BodyPose, travel: FloatArray, carrier: RootCarrier, slots: frozenset[str]
) -> tuple[dict[int, FloatArray], FloatArray | None]:
    """Return the location channels of the bones that carry the hips, and of leg bones whose parent is another one.

    Args:
        pose: the character's pose.
        travel: (F, 3) how far the figure is from its own position; the carrier takes the horizontal part.
        carrier: the bone or object that takes it; one that the figure has, see `require_carrier`.
        slots: the slots that move.

    Returns:
        Bone to (F, 3) in armature units, and (F, 3) metres along the world's axes where the object travels.
    """
    linkage = pose.linkage
    figure, skeleton = linkage.figure, linkage.figure.skeleton
    root = figure.slots["hips"]
    up = skeleton.ancestors(root)
    carried = travel * _LEVEL
    # the hips, or what they are attached to, gets the travel that nothing else carries
    bearer = root
    while _is_connected(figure, bearer):
        bearer = int(skeleton.parents[bearer])
    shifts = {bearer: pose.hips - figure.heads[root]}
    if carrier != "HIPS":
        shifts[bearer] = shifts[bearer] - carried
    if carrier == "ROOT_BONE":
        shifts[up[-1]] = shifts[up[-1]] + carried if bearer == up[-1] else carried
    heads = _leg_heads(pose, slots)
    for bone in _detached(figure, slots):
        above = skeleton.nearest_above(bone, heads)
        if above >= 0:
            stays = linkage.hang(bone, above, pose.rotations, heads)
        else:
            goes_along = carrier == "OBJECT" or (carrier == "ROOT_BONE" and up[-1] in skeleton.ancestors(bone))
            stays = figure.heads[bone] + (carried if goes_along else 0.0)
        shifts[bone] = heads[bone] - stays
    channels = {bone: linkage.location(bone, shift, pose.rotations) for bone, shift in shifts.items()}
    stays_put = carrier != "OBJECT" or float(np.abs(carried).max()) < _NOTHING
    return channels, None if stays_put else rotate(conjugate(figure.to_body), carried)


def _is_connected(figure: Figure, bone: int) -> bool:
    return figure.skeleton.option(bone).connected and int(figure.skeleton.parents[bone]) >= 0


def _leg_heads(pose: BodyPose, slots: frozenset[str]) -> dict[int, FloatArray]:
    heads: dict[int, FloatArray] = {}
    for side in SIDES:
        leg = [slot for slot in slots_of(side, LEG_SLOTS) if slot in slots]
        heads |= pose.heads(tuple(filled(pose.linkage.figure.slots, leg)))
    return heads


def _detached(figure: Figure, slots: frozenset[str]) -> list[int]:
    """Return the leg bones whose parent isn't the leg bone above them, such as feet on an IK root."""
    found: list[int] = []
    for side in SIDES:
        chain = [slot for slot in ("hips", *slots_of(side, LEG_SLOTS)) if slot in slots]
        for on, bone in pairwise(filled(figure.slots, chain)):
            if on not in figure.skeleton.ancestors(bone):
                found.append(bone)
    return found
