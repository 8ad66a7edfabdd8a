"""The active strip of the sequencer as a source of motion: its file, range and timing.

Blender's sequencer computes ``movie_frame = offset + round((frame - content_start) * rate)``, mirrored if the strip
plays in reverse, and holds the first and last frame outside the content. Two of its inputs are hidden from Python and
inferred here: whether the strip's playback rate is adjusted to the scene's, and the exact position of retiming keys.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, LiteralString

import bpy
import numpy as np

from ...motion.time_mapping import TimeMapping
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..scene_values import scene_fps
from .movie_files import GIF, Spans
from .movie_lengths import Movie, known_movie_at, movie_at, require_decodable

Upload = Literal["AUTO", "WHOLE_FILE", "TRIMMED_CLIP"]

_RENDERED: dict[str, LiteralString] = {
    "IMAGE": "an image sequence is not a video file",
    "META": "a meta strip is not a video file",
    "SCENE": "a scene strip is not a video file",
    "MOVIECLIP": "a movie clip strip may differ from its file",
    "MASK": "a mask strip is not a video file",
}
"""Types of strips that are rendered to a clip, and the reason."""

_HALF_A_FRAME = 0.5
_SMALL = 0.3
"""Of a frame's side: the video beyond which people in it, who mostly have half of its height, are hardly found."""

Strip = Any  # MovieSequence until 4.4, MovieStrip later; attributes were renamed in 5.2

_EVEN_SPEED_KEYS = 2


@dataclass(frozen=True)
class _StripTiming:
    """A movie strip's timing on the timeline.

    Attributes:
        movie_frames: frames in the movie file.
        movie_fps: the movie's own rate.
        scene_fps: the scene's rate.
        content_start: timeline frame of the content's first movie frame (fractions allowed).
        content_frames: length of the content in timeline frames.
        left: first timeline frame at which the strip is visible.
        right: timeline frame after the last one at which it is visible.
        offset_start: frames cut off the movie's start.
        offset_end: frames cut off the movie's end.
        backwards: the strip plays in reverse.
        retiming_keys: timeline frames of the retiming keys as reported by Blender; empty without retiming.
        blender: version of Blender, whose retiming changed in 4.5 and in 5.0.
    """

    movie_frames: int
    movie_fps: float
    scene_fps: float
    content_start: float
    content_frames: float
    left: int
    right: int
    offset_start: int
    offset_end: int
    backwards: bool
    retiming_keys: tuple[int, ...]
    blender: tuple[int, int]

    @property
    def even_speed(self) -> bool:
        """Whether the whole strip has one rate; with inner retiming keys Python can't see the speeds."""
        return len(self.retiming_keys) in (0, _EVEN_SPEED_KEYS)

    @cached_property
    def rate(self) -> float:
        """Movie frames per timeline frame, not negative."""
        adjusted = float(np.float32(self.movie_fps) / np.float32(self.scene_fps))
        if self.retiming_keys:
            return self._retimed_rate(adjusted)
        plain_error = abs(self.content_frames - self._used_frames)
        adjusted_error = abs(self.content_frames - int(self._used_frames / adjusted))
        return adjusted if adjusted_error <= plain_error else 1.0

    def _retimed_rate(self, adjusted: float) -> float:
        # A key's position counts frames of the strip before the adjusted rate is applied. Python sees its whole
        # part only; from 4.5 on it has a fraction, which is inferred from the content's length.
        whole = self.retiming_keys[-1] - self.retiming_keys[0]
        counts_all = self.blender >= (5, 0)
        length = self.content_frames if counts_all else self.content_frames - 1
        factor = 1.0 if whole == length else adjusted
        span = min(max(factor * length, whole), whole + (1.0 if self.blender >= (4, 5) else 0.0))
        return factor * (self._used_frames if counts_all else self._used_frames - 1) / max(span, 1.0)

    @property
    def _used_frames(self) -> int:
        return max(self.movie_frames - self.offset_start - self.offset_end, 1)

    def movie_frame_at(self, frame: int) -> int:
        """Return the index in the movie, from 0, of the frame shown at a timeline frame."""
        passed = frame - self.content_start
        if self.backwards:
            passed = self.content_frames - 1 - passed
        position = float(np.float32(max(passed, 0.0)) * np.float32(self.rate))
        return self.offset_start + min(math.floor(position + 0.5), self._used_frames - 1)

    @cached_property
    def shown_movie_frames(self) -> tuple[int, int]:
        """Lowest and highest index of the visible movie frames."""
        ends = self.movie_frame_at(self.left), self.movie_frame_at(self.right - 1)
        return min(ends), max(ends)

    @cached_property
    def mapping(self) -> TimeMapping:
        """Mapping of movie seconds, from the lowest visible movie frame on, to timeline frames."""
        first = (self.shown_movie_frames[0] - self.offset_start) / self.rate
        per_second = self.movie_fps / self.rate
        if self.backwards:
            return TimeMapping(self.content_start + self.content_frames - 1 - first, -per_second)
        return TimeMapping(self.content_start + first, per_second)


