"""Whether limbs point as the source's do, by forward kinematics of the channels: a check of the result."""

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
    turns: Mapping[int, FloatArray],
    locations: Mapping[int, FloatArray],
) -> tuple[str, float]:
    """The slot of the arm's or leg's bone that points furthest from where the source's does, and how many degrees.

    Of long motions some two hundred samples are looked at, spread evenly.

    Args:
        source: the motion's figure.
        clip: the motion.
        linkage: the character's bones.
        turns: bone to (F, 4) bone-to-body turns.
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
            rotations=linkage.basis({bone: np.broadcast_to(turn, (count, 4))[rows] for bone, turn in turns.items()}),
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
    """(F, N, 3) from the heads of some slots to those of others."""
    return heads[:, [figure.slots[slot] for slot in ends]] - heads[:, [figure.slots[slot] for slot in starts]]
