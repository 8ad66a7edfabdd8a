"""The mapping of a motion's seconds to Blender's timeline."""

from collections.abc import Mapping
from dataclasses import dataclass

from .rotations import FloatArray


@dataclass(frozen=True)
class TimeMapping:
    """The affine map from seconds of a motion to frames of the timeline.

    Attributes:
        frame_at_zero: the timeline frame, with its fraction, of the motion's start.
        frames_per_second: timeline frames to one second of the motion; negative if the strip plays in reverse.
    """

    frame_at_zero: float
    frames_per_second: float

    def frames(self, seconds: FloatArray) -> FloatArray:
        """Return timeline frames (F,) of the motion's times in seconds (F,)."""
        return self.frame_at_zero + seconds * self.frames_per_second

    def second(self, frame: float) -> float:
        """Return the motion's time in seconds at a timeline frame."""
        return (frame - self.frame_at_zero) / self.frames_per_second

    def span(self, first: int, last: int) -> tuple[float, float]:
        """Return the seconds of the motion at two timeline frames and all between, the earlier one first."""
        ends = self.second(first), self.second(last)
        return min(ends), max(ends)

    def to_json(self) -> dict[str, float]:
        """Return the two numbers as a plain JSON object."""
        return {"frame_at_zero": self.frame_at_zero, "frames_per_second": self.frames_per_second}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "TimeMapping":
        """Read what `to_json` wrote.

        Raises:
            ValueError: a number is missing or is not a number.
        """
        try:
            return cls(float(str(data["frame_at_zero"])), float(str(data["frames_per_second"])))
        except KeyError as missing:
            raise ValueError(f"no {missing} in the time mapping") from missing
