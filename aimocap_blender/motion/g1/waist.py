"""The G1 that a file was made with, by where the file has its bodies: the waist changed with revision 1.0."""

import math

from ...texts.text import Text
from ..rotations import FloatArray
from .joint_orders import ORDERS, body_names
from .plausibility import sampled_frames, usually_off
from .source import G1Source
from .variants import Variant, g1_variant

_EARLIER: Variant = "29dof_before_rev_1_0"
_TELLING = 2e-3  # metres by which the earlier waist must fit better; the waists differ by 1 cm


def waist_in(
    source: G1Source, metres: float, root_pos: FloatArray, root_quat: FloatArray, dof_pos: FloatArray
) -> tuple[Variant, tuple[Text, ...]]:
    """Return which G1 with 29 joints has its bodies where the file has them, and what to say about it.

    Args:
        source: the file's numbers.
        metres: length of the file's unit.
        root_pos: (F, 3) of the pelvis, metres.
        root_quat: (F, 4) of the pelvis, unit wxyz.
        dof_pos: (F, 29) rad, in MuJoCo's order.
    """
    if source.body_pos is None:
        return "29dof", ()
    frames = sampled_frames(len(dof_pos))
    orders = _orders_of(source)
    if not orders:
        return "29dof", ()
    bodies = source.body_pos[frames] * metres
    apart: dict[Variant, float] = {}
    for variant in ("29dof", _EARLIER):
        posed = g1_variant(variant).body_poses(root_pos[frames], root_quat[frames], dof_pos[frames])[0]
        apart[variant] = math.inf
        for which, columns in orders:
            off = usually_off(posed[:, which], bodies[:, columns])
            apart[variant] = min(apart[variant], off)
    if apart[_EARLIER] > apart["29dof"] - _TELLING or apart[_EARLIER] > apart["29dof"] / 2.0:
        return "29dof", ()
    note = Text(
        "The motion was made on a G1 before rev. 1.0: with its waist the bodies are {then:.0f} mm from where the file "
        "has them, with the later waist {now:.0f} mm.",
        then=apart[_EARLIER] * 1000.0,
        now=apart["29dof"] * 1000.0,
    )
    return _EARLIER, (note,)


def _orders_of(source: G1Source) -> list[tuple[list[int], list[int]]]:
    """Return what the file's bodies may be: bodies of the model, and their columns in the file."""
    model = g1_variant("29dof")
    if source.bodies is not None:
        columns, which = model.bodies_among(source.bodies)
        return [(which, columns)] if columns else []
    if source.body_pos is None or source.body_pos.shape[1] != len(model.bodies):
        return []
    every = list(range(len(model.bodies)))
    orders: list[tuple[list[int], list[int]]] = []
    for order in ORDERS:
        bodies = list(map(model.bodies.index, body_names("29dof", order)))
        orders.append((bodies, every))
    return orders
