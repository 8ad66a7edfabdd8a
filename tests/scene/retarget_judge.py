"""A judge of retargeted motion: a motion's own posed joints against a character's, as Blender evaluates both.

It knows nothing of rest poses, except that a character stands on its ground at rest: what is up in a motion is the
world's axis from its hips to its head, and one turn about it may lie between motion and character.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.retargeting import put_clip_on

from .real_files import Motion, at_rest, degrees_apart, load, skeleton, torso, turn_to_match, without_meshes

SIDES = ("left", "right")
LIMBS = (("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot"))
FINGERS = ("hand", "index_proximal", "little_proximal")
MAN = 0.85
"""Metres from hip to ankle of the figure that all lengths are told for."""

SLOW, LOW, LONG = 0.02, 0.03, 0.1  # metres a second, metres, seconds: a joint that is slower for longer stands
TILTED = 15.0  # degrees: a character leaning more at rest doesn't stand
JUMP = 90.0  # degrees a frame: a bone that turns further doesn't move
BENT = 15.0  # degrees: a joint bent less has no side


@dataclass(frozen=True)
class Joints:
    """The joints of a figure over time, in a world whose Z is up, sized as a man.

    Attributes:
        heads: slot to (F, 3) metres.
        turns: slot to (F, 3, 3) of its bone.
        times: (F,) seconds.
        size: these metres for one of the world's.
    """

    heads: Mapping[str, np.ndarray]
    turns: Mapping[str, np.ndarray]
    times: np.ndarray
    size: float

    def has(self, *slots: str) -> bool:
        return all(slot in self.heads for slot in slots)

    def between(self, start: str, end: str) -> np.ndarray:
        return self.heads[end] - self.heads[start]


@dataclass(frozen=True)
class Verdict:
    """How far a character is from a motion; limits in `LIMITS`.

    Attributes:
        median: degrees between directions of limbs, feet free.
        limb: the greatest.
        torso: degrees between the lines from hips to neck.
        palm: degrees between palms.
        head: degrees between the head's turns away from the first frame.
        other_side: elbows and knees bent to another side than the source's, in joints and frames, feet held.
        leg: degrees between legs with feet held and free.
        step: degrees a frame that hips or legs turn beyond the source's, feet held.
        jolt: cm a frame by which the hips' step changes from one frame to the next, beyond that with feet free.
        skate: cm/s of feet that stand low in the source.
        high: the same at any height.
        sole: cm between the heights of standing feet over their ground.
    """

    median: float
    limb: float
    torso: float
    palm: float
    head: float
    other_side: float
    leg: float
    step: float
    jolt: float
    skate: float
    high: float
    sole: float

    def beyond(self) -> dict[str, float]:
        """The values beyond their limits."""
        values = {field.name: float(getattr(self, field.name)) for field in fields(self)}
        return {name: value for name, value in values.items() if not value <= LIMITS[name]}


LIMITS = {
    "median": 0.1,
    "limb": 0.5,
    "torso": 3.0,
    "palm": 0.5,
    "head": 0.5,
    "other_side": 0,
    "leg": 8.0,
    "step": 3.0,
    "jolt": 5.0,
    "skate": 0.1,
    "high": 0.1,
    "sole": 2.0,
}


def joints_of_motion(clip: Clip) -> Joints:
    """A motion's joints, its own way up: its mean line from hips to head lies along an axis of the world."""
    bones = detect_bones(clip.skeleton).bones()
    place = {slot: clip.skeleton.names.index(bone) for slot, bone in bones.items()}
    heads = {slot: clip.positions[:, column] for slot, column in place.items()}
    line = np.mean(heads["head"] - heads["hips"], axis=0)
    axis = int(np.argmax(np.abs(line)))
    up = np.eye(3)[axis] * np.sign(line[axis])
    side = np.eye(3)[(axis + 1) % 3]
    upright = np.stack([side, np.cross(up, side), up])
    size = MAN / leg_length(heads)
    w, x, y, z = np.moveaxis(clip.rotations, -1, 0)
    turns = np.moveaxis(
        np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        ),
        (0, 1),
        (-2, -1),
    )
    return Joints(
        {slot: path @ upright.T * size for slot, path in heads.items()},
        {slot: upright @ turns[:, column] for slot, column in place.items()},
        clip.times,
        size,
    )


