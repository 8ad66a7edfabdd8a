"""Blending two takes of a character, one after the other."""

from typing import TYPE_CHECKING, cast

import bpy

from ...scene.cleanup.blending import blend
from ...scene.takes import last_two
from ...texts.faults import Fault
from ...texts.text import Text
from .own_motion import OnOwnMotion


class BlendTakes(OnOwnMotion, bpy.types.Operator):
    """Play the character's last two Actions one after the other in the NLA, with a transition where both match best"""

    bl_idname = "aimocap.blend_takes"
    bl_label = "Blend Takes"
    bl_options = {"REGISTER", "UNDO"}
    redo_panel = ("first", "second", "length", "window")
    actions = ("first", "second")
    for_robots = "Blend the takes of a character, then put the motion onto the robot."

    if TYPE_CHECKING:
        first: str
        second: str
        length: int
        window: float
    else:
        first: bpy.props.StringProperty(
            name="First Take", description="Action that plays first, on its own frames", options={"SKIP_SAVE"}
        )
        second: bpy.props.StringProperty(
            name="Second Take",
            description="Action that plays then; a copy of it is moved and turned so that it goes on from the first",
            options={"SKIP_SAVE"},
        )
        length: bpy.props.IntProperty(
            name="Transition", description="Frames over which the takes are blended", default=12, min=2, soft_max=30
        )
        window: bpy.props.FloatProperty(
            name="Search Window",
            description="Seconds at the first take's end and at the second one's start in which the transition may be",
            default=1.0,
            min=0.0,
            soft_max=5.0,
            max=30.0,
            subtype="TIME_ABSOLUTE",
        )

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
        self.first, self.second = first.name, second.name
        scene = cast("bpy.types.Scene", context.scene)
        done = blend(character, scene, (first, second), self.length, self.window)
        told = "“{first}” is left at frame {left}; “{second}” goes on from its frame {entered}, turned by {turn}°."
        rough = (
            "“{first}” is left at frame {left}; “{second}” goes on from its frame {entered}, turned by {turn}°. "
            "The takes differ much there: set a longer transition."
        )
        return Text(
            told if done.smooth else rough,
            first=first.name,
            left=done.left,
            second=second.name,
            entered=done.entered,
            turn=round(done.turn_degrees),
        )


CLASSES = (BlendTakes,)
