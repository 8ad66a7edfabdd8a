"""Standing feet that stay where they were while the rest of a character's own motion is edited or looped."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..bones.humanoid import LEG_JOINTS, SIDES, filled, sided, slots_of
from ..figures.figure import Figure
from ..held_poses import moving
from ..loops import GroundMotion
from ..pose_motion import PosedBones, PoseMotion, posed
from ..rotations import (
    BoolArray,
    FloatArray,
    conjugate,
    continuous,
    from_matrix,
    from_rotation_vector,
    multiply,
    norm,
    rotate,
    to_rotation_vector,
)
from ..skeleton import Clip
from ..smoothing import covered, rate_of, smooth_step
from ..spans import runs
from .foot_contacts import carrying_of, find_contact
from .leg_solution import PosedLeg, TwoBones, solve
from .stances import Stances

_SOFT = 0.2  # seconds over which a foot rejoins the edited motion
_LITTLE = 1e-6  # metres
_TIP = 0.5  # of the way from ankle to ball, that toes reach beyond the ball
_DOWN = np.array([0.0, 0.0, -1.0])
_X = np.array([1.0, 0.0, 0.0])


@dataclass(frozen=True, eq=False)
class HeldLeg:
    """A leg whose foot stands at times.

    Attributes:
        bones: indices of upper and lower leg, foot, and of the toes if there are any.
        stances: when the foot stands.
        arm: (3,) where the foot is at rest, metres, in the axes of a lower leg that doesn't carry it; None if it does.
    """

    bones: tuple[int, ...]
    stances: Stances
    arm: FloatArray | None = None

    @property
    def foot(self) -> int:
        """The foot's index."""
        return self.bones[2]

    def standing(self, known: BoolArray) -> "HeldLeg":
        """Return it with a foot that stands in some of the samples (F,)."""
        return replace(self, stances=Stances(known, self.stances.reach))


def with_feet_kept(
    figure: Figure,
    before: PoseMotion,
    after: PoseMotion,
    worlds: FloatArray,
    times: FloatArray,
    always: Collection[str] = (),
) -> PoseMotion:
    """Return an edited motion with each standing foot as before: legs bend, and the hips come down where they must.

    Between stances a foot rejoins the edited motion. Only legs change, and the height of hips that were moved and have
    a location.

    Args:
        figure: the character.
        before: its motion, all its bones.
        after: the same, edited.
        worlds: (F, 4, 4) object-to-world matrices of both.
        times: (F,) seconds.
        always: slots of feet that also swing as before, as far as legs reach.
    """
    was = in_world(posed(figure.skeleton, before), worlds)
    feet = filled(figure.slots, always)
    legs = held_legs(figure, was, times, creeping=True)
    held = [leg for leg in legs if leg.stances.known.any() or leg.foot in feet or leg.arm is not None]
    return _with_legs(figure, was, held, after, worlds, times, feet)


def with_feet_looped(
    figure: Figure,
    was: PosedBones,
    legs: list[HeldLeg],
    way: GroundMotion,
    ahead: FloatArray,
    after: PoseMotion,
    worlds: FloatArray,
    fps: float,
) -> PoseMotion:
    """Return a loop whose feet stand as in the motion that it was made of, from each cycle into the next one, too.

    Args:
        figure: the character.
        was: its bones (N + 1, ...) in the world, in the motion as it was.
        legs: with when their feet stood then, N + 1 samples.
        way: where the loop goes over the ground instead, N + 1 samples.
        ahead: (3,) metres by which a cycle gets on.
        after: the loop, N + 1 samples, of which the last one is the first of the next cycle.
        worlds: (N + 1, 4, 4) its object-to-world matrices.
        fps: samples a second.
    """
    count = len(worlds) - 1
    # three cycles, of which the one in the middle counts: what is before and after it is as it will be
    cycles = np.tile(np.arange(count), 3)
    middle = slice(count, 2 * count + 1)
    goal = PosedBones(was.rotations.copy(), was.heads.copy())
    held: list[HeldLeg] = []
    for leg in legs:
        _stand(goal, was, leg, way, ahead)
        held.append(leg.standing(leg.stances.known[cycles]))
    held = [leg for leg in held if leg.arm is not None or leg.stances.known.any()]
    locations = {bone: places[cycles] for bone, places in after.locations.items()}
    longer = replace(after, times=np.arange(3.0 * count) / fps, rotations=after.rotations[cycles], locations=locations)
    solved = _with_legs(figure, goal.at(cycles), held, longer, worlds[cycles], longer.times)
    # hips may come down, and else go on as they are
    locations = {
        bone: places + (solved.locations[bone] - longer.locations[bone])[middle]
        for bone, places in after.locations.items()
    }
    return replace(after, rotations=solved.rotations[middle], locations=locations)


