"""Questions that a press of Capture Motion asks."""

from typing import Any

import bpy

from tests.ui.acts import module


def plans(filepath: str = "", *, all_selected: bool = False) -> Any:  # noqa: ANN401 -- of the installed add-on
    return module("takes.captures.planning").plan_captures(
        bpy.context, bpy.context.scene.aimocap.wishes(), filepath, all_selected=all_selected, is_only_asked=True
    )


def question(filepath: str = "", *, all_selected: bool = False) -> Any:  # noqa: ANN401 -- as above
    planned = plans(filepath, all_selected=all_selected)
    return module("ui.capture.before_capture").question_before(planned, filepath, all_selected=all_selected)


def answers(found: Any) -> list[str]:  # noqa: ANN401 -- as above
    return [answer.text for answer in found.answers]
