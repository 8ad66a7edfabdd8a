"""Foot contacts: when the ankle and the ball of a foot are planted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..bones.humanoid import SIDES, BoneMap
from ..contacts import LEG, Contact, contact_of
from ..figures.figure import leg_length
from ..held_poses import moving
from ..rotations import BoolArray, FloatArray, norm
from ..skeleton import Clip
from ..spans import runs

_CREEPS_FOR = 0.2  # seconds: what is slow for less comes to rest, or leaves; set on the characters' matrix of tests
_PASSES = 0.3  # of the leg's length: a body that goes so far over a slow foot is carried by it; set on CMU's runs
_FASTEST = 12.5  # metres a second of a figure with legs of `LEG`: nobody runs faster, as U. Bolt's best 10 metres tell


@dataclass(frozen=True, eq=False)
class FootContact:
    """The contacts of one foot with the ground.

    Attributes:
        ankle: (F,) whether the ankle is planted: still, on the ground, a step, or in the air.
        ball: (F,) whether the ball is, where the toes begin; for a foot without toes, whether all of it is.
        firm_ankle: (F,) whether the planted ankle doesn't move at all, as far as jitter lets one see.
        firm_ball: (F,) the same of the ball.
    """

    ankle: BoolArray
    ball: BoolArray
    firm_ankle: BoolArray
    firm_ball: BoolArray

    @property
    def any(self) -> BoolArray:
        """(F,) whether any part of the foot is planted."""
        return self.ankle | self.ball

    @property
    def flat(self) -> BoolArray:
        """(F,) whether the whole foot is planted."""
        return self.ankle & self.ball

    @property
    def firm(self) -> BoolArray:
        """(F,) whether any part of the foot is planted and doesn't move at all."""
        return self.firm_ankle | self.firm_ball

    @property
    def without_ball(self) -> "FootContact":
        """The contacts as those of a foot without toes, which pivots on its heel as this one does."""
        return FootContact(self.ankle, self.flat, self.firm_ankle, self.firm_ankle & self.firm_ball)

    def or_of(self, other: "FootContact") -> "FootContact":
        """The contacts of this one or another."""
        return FootContact(
            self.ankle | other.ankle,
            self.ball | other.ball,
            self.firm_ankle | other.firm_ankle,
            self.firm_ball | other.firm_ball,
        )

    def where(self, there: BoolArray) -> "FootContact":
        """The contacts in some of the frames (F,)."""
        return FootContact(self.ankle & there, self.ball & there, self.firm_ankle & there, self.firm_ball & there)

    def apart_from(self, other: "FootContact") -> "FootContact":
        """The stances in which another one of the same foot has no contact."""
        kept = self.any
        for start, stop in runs(kept).tolist():
            kept[start:stop] = not other.any[start:stop].any()
        return self.where(kept)


def find_contact(
    ankle: FloatArray,
    ball: FloatArray | None,
    times: FloatArray,
    leg_length: float,
    jitter: float = 0.0,
    *,
    creeps: bool = False,
    carries: FloatArray | None = None,
) -> FootContact:
    """Return the contacts of one foot.

    Args:
        ankle: (F, 3) the foot bone's head, metres.
        ball: (F, 3) the toe bone's head, or None.
        times: (F,) seconds.
        leg_length: of the figure, metres: limits are smaller for children.
        jitter: see `contact_of`.
        creeps: see `contact_of`.
        carries: see `contact_of`.
    """

    def on(path: FloatArray) -> Contact:
        return contact_of(path, times, leg_length, jitter=jitter, creeps=creeps, carries=carries)

    on_ankle = on(ankle)
    on_ball = on_ankle if ball is None else on(ball)
    return FootContact(on_ankle.rests, on_ball.rests, on_ankle.firm, on_ball.firm)


def creeping_of(
    contact: FootContact, ankle: FloatArray, ball: FloatArray | None, times: FloatArray, leg_length: float
) -> FootContact:
    """Return where a foot creeps, besides its contacts: between two of them, or for long.

    Args:
        ankle: as of `find_contact`.
        ball: as of `find_contact`.
        times: as of `find_contact`.
        leg_length: as of `find_contact`.
    """
    creeps = find_contact(ankle, ball, times, leg_length, creeps=True)
    rests = contact.any
    kept = np.ones(len(times), dtype=np.bool_)
    for start, stop in runs(creeps.any & ~rests).tolist():
        is_between = start > 0 and stop < len(times) and rests[start - 1] and rests[stop]
        # a foot that comes or goes is slow for a moment, too
        kept[start:stop] = is_between or times[stop - 1] - times[start] >= _CREEPS_FOR
    return creeps.where(kept)


def carrying_of(
    ankle: FloatArray, ball: FloatArray, times: FloatArray, leg_length: float, carries: FloatArray
) -> FootContact:
    """Return the stances in which the body goes far over a foot, also where that never rests: captures let it creep.

    Args:
        ankle: as of `find_contact`.
        ball: (F, 3) metres.
        times: as of `find_contact`.
        leg_length: as of `find_contact`.
        carries: see `contact_of`.
    """
    # where a film is cut, the body is elsewhere at once: it doesn't go there over its feet
    steps = np.diff(carries, axis=0)
    steps[norm(steps) > _FASTEST * leg_length / LEG * np.diff(times)] = 0.0
    carries = np.concatenate([carries[:1], carries[:1] + np.cumsum(steps, axis=0)])
    slow = find_contact(ankle, ball, times, leg_length, carries=carries)
    kept = np.zeros(len(times), dtype=np.bool_)
    for start, stop in runs(slow.any).tolist():
        passes = float(norm((carries[stop - 1] - carries[start])[:2]))
        kept[start:stop] = passes > _PASSES * leg_length
    return slow.where(kept)


def contacts_in(clip: Clip, slots: Mapping[str, int], jitter: float = 0.0) -> dict[str, FootContact]:
    """Return by side the contacts of the feet in a motion, as far as their bones are known.

    Args:
        slots: humanoid slot to bone index.
        jitter: see `contact_of`.
    """
    found: dict[str, FootContact] = {}
    leg = leg_length(clip.skeleton.heads, slots)
    for side in SIDES:
        foot, toes = slots.get(f"{side}_foot"), slots.get(f"{side}_toes")
        if foot is not None:
            ball = None if toes is None else clip.positions[:, toes]
            found[side] = find_contact(clip.positions[:, foot], ball, clip.times, leg, jitter)
    return found


def planted_steps(clip: Clip, bone_map: BoneMap, times: FloatArray) -> dict[str, BoolArray]:
    """Return slot of each foot's ankle and ball to (N - 1,) whether it rests from one of some times (N,) to the next.

    Args:
        times: seconds of the motion, in any order.
    """
    clip, _ = moving(clip)
    slots = bone_map.indices_in(clip.skeleton.indices)
    before = np.maximum(np.searchsorted(clip.times, times, side="right") - 1, 0)
    after = np.minimum(np.searchsorted(clip.times, times), len(clip.times) - 1)
    first, last = np.minimum(before[:-1], before[1:]), np.maximum(after[:-1], after[1:])
    found: dict[str, BoolArray] = {}
    for side, contact in contacts_in(clip, slots).items():
        for slot, rests in ((f"{side}_foot", contact.ankle), (f"{side}_toes", contact.ball)):
            moves = np.concatenate([[0], np.cumsum(~rests)])
            found[slot] = moves[last + 1] == moves[first]
    return found
