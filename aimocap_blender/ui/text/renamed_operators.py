"""The operators under their earlier names, which scripts and shortcuts have; no search or menu shows them."""

import bpy

from ...renamed import OPERATORS

_BLENDERS_OWN = {"bl_rna", "__dict__", "__weakref__"}


def _identifier(name: str) -> str:
    return f"AIMOCAP_OT_{name}"


def _under(old: str, operator: type) -> type:
    """Return a copy of an operator; a subclass would take its place."""
    own = {name: value for name, value in vars(operator).items() if name not in _BLENDERS_OWN}
    hidden: set[str] = {*getattr(operator, "bl_options", ()), "INTERNAL"}
    return type(operator.__name__, operator.__bases__, {**own, "bl_idname": f"aimocap.{old}", "bl_options": hidden})


def register() -> None:
    """Register them, after the operators themselves."""
    for old, new in OPERATORS.items():
        bpy.utils.register_class(_under(old, getattr(bpy.types, _identifier(new))))


def unregister() -> None:
    """Unregister them."""
    for old in OPERATORS:
        bpy.utils.unregister_class(getattr(bpy.types, _identifier(old)))
