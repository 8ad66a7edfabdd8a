"""A check of retargeted limbs: their directions against the source's, by forward kinematics."""

from collections.abc import Mapping

import numpy as np

from ..bones.humanoid import SIDES
from ..forward_kinematics import posed
from ..pose_motion import PoseMotion, RetargetReport
from ..rotations import FloatArray, angle_between, rotate
from ..skeleton import Clip
from .figure import Figure
from .linkage import Linkage
from .rest_alignment import ARM_JOINTS, LEG_JOINTS, segments

_MOST_SAMPLES = 200


def worst_limb(
    source: Figure,
    clip: Clip,
    linkage: Linkage,
    rotations: Mapping[int, FloatArray],
    locations: Mapping[int, FloatArray],
) -> tuple[str, float]:
    """Return the slot of the limb bone that deviates most from the source's direction, and how many degrees.

    Of long motions, about two hundred evenly spread samples are checked.

    Args:
        source: the motion's figure.
        clip: the motion.
        linkage: the character's bones.
        rotations: bone to (F, 4) bone-to-body rotations.
        locations: bone to (F, 3) location channel.
    """
    target = linkage.figure
    skeleton = target.skeleton
    times, heads = clip.times, clip.positions
    count = len(times)
    rows = np.unique(np.linspace(0, count - 1, min(count, _MOST_SAMPLES)).astype(np.int64))
    names = skeleton.names
    shown = posed(
        skeleton,
        PoseMotion(
            times=times[rows],
            fps=0.0,
            bones=tuple(names[bone] for bone in linkage.keyed),
            rotations=linkage.basis(
                {bone: np.broadcast_to(turn, (count, 4))[rows] for bone, turn in rotations.items()}
            ),
            locations={names[bone]: channel[rows] for bone, channel in locations.items()},
            unmoved=(),
            report=RetargetReport(1.0, 0.0),
        ),
    ).heads
    pairs = [
        pair for side in SIDES for joints in (ARM_JOINTS, LEG_JOINTS) for pair in segments(source, target, side, joints)
    ]
    if not pairs:
        return "", 0.0
    starts, ends = ([pair[end] for pair in pairs] for end in (0, 1))
    wanted = _between(heads[rows], source, starts, ends)
    is_shown = _between(shown, target, starts, ends)
    off = angle_between(rotate(target.armature, is_shown), rotate(source.to_body, wanted)).max(axis=0)
    worst = int(np.argmax(off))
    return pairs[worst][0], float(np.degrees(off[worst]))


def _between(heads: FloatArray, figure: Figure, starts: list[str], ends: list[str]) -> FloatArray:
    """Return (F, N, 3) from the heads of some slots to those of others."""
    return heads[:, [figure.slots[slot] for slot in ends]] - heads[:, [figure.slots[slot] for slot in starts]]
