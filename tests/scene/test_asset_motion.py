"""An Action asset: its motion as Blender evaluates it on its own character, read without that; its picture."""

import json
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions, RootCarrier
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.action_source import ActionSource, asset_motion, loaded_action, stamped
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.texts.faults import Fault
from tests.demo.character import bring_character
from tests.media.performance import Performance
from tests.media.performance_clip import performance_clip
from tests.ui.posing import heads

FPS = 30
FRAMES = np.arange(5.0, 35.0)


@pytest.fixture
def walker(mannequin: Path, empty_scene: bpy.types.Scene) -> bpy.types.Object:
    empty_scene.render.fps = FPS
    armature = bring_character(mannequin)
    armature.location, armature.rotation_euler = (1.0, -2.0, 0.3), (0.0, 0.0, 0.7)
    bpy.context.view_layer.update()
    return armature


def walk(armature: bpy.types.Object, carrier: RootCarrier = "HIPS") -> bpy.types.Action:
    clip = performance_clip(0.0, 1.0, FPS, Performance(radius=2.0))
    with stamped(armature, ActionSource(file="walk.fbx"), as_asset=True):
        put_clip_on(armature, clip, TimeMapping(5.0, FPS), RetargetOptions(root_carrier=carrier), "Walk")
    return armature.animation_data.action


@pytest.mark.slow_cases
@pytest.mark.parametrize(("carrier", "mode"), [("HIPS", "QUATERNION"), ("OBJECT", "YZX"), ("HIPS", "AXIS_ANGLE")])
def test_it_moves_as_on_its_own_character(
    walker: bpy.types.Object, carrier: RootCarrier, mode: str, tmp_path: Path
) -> None:
    walker.rotation_mode = mode
    for bone in walker.pose.bones:
        bone.rotation_mode = mode
    walk(walker, carrier)
    names = [bone.name for bone in walker.data.bones]
    evaluated = heads(walker, names, FRAMES)
    file = tmp_path / "assets.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with loaded_action("Walk", str(file)) as action:
        motion = asset_motion(action, FPS)
    assert motion.mapping.frames(motion.clip.times) == pytest.approx(FRAMES)
    read = {name: motion.clip.positions[:, index] for index, name in enumerate(motion.clip.skeleton.names)}
    assert max(float(np.abs(read[name] - evaluated[name]).max()) for name in names) < 1e-5
    assert [len(data) for data in (bpy.data.actions, bpy.data.objects, bpy.data.libraries)] == [0, 0, 0]


def test_its_picture_shows_three_figures(walker: bpy.types.Object) -> None:
    action = walk(walker)
    assert tuple(action.preview.image_size) == (128, 128)
    pixels = np.array(action.preview.image_pixels_float[:]).reshape(128, 128, 4)
    covered = pixels[..., 3] > 0.5
    for centre in (28, 64, 100):
        assert covered[20:110, centre - 4 : centre + 4].any(axis=1).mean() > 0.6
    assert 0.05 < covered.mean() < 0.5
    opaque = pixels[pixels[..., 3] > 0.999]
    assert np.ptp(opaque, axis=0).min() < 0.01 < np.ptp(opaque[:, 0])  # one colour a moment


@pytest.mark.slow
def test_a_spoiled_skeleton_is_refused(walker: bpy.types.Object) -> None:
    action = walk(walker)
    kept = json.loads(action["aimocap_skeleton"])
    nowhere = [[float("nan")] * 4] * 4
    for spoiled in (
        {"parents": [5] * 99},
        {"rest": []},
        {"modes": None},
        {"world": nowhere},
        {"bone_map": {"hips": "x"}},
    ):
        action["aimocap_skeleton"] = json.dumps({**kept, **spoiled})
        with pytest.raises(Fault, match="doesn't contain the skeleton"):
            asset_motion(action, FPS)


@pytest.mark.slow
def test_missing_action_or_file_is_refused(walker: bpy.types.Object, tmp_path: Path) -> None:
    walk(walker)
    bpy.data.libraries.write(str(tmp_path / "assets.blend"), {walker.animation_data.action})
    for name, file, why in (("Run", "assets.blend", "There is no Action"), ("Walk", "gone.blend", "can't be read")):
        with pytest.raises(Fault, match=why), loaded_action(name, str(tmp_path / file)):
            pass
