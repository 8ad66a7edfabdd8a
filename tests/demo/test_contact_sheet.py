"""The demo's MP4 shows film and figures at the same moments, and its contact sheet frames of that."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Vector  # noqa: E402

from tests.blender_parts import action_of  # noqa: E402
from tests.media.barcode import read_barcode  # noqa: E402
from tests.media.barcode_video import MOVIES, barcode_video  # noqa: E402
from tests.media.rendered_frames import rendered_frames  # noqa: E402

from .character import add_character  # noqa: E402
from .contact_sheet import COLUMNS, MOMENTS, camera_around, cameras_around  # noqa: E402
from .figures_child import CHARACTER, ROBOT  # noqa: E402
from .pictures_child import BAND, Cell, layout, main  # noqa: E402

FRAMES = 24
SPANS = [[2, 5], [15, 18]]
"""Of the film, in which somebody is said to be seen."""
SHOWN = [frame for start, end in SPANS for frame in range(start, end)]
STEP = 0.1
"""Metres that the figures go to the right at each frame."""


class Silent:
    """Nobody listens."""

    def do(self, text: object) -> None:
        """Say nothing."""


def figures_in(file: Path) -> None:
    """Two mannequins that stand apart, and each go to the right by as much at each frame."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 25, 1.0
    scene.frame_start, scene.frame_end = SPANS[0][0] + 1, SPANS[-1][1]
    for place, name in enumerate((CHARACTER, ROBOT)):
        armature = add_character(scene, name)
        armature.location.y = 5.0 * place
        for frame in (1, FRAMES + 1):
            armature.location.x = STEP * (frame - 1)
            armature.keyframe_insert("location", index=0, frame=frame)
        action: Any = action_of(armature)
        for curve in (
            action.fcurves if hasattr(action, "fcurves") else action.layers[0].strips[0].channelbags[0].fcurves
        ):
            for key in curve.keyframe_points:
                key.interpolation = "LINEAR"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))


def pictures_of(folder: Path, size: tuple[int, int], large: str = "") -> tuple[list[np.ndarray], list[Cell]]:
    """The MP4's frames (height, width, 3) from the top down, 0 to 255, and where its cells are."""
    figures_in(folder / "figures.blend")
    film = barcode_video(MOVIES, 25, FRAMES, size)
    request = {
        "blend": str(folder / "figures.blend"),
        "video": str(film),
        "name": "walk",
        "spans": SPANS,
        "shots": [(1, 0.0)],
        "large": large,
        "mp4": str(folder / "a.mp4"),
        "sheet": str(folder / "a.png"),
    }
    made = main(request, Silent())  # pyrefly: ignore[bad-argument-type] -- that is all it uses
    assert made["frames"] == len(SHOWN)
    whole, cells = layout(*size, large)
    frames = rendered_frames(folder / "a.mp4", range(len(SHOWN)), whole, folder)
    return [255 * frame[::-1, :, :3] for frame in frames], cells


def part(frame: np.ndarray, cell: Cell) -> np.ndarray:
    return frame[cell.top : cell.top + cell.height, cell.left : cell.left + cell.width]


def orange(picture: np.ndarray) -> np.ndarray:
    """Where the mannequin's shell is."""
    return picture[..., 0] - picture[..., 2] > 60


@pytest.mark.slow
def test_each_frame_shows_one_moment_in_all_cells_below_their_labels(tmp_path: Path) -> None:
    frames, cells = pictures_of(tmp_path, (320, 240))
    film, *figures = cells
    assert [cell.part for cell in cells] == ["film", CHARACTER, ROBOT]
    assert [read_barcode(part(frame, film)) for frame in frames] == SHOWN
    for cell in figures:
        middles = [float(np.argwhere(orange(part(frame, cell)))[:, 1].mean()) for frame in frames]
        slope, start = np.polyfit(SHOWN, middles, 1)
        assert slope > 2.0
        assert np.abs(np.polyval((slope, start), SHOWN) - middles).max() < 3.0
    for cell in cells:
        band = frames[0][cell.top - BAND : cell.top, cell.left : cell.left + cell.width]
        columns = np.flatnonzero((band > 150).any(axis=(0, 2)))
        assert 0 < columns[0] < cell.width / 2 < columns[-1] < cell.width - 1  # whole
    sheet = rendered_picture(tmp_path / "a.png")
    height, width = sheet.shape[0] * COLUMNS // MOMENTS, sheet.shape[1] // COLUMNS
    for moment in range(MOMENTS):
        top, left = moment // COLUMNS * height, moment % COLUMNS * width
        cell = sheet[top + 4 : top + height - 4, left + 4 : left + width - 4]
        scale = cell.shape[1] / frames[0].shape[1]
        shown = cell[round(film.top * scale) :, : round(film.width * scale)]
        assert read_barcode(shown) == SHOWN[moment]


def rendered_picture(file: Path) -> np.ndarray:
    """(height, width, 3) from the top down, 0 to 255."""
    image = bpy.data.images.load(str(file))
    pixels = np.array(image.pixels, np.float32).reshape(image.size[1], image.size[0], -1)
    return 255 * pixels[::-1, :, :3]


@pytest.mark.slow
def test_a_tall_film_is_whole_beside_a_large_robot(tmp_path: Path) -> None:
    frames, cells = pictures_of(tmp_path, (180, 320), ROBOT)
    shown = {cell.part: cell for cell in cells}
    assert shown[ROBOT].width == 2 * shown["film"].width == 2 * shown[CHARACTER].width
    assert shown["film"].width / shown["film"].height == pytest.approx(180 / 320, rel=0.02)
    assert [read_barcode(part(frame, shown["film"])) for frame in frames] == SHOWN
    assert all(orange(part(frames[0], shown[name])).any() for name in (CHARACTER, ROBOT))


@pytest.mark.parametrize("aspect", [4 / 3, 9 / 16])
@pytest.mark.parametrize("around", [0.0, 1.1, math.pi])
def test_a_camera_stands_where_it_should_and_sees_all(around: float, aspect: float) -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = round(900 * aspect), 900
    points = np.random.default_rng(3).normal((1.0, -2.0, 0.9), (1.2, 0.4, 0.4), (60, 3))
    camera = camera_around(scene, points, around, aspect)
    bpy.context.view_layer.update()
    seen = np.array([world_to_camera_view(scene, camera, Vector(point)) for point in points])
    assert seen[:, :2].min() > 0
    assert seen[:, :2].max() < 1
    assert np.ptp(seen[:, :2], axis=0).max() > 0.5  # it stands no farther than it must
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    towards = np.array(camera.location) - middle
    expected = (math.sin(around), -math.cos(around))
    assert towards[:2] / np.linalg.norm(towards[:2]) == pytest.approx(expected, abs=1e-4)


def test_each_shot_is_seen_from_its_own_camera() -> None:
    scene = bpy.data.scenes.new("shots")
    points = np.array([[-1.0, -1.0, 0.0], [1.0, 1.0, 2.0]])
    cameras_around(scene, points, [(1, 0.0), (11, np.pi / 2)], 1.0)
    for frame, ahead in ((1, (0, 1)), (10, (0, 1)), (11, (-1, 0)), (5, (0, 1))):
        scene.frame_set(frame)
        along = np.array(scene.camera.matrix_basis)[:2, 2] * -1.0
        assert np.allclose(along / np.linalg.norm(along), ahead, atol=1e-6)
