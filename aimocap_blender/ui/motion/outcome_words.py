"""Outcome of applying a motion: in the redo panel, and as a card below the list."""

import json
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...scene.g1.rig import is_g1_rig
from ...scene.retargeting import NoHumanFault
from ...scene.scene_values import character_of
from ...takes.messages import Note
from ...takes.session import session_of
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..settings import settings_of
from ..text.modal_work import chosen_options, row_or_bar
from ..text.option_properties import set_options
from ..text.reporting import Answer, AsksFirst, Question, Returned, inform, refuse
from ..text.wrapped_text import say
from .comparing import CompareTakes, current_comparison, draw_comparison
from .contacts import draw_contacts_switch

_WAITS = ("aimocap.export_motion", "aimocap.export_g1_motion", "aimocap.render_review", "aimocap.check_g1_motion")
"""Operators whose bar stands in the place of the buttons for what is done next."""

_REDO_WIDTH = 360
"""Width of the redo panel in unscaled pixels."""


class ShowsOutcome:
    """Operator whose redo panel shows the outcome."""

    if TYPE_CHECKING:
        told: str
        doubtful_bones: bool
        warns: bool
        any_figure: bool
        may_ask: bool
    else:
        told: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        doubtful_bones: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})
        warns: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})
        any_figure: bpy.props.BoolProperty(
            name="Any Figure",
            description="Apply even if the character or the motion's skeleton isn't a human figure",
            options={"HIDDEN", "SKIP_SAVE"},
        )
        # someone at a window can be asked
        may_ask: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})

    def ask_or_refuse(self, fault: Fault) -> Returned:
        """Ask what to do about a figure that isn't human, if someone can be asked; else report why not."""
        operator = cast("bpy.types.Operator", self)
        # nobody is asked about what they can't change
        if not self.may_ask or not isinstance(fault, NoHumanFault) or not (fault.of_character or fault.may_go_on):
            return refuse(operator, fault)
        # the files of a file selector aren't among them: that one of them is asked about, its path says
        given = {name: value for name, value in chosen_options(self).items() if not isinstance(value, list)}
        cast("Any", bpy.ops).aimocap.ask_about_bones(
            "INVOKE_DEFAULT",
            told=json.dumps([fault.what.to_json(), fault.next_step.to_json()]),
            of_character=fault.of_character,
            operator=type(operator).bl_idname if fault.may_go_on else "",
            # sets of choices
            given=json.dumps(given | {"any_figure": True}, default=sorted),
        )
        return {"CANCELLED"}

    def show_outcome(self, note: Note) -> None:
        """Report the outcome, and keep its sentences for the redo panel."""
        self.told = json.dumps([sentence.to_json() for sentence in note.sentences])
        self.doubtful_bones, self.warns = note.doubtful_bones, bool(note.warning)
        message = note.message
        inform(cast("bpy.types.Operator", self), message.sentence, message.level)

    def draw_outcome(self, layout: bpy.types.UILayout) -> None:
        """Draw what was done, and a warning; the numbers are in the details of the take."""
        column = layout.column()
        for sentence in json.loads(self.told or "[]")[: 1 + self.warns]:
            say(column, Text.from_json(sentence) or "", width=_REDO_WIDTH)
        if self.doubtful_bones:
            layout.operator("aimocap.review_bones")


