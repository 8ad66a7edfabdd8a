"""What people see and call of the Unitree G1."""

from . import checking, exporting, heat, importing, mending_operator, panel, reports, rig_operators

_MODULES = (rig_operators, importing, exporting, reports, heat, checking, mending_operator, panel)


def register() -> None:
    """Make all of it known to Blender."""
    for module in _MODULES:
        module.register()


def unregister() -> None:
    """Take it away again, in the opposite order."""
    for module in reversed(_MODULES):
        module.unregister()
