"""Channels of IK controls for the poses that the FK bones have, and their check in Blender's evaluation."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import bpy
import numpy as np

from ...motion.bones.control_profiles import ControlProfile, ik_limbs
from ...motion.bones.humanoid import BoneMap, Switch
from ...motion.bones.ik_limbs import LIMBS, IkLimb
from ...motion.control_rig import ControlRig, without_scale
from ...motion.limb_hinges import HingedLimb, LimbAtRest, angle_about, hinged, twist_of_start
from ...motion.pose_motion import PosedBones, PoseMotion
from ...motion.retargeting.retarget_options import Limbs
from ...motion.rotations import (
    IDENTITY,
    BoolArray,
    FloatArray,
    IntArray,
    conjugate,
    continuous,
    extent,
    from_matrix,
    from_rotation_vector,
    multiply,
    norm,
    normalise,
    rotate,
    shortest_arc,
    to_rotation_vector,
)
from ...motion.skeleton import BoneOptions, Skeleton
from ..armatures import pose_of
from .control_rigs import switch_problem, switches_to

TOLERANCE_DEGREES = 0.05  # allowed angle between bones posed by IK and FK
_APART_DEGREES = 0.1  # a limb whose bones are further apart is reported
_TOLERANCE_OF_SIZE = 2e-4  # of the skeleton's size: allowed distance between joints posed by IK and FK
_NEAR = 0.01  # of the skeleton's size: the hand or foot has reached its target
_BETTER = 0.7  # share of the previous deviation that counts as an improvement
_PATIENCE = 2  # rounds without improvement after which a sample is given up
_POLE_ANSWER = 0.78  # share of a pole's turn about a limb that the limb makes in Blender's solver
_ALONG = np.array([0.0, 1.0, 0.0])  # a bone's own axis


@dataclass(frozen=True, eq=False)
class _Frames:
    """A bone over time: rotations (F, 4) and heads (F, 3), armature space."""

    rotations: FloatArray
    heads: FloatArray

    def at(self, offset: "_Frames") -> "_Frames":
        """Return what is at an offset from the bone, in its axes."""
        return _Frames(multiply(self.rotations, offset.rotations), self.heads + rotate(self.rotations, offset.heads))

    def seen_from(self, other: "_Frames") -> "_Frames":
        """Return the offset of this bone from another."""
        back = conjugate(other.rotations)
        return _Frames(multiply(back, self.rotations), rotate(back, self.heads - other.heads))


@dataclass(eq=False)
class _Limb:
    """One limb while its controls are solved.

    Attributes:
        names: of its bones.
        posed: its wanted pose.
        by_pole: its pole counts, else the twist of its upper control.
        twist: (F,) radians that the upper control is twisted.
        roll: (F,) radians that the lower bone is twisted.
        turn: (F,) radians that the pole is moved about the limb's axis.
    """

    names: IkLimb
    posed: HingedLimb
    by_pole: bool
    twist: FloatArray
    roll: FloatArray
    turn: FloatArray


class IkControls:
    """The IK controls of a rig's limbs over time.

    Attributes:
        wanted: the wanted poses of the rig's bones, each limb bent about its hinge.
        limbs: their bones.
        deviation: (F,) worst deviation of IK from the wanted poses, as a share of the tolerance.
        degrees: (F, L) the same of each limb's rotations, degrees.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        rig: ControlRig,
        limbs: Sequence[tuple[IkLimb, bool]],
        wanted: PosedBones,
    ) -> None:
        """Bend the limbs about their hinges.

        Args:
            skeleton: all bones of the armature at rest.
            limbs: those with IK, and whether their pole counts; their mapped bones are the rig's.
            wanted: the wanted poses of the rig's bones.
        """
        self._skeleton, self._rig = skeleton, rig
        self.limbs = tuple(limb for limb, _ in limbs)
        # at length 1, as else channels would grow round by round
        self.wanted = PosedBones(normalise(wanted.rotations), wanted.heads.copy())
        count = len(wanted.heads)
        self._of: list[_Limb] = []
        for limb, by_pole in limbs:
            posed = self._bend(limb)
            self._of.append(_Limb(limb, posed, by_pole, np.zeros(count), posed.roll, np.zeros(count)))
        names = sorted(set(chain.from_iterable(map(self._measured, self.limbs))))
        self._columns = dict(zip(names, range(len(names)), strict=True))
        rest = skeleton.rest[skeleton.indices_of(self._columns)]
        rest_rotations, rest_heads = from_matrix(rest[:, :3, :3]), rest[:, :3, 3]
        self._shown = PosedBones(np.tile(rest_rotations, (count, 1, 1)), np.tile(rest_heads, (count, 1, 1)))
        # where controls are without their own channels, and these as they were written last
        controls: list[str] = []
        for limb in self.limbs:
            controls += (limb.ik.target, limb.ik.pole)
        self._hangs = {name: self._still(name) for name in controls}
        at_rest = _Frames(np.tile(IDENTITY, (count, 1)), np.zeros((count, 3)))
        self._keyed = dict.fromkeys(controls, at_rest)
        self._size = float(extent(rig.skeleton.rest[:, :3, 3]))
        self._least: FloatArray = np.full(count, np.inf)
        self._failures = np.zeros(count, dtype=np.int64)
        self.deviation: FloatArray = np.zeros(count)  # 1 is the tolerance
        self.degrees: FloatArray = np.zeros((count, len(self._of)))

    def _measured(self, limb: IkLimb) -> Iterator[str]:
        """Yield the bones to evaluate."""
        names = limb.ik
        yield from (names.upper, names.lower, names.end, names.target, names.pole)
        if names.toes and limb.toes:
            yield names.toes
        for control in (names.target, names.pole, names.toes):
            if control and (parent := self._parent(control)):
                yield parent

    def _parent(self, name: str) -> str:
        """Return the bone above one in the armature; '' for none."""
        parent = int(self._skeleton.parents[self._skeleton.index(name)])
        return self._skeleton.names[parent] if parent >= 0 else ""

    def _rest(self, name: str) -> _Frames:
        """Return a bone at rest: (4,) and (3,)."""
        matrix = self._skeleton.rest[self._skeleton.index(name)]
        return _Frames(from_matrix(matrix[:3, :3]), matrix[:3, 3])

    def _still(self, name: str) -> _Frames:
        """Return a bone at rest in all samples."""
        rest, count = self._rest(name), len(self.wanted.heads)
        return _Frames(np.tile(rest.rotations, (count, 1)), np.tile(rest.heads, (count, 1)))

    def _wanted(self, name: str) -> _Frames:
        bone = self._rig.skeleton.index(name)
        return _Frames(self.wanted.rotations[:, bone], self.wanted.heads[:, bone])

    def _goal(self, fk: str, ik: str) -> _Frames:
        """Return where a bone for IK should be, by the bone that it corresponds to at rest."""
        return self._wanted(fk).at(self._rest(ik).seen_from(self._rest(fk)))

    def _seen(self, name: str) -> _Frames:
        """Return a bone as it was evaluated last; at rest before that."""
        column = self._columns[name]
        return _Frames(self._shown.rotations[:, column], self._shown.heads[:, column])

    def _bend(self, limb: IkLimb) -> HingedLimb:
        """Return a limb as it is wanted, but bent about its hinge, and want it so from now on."""
        # Blender's solver bends a limb about one axis: FK that bends it about another could never be met
        upper, lower, end = map(self._wanted, (limb.upper, limb.lower, limb.end))
        rest = self._limb_at_rest(limb.upper, limb.lower, limb.end)
        posed = hinged(rest, upper.rotations, lower.rotations, (upper.heads, lower.heads, end.heads))
        upper_bone, lower_bone = self._rig.skeleton.index(limb.upper), self._rig.skeleton.index(limb.lower)
        self.wanted.rotations[:, upper_bone], self.wanted.rotations[:, lower_bone] = posed.upper, posed.lower
        self.wanted.heads[:, lower_bone] = posed.middle
        return posed

    def _limb_at_rest(self, upper: str, lower: str, end: str) -> LimbAtRest:
        """Return three bones of a limb at rest."""
        upper_rest, lower_rest, end_rest = map(self._rest, (upper, lower, end))
        heads = upper_rest.heads, lower_rest.heads, end_rest.heads
        return LimbAtRest(upper_rest.rotations, lower_rest.rotations, *heads)

    def begin(self, motion: PoseMotion) -> None:
        """Twist the limbs as the solver should need it for the channels of the FK bones."""
        for limb in self._of:
            names = limb.names
            fk_rest, ik_rest = self._rest(names.upper), self._rest(names.ik.upper)
            # the bone above the limb's control tracks the target: from where the FK bone hangs without its channels …
            column = motion.bones.index(names.upper)
            hangs = multiply(self._wanted(names.upper).rotations, conjugate(motion.rotations[:, column]))
            above_rest = self._rest(self._parent(names.ik.upper) or names.ik.upper)
            carried = multiply(hangs, multiply(conjugate(fk_rest.rotations), above_rest.rotations))
            # … the shortest way along the limb
            tracking = multiply(shortest_arc(rotate(carried, _ALONG), limb.posed.axis), carried)
            start = multiply(tracking, multiply(conjugate(above_rest.rotations), ik_rest.rotations))
            start_to_end = rotate(conjugate(ik_rest.rotations), self._rest(names.ik.end).heads - ik_rest.heads)
            limb.twist = twist_of_start(start, start_to_end, self._hinge(names), limb.posed)

    def _hinge(self, limb: IkLimb) -> FloatArray:
        """Return (3,) the hinge at rest in the axes of the upper bone for IK."""
        rest = self._limb_at_rest(limb.ik.upper, limb.ik.lower, limb.ik.end)
        return rotate(conjugate(rest.upper), rest.hinge)

    @property
    def evaluated(self) -> tuple[str, ...]:
        """The bones to evaluate."""
        return tuple(self._columns)

    def measure(self, samples: IntArray, matrices: FloatArray) -> None:
        """Keep the poses of samples (S,): matrices (S, K, 4, 4) of `evaluated`."""
        self._shown.rotations[samples] = from_matrix(without_scale(matrices))
        self._shown.heads[samples] = matrices[..., :3, 3]
        # what a control hangs on, parents and constraints such as Child Of, is what its channels don't explain
        for name, hangs in self._hangs.items():
            seen, keyed = self._seen(name), self._keyed[name]
            hangs.rotations[samples] = multiply(seen.rotations, conjugate(keyed.rotations))[samples]
            hangs.heads[samples] = (seen.heads - rotate(self._axes(name, hangs), keyed.heads))[samples]

    def judge(self, samples: IntArray) -> None:
        """Compare what was evaluated at samples with the wanted poses."""
        deviation: FloatArray = np.zeros(len(samples))
        for column, limb in enumerate(self._of):
            names = limb.names
            pairs = [(names.upper, names.ik.upper), (names.lower, names.ik.lower), (names.end, names.ik.end)]
            if names.ik.toes and names.toes:
                pairs.append((names.toes, names.ik.toes))
            away = norm(self._pole(limb)[samples] - self._seen(names.ik.pole).heads[samples])
            degrees: FloatArray = np.zeros(len(samples))
            for fk, ik in pairs:
                missing = self._seen(ik).seen_from(self._goal(fk, ik))
                degrees = np.maximum(degrees, np.degrees(norm(to_rotation_vector(missing.rotations[samples]))))
                away = np.maximum(away, norm(missing.heads[samples]))
            self.degrees[samples, column] = degrees
            off = np.maximum(degrees / TOLERANCE_DEGREES, away / self._size / _TOLERANCE_OF_SIZE)
            deviation = np.maximum(deviation, off)
        # a sample that has got no better for some rounds is given up, see `misses`
        better = deviation < _BETTER * self._least[samples]
        self._failures[samples] += ~better & (deviation > 1.0)
        self._least[samples] = np.where(better, deviation, self._least[samples])
        self.deviation[samples] = deviation

    def assume(self, samples: IntArray, few: IntArray) -> None:
        """Take samples to be as well posed as the worst of a few that were evaluated."""
        self.deviation[samples] = self.deviation[few].max()
        self.degrees[samples] = self.degrees[few].max(axis=0)

    def apart(self) -> dict[str, float]:
        """Return the targets of limbs that IK and FK pose differently, and by how many degrees at most."""
        worst = zip(self._of, self.degrees.max(axis=0).tolist(), strict=True)
        return {limb.names.ik.target: degrees for limb, degrees in worst if degrees > _APART_DEGREES}

    def misses(self) -> BoolArray:
        """Return (F,) whether a sample has a limb that can still be corrected."""
        return (self.deviation > 1.0) & (self._failures < _PATIENCE)

    def correct(self, samples: IntArray) -> None:
        """Twist the limbs, or move their poles, by what was missing at samples."""
        for limb in self._of:
            names = limb.names
            # a hand or foot that isn't at its target yet tells nothing of the twist
            away = norm(self._goal(names.end, names.ik.end).heads - self._seen(names.ik.end).heads)
            now = rotate(self._seen(names.ik.upper).rotations, self._hinge(names))
            missing = np.where(away < self._size * _NEAR, angle_about(limb.posed.axis, now, limb.posed.hinge), 0.0)
            if limb.by_pole:
                placed = norm(self._pole(limb) - self._seen(names.ik.pole).heads) < self._size * _NEAR
                limb.turn[samples] += np.where(placed, missing / _POLE_ANSWER, 0.0)[samples]
            else:
                limb.twist[samples] += missing[samples]

    def added_to(self, motion: PoseMotion) -> PoseMotion:
        """Return a motion of the FK bones with the channels of the IK controls."""
        rotations: dict[str, FloatArray] = {}
        locations: dict[str, FloatArray] = {}
        still = np.tile(IDENTITY, (len(motion.times), 1))
        for limb in self._of:
            names = limb.names.ik
            end, seen = self._goal(limb.names.end, names.end), self._seen(names.end)
            target = end.at(self._seen(names.target).seen_from(seen))
            rotations[names.target], locations[names.target] = self._control(names.target, target)
            # controls in between, such as a foot's roll, would move the foot off its target
            rotations |= dict.fromkeys(names.rest, still)
            if names.toes and limb.names.toes:
                # what toes hang on goes along with the foot
                parent = end.at(self._seen(self._parent(names.toes)).seen_from(seen))
                toes_rest, parent_rest = self._rest(names.toes), self._rest(self._parent(names.toes))
                unkeyed = toes_rest.rotations
                if self._option(names.toes).inherit_rotation:
                    unkeyed = parent.at(toes_rest.seen_from(parent_rest)).rotations
                rotations[names.toes] = multiply(conjugate(unkeyed), self._goal(limb.names.toes, names.toes).rotations)
            pole = _Frames(self._hangs[names.pole].rotations, self._pole(limb))
            rotations[names.pole], locations[names.pole] = self._control(names.pole, pole)
            # without that switch, the upper bone isn't a control
            if names.by_pole is not None:
                rotations[names.upper] = from_rotation_vector(limb.twist[:, None] * _ALONG)
            rotations[names.lower] = from_rotation_vector(limb.roll[:, None] * _ALONG)
        added = continuous(np.stack([*rotations.values()], axis=1))
        return replace(
            motion,
            bones=(*motion.bones, *rotations),
            rotations=np.concatenate([motion.rotations, added], axis=1),
            locations={**motion.locations, **locations},
        )

    def _pole(self, limb: _Limb) -> FloatArray:
        """Return (F, 3) places of a limb's pole, as far from its joint as at rest."""
        # outside of the bend, where a straight limb's smallest move doesn't flip it
        names, posed = limb.names.ik, limb.posed
        far = float(norm(self._rest(names.pole).heads - self._rest(names.lower).heads))
        return posed.middle + far * rotate(from_rotation_vector(posed.axis * limb.turn[:, None]), posed.outward)

    def _option(self, name: str) -> BoneOptions:
        return self._skeleton.option(self._skeleton.index(name))

    def _axes(self, name: str, hangs: _Frames) -> FloatArray:
        """Return (F, 4) rotations to armature space of the axes of a control's location."""
        if self._option(name).local_location:
            return hangs.rotations
        parent = self._parent(name)
        return self._seen(parent).rotations if parent else np.tile(IDENTITY, (len(hangs.heads), 1))

    def _control(self, name: str, wanted: _Frames) -> tuple[FloatArray, FloatArray]:
        """Return the rotations (F, 4) and locations (F, 3) that bring a control to wanted frames, and keep them."""
        hangs = self._hangs[name]
        self._keyed[name] = keyed = _Frames(
            multiply(conjugate(hangs.rotations), wanted.rotations),
            rotate(conjugate(self._axes(name, hangs)), wanted.heads - hangs.heads),
        )
        return keyed.rotations, keyed.heads