def _stand(goal: PosedBones, was: PosedBones, leg: HeldLeg, way: GroundMotion, ahead: FloatArray) -> None:
    """Have a foot stand on the loop's way: at one place in each stance, also where a cycle goes over into the next."""
    count = len(way.turns) - 1
    stances = runs(leg.stances.known[:count])
    if not len(stances):
        return
    bones = list(leg.bones[2:])
    for start, stop in stances.tolist():
        # the way turns the whole figure evenly; a foot would turn on the spot with it
        here = _part(way, (start + stop) // 2)
        for bone in bones:
            goal.heads[start:stop, bone] = here.applied(was.heads[start:stop, bone])
            goal.rotations[start:stop, bone] = multiply(here.turns, was.rotations[start:stop, bone])
    since, last = stances[-1].tolist()
    if stances[0, 0] > 0 or last < count:
        return
    # one that goes on in the next cycle has to be where that begins
    here = _part(way, (since + last) // 2)
    # there it stands all along, if it doesn't all through the loop; it rolls to how it begins
    left = np.arange(float(count - since), 0.0, -1.0)
    rolled = smooth_step(1.0 - left / max(float(count - since), leg.stances.reach))[:, None]
    stood = rolled if len(stances) == 1 else np.ones_like(rolled)
    for bone in bones:
        away = goal.heads[0, bone] + ahead - here.applied(was.heads[count, bone])
        turned = multiply(here.turns, was.rotations[count, bone])
        turn = to_rotation_vector(multiply(goal.rotations[0, bone], conjugate(turned)))
        goal.heads[since:last, bone] += np.concatenate([stood, stood, rolled], axis=1) * away
        rotations = goal.rotations[since:last, bone]
        goal.rotations[since:last, bone] = multiply(from_rotation_vector(rolled * turn), rotations)


def _part(way: GroundMotion, sample: int) -> GroundMotion:
    return GroundMotion(way.centres[sample], way.straight[sample], way.turns[sample])


def _with_legs(
    figure: Figure,
    was: PosedBones,
    held: Sequence[HeldLeg],
    after: PoseMotion,
    worlds: FloatArray,
    times: FloatArray,
    always: Collection[int] = (),
) -> PoseMotion:
    """Return an edited motion with standing feet where bones (F, …) in the world have them; see `with_feet_kept`."""
    now = in_world(posed(figure.skeleton, after), worlds)
    hips = figure.slots["hips"]
    name = figure.skeleton.names[hips]
    moved = float(np.abs(now.heads[:, hips] - was.heads[:, hips]).max()) > _LITTLE
    if moved and name in after.locations and not figure.skeleton.option(hips).connected:
        drop = np.zeros(len(times))
        for leg in held:
            limb = limb_of(now, leg)
            drop = np.maximum(drop, limb.out_of_reach(leg.stances.faded(was.heads[:, leg.foot] - limb.ankle)))
        drop = covered(drop, round(_SOFT * rate_of(times)))
        if drop.any():
            after = _moved(figure, after, hips, drop[:, None] * _DOWN, worlds)
    for leg in held:
        # the hips didn't come down for a foot in the air: they would sink wherever a stride is long
        after = with_leg(figure, after, was, leg.standing(leg.stances.known | (leg.foot in always)), worlds)
    return after


def held_legs(figure: Figure, was: PosedBones, times: FloatArray, *, creeping: bool = False) -> list[HeldLeg]:
    """Return the legs of a figure with when their feet stand.

    Args:
        figure: the character.
        was: its bones (F, ...) in the world.
        times: (F,) seconds.
        creeping: also while a foot carries the body, but creeps: for edits that leave stances where they are.
            Transitions and loops move them, and ask soles instead, see `take_transition.carrying`.
    """
    clip = moving(Clip(figure.skeleton, times, rate_of(times), was.heads, was.rotations))[0]
    heads, leg_length = clip.positions, figure.leg_length
    hips = filled(figure.slots, sided("upper_leg")) or [figure.slots["hips"]]
    body = heads[:, hips].mean(axis=1) if creeping else None
    found: list[HeldLeg] = []
    for bones, arm in _legs(figure):
        foot, last = bones[2], bones[-1]
        toes = last if last != foot else None
        ankle = heads[:, foot]
        stands = find_contact(ankle, None if toes is None else heads[:, toes], times, leg_length)
        if body is not None:
            ball = figure.posed_ball(foot, toes, ankle, clip.rotations[:, foot])
            stands = stands.or_of(carrying_of(ankle, ball, times, leg_length, body))
        found.append(HeldLeg(bones, Stances(stands.any, _SOFT * rate_of(times)), arm))
    return found


def with_feet_reached(figure: Figure, motion: PoseMotion, worlds: FloatArray) -> PoseMotion:
    """Return a motion whose legs reach feet that hang on none, wherever these are; see `with_feet_kept`."""
    for bones, arm in _legs(figure):
        if arm is not None:
            leg = HeldLeg(bones, Stances(np.ones(len(worlds), dtype=np.bool_), reach=1.0), arm)
            motion = with_leg(figure, motion, in_world(posed(figure.skeleton, motion), worlds), leg, worlds)
    return motion


def _legs(figure: Figure) -> Iterator[tuple[tuple[int, ...], FloatArray | None]]:
    """Yield the bones of each whole leg, and the arm; see `HeldLeg`."""
    for side in SIDES:
        leg = filled(figure.slots, slots_of(side, LEG_JOINTS))
        if len(leg) < len(LEG_JOINTS):
            continue
        upper, lower, foot = leg
        toes = figure.slots.get(f"{side}_toes")
        # a foot on an IK root goes its own way, and the leg has to reach it
        arm = None
        if lower not in figure.skeleton.ancestors(foot):
            arm = rotate(conjugate(figure.rest[lower]), figure.heads[foot] - figure.heads[lower])
        yield (upper, lower, foot) if toes is None else (upper, lower, foot, toes), arm


def in_world(bones: PosedBones, worlds: FloatArray) -> PosedBones:
    """Return bones in armature space as they are in the world, metres; (F, 4, 4) object-to-world matrices."""
    linear = worlds[:, None, :3, :3]
    heads = (linear @ bones.heads[..., None])[..., 0] + worlds[:, None, :3, 3]
    return PosedBones(multiply(_rotations(worlds)[:, None], bones.rotations), heads)


def _rotations(worlds: FloatArray) -> FloatArray:
    """Return the rotations (F, 4) of object-to-world matrices, evenly scaled."""
    linear = worlds[:, :3, :3]
    return from_matrix(linear / np.linalg.norm(linear, axis=-2, keepdims=True))


def limb_of(bones: PosedBones, leg: HeldLeg) -> PosedLeg:
    """Return the joints of a leg, its ankle where the lower leg has it."""
    upper, lower, foot = (bones.heads[:, bone] for bone in leg.bones[:3])
    return PosedLeg(
        upper, lower, foot if leg.arm is None else lower + rotate(bones.rotations[:, leg.bones[1]], leg.arm)
    )


def soles_of(figure: Figure, legs: Sequence[HeldLeg], bones: PosedBones) -> FloatArray:
    """Return (F, L, 3, 3) the soles below ankles and balls, and at the tips of toes."""
    found = np.empty((len(bones.heads), len(legs), 3, 3))
    heads, rest = figure.standing.heads, figure.standing.rest
    for number, leg in enumerate(legs):
        foot, last = leg.foot, leg.bones[-1]
        ball = figure.ball(foot, last if last != foot else None)
        tip = ball + _TIP * (ball - heads[foot])
        for place, (bone, point) in enumerate(((foot, heads[foot]), (foot, ball), (last, tip))):
            arm = point - heads[bone]
            arm[2] = -figure.over_sole(bone)
            found[:, number, place] = bones.heads[:, bone] + rotate(
                bones.rotations[:, bone], rotate(conjugate(rest[bone]), arm)
            )
    return found


def _moved(figure: Figure, motion: PoseMotion, bone: int, by: FloatArray, worlds: FloatArray) -> PoseMotion:
    """Return the motion with the location of a bone that isn't connected moved in the world by metres (F, 3)."""
    skeleton = figure.skeleton
    name, parent = skeleton.names[bone], int(skeleton.parents[bone])
    # a location is along the axes that the parent gives the bone, at rest its own or the parent's
    world_from_axes = (
        in_world(posed(skeleton, motion), worlds).rotations[:, parent] if parent >= 0 else _rotations(worlds)
    )
    rests = from_matrix(skeleton.rest[:, :3, :3])
    if skeleton.option(bone).local_location:
        parent_from_bone = multiply(conjugate(rests[parent]), rests[bone]) if parent >= 0 else rests[bone]
        world_from_axes = multiply(world_from_axes, parent_from_bone)
    # in the units of the armature
    step = rotate(conjugate(world_from_axes), by) / float(norm(worlds[0, :3, 0]))
    return replace(motion, locations={**motion.locations, name: motion.locations.get(name, 0.0) + step})


def with_leg(figure: Figure, motion: PoseMotion, was: PosedBones, leg: HeldLeg, worlds: FloatArray) -> PoseMotion:
    """Return the motion with a leg that brings its foot to where it stood.

    Args:
        figure: the character.
        motion: all its bones.
        was: its bones in the world; of these, foot and toes count while the foot stands.
        worlds: (F, 4, 4) object-to-world matrices.
    """
    skeleton = figure.skeleton
    upper, lower, foot = leg.bones[:3]
    now = in_world(posed(skeleton, motion), worlds)
    shift = leg.stances.faded(was.heads[:, foot] - now.heads[:, foot])
    limb = limb_of(now, leg)
    # knees bend about the axis from right to left
    knee = TwoBones(upper, lower, rotate(conjugate(figure.rest[upper]), _X))
    rotations = {upper: now.rotations[:, upper], lower: now.rotations[:, lower]}
    wanted = solve(rotations, knee, limb, now.heads[:, foot] + shift - limb.ankle)
    wanted[foot] = _back(leg, was, now, foot)
    # each hangs on the one before
    for bone in (upper, lower, foot):
        motion = _with_rotation(figure, motion, bone, wanted[bone], worlds)
    if leg.arm is not None and not skeleton.option(foot).connected:
        # a foot in the air that is out of reach goes with the leg
        reached = limb_of(in_world(posed(skeleton, motion), worlds), leg).ankle
        motion = _moved(figure, motion, foot, reached - now.heads[:, foot], worlds)
    for toes in leg.bones[3:]:
        now = in_world(posed(skeleton, motion), worlds)
        motion = _with_rotation(figure, motion, toes, _back(leg, was, now, toes), worlds)
    return motion


def _back(leg: HeldLeg, was: PosedBones, now: PosedBones, bone: int) -> FloatArray:
    """Return the rotation (F, 4) of a foot or its toes in the world: as before while the foot stands."""
    away = to_rotation_vector(multiply(was.rotations[:, bone], conjugate(now.rotations[:, bone])))
    return multiply(from_rotation_vector(leg.stances.faded(away)), now.rotations[:, bone])


def _with_rotation(figure: Figure, motion: PoseMotion, bone: int, wanted: FloatArray, worlds: FloatArray) -> PoseMotion:
    """Return the motion with a bone's rotation (F, 4) in the world."""
    skeleton = figure.skeleton
    parent = int(skeleton.parents[bone])
    # the bone's rotation in the armature without a channel of its own
    base = from_matrix(skeleton.rest[bone, :3, :3])
    if parent >= 0 and skeleton.option(bone).inherit_rotation:
        armature_from_parent = posed(skeleton, motion).rotations[:, parent]
        parent_from_bone = multiply(conjugate(from_matrix(skeleton.rest[parent, :3, :3])), base)
        base = multiply(armature_from_parent, parent_from_bone)
    armature_from_bone = multiply(conjugate(_rotations(worlds)), wanted)
    column = motion.bones.index(skeleton.names[bone])
    rotations = motion.rotations.copy()
    rotations[:, column] = continuous(multiply(conjugate(base), armature_from_bone))
    return replace(motion, rotations=rotations)
