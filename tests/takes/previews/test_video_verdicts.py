"""A video's check is a verdict in words, which contradicts itself nowhere."""

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from tests.ui.acts import module

FPS = 10.0


@pytest.fixture
def facts(addon: ModuleType) -> list[Any]:
    """Ten frames, one each second, in which one person is seen well."""
    del addon
    make = module("vision.video_check").FrameFacts
    return [
        make(10 * second, 1, 0.8, 400.0, feet=1.0, hands=1.0, blur=0.1, changed=0.0, camera_moves=False)
        for second in range(10)
    ]


def said(facts: list[Any]) -> tuple[str, ...]:
    return module("takes.previews.video_checks").judged(facts, FPS).sentences


def test_a_video_without_hindrances_is_good(facts: list[Any]) -> None:
    assert said(facts) == ("Good: one person is in view from head to foot.",)


def test_what_is_risky_says_from_when_to_when(facts: list[Any]) -> None:
    without_feet = [replace(one, feet=0.0) for one in facts]
    assert said([*facts[:2], *without_feet[2:]]) == ("Risky: feet are out of view from 2.0 s on.",)
    assert said([*without_feet[:2], *facts[2:]]) == ("Risky: feet are out of view until 2.0 s.",)
    assert said([facts[0], *without_feet[1:3], *facts[3:]]) == ("Risky: feet are out of view at 1.0, 2.0 s.",)
    small = [replace(one, height=0.1) for one in without_feet]
    assert said(small) == (
        "Risky: feet are out of view in the whole range.",
        "Also: the person is small in the frame in the whole range.",
    )


def test_where_nobody_is_seen_nothing_is_said_of_a_person(facts: list[Any]) -> None:
    empty = [replace(one, people=0, height=0.0, feet=0.0, hands=0.0) for one in facts]
    assert said(empty) == ("Won't work: nobody is seen.",)
    assert said([*facts[:4], *empty[4:]]) == ("Risky: nobody is seen from 4.0 s on.",)
