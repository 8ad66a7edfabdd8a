"""Detection of the finger joints below a hand."""

from collections.abc import Mapping, Sequence

import numpy as np

from ...texts.text import Sentence, Text
from ..skeleton import Skeleton
from .bone_names import BoneName
from .humanoid import FINGERS, PHALANGES, Side

_NAMED = frozenset(FINGERS)
_NEAR_WRIST = 1.1  # of its own length: how far from the wrist a metacarpal begins
_LONG_BASE = 1.25  # a metacarpal is longer than the bone after it by at least this


def find_fingers(
    skeleton: Skeleton, names: Sequence[BoneName], hand: int, side: Side
) -> dict[tuple[str, str], tuple[int, Sentence]]:
    """Map (finger, phalanx) to (bone, why), for the fingers below the bone `hand`.

    Fingers are identified by name, or by number if the numbers make a complete hand, with or without a thumb that has a
    name. Metacarpals and tips are left out.
    """
    chains = [
        chain for chain in _chains(skeleton, names, hand) if all(names[bone].side in (None, side) for bone in chain)
    ]
    fingers: dict[str, tuple[list[int], Sentence]] = {}
    for chain in chains:
        finger = _by_name(names, chain)
        if finger is not None and finger not in fingers:
            fingers[finger] = (chain, Text("called {finger}", finger=finger))
    thumb = fingers["thumb"][0] if set(fingers) == {"thumb"} else None
    numbered = _by_number(skeleton, names, chains, thumb)
    fingers.update({finger: found for finger, found in numbered.items() if finger not in fingers})
    result: dict[tuple[str, str], tuple[int, Sentence]] = {}
    for finger, (chain, why) in fingers.items():
        joints = _joints(skeleton, names, chain, finger)
        if len(joints) > 1:
            result.update({(finger, phalanx): (bone, why) for phalanx, bone in zip(PHALANGES, joints, strict=False)})
    return result


def fingers_by_shape(skeleton: Skeleton, hand: int) -> dict[tuple[str, str], int]:
    """Map (finger, phalanx) to the bones of a hand with arbitrary bone names; empty unless it has five fingers.

    The thumb is the one whose knuckle isn't in line with the others, and the index finger is next to it.
    """
    nameless = [BoneName("", frozenset(), None, (), 0)] * len(skeleton)
    chains = [_without_palm(skeleton, hand, chain) for chain in _chains(skeleton, nameless, hand) if len(chain) > 1]
    if len(chains) != len(FINGERS):
        return {}
    knuckles = skeleton.heads[[chain[0] for chain in chains]]
    others = [np.delete(knuckles, number, axis=0) for number in range(len(chains))]
    lines = [np.linalg.svd(rest - rest.mean(axis=0)) for rest in others]
    thumb = int(np.argmin([float(line[1][1:].sum()) for line in lines]))
    along = (knuckles - knuckles[thumb]) @ lines[thumb][2][0]
    along *= np.sign(along.sum())  # away from the thumb
    order = [thumb, *(int(number) for number in np.argsort(along) if number != thumb)]
    return {
        (finger, phalanx): bone
        for finger, number in zip(FINGERS, order, strict=True)
        for phalanx, bone in zip(PHALANGES, chains[number], strict=False)
    }


def _without_palm(skeleton: Skeleton, hand: int, chain: Sequence[int]) -> list[int]:
    """Return a finger's bones from the knuckle on: a metacarpal begins near the wrist and is long."""
    if len(chain) <= len(PHALANGES):
        return list(chain)
    steps = np.linalg.norm(np.diff(skeleton.heads[[hand, *chain[:3]]], axis=0), axis=1)
    is_palm = steps[0] < _NEAR_WRIST * steps[1] and steps[1] > _LONG_BASE * steps[2]
    return list(chain[1:] if is_palm else chain)


def _chains(skeleton: Skeleton, names: Sequence[BoneName], hand: int) -> list[list[int]]:
    """Return unbranched runs of bones from where fingers branch below the hand to the tip, without helpers."""
    found: list[list[int]] = []
    open_ends = [hand]
    while open_ends:
        top = open_ends.pop()
        for child in skeleton.children[top]:
            if names[child].aside:
                continue
            run = [child]
            while True:
                below = [bone for bone in skeleton.children[run[-1]] if not names[bone].aside]
                if len(below) > 1:
                    below = _same_finger(names, run[-1], below)
                if len(below) != 1:
                    break
                run.append(below[0])
            if below:
                open_ends.append(run[-1])
            else:
                found.append(run)
    return found


