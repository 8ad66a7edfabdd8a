"""Modal operators: begun where Blender can take one, and ended before their classes are unregistered.

Unregistering a class frees its running operator, but leaves its handler in the window until an event comes there.
Blender 4.2 and 4.3 crash if any modal operator begins in that window before.
"""

from typing import Any, cast

import bpy

from ...scene.context_override import overridden

_PACKAGE = __name__.partition(".ui.")[0]
_LOOK_SEC = 0.05


def can_be_modal(context: bpy.types.Context) -> bool:
    """Return whether a modal operator can begin in the context's window now."""
    return context.window is not None and all(map(_is_there, context.window.modal_operators))


def end_modal_operators() -> None:
    """Cancel the add-on's running modal operators: Blender frees them without a call."""
    for window in _windows():
        for operator in window.modal_operators:
            # other add-ons stay enabled, and so do their operators
            if _is_there(operator) and type(operator).__module__.startswith(f"{_PACKAGE}."):
                with overridden(window=window):
                    cast("Any", operator).cancel(bpy.context)


def clear_windows() -> None:
    """Have Blender remove the handlers of freed operators: a timer's event in their windows does it."""
    manager = cast("bpy.types.WindowManager", bpy.context.window_manager)
    # nobody may touch the mouse there for long, but a timer's event comes by itself
    timers = [manager.event_timer_add(0.0, window=window) for window in _windows() if _has_remains(window)]

    def stop() -> float | None:
        if any(map(_has_remains, _windows())):
            return _LOOK_SEC
        for timer in timers:
            cast("bpy.types.WindowManager", bpy.context.window_manager).event_timer_remove(timer)
        return None

    if timers:
        bpy.app.timers.register(stop, first_interval=_LOOK_SEC, persistent=True)


def _windows() -> list[bpy.types.Window]:
    return list(cast("bpy.types.WindowManager", bpy.context.window_manager).windows)


def _has_remains(window: bpy.types.Window) -> bool:
    return not all(map(_is_there, window.modal_operators))


def _is_there(operator: bpy.types.Operator) -> bool:
    # the operator's own lookup needs more than its address
    return cast("Any", bpy.types.bpy_struct).as_pointer(operator) != 0
