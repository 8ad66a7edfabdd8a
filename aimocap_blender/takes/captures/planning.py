"""Plans captures from the selection: checks everything before anything is sent, and renders a clip where needed."""

import contextlib
import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from ...jobs.capture import CaptureRequest
from ...jobs.clips import Clips
from ...jobs.intake import LONGEST_TITLE, check_request
from ...motion.time_mapping import TimeMapping
from ...scene.armatures import selected_armature
from ...scene.chosen_character import robot_of
from ...scene.g1.rig import is_g1_rig, takes_captures
from ...scene.keys.keyframes import require_editable
from ...scene.retargeting import require_character
from ...scene.video.movie_lengths import movie_at, require_decodable
from ...scene.video.render_clip import ClipRendering
from ...scene.video.strips import (
    StripSource,
    from_current_frame,
    must_render,
    scene_fps,
    selected_videos,
    video_of,
)
from ...service.contract import DEFAULT_TARGET, ROBOT_TARGET
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...whole_files import renamed
from ..binding import bind
from ..configuration import configuration
from ..disk_work import DiskWork
from .capture_settings import CaptureSettings
from .earlier import RENDERED_FROM

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ...jobs.leased_lock import LeasedLock

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
) -> list[CapturePlan]:
    """Plan the capture of the active strip, of all selected ones, or of a whole movie file.

    Args:
        context: with the selection.
        settings: of the captures.
        filepath: of the movie file; '' for strips.
        all_selected: all selected strips instead of the active one.
        only_range: render and send a clip of a strip's range, whatever the settings say.
        kept: the character; None for the selected armature.

    Raises:
        Fault: one of them can't begin; nothing has been sent or changed.
    """
    require_service()
    armature = character_for(context, settings.target_ids[0], kept)
    if filepath:
        return [_plan_file(context, Path(bpy.path.abspath(filepath)), settings, armature)]
    strips = selected_videos(context) if all_selected else [None]
    if not strips:
        raise Fault("No video strip is selected.", "Select the strips to capture in the Video Sequencer.")
    if only_range:
        settings = replace(settings, upload="TRIMMED_CLIP")
    plans = [_plan_strip(context, video_of(context, strip), settings, armature) for strip in strips]
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
    binding = {**plan.request.binding, "together": together}
    if binding["previous_action"] == "PUSH_DOWN":
        binding["previous_action"] = "IN_TURN"
    title, strip = plan.request.title, str(binding["strip"])
    return replace(plan, request=replace(plan.request, binding=binding, title=_title_of(title, strip)))


def _title_of(title: str, strip: str) -> str:
    """Return a title that distinguishes it from those that begin with it."""
    return title if title == strip else _cut(f"{title} – {strip}")


def _cut(name: str) -> str:
    """Return a name as a title, cut where it is longer than one may be."""
    return name if len(name) <= LONGEST_TITLE else f"{name[: LONGEST_TITLE - 1]}…"


def _plan_strip(
    context: bpy.types.Context, source: StripSource, settings: CaptureSettings, armature: bpy.types.Object | None
) -> CapturePlan:
    reason = must_render(source, settings.upload)
    # In frames of the character's scene: from 5.0 on, the sequencer's may be another one.
    real_time = replace(source.real_time, frames_per_second=scene_fps(scene_of(context)))
    request = request_of(
        settings,
        source=source.path or Path(),
        name=source.name,
        range_sec=(source.trim_start_sec, source.trim_end_sec),
        duration_sec=source.duration_sec,
        binding=_binding(context, settings, armature, source.name, source.mapping, real_time),
    )
    if reason is None:
        return CapturePlan(request, strip=source)
    known = {**request.binding, RENDERED_FROM: rendered_from(source)}
    return CapturePlan(replace(request, binding=known), source, reason, source)


def rendered_from(source: StripSource) -> dict[str, object]:
    """Return what identifies a clip before it is rendered: the file and its range, else the strip."""
    by_file: dict[str, object] = {}
    with contextlib.suppress(OSError):
        if source.path is not None:
            looks = source.path.stat()
            by_file = {"file": [str(source.path), looks.st_size, looks.st_mtime_ns]}
    by_strip = {} if source.by_formula else {"strip": [source.scene, source.name]}
    return {**by_file, **by_strip, "range_sec": [source.trim_start_sec, source.trim_end_sec]}


