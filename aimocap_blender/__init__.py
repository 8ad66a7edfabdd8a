"""AIMoCap for Blender: video to motion on your own character, or on a Unitree G1."""


def register() -> None:
    """Enable the add-on; Blender calls this."""
    from . import ui  # noqa: PLC0415 -- service, jobs and motion are used, and tested, where there is no bpy
    from .command import registration  # noqa: PLC0415 -- as above

    ui.register()
    registration.register()


def unregister() -> None:
    """Disable the add-on and leave no trace; Blender calls this."""
    from . import ui, while_enabled  # noqa: PLC0415 -- as above
    from .command import registration  # noqa: PLC0415 -- as above

    registration.unregister()
    ui.unregister()
    while_enabled.reset()
