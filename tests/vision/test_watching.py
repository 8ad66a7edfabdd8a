"""One person watched through a clip: the right one, in every frame, through crossings and fast moves."""

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from aimocap_blender.texts.faults import Fault
from aimocap_blender.vision import watching
from aimocap_blender.vision.landmarks import LandmarkFinder
from aimocap_blender.vision.network_graph import PoseNetworks
from aimocap_blender.vision.person_detector import PersonDetector
from aimocap_blender.vision.scanning import ClipFrames, PersonSeen, scan
from aimocap_blender.vision.watching import Watched, WatchedShot, Watching, WatchingStopped
from tests.vision.conftest import DANCER_FIRST

if TYPE_CHECKING:
    from collections.abc import Callable

FPS = 24.0
HIPS = slice(23, 25)
ROBOT, WOMAN = (slice(110, 360), slice(185, 355)), (slice(90, 240), slice(122, 180))
"""Where in the frames of the fixture `dancer` after its cut."""
PLAIN = 205


def clip_of(frames: list[np.ndarray] | np.ndarray) -> ClipFrames:
    return ClipFrames(len(frames), FPS, lambda index: frames[index])


def watched_all(frames: list[np.ndarray] | np.ndarray, networks: PoseNetworks, chosen: PersonSeen | int = 0) -> Watched:
    return Watching(clip_of(frames), networks).watch(chosen)


def watched(frames: list[np.ndarray] | np.ndarray, networks: PoseNetworks, chosen: PersonSeen | int = 0) -> WatchedShot:
    """Of the last shot."""
    return watched_all(frames, networks, chosen).shots[-1]


def people_in(frames: list[np.ndarray] | np.ndarray, networks: PoseNetworks) -> tuple[PersonSeen, ...]:
    *_, scanned = scan(clip_of(frames), PersonDetector(networks.detector), LandmarkFinder(networks.landmarks))
    assert scanned is not None
    return scanned.people


def hips(result: WatchedShot) -> np.ndarray:
    return result.track.pixels[:, HIPS].mean(1)


@pytest.fixture(scope="module")
def watched_dancer(dancer: np.ndarray, networks: PoseNetworks) -> Watched:
    return watched_all(dancer, networks)


CUT = 155 - DANCER_FIRST


