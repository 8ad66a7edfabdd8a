"""A video's check is a verdict in words, which contradicts itself nowhere."""

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from tests.ui.acts import module

FPS = 10.0


@pytest.fixture
def looks(addon: ModuleType) -> list[Any]:
    """Ten frames, one each second, in which one person is seen well."""
    del addon
    make = module("vision.video_check").FrameFacts
    return [make(10 * second, people=1, size=0.6, blur=0.4, light=200.0) for second in range(10)]


def said(looks: list[Any], **whole: object) -> tuple[str, ...]:
    facts = module("vision.video_check").VideoFacts(tuple(looks), **whole)
    return module("takes.previews.running").judged(facts, FPS).sentences


def test_a_video_without_hindrances_is_good(looks: list[Any]) -> None:
    assert said(looks) == ("Good: one person is in view from head to foot.",)


def test_risk_says_from_when_to_when(looks: list[Any]) -> None:
    without_feet = [replace(one, feet_out=1.0) for one in looks]
    assert said([*looks[:2], *without_feet[2:]]) == ("Risky: feet are out of the frame from 2.0 s on.",)
    assert said([*without_feet[:2], *looks[2:]]) == ("Risky: feet are out of the frame until 2.0 s.",)
    assert said([looks[0], *without_feet[1:3], *looks[3:]]) == ("Risky: feet are out of the frame at 1.0, 2.0 s.",)
    small = [replace(one, size=0.1) for one in without_feet]
    assert said(small) == (
        "Risky: feet are out of the frame in the whole range.",
        "Also: the person is small in the frame in the whole range.",
    )


def test_one_look_alone_says_nothing_unless_it_is_all_there_is(looks: list[Any]) -> None:
    lies = replace(looks[3], on_floor=True)
    assert said([*looks[:3], lies, *looks[4:]]) == ("Good: one person is in view from head to foot.",)
    assert said([lies]) == ("Risky: the person is on the floor in the whole range.",)


def test_hands_behind_the_back_for_a_while_are_no_hindrance(looks: list[Any]) -> None:
    hidden = [replace(one, hands_hidden=1.0) for one in looks]
    assert said([*hidden[:4], *looks[4:]]) == ("Good: one person is in view from head to foot.",)
    assert said(hidden) == ("Risky: hands are hidden in the whole range.",)


def test_where_nobody_is_seen_nothing_is_said_of_a_person(looks: list[Any]) -> None:
    empty = [replace(one, people=0, size=0.0) for one in looks]
    assert said(empty) == ("Won't work: nobody is seen.",)
    assert said([*looks[:4], *empty[4:]]) == ("Risky: nobody is seen from 4.0 s on.",)


def test_where_it_is_dark_or_blurred_it_is_not_said_that_nobody_is_there(looks: list[Any]) -> None:
    dark = [replace(one, people=0, light=20.0) for one in looks]
    assert said(dark) == ("Won't work: the video is dark.",)
    assert said([*looks[:4], *dark[4:]]) == ("Risky: the video is dark from 4.0 s on.",)
    blurred = [replace(one, people=0, blur=0.9) for one in looks]
    assert said(blurred) == ("Won't work: the video is blurred.",)


def test_cuts_and_a_moving_camera_are_said_of_the_whole(looks: list[Any]) -> None:
    assert said(looks, cuts=((12, 15), (40, 43)), camera_moves=True) == (
        "Risky: the camera moves.",
        "Also: there is a cut between 1.2 and 1.5 s.",
        "Also: there is a cut between 4.0 and 4.3 s.",
    )
