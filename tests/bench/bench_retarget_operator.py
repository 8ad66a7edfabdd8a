"""The time that a user waits for Retarget from Armature, foot lock and report included, next to `nla.bake`.

600 frames onto 52 bones, without a mesh and with one, each beside constraints that are baked in the same run; then onto
a rig that Rigify generated. Without a rig a foot contact is then changed and the feet solved again: 0.2 s is the aim.
"""

import sys
from pathlib import Path

from .child_runs import run_child

WITHOUT_MESH, WITH_MESH, RIGIFY = 0, 40_000, -1

if __name__ == "__main__":
    sys.exit(run_child(Path(__file__).with_name("retarget_operator_child.py"), (WITHOUT_MESH, WITH_MESH, RIGIFY)))
