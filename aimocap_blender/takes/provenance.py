"""The source of a motion, as its action records it."""

from contextlib import AbstractContextManager

import bpy

from ..scene.action_source import ActionSource, stamped
from .configuration import configuration


def stamping(obj: bpy.types.Object, source: ActionSource | None) -> AbstractContextManager[None]:
    """Stamp the action that an armature object gets in this context with its source; mark it as an asset if set so.

    Args:
        obj: the armature object.
        source: of the motion; None if it is the object's own, repaired.
    """
    return stamped(obj, source, as_asset=configuration().mark_assets)
