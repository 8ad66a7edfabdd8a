"""The tests' figure in several builds and clothes: its skeleton, and a cloud of coloured points on its surface."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.skeleton import Skeleton
from tests.media.figure.blobs import skin_of
from tests.media.figure.parts import HAIR, SHIRT, SKIN, TROUSERS, person_parts
from tests.media.posing import the_body

if TYPE_CHECKING:
    from aimocap_blender.motion.bones.humanoid import BoneMap
    from tests.media.matrices import Array

POINTS = 80_000
FINE = {"head": 2.5, "neck": 1.5, "hand": 2.0, "foot": 2.0, "ball": 2.0}
"""So many times as many points for each square metre, of what the network looks at closely."""
LIMBS = ("upperarm", "lowerarm", "thigh", "calf")
LEAST_SHARE = 0.08  # of a point, that a bone carries
TRUNK = ("pelvis", "spine")


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points on the surface of the tests' figure at rest.

    Attributes:
        places: (P, 3) metres.
        normals: (P, 3).
        colours: (P, 3) of the parts, 0 to 1.
        carried: bone to the points that it carries, and their shares.
        main: (P,) the bone that carries most of each, in the order of bones.
    """

    places: Array
    normals: Array
    colours: Array
    carried: dict[str, tuple[np.ndarray, Array]]
    main: np.ndarray


@lru_cache(maxsize=1)
def cloud() -> Cloud:
    """The points, spread evenly over each kind of part."""
    chance = np.random.default_rng(0)
    skins = [skin_of(part) for part in person_parts()]
    bones = list(the_body().names)
    places, normals, colours, shares, areas = [], [], [], [], []
    for skin in skins:
        corners = skin.points[skin.quads]
        across = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        whole = np.zeros((len(skin.points), len(bones)))
        whole[:, [bones.index(bone) for bone in skin.bones]] = skin.weights
        area = np.linalg.norm(across, axis=1) / 2.0
        finer = np.array([FINE.get(bones[bone].split("_")[0], 1.0) for bone in whole[skin.quads[:, 0]].argmax(axis=1)])
        places.append(corners)
        normals.append(across / np.maximum(2.0 * area, 1e-12)[:, None])
        colours.append(np.tile(skin.colour, (len(corners), 1)))
        shares.append(whole[skin.quads])
        areas.append(area * finer)
    area = np.concatenate(areas)
    chosen = chance.choice(len(area), POINTS, p=area / area.sum())
    u, v = chance.random((2, POINTS, 1))
    corner = np.stack([(1 - u) * (1 - v), u * (1 - v), u * v, (1 - u) * v], axis=1)
    weights = (corner * np.concatenate(shares)[chosen]).sum(axis=1)
    weights[weights < LEAST_SHARE] = 0.0
    weights /= weights.sum(axis=1, keepdims=True)
    order = np.argsort(weights.argmax(axis=1), kind="stable")
    chosen, corner, weights = chosen[order], corner[order], weights[order]
    carried = {
        bone: (np.flatnonzero(of := weights[:, index]), of[of > 0.0].astype(np.float32))
        for index, bone in enumerate(bones)
    }
    return Cloud(
        (corner * np.concatenate(places)[chosen]).sum(axis=1).astype(np.float32),
        np.concatenate(normals)[chosen].astype(np.float32),
        np.concatenate(colours)[chosen],
        {bone: kept for bone, kept in carried.items() if len(kept[0])},
        weights.argmax(axis=1),
    )


@dataclass(frozen=True, eq=False)
class Figure:
    """A person of their own build, in clothes of their own.

    Attributes:
        skeleton: at rest.
        places: (P, 3) of the points of `cloud` at rest, metres.
        colours: (P, 3) 0 to 1.
    """

    skeleton: Skeleton
    places: Array
    colours: Array

    @cached_property
    def bones(self) -> BoneMap:
        """Its humanoid bones."""
        return detect_bones(self.skeleton)

    def posed(self, heads: Array, turns: Array) -> tuple[Array, Array]:
        """Points (P, 3) and normals in a pose: heads (B, 3), rotations (B, 3, 3) away from rest."""
        points = cloud()
        places, normals = np.zeros(points.places.shape, np.float32), points.normals.copy()
        rest = self.skeleton.heads
        for bone, (rows, shares) in points.carried.items():
            index = self.skeleton.index(bone)
            turned = turns[index].T.astype(np.float32)
            shift = (heads[index] - rest[index] @ turned).astype(np.float32)
            places[rows] += shares[:, None] * (self.places[rows] @ turned + shift)
            first, last = np.searchsorted(points.main, (index, index + 1))
            normals[first:last] = points.normals[first:last] @ turned
        return places, normals


