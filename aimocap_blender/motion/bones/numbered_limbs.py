"""Limbs whose bones share one name and differ by number: arm1, arm2, arm3; leg_L0_0_jnt … leg_L0_end_jnt."""

from collections.abc import Sequence

import numpy as np

from ..skeleton import Skeleton
from .bone_names import BoneName
from .humanoid import ARM_JOINTS, ARM_SLOTS, LEG_JOINTS, LEG_SLOTS
from .limb_search import Limb
from .limb_shape import ankle_joint, middle_joint

_BY_SHAPE = 0.5  # fit of a bone found by its position in the chain
_FEWEST = 3  # joints of a limb: hip, knee and ankle
_SHORT = 0.5  # of the bone below: a thigh is longer than that, the pelvis' part above it is not


def by_number(skeleton: Skeleton, names: Sequence[BoneName], limb: Limb, slots: tuple[str, ...]) -> Limb:
    """Return the limb with its joints told by their positions, if three or more of its bones share a name.

    Args:
        skeleton: the bones.
        names: their names.
        limb: the limb as its names say.
        slots: `ARM_SLOTS` or `LEG_SLOTS`.
    """
    word, (top, middle, end) = ("arm", ARM_JOINTS) if slots is ARM_SLOTS else ("leg", LEG_JOINTS)
    start = limb.bones.get(top, limb.bones.get(middle))
    if start is None:
        return limb
    first = _first(skeleton, names, limb, start, word)
    if first is None:
        return limb
    chain = _numbered(skeleton, names, first, word)
    below = _ended(skeleton, names, chain[-1], word)
    last = _named_end(skeleton, limb, chain, end)
    bones = dict(limb.bones)
    if below is not None and (last is None or below in skeleton.ancestors(last)):
        # leg_L0_end_jnt is the ankle, and a foot below it is what rolls over its toes
        if last is not None and slots is LEG_SLOTS:
            bones.setdefault("toes", last)
        joints = [*chain, below]
    elif last is not None:
        joints = [*chain, last]
    else:
        joints = chain
    if len(joints) < _FEWEST:
        return limb
    heads = skeleton.heads[joints]
    reach = len(joints) - 1
    # a chain without an end of its own goes on to the toes
    if slots is LEG_SLOTS and joints is chain:
        reach = ankle_joint(heads)
        if reach + 1 < len(joints):
            bones.setdefault("toes", joints[reach + 1])
    bones |= {top: joints[0], middle: joints[middle_joint(heads[: reach + 1])], end: joints[reach]}
    if bones == limb.bones:
        return limb
    same = dict(bones.items() & limb.bones.items())
    fits = dict.fromkeys(bones, _BY_SHAPE) | {slot: limb.fits[slot] for slot in same}
    return Limb(bones, fits, limb.score)


def _first(skeleton: Skeleton, names: Sequence[BoneName], limb: Limb, start: int, word: str) -> int | None:
    """Return the first bone of the chain that bears the word; None where the limb's names say more than that."""
    if names[start].part == "hip" and word == "leg" and "lower_leg" in limb.bones:
        thigh = limb.bones["lower_leg"]
        chain = _numbered(skeleton, names, thigh, word)
        if names[thigh].part != word or len(chain) < 2:  # noqa: PLR2004 -- there is no knee
            return None
        hip, knee = skeleton.heads[start], skeleton.heads[chain[1]]
        pelvis_part = float(np.linalg.norm(hip - skeleton.heads[thigh]))
        thigh_length = float(np.linalg.norm(skeleton.heads[thigh] - knee))
        return thigh if pelvis_part < _SHORT * thigh_length else None
    # upwards, as long as a bone of the same side bears the word
    while start >= 0 and names[start].part == word:
        parent = int(skeleton.parents[start])
        if parent < 0 or names[parent].part != word or names[parent].aside or names[parent].side != names[start].side:
            return start
        start = parent
    return None


def _numbered(skeleton: Skeleton, names: Sequence[BoneName], first: int, word: str) -> list[int]:
    """Return the chain's bones that bear the word, from the first one down."""
    chain: list[int] = []
    below = [first]
    while below:
        # of several the one that the limb goes on with
        chain.append(max(below, key=lambda bone: len(skeleton.children[bone])))
        children = skeleton.children[chain[-1]]
        below = [bone for bone in children if names[bone].part == word and not names[bone].aside]
    return chain


def _named_end(skeleton: Skeleton, limb: Limb, chain: Sequence[int], end: str) -> int | None:
    """Return the hand or foot as names say it, if it is below the chain."""
    last = limb.bones.get(end)
    is_below = last is not None and last not in chain and chain[-1] in skeleton.ancestors(last)
    return last if is_below else None


def _ended(skeleton: Skeleton, names: Sequence[BoneName], last: int, word: str) -> int | None:
    """Return the bone below a chain that bears its word and is called its end."""
    if names[last].part != word:
        return None
    for bone in skeleton.children[last]:
        if names[bone].part == word and names[bone].aside == frozenset({"end"}):
            return bone
    return None
