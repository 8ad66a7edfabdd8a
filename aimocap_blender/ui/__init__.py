"""What people see and call: preferences, settings, operators and panels."""

from . import preferences, settings

_MODULES = (preferences, settings)


def register() -> None:
    """Make everything known to Blender."""
    for module in _MODULES:
        module.register()


def unregister() -> None:
    """Take everything away again, in the opposite order."""
    for module in reversed(_MODULES):
        module.unregister()
