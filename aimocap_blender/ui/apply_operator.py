"""Putting a finished capture's motion onto a character, as often as one likes, at no cost."""

import logging
from typing import TYPE_CHECKING, cast

import bpy

from ..jobs.runner import CaptureRefused, CaptureView
from ..motion.faults import MotionFault
from ..motion.g1.motion import G1Motion
from ..motion.retarget_options import RetargetOptions
from ..motion.time_mapping import TimeMapping
from ..scene.action_source import UNKNOWN, ActionSource
from ..scene.beside import place_beside, stand_at
from ..scene.faults import SceneFault
from ..scene.g1.keys import apply_g1_motion, joints_left_out
from ..scene.g1.rig import add_g1_rig, is_g1_rig
from ..scene.pose_keys import EACH_SAMPLE
from ..scene.retargeting import put_clip_on
from ..scene.strips import from_current_frame
from . import watching
from .binding import Binding, binding_of, unbound
from .character import selected_armature
from .following import Following, Note, current, following, kinds_for
from .log_file import place_of
from .motion_choices import CaptureChoices, MotionChoices
from .outcome_words import TellsOutcome, sentences_of, shortfall
from .provenance import source_of_capture, stamping
from .reading import Motion
from .reporting import inform, refuse
from .settings import settings_of
from .windows import in_scene

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_log = logging.getLogger(__name__)


class ApplyCapture(TellsOutcome, CaptureChoices, bpy.types.Operator):
    """Put this capture's motion on the selected character. Sends nothing and costs nothing."""

    bl_idname = "aimocap.apply_capture"
    bl_label = "Apply Capture"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    if TYPE_CHECKING:
        capture_id: str
        bound: bool
        onto: str
    else:
        capture_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        bound: bpy.props.BoolProperty(
            name="On Its Own Character",
            description="On the character that was selected when the capture was started",
            options={"HIDDEN", "SKIP_SAVE"},
        )
        onto: bpy.props.StringProperty(
            name="Onto",
            description="Name of the armature; empty: the selected one",
            options={"HIDDEN", "SKIP_SAVE"},
        )

    def draw(self, context: bpy.types.Context) -> None:
        """The redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """In a window: read the motion first, if need be, while Blender goes on."""
        session = following()
        view = session.view(self.capture_id)
        armature = selected_armature(context)
        if view is None or view.state != "done":
            return self.execute(context)
        if all(session.motion(view.id, kind) is not None for kind in kinds_for(view, armature, bound=self.bound)):
            return self.execute(context)
        session.apply_when_read(view, armature)
        watching.watch()
        return {"CANCELLED"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Apply the motion, or say why not; a fault leaves the scene as it was."""
        session = current() or following()  # the one that calls this from its own tick is not to be replaced there
        try:
            sentences, warning = self._apply(context, session)
        except (SceneFault, MotionFault) as fault:
            _log.warning("capture %s: not put on a character: %s", self.capture_id, place_of(fault))
            session.notes[self.capture_id] = Note(f"{fault.what} {fault.next_step}", failed=True)
            return refuse(self, fault)
        _log.info("capture %s: its motion is on a character", self.capture_id)
        try:
            session.runner.mark_applied(self.capture_id)
        except CaptureRefused as refused:  # it is on the character all the same
            sentences += (f"{refused.what} {refused.next_step}",)
        session.notes[self.capture_id] = Note(sentences[0], warning=warning, details=sentences[1:])
        told = (sentences[0], *([warning] if warning else []), *sentences[1:])
        self.tell(told)
        inform(self, " ".join(told), "WARNING" if warning else "INFO")
        return {"FINISHED"}

    def _apply(self, context: bpy.types.Context, session: Following) -> tuple[tuple[str, ...], str]:
        """Sentences on what was done, and a warning where the motion is much shorter than its range."""
        view = session.view(self.capture_id)
        if view is None:
            raise SceneFault("There is no such capture.", "Pick one from the list in the AIMoCap tab.")
        binding = binding_of(view) or _unbound(context, view)
        self.take_choices(binding.choices)  # what the redo panel has not changed is as when the button was pressed
        name = binding.strip or view.title
        armature = bpy.data.objects.get(self.onto)
        if self.onto and armature is None:
            raise SceneFault(f"There is no “{self.onto}” in this file.", "Select a character and press Apply.")
        if armature is None and not self.bound:
            armature = selected_armature(context)
        if armature is None:
            armature = binding.bound_armature()
        kinds = kinds_for(view, armature, bound=self.bound)
        motions = [session.read_now(view, kind) for kind in kinds]
        if not motions:
            raise SceneFault("This capture has no motion yet.", "Follow it to its end first.")
        robot, before = binding.bound_robot(), set(bpy.data.objects)
        shown = cast("bpy.types.Scene", context.scene)
        scene = (binding.bound_scene() if self.bound else None) or shown
        mapping = binding.mapping(self.timing, scene)
        with in_scene(scene):
            if len(view.target_ids) > 1:
                told = _put_on_both(context, view, motions, armature, robot, mapping, name, self)
            else:
                motion = motions[0]
                onto = robot if armature is None and isinstance(motion, G1Motion) else armature
                told = put_motion_on(context, motion, onto, mapping, name, self, source_of_capture(view, motion))
        for rig in filter(is_g1_rig, set(bpy.data.objects) - before):
            binding.share(rig)
        return (*told, *session.reading_notes(view.id, kinds)), shortfall(view, motions)


