"""A capture that is here and on no character, and its application as in a window."""

import bpy
import pytest

from tests.ui.acts import captures, module


@pytest.fixture
def captured(strip: object, character: bpy.types.Object) -> str:
    """A capture that is on its character; that has no motion again, so that one can see where it goes next."""
    del strip
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    character.animation_data_clear()
    module("takes.session").close_session()  # the motion is no longer in memory
    (view,) = captures()
    return view.id


def press_apply(capture_id: str) -> None:
    """As in a window: it is put on once it is read."""
    following = module("takes.session").open_session()
    following.application.when_read(capture_id, bpy.context.view_layer.objects.active)


def carried_out() -> bool:
    following = module("takes.session").open_session()
    return not any(following.application.is_to_be_applied(view.id) for view in captures())


def moved() -> set[str]:
    return {thing.name for thing in bpy.data.objects if thing.animation_data and thing.animation_data.action}
