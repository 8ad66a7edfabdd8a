"""AIMoCap for Blender: video to motion on your own character, or on a Unitree G1."""

from importlib import import_module


def register() -> None:
    """Enable the add-on; Blender calls this."""
    try:
        import_module("numpy")  # which not every Blender has
    except ImportError:
        from . import without_numpy  # noqa: PLC0415 -- as below

        without_numpy.register()
        return
    from . import command, ui  # noqa: PLC0415 -- service, jobs and motion are used, and tested, where there is no bpy

    ui.register()
    command.register()


def unregister() -> None:
    """Disable the add-on and leave no trace; Blender calls this."""
    from . import while_enabled, without_numpy  # noqa: PLC0415 -- as above

    if not without_numpy.unregister():
        from . import command, ui  # noqa: PLC0415 -- as above

        command.unregister()
        ui.unregister()
    while_enabled.reset()
