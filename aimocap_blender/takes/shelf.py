"""By what the captures are found in a long list: kept for each, so that no draw asks for all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import bpy

from ..jobs.capture import AWAITING_USER, ENDED, State
from ..jobs.durations import DAY, estimated
from ..jobs.view import CaptureView
from .binding import opened_file
from .captures.video_ranges import VideoRange, video_range_of

_LONGEST_SEC = DAY


class Standing(StrEnum):
    """How far one is, roughly."""

    RUNNING = "RUNNING"
    READY = "READY"
    APPLIED = "APPLIED"
    FAILED = "FAILED"
    PREVIEW = "PREVIEW"


@dataclass(frozen=True)
class Shelved:
    """By what one is found.

    Attributes:
        title: its name.
        standing: how far it is.
        places: ids of the file that it began in: of this run of Blender, and its path.
        video: what tells its video from others.
        created_at: seconds since 1970.
        paid: the range whose motion is paid for and is here, or is to come; None if there is none.
        took: the service's address, the length of the range, and how long its motion took there, in seconds; None if
            unknown.
    """

    title: str
    standing: Standing
    places: tuple[object, object]
    video: str
    created_at: float
    paid: VideoRange | None = None
    took: tuple[str, float, float] | None = None

    @property
    def is_of_open_file(self) -> bool:
        """Whether it began in the file that is open."""
        session, blend_file = self.places
        return session == opened_file() or (bool(blend_file) and blend_file == bpy.data.filepath)


def shelved(view: CaptureView) -> Shelved:
    """Return by what a capture is found."""
    shown = video_range_of(view)
    video = shown.path if shown is not None else view.video
    standing = standing_of(view)
    paid = shown if view.paid and standing is not Standing.FAILED else None
    took = _took(view) if view.state == State.DONE else None
    return Shelved(view.title, standing, places_of(view.binding), video or view.title, view.created_at, paid, took)


def seconds_left(shelf: Mapping[str, Shelved], view: CaptureView, now: float) -> float | None:
    """Return an estimate of how long the service still works on a capture; None if it doesn't, or nothing is known.

    Args:
        shelf: the captures of this machine by id.
        view: the capture.
        now: seconds since 1970.
    """
    if view.state != State.RUNNING or view.submitted_at is None:
        return None
    earlier = [one.took for one in shelf.values() if one.took is not None]
    whole = estimated(((length, took) for service, length, took in earlier if service == view.base_url), view.credits)
    return whole - (now - view.submitted_at) if whole is not None else None


def _took(view: CaptureView) -> tuple[str, float, float] | None:
    if view.submitted_at is None or view.completed_at is None:
        return None
    took = view.completed_at - view.submitted_at  # by two clocks: one that is off makes it useless
    return (view.base_url, view.credits, took) if 0.0 < took < _LONGEST_SEC else None


def paid_ranges(shelf: Mapping[str, Shelved], here: Iterable[str]) -> list[tuple[VideoRange, bool]]:
    """Return the ranges whose motion is paid for, and whether it has arrived.

    Args:
        shelf: captures by id.
        here: ids of those that are in the list.
    """
    found = (one for capture_id in here if (one := shelf.get(capture_id)) is not None)
    return [(one.paid, one.standing is not Standing.RUNNING) for one in found if one.paid is not None]


def standing_of(view: CaptureView) -> Standing:
    """Return how far a capture is."""
    if view.state == State.DONE:
        return Standing.APPLIED if view.applied else Standing.READY
    return Standing.FAILED if view.state in ENDED | AWAITING_USER else Standing.RUNNING


def places_of(binding: Mapping[str, object]) -> tuple[object, object]:
    """Return the ids of the file that something with this binding began in."""
    return binding.get("session", ""), binding.get("blend_file", "")
