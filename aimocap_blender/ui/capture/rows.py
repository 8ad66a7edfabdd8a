"""The content of a take's row in the list."""

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...jobs.durations import age
from ..text.translation import translated
from .pictures import picture_of
from .words import briefly, icon_of, range_and_receiver

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems

    from ...takes.captures.preparation import Preparation
    from ...takes.session import Session


@dataclass(frozen=True)
class Row:
    """Content of a row.

    Attributes:
        title: its name.
        icon: of its state.
        short: progress or age.
        facts: the video; of a take that people named, its range and for whom it is.
        picture: an icon; 0 if there is none.
        can_be_renamed: whether the user may change the title.
    """

    title: str
    icon: "IconItems"
    short: str = ""
    facts: str = ""
    picture: int = 0
    can_be_renamed: bool = False


def cut_of(name: str) -> str:
    """Return what tells a take from others, where its name is cut: the range with its number, then the character."""
    _, *receiver, ends = name.split(" · ") if " · " in name else ("", "")
    return " · ".join((ends, *receiver))


def row_of(session: "Session", take_id: str) -> Row:
    """Return the content of a take's row."""
    if (preparation := session.captures.preparations.get(take_id)) is not None:
        return _row_of_preparation(preparation)
    if (running := session.previews.running.get(take_id)) is not None:
        return Row(running.take.name, "SORTTIME", f"{running.progress.share:.0%}", running.take.shows)
    take = session.take(take_id)
    if take is None:
        return Row("", "NONE")
    if (unfinished := session.previews.kept.unfinished.get(take_id)) is not None:
        return Row(take.name, "PAUSE", f"{unfinished.share:.0%}", take.shows)
    since = age(time.time() - take.created_at) or translated("now")
    row = Row(
        take.name,
        "HIDE_OFF",
        since,
        range_and_receiver(take) if take.name == take.title else take.shows,
        picture=picture_of(session, take),
        can_be_renamed=True,
    )
    if (view := session.captures.view(take_id)) is not None:
        short = briefly(view) if take_id not in session.captures.acts else translated("Saving")
        return replace(row, icon=icon_of(view), short=short)
    record = session.previews.kept.record(take_id)
    return replace(row, icon="HIDE_ON") if record is not None and record.captured_by else row


def _row_of_preparation(preparation: "Preparation") -> Row:
    if preparation.fault is not None:
        return Row(preparation.title, "ERROR")
    if preparation.is_saving:
        return Row(preparation.title, "FILE_TICK", translated("Saving"))
    return Row(preparation.title, "RENDER_ANIMATION", _share(*preparation.progress))


def _share(done: int, total: int) -> str:
    return f"{done / total:.0%}" if total else ""
