"""All of the service's network timeouts in one value."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timeouts:
    """Seconds.

    Attributes:
        connect: until a connection is open, encryption included.
        send: until one block of an upload has left this machine.
        answer: until an answer begins.
        whole: for a whole exchange of JSON, and for an upload's answer after its last byte.
        stall: until the next block of a download arrives.
    """

    connect: float = 20.0
    send: float = 60.0
    answer: float = 300.0
    whole: float = 300.0
    stall: float = 60.0
