"""Check of a retargeted character: its poses as Blender evaluates them, against the motion.

The keys are evaluated as they were written, after locks, limits, constraints, drivers and parents, without meshes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import bpy
import numpy as np

from ..motion.bones.humanoid import SIDES, BoneMap, Switch, filled
from ..motion.control_rig import without_scale
from ..motion.feet.foot_contacts import planted_steps
from ..motion.pose_measure import MEASURED, Deviations, PoseReport, SeenFigure, deviations, report_of, upright
from ..motion.pose_motion import PosedBones
from ..motion.resampling import samples_around
from ..motion.rest_measure import WantedRest, furthest
from ..motion.rotations import BoolArray, FloatArray, IntArray, from_matrix, multiply, rotate, slerp, to_matrix
from ..motion.skeleton import Clip, Skeleton
from ..texts.text import Text
from .armature_motion import moved_by
from .armatures import flags_of, pose_of
from .isolated_evaluation import isolated
from .keys.keyframes import last_of_each_frame
from .rigs.control_rigs import driven, switch_problem
from .rigs.rig_keys import SolvedMotion

MOST = 60
"""Samples that are evaluated at most."""

MOST_OF_RIGS = 100
"""The same of a rig with constraints or drivers."""

_EVEN = 0.3  # share of the samples that are spread evenly over time
_STEPS = 0.1  # half the share of the samples whose next one is measured too, for the speed of planted feet
_LOOKED_AT = 150  # samples of which it is estimated how far the body is from where it rests
_FAR_COUNTS = 100.0  # degrees a metre: an estimate of 1 cm counts as one of a degree
_UPPER = frozenset({"neck", "head", "left_upper_arm", "right_upper_arm"})
_ENDS = ("hand", "foot", "head")
"""Slots that are measured by their rotation; others by where the next joint is."""

_FEET = frozenset({"left_foot", "right_foot"})
"""Slots of the body's lower end, as `_UPPER` are of its upper one."""


@dataclass(frozen=True, eq=False)
class Expected:
    """The poses that a character should have, computed and not evaluated: they only decide which samples are measured.

    Attributes:
        skeleton: the bones, and the object's transform before it was keyed.
        poses: theirs, F samples, armature space.
        off: (F,) what is already known of each sample's worst deviation, degrees; None for nothing.
        rests: where the body should rest; None where that isn't known.
    """

    skeleton: Skeleton
    poses: PosedBones
    off: FloatArray | None = None
    rests: WantedRest | None = None


def checked(
    obj: bpy.types.Object,
    skeleton: Skeleton,
    maps: tuple[BoneMap, BoneMap],
    clip: Clip,
    when: tuple[FloatArray, FloatArray],
    expected: Expected,
    *,
    most: int,
    travels: bool,
) -> PoseReport:
    """Measure a character that has just been keyed.

    Args:
        obj: the armature object.
        skeleton: all its bones at rest, with the object's transform before it was keyed.
        maps: the humanoid bones of the motion and of the character.
        when: (F,) the motion's seconds at the samples that were keyed, and (F,) their timeline frames.
        expected: the poses that are expected, F samples.
        most: of the samples that are evaluated.
        travels: the character moves over the ground, so planted feet must stand still.
    """
    named = _measured_bones(maps, clip)
    if not named:
        return PoseReport()
    _, rows = last_of_each_frame(when[1])
    times, frames = when[0][rows], when[1][rows]
    source = _source(clip, maps[0], tuple(named), times)
    planted = planted_steps(clip, maps[0], times)
    flat = _flat(planted, len(times))
    planted = planted if travels else {}
    # computed poses tell which samples are worth evaluating
    estimate = deviations(source, _expected(expected, named, rows), planted, times, flat)
    off = [] if expected.off is None else [expected.off[rows]]
    rests = expected.rests.at(times) if expected.rests is not None else None
    if rests is not None:
        off.extend(_far_from_rest(rests, expected, rows))
    samples, steps = chosen(estimate, off, len(times), most)
    shown_by = _shown_by(obj, skeleton, named, rests.bones if rests is not None else ())
    matrices, worlds = _evaluated(obj, shown_by, frames[samples])
    target = _seen(skeleton, named, shown_by, matrices, worlds)
    # of samples that aren't neighbours in the motion, only the chosen steps say how fast a foot slides
    pairs = {slot: np.isin(samples[:-1], those) for slot, those in steps.items()}
    flat = {slot: those[samples] for slot, those in flat.items()}
    report = report_of(deviations(source.at(samples), target, pairs, times[samples], flat), len(samples))
    if rests is None:
        return report
    moved: dict[str, FloatArray] = {}
    for bone in rests.bones:
        moved[bone] = _moved(skeleton, shown_by[bone], worlds @ matrices[shown_by[bone]])
    rests, frames = rests.at(times[samples]), frames[samples]
    off = rests.off(moved)
    above, under = furthest(off, frames), furthest(off, frames, -1.0)
    return replace(
        report,
        size=max(rests.size, 1.0),
        off_rest=(above, under) if above and under else None,
        off_touch=furthest(rests.apart(moved), frames),
    )


