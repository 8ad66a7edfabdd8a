"""Plans captures: from the selection, or again what ended without motion.

Checks everything before anything is sent, and renders a clip where needed.
"""

import contextlib
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import bpy

from ...jobs.capture import ENDED, CaptureRequest, State
from ...jobs.intake import LONGEST_TITLE, check_request
from ...jobs.runner import OFFLINE
from ...jobs.source_file import holds_the_same
from ...jobs.view import CaptureView
from ...scene.video.movie_lengths import movie_at, require_decodable, require_sendable
from ...scene.video.strips import (
    StripSource,
    all_strips,
    from_current_frame,
    must_render,
    selected_videos,
    sequencer_scene,
    video_of,
)
from ...service.contract import DEFAULT_TARGET, ROBOT_TARGET
from ...texts.faults import Fault
from ...texts.text import Sentence
from ..binding import Binding, RenderedFrom, bind, bind_to_source, character_for, robot_beside, robot_for
from ..configuration import configuration
from ..take import file_as_it_is
from .capture_settings import CaptureSettings

SEVERAL_MAY_COST_MORE = "Two targets may cost twice the credits; the service documents no price for the second one."
NO_KEY = Fault("There is no API key yet.", "Paste your key in the preferences of the AIMoCap add-on.")

_NO_STRIP = Fault("No strip shows the range of this capture any more.", "Select its strip, then press Capture Motion.")


@dataclass(frozen=True)
class CapturePlan:
    """A capture that is ready to begin.

    Attributes:
        request: the request to the service; without its clip while that is still to be rendered.
        source: the strip to render; None if the request's file is sent unchanged.
        reason: why it is rendered, as the end of a sentence.
        strip: the strip, rendered or not; None for a movie file.
    """

    request: CaptureRequest
    source: StripSource | None = None
    reason: Sentence = ""
    strip: StripSource | None = None

    @property
    def binding(self) -> Binding:
        """Where its motion belongs."""
        return Binding.from_json(self.request.binding)

    @property
    def credits(self) -> float:
        """The price: one credit per second."""
        return self.request.trim_end_sec - self.request.trim_start_sec


def plan_captures(
    context: bpy.types.Context,
    settings: CaptureSettings,
    filepath: str = "",
    *,
    all_selected: bool = False,
    only_range: bool = False,
    kept: bpy.types.Object | None = None,
    is_only_asked: bool = False,
) -> list[CapturePlan]:
    """Plan the capture of the active strip, of all selected ones, or of a whole movie file.

    Args:
        context: with the selection.
        filepath: of the movie file; '' for strips.
        all_selected: all selected strips instead of the active one.
        only_range: render and send a clip of a strip's range, whatever the settings say.
        kept: the character; None for the selected armature.
        is_only_asked: what they would be; the service needn't be within reach yet.

    Raises:
        Fault: one of them can't begin; nothing has been sent or changed.
    """
    if not is_only_asked:
        require_service()
    # the character's target comes first, so a job for both is bound to the character
    armature = receiver_for(context, settings.target_ids[0], kept)
    if filepath:
        return [_plan_file(context, Path(bpy.path.abspath(filepath)), settings, armature)]
    strips = selected_videos(context) if all_selected else [None]
    # with the active one alone, that it is none is told when it is looked at
    if not strips:
        raise Fault("No video strip is selected.", "Select the strips to capture in the Video Sequencer.")
    if only_range:
        settings = replace(settings, upload="TRIMMED_CLIP")
    plans = [_plan_strip(context, video_of(context, strip), settings, armature) for strip in strips]
    # all are checked before one begins, so that none is paid while another is refused
    for plan in plans:
        check_request(plan.request)
    if len(plans) == 1:
        return plans
    together = uuid.uuid4().hex
    return [_as_one_of_several(plan, together) for plan in plans]


def require_service(offline: Fault = OFFLINE, no_key: Fault = NO_KEY) -> None:
    """Raise unless the service can be used.

    Raises:
        Fault: `offline` if Blender is offline, `no_key` if there is no key.
    """
    if not bpy.app.online_access:
        raise offline
    if not configuration().api_key:
        raise no_key