@dataclass(frozen=True)
class StripSource:
    """The video of a strip.

    For a strip that is rendered from the timeline (`by_formula` is False) the values describe the rendered clip.

    Attributes:
        scene: name of the scene whose sequencer contains it.
        name: the strip's name.
        path: the movie file, absolute; None if the strip has none.
        fps: frame rate of the movie, or of the clip.
        movie_frames: frames in the movie, or the clip.
        first_frame: index, from 0, of the first movie frame that the strip shows.
        last_frame: index of the last one.
        duration_sec: of the whole movie.
        trim_start_sec: start of the visible range in the movie, seconds.
        trim_end_sec: its end; at most `duration_sec`.
        timeline_start: first timeline frame at which the strip is visible.
        timeline_end: timeline frame after the last one.
        mapping: seconds of the trimmed range, in the movie's own time, to timeline frames, as the strip plays it.
        real_time: the same in real seconds, forward from the strip's start.
        by_formula: the visible range is one range of the file, played at one speed.
        needs_clip: why the file can't be uploaded unchanged, as the end of a sentence, or None.
        warnings: sentences to read before it is uploaded.
        lost: spans of the movie that can't be decoded; not known for a strip that is rendered from the timeline.
    """

    scene: str
    name: str
    path: Path | None
    fps: float
    movie_frames: int
    first_frame: int
    last_frame: int
    duration_sec: float
    trim_start_sec: float
    trim_end_sec: float
    timeline_start: int
    timeline_end: int
    mapping: TimeMapping
    real_time: TimeMapping
    by_formula: bool
    needs_clip: Sentence | None
    warnings: tuple[Sentence, ...]
    lost: Spans = ()

    def require_decodable(self) -> None:
        """Raise Fault unless the visible range can be decoded."""
        if self.path is not None:
            require_decodable(self.path.name, self.lost, (self.trim_start_sec, self.trim_end_sec), self.fps)

    @property
    def trimmed_sec(self) -> float:
        """Length of the visible range, seconds of the movie."""
        return self.trim_end_sec - self.trim_start_sec


def sequencer_scene(context: bpy.types.Context) -> bpy.types.Scene:
    """Return the scene of the user's sequencer; from 5.0 on the workspace may name another than the window.

    A scene in a script's context override counts for the sequencer too.
    """
    named: bpy.types.Scene | None = getattr(context, "sequencer_scene", None)
    is_overridden = context.window is not None and context.scene != context.window.scene
    return context.scene if named is None or is_overridden else named


def video_of(where: bpy.types.Context | bpy.types.Scene, strip: Strip | None = None) -> StripSource:
    """Describe a strip, or the active one; open its movie if it isn't cached yet.

    Raises:
        Fault: no strip, a hidden one, one without video or with a single frame, or a file that is missing or can't
            be played.
    """
    scene = _scene(where)
    strip = strip or _active_strip(scene)
    path = _movie_path(scene, strip)
    return _describe(scene, strip, movie_at(path) if path else None)


