"""Menu of the capture selected in the list."""

from functools import partial
from typing import TYPE_CHECKING, LiteralString, cast

import bpy

from ...jobs.capture import State
from ...jobs.life import PREVIEW
from ...takes.session import current_session
from ..text.option_properties import option_button
from ..text.translation import translated
from .details import has_problem
from .list import selected_capture

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems

_VIDEOS: tuple[tuple[str, LiteralString], ...] = (("PREVIEW", "Preview"), ("SOURCE", "Source"))
_PLACES: "tuple[tuple[str, LiteralString, IconItems], ...]" = (
    ("STRIP", "as Strip", "SEQUENCE"),
    ("CAMERA", "behind Character", "CAMERA_DATA"),
)


class CaptureMenu(bpy.types.Menu):
    """Show more actions for this capture, all of them free of charge"""

    bl_idname = "AIMOCAP_MT_capture"
    bl_label = "Capture"

    def draw(self, context: bpy.types.Context | None) -> None:
        """Draw the actions for files and videos, and the one that forgets the capture."""
        layout = cast("bpy.types.UILayout", self.layout)
        session = current_session()
        view = session.captures.view(selected_capture()) if session is not None else None
        if view is None:
            return
        button = partial(option_button, layout, capture_id=view.id)
        if view.state == State.DONE:
            button("aimocap.apply_capture", "Apply", "ARMATURE_DATA")
            layout.operator("aimocap.render_review", icon="RENDER_ANIMATION")
        button("aimocap.open_capture_folder", "Show Folder", "FILE_FOLDER")
        if view.job_id:
            button("aimocap.copy_job_id", "Copy Job ID", "COPYDOWN")
        if session is not None and has_problem(view, session.application.notes.get(view.id)):
            layout.operator("aimocap.copy_report", icon="COPYDOWN")
        if PREVIEW in view.files:
            button("aimocap.play_preview", "Play Preview", "PLAY")
        layout.separator()
        for video, name in _VIDEOS:
            if video == "SOURCE" or PREVIEW in view.files:
                for place, how, icon in _PLACES:
                    text = f"{translated(name)} {translated(how)}"
                    button("aimocap.show_video", text, icon, video=video, place=place)
        layout.separator()
        button("aimocap.forget_capture", "Forget", "TRASH")


CLASSES = (CaptureMenu,)
