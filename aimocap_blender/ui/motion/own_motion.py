"""Operators on the motion that a character has: smoothing, trimming, retiming, mirroring, loops and blends."""

import time
from dataclasses import replace
from typing import Any, ClassVar, cast

import bpy

from ...motion.own_motion_options import (
    LIMB_NAMES,
    BlendOptions,
    LoopOptions,
    RetimeOptions,
    SmoothingOptions,
    TrimOptions,
)
from ...options import made_of, options_of
from ...scene.action_source import source_of
from ...scene.armatures import action_of
from ...scene.cleanup.blending import Blended, blend
from ...scene.cleanup.edits import mirror, retime, smooth_limbs, trim
from ...scene.cleanup.own_action import frames_of, make_loop
from ...scene.g1.rig import is_g1_rig
from ...scene.takes import last_two
from ...takes.applying import stamping
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..character.choosing import NeedsCharacter
from ..text.modal_work import ModalWork, Steps, Work
from ..text.option_properties import draw_options, properties, split_column
from ..text.reporting import Flags, Returned, inform

_AT_ONCE_SEC = 0.1
"""For which transitions are tried before the window is drawn again."""

_TURNS = 5.0
"""Degrees above which a turn that was taken out is told."""

_DIFFERENT = 10.0
"""Degrees by which the poses at both ends of a cycle differ at most."""


