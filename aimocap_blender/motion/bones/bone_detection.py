"""Detection of a skeleton's humanoid bones from names, hierarchy and geometry."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from ...texts.text import Sentence, Text
from ..rotations import norm
from ..skeleton import Skeleton, by_depth
from .body_shape import detect_by_shape
from .bone_names import BoneName, fold, read_names, vocabulary
from .control_profiles import ControlProfile, built_in_profiles, controls_by_name, profile_map
from .finger_detection import find_fingers
from .humanoid import ARM_SLOTS, CORE_SLOTS, FINGERS, LEG_SLOTS, SIDES, BoneMap, BoneMatch, Side, filled, spread_spine
from .limb_search import Limb, by_number, detached_end, find_limb, sides_of

_SPINE_WORDS = frozenset({"spine", "abdomen", "torso", "chest", "hips", "body"})
_HIPS = frozenset({"hips", "hip"})
_SEVERAL_TOES = 2  # bones called toe that hang from a foot
_DETACHED = 0.6  # confidence in a hand or foot that hangs elsewhere: the least fit that its name has
_FEW = 9  # of the fifteen core slots: names that fill fewer mean little

_MANY = 4  # bones of a body that hang from none of its bones: usually the hips alone
_SIDE_BY_SIDE = 3  # bones of one limb
_MIDDLE = (
    frozenset({"hips", "hip"}),
    frozenset({"spine", "abdomen", "torso", "chest"}),
    frozenset({"neck"}),
    frozenset({"head"}),
)
_FINGERS = frozenset((*FINGERS, "finger", "metacarpal"))


def detect_bones(skeleton: Skeleton, profiles: Sequence[ControlProfile] | None = None) -> BoneMap:
    """Fill as many humanoid slots as the skeleton has bones for.

    The first matching profile decides; None stands for the built-in ones. Without a match, arms and legs are the chains
    whose names fit best along the hierarchy; hips are where legs and upper body branch, whatever their name; spine and
    neck lie in between. Unparented joints are put together by their names first. Where names mean little,
    hierarchy and geometry alone decide, with less confidence. Slots without a match stay empty.
    """
    profiles = built_in_profiles() if profiles is None else profiles
    known = profile_map(skeleton, profiles)
    if known is not None:
        return known
    for profile in profiles:
        known = controls_by_name(skeleton, profile, lambda plain: detect_bones(plain, ())) if profile.controls else None
        if known is not None:
            return known
    names = read_names(skeleton.names)
    by_name = _Detection(skeleton, names).bone_map()
    if _core(by_name) == len(CORE_SLOTS):
        return by_name
    # with other parents the bones are in another order
    nested = _with_parents(skeleton, names)
    if nested is not None:
        nested_names = filled(dict(zip(skeleton.names, names, strict=True)), nested.names)
        by_name = max(by_name, _Detection(nested, nested_names).bone_map(), key=_core)
    by_shape = detect_by_shape(skeleton, names) if _core(by_name) < len(CORE_SLOTS) else None
    if by_shape is None:
        return by_name
    if _core(by_name) < _FEW:
        return by_shape
    nameless = [bone for bone, name in zip(skeleton.names, names, strict=True) if not name.part and not name.aside]
    return _completed(by_name, by_shape, frozenset(nameless))


def _completed(found: BoneMap, shape: BoneMap, nameless: frozenset[str]) -> BoneMap:
    """Return the map with core slots that only the shape fills, with nameless bones, if both agree on all others.

    Nameless bones between two others are not held against the shape.
    """
    free = nameless.difference(found.spine_chain, found.neck_chain)
    more: dict[str, BoneMatch] = {}
    moved: set[str] = set()
    for slot, match in shape.matches.items():
        if slot not in CORE_SLOTS:
            continue
        by_name = found.bone(slot)
        is_named = by_name is not None and by_name not in nameless
        if is_named and match.bone != by_name:
            return found
        if not is_named and match.bone in free:
            more[slot] = match
            moved.add(match.bone)
    # a bone that the shape puts elsewhere leaves the slot that it had between two others
    kept = {slot: match for slot, match in found.matches.items() if slot not in more and match.bone not in moved}
    return replace(found, matches=kept | more)


def _core(bone_map: BoneMap) -> int:
    """Return how many of the core slots are filled."""
    return len(bone_map.matches.keys() & set(CORE_SLOTS))


class _Detection:
    """The detection on one skeleton, with the results so far."""

    def __init__(self, skeleton: Skeleton, names: Sequence[BoneName]) -> None:
        self.skeleton = skeleton
        self.names = names
        self.matches: dict[str, BoneMatch] = {}
        self.taken: set[str] = set()
        self.limbs: frozenset[int] = frozenset()
        self.spine: tuple[int, ...] = ()
        self.neck: tuple[int, ...] = ()

    def bone_map(self) -> BoneMap:
        sides = sides_of(self.skeleton, self.names)
        arms: dict[Side, Limb | None] = {}
        legs: dict[Side, Limb | None] = {}
        # in this order, as a bone fills one slot only, the first that it is found for
        for limbs, slots in ((arms, ARM_SLOTS), (legs, LEG_SLOTS)):
            for side in SIDES:
                limbs[side] = self._limb(sides, side, slots)
        for side in SIDES:
            self._fingers(side, arms[side])
        self._torso(arms, legs)
        return BoneMap(self.matches, self.skeleton.names_of(self.spine), self.skeleton.names_of(self.neck))

    def _match(self, slot: str, bone: int, confidence: float, why: Sentence) -> None:
        """Fill a slot, unless the bone already fills another."""
        name = self.skeleton.names[bone]
        if name not in self.taken:
            self.taken.add(name)
            self.matches[slot] = BoneMatch(name, round(min(1.0, max(0.0, confidence)), 2), why)

    def _limb(self, sides: Sequence[Side | None], side: Side, slots: tuple[str, ...]) -> Limb | None:
        limb = find_limb(self.skeleton, self.names, sides, side, slots)
        if limb is None:
            return None
        limb = by_number(self.skeleton, self.names, limb, slots)
        end = detached_end(self.skeleton, self.names, limb, side, slots)
        if end is not None:
            slot = "foot" if slots is LEG_SLOTS else "hand"
            limb.bones[slot] = end
            limb.fits[slot] = _DETACHED
        # one of several single toes doesn't move the others
        if "toes" in limb.bones and self._toe_count(limb) >= _SEVERAL_TOES:
            del limb.bones["toes"]
        for slot, bone in limb.bones.items():
            part = self.names[bone].part
            why: Sentence = "between its neighbours"
            if part and slots is ARM_SLOTS:
                why = Text("called {part}, in the chain of the {side} arm", part=part, side=Text(side))
            elif part:
                why = Text("called {part}, in the chain of the {side} leg", part=part, side=Text(side))
            self._match(f"{side}_{slot}", bone, limb.fits[slot], why)
        return limb

    def _toe_count(self, limb: Limb) -> int:
        if "foot" not in limb.bones:
            return 1
        below = self.skeleton.children[limb.bones["foot"]]
        return sum("toe" in self.names[bone].part.split() and not self.names[bone].aside for bone in below)

    def _fingers(self, side: Side, arm: Limb | None) -> None:
        if arm is None or "hand" not in arm.bones:
            return
        for (finger, phalanx), (bone, why) in find_fingers(self.skeleton, self.names, arm.bones["hand"], side).items():
            self._match(f"{side}_{finger}_{phalanx}", bone, 0.9, why)

    def _torso(self, arms: dict[Side, Limb | None], legs: dict[Side, Limb | None]) -> None:
        arm_roots, leg_roots = _roots(arms, ARM_SLOTS), _roots(legs, LEG_SLOTS)
        self.limbs = frozenset(self.skeleton.indices_of(self.taken))
        # the head comes first: a body without arms has its hips where legs and head branch
        head = self._head(arm_roots)
        hips = self._hips(leg_roots, arm_roots if head is None else [*arm_roots, head])
        if head is not None and head != hips:
            name = self.names[head]
            called = "head" in name.part.split()
            why: Sentence = "called face" if name.aside else "the last bone above the arms"
            self._match("head", head, *((0.95, "called head") if called else (0.7, why)))
        if hips is None:
            return
        self._chains(hips, head, arm_roots)

    def _head(self, arm_roots: Sequence[int]) -> int | None:
        """Return the bone called head nearest to the root; of several, one in the arms' part of the tree."""
        named = [bone for bone, name in enumerate(self.names) if name.part == "head" and self._free(bone)]
        if not named:  # mGear's neck_C0_head_jnt counts as the last bone above the arms
            return self._uppermost(arm_roots)

        def kinship(bone: int) -> tuple[int, int]:
            above = set(self.skeleton.ancestors(bone))
            shared = 0
            for root in arm_roots:
                shared = max(shared, len(above.intersection(self.skeleton.ancestors(root))))
            return -shared, len(above) + self.names[bone].unknown

        return min(named, key=kinship)

    def _uppermost(self, arm_roots: Sequence[int]) -> int | None:
        """Return the face, or else the end of the middle bones that continue above the arms, unless that is a neck."""
        chest = self.skeleton.common_bone(arm_roots)
        to_arms = set[int]().union(*map(self.skeleton.upwards, arm_roots))
        last, top = None, chest
        while top is not None:
            # of the bones in the middle the one that begins highest goes on
            below = [bone for bone in self.skeleton.children[top] if bone not in to_arms and self._is_middle(bone)]
            top = max(below, key=lambda bone: float(self.skeleton.heads[bone][2]), default=None)
            last = top if top is not None else last
        if last is not None and self.names[last].part != "neck":
            return last
        # a neck without a head may carry a face; a chest without a neck, too
        on = last if last is not None else chest
        below = self.skeleton.children[on] if on is not None else ()
        faces = list(filter(self._is_whole_face, below))
        return faces[0] if len(faces) == 1 else None

    def _is_whole_face(self, bone: int) -> bool:
        """Return whether a bone stands for a head, as that of FreeMoCap, rather than for a part of the face."""
        name = self.names[bone]
        whole = name.aside == frozenset({"face"}) and not name.part and name.side is None and not name.unknown
        return whole and "face" in fold(self.skeleton.names[bone])

    def _hips(self, leg_roots: Sequence[int], upper: Sequence[int]) -> int | None:
        """Return the bone where legs and upper body branch, or else the bone called hips."""
        common = self.skeleton.common_bone([*leg_roots, *upper]) if leg_roots and upper else None
        # one leg alone
        while common in self.limbs:
            common = int(self.skeleton.parents[common])
        if common is not None and common >= 0 and not self._is_above_torso(common):
            hips = self._above_spine_with_legs(common)
            is_named = not _HIPS.isdisjoint(self.names[hips].part.split())
            self._match("hips", hips, 1.0 if is_named else 0.85, "where legs and upper body part")
            return hips
        called = [bone for bone, name in enumerate(self.names) if name.part in _HIPS and self._is_middle(bone)]
        if not called and leg_roots:
            common = self.skeleton.common_bone(leg_roots)
            if common is not None and common not in self.limbs and not self._is_above_torso(common):
                called = [common]
        if not called:
            return None
        hips = min(called, key=lambda bone: len(self.skeleton.ancestors(bone)))
        self._match("hips", hips, 0.6, "called hips; legs and upper body have no common bone")
        return hips

    def _is_above_torso(self, bone: int) -> bool:
        """Return whether a bone is a neck or head: OpenPose's 18 points, which have no hips, hang from the neck."""
        return self.names[bone].part in ("neck", "head")

    def _free(self, bone: int) -> bool:
        """Return whether a bone belongs to no limb and is no helper."""
        return bone not in self.limbs and not self.names[bone].aside

    def _is_middle(self, bone: int) -> bool:
        """Return whether such a bone has no side either."""
        return self.names[bone].side is None and self._free(bone)

    def _above_spine_with_legs(self, common: int) -> int:
        """Return the pelvis above the first spine bone, where a rig hangs the legs from that, else the bone itself."""
        parent = int(self.skeleton.parents[common])
        if parent < 0 or self.names[common].part not in _SPINE_WORDS:
            return common
        return parent if self.names[parent].part in _HIPS and not self.names[parent].aside else common

    def _chains(self, hips: int, head: int | None, arm_roots: Sequence[int]) -> None:
        """Fill the slots of spine and neck with the bones between hips and head."""
        top = head if head is not None else self.skeleton.common_bone(arm_roots)
        if top is None or top == hips:
            return
        possible = list(self.skeleton.between(hips, top))
        if head is None and hips in self.skeleton.ancestors(top):
            # without a head the path ends in the chest and a neck that may be on it
            possible.append(top)
            children = self.skeleton.children[top]
            possible += [bone for bone in children if self.names[bone].part == "neck" and self._free(bone)]
        path = [bone for bone in possible if bone not in self.limbs and not self.names[bone].aside - {"twist"}]
        necks = [index for index, bone in enumerate(path) if "neck" in self.names[bone].part.split()]
        if necks:
            split = necks[0]
        else:
            # the neck begins above the bone that carries the arms, unless that bone's children are still a chest
            shoulders = self.skeleton.common_bone(arm_roots)
            split = path.index(shoulders) + 1 if shoulders in path else len(path)
            while split < len(path) and "chest" in self.names[path[split]].part.split():
                split += 1
        self.spine, self.neck = tuple(path[:split]), tuple(path[split:])
        for slot, name in spread_spine(self.skeleton.names_of(self.spine)):
            bone = self.skeleton.index(name)
            known = bool(_SPINE_WORDS & set(self.names[bone].part.split()))
            self._match(slot, bone, 0.95 if known else 0.75, "between hips and neck")
        if self.neck:
            self._match("neck", self.neck[0], 0.95 if necks else 0.75, "between spine and head")