def peek(where: bpy.types.Context | bpy.types.Scene, strip: Strip | None = None) -> StripSource | None:
    """Describe a strip for panels as `video_of` does; None until the movie is open, then sidebars are redrawn.

    Creates no data-block and costs one file system call.

    Raises:
        Fault: as `video_of`.
    """
    scene = _scene(where)
    strip = strip or _active_strip(scene)
    path = _movie_path(scene, strip)
    if path is None:
        return _describe(scene, strip, None)
    movie = known_movie_at(path)
    return _describe(scene, strip, movie) if movie else None


def shown_strip(where: bpy.types.Context | bpy.types.Scene) -> tuple[bpy.types.Scene, Strip]:
    """Return the scene of the sequencer, and the strip there that `video_of` describes.

    Raises:
        Fault: there is no such strip.
    """
    scene = _scene(where)
    return scene, _active_strip(scene)


def even_timing(scene: bpy.types.Scene, strip: Strip) -> _StripTiming | None:
    """Return the timing of a movie strip that plays one range of its file at one speed; None for any other strip.

    None also until the movie is open. Safe while drawing.

    Raises:
        Fault: the file is missing, or can't be played.
    """
    path = _movie_path(scene, strip)
    movie = known_movie_at(path) if path is not None else None
    timing = _timing(scene, strip, movie) if movie is not None else None
    return timing if timing is not None and timing.even_speed and not _has_speed_control(scene, strip) else None


def selected_strips(scene: bpy.types.Scene) -> list[Strip]:
    """Return the selected ones of `shown_strips`."""
    # the context names them otherwise in 4.2 and 4.3, and has none in a script
    return [strip for strip in shown_strips(scene) if strip.select]


def selected_videos(where: bpy.types.Context | bpy.types.Scene) -> list[Strip]:
    """Return the selected strips that can be captured, in timeline order. Safe while drawing."""
    selected = selected_strips(_scene(where))
    return sorted((strip for strip in selected if _has_video(strip)), key=handles_of)


def must_render(source: StripSource, upload: Upload) -> Sentence | None:
    """Return why a clip must be rendered instead of sending the file, as the end of a sentence; None to send it.

    Raises:
        Fault: the range can't be decoded, or the whole file is requested although that would give the wrong motion.
    """
    source.require_decodable()
    if upload == "TRIMMED_CLIP":
        return source.needs_clip or "Upload is set to Only the Range"
    if upload == "WHOLE_FILE" and source.needs_clip:
        raise Fault(
            Text(
                "The strip {source} can't be sent as a whole file: {reason}.",
                source=source.name,
                reason=Text.of(source.needs_clip),
            ),
            "Set Upload to Automatic or Only the Range.",
        )
    return source.needs_clip


def _scene(where: bpy.types.Context | bpy.types.Scene) -> bpy.types.Scene:
    return where if isinstance(where, bpy.types.Scene) else sequencer_scene(where)


def _active_strip(scene: bpy.types.Scene) -> Strip:
    editor = scene.sequence_editor
    strip: Strip | None = editor.active_strip if editor else None
    if strip is None:
        what: Sentence = "No video strip is active."
        if len(bpy.data.scenes) > 1:
            what = Text("No video strip is active in the sequencer of the scene {scene}.", scene=scene.name)
        raise Fault(
            what,
            "Add a movie in the Video Sequencer, or click the strip to capture from.",
        )
    # only a script can make a hidden strip active; the user sees another one
    if strip not in [*shown_strips(scene)]:
        raise Fault(
            Text(
                "The active strip {strip} is not shown in the Video Sequencer: a meta strip hides it.", strip=strip.name
            ),
            "Open or leave the meta strip, or click the strip to capture from.",
        )
    if _has_video(strip) or getattr(strip, "input_1", None) is not None:
        return strip
    if strip.select and len(videos := selected_videos(scene)) == 1:
        # a movie and its sound are selected together, and the sound may be active
        return videos[0]
    raise Fault(
        Text(
            "The active strip {strip} is a {type} strip and has no video.",
            strip=strip.name,
            type=strip.type.replace("_", " ").lower(),
        ),
        "Click the video strip to capture from in the Video Sequencer.",
    )


