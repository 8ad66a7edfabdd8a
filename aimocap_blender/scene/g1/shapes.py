"""The robot's body in the viewport, parented to its joints' bones: simple shapes, or its own meshes.

The shapes follow the joint table (motors at the hinges, shells from one joint to the next), not the manufacturer's
meshes. Left limbs are listed; right ones are mirrored.

The meshes are built from the MuJoCo menagerie's. Their file is an npz of three arrays. `vertices` (uint16, 3) and
`triangles` (uint16, 3) hold all meshes one after the other; vertices are in 65535ths of the mesh's size from its lowest
corner. `table` is JSON as bytes: for each mesh its `low` and `size` in metres and its counts; each material's sRGB
colour; and for each variant that the menagerie has the `geoms`: body, mesh, material, and the mesh's frame in the
body's as `pos` in metres and `quat` wxyz.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast
from zipfile import BadZipFile

import bmesh
import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Color, Matrix, Quaternion, Vector

from ...motion.g1.capsules import G1Capsules
from ...motion.g1.robots import Robot
from ...motion.g1.variants import Variant, g1_variant
from ...motion.rotations import FloatArray
from ...texts.faults import Fault
from ...texts.text import Text

Colour = tuple[float, float, float, float]

BODY_FILE = Path(__file__).with_name("g1-body.json")
"""The parts of the body, the closed rubber hands of a robot without fingers, and the hands of one with them."""

Finish = Literal["shell", "motor", "dark", "visor", "light"]
Station = tuple[float, float, float, float, float]
"""Position along the axis; centre on the next two axes (cyclically); half sizes on them."""

_FINISHES: Mapping[Finish, tuple[Colour, float, float]] = {  # colour, metallic, roughness
    "shell": ((0.78, 0.79, 0.8, 1.0), 0.2, 0.4),
    "motor": ((0.035, 0.037, 0.042, 1.0), 0.5, 0.45),
    "dark": ((0.11, 0.115, 0.125, 1.0), 0.1, 0.6),
    "visor": ((0.008, 0.009, 0.012, 1.0), 0.0, 0.15),
    "light": ((0.04, 0.35, 1.0, 1.0), 0.0, 0.4),
}
_POINTS = 20  # around a cross-section
_BEVEL_STEPS = 2
_SHARP = math.radians(40.0)

_COLOUR, _METALLIC, _ROUGHNESS = (0.35, 0.37, 0.4, 1.0), 0.2, 0.5
_AROUND, _ALONG = 20, 12
_Z = Vector((0.0, 0.0, 1.0))

MESHES_FOLDER = Path(__file__).parent
"""Where `meshes_file` is in a built extension; a source checkout has none."""

_LEVELS = 65535
_SHARP_MESH = np.radians(35.0)
_MESH_FINISHES = {"black": (0.1, 0.5), "metal": (0.15, 0.4)}  # material → metallic, roughness
_FINISH = (0.0, 0.5)  # of other materials


@dataclass(frozen=True)
class Part:
    """Cross-sections along an axis, metres, in the frame of a MuJoCo body: X forward, Y left, Z up.

    Attributes:
        body: MuJoCo's name; the left one is used for both sides.
        finish: the material.
        axis: 0, 1 or 2.
        squareness: exponent of the cross-sections' superellipse; 2 is an ellipse.
        bevel: radius of the rounding at both ends.
        stations: two or more, ascending along the axis.
    """

    body: str
    finish: Finish
    axis: int
    squareness: float
    bevel: float
    stations: Sequence[Station]


def _parts(group: str) -> tuple[Part, ...]:
    rows = json.loads(BODY_FILE.read_text(encoding="utf-8"))[group]
    parts: list[Part] = []
    for row in rows:
        body, finish, axis, *numbers = row
        parts.append(Part(body, finish, "XYZ".index(axis), *numbers))
    return tuple(parts)


def add_shapes(
    rig: bpy.types.Object,
    collection: bpy.types.Collection,
    carriers: Mapping[str, tuple[str, FloatArray]],
) -> None:
    """Add a shape for each body of a G1 rig, in a collection below the rig's.

    Args:
        rig: the armature object.
        collection: the rig's own.
        carriers: body → the bone that carries it, and the body's (4, 4) frame in the bone's. A robot without finger
            bodies has rubber hands.
    """
    shapes = bpy.data.collections.new(f"{rig.name} Shapes")
    collection.children.link(shapes)
    materials: dict[Finish, bpy.types.Material] = {}
    for finish, look in _FINISHES.items():
        materials[finish] = new_material(f"G1 {finish.title()}", *look)
    for body, parts in _parts_of_bodies(carriers).items():
        shape = bpy.data.objects.new(f"G1 {body}", _mesh(body, parts, materials))
        shapes.objects.link(shape)
        bone, frame = carriers[body]
        attach(shape, rig, bone, Matrix(frame.tolist()))


def _parts_of_bodies(carriers: Mapping[str, object]) -> dict[str, list[tuple[Part, bool]]]:
    """Return the parts of each body, and whether they are mirrored."""
    fingers = _parts("fingers")
    hands = fingers if fingers[-1].body in carriers else _parts("palms")
    bodies: dict[str, list[tuple[Part, bool]]] = {}
    for part in (*_parts("parts"), *hands):
        bodies.setdefault(part.body, []).append((part, False))
        if part.body.startswith("left_"):
            bodies.setdefault(part.body.replace("left_", "right_", 1), []).append((part, True))
    return bodies


@dataclass
class _Faces:
    vertices: list[tuple[float, float, float]] = field(default_factory=list[tuple[float, float, float]])
    faces: list[Sequence[int]] = field(default_factory=list[Sequence[int]])
    finishes: list[Finish] = field(default_factory=list[Finish])

    def add(self, part: Part, is_mirrored: bool) -> None:
        """Add a loft: rings of points at the stations, skinned, with flat ends."""
        start = len(self.vertices)
        rings = _bevelled(part)
        for along, u, v, half_u, half_v in rings:
            for point in range(_POINTS):
                angle = 2.0 * math.pi * point / _POINTS
                position = [0.0, 0.0, 0.0]
                position[part.axis] = along
                position[(part.axis + 1) % 3] = u + half_u * _rounded(math.cos(angle), part.squareness)
                position[(part.axis + 2) % 3] = v + half_v * _rounded(math.sin(angle), part.squareness)
                self.vertices.append((position[0], -position[1] if is_mirrored else position[1], position[2]))
        faces: list[Sequence[int]] = [
            range(_POINTS - 1, -1, -1),
            range((len(rings) - 1) * _POINTS, len(rings) * _POINTS),
        ]
        for ring in range(len(rings) - 1):
            for point in range(_POINTS):
                a, b = ring * _POINTS + point, ring * _POINTS + (point + 1) % _POINTS
                faces.append((a, b, b + _POINTS, a + _POINTS))
        for face in faces:
            # keeps the normals outward
            order = reversed(face) if is_mirrored else face
            self.faces.append([start + index for index in order])
            self.finishes.append(part.finish)


def _rounded(value: float, squareness: float) -> float:
    """Return the unit circle's cosine or sine, pushed out towards a square."""
    return math.copysign(abs(value) ** (2.0 / squareness), value)


