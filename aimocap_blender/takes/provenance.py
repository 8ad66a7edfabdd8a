"""The source of a motion, as its action records it."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime

import bpy

from ..jobs.runner import CaptureView
from ..motion.g1.motion import G1Motion
from ..scene.action_source import ActionSource, stamped
from ..service.addresses import host_of
from ..service.contract import ROBOT_TARGET
from .configuration import configuration
from .reading import Motion


def source_of_capture(view: CaptureView, motion: Motion) -> ActionSource:
    """Return the source of a capture's motion. For a recovered one, video and time of the capture are unknown."""
    robots = isinstance(motion, G1Motion)
    known = bool(view.video)
    return ActionSource(
        file=view.video,
        capture=view.id,
        job=view.job_id,
        target=next((target for target in view.target_ids if (target == ROBOT_TARGET) == robots), ""),
        range_sec=view.range_sec if known else (),
        captured_at=datetime.fromtimestamp(view.created_at, UTC).isoformat(timespec="seconds") if known else "",
        service=host_of(view.base_url),
    )


def stamping(obj: bpy.types.Object, source: ActionSource | None) -> AbstractContextManager[None]:
    """Stamp the action that an armature object gets in this context with its source; mark it as an asset if set so.

    Args:
        obj: the armature object.
        source: of the motion; None if it is the object's own, repaired.
    """
    return stamped(obj, source, as_asset=configuration().mark_assets)
