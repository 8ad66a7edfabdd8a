"""Values of channels that one of several Actions of an object keys and another doesn't.

Blender leaves such a channel at what the last Action gave it, so what an Action shows would depend on the one before.
"""

import contextlib
import re
from collections.abc import Collection, Iterable
from typing import Any

import bpy

from .armatures import OF_A_BONE

Path = tuple[str, int]
"""A channel: data path and index."""

_CUSTOM = re.compile(r'(.*)\["((?:[^"\\]|\\.)*)"\]$')
_TRANSFORMS = {"location", "rotation_euler", "rotation_quaternion", "rotation_axis_angle", "scale"}


class UnkeyedValues:
    """The values of an object's channels while the Action that plays has no keys for them."""

    def __init__(self, obj: bpy.types.Object, channels: Iterable[Path], played: Collection[Path]) -> None:
        """Take the values that the channels have now.

        Args:
            obj: the object.
            channels: all channels that any of the Actions keys.
            played: those of them that the Action keys that plays now: without it, bones are at rest.
        """
        self._obj = obj
        self._now: dict[Path, Any] = {}
        self._without: dict[Path, Any] = {}
        for path, index in channels:
            with contextlib.suppress(ValueError):  # of a bone or property that is gone
                value: Any = obj.path_resolve(path)
                now = value[index] if hasattr(value, "__len__") else value
                self._now[path, index] = now
                self._without[path, index] = _at_rest(obj, path, index, now) if (path, index) in played else now

    def set(self, keyed: Collection[Path]) -> None:
        """Set all that an Action with keys for these channels leaves alone."""
        for channel, value in self._without.items():
            if channel not in keyed:
                _set(self._obj, *channel, value)

    def put_back(self) -> None:
        """Set the values that were taken."""
        for channel, value in self._now.items():
            _set(self._obj, *channel, value)


def _at_rest(obj: bpy.types.Object, path: str, index: int, now: Any) -> Any:  # noqa: ANN401 -- of any property
    match = OF_A_BONE.match(path)
    if match is None or match[2] not in _TRANSFORMS:
        return now
    bone: Any = obj.path_resolve(path.rpartition(".")[0])
    return bone.bl_rna.properties[match[2]].default_array[index]


def _set(obj: bpy.types.Object, path: str, index: int, value: Any) -> None:  # noqa: ANN401 -- as above
    held: Any = obj.path_resolve(path)
    if hasattr(held, "__len__"):
        held[index] = value
    elif match := _CUSTOM.match(path):
        owner: Any = obj.path_resolve(match[1]) if match[1] else obj
        owner[bpy.utils.unescape_identifier(match[2])] = value
    else:
        prefix, _, name = path.rpartition(".")
        setattr(obj.path_resolve(prefix) if prefix else obj, name, value)
