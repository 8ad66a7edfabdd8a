"""The thumbnails of a range show its frames, told by barcodes, and leave nothing behind."""

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_oldest_and_newest
from tests.media.barcode import read_barcode
from tests.scene.video.sequencer_acts import add_movie, in_sequencer, move_ends, pixels
from tests.ui.acts import module

LONGEST_SEC = 60.0

pytestmark = in_oldest_and_newest


@pytest.fixture
def thumbnails(addon: object, temporary: Path) -> Iterator[Any]:
    del addon
    made = module("ui.preview.thumbnail_strip").Thumbnails()
    yield made
    made.close()
    assert not list(temporary.iterdir())


def shown() -> Any:
    return module("scene.video.strips").video_of(bpy.context.scene)


def numbers_of(thumbnails: Any, source: Any) -> list[int]:
    """The barcodes of the thumbnails of a range, as soon as they are there."""
    latest = time.monotonic() + LONGEST_SEC
    thumbnails.of(source)
    while thumbnails.busy:
        assert time.monotonic() < latest
        thumbnails.pump()
        time.sleep(0.01)
    pictures = [pixels(file) for file in thumbnails.of(source)]
    assert all(max(picture.shape[:2]) <= 160 for picture in pictures)
    return [read_barcode(picture) for picture in pictures]


@pytest.mark.long
def test_four_frames_of_the_range_from_its_first_to_its_last(
    thumbnails: Any,
    movies: Callable[[Fraction], Path],
) -> None:
    strip = add_movie(bpy.context.scene, movies(Fraction(25)))
    move_ends(strip, 5, -10)
    source = shown()
    first, last = source.first_frame, source.last_frame
    assert (first, last) == (5, 49)
    assert numbers_of(thumbnails, source) == [5, 20, 34, 49]
    move_ends(strip, 42, 0)
    assert numbers_of(thumbnails, shown()) == [47, 48, 49]
    begun = thumbnails._begun
    move_ends(strip, -42, 0)
    assert len(thumbnails.of(shown())) == 4
    assert (thumbnails.busy, thumbnails._begun) == (False, begun)


def test_while_a_range_is_trimmed_nothing_is_begun(thumbnails: Any, movies: Callable[[Fraction], Path]) -> None:
    strip = add_movie(bpy.context.scene, movies(Fraction(25)))
    for _ in range(5):
        move_ends(strip, 1, 0)
        assert thumbnails.of(shown()) == ()
        thumbnails.pump()
    assert thumbnails.busy
    assert thumbnails._begun == 0


def test_none_of_what_is_rendered_from_the_timeline_or_cannot_be_read(
    thumbnails: Any,
    movies: Callable[[Fraction], Path],
    tmp_path: Path,
) -> None:
    movie = tmp_path / "soon_gone.mp4"
    movie.write_bytes(movies(Fraction(25)).read_bytes())
    strip = add_movie(bpy.context.scene, movie)
    source = shown()
    movie.unlink()
    assert numbers_of(thumbnails, source) == []
    assert not thumbnails.busy
    strip.select = True
    with in_sequencer(bpy.context.scene):
        bpy.ops.sequencer.meta_make()
    assert np.size(thumbnails.of(shown())) == 0
    assert not thumbnails.busy