def _roots(limbs: Mapping[Side, Limb | None], slots: Sequence[str]) -> list[int]:
    """Return the first bone of each limb that was found."""
    return [filled(limb.bones, slots)[0] for limb in limbs.values() if limb]


def _with_parents(skeleton: Skeleton, names: Sequence[BoneName]) -> Skeleton | None:
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
    return skeleton.part(by_depth(parents), parents)


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
        parents: list[int] = skeleton.parents[limb].tolist()
        on = max(parents, key=parents.count, default=-1)
        if on >= 0 and parents.count(on) >= _SIDE_BY_SIDE and len(limb) <= len(LEG_SLOTS):
            found.update({*limb, *middle}.intersection(skeleton.children[on]))
    return found


def _above(parents: Sequence[int], bone: int) -> list[int]:
    found: list[int] = []
    while (bone := parents[bone]) >= 0:
        found.append(bone)
    return found


def _torso(skeleton: Skeleton, names: Sequence[BoneName], body: Collection[int]) -> list[int]:
    """Return the bones of the middle from the hips up: by part, then by distance from the hips."""
    ranks: dict[int, int] = {}
    hips: list[int] = []
    above: list[int] = []
    for bone, name in enumerate(names):
        rank = _rank(name)
        if bone in body and name.side is None and rank is not None:
            ranks[bone] = rank
            (hips if rank == 0 else above).append(bone)
    thighs: list[int] = []
    for side in SIDES:
        thighs += _limb(names, body, side, LEG_SLOTS)[:1]
    if not hips and thighs:
        # a bone without a meaningful name may be the hips, if it is the nearest to the legs
        hips = [bone for bone, name in enumerate(names) if not (name.part or name.aside or name.side)]
    between_thighs = skeleton.heads[thighs].mean(axis=0) if thighs else np.zeros(3)
    away = {bone: float(norm(skeleton.heads[bone] - between_thighs)) for bone in (*hips, *ranks)}
    start = min(hips, key=lambda bone: (names[bone].unknown if bone in ranks else 0, away[bone]), default=None)
    nearest = min(above, key=away.__getitem__, default=None)
    # a bone without a name isn't the hips where one of the spine is nearer to the legs
    if start is None or (start not in ranks and nearest is not None and away[nearest] < away[start]):
        start = nearest
    if start is None:
        return []
    from_start = norm(skeleton.heads - skeleton.heads[start])
    order = sorted(above, key=lambda bone: (ranks[bone], from_start[bone]))
    return list(dict.fromkeys((start, *order)))


