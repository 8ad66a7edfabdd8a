"""Checks of a bone map: by hierarchy and geometry, bones that can't be the part of the body that they stand for.

And whether they are a human figure's: it has a trunk and arms, and doesn't walk on four legs. Legs, a head or one arm
may be missing. Names alone don't tell: the bones of animals are often called as those of people. Their limbs then show
it, which are all across the trunk and alike.
"""

from collections.abc import Iterator
from itertools import chain, combinations, pairwise, product

import numpy as np

from ...texts.text import Sentence, Text
from ..rotations import BoolArray, FloatArray, norm, step_lengths
from ..skeleton import Skeleton
from .humanoid import (
    ARM_JOINTS,
    LEG_JOINTS,
    LIMB_JOINTS,
    SIDES,
    TORSO_SLOTS,
    BoneMap,
    filled,
    in_words,
    sided,
    slots_of,
)

_FOLDED = 0.35  # of a limb's length: no rest pose brings a hand this near to its shoulder, or an ankle to its hip
_SHARE = 0.15  # of a limb's length: an upper or lower part is never shorter
_UNEQUAL = 2.0  # a part is never so much longer than the other side's

_ACROSS = 40.0
"""Degrees from right angles to the trunk: limbs of a standing human are along it, or only its arms are across."""
_ALIKE = 45.0
"""Degrees between arms and legs, of which crawling on knees has more."""
_ON_KNEES = 70.0
"""Degrees between arms and shins: fewer, unless it kneels."""
_HUMAN = 1.3
"""A human's leg is at least so much longer than its arm and its trunk; an animal's is hardly longer."""
_UPRIGHT = 140.0
"""Degrees between legs and trunk."""
_MOST = 0.5
"""Of the frames."""


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


def doubts_in_words(skeleton: Skeleton, bone_map: BoneMap) -> tuple[Text, ...]:
    """Return a sentence for each slot of a character's map whose bone can't be right, see `doubts`."""
    sentences: list[Text] = []
    for slot, why in doubts(skeleton, bone_map).items():
        name = Text.of(in_words(slot).capitalize())
        sentences.append(Text("{slot}: {why}.", slot=name, why=why))
    return tuple(sentences)


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
        root, middle, end = skeleton.heads[filled(bones, joints)]
        parts = float(norm(middle - root)), float(norm(end - middle))
        last = in_words(joints[-1])
        if min(parts) < _SHARE * sum(parts):
            yield joints[parts.index(min(parts))], Text("it is too short for the rest of the limb")
        elif float(norm(end - root)) < _FOLDED * sum(parts):
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
    return float(norm(one - place)) < float(norm(other - place))


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
    lefts, rights = filled(bones, slots_of("left", parts)), filled(bones, slots_of("right", parts))
    from_right_to_left = skeleton.heads[lefts] - skeleton.heads[rights]
    # the median, as up to half of the parts may be on the wrong side
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
    # not the world's up: figures may lie at rest, or have Y up
    up = heads[bones["head"]] - legs
    size = float(up @ up)
    for slot in ("left_upper_arm", "right_upper_arm", "neck", "chest"):
        # along the line from the thighs to the head, beyond its end by no more than half of it
        if slot in bones and not 0.0 < float((heads[bones[slot]] - legs) @ up) < 1.5 * size:
            yield slot, Text("its bone is not between hips and head")


def no_human(skeleton: Skeleton, bone_map: BoneMap, positions: FloatArray | None = None) -> Sentence:
    """Return why a figure is no human, as the end of a sentence; '' if it may be one.

    Args:
        skeleton: the figure at rest.
        positions: (F, B, 3) heads in poses of a motion, if there is one: a rest may show nothing.
    """
    if "hips" not in bone_map.matches or not (bone_map.spine_chain or any(map(bone_map.bone, TORSO_SLOTS[1:]))):
        return "it has no trunk of hips and spine"
    if not _has_chain(bone_map, ARM_JOINTS):
        return "it has no arm of an upper and a lower part"
    if not _has_chain(bone_map, LEG_JOINTS):
        has_some = any(map(bone_map.bone, sided(*LEG_JOINTS)))
        return "it has no leg of an upper and a lower part" if has_some else ""
    arms, legs = _limbs(skeleton, bone_map, ARM_JOINTS), _limbs(skeleton, bone_map, LEG_JOINTS)
    upright, on_four = _posture(skeleton.heads[None], arms, legs)
    # a rest that is neither, with arms up say, tells nothing: the motion may
    if not upright[0] and not on_four[0] and positions is not None:
        on_four = _posture(positions, arms, legs)[1]
    # a person on all fours has a person's lengths
    if on_four.mean() > _MOST and not _has_human_lengths(skeleton.heads, arms, legs):
        return "it stands on four legs"
    return ""


