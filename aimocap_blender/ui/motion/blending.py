"""Blending two takes of a character, one after the other."""

from typing import Any, cast

import bpy

from ...motion.own_motion_options import BlendOptions
from ...scene.cleanup.blending import blend
from ...scene.takes import last_two
from ...texts.faults import Fault
from ...texts.text import Text
from ..text.option_properties import properties
from .own_motion import OnOwnMotion


class BlendTakes(OnOwnMotion, properties(BlendOptions, forgotten=("first", "second")), bpy.types.Operator):
    """Play the character's last two Actions one after the other in the NLA, with a transition where both match best"""

    bl_idname = "aimocap.blend_takes"
    bl_label = "Blend Takes"
    bl_options = {"REGISTER", "UNDO"}
    family = BlendOptions
    actions = ("first", "second")
    for_robots = "Blend the takes of a character, then put the motion onto the robot."

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Text:
        """Blend the takes; see `OnOwnMotion`."""
        last = last_two(character)
        actions = [
            bpy.data.actions.get(name) if name else before
            for name, before in zip((self.first, self.second), last, strict=True)
        ]
        first, second = actions
        if first is None or second is None:
            raise Fault(
                Text("“{name}” doesn't have two takes to blend.", name=character.name),
                "Apply two motions to it, then try again.",
            )
        operator = cast("Any", self)
        operator.first, operator.second = first.name, second.name
        scene = cast("bpy.types.Scene", context.scene)
        done = blend(character, scene, (first, second), self.length, self.window)
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
        if done.length != self.length:
            told.append(Text("The transition has {count} frames, so that it is smooth.", count=done.length))
        self.warns = not done.smooth
        if self.warns:
            told.append(
                Text("The takes differ much there: raise the search window, or choose takes whose poses are closer.")
            )
        return Text.joined(told)


CLASSES = (BlendTakes,)
