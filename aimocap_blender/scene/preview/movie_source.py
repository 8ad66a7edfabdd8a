"""A movie file as a source of frames, as a strip is."""

from pathlib import Path

from ...motion.time_mapping import TimeMapping
from ...texts.faults import Fault
from ...texts.text import Text
from ..video.movie_lengths import movie_at
from ..video.strips import StripSource


def movie_source(path: Path, mapping: TimeMapping, start: float = 0.0, end: float | None = None) -> StripSource:
    """Describe a range of a movie file that no strip shows.

    Args:
        path: of the file, absolute.
        mapping: seconds of the range to timeline frames.
        start: of the range, seconds of the movie.
        end: of the range; None for the movie's end.

    Raises:
        Fault: the file is missing, can't be played, or the range has no two frames.
    """
    movie = movie_at(path)
    last_frame = movie.frames - 1
    first = min(round(start * movie.fps), last_frame)
    last = last_frame if end is None else min(round(end * movie.fps) - 1, last_frame)
    if last <= first:
        raise Fault(
            Text("The range of {name} has a single frame, which contains no motion.", name=path.name),
            "Choose a longer range.",
        )
    first_sec, end_sec = first / movie.fps, min((last + 1) / movie.fps, movie.duration_sec)
    timeline_start = round(mapping.frame_at_zero)
    return StripSource(
        scene="",
        name=path.stem,
        path=movie.path,
        fps=movie.fps,
        movie_frames=movie.frames,
        first_frame=first,
        last_frame=last,
        duration_sec=movie.duration_sec,
        trim_start_sec=first_sec,
        trim_end_sec=end_sec,
        timeline_start=timeline_start,
        timeline_end=timeline_start + round((end_sec - first_sec) * mapping.frames_per_second),
        mapping=mapping,
        real_time=mapping,
        by_formula=True,
        needs_clip=None,
        warnings=(),
        lost=movie.facts.lost,
    )
