"""Read a robot of the menagerie and write the file of its light meshes. Runs where bpy and numpy are.

`python g1_meshes_child.py FOLDER FILE DESCRIPTIONS`: FOLDER holds the descriptions and assets/ with binary STLs; FILE
is the npz; DESCRIPTIONS is JSON: variant → file in FOLDER.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import bpy
import numpy as np
from mathutils.bvhtree import BVHTree

SAME_PLACE = 1e-5
SHARES = (0.03, 0.05, 0.08, 0.12, 0.18, 0.27, 0.4, 0.6, 1.0)
FARTHEST, STRAYS = 0.0006, 0.005
"""A mesh keeps the smallest of these shares of its triangles with which all corners of the original, but for this share
of them (heads of screws), lie no farther from its surface, metres."""
LEVELS = 65535


def main() -> None:
    """Write the file that the command line names."""
    folder, file, descriptions = Path(sys.argv[-3]), Path(sys.argv[-2]), json.loads(sys.argv[-1])
    table: dict[str, object] = {"materials": {}, "geoms": {}, "meshes": {}}
    stls: dict[str, Path] = {}
    for variant, description in descriptions.items():
        root = ET.parse(folder / description).getroot()  # noqa: S314 -- a file of a pinned package
        files = {mesh.get("name", Path(mesh.attrib["file"]).stem): mesh.attrib["file"] for mesh in root.iter("mesh")}
        table["materials"] |= {item.attrib["name"]: _numbers(item.attrib["rgba"]) for item in root.iter("material")}
        table["geoms"][variant] = geoms = _visual_geoms(root)
        stls |= {geom["mesh"]: folder / "assets" / files[geom["mesh"]] for geom in geoms}
    vertices, triangles = [], []
    for name, stl in sorted(stls.items()):
        places, faces = _decimated(_triangles(stl))
        low, size = places.min(0), np.ptp(places, axis=0)
        table["meshes"][name] = {
            "low": low.tolist(),
            "size": size.tolist(),
            "vertices": len(places),
            "triangles": len(faces),
        }
        vertices.append(np.round((places - low) / size * LEVELS).astype("<u2"))
        triangles.append(faces.astype("<u2"))
    np.savez(
        file,
        table=np.frombuffer(json.dumps(table, separators=(",", ":")).encode(), dtype=np.uint8),
        vertices=np.concatenate(vertices),
        triangles=np.concatenate(triangles),
    )


def _visual_geoms(root: ET.Element) -> list[dict[str, object]]:
    """The geoms that are seen, body by body: mesh, material, and the mesh's frame in the body's."""
    usual = _usual_material(root.find("default"))
    return [
        {
            "body": body.attrib["name"],
            "mesh": geom.attrib["mesh"],
            "material": geom.get("material", usual),
            "pos": _numbers(geom.get("pos", "0 0 0")),
            "quat": _numbers(geom.get("quat", "1 0 0 0")),
        }
        for body in root.find("worldbody").iter("body")
        for geom in body.findall("geom")
        if geom.get("class") == "visual"
    ]


def _usual_material(default: ET.Element) -> str | None:
    """That of geoms that are seen: their class has it, or one around theirs."""
    own = next((geom.get("material") for geom in default.findall("geom")), None)
    if default.get("class") == "visual":
        return own
    inner = [_usual_material(item) for item in default.findall("default")]
    return next((material for material in inner if material), own if inner else None)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split()]


def _triangles(stl: Path) -> np.ndarray:
    """(T, 3, 3) corners of a binary STL, metres."""
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    return np.frombuffer(stl.read_bytes(), dtype=record, offset=84)["corners"]


def _decimated(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(V, 3) places and (T, 3) vertex numbers of a mesh with fewer triangles."""
    obj = bpy.data.objects.new("Robot", _welded(corners))
    bpy.context.scene.collection.objects.link(obj)
    modifier = obj.modifiers.new("Decimate", "DECIMATE")
    modifier.use_collapse_triangulate = True
    original = [vertex.co.copy() for vertex in obj.data.vertices]
    for share in SHARES:
        modifier.ratio = share
        light = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
        light.calc_loop_triangles()
        places = np.empty(len(light.vertices) * 3, dtype=np.float32)
        light.vertices.foreach_get("co", places)
        faces = np.empty(len(light.loop_triangles) * 3, dtype=np.int32)
        light.loop_triangles.foreach_get("vertices", faces)
        places, faces = places.reshape(-1, 3), _proper(faces.reshape(-1, 3))
        surface = BVHTree.FromPolygons(places.tolist(), faces.tolist())
        if sum(surface.find_nearest(place, FARTHEST)[0] is None for place in original) <= STRAYS * len(original):
            break
    bpy.data.objects.remove(obj)
    return places, faces


def _proper(faces: np.ndarray) -> np.ndarray:
    """The triangles without those that fell onto an edge or onto another."""
    corners = np.sort(faces, axis=1)
    _, first = np.unique(corners, axis=0, return_index=True)
    kept = np.zeros(len(faces), dtype=bool)
    kept[first] = True
    return faces[kept & (np.diff(corners, axis=1) > 0).all(axis=1)]


def _welded(corners: np.ndarray) -> bpy.types.Mesh:
    """The triangles joined where their corners meet, without those that have no area."""
    import bmesh  # there once bpy is

    places, indices = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    mesh = bpy.data.meshes.new("Robot")
    mesh.from_pydata(places.tolist(), [], indices.reshape(-1, 3).tolist())
    welded = bmesh.new()
    welded.from_mesh(mesh)
    bmesh.ops.remove_doubles(welded, verts=welded.verts, dist=SAME_PLACE)
    bmesh.ops.dissolve_degenerate(welded, edges=welded.edges, dist=SAME_PLACE)
    bmesh.ops.triangulate(welded, faces=welded.faces)
    welded.to_mesh(mesh)
    welded.free()
    return mesh


if __name__ == "__main__":
    bpy.ops.wm.read_factory_settings(use_empty=True)
    main()
    sys.stdout.flush()
    os._exit(0)  # some versions of the module hang when the interpreter goes
