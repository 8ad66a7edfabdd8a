"""The sound of a video's range, as the background Blender hears it."""

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.preview import seeing_child

RATE = 8000
Movies = Callable[[Fraction], Path]
pytestmark = pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this bpy was built without sound")


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    """Clicks at 0.5 and 1.25 s."""
    clicks = np.zeros((2 * 48000, 2))
    clicks[[24000, 60000]] = 0.8, 0.4
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes((clicks * 32767).astype("<i2").tobytes())
    return tmp_path / "a.wav"


@pytest.mark.parametrize(("start", "later"), [(1.0, 0.0), (1.0, 0.08), (1.0, -0.08), (0.0, 0.08)])
def test_sound_is_that_of_the_range_and_mono(wav: Path, start: float, later: float) -> None:
    heard = seeing_child.sound_of({"sound": [str(wav), start, start + 0.75, later]}, RATE)
    assert heard is not None
    click = 0.5 if start == 0.0 else 0.25
    assert abs(len(heard) - 0.75 * RATE) < 0.01 * RATE
    assert abs(int(np.argmax(np.abs(heard))) - (click + later) * RATE) < 0.002 * RATE


def test_opus_is_heard_on_time_from_any_second_on(wav: Path) -> None:
    import aud

    opus = wav.with_suffix(".ogg")
    aud.Sound(str(wav)).write(str(opus), 48000, 2, aud.FORMAT_S16, aud.CONTAINER_OGG, aud.CODEC_OPUS, 128000)
    for start in (0.9, 1.0, 1.1):
        heard = seeing_child.sound_of({"sound": [str(opus), start, 1.9, 0.0]}, RATE)
        assert heard is not None
        assert abs(int(np.argmax(np.abs(heard))) - (1.25 - start) * RATE) < 0.001 * RATE


def test_video_without_sound_has_none(movies: Movies) -> None:
    assert seeing_child.sound_of({"sound": [str(movies(Fraction(25))), 0.0, 1.0, 0.0]}, RATE) is None
    assert seeing_child.sound_of({"sound": None}, RATE) is None
