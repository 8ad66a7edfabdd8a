"""Removing what was added to the file when a step fails halfway."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

import bpy


@contextmanager
def removed_on_failure() -> Generator[None]:
    """Remove the datablocks that the block added if it fails."""
    before = {data.session_uid for data in _all_data()}
    try:
        yield
    except BaseException:
        bpy.data.batch_remove([data for data in _all_data() if data.session_uid not in before])
        raise


def _all_data() -> list[bpy.types.ID]:
    # the only list of data-blocks of all kinds; what is embedded, as a scene's own collection is, goes with its owner
    found = cast("dict[bpy.types.ID, object]", bpy.data.user_map())
    return [data for data in found if not data.is_embedded_data]
