"""Plans captures from the selection: checks everything before anything is sent, and renders a clip where needed."""

import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import bpy

from ...jobs.capture import CaptureRequest
from ...jobs.intake import LONGEST_TITLE, check_request
from ...scene.video.movie_lengths import movie_at, require_decodable
from ...scene.video.strips import (
    StripSource,
    from_current_frame,
    must_render,
    selected_videos,
    video_of,
)
from ...service.contract import DEFAULT_TARGET, ROBOT_TARGET
from ...texts.faults import Fault
from ...texts.text import Sentence
from ..binding import Binding, RenderedFrom, bind
from ..configuration import configuration
from ..receivers import bind_to_source, character_for, robot_beside, robot_for
from ..take import file_as_it_is
from .capture_settings import CaptureSettings

OFFLINE = Fault(
    "Blender's online access is off.", "Turn on Allow Online Access in Edit > Preferences > System > Network."
)
SEVERAL_MAY_COST_MORE = "Two targets may cost twice the credits; the service documents no price for the second one."
NO_KEY = Fault("There is no API key yet.", "Paste your key in the preferences of the AIMoCap add-on.")


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
        settings: of the captures.
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
    armature = receiver_for(context, settings.target_ids[0], kept)
    if filepath:
        return [_plan_file(context, Path(bpy.path.abspath(filepath)), settings, armature)]
    strips = selected_videos(context) if all_selected else [None]
    if not strips:
        raise Fault("No video strip is selected.", "Select the strips to capture in the Video Sequencer.")
    if only_range:
        settings = replace(settings, upload="TRIMMED_CLIP")
    plans = [_plan_strip(context, video_of(context, strip), settings, armature) for strip in strips]
    # all are checked before one begins, so that none is paid while another is refused
    for plan in plans:
        check_request(plan.request)
    together = uuid.uuid4().hex
    return [_as_one_of_several(plan, together) for plan in plans] if len(plans) > 1 else plans


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
    scene = cast("bpy.types.Scene", context.scene)
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
    duration = movie.duration_sec
    require_decodable(path.name, movie.facts.lost, (0.0, duration), movie.fps)
    scene = cast("bpy.types.Scene", context.scene)
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
        settings: of the capture.
        source: the video.
        name: of the capture, if the settings have no title.
        range_sec: its first and last second, in seconds of the file.
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
