"""Search for the chain of bones of an arm or a leg, from names along the hierarchy.

Where all bones of a limb share one name, their numbers tell them: arm1, arm2, arm3; leg_L0_0_jnt … leg_L0_end_jnt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..rotations import FloatArray, angle_between, norm, step_lengths
from ..skeleton import Skeleton
from .bone_names import BoneName, vocabulary
from .humanoid import ARM_JOINTS, ARM_SLOTS, LEG_JOINTS, LEG_SLOTS, Side

_OPTIONAL = frozenset({"shoulder", "toes"})
_INNER = frozenset({"upper_arm", "lower_arm", "upper_leg", "lower_leg"})

# checked on the naming conventions of tests/motion/bones/bone_conventions
_NAMELESS = 0.05  # a bone without a meaningful name may lie between two known ones
_MISSING = -0.5  # an arm without a forearm is possible, and rare
_SKIP = -0.02  # among equals, prefer the next bone
_REACH = 6  # bones between one joint and the next, for twist chains
_CONTINUED = -0.3  # upperarm02 continues upperarm01
_TWIST = -0.6  # a twist bone is no joint, where there is a better one
_PER_UNKNOWN_LETTER = -0.03
_MOST_UNKNOWN = -0.3  # for all unknown letters together
_SURE = 0.6  # fit of a name that means this bone alone
_NO_LENGTH = 1e-6  # metres
_OTHER_WAY = np.radians(20.0)  # from a pelvis to the thigh, and on along that

_Link = tuple[int, int] | None  # number of a slot, and its bone
_BY_SHAPE = 0.5  # fit of a bone found by its position in the chain
_FEWEST = 3  # joints of a limb: hip, knee and ankle
_SHORT = 0.5  # of the bone below: a thigh is longer than that, the pelvis' part above it is not

_BENT = np.radians(45.0)  # an elbow that is bent more at rest is no more certain
_MIDDLE = 0.52  # of a limb's length: upper arms are longer than forearms
_TELLING = 0.3  # of a limb's length: how far from its middle a bent joint may be
_HEEL = np.radians(35.0)  # a foot points further away from its leg
_SAME = 0.02  # of a limb's length: joints nearer to each other are at the same position
_SKIPPED = 1.2  # weight of what is left out before a limb, where usually nothing is
_TIP = 0.25  # of a forearm's length: a shorter last step leads from a hand to its tip
_TIPPED = 0.4  # what such a step counts
_KNEE = 2  # a foot begins at the third joint of a leg at the earliest


@dataclass(frozen=True)
class Limb:
    """An arm's or a leg's bones.

    Attributes:
        bones: slot without side to bone index; at least one.
        fits: slot without side to how well the bone's name fits, 0 to 1.
        score: of the whole chain, to compare candidates.
    """

    bones: dict[str, int]
    fits: dict[str, float]
    score: float


def _name_fit(name: BoneName, slot: str) -> float | None:
    """Return how well a name fits a slot without side, 0 to 1; None where it can't be that slot's bone."""
    if name.aside - {"twist"}:
        return None
    fit = vocabulary().slots.get(name.part, {}).get(slot)
    if fit is None:
        return _NAMELESS if not name.part and not name.aside and slot in _INNER else None
    fit += max(_MOST_UNKNOWN, _PER_UNKNOWN_LETTER * name.unknown)
    return fit + _TWIST if "twist" in name.aside else fit


def sides_of(skeleton: Skeleton, names: Sequence[BoneName]) -> list[Side | None]:
    """Return each bone's side, from its own name or its nearest ancestor's."""
    sides: list[Side | None] = []
    for index, name in enumerate(names):
        parent = int(skeleton.parents[index])
        sides.append(name.side or (sides[parent] if parent >= 0 else None))
    return sides


def find_limb(
    skeleton: Skeleton, names: Sequence[BoneName], sides: Sequence[Side | None], side: Side, slots: tuple[str, ...]
) -> Limb | None:
    """Return the best chain for the slots among the bones of one side, or None if no name matches.

    Every bone is tried for every slot, appended to the best chain that ends above it; missing slots cost.
    """
    # for each slot the best chain that ends in a bone: its score, and slot and bone before it
    best: list[dict[int, tuple[float, _Link]]] = [{} for _ in slots]
    for bone in range(len(skeleton)):
        if sides[bone] != side:
            continue
        for rank, slot in enumerate(slots):
            fit = _name_fit(names[bone], slot)
            if fit is None:
                continue
            if fit > _NAMELESS and _continues(skeleton, names, sides, bone, slot) and slot not in ("hand", "shoulder"):
                fit += _CONTINUED
            score, link = _best_before(best, slots[:rank], skeleton.ancestors(bone)[:_REACH])
            best[rank][bone] = (score + fit, link)
    ends: list[tuple[float, int, int]] = []
    for rank, of_slot in enumerate(best):
        # what a chain lacks further outwards counts against it
        after = _cost_of_missing(slots[rank + 1 :])
        ends += [(score + after, rank, bone) for bone, (score, _) in of_slot.items()]
    if not ends:
        return None
    # of equal chains the one that ends nearer to the root
    total, rank, bone = max(ends, key=lambda end: (end[0], -end[2]))
    bones: dict[str, int] = {}
    fits: dict[str, float] = {}
    # from the end along the links to what each bone was appended to
    link: _Link = (rank, bone)
    while link is not None:
        rank, bone = link
        bones[slots[rank]] = bone
        fits[slots[rank]] = _name_fit(names[bone], slots[rank]) or 0.0
        link = best[rank][bone][1]
    if max(fits.values()) <= _NAMELESS:
        return None
    return Limb(bones, fits, total)


def _best_before(
    best: Sequence[dict[int, tuple[float, _Link]]], slots: tuple[str, ...], above: Sequence[int]
) -> tuple[float, _Link]:
    """Return score and end of the best chain of earlier slots that ends in one of the bones above, or of none."""
    options: list[tuple[float, _Link]] = [(_cost_of_missing(slots), None)]
    for earlier in range(len(slots)):
        between = _cost_of_missing(slots[earlier + 1 :])
        for skipped, ancestor in enumerate(above):
            if ancestor in best[earlier]:
                score = best[earlier][ancestor][0] + between + _SKIP * skipped
                options.append((score, (earlier, ancestor)))
    return max(options, key=lambda option: option[0])


def _continues(
    skeleton: Skeleton, names: Sequence[BoneName], sides: Sequence[Side | None], bone: int, slot: str
) -> bool:
    """Return whether a bone above bears the same name, and is the first of both; a hip's joint above a thigh isn't."""
    name, parent = names[bone], int(skeleton.parents[bone])
    if slot == "upper_leg" and name.part == "hip" and _is_hip_joint(skeleton, names, bone):
        return True
    if parent < 0 or names[parent].part != name.part or sides[parent] != sides[bone]:
        return False
    return not (slot == "upper_leg" and name.part == "hip" and _is_hip_joint(skeleton, names, parent))


def _is_hip_joint(skeleton: Skeleton, names: Sequence[BoneName], bone: int) -> bool:
    """Return whether a bone called hip is above another one, and doesn't lie along it as a part of the thigh does."""
    for hip in skeleton.children[bone]:
        if names[hip].part != "hip" or names[hip].aside:
            continue
        to_hip = skeleton.heads[hip] - skeleton.heads[bone]
        for knee in skeleton.children[hip]:
            along_thigh = skeleton.heads[knee] - skeleton.heads[hip]
            # a joint at the hip's position has no direction of its own
            if float(norm(to_hip)) < _NO_LENGTH or float(angle_between(to_hip, along_thigh)) > _OTHER_WAY:
                return True
    return False


