"""Detection of the bones along a limb that share its twist, in any hierarchy."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from ..rotations import norm
from ..skeleton import Skeleton
from .bone_names import BoneName, read_names, vocabulary
from .humanoid import SIDES

Near = Literal["body", "end"]

LIMB_SEGMENTS: tuple[tuple[str, str, Near], ...] = (
    ("upper_arm", "lower_arm", "body"),
    ("lower_arm", "hand", "end"),
    ("upper_leg", "lower_leg", "body"),
    ("lower_leg", "foot", "end"),
)
"""Slots without side of a limb's segment and of the joint at its end, and the joint that it twists at.

A forearm twists at the wrist. An upper arm twists at the shoulder, as the elbow is a hinge.
"""

_BEFORE, _BEYOND = -0.05, 1.02  # share of the segment: where a twist bone may begin
_OFF_AXIS = 0.2  # of the segment's length
_SAME = 0.03  # of the segment's length: twist bones nearer to each other twist alike
_UNNAMED = 0.05  # fit of a name without a body part
_KINSHIP = 0.1  # added to the fit of a bone below the segment's own, less for each bone in between
_MOST = 0.5  # share of a twist that a joint may have


@dataclass(frozen=True)
class TwistSegment:
    """A limb's segment and its twist bones.

    Attributes:
        start: the segment's own bone.
        end: the bone at its end.
        near: the joint that it twists at, see `LIMB_SEGMENTS`.
        bones: twist bones to their positions from 0 at its start to 1 at its end.
        chain: those of them between start and end in the hierarchy, from above.
    """

    start: int
    end: int
    near: Near
    bones: Mapping[int, float]
    chain: tuple[int, ...]

    @property
    def carrier(self) -> int:
        """The bone of the segment that carries its end."""
        return self.chain[-1] if self.chain else self.start

    def shares(self) -> dict[int, float]:
        """Return the share of the whole twist that each bone has, 0 to 1, of `start` and the twist bones.

        A bone has the twist of the middle of its stretch of the limb, but no joint along the limb more than half of it.
        An upper arm's carrier has all of it, so that the elbow only bends. Shares of one that twists at its `end` are
        of what its own bone leaves.
        """
        positions: list[float] = []
        for at in sorted(self.bones.values()):
            if not positions or at - positions[-1] > _SAME:
                positions.append(at)
        # a stretch reaches from one position to the next, the last to the segment's end, the first from its start
        edges = np.array([*positions, 1.0])
        middles = (edges[:-1] + edges[1:]) / 2.0
        own = positions[0] / 2.0 if positions else _MOST
        if self.near == "end":
            # the joint at the end has the rest of the twist
            twists = dict(zip(positions, _limited([*(middles - own), 1.0 - own]), strict=False))
            return {self.start: own} | self._by_bone(twists)
        if not self.chain:
            # the segment's own bone carries the end, and has all of it; twist bones beside it share it out
            twists = dict(zip(positions, _limited([*middles, 1.0]), strict=False))
            return self._by_bone(twists) | {self.start: 1.0}
        # the last bone of the chain carries the end: from the segment's own bone on, the twist grows to all of it
        limited = _limited([own, *middles[:-1], 1.0])
        twists = dict(zip(positions, limited[1:], strict=True))
        return {self.start: limited[0]} | self._by_bone(twists) | {self.carrier: 1.0}

    def _by_bone(self, twists: Mapping[float, float]) -> dict[int, float]:
        """Return the share of each twist bone, from those at some positions."""
        return {bone: _at(twists, at) for bone, at in self.bones.items()}


def _at(twists: Mapping[float, float], at: float) -> float:
    """Return the share of the last position up to one; before all of them that of the first."""
    # positions rise
    positions = list(twists)
    return twists[positions[max(0, bisect_right(positions, at) - 1)]]


def _limited(twists: list[float]) -> list[float]:
    """Return rising twists as shares of the last one, where no step is more than half of that."""
    steps = np.diff(np.array([0.0, *twists]) / twists[-1])
    largest = int(np.argmax(steps))
    others = np.delete(steps, largest)
    if steps[largest] > _MOST and len(others):
        # the other steps share what is over, in their own proportions; all alike if they have none
        evenly = np.full(len(others), 1.0 / len(others))
        rest = others / others.sum() if others.sum() > 0.0 else evenly
        steps = np.insert(rest * (1.0 - _MOST), largest, _MOST)
    return np.cumsum(steps).tolist()


def twist_segments(skeleton: Skeleton, slots: Mapping[str, int]) -> list[TwistSegment]:
    """Return the limb segments whose bones the skeleton has, each with its twist bones.

    A twist bone lies along the segment. It is called twist or roll, or is between the segment's bone and its end in
    the hierarchy. Bones that the rig's constraints or drivers rotate, and those that deform nothing, are left out.

    Args:
        slots: humanoid slot to bone.
    """
    names = read_names(skeleton.names)
    segments: list[tuple[str, str, Near, int, int]] = []
    for side, (part, end_part, near) in product(SIDES, LIMB_SEGMENTS):
        start, end = slots.get(f"{side}_{part}"), slots.get(f"{side}_{end_part}")
        if start is not None and end is not None:
            segments.append((side, part, near, start, end))
    taken = set(slots.values())
    twist_bones: list[dict[int, float]] = [{} for _ in segments]
    chains = [skeleton.between(start, end) for *_, start, end in segments]
    for bone, name in enumerate(names):
        option = skeleton.option(bone)
        if bone in taken or not option.deform or option.driven:
            continue
        # how well it belongs to a segment, its position there, and which segment that is
        best = (0.0, 0.0, -1)
        for number, (side, part, _, start, end) in enumerate(segments):
            at = _position(skeleton, bone, start, end)
            if at is None:
                continue
            above = skeleton.ancestors(bone)
            if bone in chains[number] and not name.aside - {"twist"}:
                best = (1.0, at, number)
                break
            fit = _fit(name, part, start in above) if _is_twist(names, skeleton, bone, side) else 0.0
            # of segments whose names fit alike, the nearest above it in the hierarchy
            kinship = _KINSHIP / (1.0 + above.index(start)) if start in above else 0.0
            best = max(best, (fit + kinship if fit > 0.0 else 0.0, at, number))
        belongs, at, number = best
        if belongs > 0.0:
            twist_bones[number][bone] = at
    result: list[TwistSegment] = []
    for (_, _, near, start, end), bones, between in zip(segments, twist_bones, chains, strict=True):
        chain = tuple(bone for bone in between if bone in bones)
        result.append(TwistSegment(start, end, near, bones, chain))
    return result


def bone_at_end(skeleton: Skeleton, slots: Mapping[str, int], slot: str) -> int:
    """Return the bone with all the twist of the slot's bone: for an upper arm or thigh the last bone along it."""
    side, _, part = slot.partition("_")
    start = slots[slot]
    end = None
    for segment, end_part, near in LIMB_SEGMENTS:
        # bones along a forearm or shin have parts of a twist that is at its end
        if segment == part and near == "body":
            end = slots.get(f"{side}_{end_part}")
    if end is None:
        return start
    for bone in reversed(skeleton.between(start, end)):
        if _position(skeleton, bone, start, end) is not None:
            return bone
    return start


