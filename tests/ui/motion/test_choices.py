"""The same options everywhere; they stay as they were at the press of the button."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.standin import StandIn
from tests.ui.acts import capture_ids, module, preferences
from tests.ui.motion.conftest import CHOICES

OPERATORS = ("apply_capture", "import_motion_fbx", "retarget_from")
KINDS = ("type", "name", "description", "default", "hard_min", "hard_max", "is_skip_save")


def kind(properties: Any, name: str) -> list[object]:
    known = properties[name]
    values = [getattr(known, part, None) for part in KINDS]
    return [*values, [(item.identifier, item.name) for item in getattr(known, "enum_items", ())]]


@pytest.mark.usefixtures("addon")
def test_one_definition() -> None:
    for name in CHOICES:
        of_scene = kind(bpy.context.scene.aimocap.bl_rna.properties, name)
        for operator in OPERATORS:
            assert kind(getattr(bpy.ops.aimocap, operator).get_rna_type().properties, name) == of_scene, name


@pytest.mark.usefixtures("addon")
def test_new_options_are_off() -> None:
    options = module("motion.retargeting.retarget_options").RetargetOptions()
    keys = module("scene.keys.pose_keys").KeyOptions()
    choices = module("takes.binding")
    chosen = choices.choices_of(bpy.context.scene.aimocap)
    on_whole_frames = replace(keys, sampling="FRAMES")  # for people, who edit them
    of_all = replace(options, contacts="BODY")  # of new motion
    assert (choices.retarget_options(chosen), choices.key_options(chosen)) == (of_all, on_whole_frames)


@pytest.mark.usefixtures("addon")
def test_earlier_switches_choose_what_they_did() -> None:
    settings, read = bpy.context.scene.aimocap, module("takes.binding").read_choices
    for switches, contacts in (
        ({"lock_feet": True}, "FEET"),
        ({"lock_feet": False}, "OFF"),
        ({"lock_feet": True, "hold_hands": False}, "FEET"),
        ({"lock_feet": False, "hold_hands": True}, "BODY"),
    ):
        assert read(switches)["contacts"] == contacts
        settings.contacts = "BODY"
        for name, is_on in switches.items():
            setattr(settings, name, is_on)
        assert settings.contacts == contacts
    assert "contacts" not in read({})
    settings.property_unset("contacts")


def apply(capture_id: str) -> None:
    assert bpy.ops.aimocap.apply_capture("EXEC_DEFAULT", capture_id=capture_id) == {"FINISHED"}


@in_newest
@pytest.mark.usefixtures("strip", "sampled_once")
def test_all_choices_are_bound_when_the_button_is_pressed(character: bpy.types.Object, service: StandIn) -> None:
    settings = bpy.context.scene.aimocap
    settings.previous_action, settings.scale = "LEAVE", 1.5
    settings.lock_strength, settings.smoothing = 0.25, 0.125
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    for name in CHOICES:
        settings.property_unset(name)
    (capture_id,) = capture_ids()
    binding = module("takes.session").open_session().captures.view(capture_id).binding
    assert [binding[name] for name in ("scale", "lock_strength", "smoothing")] == [1.5, 0.25, 0.125]
    apply(capture_id)
    assert not character.animation_data.nla_tracks
    character.animation_data.action = bpy.data.actions.new("Mine")
    assert bpy.ops.aimocap.apply_capture("EXEC_DEFAULT", capture_id=capture_id, previous_action="PUSH_DOWN")
    assert len(character.animation_data.nla_tracks) == 1
    assert len(service.charges) == 1


@pytest.mark.usefixtures("strip", "sampled_once")
def test_a_capture_of_an_earlier_version_is_applied(character: bpy.types.Object, service: StandIn) -> None:
    settings = bpy.context.scene.aimocap
    settings.root_motion, settings.timing = "IN_PLACE", "REAL_TIME"
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (capture_id,) = capture_ids()
    module("takes.session").close_session()
    record = Path(preferences().captures_folder) / capture_id / "capture.json"
    written = json.loads(record.read_text())
    old = (
        "session",
        "blend_file",
        "armature",
        "armature_uid",
        "strip",
        "by_strip",
        "real_time",
        "root_motion",
        "timing",
    )
    binding = find(written, "binding")
    assert set(binding) > {*old, "lock_feet"}
    for name in set(binding) - {*old, "lock_feet"}:
        del binding[name]
    record.write_text(json.dumps(written))
    apply(capture_id)
    first, last = character.animation_data.action.frame_range
    assert (first, last) == (pytest.approx(17.0, abs=0.1), pytest.approx(17 + 52, abs=0.1))
    assert service.steps().count("create") == len(service.charges) == 1


def find(record: Any, name: str) -> dict[str, object]:
    """The object of that name, wherever it lies in a record."""
    if name in record:
        return record[name]
    return next(find(part, name) for part in record.values() if isinstance(part, dict) and name in json.dumps(part))


@pytest.mark.usefixtures("addon")
@pytest.mark.parametrize(
    "wrong",
    [
        {"root_carrier": "FEET"},
        {"lock_strength": "much"},
        {"scale": "2"},
        {"lock_feet": 1},
        {"smoothing": True},
        {"timing": None},
        {"together": 3},
    ],
)
def test_no_binding_of_this_add_on(wrong: dict[str, object]) -> None:
    binding = module("takes.binding")
    mapping = module("motion.time_mapping").TimeMapping(1.0, 24.0)
    scene = bpy.context.scene
    choices = module("takes.binding").choices_of(scene.aimocap)
    right = binding.bind(None, "Take", mapping, mapping, choices, scene).to_json()
    assert binding.Binding.from_json(json.loads(json.dumps(right))).to_json() == right
    with pytest.raises(ValueError):  # noqa: PT011 -- whatever it says
        binding.Binding.from_json({**right, **wrong})
