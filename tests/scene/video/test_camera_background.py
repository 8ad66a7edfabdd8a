"""A movie behind the character: which picture the camera's background shows when, read from its barcode."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import gpu
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from aimocap_blender.motion.time_mapping import MovieTiming, TimeMapping
from aimocap_blender.scene.video.movie_lengths import movie_at
from aimocap_blender.scene.video.viewport_video import show_behind
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import first_in_every, in_newest
from tests.demo.character import bring_character
from tests.media.barcode import read_barcode
from tests.scene.scene_dump import changes, dump
from tests.scene.video.sequencer_acts import SIZE, pixels, plain_pictures

FRAMES = 60
Movies = Callable[[Fraction], Path]
Scene = Any

RATES = [Fraction(24), Fraction(25), Fraction(30), Fraction(60)]
MAPPINGS = {
    "24": (TimeMapping(17.28, 24.0), 0.0),
    "30 from the middle": (TimeMapping(-4.0, 30.0), 0.6),
    "25 backwards": (TimeMapping(58.4, -25.0), 0.48),
    "odd": (TimeMapping(3.7, 41.3), 0.2),
}
"""Of a motion: when it is on the timeline, and where in the movie, in seconds, its range begins."""


@pytest.fixture
def camera(empty_scene: Scene) -> bpy.types.Object:
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    empty_scene.collection.objects.link(camera)
    empty_scene.camera = camera
    plain_pictures(empty_scene)
    return camera


def timing_of(name: str, fps: float) -> MovieTiming:
    mapping, start = MAPPINGS[name]
    return MovieTiming.of_range(mapping, fps, FRAMES, (start, FRAMES / fps))


def check_pictures(shown: dict[int, int], name: str, fps: float) -> None:
    mapping, start = MAPPINGS[name]
    assert len(set(shown.values())) > 4
    for frame, picture in shown.items():
        moment = start + (frame - mapping.frame_at_zero) / mapping.frames_per_second
        assert abs(picture / fps - moment) <= 0.5 / fps + 1e-6, (frame, picture)


def frames_of(timing: MovieTiming) -> list[int]:
    """Some of the motion's frames, not in their order."""
    left, right = timing.frames
    return [right - 1, left + 1, *range(left, right, (right - left) // 4)]


def on_a_screen(image: bpy.types.Image) -> tuple[Scene, Any]:
    """A scene in which a camera sees nothing but an image, and what chooses the image's picture there."""
    scene = bpy.data.scenes.new("Screen")
    plain_pictures(scene)
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    width = SIZE[0] / SIZE[1]
    mesh = bpy.data.meshes.new("Screen")
    corners = [(x * width / 2, y / 2, -1.0) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    mesh.uv_layers.new().data.foreach_set("uv", [0, 0, 1, 0, 1, 1, 0, 1])
    material = bpy.data.materials.new("Screen")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    texture, light, out = (nodes.new(f"ShaderNode{kind}") for kind in ("TexImage", "Emission", "OutputMaterial"))
    texture.image = image
    links.new(texture.outputs["Color"], light.inputs["Color"])
    links.new(light.outputs["Emission"], out.inputs["Surface"])
    mesh.materials.append(material)
    camera = bpy.data.objects.new("Projector", bpy.data.cameras.new("Projector"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", width
    for thing in (bpy.data.objects.new("Screen", mesh), camera):
        scene.collection.objects.link(thing)
    scene.camera = camera
    return scene, texture.image_user


@pytest.mark.slow
@in_newest
@pytest.mark.parametrize(("fps", "name"), zip(RATES, MAPPINGS, strict=True))
def test_its_numbers_choose_the_picture(
    fps: Fraction, name: str, empty_scene: Scene, camera: bpy.types.Object, movies: Movies, tmp_path: Path
) -> None:
    timing = timing_of(name, float(fps))
    show_behind(empty_scene, movie_at(movies(fps)), timing, None)
    (background,) = camera.data.background_images
    screen, user = on_a_screen(background.image)
    screen.render.filepath = str(tmp_path / "seen.png")
    shown = {}
    for frame in frames_of(timing):
        empty_scene.frame_set(frame)
        evaluated = camera.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.background_images[0].image_user
        for number in ("frame_start", "frame_duration", "frame_offset"):
            setattr(user, number, getattr(evaluated, number))
        screen.frame_set(frame)
        bpy.ops.render.render(write_still=True, scene=screen.name)
        shown[frame] = read_barcode(pixels(tmp_path / "seen.png"))
    check_pictures(shown, name, float(fps))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(gpu, "init"), reason="this Blender draws no view without a window")
@pytest.mark.parametrize("name", MAPPINGS)
@pytest.mark.parametrize("fps", first_in_every(RATES), ids=str)
def test_the_view_through_the_camera_shows_it(
    fps: Fraction, name: str, empty_scene: Scene, camera: bpy.types.Object, movies: Movies
) -> None:
    gpu.init()
    timing = timing_of(name, float(fps))
    show_behind(empty_scene, movie_at(movies(fps)), timing, None)
    camera.data.show_passepartout = False
    (area,) = [area for area in bpy.context.window.screen.areas if area.type == "VIEW_3D"]
    region = next(region for region in area.regions if region.type == "WINDOW")
    space = area.spaces.active
    space.region_3d.view_perspective = "CAMERA"
    view = gpu.types.GPUOffScreen(*SIZE)
    shown = {}
    for frame in frames_of(timing):
        empty_scene.frame_set(frame)
        lens = camera.calc_matrix_camera(bpy.context.evaluated_depsgraph_get(), x=SIZE[0], y=SIZE[1])
        turned = camera.matrix_world.inverted()
        view.draw_view3d(empty_scene, bpy.context.view_layer, space, region, turned, lens, do_color_management=True)
        with view.bind():
            pixels = gpu.state.active_framebuffer_get().read_color(0, 0, *SIZE, 4, 0, "UBYTE")
        shown[frame] = read_barcode(np.array(pixels.to_list(), dtype=np.uint8).reshape(SIZE[1], SIZE[0], 4))
    view.free()
    check_pictures(shown, name, float(fps))


def test_it_is_behind_the_character_and_needs_no_scripts(
    empty_scene: Scene, camera: bpy.types.Object, movies: Movies
) -> None:
    assert show_behind(empty_scene, movie_at(movies(Fraction(25))), timing_of("24", 25.0), None) == "Camera"
    (background,) = camera.data.background_images
    assert (background.display_depth, background.alpha, background.frame_method) == ("BACK", 1.0, "FIT")
    assert camera.data.show_background_images
    (driven,) = camera.data.animation_data.drivers
    assert driven.driver.is_simple_expression


def test_shown_again_it_is_brought_into_time(empty_scene: Scene, camera: bpy.types.Object, movies: Movies) -> None:
    other = camera.data.background_images.new()
    movie = movie_at(movies(Fraction(25)))
    show_behind(empty_scene, movie, timing_of("24", 25.0), None)
    background = camera.data.background_images[1]
    background.alpha = 0.25
    offsets = []
    for name in ("24", "25 backwards"):
        show_behind(empty_scene, movie, timing_of(name, 25.0), None)
        empty_scene.frame_set(30)
        offsets.append(background.image_user.frame_offset)
    assert list(camera.data.background_images) == [other, background]
    assert background.alpha == 0.25
    assert offsets[0] != offsets[1]


def test_of_two_movies_the_one_that_was_asked_for_last_is_seen(
    empty_scene: Scene, camera: bpy.types.Object, movies: Movies
) -> None:
    own = camera.data.background_images.new()
    for fps in (25, 30, 25):
        show_behind(empty_scene, movie_at(movies(Fraction(fps))), timing_of("24", float(fps)), None)
        shown = [one for one in camera.data.background_images if one.show_background_image]
        assert shown[0] == own
        assert [one.image.filepath for one in shown[1:]] == [str(movies(Fraction(fps)))]


def test_a_picture_of_the_user_s_own_takes_no_movie_s_place(
    empty_scene: Scene, camera: bpy.types.Object, movies: Movies
) -> None:
    backgrounds = camera.data.background_images
    show_behind(empty_scene, movie_at(movies(Fraction(25))), timing_of("24", 25.0), None)
    backgrounds.new().image = sketch = bpy.data.images.new("Sketch", 4, 4)
    backgrounds.remove(backgrounds[0])  # Blender keeps its driver
    show_behind(empty_scene, movie_at(movies(Fraction(30))), timing_of("24", 30.0), None)
    assert [(one.image == sketch, one.show_background_image) for one in backgrounds] == [(True, True), (False, True)]


@pytest.mark.slow
def test_a_scene_without_a_camera_gets_one_that_sees_the_whole_character(
    empty_scene: Scene, movies: Movies, mannequin: Path
) -> None:
    character = bring_character(mannequin)
    character.location, character.rotation_euler = (3.0, -2.0, 0.5), (0.0, 0.0, 1.0)
    show_behind(empty_scene, movie_at(movies(Fraction(25))), timing_of("24", 25.0), character)
    camera = empty_scene.camera
    bpy.context.view_layer.update()
    places = {
        bone.name: world_to_camera_view(empty_scene, camera, character.matrix_world @ end)
        for bone in character.data.bones
        for end in (bone.head_local, bone.tail_local)
    }
    assert all(0.0 < place.x < 1.0 and 0.0 < place.y < 1.0 and place.z > 0.0 for place in places.values())
    assert np.ptp([place.y for place in places.values()]) > 0.5
    assert places["mixamorig:LeftHand"].x > 0.5 > places["mixamorig:RightHand"].x  # it looks at us


def test_nothing_to_put_a_camera_before(empty_scene: Scene, movies: Movies) -> None:
    movie = movie_at(movies(Fraction(25)))
    before = dump()
    with pytest.raises(Fault, match=r"no camera.*Select the character"):
        show_behind(empty_scene, movie, timing_of("24", 25.0), None)
    assert changes(before, dump()) == set()
