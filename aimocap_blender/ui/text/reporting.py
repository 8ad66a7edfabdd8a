"""Reports of operators, in the language of Blender's interface."""

from typing import TYPE_CHECKING, Literal

import bpy

from .translation import translated

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


def inform(
    operator: bpy.types.Operator,
    sentence: str,
    level: Literal["INFO", "WARNING", "ERROR"] = "INFO",
    title: str = "",
) -> None:
    """Report one or more sentences.

    Args:
        operator: the operator that reports.
        sentence: the sentences, in English.
        level: of the report.
        title: what they are about, in the user's own words, which stay as they are.
    """
    operator.report({level}, (f"{title}: " if title else "") + translated(sentence, "reports"))


def refuse(operator: bpy.types.Operator, why: Exception | str) -> "set[OperatorReturnItems]":
    """Report why an operator does nothing, and cancel it.

    Args:
        operator: the operator to cancel.
        why: a fault of any room, or its sentences.
    """
    inform(operator, str(why), "ERROR")
    return {"CANCELLED"}
