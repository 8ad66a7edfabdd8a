"""docs/robot_floor.png: motion that rests on more than feet, and a kick, on its own figure and on two robots.

python -m tests.bench.robot_floor_picture [FILE]
"""

import argparse
import tempfile
from pathlib import Path

import bpy
import numpy as np
from mathutils import Quaternion, Vector

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.motion import G1Motion
from aimocap_blender.motion.g1.variants import Variant
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.armatures import skeleton_of
from aimocap_blender.scene.g1.keys import apply_g1_motion
from aimocap_blender.scene.g1.rig import MESHES_FOLDER, add_g1_rig
from tests.demo.contact_sheet import Pixels, row_of, save_png
from tests.media.floor.bvh import CM, bvh_of
from tests.media.floor.clips import floor_clip
from tests.scene.cleanup.recorded_takes import recording, recordings
from tests.scene.real_files import load
from tools.g1_assets import made_g1_meshes

from .characters_picture import DATA, ROOT, add_body
from .g1_retarget_picture import ROBOT, ROBOT_HEIGHT, SOURCE, pictured

PICTURE = ROOT / "docs" / "robot_floor.png"
ROBOTS: tuple[Variant, ...] = ("29dof", "unitree_h1")
MOMENTS = {"crawl": (44,), "get_up": (12, 52, 84), "sit": (70,), "lie": (40,), "fall": (14, 34, 48), "kick": (80, 85)}
"""Samples of each motion."""
FALL = DATA / "motions" / "boxing_toes.bvh", slice(2280, 2480, 3)
"""A boxer who goes down, at 33 fps."""
H1_SIZE = 1.3
"""Of the H1, as a multiple of the G1."""
LEFT = Vector((0.0, 1.0, 0.0))
"""In the frame of a robot's root."""


def picture_floor_of_robots(file: Path = PICTURE) -> None:
    """Write the picture, if the recordings are here."""
    if not DATA.is_dir():
        print("no picture of robots on the floor: the recordings are not here")
        return
    rows: list[list[Pixels]] = [[] for _ in range(1 + len(ROBOTS))]
    with tempfile.TemporaryDirectory() as folder:
        for name, moments in MOMENTS.items():
            clip, source = _source(name, Path(folder))
            rows[0] += _figure(clip, source, moments)
            for row, robot in enumerate(ROBOTS, 1):
                rows[row] += _robot(retargeted_to_g1(clip, detect_bones(clip.skeleton), robot).motion, moments)
    save_png(np.concatenate([row_of(row) for row in reversed(rows)]), file)
    print(f"{file}: {', '.join(MOMENTS)}; {', '.join(ROBOTS)}")


def _source(name: str, folder: Path) -> tuple[Clip, bpy.types.Object]:
    """The motion, and its figure with it in the scene from frame 1 on."""
    if name in ("kick", "fall"):
        clip = recordings(folder, [name])[name] if name == "kick" else recording(FALL[0], folder, FALL[1])
        (source,) = bpy.data.objects
        return clip, source
    floor = floor_clip(name)
    file = folder / f"{name}.bvh"
    file.write_text(bvh_of(floor), encoding="utf-8")
    source = load(file, folder)
    source.scale = (1.0 / CM,) * 3
    return floor.clip, source


def _figure(clip: Clip, source: bpy.types.Object, moments: tuple[int, ...]) -> list[Pixels]:
    bones = detect_bones(skeleton_of(source)).bones()
    add_body(source, bones)
    bpy.context.view_layer.update()
    at = {slot: clip.positions[:, clip.skeleton.index(bone)] for slot, bone in bones.items()}
    height = float(np.ptp(np.concatenate([at["head"], at["left_foot"]])[:, 2]))
    left = Vector((at["left_upper_leg"] - at["right_upper_leg"])[0]) * Vector((1.0, 1.0, 0.0))
    front = left.normalized().cross(Vector((0.0, 0.0, 1.0)))
    middles = [Vector(at["hips"][moment]) for moment in moments]
    return pictured(middles, [1 + moment for moment in moments], front, 0.0, max(height, 1.4), SOURCE)


def _robot(motion: G1Motion, moments: tuple[int, ...]) -> list[Pixels]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rig = add_g1_rig(bpy.context, motion.variant, made_g1_meshes(ROOT) or MESHES_FOLDER)
    apply_g1_motion(rig, motion, TimeMapping(0.0, motion.fps), "Motion")
    height = ROBOT_HEIGHT * (H1_SIZE if motion.variant == ROBOTS[1] else 1.0)
    middles = [Vector(motion.root_pos[moment]) for moment in moments]
    left = (Quaternion(motion.root_quat[0]) @ LEFT) * Vector((1.0, 1.0, 0.0))
    front = left.normalized().cross(Vector((0.0, 0.0, 1.0)))
    return pictured(middles, list(moments), front, 0.0, height, ROBOT)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=PICTURE)
    picture_floor_of_robots(parser.parse_args().file)
