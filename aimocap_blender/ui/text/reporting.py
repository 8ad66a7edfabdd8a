"""Reports of operators, in the language of Blender's interface."""

from typing import TYPE_CHECKING, Literal

import bpy

from .translation import translated

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


def inform(operator: bpy.types.Operator, sentence: str, level: Literal["INFO", "WARNING", "ERROR"] = "INFO") -> None:
    """Report one or more sentences."""
    operator.report({level}, translated(sentence, "reports"))


def refuse(operator: bpy.types.Operator, why: Exception | str) -> "set[OperatorReturnItems]":
    """Report why an operator does nothing, and cancel it.

    Args:
        operator: the operator to cancel.
        why: a fault of any room, or its sentences.
    """
    inform(operator, str(why), "ERROR")
    return {"CANCELLED"}
