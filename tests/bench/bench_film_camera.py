"""Where the video's camera sees characters that play a preview, beside where the solved person is in the video.

`python -m tests.bench.bench_film_camera` renders the clips the first time, which takes minutes. All is told in pixels
of the video's frames, of Blender's evaluated poses seen through Blender's camera, in every frame.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import sided
from aimocap_blender.motion.retargeting.retarget_options import KeyOptions, RetargetOptions
from aimocap_blender.motion.rotations import normalise
from aimocap_blender.motion.skeleton import Clip, Skeleton
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.preview.film_camera import film_camera, placed_on
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.vision.joints import joints_of
from aimocap_blender.vision.kept_solution import KeptSolution, kept_solution
from aimocap_blender.vision.motion_from_track import motion_from_track
from aimocap_blender.vision.network_graph import read_networks
from aimocap_blender.vision.person_track import PersonTrack
from aimocap_blender.vision.seeing import motion_of_shots
from aimocap_blender.vision.together.films import film_of
from aimocap_blender.vision.together.motion import motion_together
from tests.bench.tall_character import add_tall_character
from tests.demo.character import add_character
from tests.scene.characters import true_names
from tests.scene.real_files import at_rest, load, skeleton, without_meshes
from tests.vision.made_tracks import shot_of
from tests.vision.rendered_truth.recipes import SEVEN
from tests.vision.rendered_truth.truth import DATA, Truth, truth_of
from tests.vision.truth_tracks import truth_track
from tools.pose_networks import ROOT, made_pose_networks

CHARACTERS = ("rocketbox_male17.fbx", "mh_mixamo.blend", "vrm_addon_example.vrm", "smplx_wooden.blend")
"""Of about a person's proportions."""
OTHERS = {"long legs": lambda scene: add_tall_character(scene, seed=7), "short legs": add_character}
"""Of others."""
Character = tuple[bpy.types.Object, dict[str, str]]
"""And its bones by slot."""
PARTS, JOINTS = ("upper_leg", "upper_arm", "lower_arm", "hand"), ("hip", "shoulder", "elbow", "wrist")
"""On the way to a hand: slots of a character, and a person's joints."""
CUT = {"box25": slice(40), "box90": slice(40, 80), "box205": slice(80, 120)}
"""One motion in three shots."""
TOGETHER = ("box90", "box205")


def characters(own: Skeleton, scratch: Path) -> Iterator[tuple[str, Callable[[], Character]]]:
    """Names of all, first that of the person's `own` bones, and what brings each into an empty file."""
    yield "the person's bones", lambda: _made(lambda scene: _armature(scene, own))
    for file in CHARACTERS:
        yield file, lambda file=file: _from_file(file, scratch)
    for name, add in OTHERS.items():
        yield name, lambda add=add: _made(add)


def _from_file(file: str, scratch: Path) -> Character:
    obj = without_meshes(at_rest(load(DATA / "characters" / file, scratch)))
    return obj, true_names(DATA, f"characters/{file}")


def _made(add: Callable[[bpy.types.Scene], bpy.types.Object]) -> Character:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    obj = add(bpy.context.scene)
    return without_meshes(obj), detect_bones(skeleton(obj)).bones()


def _armature(scene: bpy.types.Scene, bones: Skeleton) -> bpy.types.Object:
    obj = bpy.data.objects.new("Own", bpy.data.armatures.new("Own"))
    scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    for name, parent, head, tail in zip(bones.names, bones.parents, bones.heads, bones.world_tails, strict=True):
        bone = obj.data.edit_bones.new(name)
        bone.head, bone.tail = head, tail
        bone.parent = obj.data.edit_bones[parent] if parent >= 0 else None
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def off(
    obj: bpy.types.Object, bones: dict[str, str], shot: KeptSolution, mapping: TimeMapping, scale: float
) -> list[np.ndarray]:
    """By how much points are elsewhere than in the video, in each frame of a shot.

    The middle of the hip joints (F, 1) in pixels, and wrists (F, 2) in % of the person's height; and wrists as far as
    only lengths are others: all of the character's bones, which is `scale` times as large, point as the person's do.
    """
    scene, joints, shown = bpy.context.scene, shot.solution.joints[shot.rows], []
    for frame in mapping.frames(shot.times[shot.rows]).tolist():
        scene.frame_set(int(frame), subframe=frame % 1)
        heads = [obj.matrix_world @ obj.pose.bones[bones[slot]].head for slot in sided("upper_leg", "hand")]
        views = [world_to_camera_view(scene, scene.camera, head) for head in ((heads[0] + heads[1]) / 2.0, *heads[2:])]
        shown.append([(view.x - 0.5, 0.5 - view.y) for view in views])
    theirs = lines(np.stack([joints[:, joints_of(part)] for part in JOINTS], axis=1))
    rest = np.array([[obj.data.bones[bones[slot]].head_local for slot in sided(part)] for part in PARTS])
    ours = lines(rest * obj.matrix_world.median_scale / scale)
    reached = normalise(theirs) * np.linalg.norm(ours, axis=-1, keepdims=True)
    hips = joints[:, joints_of("hip")].mean(axis=1, keepdims=True)
    part = replace(shot.seen, turn=shot.seen.turn[shot.rows])
    wanted = part.pixels_of(np.concatenate([hips, joints[:, joints_of("wrist")]], axis=1))
    errors = np.linalg.norm(np.array(shown) * shot.frame - wanted, axis=-1)
    of_lengths = np.linalg.norm(part.pixels_of(hips + reached.sum(axis=1)) - wanted[:, 1:], axis=-1)
    share = 100.0 / np.median(shot.seen.size)
    return [errors[:, :1], share * errors[:, 1:], share * of_lengths]


