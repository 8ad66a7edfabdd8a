"""The frames of a strip's visible range as pictures in a private folder, rendered by a background Blender."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ...texts.faults import Fault
from ...texts.text import Text
from ..video.movie_lengths import movie_at
from ..video.render_clip import RENDERER, FrameRendering, what_to_render
from ..video.strips import StripSource

LONGEST_SIDE = 960
"""Pixels. The network sees a person in 256 by 256 pixels, so a person of a quarter of this height is still sharp."""
CHECKED_SIDE = 640
"""Pixels, enough for a check of the video: what counts as blurred is measured in such frames."""

_MOST_FPS = 31.0
"""Frames per second above which frames are left out: motion at 30 fps is enough for a preview."""

_TIME_LIMIT_SEC = 3600.0


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
            time_limit_sec=_TIME_LIMIT_SEC,
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
