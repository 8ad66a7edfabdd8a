"""The service, reached from Blender."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..service.client import Service


def connect(base_url: str, key: str) -> "Service":
    """The service at an address.

    Raises:
        ServiceFault: this Blender comes without `requests`.
    """
    from ..service.client import Service  # noqa: PLC0415 -- loads `requests`: late, and not every Blender has it

    return Service(base_url, key)
