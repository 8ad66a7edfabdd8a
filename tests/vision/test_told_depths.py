"""Depths told by the network of our own: what they depend on, and how the solution uses them."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.bones.humanoid import SIDES, mirrored
from aimocap_blender.vision.clip_solution import start
from aimocap_blender.vision.joints import INDEX, JOINTS
from aimocap_blender.vision.motion_from_track import solved_track
from aimocap_blender.vision.person_track import LANDMARKS, PersonTrack
from aimocap_blender.vision.told_depths import PAIRS, ToldDepths, inputs_of, roll_of, rolled, told_depths

from .judge import degrees
from .made_tracks import FOCAL, FPS, Made, made_track

LIMBS = [("elbow", "shoulder"), ("wrist", "elbow"), ("knee", "hip"), ("ankle", "knee")]
EDGE = 15
"""Frames of half a second: before and after a clip there is nothing to look at."""


def looked_at(made: Made) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slopes, body and visibility of a made track, whose person is in the picture's middle."""
    points = np.stack([made.joints[joint] for joint in JOINTS], axis=1)
    return points[..., :2] / points[..., 2:], points - points[:, :1], np.full(points.shape[:2], 0.95)


def flattened(track: PersonTrack) -> PersonTrack:
    """The track with depths that the pose network guesses far too small."""
    return replace(track, body=track.body * [1.0, 1.0, 0.3])


