"""A strip's video beside the character: which picture is seen when, read from its barcode, and where it stands."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import bpy
import gpu
import numpy as np
import pytest
from mathutils import Vector

from aimocap_blender.scene.g1.rig import add_g1_rig
from aimocap_blender.scene.video import viewport_video
from aimocap_blender.scene.video.viewport_video import hide_in_viewport, plane_in, show_in_viewport
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_oldest_and_newest
from tests.demo.character import bring_character
from tests.media.plane_picture import number_on
from tests.scene.scene_dump import changes, dump
from tests.scene.video.sequencer_acts import (
    SIZE,
    Strip,
    add_movie,
    move_ends,
    plain_pictures,
    seen,
    set_rate,
    set_speed,
    top_strips,
)
from tests.scene.video.strip_shapes import CASES, NAMES, Movies, Scene, visible


@pytest.fixture(autouse=True)
def following() -> Iterator[None]:
    viewport_video.register()
    yield
    viewport_video.unregister()


def some_of(strip: Strip) -> list[int]:
    """Some of the strip's frames, not in their order."""
    frames = visible(strip)
    return [frames[-1], frames[0], frames[len(frames) // 3], frames[1]]


def wanted(plane: bpy.types.Object, frame: int) -> int:
    """The picture's number that Blender is told to show."""
    bpy.context.scene.frame_set(frame)
    user = plane.evaluated_get(bpy.context.evaluated_depsgraph_get()).image_user
    return frame - user.frame_start + user.frame_offset  # 0 is the movie's first


def drawn(plane: bpy.types.Object, frame: int) -> int:
    """The picture's number that a view shows."""
    bpy.context.scene.frame_set(frame)
    return number_on(plane, SIZE)


def check_in_time(scene: Scene, plane: bpy.types.Object, strip: Strip, folder: Path) -> None:
    """The plane shows what the sequencer shows; before and after the strip, its first and last picture."""
    shown = seen(scene, some_of(strip), folder)
    assert len(set(shown.values())) > 2
    draws = hasattr(gpu, "init")
    if draws:
        gpu.init()
    for frame, picture in shown.items():
        assert wanted(plane, frame) == picture, frame
        assert not draws or drawn(plane, frame) == picture, frame
    frames = visible(strip)
    assert wanted(plane, frames[0] - 40) == shown[frames[0]]
    assert wanted(plane, frames[-1] + 400) == shown[frames[-1]]


@pytest.mark.slow_cases
@in_oldest_and_newest
@pytest.mark.parametrize(("movie_fps", "fps", "shape"), CASES[1:], ids=NAMES[1:])  # plain is seen below
def test_it_shows_what_the_sequencer_shows(
    movie_fps: Fraction,
    fps: float,
    shape: Callable[[Scene, Path], Strip],
    empty_scene: Scene,
    movies: Movies,
    tmp_path: Path,
) -> None:
    set_rate(empty_scene, fps)
    strip = shape(empty_scene, movies(movie_fps))
    plane = show_in_viewport(empty_scene, empty_scene, None)
    check_in_time(empty_scene, plane, strip, tmp_path)


def test_it_follows_a_strip_that_is_moved_and_trimmed(empty_scene: Scene, movies: Movies, tmp_path: Path) -> None:
    strip = add_movie(empty_scene, movies(Fraction(25)))
    plane = show_in_viewport(empty_scene, empty_scene, None)
    setattr(strip, "content_start" if hasattr(strip, "content_start") else "frame_start", 3)
    move_ends(strip, 5, -6)
    bpy.context.view_layer.update()
    check_in_time(empty_scene, plane, strip, tmp_path)


@pytest.mark.parametrize("reverse", [False, True], ids=["forwards", "backwards"])
def test_images_numbered_in_sequence(reverse: bool, empty_scene: Scene, tmp_path: Path) -> None:
    plain_pictures(empty_scene)
    image = bpy.data.images.new("picture", 8, 8)
    for number in range(7, 19):
        image.filepath_raw, image.file_format = str(tmp_path / f"take2_{number:03}.png"), "PNG"
        image.save()
    strip = top_strips(empty_scene.sequence_editor).new_image("walk", str(tmp_path / "take2_007.png"), 1, 10)
    for number in range(8, 19):
        strip.elements.append(f"take2_{number:03}.png")
    move_ends(strip, 2, -3)
    strip.use_reverse_frames = reverse
    empty_scene.sequence_editor.active_strip = strip
    plane = show_in_viewport(empty_scene, empty_scene, None)
    assert plane.data.source == "SEQUENCE"
    for frame in visible(strip):
        shown = strip.elements[21 - frame if reverse else frame - 10].filename
        assert wanted(plane, frame) + 1 == int(shown[-7:-4]), frame
    strip.elements[3].filename = "other.png"
    before = dump()
    with pytest.raises(Fault, match="not numbered in sequence"):
        show_in_viewport(empty_scene, empty_scene, None)
    assert changes(before, dump()) == set()


def test_off_leaves_nothing_and_on_again_keeps_the_opacity(empty_scene: Scene, movies: Movies) -> None:
    add_movie(empty_scene, movies(Fraction(25)))
    own = bpy.data.images.load(str(movies(Fraction(25))))
    before = dump()
    plane = show_in_viewport(empty_scene, empty_scene, None)
    plane.color[3] = 0.25
    again = show_in_viewport(empty_scene, empty_scene, None)
    assert [thing for thing in bpy.data.objects if thing.type == "EMPTY"] == [again] == [plane_in(empty_scene)]
    assert again.color[3] == 0.25
    hide_in_viewport(empty_scene)
    assert changes(before, dump()) == set()
    assert [*bpy.data.images] == [own]
    hide_in_viewport(empty_scene)


def test_a_plane_that_is_deleted_takes_its_image_with_it(empty_scene: Scene, movies: Movies) -> None:
    add_movie(empty_scene, movies(Fraction(25)))
    before = dump()
    plane = show_in_viewport(empty_scene, empty_scene, None)
    plane.select_set(True)
    bpy.ops.object.delete()
    bpy.context.view_layer.update()
    assert changes(before, dump()) == set()


@pytest.mark.parametrize(
    ("add", "faces", "turned"),
    [(bring_character, (0.0, -1.0, 0.0), 90.0), (lambda _: add_g1_rig(bpy.context), (1.0, 0.0, 0.0), -30.0)],
    ids=["a person", "a robot"],
)
def test_it_stands_to_the_right_of_the_character_and_is_only_looked_at(
    add: Callable[[Path], bpy.types.Object],
    faces: tuple[float, ...],
    turned: float,
    empty_scene: Scene,
    movies: Movies,
    mannequin: Path,
) -> None:
    character = add(mannequin)
    character.location, character.rotation_euler.z = (2.0, 1.0, 0.5), np.radians(turned)
    bpy.context.view_layer.objects.active = character
    bpy.context.view_layer.update()
    add_movie(empty_scene, movies(Fraction(25)))
    plane = show_in_viewport(empty_scene, empty_scene, character)
    bpy.context.view_layer.update()
    ends = [end for bone in character.data.bones for end in (bone.head_local, bone.tail_local)]
    bones = [character.matrix_world @ end for end in ends]
    front = character.matrix_world.to_quaternion() @ Vector(faces)
    right = front.cross(Vector((0.0, 0.0, 1.0)))
    axes = [plane.matrix_world.to_3x3().col[axis].normalized() for axis in range(3)]
    assert (axes[2] - front).length < 1e-3
    assert (axes[1] - Vector((0.0, 0.0, 1.0))).length < 1e-3
    wide, high = plane.empty_display_size, plane.empty_display_size * SIZE[1] / SIZE[0]
    tall = max(bone.z for bone in bones) - min(bone.z for bone in bones)
    assert high == pytest.approx(tall, rel=0.05)
    assert plane.matrix_world.translation.z - high / 2 == pytest.approx(min(bone.z for bone in bones), abs=0.1 * tall)
    gap = plane.matrix_world.translation.dot(right) - wide / 2 - max(bone.dot(right) for bone in bones)
    assert 0.0 < gap < 0.5 * tall
    assert (plane.hide_render, plane.select_get(), bpy.context.view_layer.objects.active) == (True, False, character)
    assert plane.find_armature() is None


def test_a_strip_that_changes_its_speed_is_refused(empty_scene: Scene, movies: Movies) -> None:
    strip = add_movie(empty_scene, movies(Fraction(25)))
    set_speed(empty_scene, 200.0)
    strip.retiming_keys.add(timeline_frame=20)
    before = dump()
    with pytest.raises(Fault, match="no file that plays at one speed"):
        show_in_viewport(empty_scene, empty_scene, None)
    assert changes(before, dump()) == set()