def draw_note(box: bpy.types.UILayout, take_id: str, note: Note | None) -> None:
    """Draw the outcome of applying a take's motion, if there is one: what was done, how good it is, what comes next."""
    if note is None:
        return
    # without a motion on the character there is nothing to judge, and nothing to do next
    if note.failed or not note.applied:
        say(box, note.sentence, "ERROR" if note.failed else "INFO")
        return
    say(box, note.sentence, "ARMATURE_DATA")
    row = box.row()
    row.alert = note.doubtful_bones
    # wrong bones are the cause, and a warning about the motion only what follows
    icon = "ERROR" if note.doubtful_bones else "INFO" if note.warning else "CHECKMARK"
    # the details have all of it
    verdict = verdict_of(Text.of(note.warning).first, doubtful=note.doubtful_bones)
    say(row, verdict, icon, buttons_beside=1)
    if note.doubtful_bones:
        row.operator("aimocap.review_bones", text="", icon="RIGHTARROW")
    elif note.frame is not None:
        set_options(row.operator("aimocap.go_to_frame", text="", icon="RIGHTARROW"), frame=round(note.frame))
    _draw_next(box, take_id)


def verdict_of(warning: Sentence, *, doubtful: bool) -> Text:
    """Return how good a motion is on its character, and why it is not."""
    if not warning:
        return Text("Good")
    why = Text.of(warning)
    return Text("Doubtful: {why}", why=why) if doubtful else Text("Look at it: {why}", why=why)


def _draw_next(box: bpy.types.UILayout, take_id: str) -> None:
    """Draw what is done next with the motion, or what ends the comparison that is going on."""
    if (comparison := current_comparison()) is not None:
        draw_comparison(box, comparison)
        return
    character = character_of(bpy.context)
    row = row_or_bar(box, *_WAITS)
    if row is None:
        return
    # a robot's motion is checked by numbers, a character's by eye, whichever of them is selected now
    if is_g1_rig(character) or _is_a_robots(take_id):
        row.operator("aimocap.check_g1_motion", text="Check")
        row.operator("aimocap.export_g1_motion", text="Export…")
    else:
        compare = row.row(align=True)
        compare.enabled = CompareTakes.why_not(bpy.context) is None
        compare.operator("aimocap.compare_takes", text="Compare")
        draw_contacts_switch(row, settings_of(bpy.context.scene), character, brief=True)
        row.operator("aimocap.export_motion", text="Export…")
    set_options(row.operator("aimocap.show_details", text="", icon="TEXT"), take_id=take_id)


def _is_a_robots(take_id: str) -> bool:
    """Return whether a take has no motion but a robot's."""
    take = session_of(take_id).take(take_id)
    return take is not None and bool(take.files) and take.human is None


class AskAboutBones(AsksFirst, bpy.types.Operator):
    """Ask what to do about a figure that isn't human"""

    bl_idname = "aimocap.ask_about_bones"
    bl_label = "Review Bones"
    bl_options = {"INTERNAL"}

    if TYPE_CHECKING:
        told: str
        of_character: bool
        operator: str
        given: str
    else:
        told: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        of_character: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})
        operator: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        given: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask."""
        answers = [Answer("Review Bones", "aimocap.review_bones")] if self.of_character else []
        if self.operator:
            given: dict[str, object] = json.loads(self.given)
            # JSON knows no sets, of which choices of several values are
            given |= {name: {*cast("list[str]", value)} for name, value in given.items() if isinstance(value, list)}
            answers.append(Answer("Apply Anyway", self.operator, given, at_once=True))
        sentences = (Text.from_json(sentence) or Text("") for sentence in json.loads(self.told))
        return self.ask(
            context, Question("Is this a human figure?", tuple(sentences), tuple(answers), cancel_first=True)
        )

    def execute(self, context: bpy.types.Context) -> Returned:
        """Do nothing; the answers do."""
        return {"CANCELLED"}


class GoToFrame(bpy.types.Operator):
    """Go to the frame in which it is worst"""

    bl_idname = "aimocap.go_to_frame"
    bl_label = "Go to Frame"
    bl_options = {"INTERNAL", "UNDO"}

    if TYPE_CHECKING:
        frame: int
    else:
        frame: bpy.props.IntProperty(name="Frame", description="Frame of the timeline", options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> Returned:
        """Go there."""
        context.scene.frame_set(self.frame)
        return {"FINISHED"}


CLASSES = (AskAboutBones, GoToFrame)
