"""The add-on as people have it: built, installed and enabled once for all the tests of this folder.

The configuration is a temporary folder, named before anything imports bpy: Blender reads it while it starts.
"""

import importlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from tests.built_zip import built_zip
from tests.media.barcode_video import MOVIES, barcode_video
from tests.media.metahuman_fbx import make_metahuman_fbx
from tests.standin import Results, StandIn

if "BLENDER_USER_RESOURCES" not in os.environ:
    if "bpy" in sys.modules:
        pytest.exit("tests/ui would install into this person's Blender: run it by itself (pytest tests/ui)", 2)
    os.environ["BLENDER_USER_RESOURCES"] = tempfile.mkdtemp(prefix="aimocap-blender-config-")

import bpy

from tests.demo.character import bring_character, keep_character
from tests.installed.blender_knows import install
from tests.scene.video.sequencer_acts import SIZE, add_movie, move_ends

ROOT = Path(__file__).resolve().parents[2]
MODULE = "bl_ext.user_default.aimocap_blender"
FRAMES = 60
"""Pictures of a movie; see `movies`."""

WAITS = dict.fromkeys(
    (
        *("first_poll_sec", "first_retry_sec", "longest_retry_sec", "busy_sec", "settle_sec"),
        *("delivery_patience_sec", "end_patience_sec", "garbled_patience_sec"),
    ),
    0.02,
) | {"look_around_sec": 0.1}
"""Waits that a user has in seconds, here in milliseconds; to look around for other computers' captures costs CPU."""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The package under the name that it has as an extension; its other modules are imported below that name."""
    if MODULE not in bpy.context.preferences.addons:  # another folder's tests may have had it installed
        install(str(built_zip(tmp_path_factory.mktemp("zip"))))
    bpy.context.preferences.system.use_online_access = True
    return importlib.import_module(MODULE)


@pytest.fixture
def addon(installed: ModuleType, fresh_file: bpy.types.Scene) -> ModuleType:
    """The installed package, enabled, in an empty file; its preferences as they were after installing."""
    del fresh_file
    preferences = bpy.context.preferences.addons[MODULE].preferences
    for name in preferences.bl_rna.properties.keys():  # noqa: SIM118 -- an RNA collection iterates over its values
        if not preferences.bl_rna.properties[name].is_readonly:
            preferences.property_unset(name)
    preferences.api_key = ""  # lies in a file of its own: unsetting it reaches nothing
    return installed


@pytest.fixture
def fresh_file() -> bpy.types.Scene:
    """The scene of a new empty file; add-ons and preferences stay (unlike with read_factory_settings)."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return bpy.context.scene


@pytest.fixture
def service(addon: ModuleType, tmp_path: Path, motion_fbx: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A service that the preferences name, with their key; its jobs are done when they are first asked for."""
    del addon
    quick_waits(monkeypatch)
    for name in ("AIMOCAP_API_KEY", "AIMOCAP_KEY", "AIMOCAP_SERVICE_URL"):
        monkeypatch.delenv(name, raising=False)
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.captures_folder = str(tmp_path / "captures")
    with StandIn(results=Results(fbx=motion_fbx), polls=("completed",)) as standin:
        preferences.service_url = standin.base_url
        preferences.api_key = standin.api_key
        yield standin
        importlib.import_module(f"{MODULE}.takes.session").close_session()


@pytest.fixture
def nothing_is_sent(service: StandIn) -> Iterator[None]:
    yield
    assert service.requests == []


def quick_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Captures that begin from now on wait for milliseconds where a user's wait for seconds."""
    captures = importlib.import_module(f"{MODULE}.takes.captures.captures")
    monkeypatch.setattr(captures, "Timing", partial(captures.Timing, **WAITS))


@pytest.fixture(scope="session")
def motion_fbx(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The performance of the range that `strip` shows, as the service delivers it."""
    file = tmp_path_factory.mktemp("motion") / "walk.fbx"
    make_metahuman_fbx(file, 7 / 25, 51 / 25)
    return file


@pytest.fixture(scope="session")
def movies() -> Callable[[Fraction], Path]:
    """By its fps, a movie of `FRAMES` pictures that tell their numbers."""
    return lambda fps: barcode_video(MOVIES, fps, FRAMES, SIZE)


@pytest.fixture
def strip(service: StandIn, movies: Callable[[Fraction], Path]) -> object:
    """An active strip that shows pictures 7 to 50 of a movie of 25 fps, in a scene of 30."""
    del service
    bpy.context.scene.render.fps = 30
    movie = add_movie(bpy.context.scene, movies(Fraction(25)))
    movie.name = "Take 1"
    move_ends(movie, 7, -9)
    return movie


@pytest.fixture(scope="session")
def character_blend(installed: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the mannequin, whose body takes seconds to make."""
    del installed
    return keep_character(tmp_path_factory.mktemp("character") / "mannequin.blend")


@pytest.fixture
def character(service: StandIn, character_blend: Path) -> bpy.types.Object:
    """The mannequin, selected."""
    del service
    return bring_character(character_blend)


class _Sampled:
    """A file that was read before; see `sampled_once`."""

    notes = ()

    def __init__(self, clip: object) -> None:
        self._clip = clip

    def begin(self) -> "_Sampled":
        return self

    def poll(self) -> bool:
        return True

    def wait(self) -> None:
        pass

    def kill(self) -> None:
        pass

    def clip(self) -> object:
        return self._clip


@pytest.fixture(scope="session")
def clips() -> dict[bytes, object]:
    """Motions by the bytes of the files that they were read from."""
    return {}


@pytest.fixture
def sampled_once(installed: ModuleType, clips: dict[bytes, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a background Blender read each FBX once in all tests that use this, as it takes seconds."""
    del installed
    reading = importlib.import_module(f"{MODULE}.takes.reading")
    sampling = reading.FbxSampling

    def once(path: Path, folder: Path, *_options: object) -> _Sampled:
        content = path.read_bytes()
        if content not in clips:
            clips[content] = sampling(path, folder).begin().wait().clip()
        return _Sampled(clips[content])

    monkeypatch.setattr(reading, "FbxSampling", once)
