"""A judge of blended and edited takes, on the poses that Blender evaluates: feet that drag or sink, bones too fast.

It has no notion of which foot should stand: one that is on the floor may not move there, wherever a take has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from aimocap_blender.motion.spans import runs
from aimocap_blender.scene.cleanup.blending import Blended, blend
from tests.scene.retarget_judge import steps
from tests.ui.posing import world_matrices

SIDES = ("left", "right")
LOW = 0.01
"""Metres above the floor up to which a part of a foot is on it."""
STANDING = 10
"""Percentile of the heights of a foot at which it stands."""
TIP = 0.5
"""Of the way from ankle to ball, how far the toes reach beyond the ball."""
STANDS = 0.15
"""Of the hips' speed: a foot that is slower stands."""
FEWEST = 6
"""Frames of a stance of which anything is said."""
DRAG, SINK, TURN = 2.0, 0.5, 1.5
"""Limits of a `Verdict`."""


def blended(obj: bpy.types.Object, actions: tuple[bpy.types.Action, bpy.types.Action], length: int = 12) -> Blended:
    """Blend two takes within a second, all steps at once."""
    steps = blend(obj, bpy.context.scene, actions, length, 1.0)
    try:
        while True:
            next(steps)
    except StopIteration as end:
        return end.value


@dataclass(frozen=True)
class Verdict:
    """How well two takes are blended.

    Attributes:
        drag: cm that a foot moves along the floor before it leaves it, beyond what the takes do there themselves.
        sink: cm that a sole gets below the floor, beyond the takes.
        turn: greatest turn of a bone from frame to frame, of its greatest in both takes.
        bone: the one.
    """

    drag: float
    sink: float
    turn: float
    bone: str

    def beyond(self) -> list[str]:
        """The figures that are beyond their limits."""
        limits = (("drag", DRAG), ("sink", SINK), ("turn", TURN))
        return [name for name, most in limits if not getattr(self, name) <= most]


