"""Blur: the more, the more a picture was blurred."""

import numpy as np

from aimocap_blender.vision.crops import Region, blur_of


def test_a_picture_blurred_more_is_more_blurred() -> None:
    rng = np.random.default_rng(2)
    sharp = rng.integers(0, 255, (20, 20)).astype(np.float64).repeat(12, 0).repeat(12, 1)
    found: list[float] = []
    for length in (1, 3, 7, 15):
        smeared = np.mean([np.roll(sharp, shift, axis=1) for shift in range(length)], axis=0)
        found.append(blur_of(np.rint(smeared).astype(np.uint8)[..., None].repeat(3, -1), Region(120, 120, 200)))
    assert found == sorted(found)
    assert found[0] < 0.35
    assert found[-1] > 0.6


def test_a_plain_picture_is_not_called_blurred() -> None:
    assert blur_of(np.full((90, 90, 3), 128, np.uint8), Region(45, 45, 60)) == 0