def _has_video(strip: Strip) -> bool:
    if strip.type == "META":
        return any(map(_has_video, _unmuted_in(strip)))
    return strip.type in {"MOVIE", *_RENDERED}


def _movie_path(scene: bpy.types.Scene, strip: Strip) -> Path | None:
    if strip.type != "MOVIE":
        return None
    return Path(bpy.path.abspath(strip.filepath, library=scene.library)).resolve()


def _describe(scene: bpy.types.Scene, strip: Strip, movie: Movie | None) -> StripSource:
    if movie is None:
        _refuse_missing(scene, strip)
        reason: Sentence = _RENDERED.get(strip.type, "an effect strip is not a video file")
        return _from_timeline(scene, strip, None, reason, ())
    warnings = tuple(_warnings(strip, movie))
    timing = _timing(scene, strip, movie)
    if not timing.even_speed:
        return _from_timeline(scene, strip, movie.path, "its speed changes during playback", warnings)
    if _has_speed_control(scene, strip):
        return _from_timeline(scene, strip, movie.path, "a speed control strip changes its speed", warnings)
    first, last = timing.shown_movie_frames
    if first == last:
        raise _single_frame(strip)
    duration = movie.duration_sec
    return StripSource(
        scene=scene.name,
        name=strip.name,
        path=movie.path,
        fps=movie.fps,
        movie_frames=movie.frames,
        first_frame=first,
        last_frame=last,
        duration_sec=duration,
        trim_start_sec=min(first / movie.fps, duration),
        # the last frame may end a rounding after the file, and the service refuses a range that does
        trim_end_sec=min((last + 1) / movie.fps, duration),
        timeline_start=timing.left,
        timeline_end=timing.right,
        mapping=timing.mapping,
        real_time=TimeMapping(float(timing.left), timing.scene_fps),
        by_formula=True,
        needs_clip="a GIF is not a video file" if movie.facts.codec == GIF else timing_problem(movie),
        warnings=warnings,
        lost=movie.facts.lost,
    )


def _has_speed_control(scene: bpy.types.Scene, strip: Strip) -> bool:
    # a speed control is a strip of its own: the timing of the strip that it changes shows nothing of it
    return any(other.type == "SPEED" and other.input_1 == strip and not other.mute for other in all_strips(scene))


def _from_timeline(
    scene: bpy.types.Scene, strip: Strip, path: Path | None, reason: Sentence, warnings: tuple[Sentence, ...]
) -> StripSource:
    left, right = handles_of(strip)
    frames, fps = right - left, scene_fps(scene)
    if frames <= 1:
        raise _single_frame(strip)
    mapping = TimeMapping(float(left), fps)
    return StripSource(
        scene=scene.name,
        name=strip.name,
        path=path,
        fps=fps,
        movie_frames=frames,
        first_frame=0,
        last_frame=frames - 1,
        duration_sec=frames / fps,
        trim_start_sec=0.0,
        trim_end_sec=frames / fps,
        timeline_start=left,
        timeline_end=right,
        mapping=mapping,
        real_time=mapping,
        by_formula=False,
        needs_clip=reason,
        warnings=(*warnings, *_too_small(scene, strip)),
    )


def _single_frame(strip: Strip) -> Fault:
    return Fault(
        Text("The strip {strip} shows a single frame, which contains no motion.", strip=strip.name),
        "Drag the strip's ends outwards, or choose another strip.",
    )


def _refuse_missing(scene: bpy.types.Scene, strip: Strip) -> None:
    if strip.type == "IMAGE":
        if len(strip.elements) <= 1:
            raise _single_frame(strip)
        path = _image(scene, strip, 0)
    elif strip.type == "MOVIECLIP" and (clip := getattr(strip, "clip", None)) is not None:  # hidden in 4.2
        path = Path(bpy.path.abspath(clip.filepath, library=clip.library))
    else:
        return
    _require(path)


