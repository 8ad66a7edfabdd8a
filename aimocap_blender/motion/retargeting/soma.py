"""How a body stands at rest whose skeleton is SOMA's, as in the BVH files of BONES-SEED and Kimodo.

Its bones lie along one axis there: Blender's importer reads where a joint is, but not how it is rotated at rest, the
fourth to sixth number of an OFFSET, which Kimodo's files lack.
"""

import json
from pathlib import Path

import numpy as np

from ..rotations import conjugate, from_angles, from_rotation_vector, multiply, normalise, rotate
from ..skeleton import Skeleton

_TABLE = Path(__file__).with_name("soma-rest.json")
"""Joint → degrees about X, Y and Z in its parent's axes; that about Z comes first."""
_TELLING = "Spine1", "Chest", "Neck2", "LeftLeg", "LeftShin", "RightShin"
"""Joints that only SOMA's skeleton has together."""
_FROM_FILE = from_rotation_vector(np.array([np.pi / 2.0, 0.0, 0.0]))
"""From a file's axes, Y up, to those of an armature, Z up."""
_ALONG = np.cos(np.radians(1.0))


def soma_at_rest(skeleton: Skeleton) -> Skeleton | None:
    """Return the skeleton of a body that stands; None if it is another one, or its bones don't lie along one axis."""
    if not all(name in skeleton.indices for name in _TELLING):
        return None
    joints: dict[str, list[float]] = json.loads(_TABLE.read_text(encoding="utf-8"))["joints"]
    to_world = multiply(skeleton.world_rotation, _FROM_FILE)
    heads = skeleton.heads.copy()
    thigh = normalise(heads[skeleton.index("LeftShin")] - heads[skeleton.index("LeftLeg")])
    if not joints.keys() >= set(skeleton.names) or rotate(conjugate(to_world), thigh)[0] < _ALONG:
        return None
    own = from_angles(np.radians(list(map(joints.__getitem__, skeleton.names))))
    turned = multiply(to_world, multiply(own, conjugate(to_world)))
    for bone, parent in enumerate(skeleton.parents.tolist()):
        if parent >= 0:
            turned[bone] = multiply(turned[parent], turned[bone])
            heads[bone] = heads[parent] + rotate(turned[parent], heads[bone] - skeleton.heads[parent])
    return skeleton.posed(heads, multiply(turned, skeleton.rest_rotations))