def lines(points: np.ndarray) -> np.ndarray:
    """Lines (…, 4, 2, 3) from the middle of the hips to that of the shoulders, and on to each wrist; see `PARTS`."""
    hips, shoulders = (points[..., part, :, :].mean(axis=-2, keepdims=True) for part in (0, 1))
    on_the_way = [np.broadcast_to(each, points[..., 0, :, :].shape) for each in (hips, shoulders)]
    return np.diff(np.stack([*on_the_way, *np.moveaxis(points[..., 1:, :, :], -3, 0)], axis=-3), axis=-3)


def line(errors: np.ndarray) -> str:
    low, middle, high, most = np.percentile(errors, [0, 50, 95, 100])
    return f"{low:5.2f} {middle:5.2f} {high:5.2f} {most:5.2f}"


def print_clip(name: str, clip: Clip, kept: KeptSolution, size: tuple[int, int], scratch: Path) -> None:
    mapping = TimeMapping(1.0, clip.fps)
    for character, bring in characters(clip.skeleton, scratch):
        obj, bones = bring()
        scene = bpy.context.scene
        scene.render.fps = round(clip.fps)
        scene.render.resolution_x, scene.render.resolution_y = size
        offered = RetargetOptions(contacts="BODY"), name, KeyOptions(sampling="FRAMES")
        put_clip_on(obj, clip, mapping, *offered)
        placed = placed_on(obj, scene, clip, kept, mapping)
        each = []
        for film in range(len(kept.seen.films)):
            scene.camera = film_camera(name, name, scene, kept, placed, mapping, film)
            for shot, places in zip(kept.shots, placed, strict=True):
                each.append(off(obj, bones, replace(shot, seen=shot.seen.films[film]), mapping, places[0].scale))
        hips, wrists, of_lengths = map(np.concatenate, zip(*each, strict=True))
        shown = "   ".join([line(hips), line(wrists), line(of_lengths)])
        print(f"  {name:12s} {character:22s} {len(hips):3d} {shown}", flush=True)


def part_of(track: PersonTrack, frames: slice) -> PersonTrack:
    parts = {name: getattr(track, name)[frames] for name in ("pixels", "visibility", "body", "confidence", "camera")}
    return replace(track, times=np.arange(len(parts["pixels"])) / track.fps, **parts)


def main(track_of: Callable[[Truth], PersonTrack]) -> None:
    print("  clip, character, frames; min, median, 95 %, max of hips in px, of wrists in % of the person's height,")
    print("  and of wrists as far as only lengths are others")
    with tempfile.TemporaryDirectory() as scratch:
        tracks = {recipe.name: track_of(truth_of(recipe)) for recipe in SEVEN}
        for name, track in tracks.items():
            motion = motion_from_track(track)
            print_clip(name, motion.clip, kept_solution(motion, 0.0, track.size), track.size, Path(scratch))
        shots, first = [], 0
        for name, frames in CUT.items():
            shots.append(shot_of(part_of(tracks[name], frames), first))
            first += len(shots[-1].track.times)
        shown = motion_of_shots(shots, [None] * len(shots))
        print_clip("cut", shown.clip, shown.kept, shots[0].track.size, Path(scratch))
        films = [tracks[name] for name in TOGETHER]
        motion = motion_together(list(map(film_of, films))).motion
        sizes = [film.size for film in films]
        kept = kept_solution(motion, 0.0, sizes[0], tuple(sizes[1:]))
        print_clip("two films", motion.clip, kept, sizes[0], Path(scratch))


if __name__ == "__main__":
    made = made_pose_networks(ROOT)
    if not made or not DATA.is_dir():
        sys.exit("The networks that see people, or the real motions and characters, are not here.")
    networks = read_networks(made["vision/pose-detector.npz"].parent)
    main(lambda truth: truth_track(truth, networks))
