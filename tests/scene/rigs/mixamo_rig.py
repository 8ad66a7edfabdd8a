"""A control rig on a Mixamo skeleton, with names, parents and constraints as Mixamo's add-on for Blender gives them.

Shapes, colours and what rolls a foot besides its own controls are left out.
"""

from typing import Any

import bpy
import numpy as np
from mathutils import Vector

SPINE = ("Spine", "Spine1", "Spine2", "Neck", "Head")


def add_control_rig(obj: bpy.types.Object) -> None:
    """Add the controls to an armature object with Mixamo's bones, all limbs by FK."""
    prefix = next(bone.name for bone in obj.data.bones if bone.name.endswith("Hips")).removesuffix("Hips")
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    _Edit(obj, prefix).all_bones()
    bpy.ops.object.mode_set(mode="OBJECT")
    _Pose(obj, prefix).all_constraints()


class _Edit:
    def __init__(self, obj: bpy.types.Object, prefix: str) -> None:
        self.bones: Any = obj.data.edit_bones
        self.prefix = prefix

    def like(self, name: str, source: str, parent: str = "") -> Any:
        bone, other = self.bones.new(name), self.bones[source]
        bone.head, bone.tail, bone.roll = other.head, other.tail, other.roll
        bone.use_deform = False
        if parent:
            bone.parent = self.bones[parent]
        return bone

    def all_bones(self) -> None:
        master = self.bones.new("Ctrl_Master")
        master.head, master.tail, master.use_deform = (0, 0, 0), (0, 0, 0.1), False
        hips = f"{self.prefix}Hips"
        self.like("Ctrl_Hips", hips, "Ctrl_Master")
        free = self.like("Ctrl_Hips_Free", hips, "Ctrl_Hips")
        free.head, free.tail = self.bones[hips].tail, self.bones[hips].head
        self.like("Hips_Free_Helper", hips, "Ctrl_Hips_Free")
        for below, name in zip(("Hips", *SPINE), SPINE, strict=False):
            self.like(f"Ctrl_{name}", f"{self.prefix}{name}", f"Ctrl_{below}")
        for side in ("Left", "Right"):
            self.arm(side)
            self.leg(side)

    def chain(self, side: str, parts: tuple[str, str, str], parent: str, bend: Vector, roll: str) -> None:
        """The two bones of IK, bent a little towards `bend`, and FK controls like them."""
        upper, lower, end = (self.bones[f"{self.prefix}{side}{part}"] for part in parts)
        along, middle = (end.head - upper.head).normalized(), (upper.head + end.head) / 2.0
        out = lower.head - middle
        side_step = max((out - along * out.dot(along)).length, 0.002 * upper.length)
        across = (bend - along * bend.dot(along)).normalized()
        joint = upper.head + along * (lower.head - upper.head).dot(along) + across * side_step
        one, two = f"{parts[0]}_IK_{side}", f"{parts[1]}_IK_{side}"
        first = self.like(one, upper.name, parent)
        first.tail = joint
        second = self.like(two, lower.name, one)
        second.head, second.tail = joint, end.head
        for bone in (first, second):
            if roll == "z":
                bone.align_roll(across)
            else:
                bone.align_roll(bone.y_axis.cross(-across))

    def arm(self, side: str) -> None:
        self.like(f"Ctrl_Shoulder_{side}", f"{self.prefix}{side}Shoulder", "Ctrl_Spine2")
        parts = ("Arm", "ForeArm", "Hand")
        self.chain(side, parts, f"Ctrl_Shoulder_{side}", Vector((0, 1, 0)), "x")
        self.like(f"Ctrl_Arm_FK_{side}", f"Arm_IK_{side}", "Ctrl_Spine2")
        self.like(f"Ctrl_ForeArm_FK_{side}", f"ForeArm_IK_{side}", f"Ctrl_Arm_FK_{side}")
        hand = f"{self.prefix}{side}Hand"
        self.like(f"Ctrl_Hand_FK_{side}", hand, f"Ctrl_ForeArm_FK_{side}")
        self.like(f"Ctrl_Hand_IK_{side}", hand)
        self.pole(f"Ctrl_ArmPole_IK_{side}", f"Arm_IK_{side}", f"ForeArm_IK_{side}")

    def pole(self, name: str, upper: str, lower: str) -> None:
        one, two = self.bones[upper], self.bones[lower]
        pole, out = self.like(name, lower), two.head - (one.head + two.tail) / 2.0
        pole.head = two.head + out.normalized() * one.length
        pole.tail, pole.roll = pole.head + Vector((0, 0, one.length / 2.0)), 0.0

    def leg(self, side: str) -> None:
        self.chain(side, ("UpLeg", "Leg", "Foot"), "Ctrl_Hips_Free", Vector((0, -1, 0)), "z")
        self.like(f"Ctrl_UpLeg_FK_{side}", f"UpLeg_IK_{side}", "Ctrl_Hips_Free")
        self.like(f"Ctrl_Leg_FK_{side}", f"Leg_IK_{side}", f"Ctrl_UpLeg_FK_{side}")
        foot, toe = f"{self.prefix}{side}Foot", f"{self.prefix}{side}ToeBase"
        for name, parent in ((f"Ctrl_Foot_FK_{side}", f"Ctrl_Leg_FK_{side}"), (f"Ctrl_Foot_IK_{side}", "")):
            flat = self.like(name, foot, parent)
            flat.tail.z = flat.head.z
            flat.align_roll(Vector((0, 0, 1)))
        self.like(f"Foot_FK_{side}", foot, f"Ctrl_Foot_FK_{side}")
        self.like(f"Foot_IK_{side}", foot, f"Ctrl_Foot_IK_{side}")
        end = self.like(f"ToeEnd_{side}", toe, f"Ctrl_Foot_IK_{side}")
        end.head, end.tail = end.tail.copy(), end.tail * 2.0 - end.head
        ahead = self.like(f"Ctrl_Foot_01_{side}", foot, f"ToeEnd_{side}")
        step = ahead.tail - ahead.head
        ahead.head, ahead.tail = ahead.head + step, ahead.tail + step
        target = self.like(f"Foot_IK_target_{side}", foot, f"Ctrl_Foot_01_{side}")
        target.tail = target.head - step / 4.0
        above = self.like(f"Foot_01_Pole_{side}", foot, f"Ctrl_Foot_01_{side}")
        above.head = ahead.head + ahead.z_axis * step.length * 2.0
        above.tail = above.head + ahead.z_axis * step.length
        self.like(f"Ctrl_Toe_IK_{side}", toe, f"ToeEnd_{side}")
        self.like(f"Ctrl_Toe_FK_{side}", toe, f"Foot_FK_{side}")
        self.like(f"Ctrl_FootRoll_Cursor_{side}", f"Ctrl_Foot_IK_{side}", f"Ctrl_Foot_IK_{side}")
        self.pole(f"Ctrl_LegPole_IK_{side}", f"UpLeg_IK_{side}", f"Leg_IK_{side}")