def _measured_bones(maps: tuple[BoneMap, BoneMap], clip: Clip) -> dict[str, str]:
    """Return slot to the character's bone, of the measured slots that the motion and the character both have."""
    theirs = maps[0].indices_in(clip.skeleton.indices)
    return {slot: bone for slot, bone in maps[1].bones().items() if slot in theirs and slot in MEASURED}


def _shown_by(
    obj: bpy.types.Object, skeleton: Skeleton, named: Mapping[str, str], resting: Sequence[str]
) -> dict[str, str]:
    """Return each bone that is named, or rests, to the bone that shows where its skin is: that which a control moves.

    A hand, a foot or a head whose skin is a bendy bone's is read of its control: the bone's own matrix has not the roll
    that the mesh gets from its handles.
    """
    used = (*named.values(), *resting)
    controls = tuple(bone for bone in used if not skeleton.option(skeleton.index(bone)).deform)
    moved = moved_by(skeleton, controls)
    ends = {bone for slot, bone in named.items() if slot.endswith(_ENDS)}
    shown_by: dict[str, str] = {}
    for bone in used:
        is_bendy = bone in ends and _bends(obj, moved.get(bone, ""))
        shown_by[bone] = bone if is_bendy else moved.get(bone, bone)
    return shown_by


def _bends(obj: bpy.types.Object, bone: str) -> bool:
    """Return whether there is such a bone, and it is a bendy one."""
    found = cast("bpy.types.Armature", obj.data).bones.get(bone)
    return found is not None and found.bbone_segments > 1


def _flat(planted: Mapping[str, BoolArray], count: int) -> dict[str, BoolArray]:
    """Return slot of a foot to (F,) whether heel and ball both stand from that sample to the next."""
    found: dict[str, BoolArray] = {}
    for side in SIDES:
        ends = filled(planted, (f"{side}_foot", f"{side}_toes"))
        # the last sample has none after it
        stands = np.zeros(count, dtype=np.bool_)
        if ends:
            stands[: count - 1] = np.all(ends, axis=0)
        found[f"{side}_foot"] = stands
    return found


def _far_from_rest(rests: WantedRest, expected: Expected, rows: IntArray) -> list[FloatArray]:
    """Return (F,) how far the body should be above where it rests, under the ground, and from what its hands touch.

    Only some samples are looked at: a body that rests doesn't change much from one to the next.
    """
    some = np.unique(np.linspace(0, len(rows) - 1, _LOOKED_AT).round().astype(np.int64))
    skeleton = expected.skeleton
    moved: dict[str, FloatArray] = {}
    for bone in rests.bones:
        column = skeleton.index(bone)
        matrices = np.tile(np.eye(4), (len(some), 1, 1))
        matrices[:, :3, :3] = to_matrix(expected.poses.rotations[rows[some], column])
        matrices[:, :3, 3] = expected.poses.heads[rows[some], column]
        moved[bone] = _moved(skeleton, bone, skeleton.world @ matrices)
    # the worst of all limbs, the deepest of them, and the worst of all hands
    wanted = rests.at(rests.times[some])
    off = np.stack(list(wanted.off(moved).values()))
    apart = np.stack([np.zeros(len(some)), *wanted.apart(moved).values()])
    found = np.zeros((3, len(rows)))
    found[:, some] = off.max(axis=0), -off.min(axis=0), apart.max(axis=0)
    return list(found * _FAR_COUNTS)


