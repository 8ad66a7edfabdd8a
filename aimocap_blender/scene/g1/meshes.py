"""A robot's own meshes, built from the MuJoCo menagerie's and shown on a rig's bones.

The file is an npz of three arrays. `vertices` (uint16, 3) and `triangles` (uint16, 3) hold all meshes one after the
other; vertices are in 65535ths of the mesh's size from its lowest corner. `table` is JSON as bytes: for each mesh its
`low` and `size` in metres and its counts; each material's sRGB colour; and for each variant that the menagerie has the
`geoms`: body, mesh, material, and the mesh's frame in the body's as `pos` in metres and `quat` wxyz.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Color, Matrix, Quaternion

from ...motion.g1.robots import Robot
from ...motion.g1.variants import Variant, g1_variant
from ...motion.rotations import FloatArray
from ...texts.faults import Fault
from ...texts.text import Text
from .shapes import Colour, attach, new_material

MESHES_FOLDER = Path(__file__).parent
"""Where `meshes_file` is in a built extension; a source checkout has none."""

_LEVELS = 65535
_SHARP = np.radians(35.0)
_FINISHES = {"black": (0.1, 0.5), "metal": (0.15, 0.4)}  # material → metallic, roughness
_FINISH = (0.0, 0.5)  # of other materials


@dataclass(frozen=True)
class _Surface:
    """A mesh: (V, 3) float32 metres, (T, 3) vertex numbers."""

    vertices: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.uint16]


@dataclass(frozen=True)
class RobotMeshes:
    """The content of a file of meshes.

    Attributes:
        surfaces: by mesh name.
        colours: of the materials, sRGB.
        geoms: the position of each mesh, by variant; as in the file.
    """

    surfaces: Mapping[str, _Surface]
    colours: Mapping[str, list[float]]
    geoms: Mapping[str, list[dict[str, Any]]]

    def geoms_of(self, variant: str) -> list[dict[str, Any]]:
        """Return those of a variant; of one that the file lacks, those of the first."""
        return self.geoms.get(variant) or next(iter(self.geoms.values()))


def meshes_file(robot: Robot, folder: Path) -> Path:
    """Return the file of a robot's meshes in a folder."""
    return folder / f"meshes-{robot.id}.npz"


def read_meshes(file: Path) -> RobotMeshes:
    """Read a file written by the build.

    Raises:
        Fault: it is not such a file.
    """
    try:
        with np.load(file, allow_pickle=False) as arrays:
            table: dict[str, Any] = json.loads(arrays["table"].tobytes())
            vertices, triangles = arrays["vertices"], arrays["triangles"]
        surfaces: dict[str, _Surface] = {}
        vertex = triangle = 0
        for name, mesh in cast("dict[str, dict[str, Any]]", table["meshes"]).items():
            steps = vertices[vertex : vertex + mesh["vertices"]].astype(np.float64)
            positions = np.array(mesh["low"]) + steps / _LEVELS * np.array(mesh["size"])
            surfaces[name] = _Surface(positions.astype(np.float32), triangles[triangle : triangle + mesh["triangles"]])
            vertex += mesh["vertices"]
            triangle += mesh["triangles"]
        return RobotMeshes(surfaces, table["materials"], table["geoms"])
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise Fault(
            Text("The robot's meshes in “{file}” can't be read ({error}).", file=file.name, error=error),
            "Reinstall the add-on.",
        ) from error


def add_meshes(
    rig: bpy.types.Object,
    collection: bpy.types.Collection,
    carriers: Mapping[str, tuple[str, FloatArray]],
    meshes: RobotMeshes,
    variant: Variant,
) -> None:
    """Give a robot's rig its meshes, one object for each of MuJoCo's visual geoms, in a collection below the rig's.

    Args:
        rig: the armature object.
        collection: the rig's own.
        carriers: body of the menagerie's → the bone that carries it, and the body's (4, 4) frame in the bone's.
        meshes: the meshes to show.
        variant: which robot the rig is.
    """
    shapes = bpy.data.collections.new(f"{rig.name} Meshes")
    collection.children.link(shapes)
    prefix = g1_variant(variant).robot.name
    materials: dict[str, bpy.types.Material] = {}
    for name, colour in meshes.colours.items():
        materials[name] = new_material(f"{prefix} {name.title()}", _linear(colour), *_FINISHES.get(name, _FINISH))
    for geom in meshes.geoms_of(variant):
        mesh = _mesh(f"{prefix} {geom['mesh']}", meshes.surfaces[geom["mesh"]])
        mesh.materials.append(materials[geom["material"]])
        obj = bpy.data.objects.new(mesh.name, mesh)
        shapes.objects.link(obj)
        bone, body = carriers[geom["body"]]
        attach(obj, rig, bone, Matrix(body.tolist()) @ Matrix.LocRotScale(geom["pos"], Quaternion(geom["quat"]), None))


def _mesh(name: str, surface: _Surface) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(name)
    count = len(surface.triangles)
    vertices, loops, polygons = cast("tuple[Any, Any, Any]", (mesh.vertices, mesh.loops, mesh.polygons))
    vertices.add(len(surface.vertices))
    vertices.foreach_set("co", surface.vertices.ravel())
    loops.add(3 * count)
    loops.foreach_set("vertex_index", surface.triangles.ravel().astype(np.int32))
    polygons.add(count)
    polygons.foreach_set("loop_start", np.arange(0, 3 * count, 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    mesh.set_sharp_from_angle(angle=_SHARP)
    return mesh


def _linear(colour: list[float]) -> Colour:
    linear = Color(colour[:3]).from_srgb_to_scene_linear()
    return (linear.r, linear.g, linear.b, colour[3])
