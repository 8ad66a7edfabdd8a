"""Standing feet that stay where they are when a part of a motion is closed to a loop."""

from dataclasses import replace

import numpy as np

from ..figures.figure import Figure
from ..loops import GroundMotion
from ..pose_motion import PosedBones, PoseMotion
from ..rotations import FloatArray, conjugate, from_rotation_vector, multiply, to_rotation_vector
from ..smoothing import smooth_step
from ..spans import runs
from .kept_feet import HeldLeg, with_legs


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
    solved = with_legs(figure, goal.at(cycles), held, longer, worlds[cycles], longer.times)
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
