"""A camera that sees a character as the film's own camera saw the person whose motion it has."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import cast

import bpy
import numpy as np
from mathutils import Matrix

from ...motion.bones.bone_detection import detect_bones
from ...motion.bones.humanoid import ARM_JOINTS, LEG_JOINTS, SIDES, filled, sided, slots_of
from ...motion.resampling import straight_between
from ...motion.rotations import FloatArray, Similarity, cross, nearest_similarity, norm, normalise, rotate, to_matrix
from ...motion.skeleton import Clip
from ...motion.time_mapping import TimeMapping
from ...texts.faults import Fault
from ...vision.delivered_motion import heads_at
from ...vision.kept_solution import KeptSolution
from ..armature_motion import armature_motion

_LIMBS = (
    slots_of("left", LEG_JOINTS),
    slots_of("left", ARM_JOINTS),
    slots_of("right", LEG_JOINTS),
    slots_of("right", ARM_JOINTS),
)
_HIPS, _MOST = 30.0, 1e5
"""Weights of the place of the hips' middle, at first and at most, of any other joint's: others tell how large the
character is, also where the hips stay where they are."""
_OFF = 0.7
"""Pixels of the film by which hips are off at most: where they are farther off, that frame's weight grows."""
_WEIGHINGS = 20
"""Times that it may."""
_DEPTH = 0.01
"""Weight of what is off towards the camera or away from it, which isn't seen, of what is off across."""
_ROUNDS = 6
"""Of finding the rotation."""
_ALIKE = 1e-3
"""Radians by which limbs are apart that point alike."""
_OF_FILM = "aimocap_film_of"
"""Custom property of the camera: ID of the preview, and number of the film."""
_SENSOR_MM = 36.0
_STILL = 1e-6
_BLENDERS: FloatArray = np.diag([1.0, -1.0, -1.0, 1.0])
"""From a camera's axes as vision has them (y down, z ahead) to Blender's (y up, z backwards)."""


def film_camera(
    name: str,
    preview: str,
    scene: bpy.types.Scene,
    kept: KeptSolution,
    placed: Sequence[Sequence[Similarity]],
    mapping: TimeMapping,
    film: int = 0,
) -> bpy.types.Object:
    """Return a scene's camera of a preview's video, added if there is none, and keyed if the video's camera moves.

    A character of other proportions than the person's is seen in the same position, but not with each hand and foot.
    The video fits into the scene's frame as a background does.

    Args:
        name: of a new one.
        preview: ID of the preview.
        scene: the character's scene.
        kept: the preview's solution.
        placed: where the motion of each shot is on the character, see `placed_on`.
        mapping: its seconds to timeline frames.
        film: which of the films that show the motion, from 0.
    """
    camera = _camera_of(scene, f"{preview} {film}", name)
    data = cast("bpy.types.Camera", camera.data)
    seen, (width, height) = kept.seen.films[film], (kept.frame, *kept.other_frames)[film]
    render = scene.render
    is_wider = (
        width * render.resolution_y * render.pixel_aspect_y > height * render.resolution_x * render.pixel_aspect_x
    )
    data.sensor_fit = "HORIZONTAL" if is_wider else "VERTICAL"  # the side that the film fills, as a background does
    data.sensor_width = data.sensor_height = _SENSOR_MM
    data.lens = _SENSOR_MM * seen.focal / (width if is_wider else height)
    for shot, places in zip(kept.shots, placed, strict=True):
        seen = shot.seen.films[film]
        # cuts put the person elsewhere in the same world, so with further shots the camera jumps along
        walks = seen.place.ndim > 1 or bool(kept.later)
        moves = walks or float(np.ptp(seen.turn, axis=0).max()) > _STILL
        frames = mapping.frames(shot.times)
        for row in range(len(frames)) if moves else (0, len(frames) - 1):
            camera.matrix_world = _camera(places[row], shot.camera(row, film))
            if moves:
                camera.keyframe_insert("rotation_euler", frame=float(frames[row]))
            if walks:
                camera.keyframe_insert("location", frame=float(frames[row]))
    return camera


def _camera_of(scene: bpy.types.Scene, of: str, name: str) -> bpy.types.Object:
    """Return a scene's camera of a preview's film, added under a name if there is none."""
    for obj in scene.objects:
        if obj.type == "CAMERA" and obj.get(_OF_FILM) == of:
            return obj
    camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    camera[_OF_FILM] = of
    scene.collection.objects.link(camera)
    return camera


def placed_on(
    obj: bpy.types.Object, scene: bpy.types.Scene, clip: Clip, kept: KeptSolution, mapping: TimeMapping
) -> list[list[Similarity]]:
    """Return where each shot's motion is on its character, by frame: limbs point alike, cameras see the hips alike.

    It is one place for all frames of a shot unless its camera goes where the body does: that is on its hips throughout.

    Raises:
        Fault: the character doesn't have the bones that tell where it is.
    """
    motion = armature_motion(obj, scene)
    theirs, ours = motion.bone_map.bones(), detect_bones(clip.skeleton).bones()
    slots = [slot for slot in ("hips", *chain.from_iterable(_LIMBS)) if slot in theirs and slot in ours]
    column_of = dict(zip(slots, range(len(slots)), strict=True))
    # bones as pairs of joints: directions are compared, since the character's bones have other lengths
    bones: list[tuple[int, int]] = []
    for limb in _LIMBS:
        for start, end in pairwise(limb):
            if start in column_of and end in column_of:
                bones.append((column_of[start], column_of[end]))
    if "hips" not in slots or not bones:
        raise Fault("The character's hips and limbs aren't known.", "Review the character's bones, then try again.")
    # both in each of the film's frames
    times = np.concatenate([shot.times[shot.rows] for shot in kept.shots])
    own = motion.mapping
    own_times = (mapping.frames(times) - own.frame_at_zero) / own.frames_per_second
    source: FloatArray = heads_at(clip, filled(ours, slots), times)
    target: FloatArray = heads_at(motion.clip, filled(theirs, slots), own_times)
    starts, ends = np.array(bones).T
    pointing = normalise(source[:, ends] - source[:, starts]).reshape(-1, 3)
    pointed = normalise(target[:, ends] - target[:, starts]).reshape(-1, 3)
    # the hips' own bone begins anywhere between waist and crotch, the hip joints don't
    middle = filled(column_of, sided("upper_leg"))
    if len(middle) < len(SIDES):
        middle = [column_of["hips"]]
    source, target = _with_middle(source, middle), _with_middle(target, middle)
    rotation = _most_alike(pointing, pointed)
    placed: list[list[Similarity]] = []
    first = 0
    for shot in kept.shots:
        last = first + len(shot.rows)
        placed.append(_shot_placed_on(shot, rotation, source[first:last], target[first:last]))
        first = last
    return placed


