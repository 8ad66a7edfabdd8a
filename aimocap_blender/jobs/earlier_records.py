"""Records of earlier versions of the add-on, upgraded to the current form."""

from ..json_values import as_object
from ..record_json import UnreadableRecordError
from .capture import VERSION


def upgraded(record: object) -> object:
    """Return a record in the current version's form.

    Args:
        record: JSON as on disk; not modified.

    Raises:
        UnreadableRecordError: not a record of this or an earlier version.
    """
    fields = as_object(record)
    if fields is None:
        raise UnreadableRecordError("v")
    if fields.get("v") == 1:
        fields = _with_several_targets(fields)
    if fields.get("v") != VERSION:
        raise UnreadableRecordError("v")
    return fields


def _with_several_targets(fields: dict[str, object]) -> dict[str, object]:
    """Replace version 1's single target by a list of targets."""
    order = as_object(fields.get("order"))
    if order is None or "target_id" not in order:
        raise UnreadableRecordError("order.target_id")
    several = dict(order)
    several["target_ids"] = [several.pop("target_id")]
    return {**fields, "v": 2, "order": several}
