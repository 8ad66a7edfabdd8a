"""Where the video's camera sees characters that play a preview, beside where the solved person is in the video.

`python -m tests.bench.bench_film_camera` renders the clips the first time, which takes minutes. All is told in pixels
of the video's frames, of Blender's evaluated poses seen through Blender's camera, in every frame.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.retargeting.retarget_options import KeyOptions, RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.preview.film_camera import film_camera, placed_on
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.kept_solution import KeptSolution, kept_solution
from aimocap_blender.vision.motion_from_track import motion_from_track
from aimocap_blender.vision.network_files import read_networks
from aimocap_blender.vision.person_track import PersonTrack
from tests.bench.tall_character import add_tall_character
from tests.demo.character import add_character
from tests.scene.characters import true_names
from tests.scene.real_files import at_rest, load, skeleton, without_meshes
from tests.vision.rendered_truth.recipes import SEVEN
from tests.vision.rendered_truth.truth import DATA, Truth, truth_of
from tests.vision.truth_tracks import truth_track
from tools.pose_networks import ROOT, made_pose_networks

CHARACTERS = ("rocketbox_male17.fbx", "mh_mixamo.blend", "vrm_addon_example.vrm", "smplx_wooden.blend")
"""Of about a person's proportions."""
OTHERS = {"long legs": lambda scene: add_tall_character(scene, seed=7), "short legs": add_character}
"""Of others."""
PARTS = ("upper_leg", "hand")
SIDES = ("left", "right")


def characters(scratch: Path) -> Iterator[tuple[str, Callable[[], tuple[bpy.types.Object, dict[str, str]]]]]:
    """Names of all of them, and what brings each into an empty file, with its bones by slot."""
    for file in CHARACTERS:
        yield file, lambda file=file: _from_file(file, scratch)
    for name, add in OTHERS.items():
        yield name, lambda add=add: _made(add)


def _from_file(file: str, scratch: Path) -> tuple[bpy.types.Object, dict[str, str]]:
    obj = without_meshes(at_rest(load(DATA / "characters" / file, scratch)))
    return obj, true_names(DATA, f"characters/{file}")


def _made(add: Callable[[bpy.types.Scene], bpy.types.Object]) -> tuple[bpy.types.Object, dict[str, str]]:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    obj = add(bpy.context.scene)
    return without_meshes(obj), detect_bones(skeleton(obj)).bones()


def off(obj: bpy.types.Object, bones: dict[str, str], kept: KeptSolution, first: float) -> list[np.ndarray]:
    """Pixels by which the middle of the hip joints (F, 1), and wrists (F, 2), are elsewhere than in the video."""
    scene, joints, shown = bpy.context.scene, kept.solution.joints, []
    for second in kept.times[kept.rows]:
        frame = float(first + second * kept.seen.fps)
        scene.frame_set(int(frame), subframe=frame % 1)
        heads = [obj.matrix_world @ obj.pose.bones[bones[f"{side}_{part}"]].head for part in PARTS for side in SIDES]
        views = [world_to_camera_view(scene, scene.camera, head) for head in ((heads[0] + heads[1]) / 2.0, *heads[2:])]
        shown.append([(view.x - 0.5, 0.5 - view.y) for view in views])
    wrists = [joints[:, INDEX[f"{side}_wrist"]] for side in SIDES]
    wanted = np.stack([np.mean([joints[:, INDEX[f"{side}_hip"]] for side in SIDES], axis=0), *wrists], axis=1)
    errors = np.linalg.norm(np.array(shown) * kept.frame - kept.seen.pixels_of(wanted)[kept.rows], axis=-1)
    return np.split(errors, [1], axis=1)


def line(errors: np.ndarray) -> str:
    low, middle, high, most = np.percentile(errors, [0, 50, 95, 100])
    return f"{low:5.2f} {middle:5.2f} {high:5.2f} {most:5.2f}"


def print_clip(name: str, track: PersonTrack, scratch: Path) -> None:
    motion = motion_from_track(track)
    kept = kept_solution(motion, 0.0, track.size)
    tall = float(np.median(kept.seen.size))
    mapping = TimeMapping(1.0, track.fps)
    for character, bring in characters(scratch):
        obj, bones = bring()
        scene = bpy.context.scene
        scene.render.fps = round(track.fps)
        scene.render.resolution_x, scene.render.resolution_y = track.size
        offered = RetargetOptions(contacts="BODY"), name, KeyOptions(sampling="FRAMES")
        put_clip_on(obj, motion.clip, mapping, *offered)
        placed = placed_on(obj, scene, motion.clip, kept, mapping)
        scene.camera = film_camera(name, name, scene, kept, placed, mapping)
        hips, wrists = off(obj, bones, kept, mapping.frame_at_zero)
        print(f"  {name:12s} {character:22s} {len(hips):3d} {line(hips)}   {line(100.0 * wrists / tall)}", flush=True)


def main(track_of: Callable[[Truth], PersonTrack]) -> None:
    print("  clip, character, frames; min, median, 95 %, max of hips in px, and of wrists in % of the person's height")
    with tempfile.TemporaryDirectory() as scratch:
        for recipe in SEVEN:
            print_clip(recipe.name, track_of(truth_of(recipe)), Path(scratch))


if __name__ == "__main__":
    made = made_pose_networks(ROOT)
    if not made or not DATA.is_dir():
        sys.exit("The networks that see people, or the real motions and characters, are not here.")
    networks = read_networks(made["vision/pose-detector.npz"].parent)
    main(lambda truth: truth_track(truth, networks))
