"""Videos many times wider than high, or higher than wide, whose frames are 16 pixels narrow when they are looked at."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from aimocap_blender.texts.faults import Fault
from aimocap_blender.vision.camera_motion import CameraMotion
from aimocap_blender.vision.crops import colour_copy
from aimocap_blender.vision.scanning import ClipFrames
from aimocap_blender.vision.seeing import arrays_seen, facts_checked
from aimocap_blender.vision.video_check import VideoFacts
from tests.media.clip_frames import unheard

SIZES = [(960, 16), (16, 960)]
FRAMES = 10


def picture(size: tuple[int, int], index: int) -> npt.NDArray[np.uint8]:
    width, height = size
    return np.random.default_rng(index).integers(0, 255, (height, width, 3), np.uint8)


@pytest.mark.parametrize("size", SIZES)
def test_they_can_be_compared(size: tuple[int, int]) -> None:
    camera = CameraMotion(size)
    for index in range(FRAMES):
        camera.show(picture(size, index), ())
    assert np.isfinite(camera.matrices()).all()
    assert np.isfinite(colour_copy(picture(size, 0))).all()
    assert colour_copy(picture(size, 0)).size > 0


@pytest.mark.slow_cases
@pytest.mark.parametrize("size", SIZES)
def test_nobody_is_seen(size: tuple[int, int], networks_folder: Path) -> None:
    clip = ClipFrames(FRAMES, 25.0, lambda index: picture(size, index))
    assert {facts.people for facts in VideoFacts.of_json(facts_checked(clip, networks_folder, unheard)).frames} == {0}
    with pytest.raises(Fault, match="No person is seen"):
        arrays_seen(clip, networks_folder, unheard)
