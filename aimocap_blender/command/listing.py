"""The verb `list` of the command line: captures and previews on disk; and captures by the beginning of their ID."""

import time

from ..jobs.runner import CaptureView
from ..jobs.timing import age
from ..takes.captures.capture_takes import video_range_of
from ..takes.configuration import configuration
from ..takes.previews.kept import KeptPreviews, PreviewRecord, Unfinished, UnfinishedRecord
from ..takes.take import Kind
from ..texts.faults import Fault
from ..texts.text import Text
from .batch import DONE, in_words, settings_of
from .files import ledger, view_on_disk
from .output import Output, facts_of

SHORT_ID = 8
"""Characters of an id that tell it from others."""


def list_takes(_options: object, output: Output) -> int:
    """List the captures and previews on disk, newest first; sends nothing."""
    kept = KeptPreviews(configuration().captures_folder)
    # first, as something is left to do about them
    for unfinished in kept.unfinished.values():
        _list_unfinished(unfinished, output)
    previews = kept.records()
    for one in sorted((*captures(), *previews), key=lambda one: (one.created_at, one.id), reverse=True):
        if isinstance(one, PreviewRecord):
            _list_preview(one, output)
        else:
            _list_capture(one, output)
    return DONE


def _list_capture(view: CaptureView, output: Output) -> None:
    shown = video_range_of(view)
    span = (shown.start_sec, shown.end_sec) if shown is not None else view.range_sec
    # a recovered one's order is not
    known = bool(view.video)
    options = settings_of(view.order) if known else {}
    output.step(
        "capture",
        "  ".join(
            (
                label_of(view),
                _age(view.elapsed_sec),
                ", ".join(view.target_ids),
                view.job_id or "-",
                view.what,
                _span(span) if known else "-",
                f"{view.credits:.2f} credits" if known else "-",
                in_words(options) if known else "-",
                Kind.CAPTURE.lower(),
            )
        ),
        created_at=view.created_at,
        age_sec=round(view.elapsed_sec),
        kind=Kind.CAPTURE.lower(),
        video=view.video,
        range=_rounded(span) if known else None,
        options=options,
        **facts_of(view),
    )


def _list_preview(record: PreviewRecord, output: Output) -> None:
    what = "Replaced by a capture." if record.captured_by else "Free preview."
    line, facts = _of_preview(record, what, record.video, record.range_sec)
    output.step("preview", line, **facts, credits=0, people=record.people, replaced_by=record.captured_by)


def _list_unfinished(unfinished: Unfinished, output: Output) -> None:
    shown = unfinished.record.films[0].shown
    what = f"Unfinished, {unfinished.share:.0%} done: the same call continues it."
    line, facts = _of_preview(unfinished.record, what, shown.path, (shown.start_sec, shown.end_sec))
    output.step("unfinished", line, **facts, share=unfinished.share)


def _of_preview(
    record: PreviewRecord | UnfinishedRecord, what: str, video: str, span: tuple[float, float]
) -> tuple[str, dict[str, object]]:
    """Return the line of a preview, finished or not, and the fields that are the same for both."""
    # clocks of computers that share a folder differ
    elapsed = max(time.time() - record.created_at, 0.0)
    name = f"{_short(record)} {record.title}"
    return "  ".join((name, _age(elapsed), "-", "-", what, _span(span), "free", "-", Kind.PREVIEW.lower())), {
        "created_at": record.created_at,
        "age_sec": round(elapsed),
        "kind": Kind.PREVIEW.lower(),
        "preview": record.id,
        "title": record.title,
        "video": video,
        "range": _rounded(span),
    }


def _short(record: PreviewRecord | UnfinishedRecord) -> str:
    return record.id.removeprefix("preview-")[:SHORT_ID]


def captures() -> list[CaptureView]:
    """Return the views of all captures on disk, newest first, without driving them."""
    kept = ledger()
    views = [view_on_disk(kept, one) for one in kept.captures()]
    # the ID decides among those of a batch that began within a clock's tick, so that the order is always the same
    return sorted(views, key=lambda view: (view.created_at, view.id), reverse=True)


def named(text: str) -> CaptureView:
    """Return the capture whose id begins with this text.

    Raises:
        Fault: there is none, or there are several.
    """
    found = [view for view in captures() if view.id.startswith(text)]
    # the list has both
    previews = [] if found else KeptPreviews(configuration().captures_folder).records()
    if any(_short(record).startswith(text) or record.id.startswith(text) for record in previews):
        raise Fault(
            Text("{text} is a free preview, not a capture.", text=text),
            "Apply it in Blender, or preview the video again with this character.",
        )
    if len(found) != 1:
        raise Fault(
            Text("{count} captures begin with {text}.", count=len(found) or "No", text=text),
            "List the IDs with blender --command aimocap list.",
        )
    return found[0]


def label_of(view: CaptureView) -> str:
    """Return a capture's name in the output."""
    return f"{view.id[:SHORT_ID]} {view.title}"


def _age(seconds: float) -> str:
    return age(seconds) or f"{seconds:.0f} s"


def _span(span: tuple[float, float]) -> str:
    return f"{span[0]:.2f}–{span[1]:.2f} s"


def _rounded(span: tuple[float, float]) -> list[float]:
    return [round(span[0], 3), round(span[1], 3)]
