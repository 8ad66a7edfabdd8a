"""Clips whose first third has sides exchanged on purpose: most frames are right, so all of it becomes right."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.vision import landmarks
from aimocap_blender.vision.clip_solution.exchanges import without_exchanges
from aimocap_blender.vision.crops import Region
from aimocap_blender.vision.joints import OTHER_LANDMARK
from aimocap_blender.vision.landmarks import LandmarkFinder
from aimocap_blender.vision.motion_from_track import motion_from_track
from aimocap_blender.vision.network_graph import NetworkGraph
from aimocap_blender.vision.person_track import LANDMARKS, PersonTrack
from aimocap_blender.vision.trust import Reason

from .made_tracks import FOCAL, exchanged, floor_track, made_track

ARMS = ("shoulder", "elbow", "wrist", "pinky", "left_index", "right_index", "thumb")
LEGS = ("hip", "knee", "ankle", "heel", "foot")
HEAD = ("nose", "eye", "ear", "mouth")
CLIPS = [
    *(("", azimuth, words) for azimuth in (0.0, 40.0, 140.0, 180.0) for words in (("",), ARMS, LEGS, None)),
    *(("", azimuth, ("",)) for azimuth in (75.0, 105.0)),
    *((name, 60.0, words) for name in ("crawl", "push_up", "cartwheel", "get_up") for words in (("",), None)),
]
"""Motion, azimuth, and which landmarks have left and right exchanged: None for near and far."""


def first_third(track: PersonTrack) -> slice:
    return slice(0, len(track.times) // 3)


def near_and_far_exchanged(track: PersonTrack, frames: slice) -> PersonTrack:
    body = track.body.copy()
    body[frames, :, 2] *= -1.0
    return replace(track, body=body)


@pytest.mark.parametrize(("name", "azimuth", "words"), CLIPS)
def test_wrong_first_third_is_exchanged_back(name: str, azimuth: float, words: tuple[str, ...] | None) -> None:
    made = floor_track(name, azimuth=azimuth) if name else made_track(3.0, azimuth=azimuth, noise=1.0)
    track, third = made.track, first_third(made.track)
    spoiled = near_and_far_exchanged(track, third) if words is None else exchanged(track, third, words)
    sides, exchanges = without_exchanges(spoiled)
    assert np.array_equal(sides.pixels, track.pixels)
    assert np.array_equal(sides.body, track.body)
    assert exchanges.undone[third].any()
    assert not exchanges.undone[third.stop :].any()
    assert not exchanges.close.any()


def test_wrong_first_third_changes_no_facing() -> None:
    track = made_track(3.0, azimuth=20.0, noise=1.0).track
    plain, spoiled = (motion_from_track(each, FOCAL) for each in (track, exchanged(track, first_third(track))))
    assert np.linalg.norm(plain.joints - spoiled.joints, axis=-1).max() < 0.12


def test_it_is_said_where_nearly_half_of_the_frames_say_the_opposite() -> None:
    track = made_track(3.0, azimuth=20.0, noise=1.0).track
    half = slice(0, round(0.45 * len(track.times)))
    assert without_exchanges(exchanged(track, half))[1].close.all()
    told = motion_from_track(exchanged(track, half), FOCAL).trust
    assert told.values.max() < 0.5
    assert {doubt.reason for doubt in told.doubts} == {Reason.EXCHANGED}


class _Undecided:
    """A network that sees the same person in a picture and in its mirror image, but for the sides of some landmarks."""

    def __init__(self, words: tuple[str, ...]) -> None:
        track = made_track(azimuth=20.0).track
        self.places = track.pixels[0] / 640.0
        self.body = track.body[0]
        # those landmarks have the sides that the picture's have: mirrored back, they are exchanged
        self.kept = np.array([any(word in name for word in words) for name in LANDMARKS])

    def __call__(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        places, body = self.places, self.body
        # the picture is bright on the left, its mirror image on the right
        if picture[:, -1].mean() > picture[:, 0].mean():
            order = np.where(self.kept, np.arange(len(LANDMARKS)), OTHER_LANDMARK)
            places = (places * [-1.0, 1.0] + [1.0, 0.0])[order]
            body = (body * [-1.0, 1.0, 1.0])[order]
        points = np.full((39, 5), 0.5)
        points[:33, :2] = 256.0 * places
        return {
            "landmarks": points.ravel(),
            "heatmaps": np.full((64, 64, 39), -99.0, np.float32),
            "world": np.concatenate([body, np.zeros((6, 3))]).ravel(),
            "presence": np.ones(1),
        }


@pytest.mark.parametrize("words", [(), ("",), ARMS, LEGS])
def test_a_chest_that_is_once_taken_for_a_back_brings_no_sides_together(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = _Undecided(words)

    def made(_graph: NetworkGraph) -> _Undecided:
        return network

    monkeypatch.setattr(landmarks, "Network", made)
    frame = np.zeros((256, 256, 3), np.uint8)
    frame[:, :128] = 255
    seen = LandmarkFinder(NetworkGraph((256, 256, 3), (), {}, {}))(frame, Region(128.0, 128.0, 256.0))
    assert np.abs(seen.pixels - 256.0 * network.places).max() < 1e-3
    assert np.abs(seen.body - network.body).max() < 1e-6
