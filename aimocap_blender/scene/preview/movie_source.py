"""A whole movie file as a source of frames, as a strip is."""

from pathlib import Path

from ...motion.time_mapping import TimeMapping
from ..faults import SceneFault
from ..video.movie_lengths import movie_at
from ..video.strips import StripSource


def movie_source(path: Path, mapping: TimeMapping) -> StripSource:
    """Describe a movie file that no strip shows.

    Args:
        path: of the file, absolute.
        mapping: seconds of the movie to timeline frames.

    Raises:
        SceneFault: the file is missing, can't be played, or has a single frame.
    """
    movie = movie_at(path)
    if movie.frames < 2:  # noqa: PLR2004 -- motion needs two
        raise SceneFault(
            f"The video {path.name} has a single frame, which contains no motion.", "Choose another video."
        )
    start = round(mapping.frame_at_zero)
    return StripSource(
        scene="",
        name=path.stem,
        path=movie.path,
        fps=movie.fps,
        movie_frames=movie.frames,
        first_frame=0,
        last_frame=movie.frames - 1,
        duration_sec=movie.duration_sec,
        trim_start_sec=0.0,
        trim_end_sec=movie.duration_sec,
        timeline_start=start,
        timeline_end=start + round(movie.duration_sec * mapping.frames_per_second),
        mapping=mapping,
        real_time=mapping,
        by_formula=True,
        needs_clip=None,
        warnings=(),
    )
