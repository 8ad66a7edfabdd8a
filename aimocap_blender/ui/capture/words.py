"""Short texts about a capture: age, targets, progress, state."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...jobs.capture import AWAITING_USER, ENDED, State
from ...jobs.durations import DAY, age, clock
from ...jobs.runner import CaptureView
from ...service.contract import DEFAULT_TARGET, ROBOT_TARGET
from ...takes.reading import MotionKind
from ...takes.take import Take
from ...texts.text import Sentence, Text
from ..setup.preferences import DAYS_KEPT, preferences
from ..text.translation import translated

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems

_MEBIBYTE = 1 << 20
LEAST_CREDITS = 0.05
"""Below it the price is unknown, as that of a recovered capture."""


def mebibytes(size: float) -> str:
    """Return a number of bytes in MiB."""
    return f"{size / _MEBIBYTE:.1f} MiB"


def _names_of(targets: Iterable[str]) -> str:
    known = {ROBOT_TARGET: "Unitree G1", DEFAULT_TARGET: translated("Character")}
    return " + ".join(known.get(target, target.partition(":")[2]) for target in targets)


def briefly(view: CaptureView) -> str:
    """Return the progress, the elapsed time, or the age."""
    if view.transferred is not None:
        done, total = view.transferred
        return f"{done / max(total, 1):.0%}"
    if view.followed:
        return clock(view.elapsed_sec)
    return _age_of(view)


def facts_of(view: CaptureView) -> str:
    """Return targets, price, size on disk and age."""
    size = mebibytes(view.size) if view.size else ""
    return " · ".join(filter(None, (_names_of(view.target_ids), translated(price_of(view)), size, _age_of(view))))


def range_and_receiver(take: Take) -> str:
    """Return the range of the video, in seconds, and who the motion is for."""
    ends = take.ends_sec
    seconds = f"{ends[0]:.1f}–{ends[1]:.1f} s" if ends and ends[1] > ends[0] else ""
    character = take.binding.armature if take.binding is not None else ""
    robots = MotionKind.ROBOT in take.targets
    # a robot is named beside its character, or where nobody else is
    others = ["Unitree G1"] if robots and (len(take.targets) > 1 or not character) else []
    names = " + ".join(filter(None, [character, *others])) or _names_of(take.targets.values())
    return " · ".join(filter(None, (seconds, names)))


def price_of(view: CaptureView) -> Sentence:
    """Return what a capture costs or has cost; '' if it is unknown, or if nothing was paid."""
    known = view.credits >= LEAST_CREDITS and (view.paid or view.state not in ENDED)
    return Text("{credits:.1f} credits", credits=view.credits) if known else ""


def _age_of(view: CaptureView) -> str:
    return age(time.time() - view.created_at) or translated("now")


def kept_until(view: CaptureView) -> Sentence:
    """Return how long the service keeps the files; '' if unknown or if there are none."""
    if view.completed_at is None:
        return ""
    days = DAYS_KEPT[preferences().plan] - (time.time() - view.completed_at) / DAY
    if days <= 0:
        return "The service no longer keeps its files."
    if days < 1:
        return "The service deletes its files today."
    return Text("The service keeps its files for {days:.0f} more days.", days=days)


def icon_of(view: CaptureView) -> "IconItems":
    """Return the icon of the capture's state."""
    if view.state == State.DONE:
        return "CHECKMARK"
    if view.followed:
        return "SORTTIME"
    if view.state in AWAITING_USER:
        return "ERROR"
    return "PAUSE" if view.can_follow else "X"
