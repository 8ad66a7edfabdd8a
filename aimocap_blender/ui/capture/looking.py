"""A look at the earlier captures on disk before a press goes on: a slow disk doesn't hold the window up."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...takes.session import open_session
from ...while_enabled import lasting
from ..text.reporting import invoke_from_timer
from . import watching
from .questions import earlier_captures

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ...takes.captures.earlier import EarlierCaptures

_TICK_SEC = 0.05


@dataclass
class _Pressed:
    """The operator that waits for the look, its properties, and the look."""

    operator: str = ""
    properties: dict[str, object] = field(default_factory=dict[str, object])
    look: "Future[EarlierCaptures] | None" = None


_pressed = lasting(_Pressed)


def is_looking() -> bool:
    """Return whether a press waits."""
    return _pressed.look is not None


def looked(operator: bpy.types.Operator) -> "EarlierCaptures | None":
    """Return the earlier captures as they are on disk; None if that takes long: then the operator is invoked again."""
    properties: dict[str, object] = cast("Any", operator).as_keywords()
    look, _pressed.look = _pressed.look, None
    # another button, or one with other options, is another press
    if look is None or (_pressed.operator, _pressed.properties) != (operator.bl_idname, properties):
        look = open_session().disk.soon(earlier_captures().look)
    if look.done():
        return look.result()
    _pressed.operator, _pressed.properties, _pressed.look = operator.bl_idname, properties, look
    if not bpy.app.timers.is_registered(_again):
        bpy.app.timers.register(_again, first_interval=_TICK_SEC)
    # shows that it is at work
    watching.watch()
    return None


def _again() -> float | None:
    if _pressed.look is None:
        return None
    if not _pressed.look.done():
        return _TICK_SEC
    invoke_from_timer(_pressed.operator.partition("_OT_")[2], "Capture Motion", _pressed.properties)
    return None


def unregister() -> None:
    """Let the press go."""
    if bpy.app.timers.is_registered(_again):
        bpy.app.timers.unregister(_again)
