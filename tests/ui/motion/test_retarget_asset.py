"""An Action of another file onto a character that it was not made for: limbs by Blender's evaluated poses."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_oldest_and_newest
from tests.scene.characters import facing, heads_at, heads_at_rest, limb_errors, true_names
from tests.standin import StandIn
from tests.ui.acts import refusal, whole_state
from tests.ui.motion.source_armatures import BOXING, bring

MADE_FOR, ONTO = "characters/mh_mixamo.blend", "characters/kenney.fbx"
FRAMES = np.arange(1.0, 3070.0, 200.0)


@pytest.mark.long
@in_oldest_and_newest
def test_a_library_takes_motion_to_any_character(shared_data: Path, service: StandIn, tmp_path: Path) -> None:
    source, first = (bring(shared_data, file, tmp_path) for file in (BOXING, MADE_FOR))
    assert bpy.ops.aimocap.retarget_from(source=source.name, lock_feet=False) == {"FINISHED"}
    action, names = first.animation_data.action, true_names(shared_data, MADE_FOR)
    asked = {"action": action.name, "filepath": str(tmp_path / "library.blend")}
    shown, rest = heads_at(first, names, FRAMES), heads_at_rest(first, names)
    bpy.data.libraries.write(asked["filepath"], {action})
    for armature in (source, first):
        bpy.data.objects.remove(armature)
    bpy.data.actions.remove(action)
    second, ours = bring(shared_data, ONTO, tmp_path), true_names(shared_data, ONTO)
    actions, libraries = len(bpy.data.actions), len(bpy.data.libraries)
    bpy.ops.preferences.asset_library_add(directory=str(tmp_path))
    shelf = bpy.context.preferences.filepaths.asset_libraries[-1].name
    activated = f"library.blend/Action/{asked['action']}"  # as the asset shelf names it
    result = bpy.ops.aimocap.retarget_asset(
        asset_library_type="CUSTOM",
        asset_library_identifier=shelf,
        relative_asset_identifier=activated,
        lock_feet=False,
    )
    bpy.ops.preferences.asset_library_remove(index=len(bpy.context.preferences.filepaths.asset_libraries) - 1)
    assert result == {"FINISHED"}
    assert (len(bpy.data.actions), len(bpy.data.libraries)) == (actions + 1, libraries)
    turn = facing(heads_at_rest(second, ours)) - facing(rest)
    apart = limb_errors(shown, heads_at(second, ours, FRAMES), turn)
    assert len(apart) == 8
    assert np.median(apart) <= 0.1
    assert apart.max() <= 0.5
    assert service.requests == []


@pytest.mark.usefixtures("addon")
def test_an_action_without_its_skeleton_is_refused(character: bpy.types.Object) -> None:
    bpy.data.actions.new("By Hand").use_fake_user = True
    bpy.context.view_layer.objects.active = character
    before = whole_state()
    message = refusal(bpy.ops.aimocap.retarget_asset, action="By Hand")
    assert message.startswith("The Action “By Hand” doesn't contain the skeleton that it was made for.")
    activated = {"asset_library_type": "LOCAL", "relative_asset_identifier": "Action/By Hand"}
    assert refusal(bpy.ops.aimocap.retarget_asset, **activated) == message
    assert refusal(bpy.ops.aimocap.retarget_asset).startswith("No Action is selected in an Asset Browser.")
    assert whole_state() == before
