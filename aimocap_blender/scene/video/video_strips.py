"""Strips of movies: added as a user opens them, or in time with a motion, played in sync, and trimmed by numbers."""

import math
import os
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...motion.time_mapping import MovieTiming
from ...texts.counts import frames_in_words
from ...texts.faults import Fault
from ...texts.text import Text
from ..operator_calls import EFFECT_END, FIRST_INPUT, MOVE_STRIPS, name_of, overridden, passed
from ..scene_values import scene_fps
from ..windows import window_region
from .movie_lengths import Movie
from .strips import (
    Strip,
    StripSource,
    content_of,
    even_timing,
    handles_of,
    selected_strips,
    sequencer_scene,
    set_renamed,
    shown_level,
    shown_strip,
    shown_strips,
    video_of,
)

_CHANNELS = 128
_SAME_RATE = 1e-6

_ENDS = (("left_handle", "frame_final_start"), ("right_handle", "frame_final_end"))
"""A strip's attributes, under their names since 5.2 and before."""
_SINGLE_FRAME = Fault("The video has a single frame, which contains no motion.", "Choose another video.")


def open_video(scene: bpy.types.Scene, movie: Movie, *, set_frame_rate: bool) -> Strip:
    """Add a movie at the current frame, with sound, in real time; make it the active strip.

    If nothing in the file is animated and the sequencer is empty, the playback range is extended to the strip's end,
    and the scene gets the movie's frame rate if requested.

    Raises:
        Fault: no channel is free, or a newer Blender adds strips differently. Nothing has changed then.
    """
    _without_mouse()
    untouched = not bpy.data.actions and not list(shown_strips(scene))
    if untouched and set_frame_rate:
        whole = max(round(movie.fps), 1)
        # else the last frame may be lost to rounding
        rounded = 1.0 if whole == movie.fps else 1.0 - 1e-7
        scene.render.fps, scene.render.fps_base = whole, whole / movie.fps * rounded
    strip = _add(scene, movie, scene.frame_current, adjusted=True, sound=True)
    _lower(scene, sorted(selected_strips(scene), key=lambda other: other.channel))
    if untouched:
        scene.frame_end = max(scene.frame_end, handles_of(strip)[1] - 1)
    return strip


def add_in_time(scene: bpy.types.Scene, movie: Movie, timing: MovieTiming, name: str) -> Strip:
    """Add a movie so that each timeline frame shows its movie frame of that moment; make it the active strip.

    If a strip can't play it like this, a speed control strip with a driven frame number does.

    Raises:
        Fault: as `open_video`.
    """
    speed, anchor = abs(timing.per_frame), timing.anchor
    plain = math.isclose(speed, 1.0, rel_tol=_SAME_RATE)
    adjusted = math.isclose(speed, movie.fps / scene_fps(scene), rel_tol=_SAME_RATE)
    if anchor is not None and (plain or adjusted):
        strips = [_add_played(scene, movie, timing, anchor, adjusted=not plain)]
    else:
        strips = _add_driven(scene, movie, timing)
    _lower(scene, strips)
    strips[0].name = name
    return strips[0]


def _add_played(
    scene: bpy.types.Scene, movie: Movie, timing: MovieTiming, anchor: tuple[int, int], *, adjusted: bool
) -> Strip:
    """Add a strip that plays the movie by itself, from a movie frame that falls on a whole timeline frame."""
    movie_frame, frame = anchor
    strip = _add(scene, movie, frame, adjusted=adjusted, sound=False)
    set_renamed(strip, ("content_trim_start", "animation_offset_start"), movie_frame)
    if timing.per_frame < 0.0:
        strip.use_reverse_frames = True
        start, end = content_of(strip)
        # that movie frame is its last one
        frame -= round(end - start) - 1
    set_renamed(strip, ("content_start", "frame_start"), frame)
    _set_ends(strip, timing)
    return strip


def _add_driven(scene: bpy.types.Scene, movie: Movie, timing: MovieTiming) -> list[Strip]:
    """Add a strip, and a speed control strip whose driven frame number selects the movie frame."""
    left, right = timing.frames
    scene.sequence_editor_create()
    takes = shown_strips(scene).bl_rna.functions["new_effect"]
    end, source = name_of(EFFECT_END, takes), name_of(FIRST_INPUT, takes)
    strip = _add(scene, movie, left, adjusted=False, sound=False)
    _set_ends(strip, timing)
    new_effect: Any = shown_strips(scene).new_effect
    speed = new_effect(
        name=f"Speed of {strip.name}",
        type="SPEED",
        channel=strip.channel + 1,
        frame_start=left,
        **{end: right - left if end == "length" else right, source: strip},
    )
    speed.speed_control = "FRAME_NUMBER"
    speed.select = True
    curve = speed.driver_add("speed_frame_number")
    # The quarter doesn't change the frame: without it 5.2 repeats one where the strip's time meets the timeline's.
    curve.driver.expression = f"{timing.expression} + 0.25"
    return [strip, speed]


