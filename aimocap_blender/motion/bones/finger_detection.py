"""Detection of the finger joints below a hand."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ...texts.text import Sentence, Text
from ..rotations import norm, step_lengths
from ..skeleton import Skeleton
from .bone_names import BoneName
from .humanoid import FINGERS, PHALANGES, Side

_NAMED = frozenset(FINGERS)
_NEAR_WRIST = 1.1  # of its own length: how far from the wrist a metacarpal begins
_LONG_BASE = 1.25  # a metacarpal is longer than the bone after it by at least this
_AT_WRIST = 0.15  # of the forearm's length: how far from a hand's bone the other bones of its palm begin


def palms_beside(skeleton: Skeleton, hand: int) -> tuple[int, ...]:
    """Return the bones that are a hand together with the bone `hand`: each begins at the wrist, and carries a finger.

    Quaternius' robots have four of them on a forearm, and no bone that carries all.
    """
    forearm = int(skeleton.parents[hand])
    # a bone that carries several fingers is the whole hand
    if forearm < 0 or len(skeleton.children[hand]) != 1:
        return ()
    heads = skeleton.heads
    near = _AT_WRIST * float(norm(heads[hand] - heads[forearm]))
    found: list[int] = []
    for bone in skeleton.children[forearm]:
        is_there = float(norm(heads[bone] - heads[hand])) <= near
        # a control of a rig, or a bone that twists with the forearm, is none
        if bone != hand and is_there and skeleton.children[bone] and skeleton.option(bone).deform:
            found.append(bone)
    return tuple(found)


def find_fingers(
    skeleton: Skeleton, names: Sequence[BoneName], hand: int, side: Side
) -> dict[tuple[str, str], tuple[int, Sentence]]:
    """Map (finger, phalanx) to (bone, why), for the fingers below the bone `hand`.

    Fingers are identified by name, or by number if the numbers make a complete hand, with or without a thumb that has a
    name. Metacarpals and tips are left out.
    """
    other_side = "right" if side == "left" else "left"
    chains: list[list[int]] = []
    for chain in _chains(skeleton, names, hand):
        sides = {names[bone].side for bone in chain}
        if other_side not in sides:
            chains.append(chain)
    fingers: dict[str, tuple[list[int], Sentence]] = {}
    for chain in chains:
        finger = _by_name(names, chain)
        if finger is not None and finger not in fingers:
            fingers[finger] = (chain, Text("called {finger}", finger=finger))
    thumb = fingers["thumb"][0] if set(fingers) == {"thumb"} else None
    for finger, found in _by_number(skeleton, names, chains, thumb).items():
        fingers.setdefault(finger, found)
    result: dict[tuple[str, str], tuple[int, Sentence]] = {}
    for finger, (chain, why) in fingers.items():
        joints = _joints(skeleton, names, chain, finger)
        if len(joints) > 1:
            for phalanx, bone in zip(PHALANGES, joints, strict=False):
                result[finger, phalanx] = (bone, why)
    return result


def fingers_by_shape(skeleton: Skeleton, hand: int) -> dict[tuple[str, str], int]:
    """Map (finger, phalanx) to the bones of a hand with arbitrary bone names; empty unless it has five fingers.

    The thumb is the one whose knuckle isn't in line with the others, and the index finger is next to it.
    """
    nameless = [BoneName("", frozenset(), None, (), 0)] * len(skeleton)
    chains: list[list[int]] = []
    first_bones: list[int] = []
    for chain in _chains(skeleton, nameless, hand):
        if len(chain) > 1:
            chains.append(_without_palm(skeleton, hand, chain))
            first_bones.append(chains[-1][0])
    if len(chains) != len(FINGERS):
        return {}
    knuckles = skeleton.heads[first_bones]
    # without the thumb the other four knuckles are in line: what is beside their main axis is least
    beside_line, directions = np.zeros(len(chains)), np.zeros((len(chains), 3))
    for number in range(len(chains)):
        others = np.delete(knuckles, number, axis=0)
        _, extents, axes = np.linalg.svd(others - others.mean(axis=0))
        beside_line[number] = extents[1:].sum()
        directions[number] = axes[0]
    thumb = int(np.argmin(beside_line))
    # the fingers follow in the direction away from the thumb
    along = (knuckles - knuckles[thumb]) @ directions[thumb]
    along *= np.sign(along.sum())
    order: list[int] = np.argsort(along).tolist()
    order.remove(thumb)
    order.insert(0, thumb)
    found: dict[tuple[str, str], int] = {}
    for finger, number in zip(FINGERS, order, strict=True):
        for phalanx, bone in zip(PHALANGES, chains[number], strict=False):
            found[finger, phalanx] = bone
    return found


def _without_palm(skeleton: Skeleton, hand: int, chain: Sequence[int]) -> list[int]:
    """Return a finger's bones from the knuckle on: a metacarpal begins near the wrist and is long."""
    if len(chain) <= len(PHALANGES):
        return list(chain)
    to_first, first, second = step_lengths(skeleton.heads[[hand, *chain[:3]]])
    is_palm = to_first < _NEAR_WRIST * first and first > _LONG_BASE * second
    return list(chain[1:] if is_palm else chain)


def _chains(skeleton: Skeleton, names: Sequence[BoneName], hand: int) -> list[list[int]]:
    """Return unbranched runs of bones from where fingers branch below the hand to the tip, without helpers."""
    found: list[list[int]] = []
    open_ends = [hand, *palms_beside(skeleton, hand)]
    while open_ends:
        top = open_ends.pop()
        for child in skeleton.children[top]:
            if names[child].aside:
                continue
            run = [child]
            below = _next_bones(skeleton, names, child)
            while len(below) == 1:
                run.append(below[0])
                below = _next_bones(skeleton, names, run[-1])
            # a run that branches is the palm, or part of it
            if below:
                open_ends.append(run[-1])
            else:
                found.append(run)
    return found


