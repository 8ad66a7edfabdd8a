"""The test videos are what they say: each frame's number can be read, at any size, from the file itself."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .barcode import MOST, NoBarcode, draw_barcode, read_barcode
from .barcode_video import barcode_video
from .big_video import big_video
from .rendered_frames import rendered_frames

if TYPE_CHECKING:
    from pathlib import Path


@given(
    number=st.integers(0, MOST),
    width=st.integers(100, 700),
    height=st.integers(75, 500),
    black=st.floats(0.0, 0.3),
    white=st.floats(0.6, 1.0),
    upside_down=st.booleans(),
)
def test_a_barcode_reads_back(
    number: int, width: int, height: int, black: float, white: float, upside_down: bool
) -> None:
    picture = np.full((height, width, 3), 90, dtype=np.uint8)
    draw_barcode(picture, number)
    seen = black + (white - black) * picture / 255.0
    assert read_barcode(seen[::-1] if upside_down else seen) == number


def test_no_barcode_is_not_misread() -> None:
    noise = np.random.default_rng(5)
    for _ in range(200):
        with pytest.raises(NoBarcode):
            read_barcode(noise.integers(0, 255, (60, 80, 3), dtype=np.uint8))


@pytest.mark.slow_cases
@pytest.mark.parametrize("fps", ["24", "25", "30000/1001", "60"])
def test_every_frame_of_the_file_tells_its_number(fps: str, tmp_path: Path) -> None:
    bpy = pytest.importorskip("bpy", reason="needs Blender")
    movie = barcode_video(tmp_path, fps, frames=40)
    assert movie.stat().st_size < 200_000
    frames = [0, 1, 2, 11, 12, 13, 38, 39]
    for size in ((320, 240), (192, 108)):
        pictures = rendered_frames(movie, frames, size, tmp_path)
        assert [read_barcode(picture) for picture in pictures] == frames
    clip = bpy.data.movieclips.load(str(movie))
    assert clip.frame_duration == 40
    assert clip.fps == pytest.approx(float(Fraction(fps)), abs=1e-4)


def test_a_video_is_made_once(tmp_path: Path) -> None:
    pytest.importorskip("bpy", reason="needs Blender")
    movie = barcode_video(tmp_path, 25, frames=3)
    made = movie.stat().st_mtime_ns
    assert barcode_video(tmp_path, 25, frames=3) == movie
    assert movie.stat().st_mtime_ns == made
    assert barcode_video(tmp_path, 25, frames=3, first_number=1) != movie
    assert {file.suffix for file in tmp_path.iterdir()} == {".mp4"}


def test_a_big_video_plays(tmp_path: Path) -> None:
    bpy = pytest.importorskip("bpy", reason="needs Blender")
    big = tmp_path / "big.mp4"
    big_video(barcode_video(tmp_path, 25, frames=5), big, 5_000_000)
    assert big.stat().st_size == 5_000_000
    assert bpy.data.movieclips.load(str(big)).frame_duration == 5
