"""AIMoCap for Blender: video to motion on your own character, or on a Unitree G1."""


def register() -> None:
    """Enable the add-on; Blender calls this."""
    from . import ui  # noqa: PLC0415 -- service, jobs and motion are used, and tested, where there is no bpy

    ui.register()


def unregister() -> None:
    """Disable the add-on and leave no trace; Blender calls this."""
    from . import ui  # noqa: PLC0415 -- as above

    ui.unregister()