@pytest.mark.long
def test_a_long_film_is_looked_at_once_where_the_person_is_still(
    dancer: np.ndarray, networks: PoseNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = dancer[[CUT + 10] * 8]
    looks: list[object] = []
    look: Callable[..., object] = getattr(LandmarkFinder, "_look")  # noqa: B009 -- what is private is counted here

    def noted(*args: object) -> object:
        looks.append(args)
        return look(*args)

    monkeypatch.setattr(LandmarkFinder, "_look", noted)
    twice, looks_twice = watched(still, networks), len(looks)
    monkeypatch.setattr(watching, "_MANY", 0)
    once, looks_once = watched(still, networks), len(looks) - looks_twice
    assert looks_once <= looks_twice - len(still) // 2
    off = np.linalg.norm(once.track.pixels - twice.track.pixels, axis=-1)
    assert off.mean() < 0.02 * np.ptp(twice.track.pixels[:, :, 1])


@pytest.mark.slow
def test_who_is_in_both_shots_is_watched_in_both(watched_dancer: Watched) -> None:
    """The woman, who wears a blue top and is left of the middle; a mannequin and a robot are in one shot each."""
    assert watched_dancer.cuts == (CUT,)
    assert watched_dancer.person == 0
    first, second = watched_dancer.shots
    assert (first.shot, second.shot) == ((0, CUT), (CUT, 90))
    assert first.first + len(first.track.times) <= CUT <= second.first
    for shot in (first, second):
        middle = hips(shot)
        middle = middle[np.isfinite(middle[:, 0])]
        assert len(middle) > 20
        assert np.all((middle > (100, 150)) & (middle < (200, 235)))


@pytest.mark.slow
def test_the_largest_who_stays_is_watched(dancer: np.ndarray, networks: PoseNetworks) -> None:
    everything = watched_all(dancer[CUT:], networks)
    (shot,) = everything.shots
    assert (shot.shot, shot.first, len(shot.track.times), shot.gaps) == ((0, 90 - CUT), 0, 90 - CUT, ())
    track, middle = shot.track, hips(shot)
    assert np.all((middle > (235, 190)) & (middle < (300, 250)))  # the robot's hips, as looked up
    assert track.confidence.min() > 0.5
    assert np.all(track.visibility[:, HIPS] > 0.9)
    assert track.size == (480, 360)
    assert np.allclose(np.diff(track.times), 1 / FPS)
    assert np.array_equal(track.camera, np.tile(np.eye(3), (len(track.times), 1, 1)))


@pytest.mark.slow
def test_all_people_are_named_once(watched_dancer: Watched) -> None:
    """A woman, before the cut a mannequin, after it a robot."""
    assert sorted((person.first >= CUT, person.last >= CUT) for person in watched_dancer.people) == [
        (False, False),
        (False, True),
        (True, True),
    ]


@pytest.mark.slow
def test_the_chosen_one_is_watched_beside_a_larger(dancer: np.ndarray, networks: PoseNetworks) -> None:
    frames = dancer[155 - DANCER_FIRST - 6 : -24]
    people = people_in(frames, networks)
    woman = next(person for person in people if person.last >= 6 and person.middle[0] < 200)
    everything = watched_all(frames, networks, woman)
    assert everything.person == people.index(woman)
    result = everything.shots[-1]
    assert result.shot == (6, len(frames))
    with pytest.raises(Fault, match=f"no person 9 in this part of the video, which shows {len(people)}"):
        watched_all(frames, networks, 8)
    middle = hips(result)
    assert len(middle) > 30
    assert np.all((middle > (120, 150)) & (middle < (200, 215)))


def crossing(dancer: np.ndarray, *, standing_in_front: bool) -> tuple[list[np.ndarray], np.ndarray]:
    """A robot that stands, and a bluer one that runs past it; and where the runner's picture is."""
    frames: list[np.ndarray] = []
    places: list[int] = []
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
    assert np.isnan(result.track.pixels[18:30]).all()
    assert np.isnan(result.track.body[18:30]).all()
    assert not result.track.confidence[18:30].any()
    assert not result.track.visibility[18:30].any()
    assert np.isfinite(result.track.pixels[:18]).all()
    assert np.isfinite(result.track.pixels[30:]).all()


@pytest.mark.slow_cases
@pytest.mark.parametrize("count", [1, 2, 9])
@pytest.mark.parametrize("level", [0, 255])
def test_where_nobody_is_there_is_no_track(count: int, level: int, networks: PoseNetworks) -> None:
    result = watched_all([np.full((90, 160, 3), level, np.uint8)] * count, networks)
    assert (result.people, result.shots, result.person) == ((), (), None)


def test_a_single_frame(dancer: np.ndarray, networks: PoseNetworks) -> None:
    everything = watched_all(dancer[60:61], networks)
    (result,) = everything.shots
    assert result.track.pixels.shape == (1, 33, 2)
    assert (result.first, result.gaps, len(everything.people)) == (0, (), 2)


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 3])
def test_larger_frames_give_the_same_person(dancer: np.ndarray, networks: PoseNetworks, times: int) -> None:
    """The network looks at as many pixels as it needs; what it finds is in the frame's own."""
    large = [frame.repeat(times, 0).repeat(times, 1) for frame in dancer[60:66]]
    small = watched(dancer[60:66], networks)
    result = watched(large, networks)
    assert np.abs(hips(result) / times - hips(small)).max() < 2.5


@pytest.mark.long
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


def test_failed_reading_ends_the_watching(dancer: np.ndarray, networks: PoseNetworks) -> None:
    begun = time.monotonic()

    def picture(index: int) -> np.ndarray:
        if time.monotonic() > begun and index == 7:
            raise OSError("gone")
        return dancer[60 + index]

    with pytest.raises(OSError, match="gone"):
        Watching(ClipFrames(20, FPS, picture), networks).watch()


@pytest.mark.slow
def test_who_is_small_is_watched(dancer: np.ndarray, networks: PoseNetworks) -> None:
    """The robot, a sixth as tall as the frame, where the detector sees nobody in the whole frame."""
    small = dancer[60:72][:, ROBOT[0], ROBOT[1]][:, ::4, ::4]
    frames = np.full((len(small), *dancer.shape[1:]), PLAIN, np.uint8)
    frames[:, 150 : 150 + small.shape[1], 330 : 330 + small.shape[2]] = small
    detect = PersonDetector(networks.detector)
    assert not any(detection.score >= 0.5 for detection in detect(frames[0]))
    (person,) = people_in(frames, networks)
    assert 330 < person.middle[0] < 330 + small.shape[2]
    assert np.isfinite(hips(watched(frames, networks))).all()
