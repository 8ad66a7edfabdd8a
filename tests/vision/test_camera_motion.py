"""The camera's motion out of its frames, against the motion that they were made with."""

from collections.abc import Callable

import numpy as np
import pytest

from aimocap_blender.vision.camera_motion import CameraMotion
from aimocap_blender.vision.crops import Region

WIDTH, HEIGHT, FRAMES = 480, 270, 24
MIDDLE = np.array([[1, 0, -WIDTH / 2], [0, 1, -HEIGHT / 2], [0, 0, 1]])
CORNERS = np.array([[0, 0, 1], [WIDTH, 0, 1], [0, HEIGHT, 1], [WIDTH, HEIGHT, 1]]).T


def scene(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The grey of a wall full of things, from 0 to 1, at places in pixels of the first frame."""
    rng = np.random.default_rng(3)
    grey = np.full(x.shape, 0.5)
    for _ in range(70):
        cx, cy, w, h = rng.uniform([-200, -150, 15, 15], [WIDTH + 400, HEIGHT + 150, 90, 70])
        inside = np.clip(w / 2 - np.abs(x - cx), 0, 2) / 2 * np.clip(h / 2 - np.abs(y - cy), 0, 2) / 2
        grey = grey * (1 - inside) + inside * rng.random()
    return grey


def zoomed(share: float) -> np.ndarray:
    return np.linalg.inv(MIDDLE) @ np.diag([1 / (1 + 0.4 * share), 1 / (1 + 0.4 * share), 1]) @ MIDDLE


def hardly_zoomed(share: float) -> np.ndarray:
    """By 0.8 % in all."""
    return zoomed(0.02 * share)


def rolled(share: float) -> np.ndarray:
    angle = 0.2 * np.sin(4 * share)
    c, s = np.cos(angle), np.sin(angle)
    return np.linalg.inv(MIDDLE) @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ MIDDLE


def panned(share: float) -> np.ndarray:
    """Turned to the right by 12 degrees, with a lens of 58 degrees."""
    angle, focal = np.radians(12) * share, np.diag([WIDTH * 0.9, WIDTH * 0.9, 1.0])
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    lens = np.linalg.inv(MIDDLE) @ focal
    return lens @ turn @ np.linalg.inv(lens)


def held(share: float) -> np.ndarray:
    """In a hand that is not still."""
    return np.array([[1, 0, 5 * np.sin(23 * share)], [0, 1, 4 * np.cos(31 * share) - 4], [0, 0, 1]])


def still(_: float) -> np.ndarray:
    return np.eye(3)


def seen(motion: Callable[[float], np.ndarray]) -> tuple[CameraMotion, np.ndarray]:
    """Frames with noise, and someone dark who walks through them; and the true matrices."""
    rng = np.random.default_rng(5)
    camera = CameraMotion((WIDTH, HEIGHT))
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    places = np.stack([x, y, np.ones_like(x)], -1)
    truth = np.array([motion(number / FRAMES) for number in range(FRAMES)])
    for number, matrix in enumerate(truth):
        there = places @ matrix.T
        grey = scene(there[..., 0] / there[..., 2], there[..., 1] / there[..., 2]) * 255
        walker = 120 + 8 * number
        grey[np.hypot((x - walker) / 30, (y - 150) / 90) < 1] = 20
        picture = np.clip(grey + rng.normal(0, 2.5, grey.shape), 0, 255).astype(np.uint8)
        camera.show(picture[..., None].repeat(3, -1), [Region(walker, 150, 220)])
    return camera, truth


def off(found: np.ndarray, truth: np.ndarray) -> float:
    """How far a corner of a frame is from where it belongs, at most; pixels."""
    mine, its = found @ CORNERS, truth @ CORNERS
    return float(np.abs(mine[:, :2] / mine[:, 2:] - its[:, :2] / its[:, 2:]).max())


@pytest.mark.slow_cases
@pytest.mark.parametrize("motion", [panned, rolled, zoomed, held])
def test_the_cameras_motion_is_found(motion: Callable[[float], np.ndarray]) -> None:
    camera, truth = seen(motion)
    assert camera.moves()
    assert off(np.tile(np.eye(3), (FRAMES, 1, 1)), truth) > 5
    assert off(camera.matrices(), truth) < 1.0


@pytest.mark.parametrize("motion", [still, hardly_zoomed])
def test_a_camera_that_stands_is_the_identity_whoever_walks_by(motion: Callable[[float], np.ndarray]) -> None:
    camera, _ = seen(motion)
    assert not camera.moves()
    assert np.array_equal(camera.matrices(), np.tile(np.eye(3), (FRAMES, 1, 1)))


@pytest.mark.slow
def test_a_screen_that_plays_a_moving_film_is_no_moving_camera(dancer: np.ndarray) -> None:
    camera = CameraMotion((480, 360))
    for frame in dancer[:30]:
        camera.show(frame, [Region(300, 205, 350), Region(145, 195, 245)])
    assert not camera.moves()


@pytest.mark.parametrize("level", [0, 128])
def test_nothing_is_estimated_where_nothing_is_to_be_seen(level: int) -> None:
    camera = CameraMotion((WIDTH, HEIGHT))
    for _ in range(4):
        camera.show(np.full((HEIGHT, WIDTH, 3), level, np.uint8), [])
    assert not camera.moves()
    assert np.array_equal(camera.matrices(), np.tile(np.eye(3), (4, 1, 1)))
