"""Masses and inertias of robots' links: `g1-inertias.json`, or their part of another robot's table, typed."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from .. import rotations
from ..rotations import FloatArray
from .robots import WHOLE_ROBOTS, table_of
from .variants import VARIANTS, Variant, carriers, g1_variant

INERTIAS_FILE = Path(__file__).with_name("g1-inertias.json")
_Row = tuple[str, float, list[float], list[float], list[float]]


@dataclass(frozen=True, eq=False)
class Inertias:
    """Mass and inertia of each link, in the order of `G1Model.bodies`.

    Attributes:
        masses: (B,) kg.
        centres: (B, 3) of mass, in the body's frame, metres.
        tensors: (B, 3, 3) about the centre of mass, along the body's axes, kg m².
        armature: inertia of a motor's rotor at its joint, kg m².
    """

    masses: FloatArray
    centres: FloatArray
    tensors: FloatArray
    armature: float

    @property
    def mass(self) -> float:
        """Of the whole robot, kg."""
        return float(self.masses.sum())

    def centre_of(self, places: FloatArray) -> FloatArray:
        """Return (F, 3) the centre of mass of the whole robot from those of its bodies (B, F, 3)."""
        return np.asarray(np.einsum("b,bfi->fi", self.masses / self.mass, places), dtype=np.float64)


@lru_cache(maxsize=len(VARIANTS))
def g1_inertias(variant: Variant) -> Inertias:
    """Return the published inertias of a variant; where fixed joints weld links together, their sum."""
    if variant in WHOLE_ROBOTS:
        table = table_of(variant)["inertias"]
        own = rows = _by_link(table["rows"])
    else:
        table = json.loads(INERTIAS_FILE.read_text(encoding="utf-8"))
        own = _by_link(table[variant])
        # a variant's table has only the links that differ
        rows = _by_link(table["29dof"]) | own
    bodies, carried = g1_variant(variant).bodies, carriers(variant)
    links: list[list[tuple[float, FloatArray, FloatArray]]] = [[] for _ in bodies]
    for body, row in rows.items():
        carrier, frame = carried.get(body, (body, np.eye(4)))
        if body in bodies:
            links[bodies.index(body)].append(_placed(row, np.eye(4)))
        # a carrier with a row of its own has what it carries in it
        elif carrier not in own:
            links[bodies.index(carrier)].append(_placed(row, frame))
    masses, centres, tensors = np.zeros(len(bodies)), np.zeros((len(bodies), 3)), np.zeros((len(bodies), 3, 3))
    for body, parts in enumerate(links):
        for mass, at, _ in parts:
            masses[body] += mass
            centres[body] += mass * at
        centres[body] /= masses[body]
        # about the common centre
        for mass, at, tensor in parts:
            tensors[body] += tensor + mass * _about(at - centres[body])
    return Inertias(masses, centres, tensors, float(table["armature_kg_m2"]))


def _by_link(rows: list[_Row]) -> dict[str, _Row]:
    """Return the rows of a table of inertias by their links."""
    return {row[0]: row for row in rows}


def _placed(row: _Row, frame: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Return mass, centre and tensor of a row in another frame, which (4, 4) moves its body's into."""
    _, mass, pos, quat, diagonal = row
    # the tensor is given along its main axes: turned into the body's, then into the frame's
    turn = frame[:3, :3] @ rotations.to_matrix(rotations.normalise(np.array(quat)))
    return mass, frame[:3, :3] @ np.array(pos) + frame[:3, 3], turn @ np.diag(diagonal) @ turn.T


def _about(offset: FloatArray) -> FloatArray:
    """Return the (3, 3) inertia of a unit mass at an offset."""
    # Steiner's theorem, the part that an offset adds
    return np.asarray(offset @ offset * np.eye(3) - np.outer(offset, offset), dtype=np.float64)
