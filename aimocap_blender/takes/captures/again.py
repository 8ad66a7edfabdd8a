"""Plans a capture again that ended without motion: the same range, target and options, as a new request."""

import contextlib
from pathlib import Path

import bpy

from ...jobs.capture import ENDED, State
from ...jobs.source_file import holds_the_same
from ...jobs.view import CaptureView
from ...scene.video.movie_lengths import movie_at, require_decodable
from ...scene.video.strips import StripSource, all_strips, must_render, sequencer_scene, video_of
from ...texts.faults import Fault
from ..binding import Binding
from .capture_settings import CaptureSettings
from .planning import CapturePlan, receiver_for, rendered_from, request_of, request_of_strip, require_service

_NO_STRIP = Fault("No strip shows the range of this capture any more.", "Select its strip, then press Capture Motion.")


def can_be_tried_again(view: CaptureView) -> bool:
    """Return whether a capture ended without any motion, and its request is known."""
    return view.state in ENDED and view.state is not State.DONE and bool(view.source.path)


def plan_again(context: bpy.types.Context, view: CaptureView) -> CapturePlan:
    """Plan a new capture with the request of an earlier one, for the same character and the same frames.

    Args:
        context: with the sequencer, for a range that is rendered.
        view: the earlier capture, which `can_be_tried_again`.

    Raises:
        Fault: its video, strip or character is no longer the same; nothing has been sent or changed.
    """
    if not can_be_tried_again(view):
        raise Fault("This capture can't be tried again.", "See its status in the list.")
    require_service()
    binding = _checked(context, Binding.stored(view.binding), view.order.target_ids)
    order = view.order
    settings = CaptureSettings(
        target_ids=order.target_ids,
        title=order.title,
        export_fps=order.export_fps,
        mocap_type=order.mocap_type,
        upload="AUTO",
        choices=binding.choices,
    )
    if binding.rendered_from is not None:
        strip = _strip_as_it_was(context, binding)
        request = request_of_strip(settings, strip, binding)
        return CapturePlan(request, strip, must_render(strip, "TRIMMED_CLIP") or "")
    if not holds_the_same(view.source):
        raise Fault("The video file was changed or is missing.", "Restore the original file, or capture again.")
    movie = movie_at(Path(view.source.path))
    require_decodable(view.source.name, movie.facts.lost, view.range_sec, movie.fps)
    request = request_of(
        settings,
        source=movie.path,
        name=view.source.name,
        range_sec=view.range_sec,
        duration_sec=order.duration_sec,
        binding=binding,
    )
    return CapturePlan(request)


def plan_clip_again(context: bpy.types.Context, plan: CapturePlan) -> CapturePlan:
    """Plan a capture again whose clip could not be rendered.

    Raises:
        Fault: as `plan_again`.
    """
    require_service()
    binding = _checked(context, plan.binding, plan.request.target_ids)
    return CapturePlan(plan.request, _strip_as_it_was(context, binding), plan.reason, plan.strip)


def _checked(context: bpy.types.Context, binding: Binding | None, target_ids: tuple[str, ...]) -> Binding:
    """Return the binding; its character, if the file with it is open, can still take the motion.

    Raises:
        Fault: it can't, or the binding is unknown.
    """
    if binding is None or not binding.is_known:
        raise Fault(
            "This capture was made by another version of the add-on.", "Select its strip, then press Capture Motion."
        )
    if (armature := binding.bound_armature()) is not None:
        receiver_for(context, target_ids[0], armature)
    return binding


def _strip_as_it_was(context: bpy.types.Context, binding: Binding) -> StripSource:
    """Return the strip that shows the range that a clip was rendered of, or was to be.

    Raises:
        Fault: there is none.
    """
    scene = sequencer_scene(context)
    clip = binding.rendered_from
    is_of_file = clip is not None and clip.is_range_of_file
    if scene.sequence_editor is None or not (is_of_file or binding.is_here()):
        raise _NO_STRIP
    # others may show the same range
    for strip in sorted(all_strips(scene), key=lambda strip: strip.name != binding.strip):
        with contextlib.suppress(Fault):
            source = video_of(scene, strip)
            if rendered_from(source) == clip:
                return source
    raise _NO_STRIP