def _same_finger(names: Sequence[BoneName], bone: int, below: Sequence[int]) -> list[int]:
    """Return the bone that continues a finger, where several below it belong to that finger."""
    finger = set(names[bone].part.split()) & _NAMED
    if not finger or any(set(names[each].part.split()) & _NAMED != finger for each in below):
        return list(below)
    return [min(below, key=lambda each: names[each].unknown)]


def _by_name(names: Sequence[BoneName], chain: Sequence[int]) -> str | None:
    """Return the finger that most of the chain's names say; None for a mitten's bone for all fingers."""
    if any(names[bone].part == "finger" and not names[bone].numbers for bone in chain):
        return None
    if all(names[bone].part == "lower" for bone in chain):
        return "index"  # MikuMikuDance's English names are fore1, fore2, fore3
    named = [word for bone in chain for word in names[bone].part.split() if word in _NAMED]
    return max(_NAMED, key=named.count) if named else None


def _by_number(
    skeleton: Skeleton, names: Sequence[BoneName], chains: Sequence[list[int]], thumb: Sequence[int] | None
) -> Mapping[str, tuple[list[int], Sentence]]:
    """Return fingers found by number (Finger0, Finger01 …; finger2-1): five, the thumb first or last, or four."""
    named: list[tuple[str, list[int]]] = []
    for chain in chains:
        name = next(
            (names[bone] for bone in chain if "finger" in names[bone].part.split() and names[bone].numbers), None
        )
        if name is not None:
            named.append((name.numbers[0], chain))
    if all(len(number) > 1 for number, _ in named) and len({number[-1] for number, _ in named}) == 1:
        named = [(number[:-1], chain) for number, chain in named]  # finger and joint in one: 11, 21, 31 …
    numbered: dict[int, list[int]] = {}
    for number, chain in named:
        numbered.setdefault(int(number), chain)
    known = FINGERS[1:] if thumb is not None else FINGERS
    order = sorted(numbered)
    if len(numbered) != len(known) or order != list(range(order[0], order[0] + len(known))):
        return {}
    bases = np.array([skeleton.heads[_first_joint(names, numbered[number])] for number in order])
    near, far = (bases[0], bases[-1])
    if thumb is not None:
        beside = skeleton.heads[_first_joint(names, thumb)]
        is_reversed = np.linalg.norm(near - beside) > np.linalg.norm(far - beside)
    else:
        middle = bases[1:-1].mean(axis=0)
        is_reversed = np.linalg.norm(near - middle) < np.linalg.norm(far - middle)
    if is_reversed:
        order.reverse()
    return {
        finger: (numbered[number], Text("finger number {number}", number=number))
        for finger, number in zip(known, order, strict=True)
    }


def _first_joint(names: Sequence[BoneName], chain: Sequence[int]) -> int:
    return next((bone for bone in chain if "metacarpal" not in names[bone].part.split()), chain[0])


def _joints(skeleton: Skeleton, names: Sequence[BoneName], chain: Sequence[int], finger: str) -> list[int]:
    """Return the chain's bones from the knuckle on."""
    named = [index for index, bone in enumerate(chain) if {finger, "finger"} & set(names[bone].part.split())]
    chain = chain[named[0] :] if named else chain  # earlier bones belong to the palm
    joints = [bone for bone in chain if "metacarpal" not in names[bone].part.split()]
    if finger == "thumb":  # its metacarpal rotates, and is the first of its three bones
        return (joints if len(joints) >= len(PHALANGES) else list(chain))[: len(PHALANGES)]
    if len(joints) > len(PHALANGES) and _palm_first(skeleton, names, joints):
        joints = joints[1:]
    return joints[: len(PHALANGES)]


def _palm_first(skeleton: Skeleton, names: Sequence[BoneName], joints: Sequence[int]) -> bool:
    """Return whether of four bones the first is the palm's, rather than the last the tip."""
    numbers = [int(names[bone].numbers[-1]) for bone in joints if names[bone].numbers]
    if len(numbers) == len(joints):
        if numbers[0] == numbers[1]:
            return True  # index1_base, index1, index2, index3
        if numbers[0] in (0, 1):
            return numbers[0] == 0
    lengths = np.linalg.norm(np.diff(skeleton.heads[joints], axis=0), axis=1)
    unnumbered = len(numbers) == len(joints) - 1 and not names[joints[0]].numbers
    return unnumbered or bool(lengths[0] > _LONG_BASE * lengths[1])
