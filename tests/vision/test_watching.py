"""One person watched through a clip: the right one, in every frame, through crossings and fast moves."""

import time

import numpy as np
import pytest

from aimocap_blender.vision.landmarks import LandmarkFinder
from aimocap_blender.vision.network_files import PoseNetworks
from aimocap_blender.vision.person_detector import PersonDetector
from aimocap_blender.vision.scanning import ClipFrames, PersonSeen, scan
from aimocap_blender.vision.watching import Watched, Watching, WatchingStopped
from tests.vision.conftest import DANCER_FIRST

FPS = 24.0
HIPS = slice(23, 25)
ROBOT, WOMAN = (slice(110, 360), slice(185, 355)), (slice(90, 240), slice(122, 180))
"""Where in the frames of the fixture `dancer` after its cut."""
PLAIN = 205


def clip_of(frames: list[np.ndarray] | np.ndarray) -> ClipFrames:
    return ClipFrames(len(frames), FPS, lambda index: frames[index])


def watched(frames: list[np.ndarray] | np.ndarray, networks: PoseNetworks, chosen: PersonSeen | int = 0) -> Watched:
    return Watching(clip_of(frames), networks).watch(chosen)


def people_in(frames: list[np.ndarray] | np.ndarray, networks: PoseNetworks) -> tuple[PersonSeen, ...]:
    *_, scanned = scan(clip_of(frames), PersonDetector(networks.detector), LandmarkFinder(networks.landmarks))
    assert scanned is not None
    return scanned.people


def hips(result: Watched) -> np.ndarray:
    assert result.track is not None
    return result.track.pixels[:, HIPS].mean(1)


@pytest.fixture(scope="module")
def watched_dancer(dancer: np.ndarray, networks: PoseNetworks) -> Watched:
    return watched(dancer, networks)


@pytest.mark.slow
def test_a_cut_ends_the_track_and_is_said(watched_dancer: Watched) -> None:
    cut = 155 - DANCER_FIRST
    assert watched_dancer.cuts == (cut,)
    assert watched_dancer.shot == (cut, 90)
    assert watched_dancer.first == cut
    assert watched_dancer.track is not None
    assert len(watched_dancer.track.times) == 90 - cut
    assert watched_dancer.gaps == ()


def test_the_largest_who_stays_is_watched(watched_dancer: Watched) -> None:
    track, middle = watched_dancer.track, hips(watched_dancer)
    assert track is not None
    assert np.all((middle > (235, 190)) & (middle < (300, 250)))  # the robot's hips, as looked up
    assert track.confidence.min() > 0.5
    assert np.all(track.visibility[:, HIPS] > 0.9)
    assert track.size == (480, 360)
    assert np.allclose(np.diff(track.times), 1 / FPS)
    assert np.array_equal(track.camera, np.tile(np.eye(3), (len(track.times), 1, 1)))


def test_all_people_are_named_once(watched_dancer: Watched) -> None:
    """A mannequin and a woman before the cut, a robot and the woman after it."""
    cut = 155 - DANCER_FIRST
    assert sorted(person.first >= cut for person in watched_dancer.people) == [False, False, True, True]
    boxes = [person.box for person in watched_dancer.people if person.first >= cut]
    assert [left < 200 < right for left, _, right, _ in boxes].count(False) == 1  # the woman stands left of 200


@pytest.mark.slow
def test_the_chosen_one_is_watched_beside_a_larger(dancer: np.ndarray, networks: PoseNetworks) -> None:
    frames = dancer[155 - DANCER_FIRST - 6 : -24]
    people = people_in(frames, networks)
    woman = next(person for person in people if person.first >= 6 and person.middle[0] < 200)
    result = watched(frames, networks, woman)
    assert result.person == people.index(woman)
    assert result.shot == (6, len(frames))
    middle = hips(result)
    assert len(middle) > 30
    assert np.all((middle > (120, 150)) & (middle < (200, 215)))


def crossing(dancer: np.ndarray, *, standing_in_front: bool) -> tuple[list[np.ndarray], np.ndarray]:
    """A robot that stands, and a bluer one that runs past it; and where the runner's picture is."""
    frames, places = [], []
    for number in range(48):
        frame = np.full((270, 640, 3), PLAIN, np.uint8)
        at = round(225 - 215 * np.cos(np.pi * number / 48))
        runner, stander = dancer[35 + number][ROBOT], dancer[82 - number][ROBOT][:, ::-1]
        pasted = [(at, runner), (225, stander)]
        for left, picture in pasted if standing_in_front else pasted[::-1]:
            part = frame[10:260, left : left + 170]
            figure = np.abs(picture.astype(int) - np.median(picture[:60], axis=(0, 1))).max(-1) > 25
            part[figure] = picture[figure] if left == 225 else picture[figure] * (0.5, 0.6, 1.0)
        frames.append(frame)
        places.append(at)
    return frames, np.array(places) + 85


