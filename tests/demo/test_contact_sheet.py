"""The contact sheet shows the video's frames whole, and the character from the video's direction and from the side."""

import math
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="needs Blender")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Vector  # noqa: E402

from tests.media.barcode_video import encode  # noqa: E402
from tests.media.raw_avi import write_raw_avi  # noqa: E402

from .character import add_character  # noqa: E402
from .contact_sheet import camera_around, contact_sheet  # noqa: E402

FRAMES, GAP = 8, 4
TOP, BOTTOM, LEFT, RIGHT = (30, 30, 220), (220, 210, 30), (220, 30, 30), (30, 190, 30)


def movie_with_edges(folder: Path, width: int, height: int) -> Path:
    """A grey movie with a border in another colour on each side."""
    picture = np.full((height, width, 3), 120, np.uint8)
    border = min(width, height) // 8
    picture[:border], picture[-border:] = TOP, BOTTOM
    picture[border:-border, :border], picture[border:-border, -border:] = LEFT, RIGHT
    raw, movie = folder / "edges.avi", folder / "edges.mp4"
    write_raw_avi(raw, [picture] * FRAMES, FRAMES, width, height, Fraction(25))
    encode(raw, movie, Fraction(25), FRAMES, (width, height), (sys.executable,))
    return movie


def sheet_of(movie: Path, file: Path) -> np.ndarray:
    """(height, width, 3), from the top down, of a sheet of two frames of a character that looks to -Y."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie(name="edges", filepath=str(movie), channel=1, frame_start=1)
    contact_sheet(scene, strip, add_character(scene), (2, 5), file)
    image = bpy.data.images.load(str(file))
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    return np.round(255 * pixels.reshape(image.size[1], image.size[0], -1)[::-1, :, :3])


def is_like(shown: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(shown - colour).max() < 45)


@pytest.mark.parametrize(("width", "height"), [(180, 320), (480, 120)])
def test_frames_are_whole(width: int, height: int, tmp_path: Path) -> None:
    sheet = sheet_of(movie_with_edges(tmp_path, width, height), tmp_path / "sheet.png")
    rows, columns = sheet.shape[0] // 3, sheet.shape[1] // 2
    for column in range(2):
        cell = sheet[GAP : rows - GAP, column * columns + GAP : (column + 1) * columns - GAP]
        middle, border = cell.shape[1] // 2, 3
        shown = np.flatnonzero(cell[:, middle].max(axis=-1) > 90)  # not the bars
        top, bottom = shown[0], shown[-1]
        assert (middle * 2) / (bottom - top + 1) == pytest.approx(width / height, rel=0.03)
        assert is_like(cell[top + border, middle], TOP)
        assert is_like(cell[bottom - border, middle], BOTTOM)
        assert is_like(cell[(top + bottom) // 2, border], LEFT)
        assert is_like(cell[(top + bottom) // 2, -1 - border], RIGHT)
        assert is_like(cell[(top + bottom) // 2, middle], (120, 120, 120))


def test_the_second_row_is_from_the_front_and_the_third_from_the_side(tmp_path: Path) -> None:
    sheet = sheet_of(movie_with_edges(tmp_path, 320, 240), tmp_path / "sheet.png")
    rows = sheet.shape[0] // 3

    def width(row: int) -> float:
        """Columns in which something is the character's orange; its arms are held out."""
        cell = sheet[row * rows + GAP : (row + 1) * rows - GAP, GAP : sheet.shape[1] // 2 - GAP]
        return float(np.sum(((cell[..., 0] - cell[..., 2]) > 60).any(axis=0)))

    assert width(1) > 2 * width(2) > 20


@pytest.mark.parametrize("aspect", [4 / 3, 9 / 16])
@pytest.mark.parametrize("around", [0.0, 1.1, math.pi])
def test_a_camera_stands_where_it_is_told_and_sees_all(around: float, aspect: float) -> None:
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
