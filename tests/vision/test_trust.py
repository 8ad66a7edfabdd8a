"""How far a motion that several films show can be trusted."""

import numpy as np

from aimocap_blender.vision.trust import LIMBS, Doubt, Reason, Trust, best_trust

ARM, LEG = "left_arm", "right_leg"


def one_film(values: float, *doubts: Doubt) -> Trust:
    return Trust(LIMBS, np.full((90, len(LIMBS)), values), doubts)


def test_a_limb_is_doubtful_while_each_film_doubts_it() -> None:
    """Not where they doubt different limbs, or one limb at other times, or for less than people see."""
    hidden, unclear = Reason.HIDDEN, Reason.UNCLEAR
    one = one_film(0.4, Doubt(ARM, 0.0, 2.0, hidden), Doubt(LEG, 1.0, 3.0, hidden))
    other = one_film(0.6, Doubt(LEG, 0.0, 1.1, unclear), Doubt(ARM, 0.5, 1.5, unclear), Doubt(ARM, 2.0, 3.0, unclear))
    assert best_trust([one, other]).doubts == (Doubt(ARM, 0.5, 1.5, hidden),)


def test_of_films_the_one_that_shows_a_limb_best_counts() -> None:
    front, back = one_film(0.4), one_film(0.6)
    front.values[:, LIMBS.index(ARM)] = 0.9
    found = best_trust([front, back])
    assert (found.of([ARM, LEG]) == [0.9, 0.6]).all()
    assert [found.films[LIMBS.index(limb)] for limb in (ARM, LEG)] == [0, 1]