class _Pose:
    def __init__(self, obj: bpy.types.Object, prefix: str) -> None:
        self.obj, self.prefix = obj, prefix

    def add(self, bone: str, kind: str, target: str, **settings: Any) -> Any:
        constraint: Any = self.obj.pose.bones[bone].constraints.new(kind)
        constraint.target, constraint.subtarget = self.obj, target
        for name, value in settings.items():
            setattr(constraint, name, value)
        return constraint

    def child_of(self, bone: str, parent: str) -> None:
        self.add(bone, "CHILD_OF", parent).inverse_matrix = self.obj.pose.bones[parent].bone.matrix_local.inverted()

    def follow(self, bone: str, by_ik: str, by_fk: str, switch: str, kind: str = "COPY_TRANSFORMS") -> None:
        self.add(f"{self.prefix}{bone}", kind, by_ik)
        constraint = self.add(f"{self.prefix}{bone}", kind, by_fk)
        driver = constraint.driver_add("influence").driver
        driver.type, driver.expression = "SCRIPTED", "var"
        variable = driver.variables.new()
        variable.name, variable.type = "var", "SINGLE_PROP"
        variable.targets[0].id, variable.targets[0].data_path = self.obj, f'pose.bones["{switch}"]["ik_fk_switch"]'

    def all_constraints(self) -> None:
        self.add(f"{self.prefix}Hips", "COPY_TRANSFORMS", "Hips_Free_Helper")
        for name in SPINE:
            self.add(f"{self.prefix}{name}", "COPY_TRANSFORMS", f"Ctrl_{name}")
        for bone in self.obj.pose.bones:
            if bone.name.startswith("Ctrl_"):
                bone.rotation_mode = "XYZ"
        for side in ("Left", "Right"):
            self.arm(side)
            self.leg(side)

    def solver(self, bone: str, target: str, pole: str, free: str) -> None:
        constraint = self.add(
            bone, "IK", target, pole_target=self.obj, pole_subtarget=pole, chain_count=2, use_stretch=False
        )
        lower = self.obj.pose.bones[bone]
        for axis in {"x", "y", "z"} - {free}:
            setattr(lower, f"lock_ik_{axis}", True)
        constraint.pole_angle = 0.0 if free == "z" else np.pi / 2.0

    def arm(self, side: str) -> None:
        switch = f"Ctrl_Hand_IK_{side}"
        self.obj.pose.bones[switch]["ik_fk_switch"] = 1.0
        self.add(f"{self.prefix}{side}Shoulder", "COPY_TRANSFORMS", f"Ctrl_Shoulder_{side}")
        self.add(f"Ctrl_Arm_FK_{side}", "COPY_LOCATION", f"Ctrl_Shoulder_{side}", head_tail=1.0)
        self.solver(f"ForeArm_IK_{side}", switch, f"Ctrl_ArmPole_IK_{side}", "z")
        self.child_of(f"Ctrl_ArmPole_IK_{side}", "Ctrl_Hips")
        self.child_of(switch, "Ctrl_Master")
        for part in ("Arm", "ForeArm"):
            self.follow(f"{side}{part}", f"{part}_IK_{side}", f"Ctrl_{part}_FK_{side}", switch)
        self.follow(f"{side}Hand", switch, f"Ctrl_Hand_FK_{side}", switch, "COPY_ROTATION")

    def leg(self, side: str) -> None:
        switch = f"Ctrl_Foot_IK_{side}"
        self.obj.pose.bones[switch]["ik_fk_switch"] = 1.0
        self.solver(f"Leg_IK_{side}", f"Foot_IK_target_{side}", f"Ctrl_LegPole_IK_{side}", "x")
        foot = f"Foot_IK_{side}"
        self.add(foot, "COPY_LOCATION", f"Leg_IK_{side}", head_tail=1.0)
        self.add(foot, "TRACK_TO", f"Ctrl_Foot_01_{side}", track_axis="TRACK_Y", up_axis="UP_Z", use_target_z=True)
        self.add(foot, "LOCKED_TRACK", f"Foot_01_Pole_{side}", track_axis="TRACK_Z", lock_axis="LOCK_Y")
        self.child_of(switch, "Ctrl_Master")
        self.child_of(f"Ctrl_LegPole_IK_{side}", switch)
        for part in ("UpLeg", "Leg"):
            self.follow(f"{side}{part}", f"{part}_IK_{side}", f"Ctrl_{part}_FK_{side}", switch)
        self.follow(f"{side}Foot", foot, f"Foot_FK_{side}", switch)
        self.follow(f"{side}ToeBase", f"Ctrl_Toe_IK_{side}", f"Ctrl_Toe_FK_{side}", switch, "COPY_ROTATION")
