"""Choices of how motion goes on, kept as presets where Blender keeps the user's, and taken again."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import bpy
import pytest

from tests.standin import StandIn
from tests.ui.acts import capture_ids
from tests.ui.motion.conftest import CHOICES

OTHERWISE = {
    "timing": "REAL_TIME", "root_motion": "IN_PLACE", "scale": 1.75, "root_carrier": "OBJECT", "start": "CAPTURE",
    "source_reference": "REST", "source_frame": 4, "target_reference": "FRAME", "target_frame": 7,
    "contacts": "OFF", "lock_strength": 0.25, "ground": "SCENE", "ground_height": 0.5, "hand_strength": 0.75,
    "smoothing": 0.125, "mirror": True, "parts": {"spine", "left_arm"}, "limbs": "IK", "sampling": "SAMPLES",
    "key_tolerance": 1.5, "previous_action": "LEAVE",
}  # fmt: skip
"""Each as it is not by itself."""


@pytest.fixture
def presets(addon: ModuleType) -> Iterator[Path]:
    """The folder of the user's presets, emptied afterwards."""
    del addon
    folder = Path(bpy.utils.user_resource("SCRIPTS", path="presets"))
    yield folder
    for file in folder.rglob("*.py"):
        file.unlink()


def values(owner: object) -> dict[str, object]:
    return {name: getattr(owner, name) for name in ("timing", *CHOICES)}


def take(file: Path, menu: str) -> None:
    assert bpy.ops.script.execute_preset(filepath=str(file), menu_idname=menu) == {"FINISHED"}


def test_saved_preset_is_applied_again_and_removed(presets: Path) -> None:
    settings = bpy.context.scene.aimocap
    by_itself = values(settings)
    assert not [name for name, value in OTHERWISE.items() if by_itself[name] == value]
    settings.title = "Mine"
    for name, value in OTHERWISE.items():
        setattr(settings, name, value)
    assert bpy.ops.aimocap.add_motion_preset(name="On the Spot") == {"FINISHED"}
    (file,) = presets.rglob("*.py")
    assert file.relative_to(presets).parts[:-1] == ("aimocap", "motion")
    for name in OTHERWISE:
        settings.property_unset(name)
    settings.title = "Another"
    assert values(settings) == by_itself
    take(file, "AIMOCAP_PT_motion_presets")
    assert values(settings) == OTHERWISE
    assert settings.title == "Another"
    assert bpy.ops.aimocap.add_motion_preset(name="On the Spot", remove_name=True) == {"FINISHED"}
    assert not file.exists()


@pytest.mark.usefixtures("addon")
def test_values_of_a_preset_are_found_without_names_that_it_defines() -> None:
    """Debian's Blender 4.3 loses these names, as its Python 3.13 keeps what `exec` defines from `eval`."""
    paths = bpy.types.AIMOCAP_OT_add_motion_preset.preset_values
    assert {path.rpartition(".")[2] for path in paths} == set(OTHERWISE)
    for path in paths:
        eval(path, {"bpy": bpy})  # noqa: S307 -- as Blender does


@pytest.mark.usefixtures("strip", "sampled_once")
def test_an_operators_preset_holds_choices_alone(character: bpy.types.Object, service: StandIn, presets: Path) -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (capture_id,) = capture_ids()
    here = {"capture_id": capture_id, "onto": character.name}
    apply = bpy.ops.aimocap.apply_capture
    assert apply("EXEC_DEFAULT", True, **here, **{**OTHERWISE, "root_carrier": "HIPS"}) == {"FINISHED"}
    assert bpy.context.active_operator.bl_idname == "AIMOCAP_OT_apply_capture"
    bpy.ops.wm.operator_preset_add(name="Mine", operator="AIMOCAP_OT_apply_capture")
    (file,) = presets.rglob("*.py")
    text = file.read_text()
    assert set(re.findall(r"^op\.(\w+) = ", text, re.MULTILINE)) == set(OTHERWISE)
    assert not [part for part in here.values() if part in text]

    # the next run is as the capture was made, not as the last one ran
    assert apply("EXEC_DEFAULT", True, **here) == {"FINISHED"}
    operator = bpy.context.active_operator
    assert values(operator) == values(bpy.context.scene.aimocap)
    take(file, "WM_MT_operator_presets")
    assert values(operator) == {**OTHERWISE, "root_carrier": "HIPS"}
    assert operator.capture_id == capture_id
    assert len(service.charges) == 1


@pytest.mark.usefixtures("addon")
@pytest.mark.parametrize("name", ["apply_capture", "import_motion_fbx", "retarget_from"])
def test_other_options_of_an_operator_are_in_no_preset(name: str) -> None:
    assert "PRESET" in getattr(bpy.types, f"AIMOCAP_OT_{name}").bl_options
    properties = getattr(bpy.ops.aimocap, name).get_rna_type().properties
    kept = {prop.identifier for prop in properties if not prop.is_skip_preset} - {"name"}
    assert kept == {*CHOICES, "timing"} & set(properties.keys())


def test_nothing_of_it_stays_when_the_add_on_is_disabled(addon: ModuleType) -> None:
    def here() -> set[str]:
        return {name for name in dir(bpy.types) if "motion_preset" in name}

    assert here() == {"AIMOCAP_PT_motion_presets", "AIMOCAP_OT_add_motion_preset"}
    addon.unregister()
    try:
        assert here() == set()
        assert not hasattr(bpy.types.Scene, "aimocap")
    finally:
        addon.register()