def _has_chain(bone_map: BoneMap, parts: tuple[str, ...]) -> bool:
    """Return whether a limb of either side has its upper and its lower part."""
    return any(all(map(bone_map.bone, slots_of(side, parts[:2]))) for side in SIDES)


def _limbs(skeleton: Skeleton, bone_map: BoneMap, parts: tuple[str, ...]) -> list[tuple[int, int, int]]:
    """Return the joints of a limb on the sides that have it."""
    found: list[tuple[int, int, int]] = []
    for side in SIDES:
        joints = _joints(skeleton, bone_map, side, parts)
        if joints is not None:
            found.append(joints)
    return found


def _joints(skeleton: Skeleton, bone_map: BoneMap, side: str, parts: tuple[str, ...]) -> tuple[int, int, int] | None:
    """Return a limb's root, middle and end: an end without a slot is the longest bone below; None without a limb."""
    upper, lower, last = map(skeleton.indices.get, bone_map.in_slots(slots_of(side, parts)))
    if upper is None or lower is None:
        return None
    if last is not None:
        return upper, lower, last

    def length(below: int) -> float:
        return float(norm(skeleton.heads[below] - skeleton.heads[lower]))

    return upper, lower, max(skeleton.children[lower], key=length, default=lower)


def _posture(
    heads: FloatArray, arms: list[tuple[int, int, int]], legs: list[tuple[int, int, int]]
) -> tuple[BoolArray, BoolArray]:
    """Return in which poses (F, B, 3) legs are below the trunk, and in which all limbs are, across a level one."""
    # from hips to shoulders, from there to the hands, from hips to feet, from knees to feet
    trunk = _middle(heads, arms, 0) - _middle(heads, legs, 0)
    arm = _middle(heads, arms, 2) - _middle(heads, arms, 0)
    leg = _middle(heads, legs, 2) - _middle(heads, legs, 0)
    shin = _middle(heads, legs, 2) - _middle(heads, legs, 1)
    is_upright = _degrees(leg, trunk) > _UPRIGHT
    arms_across = np.abs(_degrees(arm, trunk) - 90.0) < _ACROSS
    legs_across = np.abs(_degrees(leg, trunk) - 90.0) < _ACROSS
    # on four legs arms and legs point the same way, down; on hands and knees the shins lie on the ground
    alike = (_degrees(arm, leg) < _ALIKE) & (_degrees(arm, shin) < _ON_KNEES)
    return is_upright, arms_across & legs_across & alike


def _middle(heads: FloatArray, limbs: list[tuple[int, int, int]], joint: int) -> FloatArray:
    """Return (F, 3) the middle between the same joint of several limbs: 0 their root, 1 their middle, 2 their end."""
    joints = np.array(limbs, dtype=np.int64).reshape(-1, 3)[:, joint]
    return heads[:, joints].mean(axis=1)


def _degrees(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return (F,) degrees between vectors (F, 3); 90 where one has no length."""
    lengths = norm(one) * norm(other)
    cosines = (one * other).sum(axis=-1) / np.maximum(lengths, 1e-12)
    return np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))


def _has_human_lengths(heads: FloatArray, arms: list[tuple[int, int, int]], legs: list[tuple[int, int, int]]) -> bool:
    """Return whether the legs are as much longer than arms and trunk as a human's."""

    def longest(limbs: list[tuple[int, int, int]]) -> float:
        # (3, L, 3) root, middle and end of each
        return float(step_lengths(heads[np.transpose(limbs)]).sum(axis=0).max())

    trunk = float(norm(_middle(heads[None], arms, 0) - _middle(heads[None], legs, 0))[0])
    return longest(legs) > _HUMAN * max(longest(arms), trunk)