def true_depths(made: Made) -> np.ndarray:
    """(F, P) of the hips' distance."""
    points = np.stack([made.joints[joint] for joint in JOINTS], axis=1)
    hips = points[:, [INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=1)
    sight = hips / np.linalg.norm(hips, axis=-1, keepdims=True)
    deep = (points * sight[:, None]).sum(axis=-1)
    return (deep[:, PAIRS[:, 0]] - deep[:, PAIRS[:, 1]]) / np.linalg.norm(hips, axis=-1)[:, None]


def limb_error(track: PersonTrack, made: Made) -> float:
    """Median degrees between solved limbs and the true ones."""
    joints = solved_track(track).joints
    return float(
        np.median(
            [
                degrees(
                    joints[:, INDEX[f"{side}_{end}"]] - joints[:, INDEX[f"{side}_{begin}"]],
                    made.joints[f"{side}_{end}"] - made.joints[f"{side}_{begin}"],
                )
                for side in ("left", "right")
                for end, begin in LIMBS
            ]
        )
    )


def test_long_films_take_hardly_more_memory_and_tell_the_same() -> None:
    """Of ten minutes, all frames at once took 760 MB."""
    chance, frames = np.random.default_rng(1), 3000
    rays, body = (chance.normal(0.0, 0.1, (frames, len(JOINTS), axes)) for axes in (2, 3))
    visible = np.full((frames, len(JOINTS)), 0.9)
    tracemalloc.start()
    told = told_depths(rays, body, visible, FPS)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 40e6
    part = slice(1000, 1100)
    around = slice(part.start - EDGE, part.stop + EDGE)
    alone = told_depths(rays[around], body[around], visible[around], FPS)
    assert np.allclose(alone.depth[EDGE:-EDGE], told.depth[part], atol=1e-9)
    assert np.allclose(alone.error[EDGE:-EDGE], told.error[part], atol=1e-9)


def test_frames_between_those_it_looks_at_change_nothing() -> None:
    rays, body, visible = looked_at(made_track(3.0))
    every = told_depths(rays, body, visible, FPS)
    third = told_depths(rays[::3], body[::3], visible[::3], FPS / 3.0)
    inner = slice(EDGE // 3, -EDGE // 3)
    np.testing.assert_allclose(every.depth[::3][inner], third.depth[inner], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(every.error[::3][inner], third.error[inner], rtol=1e-4)


def test_neither_the_unit_nor_the_place_of_the_guessed_body_matters() -> None:
    rays, body, visible = looked_at(made_track(1.0))
    told = told_depths(rays, body, visible, FPS)
    moved = told_depths(rays, 2.5 * body + [0.3, -0.2, 4.0], visible, FPS)
    np.testing.assert_allclose(told.depth, moved.depth, rtol=1e-3, atol=1e-5)


def test_the_mirror_image_of_a_person_is_as_deep() -> None:
    rays, body, visible = looked_at(made_track(1.0, azimuth=40.0))
    other = [INDEX[mirrored(joint)] for joint in JOINTS]
    told = told_depths(rays, body, visible, FPS)
    image = told_depths(rays[:, other] * [-1.0, 1.0], body[:, other] * [-1.0, 1.0, 1.0], visible[:, other], FPS)
    # (P, 2) of each pair's mirror image; the lines across hips and shoulders run the other way then
    joined: list[tuple[int, int]] = [(int(one), int(two)) for one, two in PAIRS]
    pairs = {pair: number for number, pair in enumerate(joined)}
    for (one, two), number in pairs.items():
        there = pairs.get((other[one], other[two]), number)
        sign = 1.0 if (other[one], other[two]) in pairs else -1.0
        np.testing.assert_allclose(told.depth[:, number], sign * image.depth[:, there], atol=1e-9)
        np.testing.assert_allclose(told.error[:, number], image.error[:, there], atol=1e-9)


def test_who_lies_across_the_picture_is_turned_upright() -> None:
    """One of the networks looks at them as at those who stand."""
    rays, body, visible = looked_at(made_track(1.0, azimuth=40.0))
    standing, *_ = inputs_of(rays, body, visible, FPS)
    upright = rolled(standing, roll_of(standing))
    for degree in (35.0, 90.0, 180.0):
        cos, sin = np.cos(np.radians(degree)), np.sin(np.radians(degree))
        roll = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
        lying, *_ = inputs_of(rays @ roll[:2, :2].T, body @ roll.T, visible, FPS)
        assert np.abs(lying - standing).max() > 0.1
        np.testing.assert_allclose(rolled(lying, roll_of(lying)), upright, atol=1e-9)


def test_it_is_less_sure_of_landmarks_that_jump_about() -> None:
    rays, body, visible = looked_at(made_track(2.0))
    calm = told_depths(rays, body, visible, FPS)
    chance = np.random.default_rng(1)
    rays = rays + chance.normal(0.0, 0.05, rays.shape)
    body = body + chance.normal(0.0, 0.2, body.shape)
    noisy = told_depths(rays, body, visible, FPS)
    assert np.median(noisy.error) > 1.2 * np.median(calm.error)


def tell(monkeypatch: pytest.MonkeyPatch, depths: ToldDepths) -> None:
    """Have the networks of depths tell these, whatever they see."""

    def told(*_seen: object) -> ToldDepths:
        return depths

    monkeypatch.setattr(start, "told_depths", told)


def test_the_solution_follows_sure_depths_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_track(1.5, azimuth=60.0)
    track, depth = flattened(made.track), true_depths(made)

    def error_with(told: np.ndarray, usual: float) -> float:
        tell(monkeypatch, ToldDepths(told, np.full(told.shape, usual)))
        return limb_error(track, made)

    alone = error_with(depth, 1e6)
    assert error_with(depth, 0.001) < 0.6 * alone
    assert abs(error_with(-depth, 1e3) - alone) < 0.1


@pytest.mark.parametrize("azimuth", [20.0, 70.0, 160.0])
def test_forearm_guessed_on_the_wrong_side_is_on_the_told_one(azimuth: float, monkeypatch: pytest.MonkeyPatch) -> None:
    made = made_track(1.5, azimuth=azimuth, noise=1.0)
    body, depth = made.track.body.copy(), true_depths(made)
    for side in SIDES:
        elbow, *hand = (LANDMARKS.index(f"{side}_{part}") for part in ("elbow", "wrist", "index", "pinky", "thumb"))
        body[:, hand, 2] = 2.0 * body[:, [elbow], 2] - body[:, hand, 2]
    tell(monkeypatch, ToldDepths(depth, np.full(depth.shape, 0.02)))
    joints = solved_track(replace(made.track, body=body), FOCAL).joints
    errors: list[np.ndarray] = []
    for side in SIDES:
        forearm = joints[:, INDEX[f"{side}_wrist"]] - joints[:, INDEX[f"{side}_elbow"]]
        errors.append(degrees(forearm, made.joints[f"{side}_wrist"] - made.joints[f"{side}_elbow"]))
    assert np.median(errors) < 20.0
