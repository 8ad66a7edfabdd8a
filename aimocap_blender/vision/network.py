"""A network that runs in numpy alone, in about twice the time of a runtime made for it."""

import numpy as np

from ..motion.rotations import FloatArray
from .network_graph import NetworkGraph, Picture
from .network_plan import NetworkPlan

ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "BLIS")} | {
    "VECLIB_MAXIMUM_THREADS": "1"
}
"""Variables of a process that runs networks, set before numpy is imported: products with threads of their own, beside
those that run networks, take ten times as long and more."""
FREED = {"MALLOC_MMAP_THRESHOLD_": str(4 * 1024**2), "MALLOC_TRIM_THRESHOLD_": str(8 * 1024**2)}
"""Variables of a process that sees long films, bytes: glibc (Linux) gives the memory of arrays over 4 MB back at once.

It would keep ever larger ones for later otherwise, in pieces that the next ones don't fit into. Of smaller ones it
keeps 8 MB for the next frame: to return them, and to request them again, took a sixth of all time.
"""


class Network:
    """A network with buffers of its own: one thread at a time may run it."""

    def __init__(self, graph: NetworkGraph) -> None:
        """Plan the network.

        Args:
            graph: may be that of other networks too, which share its weights.
        """
        self.shape = graph.shape
        plan = NetworkPlan(graph)
        self._picture = plan.values[0]
        self._calls = plan.calls
        self._outputs = {name: plan.values[number] for name, number in graph.outputs.items()}

    def __call__(self, picture: Picture) -> dict[str, Picture]:
        """Return the outputs by name.

        Args:
            picture: of the network's shape.
        """
        np.copyto(self._picture, picture)
        for function, arguments, out in self._calls:
            function(*arguments, out=out)
        return {name: value.copy() for name, value in self._outputs.items()}


def probabilities(logits: FloatArray | Picture) -> FloatArray:
    """Return the probabilities, from 0 to 1, that a network tells as logits."""
    return 1 / (1 + np.exp(-logits.astype(np.float64)))
