"""Retarget a motion from one skeleton to another: found bones, aligned rest poses, one pass over all frames.

The stages work in each figure's own body axes, in which both face the same way (see `figure.Figure`), and each returns
a new frozen value: `RetargetTask`, `BodyPose`, `Travel`, `HeldFeet`, `HeldHands`, `PoseMotion`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from ..body.resting import Resting
from ..bones.humanoid import BoneMap
from ..feet.body_pose import BodyPose
from ..feet.contact_edits import ContactEdits
from ..feet.foot_contacts import FootContact, contacts_in
from ..feet.ground import RayCast
from ..figures.figure import Figure, Skin, figure_of
from ..held_poses import moving, without_rest_pose
from ..pose_motion import PoseMotion, RetargetReport
from ..resampling import beginning_with, showing
from ..rotations import IntArray, conjugate, continuous, multiply, norm, to_rotation_vector
from ..skeleton import Clip, Skeleton
from ..smoothing import smoothed
from ..spans import runs
from .body_contacts import limbs_of
from .bone_rotations import rotated, with_twist
from .held_body import wanted_rest, with_body_held
from .held_feet import HeldFeet, held, with_edits
from .held_hands import Touching, touching_of, with_hands_held
from .reference import RESTS, Referenced, References, from_own_rest, levelled, posed_character, referenced
from .retarget_options import RetargetOptions
from .task import retarget_task
from .travel import Travel, require_carrier, travelled


def retarget(
    clip: Clip,
    source_map: BoneMap,
    target: Skeleton,
    target_map: BoneMap,
    options: RetargetOptions,
    references: References = RESTS,
    cast: RayCast | None = None,
    skin: Skin | None = None,
) -> PoseMotion:
    """Put a motion onto another skeleton.

    Upper and lower arms and legs point exactly as the source's do, relative to each figure's own facing; palms lie in
    the source's planes; spine and neck bend along their length as the source's; heads and feet keep the angle to the
    ground of their own rest pose. The figure starts at its own position, on its own ground.

    Args:
        clip: the motion.
        source_map: the motion's humanoid bones.
        target: the character; its object may be moved, rotated and evenly scaled.
        target_map: its humanoid bones.
        options: what the user chose.
        references: the poses of both that correspond to each other.
        cast: looks for the scene's ground below planted feet; None for the heights of the motion.
        skin: of the character; None for a body of usual thickness.

    Raises:
        Fault: hips are unknown on either side, legs have no length, an object is scaled unevenly, or the
            character doesn't have the root bone that is to carry it.
    """
    reference, shown = _shown(clip, source_map, references.motion, options)
    motion = retarget_referenced(reference, source_map, target, target_map, options, references.character, cast, skin)
    return showing(motion, shown)


def retarget_referenced(
    reference: Referenced,
    source_map: BoneMap,
    target: Skeleton,
    target_map: BoneMap,
    options: RetargetOptions,
    posed: Skeleton | None = None,
    cast: RayCast | None = None,
    skin: Skin | None = None,
    *,
    evenly: bool = True,
) -> PoseMotion:
    """Put a motion whose reference pose is known onto another skeleton, see `retarget`.

    Args:
        reference: the motion, smoothed.
        source_map: as of `retarget`.
        target: as of `retarget`.
        target_map: as of `retarget`.
        options: as of `retarget`.
        posed: the character with another rest pose, see `References.character`.
        cast: as of `retarget`.
        skin: as of `retarget`.
        evenly: see `lock_feet`; False where the hips' path is solved again from this one.

    Raises:
        Fault: as of `retarget`.
    """
    travel, feet, resting = _held(reference, source_map, target, target_map, options, posed, cast, skin, evenly=evenly)
    return _finished(travel, feet, resting, target, posed)


def retarget_edited(  # noqa: PLR0917 -- as of `retarget`
    clip: Clip,
    source_map: BoneMap,
    target: Skeleton,
    target_map: BoneMap,
    options: RetargetOptions,
    motion_reference: Literal["AUTO", "REST"] | int,
    cast: RayCast | None,
    edits: Sequence[ContactEdits],
    skin: Skin | None = None,
) -> list[PoseMotion]:
    """Put a motion onto another skeleton, see `retarget`, once for each of several edits of the contacts found.

    Args:
        clip: as of `retarget`.
        source_map: as of `retarget`.
        target: as of `retarget`; at its own rest.
        target_map: as of `retarget`.
        options: as of `retarget`.
        motion_reference: see `References.motion`.
        cast: as of `retarget`.
        edits: of the contacts.
        skin: as of `retarget`.

    Raises:
        Fault: as of `retarget`.
    """
    reference, shown = _shown(clip, source_map, motion_reference, options)
    travel, feet, resting = _held(reference, source_map, target, target_map, options, None, cast, skin)
    return [showing(_finished(travel, with_edits(travel, feet, each), resting, target, None), shown) for each in edits]


def _shown(
    clip: Clip, source_map: BoneMap, reference: Literal["AUTO", "REST"] | int, options: RetargetOptions
) -> tuple[Referenced, IntArray]:
    """Return the motion to retarget from, smoothed, and (F,) which of its samples each of the clip shows."""
    clip, shown = moving(smoothed(clip, options.smoothing_sec))
    # a rest pose before the motion tells best how the source stands
    found = referenced(clip, source_map, int(shown[reference]) if isinstance(reference, int) else reference)
    motion, left_out = without_rest_pose(found.clip)
    if not left_out:
        return found, shown
    first, rows = found.clip, slice(left_out + 1)
    begins = replace(
        first, times=first.times[rows], positions=first.positions[rows], rotations=first.rotations[rows], eyes=None
    )
    slots = source_map.indices_in(motion.skeleton.indices)
    contacts = contacts_in(motion, slots)
    return replace(found, clip=motion, contacts=contacts, begins=begins), shown


def _held(
    reference: Referenced,
    source_map: BoneMap,
    target: Skeleton,
    target_map: BoneMap,
    options: RetargetOptions,
    posed: Skeleton | None,
    cast: RayCast | None,
    skin: Skin | None,
    *,
    evenly: bool = True,
) -> tuple[Travel, HeldFeet, Resting | None]:
    """Return the character before and after its feet are held, and where the source rests, if all of that is held."""
    source = figure_of(reference.clip.skeleton, source_map, "world", measured=reference.measured)
    figure = figure_of(target, target_map, "object")
    figure = posed_character(posed, figure, target_map) if posed is not None else replace(figure, skin=skin)
    require_carrier(figure, options.root_carrier)
    clip = levelled(reference.clip, source, reference.contacts)
    task = replace(retarget_task(clip, source, figure, reference.contacts, options), begins=reference.begins)
    travel = travelled(task, rotated(task))
    resting = None
    if options.contacts == "BODY" and travel.floor is not None:
        resting = task.seen.resting_on(travel.floor)
    return travel, held(travel, cast, evenly=evenly), resting


def _finished(
    travel: Travel, feet: HeldFeet, resting: Resting | None, target: Skeleton, posed: Skeleton | None
) -> PoseMotion:
    on_scene = feet.grounded is not None  # whose surfaces are known under feet only
    pose = feet.pose if resting is None or on_scene else with_body_held(travel, resting, feet)
    has_rests = not on_scene and travel.floor is not None and travel.task.options.root_motion == "FULL"
    touching = touching_of(travel) if resting is not None or has_rests else Touching()
    hands = with_hands_held(travel, touching, pose, resting)
    motion = _keyed(travel, feet, hands.pose, hands.touches, resting)
    begins = travel.task.begins
    if begins is not None:
        motion = beginning_with(motion, _begun(travel, begins))
    if posed is not None:
        return from_own_rest(motion, target, travel.task.target.skeleton)
    if not has_rests or travel.floor is None:
        return motion
    resting = resting or travel.task.seen.resting_on(travel.floor)
    if hands.pose.linkage is not travel.task.linkage:
        # toes that bent by themselves carry their skin
        travel = replace(travel, task=replace(travel.task, linkage=hands.pose.linkage))
    rests = wanted_rest(travel, touching, resting)
    return replace(motion, rests=rests if begins is None else rests.beginning_at(len(begins.times) - 1))


def _begun(travel: Travel, begins: Clip) -> PoseMotion:
    """Return the samples that a motion begins with as they are, on its way."""
    # a foot that stands there would be dragged to where it stands in the motion
    never = np.zeros(len(begins.times), dtype=np.bool_)
    contacts = {side: FootContact(never, never, never, never) for side in travel.task.contacts}
    task, options = travel.task, travel.task.options
    # where nothing rests, the legs alone tell how long strides are: they are as long as the motion's
    longer = travel.scale * task.source.leg_length / task.target.leg_length
    options = replace(options, contacts="OFF", scale=options.scale * longer)
    task = replace(task, clip=begins, contacts=contacts, options=options)
    first = travelled(task, rotated(task))
    return _keyed(first, feet := held(first, None), feet.pose, 0, None)


def _keyed(travel: Travel, feet: HeldFeet, held_pose: BodyPose, touches: int, resting: Resting | None) -> PoseMotion:
    """Return the channels of the target's bones."""
    task, grounded = travel.task, feet.grounded
    # how far what was held turned limbs away from the source's
    legs, arms = feet.leg_change_degrees, 0.0
    own, turned = travel.pose.rotations, dict[str, float]()
    for slot, bone in task.target.slots.items():
        if bone in own and bone in held_pose.rotations:
            away = multiply(held_pose.rotations[bone], conjugate(own[bone]))
            turned[slot] = float(np.degrees(norm(to_rotation_vector(away))).max())
    if held_pose is not feet.pose:
        for name, limb in limbs_of(travel.pose).items():
            change = limb.posed(held_pose).degrees_from(limb.posed(travel.pose))
            if name.endswith("foot"):
                legs = max(legs, change)
            else:
                arms = max(arms, change)
    pose, twist_travel = with_twist(held_pose)
    target, linkage = task.target, pose.linkage
    names, keyed = target.skeleton.names, linkage.keyed
    locations, object_travel = travel.locations(pose)
    return PoseMotion(
        times=task.clip.times,
        fps=task.clip.fps,
        bones=target.skeleton.names_of(keyed),
        rotations=continuous(linkage.basis(pose.rotations)),
        locations={names[bone]: channel for bone, channel in (locations | twist_travel).items()},
        unmoved=tuple(slot for slot, bone in target.slots.items() if bone not in keyed),
        report=RetargetReport(
            scale=travel.scale * task.options.scale,
            yaw_degrees=_yaw_degrees(task.source, target),
            slide_before=feet.slide_before,
            slide_after=feet.slide_after,
            leg_change_degrees=legs,
            contacts=grounded.contacts if grounded is not None else 0,
            missed=grounded.missed if grounded is not None else 0,
            touches=touches + (resting.count if resting is not None else 0),
            arm_change_degrees=arms,
            contact_degrees=turned,
            ground=travel.floor,
            body_held=resting is not None and grounded is None,
            planted=_planted(travel) if feet.free is not None else {},
        ),
        travel=object_travel,
    )


def _planted(travel: Travel) -> dict[str, tuple[tuple[float, float], ...]]:
    times = travel.task.clip.times
    planted: dict[str, tuple[tuple[float, float], ...]] = {}
    for side, leg in travel.legs_by_side.items():
        planted[side] = tuple((float(times[start]), float(times[stop - 1])) for start, stop in runs(leg.stands.any))
    return planted


def _yaw_degrees(source: Figure, target: Figure) -> float:
    """Return the rotation about the vertical from the source's facing to the target's, -180 to 180 degrees."""
    # of a rotation, what is about the vertical: the angle that w and z alone would have
    between = multiply(conjugate(target.to_body), source.to_body)
    yaw = 2.0 * np.arctan2(float(between[3]), float(between[0]))
    return float(np.degrees((yaw + np.pi) % (2.0 * np.pi) - np.pi))
