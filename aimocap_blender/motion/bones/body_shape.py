"""A body told by its shape alone, without names: five limbs that grow from one trunk, two pairs of them mirrored.

The body stands upright at rest: legs reach the ground, arms begin above the hips, a head is above the arms. What
doesn't look like that is no body.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from ..rotations import FloatArray, cross, norm, normalise, step_lengths
from ..skeleton import Skeleton
from .bone_names import BoneName
from .finger_detection import fingers_by_shape
from .humanoid import ARM_JOINTS, SIDES, BoneMap, BoneMatch, spread_spine
from .limb_search import ankle_joint, best_joints

_FEWEST = 3  # joints of a limb: hip, knee and ankle
_LONG = 0.2  # of the skeleton's height: the least reach of a limb
_LEVEL = 0.25  # of a unit vector: how far the line between both sides may rise
_MIRRORED = 0.12  # of a limb's length: distance of its joints from their mirror images
_POSED = 0.4  # of a limb's length: the same for joints whose bones are as long, as in a rest that is a pose
_AS_LONG = 0.01  # of a limb's length
_GROUND = 0.15  # of the skeleton's height: a leg ends no higher
_STEEP = 0.6  # of a leg's length: its least drop
_ABOVE = 0.12  # of a leg's drop: arms begin at least so much higher than legs
_ARM_RATIO = 1.05  # of an upper arm's length to a forearm's
_ARM = (0.3, 1.6)  # of a leg's length
_FINGERS = 3
_FAR_OUT = 0.6  # of an arm's length: where a thumb and one finger branch, and no twist bones
_SAME = 0.01  # of an arm's length
_BEHIND = 0.15  # of its length: a wing, a cape or a tail is behind the body
_RAISED = 0.5  # of its length: ears and horns rise more
_ANKLE = 0.18  # of the hips' height
_CENTRE = 0.12  # of a leg's drop: bones of the middle are nearer to it
_NECK = 0.11  # of a leg's drop: a neck begins no higher above the shoulders
_CROWN = 0.15  # of a leg's drop: from a head to its crown, and further than between bones of a neck
_TALL = 1.5  # times the step below: a head is taller than a neck
_HAIR = 0.08  # of a leg's drop: a jaw is nearer below the head
_LEVEL_STEP = 0.01  # of a leg's drop: bones at the same height
_FACE = 3  # bones that hang from a head
_TOES = 3  # bones that hang from a foot with single toes
_DOWN = 0.8  # of a step's length: how far a thigh goes down
_SHOULDER = 0.9  # of the hips' half width: a collar bone begins nearer to the middle
_FACING = 0.01  # of a leg's drop: how far feet, knees and eyes must be in front
_SURE = 0.5  # confidence: less than of any name
_SIDE_GUESSED = 0.3  # confidence where left and right are a guess
_FINGER = 0.4  # greatest confidence in a finger
_NEARER = 0.5  # of the distance: a pelvis is at the thighs, a root at the same position as the hips isn't nearer
_AT_ARMS = 0.2  # of a spine bone's length
_TOLD = 2  # bones whose names say a side, more than say the other


@dataclass(frozen=True, eq=False)
class Pair:
    """Two limbs that mirror each other.

    Attributes:
        root: the bone that both grow from; -1 where they have no parent.
        chains: the bones of each from the root outwards.
        across: (3,) unit vector from the second to the first, level.
    """

    root: int
    chains: tuple[tuple[int, ...], tuple[int, ...]]
    across: FloatArray

    @property
    def firsts(self) -> list[int]:
        """The first bones of both."""
        return [self.chains[0][0], self.chains[1][0]]


@dataclass(frozen=True, eq=False)
class BodyShape:
    """The limbs of a body.

    Attributes:
        arms: bones of left and right by slot without side.
        legs: the same.
        head: the head, if there is one.
        sides_known: whether feet, knees or a face show where the body's front is; it is taken to face -Y otherwise.
    """

    arms: tuple[dict[str, int], dict[str, int]]
    legs: tuple[dict[str, int], dict[str, int]]
    head: int | None
    sides_known: bool


def body_shape(skeleton: Skeleton) -> BodyShape | None:
    """Return the body that a skeleton has the shape of, or None. Up is the world's Z axis."""
    return _Search(skeleton).found() if len(skeleton) > 3 * _FEWEST else None


