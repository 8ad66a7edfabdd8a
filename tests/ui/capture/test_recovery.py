"""A lost capture comes back by its job's id; a row that waits for the user says why, and offers what helps."""

import re
import shutil
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.standin import StandIn
from tests.ui.acts import captures, module, preferences, refusal
from tests.ui.conftest import MODULE

AGAIN, PREFERENCES = "aimocap.follow_capture", "preferences.addon_show"


@pytest.mark.usefixtures("strip", "sampled_once")
@pytest.mark.parametrize("how", ["uninstalled", "torn"])
def test_a_lost_capture_comes_back(how: str, character: bpy.types.Object, service: StandIn, tmp_path: Path) -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (lost,) = captures()
    character.animation_data_clear()
    module("takes.session").close_session()
    folder = tmp_path / "captures"
    if how == "torn":
        (folder / lost.id / "capture.json").write_text('{"v"')
        assert list(module("takes.session").open_session().captures.runner.lost_jobs()) == [lost.job_id]
    else:
        shutil.rmtree(folder)
    asked = len(service.requests)
    bpy.context.scene.frame_set(40)
    assert bpy.ops.aimocap.recover_capture(job_id=lost.job_id) == {"FINISHED"}
    assert {request.method for request in service.requests[asked:]} == {"GET"}
    assert len(service.charges) == 1
    assert character.animation_data is None or character.animation_data.action is None  # only by hand
    (view,) = captures()
    assert "press Apply" in view.next_step
    assert bpy.ops.aimocap.apply_capture(capture_id=view.id) == {"FINISHED"}
    assert character.animation_data.action.frame_range[0] == pytest.approx(40.0, abs=0.1)
    assert "in the list" in refusal(bpy.ops.aimocap.recover_capture, job_id=lost.job_id)


def test_wrong_id_avatar_or_job_is_refused(service: StandIn) -> None:
    assert "job ID" in refusal(bpy.ops.aimocap.recover_capture, job_id="no id")
    assert "avatar" in refusal(bpy.ops.aimocap.recover_capture, job_id="job_1", target="AVATAR")
    assert service.requests == []
    assert "has no job with this ID for this API key" in refusal(bpy.ops.aimocap.recover_capture, job_id="job_1")
    assert {request.method for request in service.requests} == {"GET"}


def test_captures_outlive_the_add_on(service: StandIn) -> None:
    del service
    preferences().captures_folder = ""
    own = Path(bpy.utils.extension_path_user(MODULE, path=""))
    assert not module("ui.setup.preferences").captures_folder().is_relative_to(own)


def shown(kind: str, state: str = "blocked", *, followed: bool = True) -> Any:
    """The row of a capture that waits for the user after such a fault, in the fault's own words."""
    capture, faults, view = module("jobs.capture"), module("service.faults"), module("jobs.view")
    fault = faults.ServiceFault(faults.Kind(kind)) if kind in list(faults.Kind) else None
    trouble = capture.Trouble(kind, fault.what if fault else "It.", fault.next_step if fault else "Do it.")
    record = capture.Capture(
        id="1",
        created_at=0.0,
        base_url="https://aimocap.net",
        source=capture.Source("/v.mp4", "v.mp4", 1, 1, "", temporary=False),
        order=capture.Order(("default",), "", 10.0, 1.0, 4.0, None, None),
        binding={},
        state=capture.State(state),
        blocked_from=capture.State("queued") if state == "blocked" else None,
        followed=followed,
        trouble=trouble,
    )
    return view.view_of(record, view.Driving(followed=False), Path(), 1.0)


@pytest.mark.parametrize(
    ("kind", "what", "next_step", "buttons"),
    [
        ("key", "API key", "preferences", ["wm.url_open", PREFERENCES, AGAIN]),
        ("address", "", "", [PREFERENCES, AGAIN]),
        ("other_key", "", "", [PREFERENCES, AGAIN]),
        ("unknown_job", "", "", [PREFERENCES, AGAIN]),
        ("proxy", "proxy", "HTTPS_PROXY", [AGAIN]),
        ("tls", "certificate", "REQUESTS_CA_BUNDLE", [AGAIN]),
        ("disk", "written", "disk space.*follow the capture again", [AGAIN]),
        ("source_changed", "video file was changed", "Restore the original file", [AGAIN]),
        ("create_failed", "", "", [AGAIN]),
        ("storage_refused", "storage refused", "later", [AGAIN]),
        ("bad_answer", "not be understood", "later", [AGAIN]),
        ("bad_file", "", "", [AGAIN]),
        ("no_requests", "requests", "Blender", [AGAIN]),
    ],
)
@pytest.mark.usefixtures("addon")
def test_a_row_that_waits_for_the_user(kind: str, what: str, next_step: str, buttons: list[str]) -> None:
    view = shown(kind)
    assert re.search(what, view.what)
    assert re.search(next_step, view.next_step)
    assert "automatically" not in view.next_step  # nothing happens by itself while it is blocked
    assert [operator for operator, *_ in module("ui.capture.details").choices_of(view)] == buttons


@pytest.mark.parametrize("followed", [True, False])
@pytest.mark.usefixtures("addon")
def test_an_unconfirmed_row_says_so_watched_or_not(*, followed: bool) -> None:
    view = shown("unconfirmed", "unconfirmed", followed=followed)
    assert view.what == "It."  # the trouble's own words, not that the job goes on, which nobody knows
    operators = [operator for operator, *_ in module("ui.capture.details").choices_of(view)]
    assert operators == ["aimocap.check_again", "aimocap.submit_anyway"]
