"""Buffers of a network's values, each used again as soon as it is free."""

import numpy as np

from .network_graph import Picture

Pads = tuple[int, int, int, int]


class NetworkBuffers:
    """Buffers with zeros around them, for values; without, for use within a block; and constant ones."""

    def __init__(self) -> None:
        self._free: dict[tuple[tuple[int, ...], Pads], list[Picture]] = {}
        self._scratches: dict[str, Picture] = {}
        self._constants: dict[float, Picture] = {}

    def take(self, shape: tuple[int, ...], pads: Pads) -> Picture:
        """Return a buffer for a value of this shape, with rows and columns of zeros around it that must stay."""
        above, below, left, right = pads
        whole = (shape[0] + above + below, shape[1] + left + right, *shape[2:]) if any(pads) else shape
        free = self._free.get((whole, pads))
        return free.pop() if free else np.zeros(whole, np.float32)

    def give_back(self, whole: Picture, pads: Pads) -> None:
        """Have the buffer ready for another value."""
        self._free.setdefault((whole.shape, pads), []).append(whole)

    def scratch(self, role: str, shape: tuple[int, ...]) -> Picture:
        """Return the buffer of that role; what is in it lasts until the role's next use."""
        count = int(np.prod(shape))
        if role not in self._scratches or self._scratches[role].size < count:
            self._scratches[role] = np.empty(count, np.float32)
        return self._scratches[role][:count].reshape(shape)

    def constant(self, value: float, shape: tuple[int, ...]) -> Picture:
        """Return a buffer full of one number, which must stay."""
        count = int(np.prod(shape))
        if value not in self._constants or self._constants[value].size < count:
            self._constants[value] = np.full(count, value, np.float32)
        return self._constants[value][:count].reshape(shape)
