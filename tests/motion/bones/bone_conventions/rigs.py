"""Rigs as programs and rigging tools make them."""

from collections.abc import Mapping

from tests.motion.bones.convention_figures import Convention

from .notation import LONG, PLAIN, SMALL, fingers

RIGS: Mapping[str, Convention] = {
    "Auto-Rig Pro export": Convention(
        "root.x|spine_01.x spine_02.x spine_03.x|neck.x|head.x",
        "shoulder.@ arm_stretch.@ forearm_stretch.@ hand.@",
        "thigh_stretch.@ leg_stretch.@ foot.@ toes_01.@",
        "thumb1.@ c_thumb2.@ c_thumb3.@|index1.@ c_index2.@ c_index3.@|middle1.@ c_middle2.@ c_middle3.@"
        "|ring1.@ c_ring2.@ c_ring3.@|pinky1.@ c_pinky2.@ c_pinky3.@",
        SMALL,
        (
            "c_traj>root.x",
            "c_arm_twist_offset.@<shoulder.@",
            "forearm_twist.@<forearm_stretch.@",
            "thigh_twist.@<thigh_stretch.@",
            "leg_twist.@<leg_stretch.@",
            *(f"c_{finger}1_base.@>{finger}1.@" for finger in ("index", "middle", "ring", "pinky")),
            "breast_01.@<spine_03.x",
            "c_eye.@<head.x",
            "jawbone.x<head.x",
        ),
    ),
    "Auto-Rig Pro export, fingers' controls": Convention(
        "root.x|spine_01.x spine_02.x|neck.x|head.x",
        "shoulder.@ arm_stretch.@ forearm_stretch.@ hand.@",
        "thigh_stretch.@ leg_stretch.@ foot.@ toes_01.@",
        fingers("c_%#.@", "thumb index middle ring pinky"),
        SMALL,
        ("arm_twist.@<arm_stretch.@", "c_index1_base.@>c_index1.@", "c_pinky1_base.@>c_pinky1.@"),
    ),
    "Advanced Skeleton": Convention(
        "Root_M|Spine1_M Spine2_M Chest_M|Neck_M|Head_M",
        "Scapula_@ Shoulder_@ Elbow_@ Wrist_@",
        "Hip_@ Knee_@ Ankle_@ Toes_@",
        fingers("%Finger#_@", PLAIN),
        ("L", "R"),
        (
            "Group>Root_M",
            "RootPart1_M<Root_M",
            "ShoulderPart1_@>Elbow_@",
            "ElbowPart1_@>Wrist_@",
            "HipPart1_@>Knee_@",
            "KneePart1_@>Ankle_@",
            "Cup_@>PinkyFinger1_@",
            "Cup_@>RingFinger1_@",
            "IndexFinger4_@<IndexFinger3_@",
            "ThumbFinger4_@<ThumbFinger3_@",
            "ToesEnd_@<Toes_@",
            "Eye_@<Head_M",
            "Jaw_M<Head_M",
            "HeadEnd_M<Head_M",
        ),
    ),
    "Cascadeur": Convention(
        "pelvis|stomach chest|neck|head",
        "clavicle_@ arm_@ forearm_@ hand_@",
        "thigh_@ calf_@ foot_@ toe_@",
        fingers("%_#_@", "thumb index middle ring pinky"),
        SMALL,
    ),
    "HumanIK with rolls": Convention(
        "Hips|Spine Spine1 Spine2 Spine3|Neck Neck1|Head",
        "@Shoulder @Arm @ForeArm @Hand",
        "@UpLeg @Leg @Foot @ToeBase",
        fingers("@Hand%#", PLAIN),
        LONG,
        (
            "Reference>Hips",
            "@ArmRoll<@Arm",
            "Leaf@ArmRoll1<@Arm",
            "@ForeArmRoll<@ForeArm",
            "@UpLegRoll<@UpLeg",
            "@LegRoll<@Leg",
            *(f"@InHand{finger}>@Hand{finger}1" for finger in PLAIN.split()[1:]),
            "@HandIndex4<@HandIndex3",
            "@HandThumb4<@HandThumb3",
            "@ToeBase_End<@ToeBase",
        ),
    ),
    "Maya joints": Convention(
        "root_JNT|spine_01_JNT spine_02_JNT spine_03_JNT|neck_01_JNT|head_JNT",
        "@_clavicle_JNT @_shoulder_JNT @_elbow_JNT @_wrist_JNT",
        "@_hip_JNT @_knee_JNT @_ankle_JNT @_ball_JNT",
        fingers("@_%_0#_JNT", "thumb index middle ring pinky"),
        ("L", "R"),
        ("@_toe_JNT<@_ball_JNT", "@_index_04_JNT<@_index_03_JNT", "jaw_JNT<head_JNT"),
    ),
}
