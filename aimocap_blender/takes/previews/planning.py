"""Plans free previews from the selection: checks everything before anything is rendered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import bpy

from ...options import Choice
from ...scene.g1.rig import is_g1_rig
from ...scene.preview.seeing import Several, movie_source
from ...scene.video.strips import StripSource, from_current_frame, selected_videos, video_of
from ...scene.video.video_strips import second_in_sync
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision.network_graph import networks_available
from ...vision.together.motion import MOST
from ..binding import Binding, bind_to_source, character_for

LONGEST_SEC = 600.0
"""Of a range: its frames take about 2 MB of disk a second."""

NO_NETWORKS = Fault(
    "This build of the add-on can't make previews: the networks that see people are not in it.",
    "Install the zip from the add-on's own repository, which has them.",
)


@dataclass(frozen=True)
class PreviewPlan:
    """A preview that is ready to begin.

    Attributes:
        source: the strip or movie.
        title: of the preview.
        binding: where its motion belongs.
        person: number of the person to follow, from 0.
        beside: other videos of the same moment.
        offsets: of these, seconds of their range at the start of the source's; None to find them.
        everyone: where the motions of all people belong, the most prominent one's first; others that are seen are for
            nobody. Empty to follow one person.
        per_shot: a take for each shot that the person is in, instead of one with gaps.
    """

    source: StripSource
    title: str
    binding: Binding
    person: int = 0
    beside: tuple[StripSource, ...] = ()
    offsets: tuple[float, ...] | None = None
    everyone: tuple[Binding, ...] = ()
    per_shot: bool = False

    @property
    def several(self) -> Several:
        """Whether there is a motion of each person or of each shot; '' for one motion."""
        return "PEOPLE" if self.everyone else "SHOTS" if self.per_shot else ""

    def binding_of(self, number: int) -> Binding:
        """Return where the motion of a person or shot belongs, from 0."""
        # takes of one character, which lie one after the other
        if self.per_shot:
            return self.binding.as_one_of("")
        if number < len(self.everyone):
            return self.everyone[number]
        return self.binding if not number else replace(self.binding, armature="", armature_uid=0)


def for_everyone(plan: PreviewPlan, characters: Sequence[bpy.types.Object]) -> PreviewPlan:
    """Return the plan of a preview of everyone in the video, in one world.

    Args:
        plan: for the first character, which gets the most prominent person's motion.
        characters: the others, in order.
    """
    # people keep their places among each other, which they would lose where each begins at its character
    binding = replace(plan.binding, choices={**plan.binding.choices, "start": "WORLD"})
    others = [replace(binding, armature=one.name, armature_uid=one.session_uid) for one in characters]
    return replace(plan, binding=binding, everyone=(binding, *others))


def other_characters(context: bpy.types.Context, first: str) -> list[bpy.types.Object]:
    """Return the selected characters but the first one, by name."""
    # a preview is a person's motion, which goes onto a robot by Retarget to G1
    found = [thing for thing in context.selected_objects if thing.type == "ARMATURE" and not is_g1_rig(thing)]
    # Blender doesn't tell in which order they were selected
    return sorted((thing for thing in found if thing.name != first), key=lambda thing: thing.name)


def plan_preview(
    context: bpy.types.Context,
    choices: Mapping[str, Choice],
    title: str = "",
    filepath: str = "",
    *,
    kept: bpy.types.Object | None = None,
    together: bool = False,
    in_sync: bool = False,
) -> PreviewPlan:
    """Plan the preview of the active strip, or of a whole movie file, for a character.

    Args:
        context: with the selection.
        choices: of how the motion is applied.
        title: of the preview; '' for the name of the strip or file.
        filepath: of the movie file; '' for the active strip.
        kept: the character; None for the selected armature.
        together: the selected strips show the same moment as the active one.
        in_sync: they play in sync already; else their offsets are found.

    Raises:
        Fault: it can't begin; nothing has changed.
    """
    armature, scene = character_for(context, kept), context.scene
    # a file has no place in the timeline
    if filepath:
        path, mapping = Path(bpy.path.abspath(filepath)), from_current_frame(scene)
        return plan_preview_of(armature, scene, movie_source(path, mapping), choices, title)
    source = video_of(context)
    beside = _videos_beside(context, source) if together else ()
    # found by their sound and motion otherwise, as nobody puts strips to the frame
    offsets = [second_in_sync(source, other) for other in beside] if in_sync else None
    return plan_preview_of(armature, scene, source, choices, title, beside=beside, offsets=offsets)


def _videos_beside(context: bpy.types.Context, source: StripSource) -> list[StripSource]:
    """Return the selected strips but the active one.

    Raises:
        Fault: there is none, or one of them can't be used.
    """
    found = [video_of(context, strip) for strip in selected_videos(context) if strip.name != source.name]
    if not found:
        raise Fault(
            "Only one strip is selected.",
            "Select the strips that show the same moment; the active one keeps its range.",
        )
    return found


def plan_preview_of(
    armature: bpy.types.Object | None,
    scene: bpy.types.Scene,
    source: StripSource,
    choices: Mapping[str, Choice],
    title: str = "",
    *,
    beside: Sequence[StripSource] = (),
    offsets: Sequence[float] | None = None,
) -> PreviewPlan:
    """Plan the preview of a video for a character.

    Args:
        armature: the character.
        scene: the character's.
        source: the strip or movie.
        choices: of how the motion is applied.
        title: of the preview; '' for the name of the strip or file.
        beside: other videos of the same moment.
        offsets: see `PreviewPlan`.

    Raises:
        Fault: it can't begin; nothing has changed.
    """
    if len(beside) >= MOST:
        raise Fault(
            Text("{count} videos are too many for one preview.", count=len(beside) + 1),
            Text("Choose up to {most} that show the same moment.", most=MOST),
        )
    # any two of them: the same camera twice may be the second and the third
    for one, other in combinations((source, *beside), 2):
        _require_apart(one, other)
    # each costs minutes, so all are looked at before the first one begins
    for each in (source, *beside):
        require_previewable(each)
    binding = bind_to_source(scene, armature, source, choices)
    names = " + ".join(each.name for each in (source, *beside))
    return PreviewPlan(
        source,
        title.strip() or names,
        binding,
        beside=tuple(beside),
        offsets=None if offsets is None else tuple(offsets),
    )


def _require_apart(one: StripSource, other: StripSource) -> None:
    """Raise if two videos are one: it would agree with itself, and tell nothing more."""
    # two ranges of one file may well be of two cameras, if it is cut between them
    share = min(one.trim_end_sec, other.trim_end_sec) > max(one.trim_start_sec, other.trim_start_sec)
    if one.by_formula and other.by_formula and one.path is not None and one.path == other.path and share:
        raise Fault(
            Text("{name} is chosen twice.", name=one.path.name),
            "Choose videos of the same moment from different cameras.",
        )


def require_previewable(source: StripSource) -> None:
    """Raise unless the motion in a video can be looked for.

    Raises:
        Fault: the networks are missing, or the video is too long or damaged.
    """
    if not networks_available():
        raise NO_NETWORKS
    if source.trimmed_sec > LONGEST_SEC:
        raise Fault(
            Text(
                "The range is {minutes:.0f} minutes long; a preview covers up to {most:.0f}.",
                minutes=source.trimmed_sec / 60,
                most=LONGEST_SEC / 60,
            ),
            "Shorten the strip, or capture the video.",
        )
    source.require_decodable()