def _moved(skeleton: Skeleton, bone: str, matrices: FloatArray) -> FloatArray:
    """Return (F, 4, 4) what moves points from rest to where a bone of these matrices (F, 4, 4) brings them, world."""
    rest: FloatArray = skeleton.world @ skeleton.rest[skeleton.index(bone)]
    return np.asarray(np.matmul(matrices, np.linalg.inv(rest)), dtype=np.float64)


def chosen(
    estimate: Deviations, off: Sequence[FloatArray], count: int, most: int
) -> tuple[IntArray, dict[str, IntArray]]:
    """Return the samples to evaluate, ascending: evenly spread ones, and those that are expected to be worst.

    Steps of planted feet are pairs of samples, evenly spread over their expected speeds, so that the median and the
    greatest speed of all are among them; returned as well, by slot, as their first samples.

    Args:
        estimate: the expected deviations.
        off: further estimates (count,) of each sample's deviation.
        most: of the samples returned.
    """
    if count <= most:
        return np.arange(count, dtype=np.int64), _steps(estimate.speeds, count * len(estimate.speeds))
    # an odd number, so that the median is one of them
    steps = _steps(estimate.speeds, 2 * round(most * _STEPS) + 1)
    found = set(np.linspace(0, count - 1, round(most * _EVEN)).round().astype(np.int64).tolist())
    for those in steps.values():
        found |= {*those.tolist(), *(those + 1).tolist()}
    # the worst sample of each slot, then the worst of all slots in as many stretches as samples are left
    scores = [*estimate.degrees.values(), *off]
    for score in scores:
        found.add(int(np.argmax(score)))
    overall = np.max([np.zeros(count), *scores], axis=0)
    for stretch in np.array_split(np.arange(count), max(most - len(found), 1)):
        found.add(int(stretch[np.argmax(overall[stretch])]))
    return np.array(sorted(found), dtype=np.int64), steps


