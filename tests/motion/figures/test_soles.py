"""Where soles are in the rest pose: the same for one body, whichever bones it has and wherever its origin is."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.figures.figure import Figure, Skin, figure_of

from ..made_figures import figure

TOES = ("left_toes", "right_toes")


def _figure(toes: float | None, lift: float = 0.0) -> Figure:
    """A body whose toes' joints are so many metres over its ankles' height less 8 cm, or that has none of these."""
    skeleton, bone_map = figure(np.random.default_rng(0), stretch=0.0)
    rest = skeleton.rest.copy()
    rest[:, 2, 3] += lift - rest[skeleton.index("left_foot"), 2, 3]
    for name in TOES:
        rest[skeleton.index(name), 2, 3] = lift - 0.08 + (toes or 0.0)
    if toes is None:
        bone_map = replace(bone_map, matches={s: m for s, m in bone_map.matches.items() if s not in TOES})
    return figure_of(replace(skeleton, rest=rest), bone_map, "object")


def test_one_body_has_the_same_soles_whichever_toes_its_rig_has() -> None:
    at_hips = [_figure(toes, lift=-0.9).sole for toes in (None, 0.0, 0.02, 0.04)]
    assert at_hips == pytest.approx([at_hips[0]] * 4)  # once 1.6 cm apart
    assert -0.9 - at_hips[0] == pytest.approx(0.083, abs=1e-3)  # an ankle of legs of 83 cm


def test_toes_on_the_ground_may_be_rounded_to_under_it() -> None:
    assert _figure(-1e-6, lift=0.08).sole == 0.0  # once 2.5 cm under it


def test_soles_are_the_lowest_skin_of_feet() -> None:
    bare = _figure(0.01, lift=0.08)
    foot, hand = bare.slots["left_foot"], bare.slots["left_hand"]
    points = np.array([[0.1, 0.0, 0.016], [0.1, 0.0, 0.05], [0.5, 0.0, -0.2]])
    skin = Skin(points, np.array([[foot], [foot], [hand]]), np.ones((3, 1)))
    assert replace(bare, skin=skin).sole == pytest.approx(0.016)
    assert replace(bare, skin=replace(skin, bones=np.full((3, 1), hand))).sole == 0.0
