"""How well retargeting goes over, beside Blender's own way: constraints baked with `nla.bake`; and its growth.

python -m tests.bench.bench_retarget: 600 frames of a performance on Unreal's names in A-pose (centimetres, object scale
0.01) onto 52 bones with Mixamo's names in T-pose, of other proportions and random rolls.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import bpy
import numpy as np

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.fbx.fbx_sampling import FbxSampling
from aimocap_blender.scene.retargeting import put_clip_on
from tests.media.metahuman_fbx import make_metahuman_fbx

from .tall_character import SLOTS, add_mesh, add_tall_character

FPS = 30.0
FRAMES = 600
GROWTH = (100, 1_000, 10_000)
RUNS = 3
LIMBS = (("upper_arm", "lower_arm", "hand"), ("upper_leg", "lower_leg", "foot"))
SEGMENTS = [(f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for limb in LIMBS for a, b in pairwise(limb)]
SLOW, LOW = 0.02, 0.03  # metres a second, metres: a foot that moves less and is no higher is planted

Heads = Mapping[str, np.ndarray]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def the_scene(fbx: Path, *, vertices: int = 0) -> tuple[bpy.types.Object, bpy.types.Object]:
    """The performance's armature as Blender imports it, and the character."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.fbx(filepath=str(fbx))
    source = next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")
    bpy.context.scene.render.fps = round(FPS)
    character = add_tall_character(bpy.context.scene, seed=7)
    if vertices:
        add_mesh(character, vertices)
    return source, character


def ours(character: bpy.types.Object, clip: Clip, frames: int, *, lock_feet: bool = True) -> float:
    """Seconds, the least of some runs: from arrays to an action."""
    rows = np.arange(frames) % len(clip.times)
    times = np.arange(frames) / FPS
    long = Clip(clip.skeleton, times, clip.fps, clip.positions[rows], clip.rotations[rows])
    options, mapping = RetargetOptions(contacts="FEET" if lock_feet else "OFF"), TimeMapping(1.0, FPS)
    took = []
    for _ in range(RUNS):
        character.animation_data_clear()
        took.append(seconds(lambda: put_clip_on(character, long, mapping, options, "Bench")))
    return min(took)


def baked(source: bpy.types.Object, character: bpy.types.Object) -> float:
    """Seconds for what one does by hand: a constraint a bone, then Bake Action."""
    for slot, (theirs, our) in SLOTS.items():
        turn = character.pose.bones[our].constraints.new("COPY_ROTATION")
        turn.target, turn.subtarget = source, theirs
        if slot == "hips":
            place = character.pose.bones[our].constraints.new("COPY_LOCATION")
            place.target, place.subtarget = source, theirs
    bpy.context.view_layer.objects.active = character
    bpy.ops.object.select_all(action="DESELECT")  # the source, too, would be in Pose Mode, and baked
    character.select_set(state=True)
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.pose.select_all(action="SELECT")
    took = seconds(
        lambda: bpy.ops.nla.bake(
            frame_start=1, frame_end=FRAMES, visual_keying=True, clear_constraints=True, bake_types={"POSE"}
        )
    )
    bpy.ops.object.mode_set(mode="OBJECT")
    return took


def heads_of(obj: bpy.types.Object, bones: Mapping[str, str], frames: Sequence[int]) -> Heads:
    """(F, 3) world heads as Blender evaluates them."""
    found: dict[str, list[list[float]]] = {slot: [] for slot in bones}
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        for slot, bone in bones.items():
            found[slot].append(list(obj.matrix_world @ obj.pose.bones[bone].head))
    return {slot: np.array(track) for slot, track in found.items()}


def direction_errors(got: Heads, want: Heads) -> np.ndarray:
    """Degrees, of arms and legs."""
    apart = []
    for start, end in SEGMENTS:
        a, b = got[end] - got[start], want[end] - want[start]
        apart.append(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(axis=-1))))
    return np.concatenate(apart)


def skate(got: Heads, want: Heads) -> float:
    """Median cm/s of feet while the source's are planted."""
    speeds = []
    for side in ("left", "right"):
        planted = np.ones(len(want["hips"]) - 1, dtype=bool)
        for joint in ("foot", "toes"):
            path = want[f"{side}_{joint}"]
            planted &= np.linalg.norm(np.diff(path, axis=0), axis=-1) * FPS < SLOW
            planted &= path[1:, 2] < path[:, 2].min() + LOW
        speeds.append((np.linalg.norm(np.diff(got[f"{side}_foot"], axis=0), axis=-1) * FPS)[planted])
    return float(np.median(np.concatenate(speeds))) * 100.0


def report(name: str, character: bpy.types.Object, want: Heads) -> None:
    got = heads_of(character, {slot: our for slot, (_, our) in SLOTS.items()}, range(1, FRAMES + 1))
    errors = direction_errors(got, want)
    print(
        f"  {name}: arms and legs {np.median(errors):.2f} degrees off in the median, {errors.max():.2f} at most;"
        f" planted feet move {skate(got, want):.3f} cm/s"
    )


def main() -> None:
    print(f"Blender {bpy.app.version_string}")
    with tempfile.TemporaryDirectory() as folder:
        fbx = Path(folder) / "performance.fbx"
        make_metahuman_fbx(fbx, 0.0, FRAMES / FPS, FPS)
        sampling = FbxSampling(fbx, Path(folder) / "sampling").begin()
        sampling.wait()
        clip = sampling.clip()
        source, character = the_scene(fbx)
        want = heads_of(source, {slot: theirs for slot, (theirs, _) in SLOTS.items()}, range(1, FRAMES + 1))
        ours(character, clip, FRAMES)
        print(f"{FRAMES} frames onto {len(SLOTS)} bones")
        report("feet locked", character, want)
        ours(character, clip, FRAMES, lock_feet=False)
        report("feet free", character, want)
        source, character = the_scene(fbx)
        baked(source, character)
        report("baked", character, want)
        _, character = the_scene(fbx)
        first = 0.0
        for frames in GROWTH:
            each = ours(character, clip, frames) / frames
            first = first or each
            print(f"{frames:6d} frames: {each * frames:.3f} s, per frame {each / first:.2f} of the first")


if __name__ == "__main__":
    main()
