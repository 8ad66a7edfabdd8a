"""Application of a finished capture's motion to a character; repeatable and free."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import bpy

from ...jobs.capture import State
from ...jobs.runner import CaptureView
from ...motion.g1.motion import G1Motion
from ...motion.time_mapping import TimeMapping
from ...scene.chosen_character import kept_character
from ...scene.g1.rig import is_g1_rig
from ...scene.video.strips import from_current_frame, scene_fps, strip_named, video_of
from ...scene.windows import in_scene
from ...service.contract import ROBOT_TARGET
from ...takes.applying import put_motion_on, put_on_both
from ...takes.binding import Binding, binding_of, unbound
from ...takes.captures.parts import part_shown_by
from ...takes.choices import choices_of
from ...takes.fault_lines import source_line_of
from ...takes.messages import Note
from ...takes.outcome_words import shortfall
from ...takes.provenance import source_of_capture
from ...takes.reading import Motion
from ...takes.session import Session, kinds_for, open_session, session_of
from ...texts.faults import Fault
from ..character.onto import OntoCharacter
from ..motion.outcome_words import ShowsOutcome
from ..motion_choices import CaptureChoices
from ..settings import settings_of
from ..text.reporting import refuse
from . import watching

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_log = logging.getLogger(__name__)


class ApplyCapture(ShowsOutcome, CaptureChoices, OntoCharacter, bpy.types.Operator):
    """Apply this capture's motion to the character, free of charge"""

    bl_idname = "aimocap.apply_capture"
    bl_label = "Apply Capture"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    if TYPE_CHECKING:
        capture_id: str
        bound: bool
        strip: str
    else:
        capture_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        bound: bpy.props.BoolProperty(
            name="On Its Own Character",
            description="Apply to the character that was selected when the capture was started",
            options={"HIDDEN", "SKIP_SAVE"},
        )
        strip: bpy.props.StringProperty(
            name="Strip",
            description="Name of a strip that shows a part of the captured range: only that part is applied, where the strip plays it",  # noqa: E501 -- a tooltip
            options={"HIDDEN", "SKIP_SAVE"},
        )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Apply at once, or when the motion has been read in the background."""
        session = open_session()
        view = session.view(self.capture_id)
        if view is None or view.state != State.DONE:
            return self.execute(context)
        if not self.bound and _suits(view, kept_character(cast("bpy.types.Scene", context.scene))):
            self.take_character(context)
        try:
            armature = self.character(context)
        except Fault:
            return self.execute(context)
        if all(session.motion(view.id, kind) is not None for kind in kinds_for(view, armature, bound=self.bound)):
            return self.execute(context)
        session.apply_when_read(view, armature, self.strip)
        watching.watch()
        return {"CANCELLED"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Apply the motion or report why not; a fault leaves the scene unchanged."""
        session = session_of(self.capture_id)
        try:
            note = self._apply(context, session)
        except Fault as fault:
            _log.warning("capture %s: not put on a character: %s", self.capture_id, source_line_of(fault))
            session.notes[self.capture_id] = Note(fault.text, failed=True)
            return refuse(self, fault)
        _log.info("capture %s: its motion is on a character", self.capture_id)
        view = session.view(self.capture_id)
        try:
            if view is None or not view.applied:
                session.act(self.capture_id, session.runner.claim_application)
        except Fault as refused:  # the motion was applied nevertheless
            note = note.with_details(refused.text)
        if view is not None:
            session.previews.captured(view)
        session.notes[self.capture_id] = note
        self.show_outcome(note)
        return {"FINISHED"}

    def _apply(self, context: bpy.types.Context, session: Session) -> Note:
        """Return the outcome, with a warning if the motion is much shorter than its range."""
        view = session.view(self.capture_id)
        if view is None:
            raise Fault("There is no such capture.", "Pick one from the list in the AIMoCap tab.")
        binding = binding_of(view) or _unbound(context, view)
        self.take_choices(binding.choices)  # as when the capture was started, unless changed in the redo panel
        name = binding.strip or view.title
        armature = self.named_character(context) if self.bound else self.character(context)
        armature = armature or binding.bound_armature()
        kinds = kinds_for(view, armature, bound=self.bound)
        motions = [session.read_now(view, kind) for kind in kinds]
        if not motions:
            raise Fault("This capture has no motion yet.", "Follow it until it is done, then apply it.")
        robot, before = binding.bound_robot(), set(bpy.data.objects)
        shown = cast("bpy.types.Scene", context.scene)
        scene = (binding.bound_scene() if self.bound else None) or shown
        mappings = [binding.mapping(self.timing, scene)] * len(motions)
        if self.strip:
            view, motions, mappings = self._part(context, view, motions, scene)
        with in_scene(scene):
            if len(view.target_ids) > 1:
                note = put_on_both(context, view, motions, armature, robot, mappings, name, choices_of(self))
            else:
                motion = motions[0]
                onto = robot if armature is None and isinstance(motion, G1Motion) else armature
                source = source_of_capture(view, motion)
                note = put_motion_on(context, motion, onto, mappings[0], name, choices_of(self), source)
        for rig in filter(is_g1_rig, set(bpy.data.objects) - before):
            binding.share(rig)
        return note.with_warning(shortfall(view, motions)).with_details(*session.reading_notes(view.id, kinds))

    def _part(
        self, context: bpy.types.Context, view: CaptureView, motions: list[Motion], scene: bpy.types.Scene
    ) -> tuple[CaptureView, list[Motion], list[TimeMapping]]:
        """Return what the strip shows of the capture, of its motions, and where that goes."""
        shown = video_of(context, strip_named(context, self.strip))
        part, start = part_shown_by(shown, view), view.range_sec[0]
        real_time = replace(shown.real_time, frames_per_second=scene_fps(scene))
        mapping = shown.mapping if self.timing == "STRIP" else real_time
        cut, mappings = zip(*(part.of(motion, mapping) for motion in motions), strict=True)
        return replace(view, range_sec=(start + part.start_sec, start + part.end_sec)), list(cut), list(mappings)


def _suits(view: CaptureView, kept: bpy.types.Object | None) -> bool:
    """Return whether the capture has motion of the kept character's kind; else the selected one receives it."""
    return any((target == ROBOT_TARGET) == is_g1_rig(kept) for target in view.target_ids)


def _unbound(context: bpy.types.Context, view: CaptureView) -> Binding:
    scene = cast("bpy.types.Scene", context.scene)
    mapping = from_current_frame(scene)
    return unbound(view.title, mapping, choices_of(settings_of(scene)))


CLASSES = (ApplyCapture,)