class OnOwnMotion(ModalWork, NeedsCharacter):
    """Operator that changes the character's own motion, tells what it did, and has a redo panel."""

    bl_options: Flags = {"REGISTER", "UNDO"}
    nobody = Fault("No character is selected.", "Select the armature whose motion is to be changed.")
    family: ClassVar[type]
    """The options in its redo panel."""
    actions: ClassVar[tuple[str, ...]] = ()
    """Those of them that are names of Actions, above the others."""
    for_robots: ClassVar[Sentence] = ""
    """Next step where a robot's motion is refused; '' where it is taken."""
    warns = False
    """Whether what it tells is a warning."""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Change the motion of the character that the scene keeps."""
        self.take_character(context)
        return super().invoke(context, event)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        del context
        column = split_column(cast("bpy.types.UILayout", cast("bpy.types.Operator", self).layout))
        for name in self.actions:
            column.prop_search(self, name, bpy.data, "actions")
        others = tuple(name for name in options_of(self.family) if name not in self.actions)
        draw_options(column, self, self.family, only=others)

    def work(self, context: bpy.types.Context) -> Work:
        """Change the motion; a fault leaves the scene unchanged."""
        character = self.required_character(context)
        # edits of single bones know no limits of joints
        if self.for_robots and is_g1_rig(character):
            raise Fault(
                Text("“{name}” is a robot, whose motion has to stay within its limits.", name=character.name),
                self.for_robots,
            )
        told = yield from self.acting(context, character)
        inform(cast("bpy.types.Operator", self), told, "WARNING" if self.warns else "INFO")
        return {"FINISHED"}

    def fill_in(self, **found: object) -> None:
        """Set properties that neither the redo panel nor a script has set."""
        # a value may be that of the default, and still be someone's choice
        is_set = cast("Any", self).properties.is_property_set
        for name, value in found.items():
            if not is_set(name):
                setattr(self, name, value)

    def fill_in_range(self, scene: bpy.types.Scene) -> None:
        """Set first and last frame to the preview range, or to the playback range without one, as of `fill_in`."""
        preview = scene.use_preview_range
        self.fill_in(
            frame_start=scene.frame_preview_start if preview else scene.frame_start,
            frame_end=scene.frame_preview_end if preview else scene.frame_end,
        )

    def acting(self, context: bpy.types.Context, character: bpy.types.Object) -> Steps[Sentence]:
        """Do what `changed` does in steps; overridden where that takes long."""
        # nothing of it can be stopped, but its bar is drawn before it begins
        yield 1.0, cast("Sentence", cast("bpy.types.Operator", self).bl_label)
        return self.changed(context, character)

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Sentence:
        """Change the character's motion and return what to tell.

        Raises:
            Fault: it can't be. Nothing has changed then.
        """
        raise NotImplementedError


class SmoothMotion(OnOwnMotion, properties(SmoothingOptions), bpy.types.Operator):
    """Take jitter out of chosen limbs in the character's Action; the first and last pose stay"""

    bl_idname = "aimocap.smooth_motion"
    bl_label = "Smooth Motion"
    family = SmoothingOptions
    for_robots = "Choose Adjust Motion instead."

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Smooth the limbs; see `OnOwnMotion`."""
        done = smooth_limbs(character, context.scene, self.limbs, self.strength)
        sentence = Text(
            "Smoothed {limbs}: jitter {before:.1f} → {after:.1f} m/s².",
            limbs=Text.listed(Text.of(LIMB_NAMES[limb]) for limb in done.limbs),
            before=done.before,
            after=done.after,
        )
        return Text.joined((sentence, *done.warnings))


class TrimMotion(OnOwnMotion, properties(TrimOptions, forgotten=options_of(TrimOptions)), bpy.types.Operator):
    """Remove the keys of the character's Action outside the preview range, or outside the playback range without one"""

    bl_idname = "aimocap.trim_motion"
    bl_label = "Trim Motion"
    family = TrimOptions

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Trim the motion; see `OnOwnMotion`."""
        self.fill_in_range(context.scene)
        done = trim(character, self.frame_start, self.frame_end, keep_start=self.keep_start)
        kept = Text("Frames {first} to {last} are kept.", first=done.first, last=done.last)
        if not done.shift:
            return kept
        return Text.joined((kept, Text("They start at frame {frame}.", frame=done.first + done.shift)))


class RetimeMotion(OnOwnMotion, properties(RetimeOptions, forgotten=("frame_start", "frame_end")), bpy.types.Operator):
    """Play the preview range of the character's Action at another speed, or the playback range; standing feet stay"""

    bl_idname = "aimocap.retime_motion"
    bl_label = "Retime Motion"
    family = RetimeOptions
    for_robots = "Retime the motion of a character, then put it onto the robot."

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Retime the motion; see `OnOwnMotion`."""
        scene = context.scene
        self.fill_in_range(scene)
        done = retime(character, scene, self.frame_start, self.frame_end, self.speed)
        ends = Text(
            "Frames {first} to {last} end at frame {ends} now.", first=done.first, last=done.last, ends=done.ends
        )
        return Text.joined((ends, *done.warnings))


class MirrorMotion(OnOwnMotion, bpy.types.Operator):
    """Swap left and right in the character's Action, as a mirror shows it"""

    bl_idname = "aimocap.mirror_motion"
    bl_label = "Mirror Motion"
    for_robots = "Choose Adjust Motion instead."

    def draw(self, context: bpy.types.Context) -> None:
        """Draw nothing: it has no options."""

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Mirror the motion; see `OnOwnMotion`."""
        mirror(character)
        return Text("Left and right of {armature} are exchanged.", armature=character.name)


class MakeLoop(OnOwnMotion, properties(LoopOptions, forgotten=("frame_start", "frame_end")), bpy.types.Operator):
    """Find the best cycle in the character's Action, and put it onto a new Action that plays seamlessly"""

    bl_idname = "aimocap.make_loop"
    bl_label = "Make Loop"
    family = LoopOptions
    for_robots = "Choose Loop under Adjust Motion instead."

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Make the loop; see `OnOwnMotion`."""
        first, last = frames_of(character)
        self.fill_in(frame_start=first, frame_end=last)
        action = action_of(character)
        # a motion of its own: it doesn't replace the take that it is made of, nor does that, applied again, replace it
        source = replace(source_of(action), capture="", job="", preview="", checksum="")
        with stamping(character, source):
            made = make_loop(character, context.scene, made_of(LoopOptions, self))
        self.warns = made.degrees > _DIFFERENT
        told = [
            Text(
                "Loop of frames {first} to {last}: poses differ by {degrees:.1f}° before blending.",
                first=made.first_frame,
                last=made.last_frame,
                degrees=made.degrees,
            )
        ]
        if made.turn_degrees >= _TURNS:
            told.append(Text("Its turn of {turn:.0f}° is taken out.", turn=made.turn_degrees))
        if self.warns:
            told.append(Text("The motion hardly repeats there: set Search From and Search To to a part that does."))
        return Text.joined(told)


class BlendTakes(OnOwnMotion, properties(BlendOptions, forgotten=("first", "second")), bpy.types.Operator):
    """Play the character's last two Actions one after the other in the NLA, with a transition where both match best"""

    bl_idname = "aimocap.blend_takes"
    bl_label = "Blend Takes"
    family = BlendOptions
    actions = ("first", "second")
    for_robots = "Blend the takes of a character, then put the motion onto the robot."

    def acting(self, context: bpy.types.Context, character: bpy.types.Object) -> Steps[Text]:
        """Blend the takes; see `OnOwnMotion`."""
        before, current = last_two(character)
        first = bpy.data.actions.get(self.first) if self.first else before
        second = bpy.data.actions.get(self.second) if self.second else current
        if first is None or second is None:
            raise Fault(
                Text("“{name}” doesn't have two takes to blend.", name=character.name),
                "Apply two motions to it, then try again.",
            )
        operator = cast("Any", self)
        # the redo panel names them, though nobody did
        operator.first, operator.second = first.name, second.name
        scene = context.scene
        steps, until = blend(character, scene, (first, second), self.length, self.window), 0.0
        try:
            while True:
                share = next(steps)
                # hundreds of short steps would wait for as many ticks
                if time.monotonic() >= until:
                    yield share, "Trying transitions"
                    until = time.monotonic() + _AT_ONCE_SEC
        except StopIteration as end:
            done: Blended = end.value
        except ReferenceError as error:  # Undo, or whoever removed one of them meanwhile
            raise Fault("The character or one of its takes is gone.", "Choose Blend Takes again.") from error
        told = [
            Text(
                "“{first}” is left at frame {left}; “{second}” goes on from its frame {entered}, turned by {turn}°.",
                first=first.name,
                left=done.left,
                second=second.name,
                entered=done.entered,
                turn=round(done.turn_degrees),
            )
        ]
        # who asked for a number of frames wonders about another one
        if done.length != self.length:
            told.append(Text("The transition has {count} frames, so that it is smooth.", count=done.length))
        self.warns = not done.smooth
        if self.warns:
            told.append(
                Text("The takes differ much there: raise the search window, or choose takes whose poses are closer.")
            )
        return Text.joined(told)


CLASSES = (SmoothMotion, TrimMotion, RetimeMotion, MirrorMotion, MakeLoop, BlendTakes)
