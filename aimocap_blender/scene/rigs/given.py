"""Long measurements that another Blender has made, to be taken over in the same order. See `scene/ahead.py`."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from ...while_enabled import lasting

T = TypeVar("T")


@dataclass
class _Answers:
    """Those still to be given, or recorded so far; None outside of such a block."""

    left: list[Any] | None = None
    recorded: list[object] | None = None


_answers = lasting(_Answers)


def given(compute: Callable[[], T]) -> T:
    """Return what is given, or compute it."""
    if _answers.left:
        return _answers.left.pop(0)
    answer = compute()
    if _answers.recorded is not None:
        _answers.recorded.append(answer)
    return answer


def is_given() -> bool:
    """Return whether the next answer is."""
    return bool(_answers.left)


def compute_the_rest() -> None:
    """Take nothing more over: the rig moves otherwise here."""
    _answers.left = None


@contextmanager
def answers_given(answers: Iterable[object]) -> Generator[None]:
    """Give these in the block."""
    _answers.left = list(answers)
    try:
        yield
    finally:
        _answers.left = None


@contextmanager
def answers_recorded() -> Generator[list[object]]:
    """Record in the block what is computed."""
    _answers.recorded = answers = list[object]()
    try:
        yield answers
    finally:
        _answers.recorded = None
