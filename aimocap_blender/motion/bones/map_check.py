"""Check of a bone map by hierarchy and geometry: bones that can't be the part of the body that they stand for."""

from collections.abc import Iterator
from itertools import chain, combinations, pairwise, product

import numpy as np

from ...texts.text import Text
from ..rotations import FloatArray
from ..skeleton import Skeleton
from .humanoid import LIMB_JOINTS, SIDES, BoneMap, in_words, sided, slots_of

_FOLDED = 0.35  # of a limb's length: no rest pose brings a hand this near to its shoulder, or an ankle to its hip
_SHARE = 0.15  # of a limb's length: an upper or lower part is never shorter
_UNEQUAL = 2.0  # a part is never so much longer than the other side's


def doubts(skeleton: Skeleton, bone_map: BoneMap) -> dict[str, Text]:
    """Return slot to why its bone can't be right, for slots whose bone contradicts others.

    Args:
        skeleton: the character at rest.
        bone_map: its humanoid bones; names that the skeleton lacks are ignored.
    """
    bones = bone_map.indices_in(skeleton.indices)
    found: dict[str, Text] = {}
    for found_by in (_of_hierarchy, _of_lengths, _of_one_side, _of_sides, _of_height):
        for slot, why in found_by(skeleton, bones):
            found.setdefault(slot, why)
    return found


def _of_hierarchy(skeleton: Skeleton, bones: dict[str, int]) -> Iterator[tuple[str, Text]]:
    """Yield slots whose bone is below one that should be below it."""
    for side, limb in product(SIDES, LIMB_JOINTS):
        for upper, lower in combinations(_filled(bones, side, limb), 2):
            if bones[lower] in skeleton.ancestors(bones[upper]):
                yield upper, Text("its bone is below that of the {other}", other=in_words(lower))
                yield lower, Text("its bone is above that of the {other}", other=in_words(upper))


def _filled(bones: dict[str, int], side: str, limb: tuple[str, ...]) -> list[str]:
    """Return the slots of a limb that have a bone, from the body outwards."""
    return [slot for slot in slots_of(side, limb) if slot in bones]


def _of_lengths(skeleton: Skeleton, bones: dict[str, int]) -> Iterator[tuple[str, Text]]:
    """Yield slots of limbs that no body has: folded at rest, with parts too short, or unlike the other side's."""
    lengths: dict[str, dict[str, float]] = {}
    for side, limb in product(SIDES, LIMB_JOINTS):
        joints = _filled(bones, side, limb)
        if len(joints) < len(limb):
            continue
        root, middle, end = skeleton.heads[[bones[slot] for slot in joints]]
        parts = float(np.linalg.norm(middle - root)), float(np.linalg.norm(end - middle))
        last = in_words(joints[-1])
        if min(parts) < _SHARE * sum(parts):
            yield joints[parts.index(min(parts))], Text("it is too short for the rest of the limb")
        elif float(np.linalg.norm(end - root)) < _FOLDED * sum(parts):
            yield joints[0], Text("its bone is too near to that of the {other}", other=last)
        elif "head" in bones and _is_nearer(skeleton.heads[bones["head"]], end, root):
            yield joints[0], Text("its bone is further from the head than that of the {other}", other=last)
        for part, length in zip(limb, parts, strict=False):
            lengths.setdefault(part, {})[side] = length
    for part, by_side in lengths.items():
        if len(by_side) == len(SIDES) and max(by_side.values()) > _UNEQUAL * min(by_side.values()):
            odd = max(SIDES, key=lambda side: by_side[side])
            yield f"{odd}_{part}", Text("it is much longer than on the other side")


def _is_nearer(place: FloatArray, one: FloatArray, other: FloatArray) -> bool:
    """Return whether a place is nearer to one point than to the other."""
    return float(np.linalg.norm(one - place)) < float(np.linalg.norm(other - place))


def _of_one_side(skeleton: Skeleton, bones: dict[str, int]) -> Iterator[tuple[str, Text]]:
    """Yield slots whose bone isn't below the limb's bone above, while it is on the other side."""
    for upper, lower in chain.from_iterable(map(pairwise, LIMB_JOINTS)):
        if not bones.keys() >= set(sided(upper, lower)):
            continue
        hangs = {side: bones[f"{side}_{upper}"] in skeleton.ancestors(bones[f"{side}_{lower}"]) for side in SIDES}
        for side in SIDES:
            # in a rig whose limbs have no parents it is so on both sides
            if not hangs[side] and any(hangs.values()):
                above = in_words(f"{side}_{upper}")
                yield f"{side}_{lower}", Text("its bone is not below that of the {other}", other=above)


def _of_sides(skeleton: Skeleton, bones: dict[str, int]) -> Iterator[tuple[str, Text]]:
    """Yield slots whose bone is on the other side than most."""
    parts = [part for part in chain.from_iterable(LIMB_JOINTS) if bones.keys() >= set(sided(part))]
    if len(parts) < 3:  # noqa: PLR2004 -- no majority
        return
    lefts = [bones[slot] for slot in slots_of("left", parts)]
    rights = [bones[slot] for slot in slots_of("right", parts)]
    from_right_to_left = skeleton.heads[lefts] - skeleton.heads[rights]
    usual = np.median(from_right_to_left, axis=0)
    for part, step in zip(parts, from_right_to_left, strict=True):
        if float(step @ usual) < 0.0:
            for side in SIDES:
                yield f"{side}_{part}", Text("its bone is on the other side of the body")


def _of_height(skeleton: Skeleton, bones: dict[str, int]) -> Iterator[tuple[str, Text]]:
    """Yield slots that are at the wrong end of the body."""
    heads = skeleton.heads
    if not {"head", "left_upper_leg", "right_upper_leg"} <= bones.keys():
        return
    legs = (heads[bones["left_upper_leg"]] + heads[bones["right_upper_leg"]]) / 2.0
    up = heads[bones["head"]] - legs
    size = float(up @ up)
    for slot in ("left_upper_arm", "right_upper_arm", "neck", "chest"):
        # along the line from the thighs to the head, beyond its end by no more than half of it
        if slot in bones and not 0.0 < float((heads[bones[slot]] - legs) @ up) < 1.5 * size:
            yield slot, Text("its bone is not between hips and head")
