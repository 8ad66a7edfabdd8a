"""Seeing a person's motion in a video: its frames are written as pictures, in which another process sees the motion.

Both are background Blenders, the second one with numpy. It begins with the first pictures, while others are still being
written. A movie file is a source of frames as a strip is.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from ...motion.time_mapping import TimeMapping
from ...record_json import as_list
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision import network_graph
from ...vision.network import FREED, ONE_THREAD
from ...vision.video_check import VideoFacts
from ..background_blender import BackgroundBlender
from ..video.movie_lengths import movie_at, require_motion
from ..video.render_clip import RENDERER, FrameRendering, what_to_render
from ..video.strips import StripSource

Several = Literal["", "PEOPLE", "SHOTS"]
_CHILD = Path(__file__).with_name("seeing_child.py")
_MOTION = "motion.npz"
_RENDERED_WITHIN_SEC = 4 * 3600.0

LONGEST_SIDE = 960
"""Pixels. The network sees a person in 256 by 256 pixels, so a person of a quarter of this height is still sharp."""
CHECKED_SIDE = 640
"""Pixels, enough for a check of the video: what counts as blurred is measured in such frames."""

_MOST_FPS = 31.0
"""Frames per second above which frames are left out: motion at 30 fps is enough for a preview."""

_SEEN_WITHIN_SEC = 3600.0


def all_frames(count: int, _fps: float) -> Sequence[int]:
    """Return the indices of all frames."""
    return range(count)


class FramePictures(FrameRendering):
    """Pictures of what a strip shows now, which are to be written, being written or complete.

    Args:
        source: from `strips.video_of`, of a scene in the open file, or `movie_source`.
        folder: for the pictures; the caller removes it.
        private_folder: deleted by the process if this Blender is gone.
        log: file for the process's output.
        chosen: returns the indices of the pictures to write, of their number and frame rate; all otherwise.
        longest_side: of the pictures, pixels.

    Attributes:
        folder: where they are, named `frame_0001.jpg` by their frame numbers.
        count: their number.
        fps: frame rate of the pictures, in seconds of the movie.
        first: frame number in the name of the first picture.
        step: frame numbers from one picture to the next.
        order: indices of the pictures that are written, in this order.
        sound: the file that has their sound, the range of the video there, and by how much later its sound begins,
            seconds; None if they are no range of a file, or it doesn't say when its sound begins.

    Raises:
        Fault: the folder can't be written.
    """

    def __init__(
        self,
        source: StripSource,
        folder: Path,
        private_folder: Path,
        log: Path,
        *,
        chosen: Callable[[int, float], Sequence[int]] = all_frames,
        longest_side: int = LONGEST_SIDE,
    ) -> None:
        self.step = max(math.ceil(source.fps / _MOST_FPS), 1)
        self.fps = source.fps / self.step
        self.count = len(range(source.first_frame, source.last_frame + 1, self.step))
        self.first = source.first_frame + 1 if source.by_formula else source.timeline_start
        self.order = chosen(self.count, self.fps)
        self.sound = _sound_of(source)
        self._name = source.name
        request: dict[str, object] = {"pictures": str(folder / "frame_"), "step": self.step}
        if list(self.order) != list(range(self.count)):
            request["frames"] = [self.first + index * self.step for index in self.order]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            request |= what_to_render(source, folder, longest_side)
        except (OSError, RuntimeError) as error:  # RuntimeError from Blender when writing a copy
            raise Fault(
                Text(
                    "The frames of the video can't be written: {reason}.",
                    reason=getattr(error, "strerror", None) or str(error).strip(),
                ),
                Text("Free up space in {folder}, then try again.", folder=folder.parent),
            ) from error
        task = Text("the frames of {name}", name=source.name)
        super().__init__(
            RENDERER,
            request,
            folder,
            task=task,
            time_limit_sec=_RENDERED_WITHIN_SEC,
            private_folder=private_folder,
            log=log,
        )

    @property
    def request(self) -> Mapping[str, object]:
        """The request for the process, for another one that writes the pictures itself."""
        return self._request

    def check(self) -> None:
        """Raise unless all pictures are there.

        Raises:
            Fault: rendering failed.
            RuntimeError: it is still running.
        """
        super().check()
        if self.frames_done < len(self.order):
            raise Fault(
                Text("The frames of {name} are incomplete.", name=self._name),
                Text("Check the free disk space in {folder}, then try again.", folder=self.folder.parent),
            )


def _sound_of(source: StripSource) -> tuple[str, float, float, float] | None:
    """Return where the sound of a range is, see `FramePictures`."""
    if not source.by_formula or source.path is None:
        return None
    facts = movie_at(source.path).facts
    if not facts.understood or facts.first_sound_sec is None:
        return None
    later = facts.first_sound_sec - facts.first_frame_sec
    return str(source.path), source.trim_start_sec, source.trim_end_sec, later


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
    require_motion(path.name, last - first + 1)
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


@dataclass(frozen=True)
class SeeingProgress:
    """How far the process is.

    Attributes:
        stage: `frames` (following the person through them), or `motion` (solving the clip).
        done: frames that are done.
        total: frames in all.
    """

    stage: str
    done: int
    total: int


class Seeing(BackgroundBlender):
    """A motion that is to be seen, being seen or complete.

    Args:
        pictures: being written; for a check only planned, as its process writes its few itself.
        folder: for the motion and the progress; created if missing.
        private_folder: deleted by the process if this Blender is gone.
        log: file for the process's output.
        person: number of the one to follow, from 0; None to see what hinders seeing a motion instead.
        others: of other videos of the same moment.
        offsets: of these, seconds of their range at the start of the first one's; None to find them.
        checkpoints: folder of what is seen, with which a later process goes on; None to keep nothing.
        several: see each person's motion instead, all in one world, or the person's in each shot alone.
    """

    def __init__(
        self,
        pictures: FramePictures,
        folder: Path,
        private_folder: Path,
        log: Path,
        *,
        person: int | None = 0,
        others: Sequence[FramePictures] = (),
        offsets: Sequence[float] | None = None,
        checkpoints: Path | None = None,
        several: Several = "",
    ) -> None:
        request = _video(pictures) | {
            "networks": str(network_graph.NETWORKS_FOLDER),
            "person": person,
            "rendering": pictures.request if person is None else None,
            "others": list(map(_video, others)),
            "offsets": None if offsets is None else list(offsets),
            "checkpoints": None if checkpoints is None else str(checkpoints),
            "motion": str(folder / _MOTION),
            "several": several,
        }
        task = "the preview"
        super().__init__(
            _CHILD,
            request,
            folder,
            task=task,
            time_limit_sec=_SEEN_WITHIN_SEC,
            private_folder=private_folder,
            log=log,
            variables=ONE_THREAD | FREED,
        )

    @property
    def seen(self) -> SeeingProgress | None:
        """How far it is; None before it has begun."""
        return SeeingProgress(*cast("Any", self.progress)) if self.progress is not None else None

    @property
    def facts(self) -> VideoFacts:
        """The findings of a check.

        Raises:
            Fault: it failed.
            RuntimeError: it is still running.
        """
        return VideoFacts.of_json(self.answer["facts"])

    @property
    def result(self) -> Path:
        """The file with the motion, for `vision.sighting.sighting_of`.

        Raises:
            Fault: nobody was seen, or it failed.
            RuntimeError: it is still running.
        """
        return self.results[0]

    @property
    def results(self) -> list[Path]:
        """The files with the motions, of the most prominent person first; for all else see `result`.

        Of several videos there is one, and a second one if they fit each other at another offset as well.
        """
        files = self.answer.get("motions")
        return [Path(str(file)) for file in as_list(files) or ()]


def _video(pictures: FramePictures) -> dict[str, object]:
    """Return what the process has to know of a video's pictures."""
    return {
        "pictures": str(pictures.folder),
        "written": str(pictures.progress_file),
        "first": pictures.first,
        "step": pictures.step,
        "count": pictures.count,
        "order": list(pictures.order),
        "fps": pictures.fps,
        "sound": pictures.sound,
    }