def _plan_file(
    context: bpy.types.Context, path: Path, settings: CaptureSettings, armature: bpy.types.Object | None
) -> CapturePlan:
    movie = movie_at(path)
    duration = movie.duration_sec
    require_decodable(path.name, movie.facts.lost, (0.0, duration), movie.fps)
    mapping = from_current_frame(scene_of(context))
    return CapturePlan(
        request_of(
            settings,
            source=path,
            name=path.stem,
            range_sec=(0.0, duration),
            duration_sec=duration,
            binding=_binding(context, settings, armature, path.stem, mapping, mapping),
        )
    )


def scene_of(context: bpy.types.Context) -> bpy.types.Scene:
    """Return the scene of the character."""
    return cast("bpy.types.Scene", context.scene)


def character_for(
    context: bpy.types.Context, target_id: str, kept: bpy.types.Object | None = None
) -> bpy.types.Object | None:
    """Return the kept or selected armature for a target; None for a robot whose rig is created later.

    Raises:
        Fault: there is none, or it can't take the motion.
    """
    if target_id == ROBOT_TARGET:
        rig = robot_of(context, kept)
        return _editable(rig) if rig is not None else None
    armature = kept or selected_armature(context)
    if armature is None:
        raise Fault("No character is selected.", "Select the armature for the motion.")
    if is_g1_rig(armature):
        raise Fault(
            Text("“{armature}” is a robot, but the target is a character.", armature=armature.name),
            "Set the target to Unitree G1, or select a character.",
        )
    if target_id == DEFAULT_TARGET:
        require_character(armature)
    elif not cast("bpy.types.Armature", armature.data).bones:
        raise Fault(Text("“{name}” has no bones.", name=armature.name), "Select the armature for the motion.")
    return _editable(armature)


def _editable(armature: bpy.types.Object) -> bpy.types.Object:
    require_editable(armature)
    return armature


def _binding(
    context: bpy.types.Context,
    settings: CaptureSettings,
    armature: bpy.types.Object | None,
    name: str,
    by_strip: TimeMapping,
    real_time: TimeMapping,
) -> dict[str, object]:
    robot = _selected_robot(armature) if settings.both else None
    return bind(armature, name, by_strip, real_time, settings.choices, scene_of(context), robot).to_json()


def _selected_robot(character: bpy.types.Object | None) -> bpy.types.Object | None:
    selected = bpy.context.view_layer.objects.selected if bpy.context.view_layer else ()
    return next((_editable(thing) for thing in selected if thing != character and takes_captures(thing)), None)


def request_of(
    settings: CaptureSettings,
    *,
    source: Path,
    name: str,
    range_sec: tuple[float, float],
    duration_sec: float,
    binding: Mapping[str, object],
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
        binding=binding,
        temporary_source=False,
    )


_COUNT_SEC = 0.5


