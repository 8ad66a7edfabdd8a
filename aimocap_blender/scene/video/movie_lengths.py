"""Frame count and rate of a movie file in Blender, cached so that panels can ask while drawing."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import bpy

from ...texts.faults import Fault
from ...texts.text import Text
from ...while_enabled import discarded
from ..windows import redraw_editors
from .movie_files import GIF, MovieFacts, Spans, movie_facts

_Key = tuple[str, int, int]

_known: "dict[_Key, Movie | None]" = {}
_asked_for: set[Path] = set()
_CONVERT = "Convert it to an MP4 with H.264 video and use that."
_NEGLIGIBLE_SEC = 0.1
"""So much of a range may be missing, as the last frame of a recording often is."""
discarded(_known.clear)


@dataclass(frozen=True)
class Movie:
    """A movie file as Blender plays it.

    Attributes:
        path: the file, absolute.
        frames: frame count in Blender; 0 of a file that has only sound.
        fps: frame rate in Blender.
        width: pixels, as Blender shows it.
        height: pixels, as Blender shows it.
        missing_rotation_deg: clockwise rotation that the file asks for and this Blender doesn't apply: 0, 90, 180 or
            270.
        facts: what the file says of itself.
    """

    path: Path
    frames: int
    fps: float
    width: int
    height: int
    missing_rotation_deg: int
    facts: MovieFacts

    @property
    def duration_sec(self) -> float:
        """Duration stated by the file; if that can't be read, from its frames."""
        return self.facts.duration_sec or self.frames / self.fps


def movie_at(path: Path) -> Movie:
    """Open the movie unless it is cached. Leaves no data-block behind.

    Raises:
        Fault: the file is missing, or Blender can't play it.
    """
    key = _key(path)
    if key not in _known:
        _known[key] = _open(path)
    return _playable(path, _known[key])


def require_sendable(movie: Movie) -> None:
    """Raise unless the file is a video, which alone the service takes.

    Raises:
        Fault: it is an animated image.
    """
    if movie.facts.codec == GIF:
        raise Fault(Text("“{file}” is a GIF, not a video file.", file=movie.path.name), _CONVERT)


def require_motion(name: str, frames: int) -> None:
    """Raise unless a range of a movie has so many frames that there can be motion.

    Raises:
        Fault: it has one.
    """
    if frames <= 1:
        raise Fault(
            Text("The range of {name} has a single frame, which contains no motion.", name=name),
            "Choose a longer range.",
        )


def require_decodable(name: str, lost: Spans, range_sec: tuple[float, float], fps: float) -> None:
    """Raise unless a range of a movie can be decoded.

    Args:
        name: of its file.
        lost: the spans that can't be decoded.
        range_sec: first and last second of the range.
        fps: frame rate of the movie.

    Raises:
        Fault: a part of it can't be.
    """
    start, end = range_sec
    missing = [first for first, last in lost if min(end, last) - max(start, first) > _NEGLIGIBLE_SEC]
    if not missing:
        return
    first = min(missing)
    decodable = max(first - start, 0.0)
    raise Fault(
        Text(
            "“{file}” is damaged or incomplete: of the range, only {seconds:.2f} s can be decoded.",
            file=name,
            seconds=decodable,
        ),
        Text(
            "Trim it to end at {end:.2f} s of the video, before frame {frame}, or use a complete copy of the file.",
            end=first,
            frame=round(first * fps),
        )
        if decodable > _NEGLIGIBLE_SEC
        else "Choose another range, or use a complete copy of the file.",
    )


def known_movie_at(path: Path) -> Movie | None:
    """Return the cached movie; else None, open it once Blender is idle, and redraw the sidebars.

    Costs one file system call. Safe while drawing.

    Raises:
        Fault: there is no such file, or Blender can't play it.
    """
    key = _key(path)
    if key in _known:
        return _playable(path, _known[key])
    _asked_for.add(path)
    if not bpy.app.timers.is_registered(_open_asked_for):
        bpy.app.timers.register(_open_asked_for)
    return None


def _key(path: Path) -> _Key:
    try:
        status = path.stat()
    except OSError as error:
        raise Fault(
            Text("The video file {video} is missing.", video=path.name),
            Text("Put it back at {folder}, or choose another video.", folder=path.parent),
        ) from error
    return str(path), status.st_mtime_ns, status.st_size


def _playable(path: Path, movie: Movie | None) -> Movie:
    if movie is None:
        raise Fault(
            Text("Blender can't play the video file {file}.", file=path.name),
            _CONVERT,
        )
    if not movie.frames:
        raise Fault(Text("“{file}” has sound and no picture.", file=path.name), "Choose another video.")
    return movie


def _open(path: Path) -> Movie | None:
    try:
        facts = movie_facts(path)
        if facts.is_sound:
            return Movie(path, 0, 0.0, 0, 0, 0, facts)
        # a second `bpy.data.temp_data()` in a session crashes Blender
        clip = bpy.data.movieclips.load(str(path))
    except (RuntimeError, OSError):
        return None
    try:
        frames, fps = clip.frame_duration, clip.fps
        width, height = cast("tuple[int, int]", clip.size)
    finally:
        bpy.data.movieclips.remove(clip)
    if frames < 1 or fps <= 0.0 or width < 1 or height < 1:
        return None
    # since 4.4 Blender rotates movies as their files ask
    missing_rotation = 0 if bpy.app.version >= (4, 4, 0) else facts.rotation_deg
    return Movie(path, frames, fps, width, height, missing_rotation, facts)


def _open_asked_for() -> None:
    while _asked_for:
        with contextlib.suppress(Fault):
            movie_at(_asked_for.pop())
    redraw_editors("VIEW_3D", "SEQUENCE_EDITOR")


def _forget_asked_for() -> None:
    _asked_for.clear()
    if bpy.app.timers.is_registered(_open_asked_for):
        bpy.app.timers.unregister(_open_asked_for)


discarded(_forget_asked_for)
