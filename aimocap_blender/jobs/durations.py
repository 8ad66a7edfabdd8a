"""Durations in a form that is read at a glance."""

MINUTE, HOUR, DAY = 60, 3600, 86400


def age(seconds: float) -> str:
    """Return an age in its largest unit; '' for less than a minute."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit:.0f} {name}"
    return ""


def clock(seconds: float) -> str:
    """Return minutes and seconds."""
    minutes, rest = divmod(int(seconds), MINUTE)
    return f"{minutes}:{rest:02d}"
