"""Rigs that are generated from any skeleton: the controls are found by the skeleton, whatever its bones are called."""

from dataclasses import replace

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.skeleton import Skeleton

from ..made_figures import figure

NAMES = {
    "as Blender Studio's": {
        "hips": "Spine1",
        "spine": "Spine2",
        "chest": "Spine3",
        "neck": "Neck",
        "head": "Head",
        **{
            f"{side}_{slot}": f"{bone}.{side[0].upper()}"
            for side in ("left", "right")
            for slot, bone in (
                ("shoulder", "Shoulder"),
                ("upper_arm", "UpperArm"),
                ("lower_arm", "Forearm"),
                ("hand", "Wrist"),
                ("upper_leg", "Thigh"),
                ("lower_leg", "Knee"),
                ("foot", "Foot"),
                ("toes", "Toes"),
            )
        },
    },
    "as they come": {},
}


def rig_of(plain: Skeleton, prefix: str) -> Skeleton:
    """The skeleton within a rig: each bone hangs from a helper, and has a control and a part that deforms."""
    names, parents, rows = ["root"], [-1], [0]
    for bone, name in enumerate(plain.names):
        above = f"{prefix}{plain.names[plain.parents[bone]]}" if plain.parents[bone] >= 0 else "root"
        chain = (f"ROOT-{name}", f"{prefix}{name}")
        for new, parent in zip((*chain, f"FK-{name}", f"DEF-{name}"), (above, chain[0], "root", "root"), strict=True):
            parents.append(names.index(parent))
            names.append(new)
            rows.append(bone)
    hips = plain.names[0]
    names, parents, rows = [*names, f"TORSO-{hips}"], [*parents, 0], [*rows, 0]
    return replace(
        plain, names=tuple(names), parents=np.array(parents), rest=plain.rest[rows], tails=plain.tails[rows], options=()
    )


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("prefix", ["", "ORG-"])
def test_each_bone_has_its_control(names: dict[str, str], prefix: str) -> None:
    plain, bone_map = figure(np.random.default_rng(4), names=names or None)
    found = detect_bones(rig_of(plain, prefix))
    wanted = detect_bones(plain)
    hips = wanted.bones()["hips"]
    limbs = {slot: f"FK-{bone}" for slot, bone in wanted.bones().items() if slot.startswith(("left", "right"))}
    assert {slot for slot in bone_map.bones() if slot.startswith("left")} <= wanted.bones().keys()
    assert found.profile == "CloudRig"
    assert {slot: bone for slot, bone in found.bones().items() if slot.startswith(("left", "right"))} == limbs
    assert found.bone("hips") == f"TORSO-{hips}"
    assert found.spine_chain == tuple(f"FK-{bone}" for bone in (hips, *wanted.spine_chain))
    assert found.bone("head") == f"FK-{wanted.bone('head')}"


def test_a_plain_skeleton_with_a_few_such_names_is_none() -> None:
    plain, _ = figure(np.random.default_rng(4))
    few = replace(plain, names=(*plain.names[:-3], *(f"FK-{name}" for name in plain.names[:3])))
    assert detect_bones(few).profile == ""
