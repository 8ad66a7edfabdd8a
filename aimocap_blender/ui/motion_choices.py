"""The options of how motion is applied, as properties of the scene and of operators."""

from collections.abc import Mapping

import bpy

from ..motion.retargeting.retarget_options import MOTION_OPTIONS, KeyOptions, RetargetOptions, TimingOptions
from ..options import Choice
from .text.option_properties import draw_options, properties, take_choices


class MotionChoices(properties(RetargetOptions), properties(KeyOptions)):
    """Properties of the scene and of operators that apply motion to a character."""

    def draw_choices(self, layout: bpy.types.UILayout) -> None:
        """Draw all options in one column."""
        draw_options(layout, self, RetargetOptions, KeyOptions)

    def take_choices(self, choices: Mapping[str, Choice]) -> None:
        """Set the options that neither the redo panel nor a script has set, see `option_properties`."""
        take_choices(self, choices, *MOTION_OPTIONS)


class TimingChoice(properties(TimingOptions)):
    """Timing of motion that belongs to a video."""


class CaptureChoices(TimingChoice, MotionChoices):
    """Properties for applying a capture's motion, which belongs to a video."""

    def draw_choices(self, layout: bpy.types.UILayout) -> None:
        """Draw the timing, then the options of every motion."""
        draw_options(layout, self, *MOTION_OPTIONS)
