"""Which way is up, for people on their feet and on the floor, seen by cameras that are level, rolled or turned over."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.motion_from_track import SeenMotion, motion_from_track
from aimocap_blender.vision.person_track import LANDMARKS
from aimocap_blender.vision.sighting import OtherWorld, Sighting, arrays_of, sighting_of

from .judge import degrees
from .made_tracks import FOCAL, FPS, Made, filmed, floor_track, made_track, person


@pytest.mark.parametrize(
    ("name", "azimuth", "height"),
    [
        ("push_up", 80.0, 0.7),
        ("roll", 75.0, 1.4),
        ("crawl", 160.0, 0.7),
        pytest.param("sit_up", 70.0, 0.7, marks=pytest.mark.slow),
        pytest.param("handstand", 20.0, 1.4, marks=pytest.mark.slow),
        pytest.param("lie", 20.0, 1.4, marks=pytest.mark.slow),
        pytest.param("cartwheel", 20.0, 1.4, marks=pytest.mark.slow),
        pytest.param("sit", 80.0, 0.7, marks=pytest.mark.slow),
    ],
)
def test_up_is_found_on_the_floor(name: str, azimuth: float, height: float) -> None:
    made = floor_track(name, azimuth=azimuth, height=height)
    assert degrees(motion_from_track(made.track, FOCAL).ground.up, made.up) < 10.0


@pytest.mark.slow_cases
@pytest.mark.parametrize(("name", "roll"), [("push_up", 12.0), ("lie", 15.0), ("crawl", -12.0)])
def test_long_body_on_the_floor_shows_that_the_camera_is_rolled(name: str, roll: float) -> None:
    made = floor_track(name, azimuth=100.0, roll=roll)
    assert degrees(motion_from_track(made.track, FOCAL).ground.up, made.up) < 5.0


@pytest.mark.slow_cases
@pytest.mark.parametrize(("azimuth", "roll"), [(30.0, 90.0), (100.0, -90.0), (200.0, 90.0), (90.0, 20.0)])
def test_standing_person_shows_that_the_camera_is_turned(azimuth: float, roll: float) -> None:
    made = made_track(1.5, azimuth=azimuth, roll=roll, noise=1.0)
    assert degrees(motion_from_track(made.track, FOCAL).ground.up, made.up) < 5.0


@pytest.mark.slow_cases
@pytest.mark.parametrize("height", [0.1, 4.0])
def test_camera_is_low_or_looks_down_from_high(height: float) -> None:
    made = filmed(person(np.arange(45) / FPS), azimuth=60.0, height=height, noise=1.0)
    assert degrees(motion_from_track(made.track, FOCAL).ground.up, made.up) < 6.0


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("name", "azimuth", "height"), [("sit_up", 20.0, 3.0), ("sit_up", 110.0, 4.0), ("push_up", 110.0, 3.0)]
)
def test_floor_work_from_high_above_is_in_doubt(name: str, azimuth: float, height: float) -> None:
    made = floor_track(name, azimuth=azimuth, height=height)
    motion = motion_from_track(made.track, FOCAL)
    assert motion.other_ground is not None
    assert min(degrees(ground.up, made.up) for ground in (motion.ground, motion.other_ground)) < 5.0


@pytest.mark.parametrize(
    "name",
    ["crawl", "sit_up", pytest.param("cartwheel", marks=pytest.mark.slow)],
)
def test_who_would_float_shows_that_the_camera_is_turned_over(name: str) -> None:
    """The other way up, nothing carries them for longer than anybody can jump."""
    made = floor_track(name, azimuth=60.0, roll=180.0)
    assert degrees(motion_from_track(made.track, FOCAL).ground.up, made.up) < 5.0


def test_hands_that_carry_a_handstand_are_on_the_floor() -> None:
    clip = motion_from_track(floor_track("handstand", azimuth=20.0).track, FOCAL).clip
    hands = [clip.positions[:, clip.skeleton.index(f"{side}Hand"), 2] for side in ("Left", "Right")]
    assert np.abs(np.mean(hands, axis=1)).max() < 0.15
    assert clip.positions[:, clip.skeleton.index("LeftFoot"), 2].min() > 1.0


@pytest.mark.slow_cases
@pytest.mark.parametrize("jump", [0.0, 0.25])
def test_hands_that_rest_on_the_floor_stay_there(jump: float) -> None:
    """Also while one of them is guessed to be so many metres farther away for a moment, where it is seen as before."""
    made = floor_track("push_up", azimuth=20.0)
    body = made.track.body.copy()
    body[40:52, [LANDMARKS.index(f"left_{part}") for part in ("wrist", "pinky", "index", "thumb")], 2] += jump
    motion = motion_from_track(replace(made.track, body=body), FOCAL)
    for side in ("left", "right"):
        wrist = motion.ground.world(motion.joints[:, INDEX[f"{side}_wrist"]])
        assert np.linalg.norm(wrist - np.median(wrist, axis=0), axis=-1).max() < 0.015
        assert np.abs(wrist[:, 2]).max() < 0.05


@pytest.fixture(scope="module")
def on_its_side() -> tuple[Made, SeenMotion]:
    """Somebody who stands, seen by a camera on its side: or somebody lies."""
    made = made_track(1.5, azimuth=100.0, roll=-90.0, noise=1.0)
    return made, motion_from_track(made.track, FOCAL)


def test_both_directions_are_kept_where_they_explain_a_film_about_as_well(on_its_side: tuple[Made, SeenMotion]) -> None:
    made, motion = on_its_side
    assert motion.other_ground is not None
    ups = [motion.ground.up, motion.other_ground.up]
    assert min(degrees(up, made.up) for up in ups) < 5.0
    assert degrees(*ups) > 70.0
    assert motion_from_track(made_track(1.5, noise=1.0).track, FOCAL).other_ground is None


def test_the_other_direction_stands_on_its_floor_and_goes_back(on_its_side: tuple[Made, SeenMotion]) -> None:
    _, motion = on_its_side
    assert motion.other_ground is not None
    other = motion.ground.to_other(motion.other_ground)
    seen = Sighting(motion.clip, motion.trust, (), (), 0, 0.3, OtherWorld(other, -2.0))
    turned = sighting_of(arrays_of(seen)).in_other_world()
    joints = motion.other_ground.world(motion.joints)
    hips = turned.clip.positions[:, turned.clip.skeleton.index("Hips")]
    assert np.abs(hips - (joints[:, 6] + joints[:, 7]) / 2.0).max() < 1e-6
    assert turned.camera_angle == -2.0
    again = turned.in_other_world()
    assert again.camera_angle == 0.3
    assert np.abs(again.clip.positions - seen.clip.positions).max() < 1e-9
    assert np.abs(np.abs((again.clip.rotations * seen.clip.rotations).sum(axis=-1)) - 1.0).max() < 1e-9
    assert sighting_of(arrays_of(replace(seen, other=None))).other is None
