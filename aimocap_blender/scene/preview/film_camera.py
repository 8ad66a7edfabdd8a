"""A camera that sees a character as the film's own camera saw the person whose motion it has."""

from itertools import pairwise
from typing import cast

import bpy
import numpy as np
from mathutils import Matrix

from ...motion.bones.bone_detection import detect_bones
from ...motion.bones.humanoid import SIDES
from ...motion.rotations import FloatArray, normalise, rotate, to_matrix
from ...motion.similarity import Similarity, nearest_similarity
from ...motion.skeleton import Clip
from ...motion.time_mapping import TimeMapping
from ...texts.faults import Fault
from ...vision.kept_solution import KeptSolution
from ..armature_motion import armature_motion

_LIMBS = tuple(
    tuple(f"{side}_{part}" for part in parts)
    for side in SIDES
    for parts in (("upper_leg", "lower_leg", "foot"), ("upper_arm", "lower_arm", "hand"))
)
_HIPS = 20.0
"""Weight of the path of the hips' middle, of any other joint's place: it tells the character's size if it goes far."""
_MOMENTS = 60
"""Samples that tell where the character is, at most."""
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
    placed: Similarity,
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
        placed: where its motion is on the character, see `placed_on`.
        mapping: its seconds to timeline frames.
        film: which of the films that show the motion, from 0.
    """
    of = f"{preview} {film}"
    camera = next((obj for obj in scene.objects if obj.type == "CAMERA" and obj.get(_OF_FILM) == of), None)
    if camera is None:
        camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
        camera[_OF_FILM] = of
        scene.collection.objects.link(camera)
    data = cast("bpy.types.Camera", camera.data)
    seen, (width, height) = kept.seen.films[film], (kept.frame, *kept.other_frames)[film]
    render = scene.render
    is_wider = (
        width * render.resolution_y * render.pixel_aspect_y > height * render.resolution_x * render.pixel_aspect_x
    )
    data.sensor_fit = "HORIZONTAL" if is_wider else "VERTICAL"  # the side that the film fills, as a background does
    data.sensor_width = data.sensor_height = _SENSOR_MM
    data.lens = _SENSOR_MM * seen.focal / (width if is_wider else height)
    for shot in kept.shots:
        seen = shot.seen.films[film]
        walks = seen.place.ndim > 1 or bool(kept.later)
        moves = walks or float(np.ptp(seen.turn, axis=0).max()) > _STILL
        frames = mapping.frames(shot.times)
        for row in range(len(frames)) if moves else (0, len(frames) - 1):
            camera.matrix_world = _camera(placed, shot.camera(row, film))
            if moves:
                camera.keyframe_insert("rotation_euler", frame=float(frames[row]))
            if walks:
                camera.keyframe_insert("location", frame=float(frames[row]))
    return camera


def placed_on(obj: bpy.types.Object, scene: bpy.types.Scene, clip: Clip, mapping: TimeMapping) -> Similarity:
    """Return where a motion is on its character: limbs point alike, and the middles of the hips are nearest.

    Raises:
        Fault: the character doesn't have the bones that tell where it is.
    """
    motion = armature_motion(obj, scene)
    theirs, ours = motion.bone_map.bones(), detect_bones(clip.skeleton).bones()
    slots = [slot for limb in (("hips",), *_LIMBS) for slot in limb if slot in theirs and slot in ours]
    hips = [slot for slot in slots if slot.endswith("upper_leg")]
    hips = hips if len(hips) == len(SIDES) else slots[:1]
    bones = [pair for limb in _LIMBS for pair in pairwise(limb) if {*pair} <= {*slots}]
    if "hips" not in slots or not bones:
        raise Fault("The character's hips and limbs aren't known.", "Review the character's bones, then try again.")
    rows = np.unique(np.linspace(0, len(clip.times) - 1, _MOMENTS).astype(np.int64))
    frames = mapping.frames(clip.times[rows])
    at = motion.mapping.frames(motion.clip.times)
    order = np.argsort(at)
    source = clip.positions[rows][:, [clip.skeleton.index(ours[slot]) for slot in slots]]
    paths = motion.clip.positions[order][:, [motion.clip.skeleton.index(theirs[slot]) for slot in slots]]
    target = np.empty(source.shape)
    for joint, axis in np.ndindex(target.shape[1:]):
        target[:, joint, axis] = np.interp(frames, at[order], paths[:, joint, axis])
    starts, ends = ([slots.index(pair[end]) for pair in bones] for end in (0, 1))
    pointing = (normalise(each[:, ends] - each[:, starts]).reshape(-1, 3) for each in (source, target))
    rotation = nearest_similarity(*pointing).rotation
    middles = [each[:, [slots.index(slot) for slot in hips]].mean(axis=(0, 1)) for each in (source, target)]
    from_hips, there = (each - middle for each, middle in zip((source, target), middles, strict=True))
    from_hips = rotate(rotation, from_hips)
    weight = np.where([slot in hips for slot in slots], _HIPS, 1.0)[:, None]
    scale = float((weight * from_hips * there).sum() / (weight * from_hips**2).sum())
    return Similarity(rotation, scale, middles[1] - rotate(rotation, middles[0]) * scale)


def _camera(placed: Similarity, sees: FloatArray) -> Matrix:
    """Return the matrix of the camera in the world, given that (4, 4) from the motion's world to the camera."""
    stands = np.asarray(np.linalg.inv(sees), dtype=np.float64)
    found = np.eye(4)
    found[:3, :3] = to_matrix(placed.rotation) @ stands[:3, :3] / np.linalg.norm(stands[:3, 0])
    found[:3, 3] = placed.points(stands[:3, 3])
    return Matrix((found @ _BLENDERS).tolist())
