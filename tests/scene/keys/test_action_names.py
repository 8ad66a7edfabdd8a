"""Actions have names of their own, whole in every Blender, without Blender's numbers."""

import bpy

from aimocap_blender.scene.keys.keyframes import free_name


def test_a_name_that_is_taken_gets_a_number_and_a_long_one_is_cut() -> None:
    for expected in ("Capture · Hero · 0.8–3.2 s", "Capture · Hero · 0.8–3.2 s 2", "Capture · Hero · 0.8–3.2 s 3"):
        assert bpy.data.actions.new(free_name("Capture · Hero · 0.8–3.2 s")).name == expected
    long = "Aufnahme · " + "ö" * 40
    names = [bpy.data.actions.new(free_name(long)).name for _ in range(12)]
    assert len({*names}) == 12
    assert names[0] == long[: len(names[0])]
    assert names[11].endswith("ö 12")
    assert max(len(name.encode()) for name in names) < 63


def test_a_copy_of_a_numbered_one_gets_the_next_number() -> None:
    for name in ("Walk", "Walk 2", "Take 7"):
        bpy.data.actions.new(name)
    for name, expected in (("Walk 2", "Walk 3"), ("Walk 3", "Walk 4"), ("Take 7", "Take 7 2"), ("Walk 9", "Walk 9")):
        assert bpy.data.actions.new(free_name(name)).name == expected
