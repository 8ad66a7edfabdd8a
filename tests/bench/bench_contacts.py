"""How much of the time feet are planted, as each user of `motion/contacts.py` has it, and how fast they slide then.

python -m tests.bench.bench_contacts: real motions at their true rates, and in brackets what it was when each user had a
definition of its own (at 9d54fd0). Last the number of definitions: that module's, and one of each user that still has
planted feet when nothing is slow enough for it.
"""

import tempfile
from pathlib import Path
from unittest.mock import patch

import bpy
import numpy as np

from aimocap_blender.motion import contacts
from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import SIDES
from aimocap_blender.motion.contacts import LEG, contact_of
from aimocap_blender.motion.feet.foot_contacts import contacts_in, planted_steps
from aimocap_blender.motion.figures.figure import leg_length
from aimocap_blender.motion.g1_retargeting.footsteps import footsteps_of
from aimocap_blender.motion.g1_retargeting.intent import intent_of
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.vision.ground import standing
from tests.conftest import SHARED
from tests.scene.real_files import at_rest, load, motion, shifted, without_meshes

MOTIONS = (
    ("boxing_toes.bvh", 100.0, 0),
    ("boxing_toes.bvh", 100.0, 1500),
    ("xia_strut.bvh", 120.0, 0),
    ("fair1_zombie.bvh", 30.0, 150),
    ("rokoko_jesse_dance.bvh", 60.0, 0),
    ("cmu_91_48.fbx", 30.0, 0),
)
"""With their frame rate, and the first of at most `FRAMES` frames."""
FRAMES = 600
CHARACTER = "mh_mixamo.blend"
USERS = ("foot lock", "report", "preview", "loops", "robot")
BEFORE = {
    ("boxing_toes.bvh", 0): ((52, 5, 76, 61, 82), "0.0, at most 0.0"),
    ("boxing_toes.bvh", 1500): ((53, 0, 80, 68, 86), "nothing"),
    ("xia_strut.bvh", 0): ((21, 0, 53, 44, 60), "nothing"),
    ("fair1_zombie.bvh", 150): ((44, 7, 53, 48, 59), "0.0, at most 0.0"),
    ("rokoko_jesse_dance.bvh", 0): ((1, 0, 8, 4, 47), "nothing"),
    ("cmu_91_48.fbx", 0): ((51, 1, 84, 70, 89), "0.0, at most 0.0"),
}
"""Percent of the time in the order of `USERS`, and what the report said."""


def planted(clip: Clip) -> list[int]:
    """Percent of the time in which each user has any part of a foot planted, of both feet."""
    bone_map = detect_bones(clip.skeleton)
    index = {slot: clip.skeleton.index(bone) for slot, bone in bone_map.bones().items()}
    leg = leg_length(clip.skeleton.heads, index)
    feet = [[slot for part in ("foot", "toes") if (slot := f"{side}_{part}") in index] for side in SIDES]
    paths = [clip.positions[:, [index[slot] for slot in slots]] for slots in feet]
    steps = planted_steps(clip, bone_map, clip.times)
    robot = footsteps_of(intent_of(clip, bone_map, "29dof", RetargetOptions())).feet.values()
    found = (
        [contact.any for contact in contacts_in(clip, index).values()],
        [np.any([steps[slot] for slot in slots], axis=0) for slots in feet],
        [standing(path * LEG / leg, clip.fps).any(axis=1) for path in paths],
        [np.any([contact_of(joint, clip.times, leg).rests for joint in path.swapaxes(0, 1)], axis=0) for path in paths],
        [foot.planted for foot in robot],
    )
    return [round(100.0 * float(np.mean(each))) for each in found]


def slide(clip: Clip, obj: bpy.types.Object) -> str:
    """The slide of planted feet that the report has of a locked character."""
    poses = put_clip_on(obj, clip, TimeMapping(1.0, clip.fps), RetargetOptions(), "Bench").poses
    return "nothing" if poses.slide is None else f"{poses.slide:.1f}, at most {poses.most_slide:.1f}"


def definitions(clip: Clip) -> int:
    """How many definitions of a planted point there are."""
    with patch.multiple(contacts, _RESTS=contacts._RESTS._replace(speed=-1.0), _STILL=-1.0, _CREEP=-1.0):
        return 1 + int(np.count_nonzero(planted(clip)))


def main() -> None:
    most = 0
    scratch = Path(tempfile.mkdtemp())
    print(f"{'% of the time planted':34}" + "".join(f"{user:>14}" for user in USERS) + "   slide, cm/s")
    for name, rate, first in MOTIONS:
        clip = shifted(motion(SHARED / "data" / "motions" / name, scratch, FRAMES, first).clip, rate)
        now, most = planted(clip), max(most, definitions(clip))
        obj = without_meshes(at_rest(load(SHARED / "data" / "characters" / CHARACTER, scratch)))
        before, reported = BEFORE[name, first]
        cells = (f"{percent} ({was})" for percent, was in zip(now, before, strict=True))
        title = f"{name} from {first}, {rate:.0f} Hz"
        print(
            f"{title:34}" + "".join(f"{cell:>14}" for cell in cells) + f"   {slide(clip, obj)} ({reported})", flush=True
        )
    print(f"definitions of a planted body point: {most} (5)")


if __name__ == "__main__":
    main()