class _Search:
    """The search on one skeleton."""

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self.heads = skeleton.heads
        self.height = float(np.ptp(self.heads[:, 2]))
        self.ground = float(self.heads[:, 2].min())

    @cached_property
    def reach(self) -> list[float]:
        """The length of the longest path from each bone outwards."""
        found = [0.0] * len(self.skeleton)
        for bone in range(len(self.skeleton) - 1, -1, -1):
            parent = int(self.skeleton.parents[bone])
            if parent >= 0:
                step = float(norm(self.heads[bone] - self.heads[parent]))
                found[parent] = max(found[parent], found[bone] + step)
        return found

    @cached_property
    def top(self) -> list[float]:
        """The greatest height of each bone and those below it."""
        found: list[float] = self.heads[:, 2].tolist()
        for bone in range(len(self.skeleton) - 1, -1, -1):
            parent = int(self.skeleton.parents[bone])
            if parent >= 0:
                found[parent] = max(found[parent], found[bone])
        return found

    def found(self) -> BodyShape | None:
        """Return the body, or None."""
        if self.height <= 0.0:
            return None
        pairs = list(self._pairs())
        legs = max(filter(self._are_legs, pairs), key=self._leg_score, default=None)
        if legs is None:
            return None
        # arms and head are measured by the legs, which are sure: they alone reach the ground
        drop = self._drop(legs)
        front, seen = self._front(legs, drop)
        like_arms = [pair for pair in pairs if self._are_arms(pair, legs, drop)]
        arms = max(like_arms, key=lambda pair: self._arm_score(pair, front, drop), default=None)
        if arms is None:
            return None
        head, tipped = self._head(arms, pairs, drop)
        # toes, knees, face and elbows together tell on which side of the legs' line the front is
        seen += self._face(head, front, drop) + self._elbows(arms, legs, front, drop)
        if abs(seen) < _FACING:
            has_sides_along_x = abs(legs.across[0]) > abs(legs.across[1])
            front = np.array([0.0, -1.0, 0.0]) if has_sides_along_x else np.array([1.0, 0.0, 0.0])
        elif seen < 0.0:
            front = -front
        left = cross(np.array([0.0, 0.0, 1.0]), front)

        def ordered(pair: Pair) -> tuple[tuple[int, ...], tuple[int, ...]]:
            return pair.chains if float(pair.across @ left) > 0.0 else (pair.chains[1], pair.chains[0])

        left_arm, right_arm = ordered(arms)
        left_leg, right_leg = ordered(legs)
        arm_bones = self._arm(left_arm, legs), self._arm(right_arm, legs)
        leg_bones = self._leg(left_leg, tipped=tipped), self._leg(right_leg, tipped=tipped)
        if not all((*arm_bones, *leg_bones)):
            return None
        return BodyShape(arm_bones, leg_bones, head, abs(seen) >= _FACING)

    def _chain(self, bone: int) -> tuple[int, ...]:
        """Return the bones of the longest path from a bone outwards."""
        chain = [bone]
        while below := self.skeleton.children[chain[-1]]:
            here = self.heads[chain[-1]]
            chain.append(max(below, key=lambda b: float(norm(self.heads[b] - here)) + self.reach[b]))
        return tuple(chain)

    def _pairs(self) -> Iterator[Pair]:
        """Yield pairs of mirrored limbs of the same parent."""
        roots: list[int] = np.flatnonzero(self.skeleton.parents < 0).tolist()
        for root in range(-1, len(self.skeleton)):
            below = self.skeleton.children[root] if root >= 0 else roots
            long = [self._chain(bone) for bone in below if self.reach[bone] > _LONG * self.height]
            for one, other in combinations(long, 2):
                across, count = self._mirrored(one, other)
                if count >= _FEWEST:
                    yield Pair(root, (one[:count], other[:count]), across)

    def _mirrored(self, one: Sequence[int], other: Sequence[int]) -> tuple[FloatArray, int]:
        """Return the level unit vector (3,) from one chain to its mirror image, and how many bones have one there.

        What a hand holds hasn't.
        """
        count = min(len(one), len(other))
        if count < _FEWEST:
            return np.zeros(3), 0
        a, b = self.heads[list(one[:count])], self.heads[list(other[:count])]
        # the first joints alone say where the mirror is: hands and feet may be posed
        across = normalise((a - b)[:_FEWEST].sum(axis=0))
        if abs(float(across[2])) > _LEVEL:
            return across, 0
        across = normalise(across * np.array([1.0, 1.0, 0.0]))
        middle = (a + b)[:_FEWEST].mean(axis=0) / 2.0
        # how far each joint is from the mirror image of the other chain's
        mirrored_a = a - 2.0 * ((a - middle) @ across)[:, None] * across
        off = norm(mirrored_a - b)
        a_lengths, b_lengths = step_lengths(a), step_lengths(b)
        length = min(float(a_lengths.sum()), float(b_lengths.sum()))
        # bones of the same length may be posed differently on both sides; a root has none before it
        as_long = np.abs(np.concatenate([[0.0], a_lengths - b_lengths])) < _AS_LONG * length
        same = (off < _MIRRORED * length) | (as_long & (off < _POSED * length))
        # up to the first joint without a mirror image
        return across, count if bool(same.all()) else int(np.argmin(same))

    def _drop(self, pair: Pair) -> float:
        """Return the height of a pair's first joints over the ground."""
        return float(self.heads[pair.firsts, 2].mean()) - self.ground

    def _are_legs(self, pair: Pair) -> bool:
        """Return whether both limbs go down to the ground, mostly straight."""
        for chain in pair.chains:
            z = self.heads[list(chain), 2]
            drop = float(z[0] - z.min())
            low = float(z.min()) - self.ground <= _GROUND * self.height
            if not low or drop < _STEEP * self._length(chain) or drop < _LONG * self.height:
                return False
        return True

    def _length(self, chain: Sequence[int]) -> float:
        """Return the length of a path of bones."""
        return float(step_lengths(self.heads[list(chain)]).sum())

    def _leg_score(self, pair: Pair) -> float:
        """Return how much a pair looks like legs: they drop far and end in feet; a skirt has none."""
        chain = pair.chains[0]
        has_foot = ankle_joint(self.heads[list(chain)]) < len(chain) - 1
        return self._drop(pair) / self.height + 0.3 * has_foot - 0.01 * len(chain)

    def _are_arms(self, pair: Pair, legs: Pair, drop: float) -> bool:
        """Return whether a pair begins above the legs, to the same sides, and is as long as arms are."""
        chain = pair.chains[0]
        in_legs = {*legs.chains[0], *legs.chains[1]}
        if pair.root in in_legs or chain[0] in in_legs or abs(float(pair.across @ legs.across)) < 1.0 - _LEVEL:
            return False
        return self._drop(pair) > (1.0 + _ABOVE) * drop and _ARM[0] * drop < self._length(chain) < _ARM[1] * drop

    def _arm_score(self, pair: Pair, front: FloatArray, drop: float) -> float:
        """Return how much a pair looks like arms rather than wings, hair, ears or cloth."""
        chain = pair.chains[0]
        points = self.heads[list(chain)]
        length = self._length(chain)
        middle = self.heads[pair.firsts].mean(axis=0)
        # wings and cloth are behind, hair and ears rise, and hang deeper in the hierarchy
        outwards = abs(float((points[-1] - middle) @ pair.across)) / length
        behind = float((points.mean(axis=0) - middle) @ front) < -_BEHIND * length
        raised = float(points[-1, 2] - points[0, 2]) > _RAISED * length
        fingers = self._hand(chain) is not None
        depth = len(self.skeleton.ancestors(pair.root)) if pair.root >= 0 else 0
        like_leg = abs(np.log(length / (0.75 * drop)))
        return 2.0 * fingers + outwards - 1.0 * behind - 1.0 * raised - 0.5 * float(like_leg) - 0.05 * depth

    def _hand(self, chain: Sequence[int]) -> int | None:
        """Return the bone along a chain that fingers branch from, or None; of several at that position the first."""
        along = np.concatenate([[0.0], np.cumsum(step_lengths(self.heads[list(chain)]))])
        for number in range(2, len(chain)):
            # a bone with none below it is a tip or a helper
            fingers = sum(bool(self.skeleton.children[child]) for child in self.skeleton.children[chain[number]])
            if fingers >= _FINGERS or (fingers > 1 and along[number] > _FAR_OUT * along[-1]):
                same = along[number] - along[2 : number + 1] < _SAME * along[-1]
                return chain[2 + int(np.argmax(same))]
        return None

    def _front(self, legs: Pair, drop: float) -> tuple[FloatArray, float]:
        """Return a level unit vector (3,) across the legs' line, and how far feet and knees show to it."""
        front = cross(legs.across, np.array([0.0, 0.0, 1.0]))
        seen = 0.0
        for chain in legs.chains:
            points = self.heads[list(chain)]
            ankle = self._ankle(chain)
            if ankle + 1 < len(chain):
                seen += float((points[-1] - points[ankle]) @ front) / drop
            knees = points[1:ankle]
            if len(knees):
                # a knee bends forward; it is offset less than a foot is long, and counts twice
                from_line = (knees - (points[0] + points[ankle]) / 2.0).mean(axis=0)
                seen += 2.0 * float(from_line @ front) / drop
        return front, seen / 2.0

    def _elbows(self, arms: Pair, legs: Pair, front: FloatArray, drop: float) -> float:
        """Return how far elbows show away from it: they bend backwards."""
        seen = 0.0
        for chain in arms.chains:
            bones = self._arm(chain, legs)
            if bones:
                shoulder, elbow, wrist = self.heads[list(map(bones.__getitem__, ARM_JOINTS))]
                from_line = elbow - (shoulder + wrist) / 2.0
                seen -= float(from_line @ front) / drop
        return seen / 2.0

    def _face(self, head: int | None, front: FloatArray, drop: float) -> float:
        """Return how far the bones below the head are in front of it."""
        below = self.skeleton.children[head] if head is not None else ()
        if len(below) <= 1 or head is None:
            return 0.0
        # hair may hang behind, but eyes and jaw are level with the head's middle, near to it
        near = np.array(below)[np.take(self.reach, below) < 0.1 * drop]
        return float((self.heads[near] - self.heads[head]).mean(axis=0) @ front) / drop if len(near) else 0.0

    def _ankle(self, chain: Sequence[int]) -> int:
        """Return which of a leg's bones is its foot: where the path turns forward, or the first one near the ground."""
        points = self.heads[list(chain)]
        turns = ankle_joint(points)
        if turns < len(chain) - 1:
            return turns
        low = points[:, 2] - self.ground < _ANKLE * (points[0, 2] - self.ground)
        # hip and knee come before it
        low[:2] = False
        return int(np.argmax(low)) if low.any() else turns

    def _hip(self, chain: Sequence[int]) -> int:
        """Return which of a leg's bones is the first that goes down: there may be a part of the pelvis above."""
        steps = np.diff(self.heads[list(chain)], axis=0)
        down = -steps[:, 2] > _DOWN * norm(steps)
        # a knee and a foot come after it; where none goes down it is the first of all
        return int(np.argmax(down[:-1]))

    def _leg(self, chain: Sequence[int], *, tipped: bool) -> dict[str, int]:
        """Return a leg's bones by slot without side; {} if the chain has too few.

        Args:
            chain: from the pelvis outwards.
            tipped: whether the skeleton's chains end in tips, so that the last bone of a leg is no toes.
        """
        ankle, first = self._ankle(chain), self._hip(chain)
        if ankle < first + 2:
            return {}
        points = self.heads[list(chain[: ankle + 1])]
        hip, knee, _ = best_joints(points, 1.0, first, ankle)
        found = {"upper_leg": chain[hip], "lower_leg": chain[knee], "foot": chain[ankle]}
        has_single_toes = len(self.skeleton.children[chain[ankle]]) >= _TOES
        if ankle + 1 < len(chain) and not has_single_toes and (self.skeleton.children[chain[ankle + 1]] or not tipped):
            found["toes"] = chain[ankle + 1]
        return found

    def _arm(self, chain: Sequence[int], legs: Pair) -> dict[str, int]:
        """Return an arm's bones by slot without side; {} if the chain has too few."""
        hand = self._hand(chain)
        last = chain.index(hand) if hand is not None else None
        # an upper arm begins about as far from the middle as a thigh; what begins nearer is a collar bone
        one, other = legs.chains
        hips = self.heads[[one[self._hip(one)], other[self._hip(other)]]]
        middle, half_width = hips.mean(axis=0), abs(float((hips[0] - hips[1]) @ legs.across)) / 2.0
        aside = np.abs((self.heads[list(chain)] - middle) @ legs.across) > _SHOULDER * half_width
        # elbow and wrist come after it
        reach = (last if last is not None else len(chain) - 1) - 2
        if reach < 0:
            return {}
        first = int(np.argmax(aside[: reach + 1])) if aside[: reach + 1].any() else reach
        shoulder, elbow, wrist = best_joints(self.heads[list(chain)], _ARM_RATIO, first, last)
        found = {} if aside[0] else {"shoulder": chain[0]}
        return found | {"upper_arm": chain[shoulder], "lower_arm": chain[elbow], "hand": chain[wrist]}

    def _hangs(self, bone: int, drop: float) -> bool:
        """Return whether all below a bone goes down at once, as hair does."""
        below = self.skeleton.children[bone]
        highest = max(map(self.top.__getitem__, below), default=np.inf)
        return float(self.heads[bone, 2]) - highest > _HAIR * drop

    def _head(self, arms: Pair, pairs: Sequence[Pair], drop: float) -> tuple[int | None, bool]:
        """Return the head, and whether the path of bones to it goes on to a tip of its own."""
        shoulders = self.heads[arms.firsts].mean(axis=0)
        in_limbs: set[int] = set()
        for pair in pairs:
            in_limbs.update(*pair.chains)
        path: list[int] = []
        top = self._next_upwards(arms, shoulders, in_limbs, arms.root, drop)
        while top is not None:
            path.append(top)
            # a face hangs from a head: many bones, or one at each side
            aside = (self.heads[list(self.skeleton.children[top])] - shoulders) @ arms.across
            has_eyes = (aside < -_LEVEL_STEP * drop).any() and (aside > _LEVEL_STEP * drop).any()
            if len(aside) >= _FACE or has_eyes or (len(aside) > 1 and len(path) > 1):
                # of several bones at that position the first is the head
                there = norm(self.heads[path] - self.heads[top]) < _LEVEL_STEP * drop
                return path[int(np.argmax(there))], False
            top = self._next_upwards(arms, shoulders, in_limbs, top, drop)
        if len(path) > 1:
            # without a face, heights over the shoulders tell whether the last bone is the head or its crown
            above: list[float] = ((self.heads[path, 2] - shoulders[2]) / drop).tolist()
            step = above[-1] - above[-2]
            is_neck = above[-2] < _NECK and (len(path) < _FEWEST or step < _TALL * (above[-2] - above[-3]))
            if step > _CROWN and not is_neck:
                return path[-2], True
            if (above[-2] > _NECK or len(path) >= _FEWEST) and self._hangs(path[-1], drop):
                return path[-2], False
        return (path[-1] if path else None), False

    def _next_upwards(
        self, arms: Pair, shoulders: FloatArray, in_limbs: set[int], bone: int, drop: float
    ) -> int | None:
        """Return the bone of the middle that continues a bone upwards, the one that leads highest; None at the top."""
        possible: list[int] = []
        for child in self.skeleton.children[bone] if bone >= 0 else ():
            step = self.heads[child] - self.heads[bone]
            from_middle = abs(float((self.heads[child] - shoulders) @ arms.across))
            # it may begin at the same position
            rises = step[2] > 0.0 or norm(step) < _LEVEL_STEP * drop
            if child not in in_limbs and from_middle < _CENTRE * drop and rises:
                possible.append(child)
        return max(possible, key=lambda child: self.top[child], default=None)


