"""From one skeleton's motion to another's: found bones, aligned rest poses, one pass over all frames.

The work is done in each figure's own body axes, where both face the same way; see `figure.Figure`.
"""

import numpy as np

from ..bones.humanoid import SIDES, BoneMap
from ..feet.foot_contacts import find_contact
from ..feet.foot_lock import joint_heads, lock_feet, posed_leg
from ..feet.leg_solution import Leg, PosedLeg
from ..feet.strides import lengthen
from ..figures.figure import Figure, figure_of
from ..figures.limb_check import worst_limb
from ..figures.linkage import Linkage, linkage_of
from ..figures.rest_alignment import ARM_JOINTS, LEG_JOINTS, align, lean, segments
from ..figures.torso import chord_of, lean_far_hips, spread, straighten
from ..pose_motion import PoseMotion, RetargetReport
from ..rotations import FloatArray, conjugate, continuous, multiply, rotate, shortest_arc
from ..skeleton import Clip, Skeleton
from ..smoothing import smoothed
from .location_channels import location_channels, require_carrier
from .retarget_options import RetargetOptions
from .root_motion import Foot, choose_scale, ground_of, place, standing_height

_LEVEL = np.array([1.0, 1.0, 0.0])
_CHAIN_SLOTS = frozenset({"spine", "chest", "upper_chest", "neck"})


def retarget(
    clip: Clip, source_map: BoneMap, target: Skeleton, target_map: BoneMap, options: RetargetOptions
) -> PoseMotion:
    """Put a motion onto another skeleton.

    Upper and lower arms and legs point exactly where the source's do, seen from each figure's own facing; palms lie
    in the source's planes; spine and neck bend along their length as the source's; heads and feet keep their own rest
    attitude to the ground. The figure starts at its own place, on its own ground.

    Args:
        clip: the motion.
        source_map: the motion's humanoid bones.
        target: the character; its object may be moved, turned and evenly scaled.
        target_map: its humanoid bones.
        options: what the user chose.

    Raises:
        MotionFault: hips are unknown on either side, legs have no length, an object is scaled unevenly, or the
            character doesn't have the root bone that is to carry it.
    """
    source, figure = figure_of(clip.skeleton, source_map, "world"), figure_of(target, target_map, "object")
    require_carrier(figure, options.root_carrier)
    work = _Retargeting(smoothed(clip, options.smoothing_sec), source, figure, options)
    work.turn_all()
    work.travel()
    work.check()
    work.hold_feet()
    return work.result()


