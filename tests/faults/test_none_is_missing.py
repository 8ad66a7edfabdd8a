"""Every known fault is made by a test."""

from .carried import modules_with_faults
from .known import KNOWN


def test_each_number_is_carried_by_a_test() -> None:
    assert list(KNOWN) == sorted(KNOWN)
    assert set().union(*modules_with_faults().values()) == set(KNOWN)