def _rank(name: BoneName) -> int | None:
    """Return the place of a part of the middle, counted from the hips; None for others."""
    words = set(name.part.split())
    # OpenPose's MidHip
    if words - {"middle"} <= _MIDDLE[0]:
        return 0
    # of several parts the uppermost, other than the hips
    for rank in range(len(_MIDDLE) - 1, 0, -1):
        if words & _MIDDLE[rank]:
            return rank
    return None


def _limb(names: Sequence[BoneName], body: Collection[int], side: Side, slots: tuple[str, ...]) -> list[int]:
    """Return a side's bones of arm or leg from the body outwards, by name, then by number."""
    fits = vocabulary().slots
    found: list[tuple[float, tuple[int, ...], int]] = []
    for bone, name in enumerate(names):
        of_part = fits.get(name.part, {})
        if bone not in body or name.side != side or of_part.keys().isdisjoint(slots):
            continue
        own = np.array([of_part.get(slot, 0.0) for slot in slots])
        # of equally good slots the mean: a leg comes after a thigh and before a shin
        best = np.flatnonzero(own == own.max())
        found.append((float(best.mean()), tuple(map(int, name.numbers)), bone))
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
            finger = next(filter(words.__contains__, FINGERS), "") or "".join(name.numbers[:1])
            fingers.setdefault(finger, []).append(bone)
    away = norm(skeleton.heads - skeleton.heads[hand])
    for bones in fingers.values():
        on = hand
        numbers = {bone: tuple(map(int, names[bone].numbers)) for bone in bones}
        # numbers that repeat are those of the finger, not of its joints: distance from the hand orders them
        tell_joints = len(set(numbers.values())) == len(bones)
        for bone in sorted(bones, key=lambda bone: (numbers[bone] if tell_joints else (), away[bone])):
            hang(bone, on)
            on = bone