def _add(scene: bpy.types.Scene, movie: Movie, start: int, *, adjusted: bool, sound: bool) -> Strip:
    """Add a movie above everything, so that nothing is pushed away; select only it and its sound."""
    channel = _free_channel(scene, (-math.inf, math.inf), 2)
    # before anything is added: without that option a window would begin to drag the strip, and 5.x without one crash
    without_mouse = _without_mouse()
    editor = scene.sequence_editor_create()
    operator: Any = bpy.ops.sequencer.movie_strip_add
    with _in_sequencer(scene):
        operator(
            filepath=str(movie.path),
            relative_path=bool(bpy.data.filepath) and bpy.context.preferences.filepaths.use_relative_paths,
            frame_start=start,
            channel=channel,
            replace_sel=True,
            fit_method="FIT",
            sound=sound,
            adjust_playback_rate=adjusted,
            # the scene's frame rate and how it shows colours would become the movie's
            use_framerate=False,
            set_view_transform=False,
            **without_mouse,
        )
    strip = next(strip for strip in selected_strips(scene) if strip.type == "MOVIE")
    # in 5.2 its sound is active
    editor.active_strip = strip
    return strip


def _without_mouse() -> dict[str, object]:
    """Return the argument that keeps an added strip from following the mouse.

    Raises:
        Fault: no known option does.
    """
    return passed(MOVE_STRIPS, bpy.ops.sequencer.movie_strip_add, value=False)


@contextmanager
def _in_sequencer(scene: bpy.types.Scene) -> Generator[None]:
    """Provide a context for sequencer operators, turning a small area into a sequencer for the block if needed.

    From 5.0 on, a workspace without a sequencer scene keeps showing this one.
    """
    context: Any = bpy.context
    window = context.window or context.window_manager.windows[0]
    newer = hasattr(window.workspace, "sequencer_scene")
    shows, name = (window.workspace, "sequencer_scene") if newer else (window, "scene")
    shown: bpy.types.Scene = getattr(shows, name) or scene
    if getattr(shows, name) != scene:
        setattr(shows, name, scene)

    def unfit(area: bpy.types.Area) -> tuple[bool, bool, int]:
        return area.type != "SEQUENCE_EDITOR", area == context.area, area.width * area.height

    area = min(window.screen.areas, key=unfit)
    before = area.ui_type
    area.ui_type = "SEQUENCE_EDITOR"
    try:
        with overridden(window=window, area=area, region=window_region(area)):
            yield
    finally:
        if shown != scene:
            setattr(shows, name, shown)
        area.ui_type = before


def _lower(scene: bpy.types.Scene, strips: Sequence[Strip]) -> None:
    """Move strips that are seen together to the lowest adjacent channels that are free for them."""
    lefts, rights = zip(*map(handles_of, strips), strict=True)
    channel = _free_channel(scene, (min(lefts), max(rights)), len(strips), strips)
    for index, strip in enumerate(strips):
        # moving to an occupied channel would make 4.5 hang
        strip.channel = channel + index


def _free_channel(scene: bpy.types.Scene, span: tuple[float, float], count: int, besides: Sequence[Strip] = ()) -> int:
    """Return the lowest of several adjacent channels that are visible and free over a span of frames."""
    taken: set[int] = set()
    for strip in shown_strips(scene):
        left, right = handles_of(strip)
        if strip not in besides and left < span[1] and right > span[0]:
            taken.add(strip.channel)
    if scene.sequence_editor is not None:
        channels = shown_level(scene).channels
        for number in range(1, _CHANNELS + 1):
            if channels[number].mute or channels[number].lock:
                taken.add(number)
    for channel in range(1, _CHANNELS + 2 - count):
        if taken.isdisjoint(range(channel, channel + count)):
            return channel
    raise Fault(
        Text("No channel is free in the sequencer of the scene {scene}.", scene=scene.name),
        "Remove a strip, or move it to another channel.",
    )


def _set_ends(strip: Strip, timing: MovieTiming) -> None:
    left, right = timing.frames
    set_renamed(strip, ("right_handle", "frame_final_end"), right)
    set_renamed(strip, ("left_handle", "frame_final_start"), left)


def second_in_sync(source: StripSource, other: StripSource) -> float:
    """Return the second of another strip's range that plays at the start of a strip's range."""
    return other.mapping.second(source.mapping.frame_at_zero)


def put_in_sync(context: bpy.types.Context, first: str, others: Iterable[tuple[str, float]]) -> list[Text]:
    """Move strips to where they play in sync with another one, and return what was moved.

    Strips that the sequencer doesn't show stay where they are.

    Args:
        context: of the sequencer.
        first: name of the strip that stays.
        others: name of each other strip, and the second of its range at the start of the first one's range.
    """
    scene, moved = sequencer_scene(context), list[Text]()
    strips: dict[str, Strip] = {strip.name: strip for strip in shown_strips(scene)}
    if first not in strips:
        return moved
    start = video_of(scene, strips[first]).mapping.frame_at_zero
    for name, second in others:
        if name not in strips:
            continue
        now = video_of(scene, strips[name]).mapping.frames(np.array(second))
        frames = round(start - float(now))
        if frames:
            now_at = content_of(strips[name])[0]
            set_renamed(strips[name], ("content_start", "frame_start"), now_at + frames)
            by = frames_in_words(abs(frames))
            moved.append(Text("{strip} was moved by {frames} and plays in sync.", strip=name, frames=by))
    return moved


