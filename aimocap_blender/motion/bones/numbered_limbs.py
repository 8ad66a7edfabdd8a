"""Limbs whose bones share one name and differ by number: arm1, arm2, arm3; leg_L0_0_jnt … leg_L0_end_jnt."""

from collections.abc import Sequence

import numpy as np

from ..skeleton import Skeleton
from .bone_names import BoneName
from .limb_search import ARM, LEG, Limb
from .limb_shape import ankle_joint, middle_joint

_BY_SHAPE = 0.5  # fit of a bone found by its position in the chain
_FEWEST = 3
_SHORT = 0.5  # of the bone below: a thigh is longer than that, the pelvis' part above it is not


def by_number(skeleton: Skeleton, names: Sequence[BoneName], limb: Limb, slots: tuple[str, ...]) -> Limb:
    """Return the limb with its joints told by their positions, if three or more of its bones share a name.

    Args:
        skeleton: the bones.
        names: their names.
        limb: the limb as its names say.
        slots: `ARM` or `LEG`.
    """
    word, top, middle, end = ("arm", "upper_arm", "lower_arm", "hand") if slots is ARM else ("leg", *LEG[:3])
    start = next((limb.bones[slot] for slot in (top, middle) if slot in limb.bones), None)
    if start is None:
        return limb
    first = _first(skeleton, names, limb, start, word)
    if first is None:
        return limb
    chain = _numbered(skeleton, names, first, word)
    last = limb.bones.get(end)
    below = _ended(skeleton, names, chain[-1], word)
    named_end = last is not None and last not in chain and chain[-1] in skeleton.ancestors(last)
    bones = dict(limb.bones)
    if below is not None and (not named_end or below in skeleton.ancestors(last if last is not None else -1)):
        # leg_L0_end_jnt is the ankle, and a foot below it is what rolls over its toes
        if last is not None and named_end and slots is LEG:
            bones.setdefault("toes", last)
        joints = [*chain, below]
    elif named_end and last is not None:
        joints = [*chain, last]
    else:
        joints = chain
    if len(joints) < _FEWEST:
        return limb
    heads = skeleton.heads[joints]
    reach = len(joints) - 1
    if slots is LEG and joints is chain:
        reach = ankle_joint(heads)
        if reach + 1 < len(joints):
            bones.setdefault("toes", joints[reach + 1])
    bones |= {top: joints[0], middle: joints[middle_joint(heads[: reach + 1])], end: joints[reach]}
    if bones == limb.bones:
        return limb
    kept = {slot: fit for slot, fit in limb.fits.items() if limb.bones[slot] == bones.get(slot)}
    return Limb(bones, {slot: kept.get(slot, _BY_SHAPE) for slot in bones}, limb.score)


def _first(skeleton: Skeleton, names: Sequence[BoneName], limb: Limb, start: int, word: str) -> int | None:
    """Return the first bone of the chain that bears the word; None where the limb's names say more than that."""
    if names[start].part == "hip" and word == "leg" and "lower_leg" in limb.bones:
        thigh = limb.bones["lower_leg"]
        chain = _numbered(skeleton, names, thigh, word)
        after = chain[1] if len(chain) > 1 else None
        if names[thigh].part != word or after is None:
            return None
        above, below = (
            float(np.linalg.norm(skeleton.heads[a] - skeleton.heads[b])) for a, b in ((start, thigh), (thigh, after))
        )
        return thigh if above < _SHORT * below else None
    while start >= 0 and names[start].part == word:
        parent = int(skeleton.parents[start])
        if parent < 0 or names[parent].part != word or names[parent].aside or names[parent].side != names[start].side:
            return start
        start = parent
    return None


def _numbered(skeleton: Skeleton, names: Sequence[BoneName], first: int, word: str) -> list[int]:
    """Return the chain's bones that bear the word, from the first one down."""
    chain = [first]
    while below := [
        bone for bone in skeleton.children[chain[-1]] if names[bone].part == word and not names[bone].aside
    ]:
        chain.append(max(below, key=lambda bone: len(skeleton.children[bone])))
    return chain


def _ended(skeleton: Skeleton, names: Sequence[BoneName], last: int, word: str) -> int | None:
    """Return the bone below a chain that bears its word and is called its end."""
    return next(
        (
            bone
            for bone in skeleton.children[last]
            if names[bone].part == word and names[bone].aside == frozenset({"end"}) and names[last].part == word
        ),
        None,
    )
