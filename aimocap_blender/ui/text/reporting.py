"""Reports of operators, in the language of Blender's interface."""

from typing import TYPE_CHECKING, Literal

import bpy

from ...texts.faults import Fault
from ...texts.text import Sentence
from .translation import translated

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


def inform(
    operator: bpy.types.Operator,
    sentence: Sentence,
    level: Literal["INFO", "WARNING", "ERROR"] = "INFO",
    title: str = "",
) -> None:
    """Report one or more sentences.

    Args:
        operator: the operator that reports.
        sentence: one or more sentences.
        level: of the report.
        title: what they are about, in the user's own words, which stay as they are.
    """
    operator.report({level}, (f"{title}: " if title else "") + translated(sentence, "reports"))


def refuse(operator: bpy.types.Operator, why: Fault | Sentence) -> "set[OperatorReturnItems]":
    """Report why an operator does nothing, and cancel it.

    Args:
        operator: the operator to cancel.
        why: a fault, or its sentences.
    """
    inform(operator, why.text if isinstance(why, Fault) else why, "ERROR")
    return {"CANCELLED"}
