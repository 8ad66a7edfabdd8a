"""Faults of what environment variables set: these are named, and not the preferences that they override."""

from ..service.faults import Kind
from ..takes.configuration import configuration
from ..texts.text import Text


def next_steps() -> dict[str, Text]:
    """Return the kinds of fault whose cause an environment variable sets, and what to do about it."""
    now, steps = configuration(), dict[str, Text]()
    if now.key_variable:
        steps[Kind.KEY] = Text(
            "Set the environment variable {name} to a valid key of the service.", name=now.key_variable
        )
    if now.url_variable:
        address = Text(
            "Set the environment variable {name} to the service's address, such as https://aimocap.net.",
            name=now.url_variable,
        )
        steps |= dict.fromkeys((Kind.ADDRESS, Kind.NO_SERVICE, Kind.REDIRECT), address)
    return steps
