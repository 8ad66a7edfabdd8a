"""The camera's motion out of its frames, against the motion that they were made with."""

from collections.abc import Callable
from functools import cache

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


def swung(share: float) -> np.ndarray:
    """Turned back and forth, by up to 9 degrees from one frame to the next."""
    return panned(np.sin(6 * np.pi * share))


def held(share: float) -> np.ndarray:
    """In a hand that is not still."""
    return np.array([[1, 0, 5 * np.sin(23 * share)], [0, 1, 4 * np.cos(31 * share) - 4], [0, 0, 1]])


def still(_: float) -> np.ndarray:
    return np.eye(3)


@cache
def seen(motion: Callable[[float], np.ndarray]) -> tuple[CameraMotion, np.ndarray]:
    """Frames with noise, and someone dark who walks through them; and the true matrices."""
    rng = np.random.default_rng(5)
    camera = CameraMotion((WIDTH, HEIGHT))
    truth = np.array([motion(number / FRAMES) for number in range(FRAMES)])
    for number, matrix in enumerate(truth):
        show(camera, matrix, 120 + 8 * number, rng)
    return camera, truth


def show(camera: CameraMotion, matrix: np.ndarray, walker: float, rng: np.random.Generator) -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    there = np.stack([x, y, np.ones_like(x)], -1) @ matrix.T
    grey = scene(there[..., 0] / there[..., 2], there[..., 1] / there[..., 2]) * 255
    grey[np.hypot((x - walker) / 30, (y - 150) / 90) < 1] = 20
    picture = np.clip(grey + rng.normal(0, 2.5, grey.shape), 0, 255).astype(np.uint8)
    camera.show(picture[..., None].repeat(3, -1), [Region(walker, 150, 220)])


def off(found: np.ndarray, truth: np.ndarray) -> float:
    """How far a corner of a frame is from where it belongs, at most; pixels."""
    mine, its = found @ CORNERS, truth @ CORNERS
    return float(np.abs(mine[:, :2] / mine[:, 2:] - its[:, :2] / its[:, 2:]).max())


@pytest.mark.slow_cases
@pytest.mark.parametrize("motion", [panned, swung, rolled, zoomed, held])
def test_the_cameras_motion_is_found(motion: Callable[[float], np.ndarray]) -> None:
    camera, truth = seen(motion)
    assert camera.moves()
    assert off(np.tile(np.eye(3), (FRAMES, 1, 1)), truth) > 5
    assert off(camera.matrices(), truth) < 1.0


@pytest.mark.slow_cases
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


@pytest.mark.slow_cases
@pytest.mark.parametrize(("motion", "moment"), [(still, 0.0), (rolled, 0.1), (panned, 1.6)])
def test_a_shot_of_the_same_camera_is_seen_from_where_the_other_one_was(
    motion: Callable[[float], np.ndarray], moment: float
) -> None:
    earlier, _ = seen(motion)
    found = first_frame(motion(moment)).to_earlier(earlier)
    assert found is not None
    assert off(found[None], motion(moment)[None]) < 1.5


def first_frame(matrix: np.ndarray) -> CameraMotion:
    camera = CameraMotion((WIDTH, HEIGHT))
    show(camera, matrix, 380, np.random.default_rng(6))
    return camera


def test_a_shot_of_another_scene_or_through_another_lens_is_not_of_the_same_camera() -> None:
    earlier = first_frame(np.eye(3))
    elsewhere = np.array([[1.0, 0.0, 700.0], [0.0, 1.0, 300.0], [0.0, 0.0, 1.0]])
    mirrored = np.array([[-1.0, 0.0, WIDTH], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    for other in (zoomed(0.3), mirrored, elsewhere):
        assert first_frame(other).to_earlier(earlier) is None
    assert first_frame(np.eye(3)).to_earlier(earlier) is not None
    earlier.forget()
    assert first_frame(np.eye(3)).to_earlier(earlier) is None
