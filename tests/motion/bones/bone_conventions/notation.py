"""How the conventions write what many of them have: sides and fingers."""

LONG = ("Left", "Right")
SMALL = ("l", "r")
SMALL_WORDS = ("left", "right")
PLAIN = "Thumb Index Middle Ring Pinky"


def fingers(pattern: str, names: str, numbers: str = "1 2 3") -> str:
    """`%` is the finger's name, `#` its joint's number."""
    return "|".join(
        ",".join(pattern.replace("%", name).replace("#", number) for number in numbers.split())
        for name in names.split()
    )


def hand(pattern: str, joints: str) -> str:
    """Fingers told by numbers: joints of each finger, `|` between fingers."""
    return "|".join(",".join(pattern.replace("#", joint) for joint in finger.split()) for finger in joints.split("|"))