def leg_length(heads: Mapping[str, np.ndarray]) -> float:
    """Metres from hip to ankle along the bones, the mean of both legs."""
    steps = [
        np.linalg.norm(heads[f"{side}_{end}"] - heads[f"{side}_{start}"], axis=-1).mean()
        for side in SIDES
        for start, end in pairwise(LIMBS[1])
    ]
    return float(sum(steps)) / 2.0


def joints_of_character(obj: bpy.types.Object, bones: Mapping[str, str], times: np.ndarray) -> Joints:
    """A character's joints at samples keyed on every frame from the first, as Blender evaluates them."""
    heads: dict[str, list[list[float]]] = {slot: [] for slot in bones}
    turns: dict[str, list[list[list[float]]]] = {slot: [] for slot in bones}
    for frame in range(1, len(times) + 1):
        bpy.context.scene.frame_set(frame)
        for slot, bone in bones.items():
            posed = obj.matrix_world @ obj.pose.bones[bone].matrix
            heads[slot].append(list(posed.translation))
            turns[slot].append([list(row) for row in posed.to_3x3().normalized()])
    tracks = {slot: np.array(track) for slot, track in heads.items()}
    size = MAN / leg_length(tracks)
    return Joints(
        {slot: track * size for slot, track in tracks.items()},
        {slot: np.array(track) for slot, track in turns.items()},
        times,
        size,
    )


def standing(joints: Joints, side: str, *, low: bool) -> np.ndarray:
    """(F - 1,) whether a foot stands over each step: ankle and toes slow for a tenth of a second, and low if asked."""
    planted = np.ones(len(joints.times) - 1, dtype=bool)
    for slot in (f"{side}_foot", f"{side}_toes"):
        if joints.has(slot):
            path = joints.heads[slot]
            planted &= np.linalg.norm(np.diff(path, axis=0), axis=-1) / np.diff(joints.times) < SLOW
            if low:
                near = path[:, 2] < path[:, 2].min() + LOW
                planted &= near[1:] & near[:-1]
    long = min(LONG, float(joints.times[-1]))  # a clip may be shorter
    edges = np.flatnonzero(np.diff(np.concatenate([[0], planted, [0]])))
    for start, stop in edges.reshape(-1, 2):
        planted[start:stop] &= joints.times[stop] - joints.times[start] >= long - 1e-6
    return planted


def steps(turns: np.ndarray) -> np.ndarray:
    """(F - 1,) degrees that a bone turns from frame to frame."""
    by = turns[1:] @ np.swapaxes(turns[:-1], -1, -2)
    return turned_by(by)


def beyond_steps(source: np.ndarray, held: np.ndarray) -> np.ndarray:
    """(F - 1,) degrees that a bone turns from frame to frame beyond the source's; 0 where that jumps."""
    wanted = steps(source)
    return np.where(wanted < JUMP, steps(held) - wanted, 0.0)


def turned_by(matrices: np.ndarray) -> np.ndarray:
    """Degrees of rotations (..., 3, 3), exact for small ones too."""
    skew = np.stack([matrices[..., i, j] - matrices[..., j, i] for i, j in ((2, 1), (0, 2), (1, 0))], axis=-1)
    return np.degrees(np.arctan2(np.linalg.norm(skew, axis=-1), np.trace(matrices, axis1=-2, axis2=-1) - 1.0))


