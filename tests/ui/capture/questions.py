"""Questions that a press of Capture Motion asks."""

from typing import Any

import bpy

from tests.ui.acts import module


def plans(filepath: str = "", *, all_selected: bool = False) -> Any:
    return module("takes.captures.planning").plan_captures(
        bpy.context, bpy.context.scene.aimocap.wishes(), filepath, all_selected=all_selected, is_only_asked=True
    )


def question(filepath: str = "", *, all_selected: bool = False) -> Any:
    planned = plans(filepath, all_selected=all_selected)
    return module("ui.capture.before_capture").question_before(planned, filepath, all_selected=all_selected)


def answers(found: Any) -> list[str]:
    return [answer.text for answer in found.answers]
