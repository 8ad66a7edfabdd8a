"""Scripted motion keeps its word: what rests stays, on the floor, and nothing goes through it."""

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones

from .floor.clips import NAMES, floor_clip
from .floor.figure import SLOTS
from .floor.script import ground_under

SKIN = {
    "upper_leg": 0.095,
    "upper_arm": 0.085,
    "lower_leg": 0.055,
    "hand": 0.02,
}
"""Metres from joints to what they rest on."""


@pytest.mark.parametrize("name", NAMES)
def test_resting_part_stays_where_it_is(name: str) -> None:
    floor = floor_clip(name)
    assert floor.contacts
    for contact in floor.contacts:
        path = floor.path(contact.slot)[contact.first : contact.last + 1]
        if contact.other:
            gap = np.linalg.norm(path - floor.path(contact.other)[contact.first : contact.last + 1], axis=-1)
            assert np.abs(gap - contact.gap).max() < 1e-6, contact
        elif not contact.rolls:
            assert np.abs(path - path[0]).max() < 1e-6, contact
        assert contact.last > contact.first, contact
        assert abs(contact.height - path[:, 2].mean()) < 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_resting_part_is_on_the_floor_and_nothing_is_under_it(name: str) -> None:
    floor = floor_clip(name)
    for part, (path, radius) in floor.surface().items():
        assert (path[:, 2] - radius - ground_under(path, floor.ledge)).min() > -0.0056, part
    for contact in floor.contacts:
        skin = SKIN.get(contact.slot.partition("_")[2])
        if skin and not contact.other and name != "hang":
            assert contact.height == pytest.approx(contact.level + skin, abs=0.006), contact


@pytest.mark.parametrize("name", NAMES)
def test_nothing_jumps(name: str) -> None:
    rotations = floor_clip(name).clip.rotations
    cosines = np.abs((rotations[1:] * rotations[:-1]).sum(axis=-1))
    assert np.degrees(2 * np.arccos(np.clip(cosines, 0.0, 1.0))).max() < 33.0


def test_bone_detection_knows_every_slot() -> None:
    bones = detect_bones(floor_clip("crawl").clip.skeleton).bones()
    assert {bone: slot for slot, bone in bones.items()}.items() <= SLOTS.items()
    assert len(bones) == len(SLOTS) - 2  # all but one knuckle for each hand