def _as_one_of_several(plan: CapturePlan, together: str) -> CapturePlan:
    """Return the plan as one of several for the same character or robot, so that they don't push each other down."""
    binding, title = plan.binding.as_one_of(together), plan.request.title
    # a title that people entered is the same for all
    if title != binding.strip:
        title = _cut(f"{title} – {binding.strip}")
    return replace(plan, request=replace(plan.request, binding=binding.to_json(), title=title))


def _cut(name: str) -> str:
    """Return a name as a title, cut where it is longer than one may be."""
    return name if len(name) <= LONGEST_TITLE else f"{name[: LONGEST_TITLE - 1]}…"


def _plan_strip(
    context: bpy.types.Context, source: StripSource, settings: CaptureSettings, armature: bpy.types.Object | None
) -> CapturePlan:
    reason = must_render(source, settings.upload)
    scene = context.scene
    binding = bind_to_source(scene, armature, source, settings.choices, _robot_beside(armature, settings))
    if reason is not None:
        # each rendering is another file: only what it is rendered from tells that it was captured before
        binding = replace(binding, rendered_from=rendered_from(source))
    request = request_of_strip(settings, source, binding)
    return CapturePlan(request, None if reason is None else source, reason or "", source)


def rendered_from(source: StripSource) -> RenderedFrom:
    """Return what identifies a clip before it is rendered: the file and its range, else the strip."""
    strip = None if source.by_formula else (source.scene, source.name)
    return RenderedFrom((source.trim_start_sec, source.trim_end_sec), file_as_it_is(source.path), strip)


def _plan_file(
    context: bpy.types.Context, path: Path, settings: CaptureSettings, armature: bpy.types.Object | None
) -> CapturePlan:
    movie = movie_at(path)
    require_sendable(movie)
    duration = movie.duration_sec
    require_decodable(path.name, movie.facts.lost, (0.0, duration), movie.fps)
    scene = context.scene
    mapping = from_current_frame(scene)
    robot = _robot_beside(armature, settings)
    return CapturePlan(
        request_of(
            settings,
            source=path,
            name=path.stem,
            range_sec=(0.0, duration),
            duration_sec=duration,
            binding=bind(armature, path.stem, mapping, mapping, settings.choices, scene, robot),
        )
    )


def _robot_beside(armature: bpy.types.Object | None, settings: CaptureSettings) -> bpy.types.Object | None:
    return robot_beside(armature) if settings.both else None


def receiver_for(
    context: bpy.types.Context, target_id: str, kept: bpy.types.Object | None = None
) -> bpy.types.Object | None:
    """Return the kept or selected armature for a target; None for a robot whose rig is created later.

    Raises:
        Fault: there is none, or it can't take the motion.
    """
    if target_id == ROBOT_TARGET:
        return robot_for(context, kept)
    return character_for(context, kept, by_bone_map=target_id == DEFAULT_TARGET)


def request_of_strip(settings: CaptureSettings, strip: StripSource, binding: Binding) -> CaptureRequest:
    """Return the request for the range that a strip shows; see `request_of`."""
    return request_of(
        settings,
        source=strip.path or Path(),
        name=strip.name,
        range_sec=(strip.trim_start_sec, strip.trim_end_sec),
        duration_sec=strip.duration_sec,
        binding=binding,
    )


def request_of(
    settings: CaptureSettings,
    *,
    source: Path,
    name: str,
    range_sec: tuple[float, float],
    duration_sec: float,
    binding: Binding,
) -> CaptureRequest:
    """Return the request to the service: the same for the window, a script and the command line.

    Args:
        name: of the capture, if the settings have no title.
        range_sec: the source's first and last second, in seconds of the file.
        duration_sec: of the whole file.
        binding: where the motion belongs.
    """
    start, end = range_sec
    return CaptureRequest(
        source=source,
        source_name=source.name,
        duration_sec=duration_sec,
        trim_start_sec=start,
        trim_end_sec=end,
        target_ids=settings.target_ids,
        title=settings.title or _cut(name),
        export_fps=settings.export_fps,
        mocap_type=settings.mocap_type,
        binding=binding.to_json(),
        temporary_source=False,
    )


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
    # as it was ordered, whatever the panel says now
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
    # a range of another video would be paid for, and its motion put where the old one belongs
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
    # without its file open, only applying the motion tells
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
        # a strip without video, or whose file is missing, is another one
        with contextlib.suppress(Fault):
            source = video_of(scene, strip)
            if rendered_from(source) == clip:
                return source
    raise _NO_STRIP