def judged(
    source: Joints, free: Joints, held: Joints, rest: Mapping[str, float], scale: float, *, known: bool = True
) -> Verdict:
    """The verdict on a character that follows a motion, with feet free and held.

    Args:
        source: the motion.
        free: the character with feet free.
        held: the character with feet held.
        rest: slot to its height over the character's ground at rest, of a man's size.
        scale: of heights between men's sizes.
        known: whether the rest pose stands: one that lies says nothing of heights.
    """
    limbs = [(f"{side}_{start}", f"{side}_{end}") for side in SIDES for limb in LIMBS for start, end in pairwise(limb)]
    limbs = [pair for pair in limbs if source.has(*pair) and free.has(*pair)]
    want = unit(np.array([source.between(*pair) for pair in limbs]))
    got = unit(np.array([free.between(*pair) for pair in limbs]))
    turn = turn_to_match(got, want)
    slots = {slot: slot for slot in source.heads}
    apart = degrees_apart(got @ turn.T, want)
    legs = [pair for pair in limbs if "leg" in pair[0]]
    turning = ["hips", *(start for start, _ in legs), *(slot for slot in ("left_foot", "right_foot") if free.has(slot))]
    return Verdict(
        median=float(np.median(apart)),
        limb=float(apart.max()),
        torso=most(degrees_apart(torso(free.heads, slots) @ turn.T, torso(source.heads, slots)))
        if source.has("neck") and free.has("neck")
        else 0.0,
        palm=max(
            most(degrees_apart(palm(free, side) @ turn.T, palm(source, side)))
            if all(joints.has(*(f"{side}_{part}" for part in FINGERS)) for joints in (source, free))
            else 0.0
            for side in SIDES
        ),
        head=most(turned_by(turn @ away(free, "head") @ turn.T @ np.swapaxes(away(source, "head"), -1, -2))),
        other_side=sum(on_other_side(source, held, turn, side, limb) for side in SIDES for limb in LIMBS),
        leg=max(most(degrees_apart(held.between(*pair), free.between(*pair))) for pair in legs),
        step=max(most(beyond_steps(source.turns[slot], held.turns[slot])) for slot in turning),
        jolt=most(jolts(held) - jolts(free)) * 100.0,
        skate=max(skate(source, held, side, low=True) for side in SIDES),
        high=max(skate(source, held, side, low=False) for side in SIDES),
        sole=max(off_the_ground(source, held, rest, scale, joint) for joint in ("foot", "toes")) if known else 0.0,
    )


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def most(values: np.ndarray) -> float:
    return float(values.max(initial=0.0))


def jolts(joints: Joints) -> np.ndarray:
    """(F - 2,) metres by which the hips' step changes."""
    return np.asarray(np.linalg.norm(np.diff(joints.heads["hips"], 2, axis=0), axis=-1))


def palm(joints: Joints, side: str) -> np.ndarray:
    hand, index, little = (joints.heads[f"{side}_{part}"] for part in FINGERS)
    return np.cross(index - hand, little - hand)


def away(joints: Joints, slot: str) -> np.ndarray:
    """(F, 3, 3) turn of a bone away from the first frame, in the world."""
    turns = joints.turns[slot]
    return np.asarray(turns @ turns[0].T)


def on_other_side(source: Joints, held: Joints, turn: np.ndarray, side: str, limb: tuple[str, ...]) -> int:
    """Frames in which an elbow or knee, bent in both, is bent to another side."""
    pairs = [(f"{side}_{start}", f"{side}_{end}") for start, end in pairwise(limb)]
    if not all(joints.has(*pair) for joints in (source, held) for pair in pairs):
        return 0
    bones = [[unit(joints.between(*pair)) for pair in pairs] for joints in (source, held)]
    bent = np.minimum(*(degrees_apart(*both) for both in bones)) > BENT
    theirs, ours = (np.cross(*both) for both in bones)
    return int((bent & ((ours @ turn.T * theirs).sum(axis=-1) < 0.0)).sum())