def detect_by_shape(skeleton: Skeleton, names: Sequence[BoneName]) -> BoneMap | None:
    """Return the bones of a body, or None where the skeleton hasn't the shape of one, or is a control rig's.

    Args:
        names: of its bones, of which only sides are used.
    """
    # most bones of a control rig deform nothing, and its controls are anywhere
    is_control_rig = 2 * int((~skeleton.deforming).sum()) > len(skeleton)
    body = None if is_control_rig else body_shape(skeleton)
    if body is None:
        return None
    told = _told_sides(body, names)
    swapped = told <= -_TOLD
    known = body.sides_known or abs(told) >= _TOLD
    confidence = _SURE if known else _SIDE_GUESSED
    why = "by the body's shape" if known else "by the body's shape; left and right are a guess"
    slots: dict[str, int] = {}
    arm_roots: list[int] = []
    thighs: list[int] = []
    for side, arm, leg in zip(SIDES[::-1] if swapped else SIDES, body.arms, body.legs, strict=True):
        slots |= {f"{side}_{part}": bone for part, bone in (arm | leg).items()}
        arm_roots.append(arm.get("shoulder", arm["upper_arm"]))
        thighs.append(leg["upper_leg"])
    # the hips are where legs and upper body branch
    upper = arm_roots if body.head is None else [*arm_roots, body.head]
    hips = skeleton.common_bone([*thighs, *upper])
    if hips is None or hips in slots.values():
        return None
    hips = _pelvis(skeleton, hips, thighs)
    slots["hips"] = hips
    chest = skeleton.common_bone(arm_roots)
    spine = _path(skeleton, hips, chest)
    neck = _path(skeleton, chest, body.head)[:-1]
    if not neck and body.head is not None and len(spine) > 1 and _is_neck(skeleton, spine, arm_roots):
        spine, neck = spine[:-1], spine[-1:]  # collar bones may hang from the neck, as on a Biped
    if body.head is not None:
        slots["head"] = body.head
    matches = {slot: BoneMatch(skeleton.names[bone], confidence, why) for slot, bone in slots.items()}
    spine_chain, neck_chain = skeleton.names_of(spine), skeleton.names_of(neck)
    for slot, bone in spread_spine(spine_chain):
        matches[slot] = BoneMatch(bone, confidence, why)
    if neck_chain:
        matches["neck"] = BoneMatch(neck_chain[0], confidence, why)
    for side in SIDES:
        for (finger, phalanx), bone in fingers_by_shape(skeleton, slots[f"{side}_hand"]).items():
            matches[f"{side}_{finger}_{phalanx}"] = BoneMatch(skeleton.names[bone], min(confidence, _FINGER), why)
    return BoneMap(matches, spine_chain, neck_chain)