def _cost_of_missing(slots: tuple[str, ...]) -> float:
    """Return what leaving out some slots of a chain adds to its score."""
    return _MISSING * len(set(slots) - _OPTIONAL)


def detached_end(
    skeleton: Skeleton, names: Sequence[BoneName], limb: Limb, side: Side, slots: tuple[str, ...]
) -> int | None:
    """Return the hand or foot elsewhere in the hierarchy (on an IK root, say) nearest to the limb's end."""
    lower, end = ("lower_leg", "foot") if slots is LEG_SLOTS else ("lower_arm", "hand")
    if end in limb.bones or lower not in limb.bones:
        return None
    called: list[int] = []
    for bone, name in enumerate(names):
        if name.side == side and bone not in limb.bones.values() and (_name_fit(name, end) or 0.0) > _SURE:
            called.append(bone)
    # hand or foot begins where the bone before it ends
    tail = skeleton.world_tails[limb.bones[lower]]
    return min(called, key=lambda bone: float(((skeleton.heads[bone] - tail) ** 2).sum()), default=None)


def by_number(skeleton: Skeleton, names: Sequence[BoneName], limb: Limb, slots: tuple[str, ...]) -> Limb:
    """Return the limb with its joints told by their positions, if three or more of its bones share a name.

    Args:
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
    bones |= {top: joints[0], middle: joints[_middle_joint(heads[: reach + 1])], end: joints[reach]}
    if bones == limb.bones:
        return limb
    # where the shape says what the name does, the name's fit stays
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
        pelvis_part = float(norm(hip - skeleton.heads[thigh]))
        thigh_length = float(norm(skeleton.heads[thigh] - knee))
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


def _middle_joint(joints: FloatArray) -> int:
    """Return which of a limb's joints (N, 3) is its elbow or knee, the first and last being its ends.

    It is a joint near the middle, the more so if the limb bends there at rest; of several at that position the last.
    """
    steps = step_lengths(joints)
    length = max(float(steps.sum()), 1e-9)
    along = np.cumsum(steps)[:-1] / length
    bends = np.array(_bends(joints, range(1, len(joints) - 1)))
    # a bend outweighs a distance from the middle
    from_middle = np.abs(along - _MIDDLE) - _TELLING * np.minimum(bends / _BENT, 1.0)
    found = 1 + int(np.argmin(from_middle))
    while found + 1 < len(joints) - 1 and steps[found] < _SAME * length:
        found += 1
    return found


def ankle_joint(joints: FloatArray) -> int:
    """Return which of a leg's joints (N, 3) is its ankle: where the foot points away, or else the last."""
    inner = range(_KNEE, len(joints) - 1)
    bends = _bends(joints, inner)
    return inner[int(np.argmax(bends))] if bends and max(bends) > _HEEL else len(joints) - 1


