"""Real characters rest on what the person rests on: hands, knees, seat, back, feet, and hands that clap.

The motions are scripted, with exact contacts; the judge reads evaluated poses and meshes.
"""

from pathlib import Path

import pytest

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from tests.conftest import SHARED
from tests.media.floor.clips import floor_clip

from .body_contact_judge import LIMITS, Body, judge_on
from .real_files import at_rest, load

CHARACTERS = ("maya_character.fbx", "mh_cmu_mb.blend", "gdquest_mannequiny.glb")
"""Of other proportions, with roll, names and rests of their own; the last one has a mesh and bent legs at rest."""
HELD = ("crawl", "push_up", "kneel", "hang", "clap")
WIDER = {"height": 3.2, "slide": 8.0, "sink": 2.5}
"""Centimetres and cm/s of a man where the limits aren't reached."""


@pytest.mark.parametrize("character", CHARACTERS)
def test_the_body_rests_on_what_the_persons_does(character: str, tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the real characters are not next to the checkout")
    body = Body(at_rest(load(SHARED / "data" / "characters" / character, tmp_path)))
    limits, wrong = {**LIMITS, **WIDER}, []
    for motion in HELD:
        verdict = judge_on(floor_clip(motion), body, RetargetOptions(contacts="BODY"))
        wrong += [f"{motion}: {verdict}" for name, limit in limits.items() if getattr(verdict, name) > limit]
    assert not wrong, "\n".join(wrong)
    assert judge_on(floor_clip("crawl"), body, RetargetOptions(contacts="FEET")).height > limits["height"]
