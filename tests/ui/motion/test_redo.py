"""A capture's motion is put on characters as often as one likes: nothing is sent, nothing is paid again."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.demo.character import bring_character
from tests.standin import StandIn
from tests.ui.acts import capture_ids, captures, files_below, preferences, refusal
from tests.ui.posing import heads

pytestmark = pytest.mark.usefixtures("sampled_once")

HIPS, FEET = "mixamorig:Hips", ("mixamorig:LeftFoot", "mixamorig:RightFoot")


@pytest.fixture
def captured(strip: object, character: bpy.types.Object, service: StandIn) -> str:
    """The id of a capture that was made, and put on the character; its preview, which is fetched last, has come."""
    del strip, character
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert service.steps().count("complete_upload") == 1
    assert service.wait_until(lambda: service.steps().count("download") == len(("motion", "preview")))
    return capture_ids()[0]


def apply(capture_id: str, **options: Any) -> None:
    assert bpy.ops.aimocap.apply_capture("EXEC_DEFAULT", capture_id=capture_id, **options) == {"FINISHED"}


def keyed(armature: bpy.types.Object) -> tuple[float, float]:
    first, last = armature.animation_data.action.frame_range
    return float(first), float(last)


def travelled(armature: bpy.types.Object) -> float:
    """Metres over the ground, from the first to the last key."""
    path = heads(armature, [HIPS], keyed(armature))[HIPS]
    return float(np.linalg.norm((path[-1] - path[0])[:2]))


def test_nothing_is_sent_and_each_choice_shows(captured: str, character: bpy.types.Object, service: StandIn) -> None:
    sent = len(service.requests)
    assert keyed(character) == (17.0, 60.0)
    far = travelled(character)
    assert far > 0.4

    apply(captured, timing="REAL_TIME", lock_feet=False, root_motion="IN_PLACE")
    assert keyed(character) == (17.0, 17.0 + 52.0)
    assert travelled(character) < 0.1

    apply(captured, root_motion="IN_PLACE")
    assert keyed(character) == (17.0, 60.0)
    assert travelled(character) < 0.1

    apply(captured, scale=2.0)
    assert travelled(character) == pytest.approx(2.0 * far, rel=0.04)  # held feet move hips

    apply(captured)
    assert travelled(character) == pytest.approx(far, abs=1e-4)
    assert len(service.requests) == sent
    assert len(service.charges) == 1
    assert len(captures()) == 1


def test_onto_another_character(
    captured: str, character: bpy.types.Object, service: StandIn, character_blend: Path
) -> None:
    sent = len(service.requests)
    before = character.animation_data.action
    other = bring_character(character_blend)
    other.scale = (2.0, 2.0, 2.0)
    apply(captured)
    assert other.animation_data.action not in {None, before}
    assert character.animation_data.action == before
    assert travelled(other) == pytest.approx(2 * travelled(character), rel=1e-3)
    assert len(service.requests) == sent


def test_bound_goes_to_its_own_character_whatever_is_selected(
    captured: str, character: bpy.types.Object, character_blend: Path
) -> None:
    other = bring_character(character_blend)
    character.name = "Renamed"
    before = character.animation_data.action
    apply(captured, bound=True)
    assert other.animation_data is None
    assert character.animation_data.action != before


def test_operators_that_cost_can_t_be_repeated() -> None:
    options = {
        name: getattr(bpy.types, f"AIMOCAP_OT_{name}").bl_options
        for name in ("capture_motion", "submit_anyway", "follow_capture", "apply_capture")
    }
    assert not any("REGISTER" in options[name] for name in ("capture_motion", "submit_anyway", "follow_capture"))
    assert {"REGISTER", "UNDO"} <= options["apply_capture"]


@in_newest
def test_forgetting_removes_the_files_and_keeps_the_motion(
    captured: str, character: bpy.types.Object, service: StandIn
) -> None:
    folder = Path(preferences().captures_folder)
    assert any(file.suffix == ".fbx" for file in files_below(folder))
    sent = len(service.requests)
    assert bpy.ops.aimocap.forget_capture("EXEC_DEFAULT", capture_id=captured) == {"FINISHED"}
    left = [file for file in files_below(folder) if captured in str(file)]
    assert all(file.is_relative_to(folder / ".trash") for file in left)
    assert captures() == ()
    assert travelled(character) > 0.4
    assert "no such capture" in refusal(bpy.ops.aimocap.apply_capture, "EXEC_DEFAULT", capture_id=captured)
    assert "no such capture" in refusal(bpy.ops.aimocap.follow_capture, "EXEC_DEFAULT", capture_id=captured)
    assert len(service.requests) == sent


@in_newest
def test_a_capture_that_is_over_is_not_followed_again(captured: str, service: StandIn) -> None:
    sent = len(service.requests)
    assert "has ended" in refusal(bpy.ops.aimocap.follow_capture, "EXEC_DEFAULT", capture_id=captured)
    assert len(service.requests) == sent