def _bends(joints: FloatArray, inner: Iterable[int]) -> list[float]:
    """Return the angles, radians, between the steps to and from inner joints; those without length are skipped."""
    apart = _SAME * max(float(step_lengths(joints).sum()), 1e-9)
    bends: list[float] = []
    for number in inner:
        here = joints[number]
        before = _first_apart(here, joints[:number][::-1], apart)
        after = _first_apart(here, joints[number + 1 :], apart)
        bends.append(float(angle_between(here - before, after - here)))
    return bends


def _first_apart(here: FloatArray, joints: FloatArray, apart: float) -> FloatArray:
    """Return the first of some joints (N, 3) that isn't at the same position; that position if all are."""
    for joint in joints:
        if norm(joint - here) > apart:
            return joint
    return here


def best_joints(joints: FloatArray, ratio: float, first: int, last: int | None) -> tuple[int, int, int]:
    """Return which of a limb's joints (N, 3) begin its upper part, its lower part, and its hand or foot.

    Args:
        joints: from the trunk outwards; there may be a tip after the limb.
        ratio: of the upper part's length to the lower part's, as usual.
        first: the first joint that may begin the limb; it or the next one does.
        last: the hand's or foot's joint where it is known.
    """
    steps = step_lengths(joints)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    ends: list[int] = []
    if last is not None:
        ends.append(last)
    else:
        # of joints at the same position the first
        is_apart = steps[first + 1 :] > _SAME * along[-1]
        is_apart[:1] = True
        ends += (np.flatnonzero(is_apart) + first + 2).tolist()
    whole = float(along[last if last is not None else -1] - along[first])
    best = (np.inf, (first, first + 1, first + 2))
    for end in ends:
        for start in range(first, min(first + 2, end - 1)):
            middle = start + _middle_joint(joints[start : end + 1])
            upper, lower = float(along[middle] - along[start]), float(along[end] - along[middle])
            if upper <= 0.0 or lower <= 0.0:
                continue
            # parts of usual lengths, little left out before and after them, and no tip taken for the hand
            uneven = abs(float(np.log(upper / lower / ratio)))
            skipped = float(along[start] - along[first]) / whole
            tip = float(along[-1] - along[end]) / whole if last is None else 0.0
            ends_in_tip = last is None and float(along[end] - along[end - 1]) < _TIP * lower
            cost = uneven + _SKIPPED * skipped + tip + _TIPPED * ends_in_tip
            best = min(best, (cost, (start, middle, end)))
    return best[1]