class _Retargeting:
    """One motion on its way: turns of the target's bones so far, in body axes."""

    def __init__(self, clip: Clip, source: Figure, target: Figure, options: RetargetOptions) -> None:
        self.clip, self.source, self.target, self.options = clip, source, target, options
        self.shared = [slot for slot in target.slots if slot in source.slots and slot not in _CHAIN_SLOTS]
        self.turns: dict[int, FloatArray] = {}
        bones = {target.slots[slot] for slot in self.shared} | set(target.spine) | set(target.neck)
        self.linkage: Linkage = linkage_of(target, bones)
        self.hips: FloatArray = np.zeros((len(clip.times), 3))
        self.from_centre: FloatArray = self.hips
        self.scale = 1.0
        self.legs: list[Leg] = []
        self.slides = (0.0, 0.0)
        self.leg_change = 0.0
        self.worst: tuple[str, float] = ("", 0.0)

    # -- turns

    def turn_all(self) -> None:
        """Turn every bone that the source has a counterpart of."""
        self._turn_shared()
        self._turn_chains()
        for bone in self.linkage.held:
            self.turns[bone] = np.broadcast_to(self.target.rest[bone], (len(self.clip.times), 4))
        for side in SIDES:
            for joints in (ARM_JOINTS, LEG_JOINTS):
                for start, end in segments(self.source, self.target, side, joints):
                    self._point(start, end)
        top = next((slot for slot in ("neck", "head") if self.source.has(slot) and self.target.has(slot)), None)
        if top is not None:
            heads = {bone: self._head(bone) for bone in (self.source.slots["hips"], self.source.slots[top])}
            chord = chord_of(self.source, heads, self._turned(self.source.slots["hips"]), self.source.slots[top])
            lean_far_hips(self.linkage, self.turns, chord)
            straighten(self.linkage, self.turns, self.target.slots[top], chord)

    def _turn_shared(self) -> None:
        alignment = align(self.source, self.target)
        bones = [self.source.slots[slot] for slot in self.shared]
        posed = multiply(self.source.to_body, self.clip.rotations[:, bones])
        own = np.stack(
            [
                multiply(
                    conjugate(self.source.rest[self.source.slots[slot]]),
                    multiply(alignment[slot], self.target.rest[self.target.slots[slot]]),
                )
                for slot in self.shared
            ]
        )
        turned = multiply(posed, own)
        for place_, slot in enumerate(self.shared):
            self.turns[self.target.slots[slot]] = turned[:, place_]

    def _turned(self, bone: int) -> FloatArray:
        """(F, 4) turn of a bone of the source away from its rest."""
        return multiply(multiply(self.source.to_body, self.clip.rotations[:, bone]), conjugate(self.source.rest[bone]))

    def _head(self, bone: int) -> FloatArray:
        """(F, 3) head of a bone of the source."""
        return rotate(self.source.to_body, self.clip.positions[:, bone])

    def _turn_chains(self) -> None:
        source, target = self.source, self.target
        hips = self._turned(source.slots["hips"])
        turned = {bone: self._turned(bone) for bone in (*source.spine, *source.neck)}
        chest = turned[source.spine[-1]] if source.spine else hips
        head = self._turned(source.slots["head"]) if source.has("head") else None
        upright = multiply(conjugate(source.stand), multiply(lean(source, target), target.stand))
        for chain, ends in (("spine", (hips, None)), ("neck", (chest, head))):
            chains = [source.spine, target.spine] if chain == "spine" else [source.neck, target.neck]
            if not chains[1] or (chain == "neck" and head is None and not chains[0]):
                continue
            heads = [_chain_heads(figure, bones, chain) for figure, bones in zip((source, target), chains, strict=True)]
            for bone, turn in zip(
                chains[1], spread(chains[0], chains[1], ends, turned, (heads[0], heads[1])), strict=True
            ):
                self.turns[bone] = multiply(turn, multiply(upright, target.rest[bone]))

    def _point(self, start: str, end: str) -> None:
        """Point a limb's bone exactly along the source's joints, also where the source stretches between them."""
        source, target = self.source.slots, self.target.slots
        wanted = self._head(source[end]) - self._head(source[start])
        bone = target[start]
        along = rotate(conjugate(self.target.rest[bone]), self.target.heads[target[end]] - self.target.heads[bone])
        turn = self.turns[bone]
        self.turns[bone] = multiply(shortest_arc(rotate(turn, along), wanted), turn)

    # -- travel

    def travel(self) -> None:
        """Let the hips travel."""
        source, target = self.source, self.target
        moving, own_centre = self._centres()
        self.from_centre = self._hips_from_centre()
        sides = self._feet(self.from_centre)
        feet = [foot for _, foot in sides]
        ratio = target.leg_length / source.leg_length
        self.scale = choose_scale(moving, feet, ratio, source.leg_length)
        ground = ground_of(feet, self.scale) if feet else 0.0
        where = own_centre if self.options.start == "CHARACTER" else self._place_of_capture(moving, own_centre)
        self.hips = self.from_centre + place(
            moving, feet, self.scale, ground, where, self.options.root_motion, self.options.scale
        )
        self.legs = [
            Leg(
                upper=target.slots[f"{side}_upper_leg"],
                lower=target.slots[f"{side}_lower_leg"],
                foot=target.slots[f"{side}_foot"],
                toes=target.slots.get(f"{side}_toes") if f"{side}_toes" in self.shared else None,
                contact=foot.contact,
                level=standing_height(foot, self.scale, ground),
                hinge=rotate(conjugate(target.rest[target.slots[f"{side}_upper_leg"]]), np.array([1.0, 0.0, 0.0])),
            )
            for side, foot in sides
        ]

    def _place_of_capture(self, moving: FloatArray, own_centre: FloatArray) -> FloatArray:
        """(3,) the target's middle between its legs, where the capture's stands in the world at first."""
        world = rotate(conjugate(self.source.to_body), moving[0]) * self.scale * self.options.scale
        world[2] = rotate(conjugate(self.target.to_body), own_centre)[2]
        found = rotate(self.target.to_body, world)
        found[2] = own_centre[2]
        return found

    def hold_feet(self) -> None:
        """Let planted feet stand."""
        if self.options.root_motion != "FULL" or not self.legs:
            return
        before = self._slide()
        if self.options.lock_feet:
            self._lock(self.options.lock_strength)
        self.slides = (before, self._slide())

    def _lock(self, strength: float) -> None:
        free, slid = self._posed(), 0.0
        if self.options.scale != 1.0:
            moving, _ = self._centres()
            further = (moving - moving[0]) * (self.options.scale - 1.0) * self.scale * _LEVEL
            self.hips, slid = lengthen(
                self.linkage, self.turns, self.hips, self.legs, self.clip.times, further, strength
            )
        self.hips = slid + lock_feet(self.linkage, self.turns, self.hips, self.legs, self.clip.times, strength)
        self.leg_change = max(limb.turned_from(was) for limb, was in zip(self._posed(), free, strict=True))

    def _posed(self) -> list[PosedLeg]:
        return [posed_leg(self.linkage, self.turns, self.hips, leg) for leg in self.legs]

    def check(self) -> None:
        """See how well limbs point, before feet are held."""
        locations, _ = self._locations()
        self.worst = worst_limb(self.source, self.clip, self.linkage, self.turns, locations)

    def _locations(self) -> tuple[dict[int, FloatArray], FloatArray | None]:
        travel = self.hips - self.from_centre - self._centres()[1]
        return location_channels(
            self.linkage, self.turns, self.hips, travel, self.options.root_carrier, frozenset(self.shared)
        )

    def _hips_from_centre(self) -> FloatArray:
        """(F, 3) where the hips' head is, seen from the middle between the legs."""
        still = np.zeros_like(self.hips)
        legs = [self.target.slots[slot] for slot in self._centre_slots() if slot != "hips"]
        heads = [joint_heads(self.linkage, self.turns, still, (leg,))[leg] for leg in legs]
        return np.asarray(-np.mean(heads, axis=0), dtype=np.float64) if heads else still

    def _centre_slots(self) -> list[str]:
        legs = [f"{side}_upper_leg" for side in SIDES]
        return legs if self.source.has(*legs) and self.target.has(*legs) else ["hips"]

    def _centres(self) -> tuple[FloatArray, FloatArray]:
        """(F, 3) middle between the source's legs, (3,) between the target's at rest; without legs, the hips."""
        slots = self._centre_slots()
        moving = np.mean([self._head(self.source.slots[slot]) for slot in slots], axis=0)
        still = np.mean([self.target.head_of(slot) for slot in slots], axis=0)
        return np.asarray(moving, dtype=np.float64), np.asarray(still, dtype=np.float64)

    def _feet(self, from_centre: FloatArray) -> list[tuple[str, Foot]]:
        source, target = self.source, self.target
        found: list[tuple[str, Foot]] = []
        for side in SIDES:
            needed = [f"{side}_{joint}" for joint in LEG_JOINTS]
            if not (source.has(*needed) and target.has(*needed)):
                continue
            joints = [needed[-1], *([toes] if source.has(toes := f"{side}_toes") and target.has(toes) else [])]
            paths = [self._head(source.slots[joint]) for joint in joints]
            heads = joint_heads(
                self.linkage,
                self.turns,
                from_centre,
                tuple(target.slots[joint] for joint in (*needed, *joints[1:])),
            )
            contact = find_contact(paths[0], paths[1] if len(paths) > 1 else None, self.clip.times, source.leg_length)
            found.append(
                (
                    side,
                    Foot(
                        contact=contact,
                        source=np.stack(paths, axis=1),
                        relative=np.stack([heads[target.slots[joint]] for joint in joints], axis=1),
                        rest=np.array([target.standing_height(joint) for joint in joints]),
                        source_rest=np.array([source.standing_height(joint) for joint in joints]),
                    ),
                )
            )
        return found

    def _slide(self) -> float:
        """Median speed of the ankles of feet that stand whole, cm/s."""
        speeds: list[FloatArray] = []
        for leg, limb in zip(self.legs, self._posed(), strict=True):
            steps = np.linalg.norm(np.diff(limb.ankle, axis=0), axis=-1) / np.diff(self.clip.times)
            speeds.append(steps[leg.contact.flat[1:] & leg.contact.flat[:-1]])
        every = np.concatenate(speeds)
        return float(np.median(every)) * 100.0 if len(every) else 0.0

    # -- channels

    def result(self) -> PoseMotion:
        """The channels of the target's bones."""
        skeleton = self.target.skeleton
        keyed = self.linkage.keyed
        served = {skeleton.names[bone] for bone in keyed}
        yaw = 2.0 * np.arctan2(*self._between_facings())
        locations, travel = self._locations()
        return PoseMotion(
            times=self.clip.times,
            fps=self.clip.fps,
            bones=tuple(skeleton.names[bone] for bone in keyed),
            rotations=continuous(self.linkage.basis(self.turns)),
            locations={skeleton.names[bone]: channel for bone, channel in locations.items()},
            unmoved=tuple(slot for slot, bone in self.target.slots.items() if skeleton.names[bone] not in served),
            report=RetargetReport(
                scale=self.scale * self.options.scale,
                yaw_degrees=float(np.degrees((yaw + np.pi) % (2.0 * np.pi) - np.pi)),
                slide_before=self.slides[0],
                slide_after=self.slides[1],
                leg_change_degrees=self.leg_change,
                worst_limb=self.worst[0],
                worst_limb_degrees=self.worst[1],
            ),
            travel=travel,
        )

    def _between_facings(self) -> tuple[float, float]:
        between = multiply(conjugate(self.target.to_body), self.source.to_body)
        return float(between[3]), float(between[0])


def _chain_heads(figure: Figure, chain: tuple[int, ...], name: str) -> FloatArray:
    """(N + 2, 3) heads at rest of what is below the chain, of its bones, of what is above."""
    below = figure.slots["hips"] if name == "spine" or not figure.spine else figure.spine[-1]
    above = ["head"] if name == "neck" else ["neck", "head", "left_upper_arm", "right_upper_arm"]
    over = next((figure.slots[slot] for slot in above if slot in figure.slots), None)
    last = chain[-1] if chain else below
    tip = figure.heads[over] if over is not None else rotate(figure.to_body, figure.skeleton.world_tails[last])
    return np.stack([figure.heads[below], *(figure.heads[bone] for bone in chain), tip])