def skate(source: Joints, held: Joints, side: str, *, low: bool) -> float:
    """Cm/s at most of a foot that stands in the source."""
    planted = standing(source, side, low=low)
    return max(
        most((np.linalg.norm(np.diff(held.heads[slot], axis=0), axis=-1) / np.diff(held.times))[planted]) * 100.0
        for slot in (f"{side}_foot", f"{side}_toes")
        if source.has(slot) and held.has(slot)
    )


def off_the_ground(source: Joints, held: Joints, rest: Mapping[str, float], scale: float, joint: str) -> float:
    """Cm at most between the heights of ankles, or of toes, of standing feet over the ground of the lowest of them."""
    theirs, ours, lowest = [np.zeros(0)], [np.zeros(0)], np.inf
    for side in SIDES:
        if source.has(slot := f"{side}_{joint}") and held.has(slot):
            lowest = min(lowest, float(np.percentile(source.heads[slot][:, 2], 1.0)))
            planted = standing(source, side, low=False)
            there = np.concatenate([planted, [False]]) | np.concatenate([[False], planted])
            theirs.append(source.heads[slot][there, 2])
            ours.append(held.heads[slot][there, 2] - rest[slot])
    wanted, got = np.concatenate(theirs), np.concatenate(ours)
    on_floor = wanted[wanted <= lowest + LOW]
    if not len(on_floor):
        return 0.0
    floor = np.median(on_floor)
    return most(np.abs(got - (wanted - floor) * scale)) * 100.0


@dataclass(frozen=True)
class Pair:
    """A motion on a character."""

    verdict: Verdict
    said: float
    """Degrees of the worst limb with feet free, as the product's own report has it."""


def judge_file(played: Motion, character: Path, scratch: Path) -> Pair:
    """Load a character, put a motion on it as a user would, with feet free and held, and judge it."""
    return judge(played.clip, without_meshes(at_rest(load(character, scratch))))


def judge(clip: Clip, obj: bpy.types.Object) -> Pair:
    """Put a motion on a character in the scene, with feet free and held, and judge it."""
    rest = skeleton(obj)
    bones = detect_bones(rest).bones()
    source = joints_of_motion(clip)
    heads = {slot: rest.heads[rest.index(bone)] for slot, bone in bones.items()}
    size = MAN / leg_length(heads)
    lowest = min(head[2] for head in heads.values())
    ground = min((0.0, obj.matrix_world.translation.z), key=lambda height: abs(lowest - height))
    shown, outcomes = [], []
    for options in (RetargetOptions(contacts="OFF"), RetargetOptions()):
        outcomes.append(put_clip_on(obj, clip, TimeMapping(1.0, clip.fps), options, "Judged"))
        shown.append(joints_of_character(obj, bones, clip.times))
    free = outcomes[0].poses.degrees
    line = heads["head"] - (heads["left_foot"] + heads["right_foot"]) / 2.0
    verdict = judged(
        source,
        *shown,
        {slot: float(head[2] - ground) * size for slot, head in heads.items()},
        outcomes[0].report.scale / source.size * size,
        known=bool(degrees_apart(line, np.array([0.0, 0.0, 1.0])) < TILTED),
    )
    return Pair(verdict, max(off for slot, off in free.items() if slot.endswith(("_arm", "_leg"))))


def table(rows: Sequence[tuple[str, str, Pair]]) -> str:
    """Lines of a table; what is beyond its limit has a star."""
    names = [field.name for field in fields(Verdict)]
    lines = [f"{'':44}" + "".join(f"{name:>11}" for name in (*names, "said"))]
    for played, character, pair in rows:
        beyond = pair.verdict.beyond()
        cells = [f"{getattr(pair.verdict, name):.2f}{'*' if name in beyond else ' '}" for name in names]
        lines.append(
            f"{played[:20]:21}{character[:22]:23}" + "".join(f"{cell:>11}" for cell in (*cells, f"{pair.said:.2f} "))
        )
    return "\n".join(lines)