def _next_bones(skeleton: Skeleton, names: Sequence[BoneName], bone: int) -> list[int]:
    """Return the bones below a bone, without helpers; of several that belong to the bone's finger the plainest name."""
    below = [child for child in skeleton.children[bone] if not names[child].aside]
    finger = _fingers_named(names, bone)
    if len(below) > 1 and finger and all(_fingers_named(names, child) == finger for child in below):
        return [min(below, key=lambda child: names[child].unknown)]
    return below


def _fingers_named(names: Sequence[BoneName], bone: int) -> set[str]:
    return set(names[bone].part.split()) & _NAMED


def _by_name(names: Sequence[BoneName], chain: Sequence[int]) -> str | None:
    """Return the finger that most of the chain's names say; None for a mitten's bone for all fingers."""
    if any(names[bone].part == "finger" and not names[bone].numbers for bone in chain):
        return None
    # MikuMikuDance's English names are fore1, fore2, fore3
    if all(names[bone].part == "lower" for bone in chain):
        return "index"
    named: Counter[str] = Counter()
    for bone in chain:
        named.update(_fingers_named(names, bone))
    return max(FINGERS, key=named.__getitem__) if named else None


def _by_number(
    skeleton: Skeleton, names: Sequence[BoneName], chains: Sequence[list[int]], thumb: Sequence[int] | None
) -> Mapping[str, tuple[list[int], Sentence]]:
    """Return fingers found by number (Finger0, Finger01 …; finger2-1): five, the thumb first or last, or four."""
    numbered = _numbered_chains(names, chains)
    known = FINGERS[1:] if thumb is not None else FINGERS
    order = sorted(numbered)
    if len(numbered) != len(known) or order != list(range(order[0], order[0] + len(known))):
        return {}
    knuckle_bones: list[int] = []
    for number in order:
        bones = _without_metacarpal(names, numbered[number])
        knuckle_bones.append(bones[0])
    knuckles = skeleton.heads[knuckle_bones]
    first, last = knuckles[0], knuckles[-1]
    if thumb is not None:
        # the index finger is next to the thumb
        thumb_base = skeleton.heads[_without_metacarpal(names, thumb)[0]]
        is_reversed = norm(first - thumb_base) > norm(last - thumb_base)
    else:
        # the thumb is further from the three in the middle than the little finger is
        middle = knuckles[1:-1].mean(axis=0)
        is_reversed = norm(first - middle) < norm(last - middle)
    if is_reversed:
        order.reverse()
    found: dict[str, tuple[list[int], Sentence]] = {}
    for finger, number in zip(known, order, strict=True):
        found[finger] = (numbered[number], Text("finger number {number}", number=number))
    return found


def _numbered_chains(names: Sequence[BoneName], chains: Sequence[list[int]]) -> dict[int, list[int]]:
    """Return the chains called finger by the number in their names, the first of each number."""
    numbers: list[str] = []
    called: list[list[int]] = []
    for chain in chains:
        told = [names[bone] for bone in chain if "finger" in names[bone].part.split() and names[bone].numbers]
        if told:
            numbers.append(told[0].numbers[0])
            called.append(chain)
    # finger and joint may be one number: 11, 21, 31 …
    joints = {number[-1] for number in numbers}
    has_joint_too = len(joints) == 1 and min(map(len, numbers)) > 1
    found: dict[int, list[int]] = {}
    for number, chain in zip(numbers, called, strict=True):
        found.setdefault(int(number[:-1] if has_joint_too else number), chain)
    return found


def _without_metacarpal(names: Sequence[BoneName], chain: Sequence[int]) -> Sequence[int]:
    """Return a finger's bones from the knuckle on, a thumb's from its base; all if each is called metacarpal."""
    return _beyond_palm(names, chain) or chain


def _beyond_palm(names: Sequence[BoneName], chain: Sequence[int]) -> list[int]:
    """Return a chain's bones that aren't called metacarpal."""
    return [bone for bone in chain if "metacarpal" not in names[bone].part.split()]


def _joints(skeleton: Skeleton, names: Sequence[BoneName], chain: Sequence[int], finger: str) -> list[int]:
    """Return the chain's bones from the knuckle on."""
    # bones before the first that bears the finger's name belong to the palm
    for index, bone in enumerate(chain):
        if not {finger, "finger"}.isdisjoint(names[bone].part.split()):
            chain = chain[index:]
            break
    joints = _beyond_palm(names, chain)
    # a thumb's metacarpal rotates, and is the first of its three bones
    if finger == "thumb" and len(joints) < len(PHALANGES):
        joints = list(chain)
    elif finger != "thumb" and len(joints) > len(PHALANGES) and _palm_first(skeleton, names, joints):
        joints = joints[1:]
    return joints[: len(PHALANGES)]


def _palm_first(skeleton: Skeleton, names: Sequence[BoneName], joints: Sequence[int]) -> bool:
    """Return whether of four bones the first is the palm's, rather than the last the tip."""
    numbers = [int(names[bone].numbers[-1]) for bone in joints if names[bone].numbers]
    if len(numbers) == len(joints):
        # index1_base, index1, index2, index3
        if numbers[0] == numbers[1]:
            return True
        # they count from the palm, or from the knuckle
        if numbers[0] in (0, 1):
            return numbers[0] == 0
    # index_base, index1, index2, index3: only the palm's bone has no number
    if len(numbers) == len(joints) - 1 and not names[joints[0]].numbers:
        return True
    lengths = step_lengths(skeleton.heads[joints])
    return bool(lengths[0] > _LONG_BASE * lengths[1])
