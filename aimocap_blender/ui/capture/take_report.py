"""All that is known of a take's motion, in a text that a Text Editor shows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...takes.off_in_films import off_in_words
from ...takes.reading import ReadMotion
from ...takes.session import Session, open_session
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..motion.outcome_words import verdict_of
from ..text.reporting import Returned, refuse
from ..text.translation import translated
from .words import facts_of, kept_until, range_and_receiver

_NAME = "aimocap_details.txt"
_NOT_APPLIED = Fault("This motion was not applied in this session.", "Press Apply.")


class ShowDetails(bpy.types.Operator):
    """Show in a text all that was measured of this motion on its character"""

    bl_idname = "aimocap.show_details"
    bl_label = "Show Details"
    bl_options = {"INTERNAL"}

    if TYPE_CHECKING:
        take_id: str
    else:
        take_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> Returned:
        """Write the text, and show it in a Text Editor: one that is open, else a new window."""
        session = open_session()
        if self.take_id not in session.application.notes:
            return refuse(self, _NOT_APPLIED)
        text = bpy.data.texts.get(_NAME) or bpy.data.texts.new(_NAME)
        # a text that nothing uses isn't saved
        text.use_fake_user = False
        text.from_string("\n".join(translated(sentence) for sentence in _sentences(session, self.take_id) if sentence))
        text.cursor_set(0)
        if not bpy.app.background:
            _text_editor(context).spaces.active.text = text
        return {"FINISHED"}


def _sentences(session: Session, take_id: str) -> Iterator[Sentence]:
    take, note, view = session.take(take_id), session.application.notes[take_id], session.captures.view(take_id)
    if take is not None:
        yield Text("{facts}", facts=f"{take.title} · {range_and_receiver(take)}")
    yield note.sentence
    if note.applied and not note.failed:
        yield verdict_of(note.warning, doubtful=note.doubtful_bones)
    yield from note.details
    if take is not None and take.human is not None and note.applied and not note.failed:
        read = session.motions.wait_for(take, take.human)
        if isinstance(read, ReadMotion):
            yield from off_in_words(session.previews.kept, take, read.motion)
    if view is not None:
        yield Text.of(facts_of(view))
        yield kept_until(view)


def _text_editor(context: bpy.types.Context) -> Any:  # noqa: ANN401 -- the stubs know no editor's space
    manager = cast("bpy.types.WindowManager", context.window_manager)
    for window in manager.windows:
        for area in window.screen.areas:
            if area.type == "TEXT_EDITOR":
                return area
    bpy.ops.wm.window_new()
    opened: Any = manager.windows[-1].screen.areas[0]
    opened.type = "TEXT_EDITOR"
    opened.spaces.active.show_word_wrap = True
    return opened


CLASSES = (ShowDetails,)