def _bevelled(part: Part) -> list[tuple[float, float, float, float, float]]:
    """Return the stations, with the first and the last one rounded off by the part's bevel."""
    first: list[tuple[float, float, float, float, float]] = []
    last: list[tuple[float, float, float, float, float]] = []
    for step in range(_BEVEL_STEPS):
        angle = math.pi / 2.0 * step / _BEVEL_STEPS
        inwards, outwards = part.bevel * (1.0 - math.sin(angle)), part.bevel * (1.0 - math.cos(angle))
        # a quarter circle, from the flat end to the side
        for (along, u, v, half_u, half_v), rings, side in ((part.stations[0], first, 1), (part.stations[-1], last, -1)):
            rings.append((along + side * outwards, u, v, half_u - inwards, half_v - inwards))
    (start, *_), (end, *_) = part.stations[0], part.stations[-1]
    return [
        *first,
        (start + part.bevel, *part.stations[0][1:]),
        *part.stations[1:-1],
        (end - part.bevel, *part.stations[-1][1:]),
        *reversed(last),
    ]


def _mesh(
    body: str, parts: Sequence[tuple[Part, bool]], materials: Mapping[Finish, bpy.types.Material]
) -> bpy.types.Mesh:
    built = _Faces()
    for part, is_mirrored in parts:
        built.add(part, is_mirrored)
    mesh = bpy.data.meshes.new(f"G1 {body}")
    mesh.from_pydata(built.vertices, [], built.faces)
    used = sorted(set(built.finishes))
    for finish in used:
        mesh.materials.append(materials[finish])
    for face, finish in zip(mesh.polygons, built.finishes, strict=True):
        face.material_index = used.index(finish)
        face.use_smooth = True
    # the flat ends of a smooth loft would be shaded as if they were round
    mesh.set_sharp_from_angle(angle=_SHARP)
    return mesh


def add_capsules(
    rig: bpy.types.Object, collection: bpy.types.Collection, bones: Sequence[str], capsules: G1Capsules
) -> None:
    """Give a rig one object for each of its robot's bodies that has capsules, in a collection below the rig's own.

    The bones are in the order of the bodies.
    """
    shapes = bpy.data.collections.new(f"{rig.name} Capsules")
    collection.children.link(shapes)
    material = new_material("Capsule", _COLOUR, _METALLIC, _ROUGHNESS)
    for body in map(int, np.unique(capsules.bodies)):
        mesh = bpy.data.meshes.new(f"{rig.name} {capsules.model.bodies[body]}")
        mesh.materials.append(material)
        built = bmesh.new()
        for row in np.flatnonzero(capsules.bodies == body).tolist():
            _add(built, Vector(capsules.starts[row]), Vector(capsules.ends[row]), float(capsules.radii[row]))
        built.to_mesh(mesh)
        built.free()
        mesh.shade_smooth()
        obj = bpy.data.objects.new(mesh.name, mesh)
        shapes.objects.link(obj)
        attach(obj, rig, bones[body], Matrix.Identity(4))