def _pelvis(skeleton: Skeleton, hips: int, thighs: Sequence[int]) -> int:
    """Return the bone above `hips` if it is nearer to the thighs: legs may hang from the spine, as on a Biped."""
    parent = int(skeleton.parents[hips])
    if parent < 0:
        return hips
    middle = skeleton.heads[list(thighs)].mean(axis=0)
    from_hips = float(norm(skeleton.heads[hips] - middle))
    from_parent = float(norm(skeleton.heads[parent] - middle))
    return parent if from_parent < _NEARER * from_hips else hips


def _is_neck(skeleton: Skeleton, spine: Sequence[int], arm_roots: Sequence[int]) -> bool:
    """Return whether the spine's last bone begins where the arms do, and no further below."""
    heights = skeleton.heads[:, 2]
    length = heights[spine[-1]] - heights[spine[-2]]
    return float(heights[list(arm_roots)].mean() - heights[spine[-1]]) < _AT_ARMS * float(length)


def _told_sides(body: BodyShape, names: Sequence[BoneName]) -> int:
    """Return how many more bones of the limbs are on the side that their names say than on the other."""
    told = 0
    for side, arm, leg in zip(SIDES, body.arms, body.legs, strict=True):
        for bone in (*arm.values(), *leg.values()):
            if names[bone].side is not None:
                told += 1 if names[bone].side == side else -1
    return told


def _path(skeleton: Skeleton, top: int | None, bone: int | None) -> list[int]:
    """Return the bones below `top` down to `bone` with it; empty if it isn't below."""
    if top is None or bone is None or top not in skeleton.ancestors(bone):
        return []
    return [*skeleton.between(top, bone), bone]
