"""Takes of recorded motion of many kinds, on real characters."""

import tarfile
from collections.abc import Collection, Mapping
from pathlib import Path

import bpy

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retargeting import put_clip_on
from tests.conftest import SHARED
from tests.scene.real_files import at_rest, bvh_part, load, sample, skeleton, without_meshes
from tools.archives import unpack

from .blend_judge import Soles

FPS = 30
SCALE = 0.01
"""Metres to the unit of the recordings, about."""
CLIPS = {
    "walk": ("07_01.bvh", 0, 80),
    "stroll": ("05_01.bvh", 1, 120),  # in stances its feet creep by 5 to 20 cm a second
    "bouncing walk": ("07_12.bvh", 1, 90),  # its hips go up and down by 30 cm
    "run": ("09_01.bvh", 1, 38),  # so do these
    "walk up": ("07_05.bvh", 0, 130),  # its floor rises by 7 cm
    "slow walk": ("08_04.bvh", 0, 120),
    "turns": ("09_12.bvh", 120, 270),
    "jog": ("02_03.bvh", 0, 44),
    "jump": ("13_11.bvh", 0, 104),
    "dance": ("05_02.bvh", 60, 200),
    "washes a window": ("14_12.bvh", 0, 300),
    "sit": ("13_01.bvh", 150, 300),
    "kick": ("10_02.bvh", 0, 148),
    "tai chi": ("12_03.bvh", 0, 142),
    "dribble": ("06_03.bvh", 0, 132),
    "jumping jacks": ("13_32.bvh", 0, 85),
    "stoop": ("13_09.bvh", 60, 200),
    "tiptoe": ("14_32.bvh", 190, 260),
    "sway": ("14_32.bvh", 397, 547),  # on feet that creep by 3 to 6 cm a second
    "crouch": ("13_15.bvh", 417, 523),
    "short run": ("09_05.bvh", 1, 36),  # 33 frames at most for a transition into it
    "boxes": ("14_04.bvh", 0, 190),  # on the spot
    "drink": ("13_30.bvh", 0, 100),  # its first frame is its rest pose, 15 cm under the floor
}
"""Recording, and the part of it that is a take."""


_clips: dict[str, Clip] = {}


def recordings(scratch: Path, names: Collection[str]) -> dict[str, Clip]:
    """The motion of takes with these names, each read once for all tests; what the scene has then is not to be used."""
    lacking = [name for name in names if name not in _clips]
    if lacking:
        with tarfile.open(SHARED / "data" / "mocap" / "cmu_30fps.tar.xz") as tar:
            unpack(tar, scratch, {f"bvh/{CLIPS[name][0]}" for name in lacking})
    for name in lacking:
        file, first, last = CLIPS[name]
        _clips[name] = recording(scratch / "bvh" / file, scratch, slice(first, last))
    return {name: _clips[name] for name in names}


def recording(file: Path, scratch: Path, part: slice) -> Clip:
    """The motion of a recording's frames, whose figure is the scene's only object."""
    short = bvh_part(file, scratch / file.name, part)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = FPS
    bpy.ops.import_anim.bvh(filepath=str(short), global_scale=SCALE)
    (source,) = bpy.data.objects
    first, last = (round(edge) for edge in source.animation_data.action.frame_range)
    return sample(source, range(first, last + 1))


def on_character(
    file: str, clips: Mapping[str, Clip], scratch: Path
) -> tuple[bpy.types.Object, dict[str, str], Soles, dict[str, bpy.types.Action]]:
    """The character, its bones by slot, its soles and its takes."""
    obj = at_rest(load(SHARED / "data" / "characters" / file, scratch))
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = FPS, 1.0
    bones = dict(detect_bones(skeleton(obj)).bones())
    soles = Soles(obj, bones)
    without_meshes(obj)
    takes = {}
    for name, clip in clips.items():
        put_clip_on(obj, clip, TimeMapping(1.0, FPS), RetargetOptions(), name, KeyOptions(sampling="FRAMES"))
        takes[name] = obj.animation_data.action
        takes[name].use_fake_user = True
    return obj, bones, soles, takes
