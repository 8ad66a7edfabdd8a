"""A capture to try records with, and finished ones on disk."""

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

from aimocap_blender.jobs.capture import VERSION, Capture, Order, Source, State
from aimocap_blender.record_json import to_json

EXAMPLE = Capture(
    id="1",
    created_at=5.0,
    base_url="https://aimocap.net",
    source=Source("/v.mp4", "v.mp4", 1, 2, "d", temporary=False),
    order=Order(("default",), "", 10.0, 1.0, 4.0, None, None),
    binding={},
)


def write_finished(folder: Path, number: int) -> None:
    one = replace(EXAMPLE, id=f"capture-{number:04}", created_at=float(number), state=State.DONE)
    there = folder / f"capture-{number:04}"
    there.mkdir(parents=True)
    # whole from the first, as the add-on writes it: a look meanwhile would set a part aside
    part = folder / f"{there.name}.part"
    part.write_text(json.dumps({"v": VERSION, **cast("dict[str, object]", to_json(one))}))
    part.rename(there / "capture.json")