def _unbound(context: bpy.types.Context, view: CaptureView) -> Binding:
    scene = cast("bpy.types.Scene", context.scene)
    mapping = from_current_frame(scene)
    return unbound(view.title, mapping, settings_of(scene))


def _put_on_both(
    context: bpy.types.Context,
    view: CaptureView,
    motions: list[Motion],
    armature: bpy.types.Object | None,
    robot: bpy.types.Object | None,
    mapping: TimeMapping,
    name: str,
    chosen: MotionChoices,
) -> tuple[str, ...]:
    """The character's motion, then the robot's on its rig or on a new one beside the character.

    Once the character has its motion, what keeps the robot from its own is only told.

    Raises:
        SceneFault, MotionFault: it can't be done; nothing has changed.
    """
    human = not is_g1_rig(armature)
    place = place_beside(armature) if armature is not None and human else None
    told: tuple[str, ...] = ()
    for motion in motions:
        source = source_of_capture(view, motion)
        if not isinstance(motion, G1Motion):
            told += put_motion_on(context, motion, armature, mapping, name, chosen, source)
            continue
        before = set(bpy.data.objects)
        try:
            told += put_motion_on(context, motion, robot if human else armature, mapping, name, chosen, source)
        except (SceneFault, MotionFault) as fault:
            if not told:
                raise
            told += (f"{fault.what} {fault.next_step}",)
        else:
            for rig in filter(is_g1_rig, set(bpy.data.objects) - before):
                if place is not None and armature is not None:
                    stand_at(rig, motion, place)
                    told += (f"It stands {place.apart:.1f} m to the left of {armature.name}.",)
    return told


def put_motion_on(
    context: bpy.types.Context,
    motion: Motion,
    armature: bpy.types.Object | None,
    mapping: TimeMapping,
    name: str,
    chosen: MotionChoices | None = None,
    source: ActionSource = UNKNOWN,
) -> tuple[str, ...]:
    """Key a motion on a character, or on a G1 rig, which is made where none is given.

    Returns:
        A sentence on what was done, then those on how well it went.

    Raises:
        SceneFault, MotionFault: it can't be done; nothing has changed.
    """
    if isinstance(motion, G1Motion):
        rig = armature if armature is not None and is_g1_rig(armature) else add_g1_rig(context, motion.variant)
        with stamping(rig, source):
            apply_g1_motion(rig, motion, mapping, name, chosen.previous_action if chosen else "PUSH_DOWN")
        told = f"{len(motion.root_pos)} frames of robot motion are on {rig.name}."
        lost = joints_left_out(rig, motion)
        return (told, f"It lacks {len(lost)} joints that move: {', '.join(lost)}.") if lost else (told,)
    if armature is None:
        raise SceneFault("No character is selected.", "Select the armature that the motion is for, and apply again.")
    options, keys = (chosen.retarget_options(), chosen.key_options()) if chosen else (RetargetOptions(), EACH_SAMPLE)
    with stamping(armature, source):
        outcome = put_clip_on(armature, motion, mapping, options, name, keys)
    return sentences_of(armature.name, outcome)


def register() -> None:
    """Make the operator known to Blender."""
    bpy.utils.register_class(ApplyCapture)


def unregister() -> None:
    """Take it away again."""
    bpy.utils.unregister_class(ApplyCapture)