def _with_middle(points: FloatArray, columns: Sequence[int]) -> FloatArray:
    """Return points (F, P + 1, 3): those of P, and behind them the middle of some, which counts far more than any."""
    return np.concatenate([points, points[:, columns].mean(axis=1, keepdims=True)], axis=1)


def _shot_placed_on(
    shot: KeptSolution, rotation: FloatArray, source: FloatArray, target: FloatArray
) -> list[Similarity]:
    """Return where the motion of a shot is on its character, by frame, for points (K, P, 3) of both."""
    # each frame as many times as there are films
    films = shot.seen.films
    cameras: list[FloatArray] = []
    for film in range(len(films)):
        cameras += [shot.camera(row, film) for row in shot.rows.tolist()]
    eyes: FloatArray = np.asarray(np.linalg.inv(np.array(cameras)), dtype=np.float64)[:, :3, 3]
    source, target = np.tile(source, (len(films), 1, 1)), np.tile(target, (len(films), 1, 1))
    found = Similarity(rotation, 1.0, np.zeros(3))
    weights = np.ones(source.shape[:2])
    weights[:, -1] = _HIPS
    # a single similarity can't have the hips right in every frame: those that are off weigh more, until none is
    for _ in range(_WEIGHINGS):
        found, off = _seen_alike(rotation, source, target, eyes, weights)
        too_far = off * max(film.focal for film in films) / _OFF
        if too_far.max() <= 1.0:
            break
        weights[:, -1] = np.minimum(weights[:, -1] * np.maximum(too_far, 1.0) ** 2, _MOST)
    if shot.seen.place.ndim == 1:
        return [found] * len(shot.times)
    # contacts moved the hips, which this camera would show beside the person's
    moved = target[:, -1] - found.points(source[:, -1])
    shifts = found.shift + straight_between(moved, shot.rows, np.arange(len(shot.times)))
    return [replace(found, shift=shift) for shift in shifts]


def _most_alike(pointing: FloatArray, pointed: FloatArray) -> FloatArray:
    """Return the rotation (4,) that brings most of some directions (P, 3) to others; contacts bent some limbs away."""
    rotation = nearest_similarity(pointing, pointed).rotation
    for _ in range(_ROUNDS):
        off = norm(rotate(rotation, pointing) - pointed)
        rotation = nearest_similarity(pointing, pointed, 1.0 / np.maximum(off, _ALIKE)).rotation
    return rotation


def _seen_alike(
    rotation: FloatArray, source: FloatArray, target: FloatArray, eyes: FloatArray, weights: FloatArray
) -> tuple[Similarity, FloatArray]:
    """Return the similarity that brings points nearest to others, as the camera sees them, and how far the last is off.

    That is the sine (F,) of the angle at which the camera sees the one beside the other.

    Args:
        rotation: (4,) its own.
        source: (F, P, 3) the points.
        target: (F, P, 3) the others.
        eyes: (F, 3) where the camera stands among the points.
        weights: (F, P) how much each counts.
    """
    turned = rotate(rotation, source)
    sight = normalise(turned - rotate(rotation, eyes)[:, None])
    # what is off along the line of sight hardly counts
    counts = weights[..., None, None] * (np.eye(3) - (1.0 - _DEPTH) * sight[..., :, None] * sight[..., None, :])
    # least squares for four numbers: a point is the turned one times the scale, plus the shift
    columns: FloatArray = np.concatenate(
        [turned[..., None], np.broadcast_to(np.eye(3), (*turned.shape, 3))], axis=-1, dtype=np.float64
    )
    weighed = np.swapaxes(columns, -1, -2) @ counts
    square, asked = (weighed @ columns).sum(axis=(0, 1)), (weighed @ target[..., None]).sum(axis=(0, 1))
    found = np.asarray(np.linalg.solve(square, asked), dtype=np.float64)
    placed = Similarity(rotation, float(found[0, 0]), found[1:, 0])
    ahead, seen = sight[:, -1], target[:, -1] - placed.points(eyes)
    return placed, norm(cross(ahead, normalise(seen)))


def _camera(placed: Similarity, sees: FloatArray) -> Matrix:
    """Return the matrix of the camera in the world, given that (4, 4) from the motion's world to the camera."""
    stands = np.asarray(np.linalg.inv(sees), dtype=np.float64)
    found = np.eye(4)
    found[:3, :3] = to_matrix(placed.rotation) @ stands[:3, :3] / norm(stands[:3, 0])
    found[:3, 3] = placed.points(stands[:3, 3])
    return Matrix((found @ _BLENDERS).tolist())
