"""A reader of FBX files with nothing of Blender: Assimp's, out of the library that its package `assimp_py` contains."""

import ctypes
from pathlib import Path

import assimp_py.assimp_py as library
import numpy as np

from .readers import Joints

METRES = 0.01
"""The files are in centimetres."""


class Name(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint32), ("data", ctypes.c_char * 1024))

    def __str__(self) -> str:
        """Return the text."""
        return self.data[: self.length].decode()


class Node(ctypes.Structure):
    pass


Node._fields_ = (
    ("name", Name),
    ("matrix", ctypes.c_float * 16),
    ("parent", ctypes.POINTER(Node)),
    ("count", ctypes.c_uint),
    ("children", ctypes.POINTER(ctypes.POINTER(Node))),
)


class VectorKey(ctypes.Structure):
    _fields_ = (("time", ctypes.c_double), ("value", ctypes.c_float * 3), ("interpolation", ctypes.c_int))


class QuatKey(ctypes.Structure):
    _fields_ = (("time", ctypes.c_double), ("value", ctypes.c_float * 4), ("interpolation", ctypes.c_int))


class Channel(ctypes.Structure):
    _fields_ = (
        ("name", Name),
        ("moves", ctypes.c_uint),
        ("places", ctypes.POINTER(VectorKey)),
        ("turns", ctypes.c_uint),
        ("rotations", ctypes.POINTER(QuatKey)),
        ("grows", ctypes.c_uint),
        ("scales", ctypes.POINTER(VectorKey)),
    )


class Animation(ctypes.Structure):
    _fields_ = (
        ("name", Name),
        ("duration", ctypes.c_double),
        ("per_second", ctypes.c_double),
        ("count", ctypes.c_uint),
        ("channels", ctypes.POINTER(ctypes.POINTER(Channel))),
    )


class Scene(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint),
        ("root", ctypes.POINTER(Node)),
        ("mesh_count", ctypes.c_uint),
        ("meshes", ctypes.c_void_p),
        ("material_count", ctypes.c_uint),
        ("materials", ctypes.c_void_p),
        ("animation_count", ctypes.c_uint),
        ("animations", ctypes.POINTER(ctypes.POINTER(Animation))),
    )


def read_fbx(path: Path) -> Joints:
    """The joints are the nodes below another one that moves."""
    assimp = ctypes.CDLL(library.__file__)
    assimp.aiImportFile.restype, assimp.aiReleaseImport.argtypes = ctypes.POINTER(Scene), [ctypes.c_void_p]
    scene = assimp.aiImportFile(str(path).encode(), 0)
    assert scene
    try:
        (animation,) = (scene.contents.animations[at].contents for at in range(scene.contents.animation_count))
        channels = [animation.channels[at].contents for at in range(animation.count)]
        moved = {str(channel.name): locals_of(channel) for channel in channels}
        seconds = np.array([channels[0].places[at].time for at in range(channels[0].moves)]) / animation.per_second
        found: dict[str, np.ndarray] = {}
        stack = [(scene.contents.root.contents, np.tile(np.eye(4), (len(seconds), 1, 1)))]
        while stack:
            node, above = stack.pop()
            still = np.array(node.matrix[:]).reshape(4, 4)
            world = above @ moved.get(str(node.name), still)
            if str(node.name) in moved and str(node.parent.contents.name) in moved:
                found[str(node.name)] = world[:, :3, 3] * METRES
            stack += [(node.children[at].contents, world) for at in range(node.count)]
    finally:
        assimp.aiReleaseImport(scene)
    return Joints(found, seconds)


def locals_of(channel: Channel) -> np.ndarray:
    """(F, 4, 4) node-to-parent matrices."""
    count = channel.moves
    assert (channel.turns, channel.grows) == (count, count)
    matrices = np.tile(np.eye(4), (count, 1, 1))
    w, x, y, z = np.array([channel.rotations[at].value[:] for at in range(count)]).T
    scales = np.array([channel.scales[at].value[:] for at in range(count)])
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    matrices[:, :3, :3] = np.moveaxis(np.array(rows), 2, 0) * scales[:, None]
    matrices[:, :3, 3] = [channel.places[at].value[:] for at in range(count)]
    return matrices
