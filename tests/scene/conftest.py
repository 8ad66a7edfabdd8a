"""Every test of the scene starts from an empty file."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import bpy
import pytest

from tests.demo.character import keep_character
from tests.media.barcode_video import MOVIES, barcode_video
from tests.scene.rigs.rigify_rig import generate
from tests.scene.video.sequencer_acts import SIZE


@pytest.fixture(scope="session", autouse=True)
def factory_settings() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)


@pytest.fixture(autouse=True)
def empty_scene() -> bpy.types.Scene:
    """The scene of a new empty file; preferences stay, as setting them back takes five times as long."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return bpy.context.scene


@pytest.fixture(scope="session")
def movies() -> Callable[[Fraction], Path]:
    """By its fps, a movie of 60 pictures that tell their numbers."""
    return lambda fps: barcode_video(MOVIES, fps, 60, SIZE)


@pytest.fixture(scope="session")
def mannequin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the demo's character."""
    return keep_character(tmp_path_factory.mktemp("mannequin") / "mannequin.blend")


@pytest.fixture(scope="session")
def rig_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a rig that Rigify generated, which takes some seconds."""
    file = tmp_path_factory.mktemp("rigify") / "rig.blend"
    generate(file)
    return file


@pytest.fixture(scope="session")
def basic_rig_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of Rigify's Basic Human, without fingers and face."""
    file = tmp_path_factory.mktemp("basic_rigify") / "rig.blend"
    generate(file, "basic_human")
    return file
