"""A button for what earlier captures of the same range spare."""

import contextlib

import bpy

from ...jobs.capture import Order
from ...scene.video.strips import StripSource, must_render
from ...takes.captures.capture_settings import CaptureSettings
from ...takes.captures.earlier import clip_of, contains
from ...takes.captures.parts import missing_of_strip
from ...takes.session import current_session
from ...takes.take import Standing
from ...takes.video_ranges import range_of_source
from ...texts.faults import Fault
from ...texts.text import Text
from ..settings import Settings
from ..text.option_properties import set_options
from ..text.translation import translated


def draw_earlier(layout: bpy.types.UILayout, settings: Settings, source: StripSource) -> None:
    """Draw a button that applies the motion of the range if it was captured before, or captures what is missing."""
    parts: list[tuple[str, tuple[float, float]]] = []
    # an avatar has no ID yet; capturing reports it
    with contextlib.suppress(Fault):
        parts = _captured_parts(source, settings.wishes())
    if not parts:
        return
    wanted = (source.trim_start_sec, source.trim_end_sec)
    whole = [capture_id for capture_id, part in parts if contains(part, wanted)]
    if whole:
        apply = layout.operator("aimocap.apply_capture", text="Apply Earlier", icon="ARMATURE_DATA")
        set_options(apply, capture_id=whole[0], strip=source.name)
        return
    missing = missing_of_strip(source, [part for _, part in parts])
    if missing:
        credits_left = sum(end - start for start, end in missing)
        text = translated(Text("Only the Rest ({credits:.1f} credits)", credits=credits_left))
        rest = layout.operator("aimocap.capture_motion", text=text, icon="RADIOBUT_ON")
        set_options(rest, only_missing=True)


def _wanted(order: Order | CaptureSettings) -> tuple[object, ...]:
    return order.target_ids, order.export_fps, order.mocap_type


def _captured_parts(source: StripSource, wishes: CaptureSettings) -> list[tuple[str, tuple[float, float]]]:
    """Return captures, the newest first, whose motion is here and shows a part of the range; from memory alone."""
    session, shown = current_session(), range_of_source(source)
    if session is None or shown is None:
        return []
    found: list[tuple[str, tuple[float, float]]] = []
    is_rendered = must_render(source, wishes.upload) is not None
    for one in session.captures.listed():
        # what is not paid, or still running, may bring no motion
        part = one.shown if one.is_paid and one.standing is not Standing.RUNNING else None
        if part is None or part.file != shown.file:
            continue
        view = session.captures.view(one.id)
        if view is None or (clip_of(view.binding) is not None) != is_rendered or _wanted(view.order) != _wanted(wishes):
            continue
        if min(part.end_sec, shown.end_sec) > max(part.start_sec, shown.start_sec):
            found.append((one.id, (part.start_sec, part.end_sec)))
    return found
