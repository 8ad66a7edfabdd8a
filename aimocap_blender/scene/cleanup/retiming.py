"""Retiming part of the Action of an armature object: it plays slower or faster, and feet that stand stay."""

from dataclasses import dataclass, replace
from typing import Any, cast

import bpy
import numpy as np

from ...motion.bones.humanoid import SIDES
from ...motion.feet.kept_feet import held_legs, in_world, with_leg
from ...motion.figures.figure import Figure, figure_of
from ...motion.forward_kinematics import PosedBones, posed
from ...motion.frame_map import FrameMap
from ...motion.resampling import on_a_spline
from ...motion.rotations import FloatArray, conjugate, continuous, norm, rotate, slerp
from ...texts.text import Sentence
from ..armatures import TRANSFORMS, action_of, skeleton_of
from ..bone_maps import bone_map_of
from ..keyed_motion import channels_of
from ..keys.curve_keys import CurveKeys
from ..keys.keyframes import LINEAR, curves_of, require_keys, values_at
from ..moved_frames import move_frames
from ..playback_range import scene_fps
from .leg_values import FEET_MAY_SLIDE, free_legs, solved_values
from .own_action import frames_within


@dataclass(frozen=True)
class Retimed:
    """The result of retiming, in frames of the timeline.

    Attributes:
        first: frame at which the retimed part begins.
        last: at which it ended.
        ends: at which it ends now.
        warnings: what people should know, one sentence each.
    """

    first: int
    last: int
    ends: int
    warnings: tuple[Sentence, ...]


def retime(obj: bpy.types.Object, scene: bpy.types.Scene, first: int, last: int, speed: float) -> Retimed:
    """Play the Action between two frames at another speed; the pose at each end stays, and what comes after is moved.

    There is a key on each whole frame between them then. The speed is rounded so that the last pose is on a frame.

    Args:
        obj: the armature object, which has an Action with keyframes of bones.
        scene: its frame rate gives the seconds.
        first: frame of the timeline.
        last: another one.
        speed: factor.

    Raises:
        Fault: nothing of the Action is between the frames, or it can't be changed. Nothing has changed then.
    """
    first, last = frames_within(obj, first, last)
    require_keys(obj)
    ends = first + max(1, round((last - first) / speed))
    frames: FloatArray = np.arange(first, ends + 1.0, dtype=np.float64)
    change = FrameMap((first, last), (first, ends))
    played = change.back(frames)  # frames of the Action as it is
    values, warnings = _values(obj, scene, played)
    for (path, index), curve in curves_of(obj).items():
        keys = CurveKeys.of(cast("Any", curve.keyframe_points))
        if not len(keys.columns["co"]):
            continue
        new = keys.moved(change.moved)
        if path in values and np.ptp(values[path][:, index]) > 0.0:
            each = frames.tolist()
            baked = keys.new(dict(zip(each, values[path][:, index].tolist(), strict=True)), dict.fromkeys(each, LINEAR))
            # the keys around keep their handles, else the curves beside the new keys would change
            new = new.outside(first, ends).freed().joined(baked)
        new.write(cast("Any", curve.keyframe_points))
        curve.update()
    action = cast("bpy.types.Action", action_of(obj))
    move_frames(action, change)
    action.update_tag()
    return Retimed(first, last, ends, warnings)


def _values(
    obj: bpy.types.Object, scene: bpy.types.Scene, played: FloatArray
) -> tuple[dict[str, FloatArray], tuple[Sentence, ...]]:
    """Return data path to values (F, C) of transforms at frames (F,) between keys, and what people should know."""
    whole: FloatArray = np.arange(np.floor(played[0]) - 1.0, np.ceil(played[-1]) + 2.0, dtype=np.float64)
    before = {path: columns for path, columns in values_at(obj, whole).items() if path.rpartition(".")[2] in TRANSFORMS}
    at = played - whole[0]
    found: dict[str, FloatArray] = {}
    for path, columns in before.items():
        # keys of the same rotation may have either sign, and a curve between both would go through 0
        even = continuous(columns) if path.endswith("quaternion") else columns
        found[path] = on_a_spline(even, at)
    skeleton, bone_map = skeleton_of(obj), bone_map_of(obj)
    legs = free_legs(obj, bone_map)
    was, now = channels_of(obj, before, whole), channels_of(obj, found, played)
    if legs is None or was is None or now is None:
        return found, (FEET_MAY_SLIDE,)
    figure = figure_of(replace(skeleton, world=was[1][0]), bone_map, "object")
    shown = _between(in_world(posed(skeleton, was[0]), was[1]), at, figure)
    solved = now[0]
    for leg in held_legs(figure, shown, played / scene_fps(scene)):
        if leg.stances.known.any():
            solved = with_leg(figure, solved, shown, leg, now[1])
    return {**found, **solved_values(obj, legs, solved, now[0], found)}, ()


def _between(bones: PosedBones, at: FloatArray, figure: Figure) -> PosedBones:
    """Return poses at samples (N,) with fractions, straight between those at whole ones; what stands there stays.

    A foot turns about its ankle or its ball, whichever moves less.
    """
    lower = np.minimum(at.astype(np.int64), len(bones.heads) - 2)
    share = (at - lower)[:, None]
    heads = bones.heads[lower] + (bones.heads[lower + 1] - bones.heads[lower]) * share[..., None]
    rotations = slerp(bones.rotations[lower], bones.rotations[lower + 1], share)
    steps = norm(bones.heads[lower + 1] - bones.heads[lower])
    for side in SIDES:
        if figure.has(f"{side}_foot", f"{side}_toes"):
            foot, toes = figure.slots[f"{side}_foot"], figure.slots[f"{side}_toes"]
            arm = rotate(conjugate(bones.rotations[0, foot]), bones.heads[0, toes] - bones.heads[0, foot])
            by_ball = heads[:, toes] - rotate(rotations[:, foot], arm)
            heads[:, foot] = np.where((steps[:, toes] < steps[:, foot])[:, None], by_ball, heads[:, foot])
    return PosedBones(rotations, heads)
