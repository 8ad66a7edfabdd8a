"""The pages that Online Manual (F1, or the context menu of a button) opens: those that are in the zip."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import bpy

from ...motion.retargeting.retarget_options import MOTION_OPTIONS
from ...options import options_of
from ...takes.captures.capture_settings import CaptureOptions, TargetOptions

_PAGES = Path(__file__).parents[2] / "manual"
_OPERATORS: Mapping[str, tuple[str, ...]] = {
    "animators.html#open-a-video": ("open_video", "open_sample", "video_in_viewport"),
    "animators.html#preview-a-video-for-free": (
        "check_video",
        "preview_motion",
        "apply_preview",
        "stop_preview",
        "turn_preview",
        "take_other_offset",
    ),
    "animators.html#correct-a-preview": (
        *("correct_preview", "correct_take", "move_correction", "remove_correction"),
        "add_film_camera",
    ),
    "animators.html#choose-the-range": ("edit_range",),
    "animators.html#choose-the-character": ("select_character", "keep_character"),
    "animators.html#before-you-capture": ("capture_motion",),
    "animators.html#while-a-capture-runs": ("apply_capture", "stop_following", "follow_capture", "select_capture"),
    "animators.html#if-the-motion-doesnt-arrive": (
        "check_again",
        "submit_anyway",
        "pay_as_mine",
        "take_over",
        "try_again",
    ),
    "animators.html#compare-motion-and-video": ("show_video", "render_review", "play_preview"),
    "animators.html#bone-map": ("*bone*",),
    "animators.html#use-existing-motion": ("retarget_from", "import_motion_fbx"),
    "animators.html#assets": ("retarget_asset", "add_to_library"),
    "animators.html#smooth-a-motion": ("smooth_motion",),
    "animators.html#trim-a-motion": ("trim_motion",),
    "animators.html#retime-a-motion": ("retime_motion",),
    "animators.html#mirror-a-motion": ("mirror_motion",),
    "animators.html#make-a-loop": ("make_loop",),
    "animators.html#edit-foot-contacts": ("set_contacts",),
    "animators.html#blend-two-takes": ("blend_takes",),
    "animators.html#compare-two-takes": ("*_take", "*_takes", "compare_feet"),
    "animators.html#export-the-motion": ("export_motion",),
    "animators.html#recover-a-capture": ("recover_capture", "restore_capture", "forget_capture"),
    "animators.html#options": ("add_motion_preset", "show_details", "go_to_frame"),
    "robot-engineers.html#add-the-rig": ("add_g1_rig", "show_g1_limits"),
    "robot-engineers.html#import-motion": ("import_g1_motion", "import_g1_folder", "forget_g1_folder"),
    "robot-engineers.html#put-human-motion-onto-the-robot": ("retarget_to_g1",),
    "robot-engineers.html#check-motion": ("check_g1_motion", "go_to_g1_fault", "mark_g1_faults", "save_g1_report"),
    "robot-engineers.html#adjust-motion": ("fix_g1_motion",),
    "robot-engineers.html#export-motion": ("export_g1_motion",),
    "install.html#set-it-up": ("check_service", "copy_report"),
    "pipeline.html#operators": ("*",),
}
"""Page and heading for operators, the first that fits."""


def _map() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return where the pages are, and which one is about what, as Blender's `manual_map` takes it."""
    return f"{_PAGES.as_uri()}/", tuple(_pages())


def _pages() -> Iterator[tuple[str, str]]:
    for page, names in _OPERATORS.items():
        for name in names:
            yield f"bpy.ops.aimocap.{name}", page
    for name in options_of(TargetOptions, CaptureOptions, *MOTION_OPTIONS):
        yield f"bpy.types.settings.{name}", "animators.html#options"
    for name in ("character", "range_start", "range_end", "mirror_bones", "show_contacts"):
        yield f"bpy.types.settings.{name}", "animators.html#before-you-capture"
    for name in ("api_key", "service_url", "captures_folder", "poll_seconds", "plan", "mark_assets"):
        yield f"bpy.types.preferences.{name}", "install.html#set-it-up"


def register() -> None:
    """Let Online Manual find the pages, if they are there: a checkout has none."""
    if _PAGES.is_dir():
        cast("Any", bpy.utils).register_manual_map(_map)


def unregister() -> None:
    """Leave Blender's own pages."""
    cast("Any", bpy.utils).unregister_manual_map(_map)
