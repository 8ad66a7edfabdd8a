"""The finger joints that hang from a hand."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..skeleton import Skeleton
from .bone_names import BoneName
from .humanoid import FINGERS, PHALANGES, Side

_NAMED = frozenset(FINGERS)
_LONG_BASE = 1.25  # a metacarpal is longer than the bone after it by at least this
_ALL = 5


def find_fingers(
    skeleton: Skeleton, names: Sequence[BoneName], hand: int, side: Side
) -> dict[tuple[str, str], tuple[int, str]]:
    """(finger, phalanx) to (bone, why), for the fingers under the bone `hand`.

    Fingers are told by name, or by number where the numbers make a whole hand.
    Bones of metacarpals and of tips are left out.
    """
    chains = [
        chain for chain in _chains(skeleton, names, hand) if all(names[bone].side in (None, side) for bone in chain)
    ]
    told: dict[str, tuple[list[int], str]] = {}
    for chain in chains:
        finger = _by_name(names, chain)
        if finger is not None and finger not in told:
            told[finger] = (chain, f"called {finger}")
    told.update({finger: found for finger, found in _by_number(skeleton, names, chains).items() if finger not in told})
    result: dict[tuple[str, str], tuple[int, str]] = {}
    for finger, (chain, why) in told.items():
        joints = _joints(skeleton, names, chain, finger)
        if len(joints) > 1:
            result.update({(finger, phalanx): (bone, why) for phalanx, bone in zip(PHALANGES, joints, strict=False)})
    return result


def _chains(skeleton: Skeleton, names: Sequence[BoneName], hand: int) -> list[list[int]]:
    """Unbranched runs of bones below the hand, from where they part to the tip; no helpers, no tips' ends."""
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
    """Of several bones below one of a finger, the one that goes on with it, where all are that finger's."""
    finger = set(names[bone].part.split()) & _NAMED
    if not finger or any(set(names[each].part.split()) & _NAMED != finger for each in below):
        return list(below)
    return [min(below, key=lambda each: names[each].unknown)]


def _by_name(names: Sequence[BoneName], chain: Sequence[int]) -> str | None:
    """The finger that most of the chain's names say; a mitten's bone for all fingers together is none."""
    if any(names[bone].part == "finger" and not names[bone].numbers for bone in chain):
        return None
    if all(names[bone].part == "lower" for bone in chain):
        return "index"  # MikuMikuDance's English has fore1, fore2, fore3
    said = [word for bone in chain for word in names[bone].part.split() if word in _NAMED]
    return max(_NAMED, key=said.count) if said else None


def _by_number(
    skeleton: Skeleton, names: Sequence[BoneName], chains: Sequence[list[int]]
) -> Mapping[str, tuple[list[int], str]]:
    """Fingers told by number (Finger0, Finger01 …; finger2-1): five of them, the thumb first by number and by place."""
    said: list[tuple[str, list[int]]] = []
    for chain in chains:
        name = next(
            (names[bone] for bone in chain if "finger" in names[bone].part.split() and names[bone].numbers), None
        )
        if name is not None:
            said.append((name.numbers[0], chain))
    if all(len(number) > 1 for number, _ in said) and len({number[-1] for number, _ in said}) == 1:
        said = [(number[:-1], chain) for number, chain in said]  # finger and joint in one: 11, 21, 31 …
    numbered: dict[int, list[int]] = {}
    for number, chain in said:
        numbered.setdefault(int(number), chain)
    if len(numbered) != _ALL:
        return {}
    order = sorted(numbered)
    if order != list(range(order[0], order[0] + _ALL)):
        return {}
    bases = np.array([skeleton.heads[_first_joint(names, numbered[number])] for number in order])
    middle = bases[1:-1].mean(axis=0)
    if np.linalg.norm(bases[0] - middle) < np.linalg.norm(bases[-1] - middle):
        order.reverse()
    return {
        finger: (numbered[number], f"finger number {number}") for finger, number in zip(FINGERS, order, strict=True)
    }


def _first_joint(names: Sequence[BoneName], chain: Sequence[int]) -> int:
    return next((bone for bone in chain if "metacarpal" not in names[bone].part.split()), chain[0])


def _joints(skeleton: Skeleton, names: Sequence[BoneName], chain: Sequence[int], finger: str) -> list[int]:
    """The chain's bones from the knuckle on."""
    said = [place for place, bone in enumerate(chain) if {finger, "finger"} & set(names[bone].part.split())]
    chain = chain[said[0] :] if said else chain  # what comes before is the palm's
    joints = [bone for bone in chain if "metacarpal" not in names[bone].part.split()]
    if finger == "thumb":  # its metacarpal turns, and is the first of its three bones
        return (joints if len(joints) >= len(PHALANGES) else list(chain))[: len(PHALANGES)]
    if len(joints) > len(PHALANGES) and _palm_first(skeleton, names, joints):
        joints = joints[1:]
    return joints[: len(PHALANGES)]


def _palm_first(skeleton: Skeleton, names: Sequence[BoneName], joints: Sequence[int]) -> bool:
    """Whether the first of four bones is the palm's, and not the last the tip."""
    numbers = [int(names[bone].numbers[-1]) for bone in joints if names[bone].numbers]
    if len(numbers) == len(joints):
        if numbers[0] == numbers[1]:
            return True  # index1_base, index1, index2, index3
        if numbers[0] in (0, 1):
            return numbers[0] == 0
    lengths = np.linalg.norm(np.diff(skeleton.heads[joints], axis=0), axis=1)
    unnumbered = len(numbers) == len(joints) - 1 and not names[joints[0]].numbers
    return unnumbered or bool(lengths[0] > _LONG_BASE * lengths[1])
