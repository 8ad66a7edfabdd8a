"""Rigging tools, pose networks and languages with habits of their own."""
# ruff: noqa: RUF001 -- Russian letters look like Latin ones

from collections.abc import Mapping

from tests.motion.bones.convention_figures import Convention

from .notation import LONG, SMALL, SMALL_WORDS, fingers

_FINGERS = ("index", "middle", "ring", "pinky")

FURTHER: Mapping[str, Convention] = {
    "CMU BVH with hip joints": Convention(
        "Hips|lowerback Chest Chest2|lowerneck Neck|Head",
        "@Collar @Shoulder @Elbow @Wrist",
        "@Hip @Knee @Ankle @Toe",
        sides=LONG,
        extra=(
            *("LHipJoint>LeftHip", "RHipJoint>RightHip"),
            *("lhand<LeftWrist", "LFingers<lhand", "LThumb<LeftWrist", "rhand<RightWrist", "RFingers<rhand"),
        ),
    ),
    "Numbered limbs": Convention(
        "pelvis|spine1 spine2 spine3|neck|head",
        "clavicle_@ arm1_@ arm2_@ arm3_@",
        "leg1_@ leg2_@ leg3_@ leg4_@",
        sides=SMALL,
    ),
    "Numbered limbs, side first": Convention(
        "Hips|Spine1 Spine2|Neck|Head", "- @_Arm_01 @_Arm_02 @_Hand", "@_Leg_01 @_Leg_02 @_Leg_03 -"
    ),
    "mGear": Convention(
        "spine_C0_0_jnt|spine_C0_1_jnt spine_C0_2_jnt spine_C0_3_jnt|neck_C0_0_jnt neck_C0_1_jnt|neck_C0_head_jnt",
        "shoulder_@0_shoulder_jnt arm_@0_0_jnt arm_@0_2_jnt arm_@0_end_jnt",
        "leg_@0_0_jnt leg_@0_2_jnt leg_@0_end_jnt foot_@0_0_jnt",
        "thumb_@0_0_jnt thumb_@0_1_jnt thumb_@0_2_jnt|"
        + "|".join(f"finger_@{n}_0_jnt finger_@{n}_1_jnt finger_@{n}_2_jnt" for n in range(4)),
        extra=(
            *("global_C0_0_jnt>spine_C0_0_jnt", "arm_@0_1_jnt>arm_@0_2_jnt", "arm_@0_3_jnt>arm_@0_end_jnt"),
            *("leg_@0_1_jnt>leg_@0_2_jnt", "leg_@0_3_jnt>leg_@0_end_jnt", "foot_@0_1_jnt<foot_@0_0_jnt"),
            *(f"meta_@0_{n}_jnt>finger_@{n}_0_jnt" for n in range(4)),
            *("mouth_C0_jaw_jnt<neck_C0_head_jnt", "eye_@0_eye_jnt<neck_C0_head_jnt"),
        ),
    ),
    "mGear without divisions": Convention(
        "spine_C0_0_jnt|spine_C0_1_jnt spine_C0_2_jnt|neck_C0_0_jnt|neck_C0_head_jnt",
        "shoulder_@0_shoulder_jnt arm_@0_0_jnt arm_@0_1_jnt arm_@0_end_jnt",
        "leg_@0_0_jnt leg_@0_1_jnt leg_@0_end_jnt foot_@0_0_jnt",
        extra=("local_C0_root_jnt>spine_C0_0_jnt",),
    ),
    "mGear for games": Convention(
        "spine_C0_pelvis_jnt|spine_C0_01_jnt spine_C0_02_jnt spine_C0_03_jnt|neck_C0_01_jnt|neck_C0_head_jnt",
        "clavicle_@0_0_jnt uparm_@0_0_jnt lowarm_@0_0_jnt hand_@0_0_jnt",
        "upleg_@0_0_jnt lowleg_@0_0_jnt foot_@0_0_jnt ball_@0_0_jnt",
    ),
    "FreeMoCap": Convention(
        "pelvis|spine spine.001|neck|face",
        "shoulder.@ upper_arm.@ forearm.@ hand.@",
        "thigh.@ shin.@ foot.@ -",
        "thumb.01.@ thumb.02.@ thumb.03.@|"
        + "|".join(f"f_{finger}.01.@ f_{finger}.02.@ f_{finger}.03.@" for finger in _FINGERS),
        extra=(
            *("root>pelvis", "pelvis.@>thigh.@", "heel.02.@<foot.@", "thumb.carpal.@>thumb.01.@"),
            *(f"palm.0{n}.@>f_{finger}.01.@" for n, finger in enumerate(_FINGERS, 1)),
        ),
    ),
    "FreeMoCap's markers": Convention(
        "hips_center|trunk_center|neck_center|head_center",
        "- @_shoulder @_elbow @_wrist",
        "@_hip @_knee @_ankle @_foot_index",
        sides=SMALL_WORDS,
        extra=(
            *("nose<head_center", "@_eye_inner<head_center", "@_ear<head_center", "mouth_@<head_center"),
            *("@_heel<@_ankle", "@_pinky<@_wrist", "@_index<@_wrist", "@_thumb<@_wrist"),
        ),
    ),
    "Human3.6M": Convention(
        "Hip|Spine Thorax|Neck|Head", "- @Shoulder @Elbow @Wrist", "@Hip @Knee @Foot -", extra=("Site<Head",)
    ),
    "Russian": Convention(
        "Таз|Позвоночник1 Позвоночник2 Грудь|Шея|Голова",
        "Ключица.@ Плечо.@ Предплечье.@ Кисть.@",
        "Бедро.@ Голень.@ Стопа.@ Носок.@",
        fingers("%#.@", "Большой Указательный Средний Безымянный Мизинец"),
        extra=("Глаз.@<Голова", "Челюсть<Голова", "Волосы<Голова"),
    ),
    "Russian words": Convention(
        "таз|поясница грудь|шея|голова",
        "@_ключица @_плечо @_предплечье @_кисть",
        "@_бедро @_голень @_ступня @_пальцы_ноги",
        sides=("левая", "правая"),
    ),
    "Russian letters": Convention(
        "Кость_Таз|Кость_Спина Кость_Грудь|Кость_Шея|Кость_Голова",
        "- Кость_Рука_Верх_@ Кость_Рука_Низ_@ Кость_Ладонь_@",
        "Кость_Нога_Верх_@ Кость_Нога_Низ_@ Кость_Ступня_@ -",
        sides=("Л", "П"),
    ),
    "Russian in letters": Convention(
        "taz|pozvonochnik grud|sheya|golova",
        "klyuchitsa_@ plecho_@ predplechye_@ kist_@",
        "bedro_@ golen_@ stopa_@ nosok_@",
        sides=("lev", "prav"),
    ),
    "Portuguese": Convention(
        "Quadril|Coluna1 Coluna2 Peito|Pescoço|Cabeça",
        "Clavícula_@ Braço_@ Antebraço_@ Mão_@",
        "Coxa_@ Canela_@ Pé_@ Dedos_do_Pé_@",
        fingers("%#_@", "Polegar Indicador Médio Anelar Mínimo"),
        ("E", "D"),
        ("Olho_@<Cabeça", "Mandíbula<Cabeça", "Cabelo<Cabeça"),
    ),
    "Portuguese words": Convention(
        "Pelve|Abdômen Tórax|Pescoço|Cabeça",
        "Ombro.@ Braço.@ Antebraço.@ Mão.@",
        "Coxa.@ Perna.@ Pé.@ Dedão.@",
        sides=("Esquerdo", "Direito"),
    ),
    "Portuguese joints": Convention(
        "Bacia|Tronco|Pescoco|Cabeca",
        "- Ombro@ Cotovelo@ Pulso@",
        "Quadril@ Joelho@ Tornozelo@ -",
        sides=("Esq", "Dir"),
    ),
}
