"""Crops: each pixel is where it belongs, whatever is outside is black, and many pixels become their mean."""

import numpy as np
import pytest

from aimocap_blender.vision.crops import Region, cropped

HEIGHT, WIDTH = 240, 320


def smooth(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Colours of a place in the frame, pixels."""
    return np.stack([40 + 0.5 * x, 60 + 0.4 * y, 128 + 60 * np.sin(x / 40) * np.cos(y / 50)], -1)


def frame() -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    return np.rint(smooth(x, y)).astype(np.uint8)


@pytest.mark.parametrize(("size", "angle"), [(40, 0.0), (64, 0.5), (100, -2.0), (130, 0.3), (150, 3.0)])
def test_a_crop_shows_the_colours_of_its_places(size: float, angle: float) -> None:
    region = Region(160.3, 121.7, size, angle)
    crop = cropped(frame(), region, 48)
    steps = (np.arange(48) + 0.5) / 48 - 0.5
    along, down = np.meshgrid(steps * size, steps * size)
    x = region.x + along * np.cos(angle) - down * np.sin(angle)
    y = region.y + along * np.sin(angle) + down * np.cos(angle)
    assert np.abs(crop - smooth(x, y)).max() < 1.6


def test_places_of_a_region() -> None:
    region = Region(100, 50, 20, np.pi / 2)  # turned a quarter: its right is down
    assert np.allclose(
        region.to_frame(np.array([[0.5, 0.5], [1.0, 0.5], [0.5, 0.0]])), [[100, 50], [100, 60], [110, 50]]
    )


@pytest.mark.parametrize("size", [32, 200])
def test_outside_the_frame_is_black(size: int) -> None:
    white = np.full((100, 100, 3), 255, np.uint8)
    crop = cropped(white, Region(100, 50, size), 32)  # half of it right of the frame
    assert np.all(crop[10:20, :15] > 254)
    assert np.all(crop[:, 17:] == 0)
    assert not cropped(white, Region(400, 400, size), 32).any()
    assert not cropped(white, Region(-400, 50, size), 32).any()


def test_a_fine_pattern_becomes_its_mean() -> None:
    board = (np.indices((400, 400)).sum(0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, -1)
    crop = cropped(board, Region(200, 200, 128 * 2.7, 0.2), 128)
    assert abs(crop.mean() - 127.5) < 2
    assert crop.std() < 60  # 127 if single pixels were picked