def solver_settings(obj: bpy.types.Object, limbs: Iterable[IkLimb]) -> Iterator[tuple[bpy.types.PoseBone, str, object]]:
    """Yield bone, property and value that the solver needs: nothing stretches, the lower bone may be twisted."""
    bones = pose_of(obj).bones
    for limb in limbs:
        # limbs as long as the FK ones, which don't stretch
        yield bones[limb.ik.upper], "ik_stretch", 0.0
        yield bones[limb.ik.lower], "ik_stretch", 0.0
        yield bones[limb.ik.lower], "lock_ik_y", False


def switches_for_ik(switches: Sequence[Switch], limbs: Sequence[IkLimb]) -> tuple[Switch, ...]:
    """Return a rig's switches with those of the limbs set to IK."""
    to_ik: dict[tuple[str, str], Switch] = {}
    for limb in limbs:
        for switch in (limb.ik.switch, *limb.ik.also):
            if switch is not None:
                to_ik[switch.bone, switch.prop] = switch
    others = [switch for switch in switches if (switch.bone, switch.prop) not in to_ik]
    return (*others, *to_ik.values())


def chosen_limbs(
    obj: bpy.types.Object,
    skeleton: Skeleton,
    bone_map: BoneMap,
    limbs: Limbs,
    profiles: Sequence[ControlProfile],
) -> list[tuple[IkLimb, bool]]:
    """Return the chosen limbs that the rig can pose by IK, and whether their pole counts.

    Args:
        obj: the armature object.
        skeleton: all its bones at rest.
        bone_map: the character's.
        limbs: the user's choice.
        profiles: those that are known.
    """
    if limbs == "FK":
        return []
    # the profiles name a limb by its last slot
    ends = {LIMBS["leg"][-1]} if limbs == "IK_LEGS" else {LIMBS["leg"][-1], LIMBS["arm"][-1]}
    possible: list[tuple[IkLimb, bool]] = []
    for slot, found in ik_limbs(skeleton, bone_map, profiles).items():
        _, _, end = slot.partition("_")
        if end not in ends:
            continue
        limb = _switched(obj, found)
        # keyed without a switch, IK controls would never be seen
        if limb.ik.switch is not None and switch_problem(obj, limb.ik.switch) is None:
            possible.append((limb, limb.ik.by_pole is None or _is_on(obj, limb.ik.by_pole)))
    return possible


def _switched(obj: bpy.types.Object, limb: IkLimb) -> IkLimb:
    """Return a limb with the switch to its IK bones that the rig's drivers tell, if it has none."""
    if limb.ik.switch is not None:
        return limb
    told = switches_to(obj, {limb.ik.upper, limb.ik.lower, limb.ik.end})
    return replace(limb, ik=replace(limb.ik, switch=next(iter(told), None)))


def _is_on(obj: bpy.types.Object, switch: Switch) -> bool:
    """Return whether a switch of on and off is set as it says."""
    bone = pose_of(obj).bones.get(switch.bone)
    return bone is not None and bool(bone.get(switch.prop, False)) == bool(switch.value)