@cache
def figure(number: int) -> Figure:
    """Make the figure of a number: 0 has the tests' own build."""
    chance = np.random.default_rng([7, number])
    stretch = _build(chance) if number else {}
    body, points = the_body(), cloud()
    heads = np.array(body.positions)
    stretches = [stretch.get(bone.split("_")[0], np.array([1.0, 1.0])) for bone in body.names]
    matrices = np.array(
        [_stretched(of, axes, bone) for of, axes, bone in zip(stretches, body.axes, body.names, strict=True)]
    )
    moved = heads.copy()
    for bone, parent in enumerate(body.parents):
        if parent >= 0:
            moved[bone] = moved[parent] + matrices[parent] @ (heads[bone] - heads[parent])
    places = np.zeros(points.places.shape)
    for bone, (rows, shares) in points.carried.items():
        index = body.names.index(bone)
        places[rows] += shares[:, None] * (moved[index] + (points.places[rows] - heads[index]) @ matrices[index].T)
    lowest = places[:, 2].min()
    places[:, 2] -= lowest
    moved[1:, 2] -= lowest
    rest = np.tile(np.eye(4), (len(heads), 1, 1))
    rest[:, :3, :3], rest[:, :3, 3] = np.array(body.axes), moved
    tails = moved + 0.1 * rest[:, :3, 0]
    skeleton = Skeleton(tuple(body.names), np.array(body.parents), rest, tails, np.eye(4))
    return Figure(skeleton, places.astype(np.float32), _clothes(chance, body.names, number))


def _build(chance: np.random.Generator) -> dict[str, Array]:
    """First part of a bone's name to the factors along and across it."""
    heavy, legs, arms, trunk, head = chance.normal(1.0, (0.13, 0.05, 0.05, 0.05, 0.05))
    hips, shoulders = chance.normal(1.0, 0.07, 2)
    limbs = heavy**0.8
    return {
        "pelvis": np.array([trunk, heavy * hips]),
        "spine": np.array([trunk, heavy * (hips + shoulders) / 2.0]),
        "clavicle": np.array([shoulders, heavy]),
        "upperarm": np.array([arms, limbs]),
        "lowerarm": np.array([arms, limbs]),
        "hand": np.array([arms, arms]),
        **{finger: np.array([arms, arms]) for finger in ("thumb", "index", "middle", "ring", "pinky")},
        "neck": np.array([head, limbs]),
        "head": np.array([head, head]),
        "thigh": np.array([legs, limbs]),
        "calf": np.array([legs, limbs]),
        "foot": np.array([legs, 1.0]),
        "ball": np.array([1.0, 1.0]),
    }


def _stretched(factors: Array, axes: Array, bone: str) -> Array:
    """Matrix that stretches along and across a bone."""
    along = np.array([0.0, 0.0, 1.0]) if bone.startswith((*TRUNK, "foot", "head")) else axes[:, 0]
    outer = np.outer(along, along)
    return factors[0] * outer + factors[1] * (np.eye(3) - outer)


def colour(chance: np.random.Generator) -> Array:
    """A colour (3,) that is rarely garish."""
    return (chance.random() + chance.uniform(-0.3, 0.3) * chance.normal(size=3)).clip(0.02, 1.0)


def _clothes(chance: np.random.Generator, bones: list[str], number: int) -> Array:
    """The colour of each point."""
    points = cloud()
    colours = points.colours.copy()
    if not number:
        return colours
    kinds = np.array([bone.split("_")[0] for bone in bones])[points.main]
    skin = np.array(SKIN) * chance.uniform(0.25, 1.3)
    shirt, trousers, other = (colour(chance) for _ in range(3))
    hair = chance.uniform(0.2, 8.0) * np.array(HAIR)
    is_of = lambda colour: np.abs(points.colours - colour).max(axis=1) < 1e-9  # noqa: E731
    on = {
        name: is_of(colour)
        for name, colour in (("skin", SKIN), ("shirt", SHIRT), ("trousers", TROUSERS), ("hair", HAIR))
    }
    colours[on["skin"]], colours[on["hair"]] = skin, hair
    colours[on["shirt"]] = shirt
    if chance.random() < 0.5:  # stripes
        wave = np.sin(points.places[on["shirt"]] @ chance.normal(0.0, 60.0, 3)) > 0.0
        colours[on["shirt"]] = np.where(wave[:, None], shirt, other)
    colours[on["trousers"]] = trousers
    if chance.random() < 0.35:  # shorts
        colours[on["trousers"] & (kinds == "calf")] = skin
    if chance.random() < 0.35:  # long sleeves
        colours[on["skin"] & np.isin(kinds, ("upperarm", "lowerarm"))] = shirt
    if chance.random() < 0.15:  # no sleeves
        colours[on["shirt"] & (kinds == "upperarm")] = skin
    return colours.astype(np.float32)
