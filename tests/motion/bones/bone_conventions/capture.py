"""Capture suits, cameras and recorded libraries."""

from collections.abc import Mapping

from tests.motion.bones.convention_figures import Convention

from .notation import LONG, PLAIN, SMALL, SMALL_WORDS, fingers

CAPTURE: Mapping[str, Convention] = {
    "Xsens": Convention(
        "Pelvis|L5 L3 T12 T8|Neck|Head",
        "@Shoulder @UpperArm @ForeArm @Hand",
        "@UpperLeg @LowerLeg @Foot @Toe",
        sides=LONG,
    ),
    "Perception Neuron": Convention(
        "Robot_Hips|Robot_Spine Robot_Spine1 Robot_Spine2 Robot_Spine3|Robot_Neck|Robot_Head",
        "Robot_@Shoulder Robot_@Arm Robot_@ForeArm Robot_@Hand",
        "Robot_@UpLeg Robot_@Leg Robot_@Foot -",
        fingers("Robot_@Hand%#", PLAIN),
        LONG,
        tuple(f"Robot_@InHand{finger}>Robot_@Hand{finger}1" for finger in PLAIN.split()[1:]),
    ),
    "Rokoko": Convention(
        "Hips|Spine1 Spine2 Spine3 Spine4|Neck|Head",
        "@Shoulder @Arm @ForeArm @Hand",
        "@Thigh @Shin @Foot @Toe",
        "@Finger1Metacarpal @Finger1Proximal @Finger1Distal|"
        + "|".join(f"@Finger{n}Proximal @Finger{n}Medial @Finger{n}Distal" for n in (2, 3, 4, 5)),
        LONG,
        (
            *(f"@Finger{n}Metacarpal>@Finger{n}Proximal" for n in (2, 3, 4, 5)),
            *(f"@Finger{n}Tip<@Finger{n}Distal" for n in (1, 2, 3, 4, 5)),
            "@ToeTip<@Toe",
        ),
    ),
    "OptiTrack": Convention(
        "Skeleton_Hip|Skeleton_Ab Skeleton_Chest|Skeleton_Neck|Skeleton_Head",
        "Skeleton_@Shoulder Skeleton_@UArm Skeleton_@FArm Skeleton_@Hand",
        "Skeleton_@Thigh Skeleton_@Shin Skeleton_@Foot Skeleton_@Toe",
        fingers("Skeleton_@%#", PLAIN),
    ),
    "LAFAN": Convention(
        "Hips|Spine Spine1 Spine2|Neck|Head", "@Shoulder @Arm @ForeArm @Hand", "@UpLeg @Leg @Foot @Toe", sides=LONG
    ),
    "Poser BVH": Convention(
        "hip|abdomen chest|neck|head",
        "@Collar @Shldr @ForeArm @Hand",
        "@Thigh @Shin @Foot -",
        sides=SMALL,
        extra=("@Buttock>@Thigh", "@Eye<head"),
    ),
    "Bandai Namco BVH": Convention(
        "Hips|Spine Chest|Neck|Head",
        "Shoulder_@ UpperArm_@ LowerArm_@ Hand_@",
        "UpperLeg_@ LowerLeg_@ Foot_@ Toes_@",
        extra=("joint_Root>Hips",),
    ),
    "Kinect": Convention(
        "SpineBase|SpineMid SpineShoulder|Neck|Head",
        "- Shoulder@ Elbow@ Wrist@",
        "Hip@ Knee@ Ankle@ Foot@",
        sides=LONG,
        extra=("Hand@<Wrist@", "HandTip@<Hand@"),
    ),
    "ARKit": Convention(
        "hips_joint|spine_1_joint spine_2_joint spine_3_joint spine_4_joint spine_5_joint spine_6_joint spine_7_joint"
        "|neck_1_joint neck_2_joint neck_3_joint neck_4_joint|head_joint",
        "@_shoulder_1_joint @_arm_joint @_forearm_joint @_hand_joint",
        "@_upLeg_joint @_leg_joint @_foot_joint @_toes_joint",
        fingers("@_hand%_#_joint", PLAIN),
        SMALL_WORDS,
        (
            "root>hips_joint",
            *(f"@_hand{finger}Start_joint>@_hand{finger}_1_joint" for finger in PLAIN.split()[1:]),
            *(f"@_hand{finger}End_joint<@_hand{finger}_3_joint" for finger in PLAIN.split()[1:]),
            "@_toesEnd_joint<@_toes_joint",
            "jaw_joint<head_joint",
            "chin_joint<jaw_joint",
            "@_eye_joint<head_joint",
            "@_eyeball_joint<@_eye_joint",
            "nose_joint<head_joint",
        ),
    ),
    "SOMA": Convention(
        "Hips|Spine1 Spine2 Chest|Neck1 Neck2|Head",
        "@Shoulder @Arm @ForeArm @Hand",
        "@Leg @Shin @Foot @ToeBase",
        fingers("@Hand%#", PLAIN),
        LONG,
        ("Root>Hips", "HeadEnd<Head", "Jaw<Head", "@Eye<Head", "@ToeEnd<@ToeBase"),
    ),
    "OpenSim": Convention(
        "pelvis|lumbar torso|neck|head",
        "- humerus_@ ulna_@ hand_@",
        "femur_@ tibia_@ talus_@ toes_@",
        sides=("l", "r"),
        extra=("radius_@>hand_@", "calcn_@>toes_@", "patella_@<femur_@"),
    ),
    "inertial sensors": Convention(
        "Pelvis|Lower_spine Upper_spine|Neck|Head",
        "Collar_@ Upper_arm_@ Forearm_@ Hand_@",
        "Thigh_@ Shank_@ Foot_@ -",
        sides=("LT", "RT"),
    ),
}
