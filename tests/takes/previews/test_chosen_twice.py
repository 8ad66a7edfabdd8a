"""Videos that can't be previewed together, before anything is rendered."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import bpy
import pytest

from aimocap_blender.scene.preview.seeing import movie_source
from aimocap_blender.scene.video.strips import from_current_frame
from aimocap_blender.takes.previews.planning import plan_preview_of
from aimocap_blender.texts.faults import Fault

Movies = Callable[[Fraction], Path]


def test_one_part_of_a_file_is_refused_as_two_videos(movies: Movies) -> None:
    mapping = from_current_frame(bpy.context.scene)
    whole, end = (movie_source(movies(Fraction(25)), mapping, start) for start in (0.0, 1.0))
    with pytest.raises(Fault, match="is chosen twice"):
        plan_preview_of(None, bpy.context.scene, whole, {}, beside=[end])