class Soles:
    """The points of a character's feet: their mesh's, each moved by the bone that has most of it, or some below joints.

    The latter are below the ankle and the ball, and beyond it, as low as the lowest joint.
    """

    def __init__(self, armature: bpy.types.Object, bones: Mapping[str, str]) -> None:
        self.points = {side: _of_mesh(armature, bones, side) or _of_joints(armature, bones, side) for side in SIDES}

    def at(self, bones: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """By side (F, points, 3) where they are."""
        return [
            np.stack([(bones[bone] @ point)[:, :3] for bone, point in points], axis=1)
            for points in self.points.values()
        ]


def _of_mesh(armature: bpy.types.Object, bones: Mapping[str, str], side: str) -> list[tuple[str, np.ndarray]]:
    """Bones, and points (4,) in their axes, some hundred."""
    feet = {bones[slot] for slot in (f"{side}_foot", f"{side}_toes") if slot in bones}
    found = []
    for obj in bpy.data.objects:
        if obj.type != "MESH" or obj.find_armature() != armature:
            continue
        for vertex in obj.data.vertices:
            most = max(vertex.groups, key=lambda group: group.weight, default=None)
            bone = most and obj.vertex_groups[most.group].name
            if bone in feet:
                place = np.array([*(obj.matrix_world @ vertex.co), 1.0])
                found.append((bone, np.linalg.inv(_rest(armature, bone)) @ place))
    return found[:: 1 + len(found) // 200]


def _of_joints(armature: bpy.types.Object, bones: Mapping[str, str], side: str) -> list[tuple[str, np.ndarray]]:
    foot = bones[f"{side}_foot"]
    toes = bones.get(f"{side}_toes", foot)
    ankle, ball = (_rest(armature, bone)[:3, 3] for bone in (foot, toes))
    lowest = min(ankle[2], ball[2])
    places = [(foot, ankle), (foot, ball), (toes, ball + TIP * (ball - ankle))]
    return [
        (bone, np.linalg.inv(_rest(armature, bone)) @ np.array([place[0], place[1], lowest, 1.0]))
        for bone, place in places
    ]


def _rest(armature: bpy.types.Object, bone: str) -> np.ndarray:
    return np.array(armature.matrix_world @ armature.data.bones[bone].matrix_local)


def evaluated(
    armature: bpy.types.Object, bones: Mapping[str, str], frames: Sequence[int], action: bpy.types.Action | None = None
) -> dict[str, np.ndarray]:
    """Bone to (F, 4, 4) in the world, as an Action alone moves it, or as the NLA does."""
    data = armature.animation_data
    before, data.use_nla = data.action, action is None
    data.action = action
    if action is not None and hasattr(data, "action_slot"):
        data.action_slot = action.slots[0]
    found = world_matrices(armature, set(bones.values()), frames)
    data.action, data.use_nla = before, True
    return found


def floor_of(soles: Sequence[np.ndarray]) -> float:
    """Metres: the height at which feet stand."""
    return float(np.percentile([sole[..., 2].min(axis=-1) for sole in soles], STANDING))


def steps_on(sole: np.ndarray, floor: float) -> np.ndarray:
    """(F - 1,) metres that a foot moves along the floor, by its slowest point that is on it; nan where none is."""
    low = sole[..., 2] < floor + LOW
    moved = np.linalg.norm(np.diff(sole[..., :2], axis=0), axis=-1)
    moved = np.where(low[1:] & low[:-1], moved, np.inf).min(axis=-1)
    return np.where(np.isfinite(moved), moved, np.nan)


def dragged(sole: np.ndarray, own: Sequence[np.ndarray], floor: float) -> float:
    """Metres that a foot moves at most along the floor in one go, in each frame beyond what it does there in a take."""
    usual = np.nan_to_num([steps_on(each, floor) for each in own]).max(axis=0)
    most = along = 0.0
    for step in (steps_on(sole, floor) - usual).tolist():
        along = 0.0 if np.isnan(step) else along + max(step, 0.0)
        most = max(most, along)
    return most


def slid(was: Sequence[np.ndarray], now: Sequence[np.ndarray], hips: np.ndarray) -> list[float]:
    """Metres that feet move at most in each stance beyond what they did before, by the point that crept least.

    Args:
        was: soles before.
        now: the same after.
        hips: (F, 3) before: a foot stands that is far slower.
    """
    body = np.linalg.norm(np.diff(hips[:, :2], axis=0), axis=1).mean()
    found = []
    for before, after in zip(was, now, strict=True):
        stands = np.linalg.norm(np.diff(before, axis=0), axis=-1).min(axis=-1) < STANDS * body
        for start, stop in runs(stands).tolist():
            if stop - start >= FEWEST:
                least = np.ptp(before[start:stop], axis=0).max(axis=-1).argmin()
                moved = (after - before)[start:stop, least]
                found.append(float(np.linalg.norm(moved - moved[0], axis=-1).max()))
    return found


def lowest(soles: Sequence[np.ndarray]) -> float:
    """Metres: the height of the lowest point."""
    return min(float(sole[..., 2].min()) for sole in soles)


def largest_steps(bones: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Bone to the degrees that it turns at most from frame to frame."""
    found = {}
    for bone, matrices in bones.items():
        turns = matrices[:, :3, :3] / np.linalg.norm(matrices[:, :3, :3], axis=-2, keepdims=True)
        found[bone] = float(steps(turns).max(initial=0.0))
    return found


def judge(
    armature: bpy.types.Object,
    bones: Mapping[str, str],
    soles: Soles,
    takes: tuple[bpy.types.Action, bpy.types.Action],
    done: Blended,
) -> Verdict:
    """The verdict on the transition from one take to the other.

    Args:
        armature: the character.
        bones: slot to bone.
        soles: of it.
        takes: the Actions.
        done: how they were blended.
    """
    whole = [
        evaluated(armature, bones, range(*(round(edge) + at for at, edge in enumerate(take.frame_range))), take)
        for take in takes
    ]
    starts = [frame - round(take.frame_range[0]) for take, frame in zip(takes, (done.left, done.entered), strict=True)]
    parts = [
        {bone: each[start : start + done.length + 1] for bone, each in take.items()}
        for take, start in zip(whole, starts, strict=True)
    ]
    now = evaluated(armature, bones, range(done.left, done.left + done.length + 1))
    own, shown = [soles.at(part) for part in parts], soles.at(now)
    floor = max(floor_of(soles.at(take)) for take in whole)
    fastest = [largest_steps(take) for take in whole]
    ratios = {bone: step / max(take[bone] for take in fastest) for bone, step in largest_steps(now).items()}
    worst = max(ratios, key=lambda bone: ratios[bone])
    drag = max(dragged(*feet, floor) for feet in zip(shown, zip(*own, strict=True), strict=True))
    sink = min(floor, *(lowest(each) for each in own)) - lowest(shown)
    return Verdict(100.0 * drag, max(100.0 * sink, 0.0), ratios[worst], worst)
