"""Readers of BVH and glTF files with nothing of Blender: where a file's joints are over time."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

AXES = {"X": 0, "Y": 1, "Z": 2}
KINDS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True)
class Joints:
    """Heads (F, 3) of the joints by name, in the file's own axes, and seconds (F,)."""

    heads: dict[str, np.ndarray]
    seconds: np.ndarray


def turn(axis: str, degrees: np.ndarray) -> np.ndarray:
    """(F, 3, 3) rotations about one of the axes."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrices = np.tile(np.eye(3), (len(degrees), 1, 1))
    a, b = [other for other in range(3) if other != AXES[axis]]
    sign = -1.0 if axis == "Y" else 1.0
    matrices[:, a, a], matrices[:, b, b], matrices[:, a, b], matrices[:, b, a] = cos, cos, -sign * sin, sign * sin
    return matrices


def read_bvh(path: Path) -> Joints:
    header, _, rest = path.read_text().partition("MOTION")
    lines = rest.strip().splitlines()
    count, step = int(lines[0].split()[1]), float(lines[1].split()[2])
    values = np.array([[float(value) for value in line.split()] for line in lines[2:]])
    assert len(values) == count
    words, at = header.split(), 0
    heads: dict[str, np.ndarray] = {}
    stack: list[tuple[np.ndarray, np.ndarray]] = [(np.zeros((count, 3)), np.tile(np.eye(3), (count, 1, 1)))]
    offset, name, number = np.zeros(3), "", 0
    while number < len(words):
        word = words[number]
        number += 1
        if word in ("ROOT", "JOINT"):
            name, number = words[number], number + 1
        elif word == "OFFSET":
            offset, number = np.array([float(value) for value in words[number : number + 3]]), number + 3
        elif word == "CHANNELS":
            several = int(words[number])
            channels, number = words[number + 1 : number + 1 + several], number + 1 + several
            place, axes = np.tile(offset, (count, 1)), np.tile(np.eye(3), (count, 1, 1))
            for channel in channels:
                if channel.endswith("position"):
                    place[:, AXES[channel[0]]] = values[:, at]
                else:
                    axes = axes @ turn(channel[0], values[:, at])
                at += 1
            above, turned = stack[-1]
            heads[name] = above + np.einsum("fij,fj->fi", turned, place)
            stack.append((heads[name], turned @ axes))
        elif word == "Site":
            number = words.index("}", number) + 1
        elif word == "}":
            stack.pop()
    assert at == values.shape[1]
    return Joints(heads, np.arange(count) * step)


def read_glb(path: Path) -> Joints:
    data = path.read_bytes()
    assert data[:4] == b"glTF"
    size = struct.unpack("<I", data[12:16])[0]
    scene, binary = json.loads(data[20 : 20 + size]), data[28 + size :]

    def accessor(index: int) -> np.ndarray:
        entry = scene["accessors"][index]
        view = scene["bufferViews"][entry["bufferView"]]
        start, width = view.get("byteOffset", 0) + entry.get("byteOffset", 0), KINDS[entry["type"]]
        assert entry["componentType"] == 5126
        return np.frombuffer(binary, "<f4", entry["count"] * width, start).reshape(-1, width).astype(np.float64)

    nodes, parents = scene["nodes"], {}
    for index, node in enumerate(nodes):
        parents |= dict.fromkeys(node.get("children", ()), index)
    (animation,) = scene["animations"]
    seconds = accessor(animation["samplers"][0]["input"])[:, 0]
    keyed = {
        (channel["target"]["node"], channel["target"]["path"]): accessor(
            animation["samplers"][channel["sampler"]]["output"]
        )
        for channel in animation["channels"]
        if channel["target"]["path"] != "weights"
    }
    defaults = {"translation": (0.0, 0.0, 0.0), "rotation": (0.0, 0.0, 0.0, 1.0), "scale": (1.0, 1.0, 1.0)}

    def values(index: int, kind: str) -> np.ndarray:
        found = keyed.get((index, kind))
        still = np.array([nodes[index].get(kind, defaults[kind])], dtype=np.float64)
        return found if found is not None and len(found) == len(seconds) else np.tile(still, (len(seconds), 1))

    def world(index: int) -> np.ndarray:
        x, y, z, w = values(index, "rotation").T
        matrix = np.tile(np.eye(4), (len(seconds), 1, 1))
        matrix[:, :3, 0] = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)], axis=1)
        matrix[:, :3, 1] = np.stack([2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)], axis=1)
        matrix[:, :3, 2] = np.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], axis=1)
        matrix[:, :3, :3] *= values(index, "scale")[:, None]
        matrix[:, :3, 3] = values(index, "translation")
        return world(parents[index]) @ matrix if index in parents else matrix

    joints = {joint for skin in scene.get("skins", ()) for joint in skin["joints"]}
    return Joints({nodes[joint]["name"]: world(joint)[:, :3, 3] for joint in joints}, seconds)
