"""A network as the build writes it: operations on pictures, and their weights.

The file is an npz: `graph` is JSON as bytes, the other arrays are weights in float16. Values are numbered, the
picture is 0; each is (rows, columns, channels), or as its operation says.
Built extensions have the networks that see people, except the one without assets.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from ..texts.faults import Fault
from ..texts.text import Text

Picture = npt.NDArray[np.float32]
NETWORKS_FOLDER = Path(__file__).parent
"""Holds the networks in a built extension, none in a source checkout."""
DETECTOR, LANDMARKS, HANDS = "pose-detector.npz", "pose-landmarks.npz", "hand-landmarks.npz"


@dataclass(frozen=True)
class Operation:
    """One step of a network.

    Attributes:
        kind: convolve, depthwise, add, max_pool, resize_bilinear, depth_to_space, reshape, concatenate, mean (of rows
            and columns), connect or sigmoid.
        inputs: numbers of the values that it reads.
        output: number of the value that it makes.
        shape: of that value.
        weights: of a convolution, (outputs, rows, columns, inputs); of a depthwise one, (1, rows, columns, channels);
            where all are connected, (outputs, inputs).
        bias: one a channel.
        activation: relu, relu6 or nothing.
        pads: rows of zeros above and below, columns left and right.
        stride: from one window to the next.
        size: of a pool's window.
        block: of depth_to_space.
    """

    kind: str
    inputs: tuple[int, ...]
    output: int
    shape: tuple[int, ...]
    weights: str = ""
    bias: str = ""
    activation: str = ""
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    stride: int = 1
    size: int = 1
    block: int = 1


@dataclass(frozen=True, eq=False)
class NetworkGraph:
    """A network's operations and weights, for any number of `Network`s; nothing changes it.

    Attributes:
        shape: of the picture.
        operations: in order.
        outputs: numbers of the values by name.
        weights: by name.
    """

    shape: tuple[int, int, int]
    operations: tuple[Operation, ...]
    outputs: dict[str, int]
    weights: dict[str, Picture]
    _repeated: dict[tuple[str, int], Picture] = field(default_factory=dict[tuple[str, int], Picture])

    def kernel(self, operation: Operation) -> tuple[int, int]:
        """Return the rows and columns of a convolution's window."""
        return self.weights[operation.weights].shape[1:3]

    def repeated(self, operation: Operation, times: int) -> Picture:
        """Return a depthwise convolution's weights (rows, columns, times * channels), again for each of some pixels."""
        key = operation.weights, times
        if key not in self._repeated:
            self._repeated[key] = np.tile(self.weights[operation.weights][0], (1, 1, times))
        return self._repeated[key]

    def row(self, bias: str, columns: int) -> Picture:
        """Return a bias (columns, channels), again for each pixel of a row."""
        key = bias, columns
        if key not in self._repeated:
            self._repeated[key] = np.tile(self.weights[bias], (columns, 1))
        return self._repeated[key]

    def is_pointwise(self, operation: Operation) -> bool:
        """Return whether it is a convolution that looks at one pixel at a time."""
        return operation.kind == "convolve" and self.kernel(operation) == (1, 1) and operation.stride == 1

    def consumers(self) -> dict[int, list[Operation]]:
        """Return the operations that read each value."""
        found: dict[int, list[Operation]] = {operation.output: [] for operation in self.operations} | {0: []}
        for operation in self.operations:
            for number in operation.inputs:
                found[number].append(operation)
        return found


def read_network(file: Path) -> NetworkGraph:
    """Read a file written by the build.

    Raises:
        Fault: it can't be read.
    """
    try:
        with np.load(file) as arrays:
            described: dict[str, Any] = json.loads(arrays["graph"].tobytes())
            weights = {name: _in_memory(arrays[name]) for name in arrays.files if name != "graph"}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as fault:
        raise Fault(
            Text("The add-on's file {name} can't be read.", name=file.name), "Install the add-on again."
        ) from fault
    operations = tuple(map(_operation, described["operations"]))
    rows, columns, channels = described["shape"]
    graph = NetworkGraph((rows, columns, channels), operations, described["outputs"], weights)
    return replace(graph, operations=tuple(_small_first(graph)))


def _in_memory(weights: npt.NDArray[np.float16]) -> Picture:
    """Return the weights with the longer one of inputs and outputs contiguous, as `products.by_sums` wants them."""
    return weights.astype(np.float32, order="F" if len(weights) > weights[0].size else "C")


def _operation(entry: dict[str, Any]) -> Operation:
    typed: dict[str, Any] = {key: _unchanging(value) for key, value in entry.items()}
    return Operation(**typed)


def _unchanging(value: Any) -> Any:  # noqa: ANN401 -- of JSON
    return tuple(cast("list[int]", value)) if isinstance(value, list) else value


def _small_first(graph: NetworkGraph) -> Iterator[Operation]:
    """Convolve pixels before they are enlarged, not after as the original does: the same, of a quarter the pixels."""
    consumers = graph.consumers()
    small: dict[int, tuple[int, ...]] = {0: graph.shape}
    enlarged: dict[int, Operation] = {}
    for operation in graph.operations:
        small[operation.output] = operation.shape
        after = consumers[operation.output]
        if operation.kind == "resize_bilinear" and len(after) == 1 and graph.is_pointwise(after[0]):
            enlarged[operation.output] = operation
            continue
        before = enlarged.get(operation.inputs[0])
        if before is None:
            yield operation
            continue
        rows, columns, _ = small[before.inputs[0]]
        yield replace(
            operation,
            inputs=before.inputs,
            output=before.output,
            shape=(rows, columns, operation.shape[-1]),
            activation="",
        )
        yield replace(
            before,
            inputs=(before.output,),
            output=operation.output,
            shape=operation.shape,
            activation=operation.activation,
        )


@dataclass(frozen=True, eq=False)
class PoseNetworks:
    """All of them; any number of threads may use them."""

    detector: NetworkGraph
    landmarks: NetworkGraph
    hands: NetworkGraph


def networks_available(folder: Path | None = None) -> bool:
    """Return whether a folder, or the package's own, holds the networks."""
    return all(((folder or NETWORKS_FOLDER) / name).is_file() for name in (DETECTOR, LANDMARKS, HANDS))


def read_networks(folder: Path = NETWORKS_FOLDER) -> PoseNetworks:
    """Read the networks.

    Raises:
        Fault: one of them can't be read.
    """
    return PoseNetworks(read_network(folder / DETECTOR), read_network(folder / LANDMARKS), read_network(folder / HANDS))
