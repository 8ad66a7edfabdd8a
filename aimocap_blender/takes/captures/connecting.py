"""The connection from Blender to the service."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...service.client import Service


def connect(base_url: str, key: str) -> "Service":
    """Return the service at an address.

    Raises:
        ServiceFault: Blender's Python has no `requests`, or the address or the key is invalid.
    """
    from ...service.client import Service  # noqa: PLC0415 -- loads `requests` late, since not every Blender has it

    return Service(base_url, key)