def require_files(scene: bpy.types.Scene, strip: Strip, frames: range, outer: frozenset[str] = frozenset()) -> None:
    """Raise unless all that a strip shows of files is there: what is missing would be rendered, and paid, as a colour.

    Unlike `video_of`, it needs the disk for each of them.

    Args:
        scene: that has it.
        strip: of any kind; of a meta strip those within it, of an effect strip its inputs, of a scene strip that shows
            a sequencer those in it.
        frames: of the timeline.
        outer: names of scenes that show this one, which aren't looked at again.

    Raises:
        Fault: one is missing or damaged.
    """
    # an effect uses muted inputs too
    inputs = filter(None, (getattr(strip, "input_1", None), getattr(strip, "input_2", None)))
    for shown in _unmuted_in(strip) if strip.type == "META" else inputs:
        require_files(scene, shown, frames, outer)
    left, right = handles_of(strip)
    seen = range(max(left, frames.start), min(right, frames.stop))
    if not seen:
        return
    if (path := _movie_path(scene, strip)) is not None:
        _require_movie(scene, strip, movie_at(path), seen)
    elif strip.type == "SCENE":
        _require_sequencer(strip, seen, outer | {scene.name})
    elif strip.type == "MOVIECLIP":
        _refuse_missing(scene, strip)
    elif strip.type == "IMAGE":
        # with retiming keys, any that isn't cut off
        elements = range(cut_off(strip)[0], len(strip.elements))
        for number in sorted(set(elements if retiming_keys_of(strip) else map(shown_image(strip), seen))):
            _require(_image(scene, strip, number))


def _require_sequencer(strip: Strip, seen: range, outer: frozenset[str]) -> None:
    """Raise unless the files are there that a scene strip shows of its scene's sequencer at timeline frames."""
    shown = strip.scene
    if shown is None or strip.scene_input != "SEQUENCER" or shown.sequence_editor is None or shown.name in outer:
        return
    # its content begins with the scene's first frame; reversed or with retiming keys, any of its frames may be shown
    first = shown.frame_start + cut_off(strip)[0] - round(content_of(strip)[0])
    frames = range(seen.start + first, seen.stop + first)
    if retiming_keys_of(strip) or strip.use_reverse_frames:
        frames = range(shown.frame_start, shown.frame_end + 1)
    for inner in _unmuted_in(shown.sequence_editor):
        require_files(shown, inner, frames, outer)


def _require_movie(scene: bpy.types.Scene, strip: Strip, movie: Movie, seen: range) -> None:
    timing = _timing(scene, strip, movie)
    if timing.even_speed:
        first, last = sorted(map(timing.movie_frame_at, (seen.start, seen.stop - 1)))
        require_decodable(movie.path.name, movie.facts.lost, (first / movie.fps, (last + 1) / movie.fps), movie.fps)


def shown_image(strip: Strip) -> Callable[[int], int]:
    """Return what tells the index of the element that an image strip without retiming keys shows at a timeline frame.

    Beyond its content it shows the first or the last one that isn't cut off.
    """
    cut_start, cut_end = cut_off(strip)
    last = len(strip.elements) - 1 - cut_end
    start, end = map(round, content_of(strip))
    step, zero = (-1, end - 1) if strip.use_reverse_frames else (1, start)
    return lambda frame: min(max(cut_start + step * (frame - zero), cut_start), last)


def _image(scene: bpy.types.Scene, strip: Strip, number: int) -> Path:
    return Path(bpy.path.abspath(strip.directory, library=scene.library)) / strip.elements[number].filename


def _require(path: Path) -> None:
    if not path.exists():
        raise Fault(
            Text("The strip's file {file} is missing.", file=path.name),
            Text("Put it back at {folder}, or choose another strip.", folder=path.parent),
        )


