"""Buffers of a network's values, whose memory is used again as soon as it is free."""

import numpy as np

from .network_graph import Picture

_SCRATCH = 262_144  # numbers, more than most blocks: a buffer that must grow leaves another one behind, still in use


class NetworkBuffers:
    """Buffers for values, for use within a block, and constant ones."""

    def __init__(self) -> None:
        self._free: list[Picture] = []
        self._scratches: dict[str, Picture] = {}
        self._constants: dict[float, Picture] = {}

    def take(self, shape: tuple[int, ...]) -> Picture:
        """Return a buffer of this shape, of the smallest memory that is free and large enough; anything is in it."""
        count = int(np.prod(shape))
        fitting = [place for place, memory in enumerate(self._free) if memory.size >= count]
        if not fitting:
            return np.empty(count, np.float32).reshape(shape)
        memory = self._free.pop(min(fitting, key=lambda place: self._free[place].size))
        return memory[:count].reshape(shape)

    def give_back(self, buffer: Picture) -> None:
        """Have the buffer's memory ready for another value."""
        memory = buffer.base
        assert memory is not None  # noqa: S101 -- `take` reshaped it
        self._free.append(memory)

    def scratch(self, role: str, shape: tuple[int, ...]) -> Picture:
        """Return the buffer of that role; what is in it lasts until the role's next use."""
        count = int(np.prod(shape))
        if role not in self._scratches or self._scratches[role].size < count:
            self._scratches[role] = np.empty(max(count, _SCRATCH), np.float32)
        return self._scratches[role][:count].reshape(shape)

    def constant(self, value: float, shape: tuple[int, ...]) -> Picture:
        """Return a buffer full of one number, which must stay."""
        count = int(np.prod(shape))
        if value not in self._constants or self._constants[value].size < count:
            self._constants[value] = np.full(count, value, np.float32)
        return self._constants[value][:count].reshape(shape)