@pytest.mark.slow
def test_who_runs_past_another_is_followed(dancer: np.ndarray, networks: PoseNetworks) -> None:
    frames, places = crossing(dancer, standing_in_front=False)
    runner = min(people_in(frames, networks), key=lambda person: person.middle[0] + 1000 * person.first)
    result = watched(frames, networks, runner)
    middle = hips(result)
    expected = places[result.first : result.first + len(middle)]
    apart = np.abs(middle[:, 0] - expected)
    assert np.nanmax(apart[np.abs(expected - 310) > 120]) < 60
    assert np.isfinite(middle[:, 0]).mean() > 0.75


@pytest.mark.slow
def test_who_is_passed_by_another_stays(dancer: np.ndarray, networks: PoseNetworks) -> None:
    frames, _ = crossing(dancer, standing_in_front=True)
    stander = min(people_in(frames, networks), key=lambda person: abs(person.middle[0] - 310) + 1000 * person.first)
    middle = hips(watched(frames, networks, stander))
    assert np.nanmax(np.abs(middle[:, 0] - 310)) < 60
    assert np.isfinite(middle[:, 0]).mean() > 0.75


@pytest.mark.slow
def test_who_leaves_for_a_while_leaves_a_gap(dancer: np.ndarray, networks: PoseNetworks) -> None:
    alone = [np.full((250, 400, 3), PLAIN, np.uint8) for _ in range(54)]
    for number, frame in enumerate(alone):
        if not 18 <= number < 30:
            frame[:, 115:285] = dancer[35 + number][ROBOT]
    result = watched(alone, networks)
    assert result.gaps == ((18, 30),)
    assert result.track is not None
    assert np.isnan(result.track.pixels[18:30]).all()
    assert np.isnan(result.track.body[18:30]).all()
    assert not result.track.confidence[18:30].any()
    assert not result.track.visibility[18:30].any()
    assert np.isfinite(result.track.pixels[:18]).all()
    assert np.isfinite(result.track.pixels[30:]).all()


@pytest.mark.parametrize("count", [1, 2, 9])
@pytest.mark.parametrize("level", [0, 255])
def test_where_nobody_is_there_is_no_track(count: int, level: int, networks: PoseNetworks) -> None:
    result = watched([np.full((90, 160, 3), level, np.uint8)] * count, networks)
    assert result == Watched((), ()) or (result.people, result.track, result.person) == ((), None, None)


def test_a_single_frame(dancer: np.ndarray, networks: PoseNetworks) -> None:
    result = watched(dancer[60:61], networks)
    assert result.track is not None
    assert result.track.pixels.shape == (1, 33, 2)
    assert (result.first, result.gaps, len(result.people)) == (0, (), 2)


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 3])
def test_larger_frames_give_the_same_person(dancer: np.ndarray, networks: PoseNetworks, times: int) -> None:
    """The network looks at as many pixels as it needs; what it finds is in the frame's own."""
    large = [frame.repeat(times, 0).repeat(times, 1) for frame in dancer[60:66]]
    small = watched(dancer[60:66], networks)
    result = watched(large, networks)
    assert np.abs(hips(result) / times - hips(small)).max() < 2.5


def test_progress_reaches_its_end_and_stopping_is_heeded(dancer: np.ndarray, networks: PoseNetworks) -> None:
    told: list[tuple[int, int]] = []
    Watching(clip_of(dancer[60:70]), networks, progress=lambda done, of: told.append((done, of))).watch()
    done = [step for step, _ in told]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1]

    asked = 0

    def stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 12

    with pytest.raises(WatchingStopped):
        Watching(clip_of(dancer[60:80]), networks, stopped=stopped).watch()
    assert asked == 13


def test_what_fails_in_reading_ends_the_watching(dancer: np.ndarray, networks: PoseNetworks) -> None:
    begun = time.monotonic()

    def picture(index: int) -> np.ndarray:
        if time.monotonic() > begun and index == 7:
            raise OSError("gone")
        return dancer[60 + index]

    with pytest.raises(OSError, match="gone"):
        Watching(ClipFrames(20, FPS, picture), networks).watch()
