"""Names that people give by hand, in their own languages and habits."""

from collections.abc import Mapping

from tests.motion.bones.convention_figures import Convention

from .notation import LONG, SMALL, fingers

PEOPLE: Mapping[str, Convention] = {
    "German": Convention(
        "Becken|Wirbelsäule_01 Wirbelsäule_02 Brust|Hals|Kopf",
        "Schlüsselbein_@ Oberarm_@ Unterarm_@ Hand_@",
        "Oberschenkel_@ Unterschenkel_@ Fuß_@ Zehen_@",
        fingers("%_0#_@", "Daumen Zeigefinger Mittelfinger Ringfinger KleinerFinger"),
        extra=("Auge_@<Kopf", "Kiefer<Kopf", "Haare_01<Kopf"),
    ),
    "German words": Convention(
        "Hüfte|Rücken_unten Rücken_oben|Nacken|Kopf",
        "Schulter.@ Oberarm.@ Unterarm.@ Hand.@",
        "Oberschenkel.@ Unterschenkel.@ Fuss.@ Zeh.@",
        fingers("%.#.@", "Daumen Zeigefinger Mittelfinger Ringfinger Kleinfinger"),
        ("links", "rechts"),
    ),
    "French": Convention(
        "Bassin|Colonne1 Colonne2 Torse|Cou|Tête",
        "Epaule_@ Bras_@ AvantBras_@ Main_@",
        "Cuisse_@ Jambe_@ Pied_@ Orteils_@",
        fingers("%#_@", "Pouce Index Majeur Annulaire Auriculaire"),
        ("G", "D"),
        ("Oeil_@<Tête", "Machoire<Tête"),
    ),
    "French words": Convention(
        "Hanches|Colonne Poitrine|Nuque|Tête",
        "Clavicule_@ Bras_@ Avant-bras_@ Main_@",
        "Cuisse_@ Tibia_@ Cheville_@ Orteils_@",
        sides=("gauche", "droite"),
    ),
    "Spanish": Convention(
        "Cadera|Columna1 Columna2 Pecho|Cuello|Cabeza",
        "Clavicula_@ Brazo_@ Antebrazo_@ Mano_@",
        "Muslo_@ Pantorrilla_@ Pie_@ -",
        fingers("%#_@", "Pulgar Indice Medio Anular Menique"),
        ("izq", "der"),
    ),
    "Italian": Convention(
        "Bacino|Colonna1 Colonna2 Torace|Collo|Testa",
        "Clavicola_@ Braccio_@ Avambraccio_@ Mano_@",
        "Coscia_@ Polpaccio_@ Piede_@ -",
        fingers("%#_@", "Pollice Indice Medio Anulare Mignolo"),
        ("sx", "dx"),
    ),
    "Japanese": Convention(
        "腰|背骨 胸|首|頭",
        "@鎖骨 @上腕 @前腕 @手",
        "@太もも @すね @足首 @つま先",
        fingers("@%#", "親指 人差し指 中指 薬指 小指"),
        ("左", "右"),
    ),
    "Japanese in letters": Convention(
        "koshi|sebone mune|kubi|atama",
        "sakotsu_@ kata_@ hiji_@ tekubi_@",
        "momo_@ hiza_@ ashikubi_@ tsumasaki_@",
        fingers("%#_@", "oyayubi hitosashiyubi nakayubi kusuriyubi koyubi"),
    ),
    "Chinese": Convention(
        "骨盆|脊椎1 脊椎2 胸|颈|头",
        "@锁骨 @上臂 @前臂 @手",
        "@大腿 @小腿 @脚 @脚趾",
        fingers("@%#", "拇指 食指 中指 无名指 小指"),
        ("左", "右"),
    ),
    "Hobbyist": Convention(
        "Hips|Spine Spine.001|Neck|Head",
        "- Arm.@ Arm.@.001 Hand.@",
        "Leg.@ Leg.@.001 Foot.@ Toe.@",
        extra=("Root>Hips",),
    ),
    "Hobbyist, numbers": Convention("Hip|Body1 Body2|Neck|Head", "- @Arm1 @Arm2 @Hand", "@Leg1 @Leg2 @Foot -"),
    "Words with spaces": Convention(
        "Pelvis,|Lower Spine,Upper Spine|Neck,|Head,",
        "@ Collar Bone,@ Upper Arm,@ Lower Arm,@ Hand",
        "@ Upper Leg,@ Lower Leg,@ Foot,@ Toes",
        sides=LONG,
    ),
    "Limb first": Convention(
        "pelvis|spine_a spine_b|neck|head",
        "arm_clav_@ arm_upper_@ arm_lower_@ arm_hand_@",
        "leg_upper_@ leg_lower_@ leg_foot_@ leg_toe_@",
        sides=SMALL,
    ),
    "A chain of vertebrae": Convention(
        "pelvis|" + " ".join(f"vertebra_{n:02}" for n in range(1, 13)) + "|cervical_1 cervical_2 cervical_3|skull",
        "clavicle_@ humerus_@ radius_@ wrist_@",
        "femur_@ tibia_@ ankle_@ toe_@",
        sides=SMALL,
    ),
}
