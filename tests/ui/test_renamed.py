"""The names that were replaced by better ones still work, each one of the table."""

import argparse
import math

import bpy
import pytest

from tests.ui.acts import module, refusal

pytestmark = pytest.mark.usefixtures("addon")


def test_operators_under_their_old_names() -> None:
    renamed = module("renamed").OPERATORS
    assert renamed["mend_g1_motion"] == "fix_g1_motion"
    for old, new in renamed.items():
        kinds = [getattr(bpy.ops.aimocap, name).get_rna_type() for name in (old, new)]
        assert kinds[0].properties.keys() == kinds[1].properties.keys()
        assert [kind.description for kind in kinds] == [kinds[1].description] * 2
        options = [getattr(bpy.types, f"AIMOCAP_OT_{name}").bl_options for name in (old, new)]
        assert options[0] == options[1] | {"INTERNAL"}  # no search finds it
    bpy.ops.aimocap.add_g1_rig()
    assert refusal(bpy.ops.aimocap.mend_g1_motion) == refusal(bpy.ops.aimocap.fix_g1_motion)


@pytest.mark.parametrize("name", ["mend_g1_motion", "fix_g1_motion"])
def test_an_operators_option_under_its_old_name(name: str) -> None:
    properties = bpy.context.window_manager.operator_properties_last(f"aimocap.{name}")
    properties.share = 0.5
    assert (properties.fraction, properties.share) == (0.5, 0.5)
    assert properties.is_property_set("fraction")
    shown = properties.bl_rna.properties["share"]
    assert (shown.is_hidden, shown.is_skip_preset or shown.is_skip_save) == (True, True)
    properties.fraction = 0.25
    assert math.isclose(properties.share, 0.25)


def test_flags_under_their_old_names() -> None:
    flags, table = module("command.flags"), module("renamed").FLAGS
    for old, new in table.items():
        parser = argparse.ArgumentParser()
        flags.add_flag(parser, new, action="store_true", help="what it does")
        assert parser.parse_args([old]) == parser.parse_args([new]) != parser.parse_args([])
        assert old not in parser.format_help()
    parsed = module("command.verbs")._parser().parse_args(["g1", "walk.csv", "--output", "robot", "--no-mend"])
    assert parsed.no_fix