def timing_problem(movie: Movie) -> Sentence | None:
    """Return why a frame's number divided by the rate isn't its time in the file, or None."""
    facts = movie.facts
    if not facts.understood or facts.frames is None or facts.last_frame_sec is None:
        return None
    if facts.variable_rate:
        return "its frame rate varies, as phones record it"
    if facts.cut_by_edits:
        return "an edit list in the file skips frames"
    # what is sent is a range in seconds of the file, and Blender counts frames from the first one that is shown
    if abs(facts.first_frame_sec) * movie.fps >= _HALF_A_FRAME:
        return Text("its first frame is shown {seconds:.2f} s after the file's start", seconds=facts.first_frame_sec)
    # at another rate the difference grows with every frame, so it is largest at the last one
    drift = facts.last_frame_sec - facts.first_frame_sec - (facts.frames - 1) / movie.fps
    if abs(drift) * movie.fps >= _HALF_A_FRAME or abs(facts.frames - movie.frames) > 1:
        return "Blender plays it at another frame rate than the file states"
    return None


def _warnings(strip: Strip, movie: Movie) -> Iterator[Sentence]:
    if movie.facts.lost:
        yield Text(
            "The file is damaged or incomplete: from {start:.2f} s on, frames can't be decoded.",
            start=movie.facts.lost[0][0],
        )
    # a GIF is rendered, whatever is chosen
    if not movie.facts.understood and movie.facts.codec != GIF:
        yield (
            "This file type doesn't say when its frames are shown; "
            "if the motion drifts from the video, set Upload to Only the Range."
        )
    if movie.facts.rotation_deg:
        yield (
            Text(
                "The file asks players to rotate its frames by {degrees}°; if the motion comes back on its side, "
                "set Upload to Only the Range.",
                degrees=movie.facts.rotation_deg,
            )
        )
    if strip.use_flip_x or strip.use_flip_y:
        yield "The strip is mirrored in the sequencer, but the motion is captured from the unmirrored file."
    crop = strip.crop
    is_cropped = any((crop.min_x, crop.max_x, crop.min_y, crop.max_y))
    # before 4.4 Blender leaves the rotation that a file asks players for to the user
    if is_cropped or (strip.transform.rotation and not movie.facts.rotation_deg):
        yield (
            "The strip is cropped or rotated in the sequencer, but the motion is captured from the file's whole "
            "frames; to capture what the strip shows, put it into a meta strip."
        )
    for meta in _around(strip):
        if _is_retimed(meta):
            yield Text(
                "The meta strip {meta} changes the speed; the motion follows the strip inside it.", meta=meta.name
            )


def _too_small(scene: bpy.types.Scene, strip: Strip) -> Iterator[Sentence]:
    if (filled := _filled(scene, strip)) < _SMALL:
        yield Text(
            "The video fills only {share:.0%} of the frame that is rendered: people in it may be too small. "
            "Scale it up.",
            share=filled,
        )


def _filled(scene: bpy.types.Scene, strip: Strip) -> float:
    """Return how much of the frame's width or height, whichever is more, the largest picture in a strip has."""
    transform = getattr(strip, "transform", None)
    across, up = (transform.scale_x, transform.scale_y) if transform is not None else (1.0, 1.0)
    if strip.type == "META":
        return max(across, up) * max((_filled(scene, inner) for inner in _strips_in(strip)), default=1.0)
    media = strip.elements[0] if strip.type in {"MOVIE", "IMAGE"} and len(strip.elements) else None
    # the size is unknown until Blender has opened the file; other strips have the frame's
    if media is not None and media.orig_width and media.orig_height:
        across *= media.orig_width / scene.render.resolution_x
        up *= media.orig_height / scene.render.resolution_y
    # sounds and effects without a picture don't count
    return max(across, up) if transform is not None else 0.0


def _around(strip: Strip) -> Iterator[Strip]:
    """Yield the meta strips around a strip, the innermost first."""
    while (meta := strip.parent_meta()) is not None:
        yield meta
        strip = meta


def _is_retimed(meta: Strip) -> bool:
    """Return whether its content is longer or shorter than the strips inside: retiming keys can't be read."""
    start, end = content_of(meta)
    lefts, rights = zip(*map(handles_of, _strips_in(meta)), strict=True)
    return end - start != max(rights) - min(lefts)


