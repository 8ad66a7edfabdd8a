"""Parents for unparented bones, as tracked joints do that all have one root or no parent."""

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise, product

import numpy as np

from ..skeleton import Skeleton, by_depth
from .bone_names import BoneName, vocabulary
from .humanoid import ARM_SLOTS, FINGERS, LEG_SLOTS, SIDES, Side

_MANY = 4  # bones of a body that hang from none of its bones: usually the hips alone
_SIDE_BY_SIDE = 3  # bones of one limb
_MIDDLE = (
    frozenset({"hips", "hip"}),
    frozenset({"spine", "abdomen", "torso", "chest"}),
    frozenset({"neck"}),
    frozenset({"head"}),
)
_FINGERS = frozenset((*FINGERS, "finger", "metacarpal"))


def with_parents(skeleton: Skeleton, names: Sequence[BoneName]) -> Skeleton | None:
    """Return the skeleton with parents as the names say for bones that hang from no bone of the body, or all from one.

    None if it has few of these. The bones are in another order then; names and positions are the same.
    """
    body = {bone for bone, name in enumerate(names) if name.part and not name.aside}
    loose = {bone for bone in body if skeleton.nearest_above(bone, body) < 0} | _flat(skeleton, names, body)
    if len(loose) < _MANY:
        return None
    parents: list[int] = skeleton.parents.tolist()

    def hang(bone: int, on: int | None) -> None:
        # a bone that `on` hangs from can't hang from it
        if bone in loose and on is not None and bone != on and bone not in _above(parents, on):
            parents[bone] = on

    torso = _torso(skeleton, names, body)
    for on, bone in pairwise(torso):
        hang(bone, on)
    for side in SIDES:
        for slots, root in ((ARM_SLOTS, _arms_root(names, torso)), (LEG_SLOTS, torso[0] if torso else None)):
            on = root
            for bone in _limb(names, body, side, slots):
                hang(bone, on)
                on = bone
            if slots is ARM_SLOTS:
                _hang_fingers(skeleton, names, side, hang, on)
    order = by_depth(parents)
    return skeleton.part(order, [parents[bone] for bone in order])


def _arms_root(names: Sequence[BoneName], torso: Sequence[int]) -> int | None:
    """Return the bone that arms hang from: the last of the spine, unless that is the hips, else a neck."""
    spine: list[int] = []
    necks: list[int] = []
    for bone in torso:
        if "neck" in names[bone].part:
            necks.append(bone)
        elif "head" not in names[bone].part:
            spine.append(bone)
    if len(spine) > 1:
        return spine[-1]
    return [*necks, *torso][0] if torso else None


def _flat(skeleton: Skeleton, names: Sequence[BoneName], body: Collection[int]) -> set[int]:
    """Return the bones of limbs whose bones hang side by side from one bone, and those of the middle that do as well.

    Limbs with more bones than slots are left out: names don't tell which of them is a helper.
    """
    found: set[int] = set()
    middle = [bone for bone in body if names[bone].side is None]
    for side, slots in product(SIDES, (ARM_SLOTS, LEG_SLOTS)):
        limb = _limb(names, body, side, slots)
        parents = [int(skeleton.parents[bone]) for bone in limb]
        on = max(parents, key=parents.count, default=-1)
        if on >= 0 and parents.count(on) >= _SIDE_BY_SIDE and len(limb) <= len(LEG_SLOTS):
            found |= {bone for bone in (*limb, *middle) if int(skeleton.parents[bone]) == on}
    return found


def _above(parents: Sequence[int], bone: int) -> list[int]:
    found: list[int] = []
    while (bone := parents[bone]) >= 0:
        found.append(bone)
    return found


def _torso(skeleton: Skeleton, names: Sequence[BoneName], body: Collection[int]) -> list[int]:
    """Return the bones of the middle from the hips up: by part, then by distance from the hips."""
    ranks: dict[int, int] = {}
    for bone, name in enumerate(names):
        rank = _rank(name)
        if bone in body and name.side is None and rank is not None:
            ranks[bone] = rank
    hips = [bone for bone, rank in ranks.items() if rank == 0]
    thighs: list[int] = []
    for side in SIDES:
        thighs += _limb(names, body, side, LEG_SLOTS)[:1]
    if not hips and thighs:
        # a bone without a meaningful name may be the hips, if it is the nearest to the legs
        hips = [bone for bone, name in enumerate(names) if not (name.part or name.aside or name.side)]
    between_thighs = skeleton.heads[thighs].mean(axis=0) if thighs else np.zeros(3)
    away = {bone: float(np.linalg.norm(skeleton.heads[bone] - between_thighs)) for bone in (*hips, *ranks)}
    start = min(hips, key=lambda bone: (names[bone].unknown if bone in ranks else 0, away[bone]), default=None)
    above = [bone for bone, rank in ranks.items() if rank > 0]
    if start is None or (start not in ranks and any(away[bone] < away[start] for bone in above)):
        start = min(above, key=away.__getitem__, default=None)
    if start is None:
        return []
    from_start = np.linalg.norm(skeleton.heads - skeleton.heads[start], axis=1)
    above = [bone for bone in above if bone != start]
    return [start, *sorted(above, key=lambda bone: (ranks[bone], from_start[bone]))]


def _rank(name: BoneName) -> int | None:
    """Return the place of a part of the middle, counted from the hips; None for others."""
    words = set(name.part.split())
    # OpenPose's MidHip
    if words - {"middle"} <= _MIDDLE[0]:
        return 0
    # of several parts the uppermost, other than the hips
    ranks = [rank for rank, parts in enumerate(_MIDDLE) if rank > 0 and words & parts]
    return max(ranks, default=None)


def _limb(names: Sequence[BoneName], body: Collection[int], side: Side, slots: tuple[str, ...]) -> list[int]:
    """Return a side's bones of arm or leg from the body outwards, by name, then by number."""
    fits = vocabulary().slots
    found: list[tuple[float, tuple[int, ...], int]] = []
    for bone, name in enumerate(names):
        own = {slot: fit for slot, fit in fits.get(name.part, {}).items() if slot in slots}
        if bone not in body or name.side != side or not own:
            continue
        # of equally good slots the mean: a leg comes after a thigh and before a shin
        best = [slots.index(slot) for slot, fit in own.items() if fit == max(own.values())]
        found.append((sum(best) / len(best), tuple(map(int, name.numbers)), bone))
    return [bone for _, _, bone in sorted(found)]


def _hang_fingers(
    skeleton: Skeleton, names: Sequence[BoneName], side: Side, hang: Callable[[int, int | None], None], hand: int | None
) -> None:
    """Hang a side's fingers on its hand, each bone on the one before it."""
    if hand is None:
        return
    fingers: dict[str, list[int]] = {}
    for bone, name in enumerate(names):
        words = set(name.part.split())
        if name.side == side and words & _FINGERS and words <= _FINGERS | {"hand"} and not name.aside:
            # a finger without a name of its own is known by its first number
            known = [word for word in FINGERS if word in words]
            fingers.setdefault("".join(known[:1] or name.numbers[:1]), []).append(bone)
    away = np.linalg.norm(skeleton.heads - skeleton.heads[hand], axis=1)
    for bones in fingers.values():
        on = hand
        numbers = {bone: tuple(map(int, names[bone].numbers)) for bone in bones}
        # numbers that repeat are those of the finger, not of its joints: distance from the hand orders them
        tell_joints = len(set(numbers.values())) == len(bones)
        for bone in sorted(bones, key=lambda bone: (numbers[bone] if tell_joints else (), away[bone])):
            hang(bone, on)
            on = bone
