"""The list of captures: one row for each, in all files, with what is told of the selected one."""

import time
from collections.abc import Callable
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.standin import StandIn
from tests.ui.acts import capture, captures, module, preferences

DAY = 86400.0

pytestmark = [in_newest, pytest.mark.usefixtures("strip", "character", "sampled_once")]


def rows() -> list[str]:
    module("ui.capture.list").update_list()
    return bpy.context.window_manager.aimocap_captures.keys()


def selected() -> str:
    return module("ui.capture.list").selected_capture()


def test_rows_are_the_captures_and_the_newest_is_selected(service: StandIn) -> None:
    assert rows() == []
    assert selected() == ""
    first = capture()
    assert (rows(), selected()) == ([first], first)
    second = capture()
    assert (rows(), selected()) == ([second, first], second)
    assert len(service.charges) == 2


def test_selected_capture_stays_selected_until_it_is_forgotten() -> None:
    first, second, third = capture(), capture(), capture()
    rows()
    bpy.context.window_manager.aimocap_capture_index = 1
    bpy.ops.aimocap.forget_capture("EXEC_DEFAULT", capture_id=third)
    assert (rows(), selected()) == ([second, first], second)
    bpy.ops.aimocap.forget_capture("EXEC_DEFAULT", capture_id=second)
    assert (rows(), selected()) == ([first], first)


def test_whoever_forgot_the_only_capture_still_has_the_menu_that_restores_it() -> None:
    has_captures, one = module("ui.capture.list").has_captures, capture()
    rows()
    bpy.ops.aimocap.forget_capture("EXEC_DEFAULT", capture_id=one)
    assert (rows(), has_captures()) == ([], True)


def test_the_list_is_the_same_in_another_file() -> None:
    one = capture()
    rows()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert bpy.context.window_manager.aimocap_captures.keys() == [one]  # nobody asked for it


KEPT = (
    ("FREE", 0.0, "for 7 more days"),
    ("FREE", 5.4, "for 2 more days"),
    ("FREE", 5.9, "for one more day"),
    ("FREE", 6.5, "today"),
    ("FREE", 8.0, "no longer keeps"),
    ("STARTER", 8.0, "for 6 more days"),
    ("PREMIUM", 8.0, "for 22 more days"),
)
"""Plan, days since the end, and what is said."""


def test_how_long_the_service_keeps_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    capture()
    (view,) = captures()
    now = time.time()
    assert abs(view.completed_at - now) < DAY / 100  # the stand-in has just told
    words = module("ui.capture.details")
    for plan, days_ago, reported in KEPT:
        preferences().plan = plan
        monkeypatch.setattr(words.time, "time", lambda days=days_ago: now + days * DAY)
        assert reported in words.kept_until(view), plan


def test_size_and_target_are_shown(service: StandIn) -> None:
    capture()
    (view,) = captures()
    assert view.size == sum(file.stat().st_size for file in view.files.values()) > 0
    words = module("ui.capture.details")
    assert words.facts_of(view).startswith("Character · ")
    assert f"{view.size / 2**20:.1f} MiB" in words.facts_of(view)
    bpy.context.scene.aimocap.target = "AVATAR"
    bpy.context.scene.aimocap.avatar_id = "hero-7"
    service.takes_avatars = True
    capture()
    assert words.facts_of(captures()[0]).startswith("hero-7 · ")


class TestMessages:
    """Messages at the end of a capture, wherever one works."""

    @staticmethod
    def begun() -> Any:
        """The session, with a capture that nobody follows to its end but `pump`."""
        session = module("takes.session").open_session()
        session.captures.begin(
            module("takes.captures.planning").plan_captures(bpy.context, bpy.context.scene.aimocap.wishes())[0]
        )
        return session

    @staticmethod
    def said(session: Any, comes: Callable[[], bool]) -> list[tuple[str, str]]:
        for _ in range(300):
            session.pump()
            if comes():
                break
            session.captures.runner.wait_for_change(0.1)
        assert comes()
        session.pump()
        return [(message.level, f"{message.title}: {message.sentence}") for message in session.messages.take()]

    def test_a_capture_that_was_applied_is_reported_once_with_its_figures(self) -> None:
        session = self.begun()
        ((level, sentence),) = self.said(session, lambda: bool(session.application.notes))
        assert level == "INFO"
        assert sentence.startswith("Take 1: ")
        for figures in ("bones moved", "Worst part", "Planted feet"):
            assert figures in sentence
        session.pump()
        assert session.messages.take() == []

    def test_a_refusal_is_an_error(self, service: StandIn) -> None:
        service.credits = 0.0
        session = self.begun()
        ((level, sentence),) = self.said(session, lambda: captures()[0].state == "rejected")
        assert level == "ERROR"
        assert "credits" in sentence

    def test_motion_without_its_character_waits(self) -> None:
        session = self.begun()
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        ((level, sentence),) = self.said(session, lambda: captures()[0].state == "done")
        assert level == "INFO"
        assert "press Apply" in sentence

    def test_a_capture_that_the_user_stops_is_not_reported(self, service: StandIn) -> None:
        service.hold("queued")
        session = self.begun()
        session.captures.runner.stop_following(captures()[0].id)
        assert self.said(session, lambda: captures()[0].state == "stopped") == []

    def test_captures_of_earlier_days_are_no_news(self) -> None:
        capture()
        module("takes.session").close_session()
        session = module("takes.session").open_session()
        session.pump()
        assert session.messages.take() == []


def test_of_a_name_that_is_cut_the_range_and_the_character_stand_below() -> None:
    cut_of = module("ui.capture.list").cut_of
    assert cut_of("Capture · Rocketbox · 0.8–3.2 s 2") == "0.8–3.2 s 2 · Rocketbox"
    assert cut_of("Preview · 0.8–3.2 s") == "0.8–3.2 s"
    assert not cut_of("A name that somebody gave")