def _steps(speeds: Mapping[str, FloatArray], most: int) -> dict[str, IntArray]:
    """Return slot to steps of planted feet, spread evenly over all speeds (F - 1,) from the slowest to the fastest."""
    # all slots' speeds in one row, of which a step's place tells slot and step
    every = np.concatenate([np.empty(0), *speeds.values()])
    known = np.flatnonzero(np.isfinite(every))
    ranked = known[np.argsort(every[known], kind="stable")]
    ranks = np.unique(np.linspace(0, len(ranked) - 1, min(most, len(ranked))).round().astype(np.int64))
    slot, step = np.divmod(ranked[ranks], max(len(every) // max(len(speeds), 1), 1))
    return {name: np.sort(step[slot == index]) for index, name in enumerate(speeds)}


def _source(clip: Clip, bone_map: BoneMap, slots: tuple[str, ...], times: FloatArray) -> SeenFigure:
    """Return the motion's figure at times (F,), interpolated between its samples."""
    bones = clip.skeleton.indices_of(filled(bone_map.bones(), slots))
    positions, rotations = clip.positions[:, bones], clip.rotations[:, bones]
    before, after, share = samples_around(clip.times, rotations, times)
    if np.array_equal(clip.times[after], times):
        heads, turned = positions[after], rotations[after]
    else:
        heads = positions[before] + (positions[after] - positions[before]) * share[:, None, None]
        turned = slerp(rotations[before], rotations[after], share[:, None])
    seen = SeenFigure(slots, heads, turned, clip.skeleton.heads[bones], clip.skeleton.rest_rotations[bones], heads)
    return seen.rotated(upright(_upward(seen)))


def _upward(source: SeenFigure) -> FloatArray:
    """Return (3,) the world's axis along which a motion's figure stands: Z, unless it rests and moves along another."""
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    upper, feet = _are_in(source.slots, _UPPER), _are_in(source.slots, _FEET)
    if not (upper.any() and feet.any()):
        return axes[2]

    def nearest(heads: FloatArray) -> int:
        """Return the row of the axis that is nearest to the direction from feet to shoulders."""
        return int(np.argmax(axes @ np.subtract(heads[upper].mean(axis=0), heads[feet].mean(axis=0))))

    # one who lies or crawls all the time points along another axis, but was made to stand along Z
    at_rest, in_motion = nearest(source.rest_heads), nearest(source.heads.mean(axis=0))
    return axes[at_rest] if at_rest == in_motion else axes[2]


def _are_in(slots: Sequence[str], wanted: Collection[str]) -> BoolArray:
    """Return (S,) which of the slots are wanted."""
    return np.isin(np.array(slots), np.array(list(wanted)))


def _expected(expected: Expected, named: Mapping[str, str], rows: IntArray) -> SeenFigure:
    """Return the character as it should be, slots by bone name."""
    columns = expected.skeleton.indices_of(named.values())
    poses = PosedBones(expected.poses.rotations[rows][:, columns], expected.poses.heads[rows][:, columns])
    return _Upright(expected.skeleton, named).figure(poses)


def _evaluated(
    obj: bpy.types.Object, shown_by: Mapping[str, str], frames: FloatArray
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Return by bone its matrices (F, 4, 4), armature space, and the object's, as Blender evaluates them."""
    # several slots may be shown by one bone, and each is evaluated once
    bones = tuple(dict.fromkeys(shown_by.values()))
    matrices, worlds = np.empty((len(frames), len(bones), 4, 4)), np.empty((len(frames), 4, 4))
    with isolated(obj) as alone:
        order = alone.rows(bones)
        for row, frame in enumerate(frames.tolist()):
            matrices[row], worlds[row] = alone.at(frame)[order], alone.world()
    return dict(zip(bones, np.moveaxis(matrices, 1, 0), strict=True)), worlds


def _seen(
    skeleton: Skeleton,
    named: Mapping[str, str],
    shown_by: Mapping[str, str],
    matrices: Mapping[str, FloatArray],
    worlds: FloatArray,
) -> SeenFigure:
    """Return the character as it is shown, slots by bone name."""
    bones = {slot: shown_by[bone] for slot, bone in named.items()}
    mine = np.stack(filled(matrices, bones.values()), axis=1)
    shown = PosedBones(from_matrix(without_scale(mine)), mine[..., :3, 3])
    return _Upright(skeleton, bones).figure(shown, (worlds[:, None] @ mine)[..., :3, 3])


class _Upright:
    """A character's axes in the world, rotated so that its object's upright axis is vertical."""

    def __init__(self, skeleton: Skeleton, named: Mapping[str, str]) -> None:
        self.slots = tuple(named)
        bones = skeleton.indices_of(named.values())
        self.rest = skeleton.rest[bones]
        self.linear = skeleton.world[:3, :3]
        upper, lower = _are_in(self.slots, _UPPER), _are_in(self.slots, _FEET)
        up = np.array([0.0, 0.0, 1.0])
        if upper.any() and lower.any():
            heads = skeleton.heads[bones]
            up = heads[upper].mean(axis=0) - heads[lower].mean(axis=0)
        # an importer may have turned the object by 90°, so its own upright axis is whichever is nearest to the body's
        axes = np.concatenate([self.linear.T, -self.linear.T])
        self.upright = upright(axes[int(np.argmax(axes @ up))])
        self.turn = multiply(self.upright, skeleton.world_rotation)

    def figure(self, poses: PosedBones, ground: FloatArray | None = None) -> SeenFigure:
        """Return the figure.

        Args:
            poses: F samples of the slots' bones, armature space.
            ground: (F, S, 3) their heads in the world; None to take them from the poses.
        """
        heads = rotate(self.upright, poses.heads @ self.linear.T)
        rest_heads = rotate(self.upright, self.rest[:, :3, 3] @ self.linear.T)
        rest_rotations = multiply(self.turn, from_matrix(self.rest[:, :3, :3]))
        rotations = multiply(self.turn, poses.rotations)
        return SeenFigure(self.slots, heads, rotations, rest_heads, rest_rotations, heads if ground is None else ground)


def warnings_on(
    obj: bpy.types.Object, switches: Iterable[Switch], solved: SolvedMotion | None, respected: Collection[str]
) -> Iterator[Text]:
    """Yield a sentence for each reason why a character may not look as keyed.

    Args:
        obj: the armature object.
        switches: properties of its rig that had to be set.
        solved: the solved motion of a rig with constraints or drivers; None for a plain rig.
        respected: bones whose rotation locks were respected.
    """
    yield from _stuck(obj, switches)
    yield from _held(obj, solved)
    yield from _locked(obj, respected)


def _stuck(obj: bpy.types.Object, switches: Iterable[Switch]) -> Iterator[Text]:
    """Yield a warning for each switch that can't be set."""
    for switch in switches:
        if (why := switch_problem(obj, switch)) is not None:
            yield Text(
                "The switch “{prop}” of {bone} can't be set, because {why}; "
                "until then, parts of the rig may not follow the motion.",
                prop=switch.prop,
                bone=switch.bone,
                why=Text.of(why),
            )


def _held(obj: bpy.types.Object, solved: SolvedMotion | None) -> Iterator[Text]:
    """Yield what in the rig keeps the motion from looking as keyed."""
    if solved is not None:
        by_constraints, by_drivers = dict[str, float](), dict[str, float]()
        has_drivers = driven(obj)
        for name, degrees in solved.held_back.items():
            (by_drivers if name in has_drivers else by_constraints)[name] = degrees
        yield from _limited(Text("Constraints"), by_constraints, Text("mute"))
        yield from _limited(Text("Drivers"), by_drivers, Text("remove"))
        if solved.held_in_place:
            yield Text(
                "Constraints or drivers of the rig keep {bones} from travelling with the motion: "
                "mute them to see the full motion.",
                bones=_listed(solved.held_in_place),
            )
        yield from ik_apart(solved.apart)
    if cast("bpy.types.Armature", obj.data).pose_position == "REST":
        yield Text(
            "“{name}” is shown in its Rest Position: choose Pose Position in its armature data to see it move.",
            name=obj.name,
        )


def _limited(whose: Text, by_bone: Mapping[str, float], remedy: Text) -> Iterator[Text]:
    """Yield a warning about bones that constraints or drivers keep off their rotation, by so many degrees at most."""
    if by_bone:
        yield Text(
            "{whose} of the rig limit {bones}, by up to {degrees}°: {remedy} them to see the full motion.",
            whose=whose,
            bones=_listed([*by_bone]),
            degrees=_most_degrees(by_bone),
            remedy=remedy,
        )


def _most_degrees(by_bone: Mapping[str, float]) -> str:
    """Return the largest of some angles, with a digit after the point below 1°."""
    most = max(by_bone.values())
    return f"{most:.0f}" if most >= 1.0 else f"{most:.1f}"


def ik_apart(apart: Mapping[str, float]) -> Iterator[Text]:
    """Yield a warning about IK targets of limbs that IK and FK pose differently, by so many degrees at most."""
    if apart:
        yield Text(
            "The IK controls {bones} pose their limbs up to {degrees}° off the FK controls: "
            "mute constraints that hold them.",
            bones=_listed([*apart]),
            degrees=_most_degrees(apart),
        )


def _locked(obj: bpy.types.Object, bones: Collection[str]) -> Iterator[Text]:
    """Yield a warning about those of the bones whose rotations are locked."""
    locked = [bone.name for bone in pose_of(obj).bones if bone.name in bones and any(flags_of(bone.lock_rotation))]
    if locked:
        yield Text(
            "Locked rotations of {bones} were not keyed: unlock them in the Item tab to see the full motion.",
            bones=_listed(locked),
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else Text("{shown} and {count} more", shown=shown, count=len(names) - 4)  # noqa: PLR2004 -- fits on a panel's line