def _add(built: bmesh.types.BMesh, start: Vector, end: Vector, radius: float) -> None:
    """Add a sphere whose halves are at the ends of a segment."""
    way = end - start
    turn: Quaternion = _Z.rotation_difference(way) if way.length > 0.0 else Quaternion()
    ball = bmesh.ops.create_uvsphere(built, u_segments=_AROUND, v_segments=_ALONG, radius=radius)
    for vertex in ball["verts"]:
        centre = end if vertex.co.z > 0.0 else start
        vertex.co = centre + turn @ vertex.co


def attach(obj: bpy.types.Object, rig: bpy.types.Object, bone: str, frame: Matrix) -> None:
    """Parent an object to a bone.

    Args:
        obj: the child; it can't be selected, so that clicks reach the joints.
        rig: the armature object.
        bone: the bone's name.
        frame: the object's position and rotation in the frame of the bone's head.
    """
    obj.parent = rig
    obj.parent_type = "BONE"
    obj.parent_bone = bone
    length = cast("bpy.types.Armature", rig.data).bones[bone].length
    # Blender places a bone's children at its tail
    obj.matrix_parent_inverse = Matrix.Translation((0.0, -length, 0.0))
    obj.matrix_basis = frame
    obj.hide_select = True


def new_material(name: str, colour: Colour, metallic: float, roughness: float) -> bpy.types.Material:
    """Return a material of one colour (scene-linear), the same in Solid view and in renders."""
    material = bpy.data.materials.new(name)
    material.metallic, material.roughness = metallic, roughness
    # the stubs for colours accept no tuples
    cast("Any", material).diffuse_color = colour
    # until 4.5 new materials have none
    if material.node_tree is None:
        material.use_nodes = True
    nodes = cast("bpy.types.NodeTree", material.node_tree).nodes
    inputs = cast("Any", next(node for node in nodes if node.type == "BSDF_PRINCIPLED")).inputs
    inputs["Base Color"].default_value = colour
    inputs["Metallic"].default_value = metallic
    inputs["Roughness"].default_value = roughness
    return material


@dataclass(frozen=True)
class _Surface:
    """A mesh: (V, 3) float32 metres, (T, 3) vertex numbers."""

    vertices: npt.NDArray[np.float32]
    triangles: npt.NDArray[np.uint16]


@dataclass(frozen=True)
class _RobotMeshes:
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


def read_meshes(file: Path) -> _RobotMeshes:
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
        return _RobotMeshes(surfaces, table["materials"], table["geoms"])
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise Fault(
            Text("The robot's meshes in “{file}” can't be read ({error}).", file=file.name, error=error),
            "Reinstall the add-on.",
        ) from error


def add_meshes(
    rig: bpy.types.Object,
    collection: bpy.types.Collection,
    carriers: Mapping[str, tuple[str, FloatArray]],
    meshes: _RobotMeshes,
    variant: Variant,
) -> None:
    """Give a robot's rig its meshes, one object for each of MuJoCo's visual geoms, in a collection below the rig's.

    Args:
        rig: the armature object.
        collection: the rig's own.
        carriers: body of the menagerie's → the bone that carries it, and the body's (4, 4) frame in the bone's.
        variant: which robot the rig is.
    """
    shapes = bpy.data.collections.new(f"{rig.name} Meshes")
    collection.children.link(shapes)
    prefix = g1_variant(variant).robot.name
    materials: dict[str, bpy.types.Material] = {}
    for name, colour in meshes.colours.items():
        materials[name] = new_material(f"{prefix} {name.title()}", _linear(colour), *_MESH_FINISHES.get(name, _FINISH))
    for geom in meshes.geoms_of(variant):
        mesh = _menagerie_mesh(f"{prefix} {geom['mesh']}", meshes.surfaces[geom["mesh"]])
        mesh.materials.append(materials[geom["material"]])
        obj = bpy.data.objects.new(mesh.name, mesh)
        shapes.objects.link(obj)
        bone, body = carriers[geom["body"]]
        attach(obj, rig, bone, Matrix(body.tolist()) @ Matrix.LocRotScale(geom["pos"], Quaternion(geom["quat"]), None))


def _menagerie_mesh(name: str, surface: _Surface) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(name)
    count = len(surface.triangles)
    vertices, loops, polygons = cast("tuple[Any, Any, Any]", (mesh.vertices, mesh.loops, mesh.polygons))
    vertices.add(len(surface.vertices))
    vertices.foreach_set("co", surface.vertices.ravel())
    loops.add(3 * count)
    loops.foreach_set("vertex_index", surface.triangles.ravel().astype(np.int32))
    polygons.add(count)
    polygons.foreach_set("loop_start", np.arange(0, 3 * count, 3, dtype=np.int32))
    # from triangles alone Blender doesn't know the edges, which are marked sharp below
    mesh.update(calc_edges=True)
    mesh.set_sharp_from_angle(angle=_SHARP_MESH)
    return mesh


def _linear(colour: list[float]) -> Colour:
    linear = Color(colour[:3]).from_srgb_to_scene_linear()
    return (linear.r, linear.g, linear.b, colour[3])
