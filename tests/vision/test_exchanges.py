"""Clips whose first third has sides exchanged on purpose: most frames are right, so all of it becomes right."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.vision.clip_solution.exchanges import without_exchanges
from aimocap_blender.vision.motion_from_track import motion_from_track
from aimocap_blender.vision.person_track import PersonTrack
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
