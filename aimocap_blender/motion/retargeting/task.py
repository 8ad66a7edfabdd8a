"""A retarget task: a motion, the character that it is for, and the bones that they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ..body.body_points import PlacedPoint, placed_points
from ..body.resting import SeenPoints, seen_points
from ..bones.humanoid import sided
from ..feet.foot_contacts import FootContact
from ..feet.foot_lock import Sight
from ..figures.figure import Figure, Linkage, linkage_of, shared_slots
from ..rotations import FloatArray, conjugate, multiply, normalise, rotate, step_lengths
from ..skeleton import Clip
from .retarget_options import RetargetOptions

_CHAIN_SLOTS = frozenset({"spine", "chest", "upper_chest", "neck"})
_ELSEWHERE = 1e-3  # metres by which another camera stands away at least


@dataclass(frozen=True, eq=False)
class RetargetTask:
    """A motion to put on a character.

    Attributes:
        clip: the motion.
        source: its figure.
        target: the character's figure.
        contacts: side to the contacts of the source's foot; absent without one.
        options: what the user chose.
        shared: the slots that both figures fill, without those of spine and neck: these are retargeted as chains.
        linkage: the character's bones that rotate.
        seen: the points of the source's body.
        begins: see `Referenced`: the character is at its place in the first of these.
    """

    clip: Clip
    source: Figure
    target: Figure
    contacts: Mapping[str, FootContact]
    options: RetargetOptions
    shared: tuple[str, ...]
    linkage: Linkage
    seen: SeenPoints
    begins: Clip | None = None

    @cached_property
    def target_points(self) -> Mapping[str, PlacedPoint]:
        """The points of the target's body by name, with its skin."""
        return placed_points(self.target, self.linkage.keyed)

    def rotation(self, bone: int) -> FloatArray:
        """Return the rotation (F, 4) of a bone of the source away from its rest, body axes."""
        body_from_bone = multiply(self.source.to_body, self.clip.rotations[:, bone])
        return multiply(body_from_bone, conjugate(self.source.rest[bone]))

    def head(self, bone: int) -> FloatArray:
        """Return the head (F, 3) of a bone of the source, body axes, metres."""
        return rotate(self.source.to_body, self.clip.positions[:, bone])

    @cached_property
    def centre_slots(self) -> tuple[str, ...]:
        """The slots between whose heads a figure's centre lies: its upper legs, or else its hips."""
        legs = sided("upper_leg")
        return legs if self.source.has(*legs) and self.target.has(*legs) else ("hips",)

    @cached_property
    def source_centre(self) -> FloatArray:
        """(F, 3) the source's centre, see `centre_slots`."""
        heads = [self.head(self.source.slots[slot]) for slot in self.centre_slots]
        return np.asarray(np.mean(heads, axis=0), dtype=np.float64)

    @cached_property
    def sight(self) -> Sight | None:
        """How the cameras that saw the motion see the source's centre, body axes.

        None without any, and with other strides or on a ground that they didn't see.
        """
        if self.clip.eyes is None or self.options.scale != 1.0 or self.options.ground == "SCENE":
            return None
        eyes = rotate(self.source.to_body, self.clip.eyes)
        ahead = normalise(self.source_centre - eyes)
        cuts = np.flatnonzero(step_lengths(eyes[0]) > _ELSEWHERE) + 1
        shots = [slice(*ends) for ends in pairwise([0, *cuts.tolist(), ahead.shape[1]])]
        return Sight(ahead, shots)

    @cached_property
    def rest_centre(self) -> FloatArray:
        """(3,) the target's centre at rest."""
        return self.target.middle_of(self.centre_slots)


def retarget_task(
    clip: Clip, source: Figure, target: Figure, contacts: Mapping[str, FootContact], options: RetargetOptions
) -> RetargetTask:
    """Return the task, with the bones that the figures share, and contacts of feet that carry the body alone."""
    shared = tuple(slot for slot in shared_slots(source, target, target.slots) if slot not in _CHAIN_SLOTS)
    bones = {target.slots[slot] for slot in shared} | set(target.spine)
    # without it, as in captures of gait, the neck follows the chest
    if source.tells_neck:
        bones |= set(target.neck)
    bones |= {palm for palm, hand in target.palms.items() if hand in bones}
    seen = seen_points(clip, source)
    # feet of who lies or kneels are points of the body like others
    if options.contacts == "BODY":
        contacts = seen.first_seen.of_feet(contacts)
    return RetargetTask(clip, source, target, contacts, options, shared, linkage_of(target, bones), seen)