def _timing(scene: bpy.types.Scene, strip: Strip, movie: Movie) -> _StripTiming:
    left, right = handles_of(strip)
    start, end = content_of(strip)
    cut_start, cut_end = cut_off(strip)
    return _StripTiming(
        movie_frames=movie.frames,
        movie_fps=movie.fps,
        scene_fps=scene_fps(scene),
        content_start=start,
        content_frames=end - start,
        left=left,
        right=right,
        offset_start=cut_start,
        offset_end=cut_end,
        backwards=strip.use_reverse_frames,
        retiming_keys=retiming_keys_of(strip),
        blender=bpy.app.version[:2],
    )


def retiming_keys_of(strip: Strip) -> tuple[int, ...]:
    """Return the timeline frames of a strip's retiming keys."""
    # images have none in 4.2
    return tuple(key.timeline_frame for key in getattr(strip, "retiming_keys", ()))


def handles_of(strip: Strip) -> tuple[int, int]:
    """Return the first timeline frame at which a strip is seen, and the one after the last."""
    # 5.2 and later
    if hasattr(strip, "left_handle"):
        return strip.left_handle, strip.right_handle
    return strip.frame_final_start, strip.frame_final_end


def cut_off(strip: Strip) -> tuple[int, int]:
    """Return how many frames are cut off the start and the end of a movie or image strip's media for good."""
    # 5.2 and later
    if hasattr(strip, "content_trim_start"):
        return strip.content_trim_start, strip.content_trim_end
    return strip.animation_offset_start, strip.animation_offset_end


def content_of(strip: Strip) -> tuple[float, float]:
    """Return where a strip's content begins and ends on the timeline, visible or not."""
    # 5.2 and later
    if hasattr(strip, "content_start"):
        return float(strip.content_start), float(strip.content_end)
    return float(strip.frame_start), strip.frame_final_end + float(strip.frame_offset_end)


def set_renamed(strip: Strip, names: tuple[str, str], value: float) -> None:
    """Set the attribute of the first name in 5.2 and later, of the second one before."""
    setattr(strip, names[0] if hasattr(strip, names[0]) else names[1], value)


def all_strips(scene: bpy.types.Scene) -> Iterator[Strip]:
    """Yield all strips of a scene that has a sequence editor, also those within meta strips."""
    editor: Any = scene.sequence_editor
    yield from editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all


def shown_level(scene: bpy.types.Scene) -> Any:  # noqa: ANN401 -- a sequence editor or an open meta strip
    """Return the sequence editor or open meta strip that the sequencer shows."""
    editor: Any = scene.sequence_editor
    return editor.meta_stack[-1] if len(editor.meta_stack) else editor


def has_strip(name: str) -> bool:
    """Return whether any scene has a strip of that name."""
    for scene in bpy.data.scenes:
        strips = all_strips(scene) if scene.sequence_editor else ()
        if any(strip.name == name for strip in strips):
            return True
    return False


def strip_named(where: bpy.types.Context, name: str) -> Strip:
    """Return the strip of that name that the sequencer shows.

    Raises:
        Fault: there is none.
    """
    for strip in shown_strips(sequencer_scene(where)):
        if strip.name == name:
            return strip
    raise Fault(Text("The Video Sequencer shows no strip “{name}”.", name=name), "Choose another strip.")


def shown_strips(scene: bpy.types.Scene) -> Any:  # noqa: ANN401 -- its class was renamed in 4.4
    """Return the strips that the sequencer shows; none where the scene has no sequence editor."""
    return _strips_in(shown_level(scene)) if scene.sequence_editor is not None else ()


def _strips_in(level: Any) -> Any:  # noqa: ANN401 -- a sequence editor, or a meta strip; renamed in 4.4
    return level.strips if hasattr(level, "strips") else level.sequences


def _unmuted_in(level: Any) -> Iterator[Strip]:  # noqa: ANN401 -- as above
    """Yield the strips of a level that aren't muted."""
    for strip in _strips_in(level):
        if not strip.mute:
            yield strip


def from_current_frame(scene: bpy.types.Scene) -> TimeMapping:
    """Return the mapping of a motion's seconds to timeline frames, in real time from the current frame on."""
    return TimeMapping(float(scene.frame_current), scene_fps(scene))
