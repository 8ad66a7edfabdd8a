"""All of the service's network timeouts in one value, with the slowest transfer that is worth waiting for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timeouts:
    """Seconds, and bytes per second.

    Attributes:
        connect: until a connection is open, encryption included.
        send: until one block of an upload has left this machine.
        answer: until an answer begins.
        whole: for a whole exchange of JSON, and for an upload's answer after its last byte.
        stall: in which an upload or a download moves `least_moved` bytes, or is given up.
        slowest: bytes per second, as in curl's `--speed-limit`: low enough for a bad mobile network.
    """

    connect: float = 20.0
    send: float = 60.0
    answer: float = 300.0
    whole: float = 300.0
    stall: float = 60.0
    slowest: float = 1000.0

    @property
    def least_moved(self) -> float:
        """Bytes that a transfer moves within `stall`."""
        return self.slowest * self.stall