def _position(skeleton: Skeleton, bone: int, start: int, end: int) -> float | None:
    """Return a bone's position along a segment, 0 to 1; None if it isn't on it."""
    along = skeleton.heads[end] - skeleton.heads[start]
    length = float(norm(along))
    if length <= 0.0:
        return None
    offset = skeleton.heads[bone] - skeleton.heads[start]
    at = float(offset @ along) / length**2
    off_axis = float(norm(offset - at * along)) / length
    if not _BEFORE <= at <= _BEYOND or off_axis > _OFF_AXIS:
        return None
    return min(max(at, 0.0), 1.0)


def _is_twist(names: tuple[BoneName, ...], skeleton: Skeleton, bone: int, side: str) -> bool:
    """Return whether a bone is called twist or roll, and of this side or none."""
    name, parent = names[bone], int(skeleton.parents[bone])
    if "twist" not in name.aside or name.aside - {"twist", "end"} or name.side not in (None, side):
        return False
    # a twist bone may be called a leaf, unless it is the tip of one
    return "end" not in name.aside or parent < 0 or "twist" not in names[parent].aside


def _fit(name: BoneName, part: str, is_below: bool) -> float:
    """Return how well a twist bone's name fits a segment, 0 to 1."""
    fits = vocabulary().slots.get(name.part)
    if fits is None:
        return _UNNAMED if is_below and name.part in ("", "lower", "upper") else 0.0
    # a forearm's twist bone may be called after the wrist, which it twists with
    at_end = {"lower_arm": "hand", "lower_leg": "foot"}.get(part) if is_below else None
    return max(fits.get(part, 0.0), _UNNAMED if at_end in fits else 0.0)
