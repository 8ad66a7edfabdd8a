"""Reports of the last check of each G1 rig, kept until another file is opened."""

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import LiteralString, cast

import bpy
import numpy as np
from bpy.app.handlers import persistent

from ...motion.g1.checks import G1Report
from ...motion.g1.checks_findings import G1Check, G1Estimate, G1Fault, G1Finding, Kind
from ...motion.g1.feasibility import Feasibility
from ...motion.rotations import FloatArray
from ...scene.app_handlers import AppHandlers
from ...scene.g1.limits import limits_shown
from ...scene.keys.keyframes import curves_of, keyed_values
from ...while_enabled import discarded

FAULT_NAMES: dict[Kind, LiteralString] = {
    G1Fault.JOINT_LIMIT: "Joint limits",
    G1Fault.STRICT_LIMIT: "Stricter limits",
    G1Fault.VELOCITY: "Speeds",
    G1Fault.SPIKE: "Spikes",
    G1Fault.SLIDE: "Sliding feet",
    G1Fault.FLOATING: "Floating",
    G1Fault.SINKING: "Sinking",
    G1Fault.COLLISION: "Self-collision",
    G1Fault.ROOT_JUMP: "Jumps of the pelvis",
    G1Fault.ROOT_ACCELERATION: "Acceleration over the ground",
    G1Estimate.TORQUE: "Estimated torques",
    G1Estimate.BALANCE: "Estimated balance",
    G1Estimate.SUPPORT: "Estimated support",
    G1Estimate.JERK: "Estimated jerk",
}
"""Of faults, then of estimates, as reports list them."""


@dataclass(frozen=True, eq=False)
class Checked:
    """Report of a check.

    Attributes:
        report: faults of the motion as shown.
        feasibility: estimates of its motors' torques and its balance.
        frames: (F,) timeline frames of the motion's frames.
        when: `time.monotonic()` of the check.
        keys: checksum of the rig's keyframes at the time (`keys_of`).
    """

    report: G1Report
    feasibility: Feasibility
    frames: FloatArray
    when: float
    keys: int

    @property
    def found(self) -> tuple[G1Check, ...]:
        """The checks and estimates that found something."""
        return tuple(check for check in (*self.report.checks, *self.feasibility.checks) if check.findings)

    @property
    def worst(self) -> tuple[G1Finding, ...]:
        """The worst of each kind that was found."""
        return tuple(check.findings[0] for check in self.found)

    @cached_property
    def body_heat(self) -> FloatArray:
        """(F, B) of each body at each frame, by faults and estimates, 0 to 1."""
        return np.maximum(self.report.body_heat, self.feasibility.body_heat)


_checked: dict[int, list[Checked]] = {}  # checks by the rig's session_uid, the last one last
_KEPT = 8
"""Checks of a rig, so that an undo finds the one of what it brings back."""
_sums: dict[tuple[int, int], int] = {}  # of keyframes, by the Action's session_uid and the slot's handle
discarded(_checked.clear)
discarded(_sums.clear)
forgotten: list[Callable[[], None]] = []
"""Listeners that are called when the reports are discarded because another file was opened."""


def keep(rig: bpy.types.Object, report: G1Report, feasibility: Feasibility, frames: FloatArray) -> Checked:
    """Keep and return a report of a rig's current motion."""
    found = Checked(report, feasibility, frames, time.monotonic(), keys_of(rig))
    others = [each for each in _checked.get(rig.session_uid, ()) if each.keys != found.keys]
    _checked[rig.session_uid] = [*others, found][-_KEPT:]
    return found


def checked(rig: bpy.types.Object) -> Checked | None:
    """Return the check of a rig's current motion in this file, or else its last one; None if there is none."""
    found = _checked.get(rig.session_uid)
    if not found:
        return None
    keys = keys_of(rig)
    return next((each for each in found if each.keys == keys), found[-1])


def checked_rigs(layer: bpy.types.ViewLayer | None) -> list[tuple[bpy.types.Object, Checked]]:
    """Return the checked rigs of a view layer with their last checks."""
    if layer is None or not _checked:
        return []
    found = ((rig, checked(rig)) for rig in layer.objects if rig.type == "ARMATURE")
    return [(rig, last) for rig, last in found if last is not None]


def is_stale(rig: bpy.types.Object, found: Checked) -> bool:
    """Return whether the rig's keyframes, Action or limits changed since the check.

    Fast enough for each redraw: keyframes are read again only after Blender reports a change of their Action.
    """
    return keys_of(rig) != found.keys


def keys_of(rig: bpy.types.Object) -> int:
    """Return a checksum of a rig's Action, its keyframes, and whether its limits are on."""
    data = rig.animation_data
    if data is None or data.action is None:
        return zlib.crc32(f"{limits_shown(rig)}".encode())
    # before 4.4 Actions have no slots
    home = data.action.session_uid, int(getattr(data, "action_slot_handle", 0))
    if home not in _sums:
        total = 0
        for curve in curves_of(rig).values():
            for part in keyed_values(curve):
                total = zlib.crc32(part.tobytes(), total)
        _sums[home] = total
    return zlib.crc32(f"{home} {limits_shown(rig)}".encode(), _sums[home])


@persistent
def _something_changed(_scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """Discard checksums of changed Actions; called for edits, undo and redo, not for playback."""
    if not _sums or not depsgraph.id_type_updated("ACTION"):
        return
    # Blender reports evaluated copies, whose ids are others
    updated = [cast("bpy.types.ID", cast("bpy.types.ID", update.id).original) for update in depsgraph.updates]
    changed = {data.session_uid for data in updated if data.id_type == "ACTION"}
    for home in [home for home in _sums if home[0] in changed]:
        del _sums[home]


@persistent
def _another_file(*_: object) -> None:
    _checked.clear()
    _sums.clear()
    for listener in forgotten:
        listener()


_HANDLERS = AppHandlers((_something_changed, ("depsgraph_update_post",)), (_another_file, ("load_post",)))


def register() -> None:
    """Add the handlers for edits and for opening another file."""
    _HANDLERS.add()


def unregister() -> None:
    """Remove the handlers and discard the reports."""
    _HANDLERS.remove()
    _another_file()