@dataclass(frozen=True)
class Trimming:
    """The frames that a strip shows, of those that its media has.

    Attributes:
        left: first timeline frame at which the strip is seen.
        right: timeline frame after the last one.
        content: first timeline frame of the content, and the one after its last.
        frame_at: index of the media's frame at a timeline frame; it never falls along the timeline, or never rises.
        frames: number of frames of the media.
    """

    left: int
    right: int
    content: tuple[int, int]
    frame_at: Callable[[int], int]
    frames: int

    @property
    def first(self) -> int:
        """Lowest index that is shown."""
        return min(self._ends)

    @property
    def last(self) -> int:
        """Highest index that is shown."""
        return max(self._ends)

    @property
    def _ends(self) -> tuple[int, int]:
        return self.frame_at(self.left), self.frame_at(self.right - 1)

    def from_first(self, first: int) -> tuple[int, int]:
        """Return `left` and `right` with which the lowest index shown is nearest to a number, and below the highest.

        Raises:
            Fault: the media has no two frames.
        """
        start, end = self.content
        if self._is_backwards:
            return self.left, self._nearest(first, range(end - 1, self.left, -1), most=self.last - 1) + 1
        return self._nearest(first, range(start, self.right - 1), most=self.last - 1), self.right

    def from_last(self, last: int) -> tuple[int, int]:
        """Return `left` and `right` with which the highest index shown is nearest to a number, and above the lowest.

        Raises:
            Fault: the media has no two frames.
        """
        start, end = self.content
        if self._is_backwards:
            return self._nearest(last, range(self.right - 2, start - 1, -1), above=self.first), self.right
        return self.left, self._nearest(last, range(self.left + 1, end), above=self.first) + 1

    @property
    def _is_backwards(self) -> bool:
        return self.frame_at(self.content[0]) > self.frame_at(self.content[1] - 1)

    def _nearest(self, wanted: int, among: range, most: int | None = None, above: int | None = None) -> int:
        """Return the timeline frame of a range, along which indices rise, whose index is nearest to the wanted one."""
        low = 0 if above is None else bisect_left(among, above + 1, key=self.frame_at)
        high = len(among) if most is None else bisect_left(among, most + 1, key=self.frame_at)
        possible = among[low:high]
        if not possible:
            raise _SINGLE_FRAME
        after = bisect_left(possible, wanted, key=self.frame_at)
        return min(possible[max(after - 1, 0) : after + 1], key=lambda frame: abs(self.frame_at(frame) - wanted))


def trimming_of(where: bpy.types.Context | bpy.types.Scene) -> Trimming | None:
    """Return the trimming of the strip that is captured; None if its ends can't be moved, or it isn't known yet.

    Of a movie strip that plays at one speed, frames are those of the movie; of others, timeline frames of the content.
    """
    try:
        scene, strip = shown_strip(where)
        timing = even_timing(scene, strip)
    except Fault:
        return None
    if getattr(strip, "input_1", None) is not None:
        # an effect is as long as its strips
        return None
    left, right = handles_of(strip)
    start, end = content_of(strip)
    content = math.ceil(start), math.floor(end)
    # dragged beyond its content, which then stands still
    if content[0] > left or content[1] < right:
        content = min(content[0], left), max(content[1], right)
    if timing is None:
        if strip.type == "MOVIE" and not strip.retiming_keys:
            return None
        return Trimming(left, right, content, lambda frame: frame - content[0], content[1] - content[0])
    return Trimming(left, right, content, timing.movie_frame_at, timing.movie_frames)


def trim(scene: bpy.types.Scene, strip: Strip, ends: tuple[int, int]) -> None:
    """Move a strip's ends to a first timeline frame and to the one after the last, and its sound's with them."""
    was = handles_of(strip)
    for one in (strip, *_sounds_of(scene, strip)):
        for names, end, before, now in zip(_ENDS, ends, was, handles_of(one), strict=True):
            if before == now != end:
                set_renamed(one, names, end)


def _sounds_of(scene: bpy.types.Scene, strip: Strip) -> list[Strip]:
    """Return the sound strips of a movie strip's own file that begin or end with it."""
    if strip.type != "MOVIE":
        return []
    file, left, right = _absolute(strip.filepath), *handles_of(strip)
    found: list[Strip] = []
    for other in shown_strips(scene):
        if other.type == "SOUND" and other.sound is not None and _absolute(other.sound.filepath) == file:
            start, end = handles_of(other)
            if (start == left or end == right) and start < right and left < end:
                found.append(other)
    return found


def _absolute(path: str) -> str:
    return os.path.normpath(bpy.path.abspath(path))
