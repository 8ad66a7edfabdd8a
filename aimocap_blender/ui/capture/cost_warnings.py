"""Sentences on the upload and warnings before paying. Nothing is refused here; that is up to the service."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...scene.video.strips import StripSource, must_render
from ...takes.captures.planning import SEVERAL_MAY_COST_MORE, CapturePlan
from ...texts.text import Sentence, Text
from ..settings import Settings
from ..setup.preferences import preferences

_FREE_PLANS_SEC = 30.0
_FREE_PLANS_BYTES = 50_000_000
_SHORTEST_SEC = 1.0
_SAME_SEC = 0.05
_MEGABYTE = 1e6


@dataclass(frozen=True)
class Upload:
    """Upload of one capture.

    Attributes:
        range_sec: length of the range that is processed.
        whole_sec: length of the video.
        file: the file if it is sent whole; None if a clip of the range is rendered and sent.
    """

    range_sec: float
    whole_sec: float
    file: Path | None

    @property
    def is_more_than_needed(self) -> bool:
        """Whether more of the video is sent than the range."""
        return self.file is not None and self.whole_sec - self.range_sec > _SAME_SEC

    @property
    def size(self) -> int:
        """Size of the file in bytes; 0 if there is none."""
        with contextlib.suppress(OSError):
            return self.file.stat().st_size if self.file is not None else 0
        return 0


def upload_of_strip(source: StripSource, settings: Settings) -> Upload:
    """Return the upload for the capture of a strip.

    Raises:
        Fault: Upload is set to the whole file, which would give the wrong motion.
    """
    is_rendered = must_render(source, settings.upload) is not None
    return Upload(source.trimmed_sec, source.duration_sec, None if is_rendered else source.path)


def upload_of(plan: CapturePlan) -> Upload:
    """Return the upload for a planned capture."""
    return Upload(plan.credits, plan.request.duration_sec, plan.request.source if plan.source is None else None)


def brief_upload(upload: Upload) -> Text:
    """Return what is uploaded, as short as it can be told."""
    if upload.file is None:
        return Text("Uploads only the range")
    return Text("Uploads the whole file, {size:.1f} MB", size=max(upload.size / _MEGABYTE, 0.1))


def upload_sentences(uploads: Sequence[Upload], host: str) -> Iterator[Text]:
    """Yield sentences on what is uploaded, and to which host."""
    whole = [upload for upload in uploads if upload.file is not None]
    clips_sec = [upload.range_sec for upload in uploads if upload.file is None]
    if whole:
        length = f"{sum(upload.whole_sec for upload in whole):.1f} s"
        size = max(sum(upload.size for upload in whole) / _MEGABYTE, 0.1)
        used = f"{sum(upload.range_sec for upload in whole):.1f} s"
        if len(whole) > 1:
            yield Text(
                "Uploads {count} whole files ({length}, {size:.1f} MB) to {host}; {used} of them are processed.",
                count=len(whole),
                length=length,
                size=size,
                host=host,
                used=used,
            )
        elif whole[0].is_more_than_needed:
            yield Text(
                "Uploads the whole file ({length}, {size:.1f} MB) to {host}; {used} of it are processed.",
                length=length,
                size=size,
                host=host,
                used=used,
            )
        else:
            yield Text(
                "Uploads the whole file ({length}, {size:.1f} MB) to {host}.", length=length, size=size, host=host
            )
    if len(clips_sec) > 1:
        yield Text(
            "Renders {count} ranges ({seconds:.1f} s) and uploads the clips to {host}.",
            count=len(clips_sec),
            seconds=sum(clips_sec),
            host=host,
        )
    elif clips_sec:
        yield Text(
            "Renders the range ({seconds:.1f} s) and uploads the clip to {host}.", seconds=clips_sec[0], host=host
        )


def warnings_before_paying(upload: Upload, settings: Settings) -> Iterator[Sentence]:
    """Yield warnings for a strip, those that may save credits first."""
    yield from warnings_of(upload)
    if settings.both:
        yield SEVERAL_MAY_COST_MORE


def warnings_of(upload: Upload) -> Iterator[Sentence]:
    """Yield the warnings about an upload itself."""
    if upload.range_sec < _SHORTEST_SEC:
        yield Text(
            "The range is only {seconds:.1f} s long. Extend the strip to at least 1 s.", seconds=upload.range_sec
        )
    if preferences().plan == "FREE":
        yield from _beyond_the_free_plan(upload)


def _beyond_the_free_plan(upload: Upload) -> Iterator[Sentence]:
    sent_sec = upload.range_sec if upload.file is None else upload.whole_sec
    too_much: list[Text] = []
    if sent_sec > _FREE_PLANS_SEC:
        too_much.append(Text("{seconds:.0f} s", seconds=sent_sec))
    if upload.size > _FREE_PLANS_BYTES:
        too_much.append(Text("{size:.0f} MB", size=upload.size / _MEGABYTE))
    if too_much:
        yield Text(
            "The upload has {too_much}; the free plan allows up to 30 s and 50 MB.", too_much=Text.listed(too_much)
        )
        if upload.file is not None and upload.range_sec <= _FREE_PLANS_SEC:
            yield "Set Upload to Only the Range to upload less."
