"""The camera that sees a character as a film's cameras saw the person, before and after a cut."""

from collections.abc import Callable

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.bones.humanoid import sided
from aimocap_blender.motion.retargeting.retarget_options import KeyOptions, RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.preview.film_camera import film_camera, placed_on
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.vision.joints import joints_of
from aimocap_blender.vision.seeing import motion_of_shots
from tests.bench.tall_character import add_tall_character
from tests.blender_versions import in_newest
from tests.demo.character import add_character
from tests.scene.real_files import skeleton
from tests.vision.made_tracks import FPS, SIZE, made_shot


@in_newest
@pytest.mark.parametrize("add", [lambda scene: add_tall_character(scene, seed=7), add_character], ids=["tall", "short"])
def test_each_shots_camera_sees_the_hips_where_the_person_was(
    empty_scene: bpy.types.Scene, add: Callable[[bpy.types.Scene], bpy.types.Object]
) -> None:
    ahead = made_shot(0, 0.0, 0.7)
    shown = motion_of_shots([ahead, made_shot(ahead.shot[1], 180.0, 0.7)], [None, None])
    kept, mapping, scene = shown.kept, TimeMapping(1.0, FPS), empty_scene
    character = add(scene)
    bones = detect_bones(skeleton(character)).bones()
    scene.render.fps, (scene.render.resolution_x, scene.render.resolution_y) = round(FPS), SIZE
    put_clip_on(character, shown.clip, mapping, RetargetOptions(), "Preview", KeyOptions(sampling="FRAMES"))
    placed = placed_on(character, scene, shown.clip, kept, mapping)
    scene.camera = film_camera("Camera", "preview", scene, kept, placed, mapping)
    legs = [character.pose.bones[bones[slot]] for slot in sided("upper_leg")]
    for shot in kept.shots:
        hips = shot.solution.joints[:, joints_of("hip")].mean(axis=1, keepdims=True)
        wanted = shot.seen.pixels_of(hips)[shot.rows, 0]
        for row, second in enumerate(shot.times[shot.rows]):
            scene.frame_set(round(mapping.frames(np.array([second]))[0]))
            head = character.matrix_world @ ((legs[0].head + legs[1].head) / 2.0)
            x, y, _ = world_to_camera_view(scene, scene.camera, head)
            assert np.linalg.norm(np.array([x - 0.5, 0.5 - y]) * SIZE - wanted[row]) < 0.8
