"""Several strips in a row, and a call of the command line."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import bpy
import pytest

from tests.command.conftest import call
from tests.scene.video.sequencer_acts import add_movie, move_ends, top_strips
from tests.takes.previews.conftest import temporary

__all__ = ["call", "temporary"]

Movies = Callable[[Fraction], Path]


@pytest.fixture
def three(strip: object, movies: Movies) -> list[object]:
    """Three takes of the movie, the later ones after the first, all selected."""
    takes = [strip]
    for number, start in ((2, 120), (3, 240)):
        take = add_movie(bpy.context.scene, movies(Fraction(25)), start)
        take.name = f"Take {number}"
        move_ends(take, 7, -9)
        takes.append(take)
    for take in top_strips(bpy.context.scene.sequence_editor):
        take.select = True
    return takes