class Preparation:
    """Preparation of a capture: a strip's range is rendered to a clip, if it needs one, then the capture is saved.

    Attributes:
        id: of this preparation, until the capture has one.
        title: of the capture.
        reason: why a clip is rendered.
        request: the capture, once `poll` returns True.
        fault: why there is no clip, or no capture.
        capture_id: of the resulting capture.
        plan: the plan it was made from.
        saving: the capture's start, which saves it; its result is the capture's id.
    """

    def __init__(self, plan: CapturePlan, disk: DiskWork, saving: "Future[str] | None" = None) -> None:
        name = str(uuid.uuid4())
        self.id = f"clip-{name}"
        self.title = plan.request.title
        self.reason = plan.reason
        self.request: CaptureRequest | None = None
        self.fault: Fault | None = None
        self.capture_id = ""
        self.plan = plan
        self.saving = saving
        self._disk = disk
        self._name = name
        self._clips = Clips(configuration().captures_folder)  # since a later Blender may upload it
        self._folder = self._clips.folder_of(name)
        self._lock: LeasedLock | None = None
        self._rendering: ClipRendering | None = None
        self._beginning: Future[None] | None = None
        self._ending: Future[CaptureRequest] | None = None
        self._counting: Future[int] | None = None
        self._done, self._counted_at = 0, 0.0
        if plan.source is not None:
            if not plan.source.by_formula:  # a copy of the open file is saved there
                self._make_folder()
            self._rendering = ClipRendering.plan(plan.source, self._folder)

    @property
    def active(self) -> bool:
        """Whether the clip is still being rendered, or the capture saved."""
        return self.fault is None and not self.capture_id

    @property
    def begun(self) -> bool:
        """Whether a background Blender was started for it, or is about to be; or it needs none."""
        return self._rendering is None or self._beginning is not None

    @property
    def is_saving(self) -> bool:
        """Whether its capture is being saved."""
        return self.active and self.saving is not None

    @property
    def renders(self) -> bool:
        """Whether a background Blender renders its clip."""
        return self.active and self._beginning is not None and self.request is None

    def begin(self) -> None:
        """Start rendering; a fault that takes longer is kept.

        Raises:
            Fault: Blender can't be started.
        """
        self._beginning = self._disk.soon(self._begin)
        if self._beginning.done():
            self._beginning.result()

    def _begin(self) -> None:
        if self._rendering is not None:
            if self.plan.source is not None and self.plan.source.by_formula:
                self._make_folder()
            self._rendering.begin()

    def _make_folder(self) -> None:
        try:
            _, self._lock = self._clips.new(self._name)
        except OSError as error:
            raise _unwritable(error) from error

    def poll(self) -> bool:
        """Return whether it has finished, successfully or not; never waits."""
        if self._rendering is None or self._beginning is None or not self._beginning.done():
            return False
        try:
            self._beginning.result()
            if self._ending is None:
                if not self._rendering.poll():
                    self._count(self._rendering)
                    return False
                self._ending = self._disk.later(partial(self._end, self._rendering))
            if not self._ending.done():
                return False
            self.request = self._ending.result()
        except Fault as fault:
            self.fault = fault
        return True

    def _count(self, rendering: ClipRendering) -> None:
        """Read now and then how many frames are done."""
        if self._counting is not None and self._counting.done():
            self._done, self._counting = self._counting.result(), None
        if self._counting is None and time.monotonic() - self._counted_at > _COUNT_SEC:
            self._counted_at = time.monotonic()
            self._counting = self._disk.later(lambda: rendering.frames_done)

    def _end(self, rendering: ClipRendering) -> CaptureRequest:
        clip = rendering.result
        try:
            path = renamed(clip.path, self._folder.with_suffix(".mp4"))
        except OSError as error:
            raise _unwritable(error) from error
        return replace(
            self.plan.request,
            source=path,
            source_name=f"{self.plan.request.binding['strip']}.mp4",
            duration_sec=clip.duration_sec,
            trim_start_sec=0.0,
            trim_end_sec=clip.duration_sec,
            binding={**self.plan.request.binding, "by_strip": clip.mapping.to_json()},
            temporary_source=True,
        )

    def close(self) -> None:
        """Cancel it, and delete the clip unless a capture has taken it over."""
        self._disk.later(self._close)

    def _close(self) -> None:
        if self.saving is not None and self.saving.exception() is None:
            self.capture_id = self.saving.result()
        if self._rendering is not None:
            self._rendering.kill()
        self.drop_clip()
        self.hand_over()

    def hand_over(self) -> None:
        """Delete all but the clip, in any thread: a capture has taken it over."""
        self._release()
        if self._rendering is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def drop_clip(self) -> None:
        """Delete the clip unless a capture has taken it over; Blender's output stays until the next start."""
        self._release()
        if self._rendering is not None and not self.capture_id:
            self._folder.with_suffix(".mp4").unlink(missing_ok=True)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    @property
    def progress(self) -> tuple[int, int]:
        """Frames rendered so far, and in total."""
        return self._done, self._rendering.frames if self._rendering is not None else 0


def _unwritable(error: OSError) -> Fault:
    return Fault(Text("The clip can't be saved: {reason}.", reason=error.strerror), "Check the captures folder.")
