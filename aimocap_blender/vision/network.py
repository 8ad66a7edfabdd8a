"""A network that runs in numpy alone, in about twice the time of a runtime made for it.

The calls of numpy and the buffers that they read and write are planned once. Work goes in blocks of rows that stay in
the processor's cache: from a convolution's product to its activation, and from a depthwise convolution on through the
product that follows it.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ..motion.rotations import FloatArray
from . import products
from .network_graph import NetworkGraph, Operation, Picture

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
"""Variables of a process that runs networks, set before numpy is imported: products with threads of their own, beside
those that run networks, take ten times as long and more."""
FREED = {"MALLOC_MMAP_THRESHOLD_": str(4 * 1024**2), "MALLOC_TRIM_THRESHOLD_": str(8 * 1024**2)}
"""Variables of a process that sees long films, bytes: glibc (Linux) gives the memory of arrays over 4 MB back at once.

It would keep ever larger ones for later otherwise, in pieces that the next ones don't fit into. Of smaller ones it
keeps 8 MB for the next frame: to return them, and to request them again, took a sixth of all time.
"""

_SCRATCH = 262_144  # numbers, more than most blocks: a buffer that must grow leaves another one behind, still in use

_BLOCK = 32_768  # numbers of one block: they and what they are made of stay in a core's own cache
_PIXELS = 256  # of a block at least: products of fewer are slow
_RUN = 2_048  # numbers of a depthwise convolution's inner loop at least: they outweigh the loop's own cost
_NO_PADS = (0, 0, 0, 0)
_ZERO = np.zeros(1, np.float32)

_Pads = tuple[int, int, int, int]
_Step = tuple[Callable[..., object], Picture]
"""A function of two arrays, and the second of them."""


class Network:
    """A network with buffers of its own: one thread at a time may run it."""

    def __init__(self, graph: NetworkGraph) -> None:
        """Plan the network.

        Args:
            graph: may be that of other networks too, which share its weights.
        """
        self.shape = graph.shape
        plan = _NetworkPlan(graph)
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
    # in 64 bits, as the exponential of a large logit is infinite in 32
    return 1 / (1 + np.exp(-logits.astype(np.float64)))


class _NetworkBuffers:
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


class _NetworkPlan:
    """A network's calls, in order, and its values' buffers.

    Attributes:
        calls: function, arguments, and the buffer that it is called with as `out`.
        values: the buffers of the values by number, as far as they have one.
    """

    def __init__(self, graph: NetworkGraph) -> None:
        self._graph = graph
        self.calls: list[tuple[Callable[..., object], tuple[object, ...], Picture]] = []
        self.values: dict[int, Picture] = {}
        self._buffers = _NetworkBuffers()
        self._whole: dict[int, tuple[Picture, _Pads]] = {}
        self._copies: list[Picture] = []
        self._consumers = graph.consumers()
        self._reads = {number: len(readers) for number, readers in self._consumers.items()}
        # an output is read once more, by whoever runs the network: its buffer is never given back
        for number in graph.outputs.values():
            self._reads[number] += 1
        self._new_value(0, graph.shape)
        done: set[int] = set()
        for operation in graph.operations:
            if operation.output not in done:
                done.update(self._plan(operation))

    def _plan(self, operation: Operation) -> set[int]:
        """Plan the operation, and those after it that go on in its blocks; return the numbers of what they make."""
        if operation.kind == "convolve":
            return self._plan_convolution(operation)
        if operation.kind == "depthwise":
            return self._plan_depthwise(operation)
        sources = list(map(self.values.__getitem__, operation.inputs))
        out = self._new_value(operation.output, operation.shape)
        match operation.kind:
            case "resize_bilinear":
                self._plan_enlargement(sources[0], out)
            case "max_pool" if operation.size == operation.stride and operation.pads == _NO_PADS:
                # windows that don't overlap are a view
                rows, columns, channels = operation.shape
                windows = sources[0].reshape(rows, operation.size, columns, operation.size, channels)
                self._call(_greatest, windows, out=out)
            case "depth_to_space":
                rows, columns, channels = sources[0].shape
                block = operation.block
                spread = sources[0].reshape(rows, columns, block, block, channels // block**2).transpose(0, 2, 1, 3, 4)
                self._call(_copied, spread, out=out.reshape(spread.shape))
            case "reshape":
                self._call(_copied, sources[0].reshape(out.shape), out=out)
            case "concatenate":
                self._call(np.concatenate, sources, out=out)
            case "connect":
                weights, bias = self._graph.weights[operation.weights], self._graph.weights[operation.bias]
                self._call(_connected, sources[0], weights, bias, out=out)
            case kind:
                self._call(_PLAIN[kind], *sources, out=out)
        self._finish(out, self._activations(operation), out, out)
        self._were_read(operation.inputs)
        return {operation.output}

    def _plan_convolution(self, operation: Operation) -> set[int]:
        """A product of the weights with pixels, or with windows laid out in rows."""
        rows, columns, _ = operation.shape
        out, last = self._destination(operation)
        if self._graph.is_pointwise(operation):
            source = self.values[operation.inputs[0]]
            for block in _blocks(rows, columns, operation.shape[2]):
                self._product(source[block], operation, last, block, out)
        else:
            source = self._with_pads(operation)
            height, width = self._graph.kernel(operation)
            # a row of a window lies in one piece of the source, its pixels with all their channels
            length = width * source.shape[2]
            line, pixel, number = source.strides
            steps = (operation.stride * line, operation.stride * pixel, line, number)
            windows = as_strided(source, (rows, columns, height, length), steps)
            # windows overlap: laid out all at once they would take many times the source's memory
            for block in _blocks(rows, columns, height * length):
                some = windows[block]
                laid_out = self._buffers.scratch("windows", some.shape)
                self._call(_copied, some, out=laid_out)
                self._product(laid_out.reshape(*some.shape[:2], -1), operation, last, block, out)
        self._were_read(operation.inputs)
        return {operation.output, last.output}

    def _plan_depthwise(self, operation: Operation) -> set[int]:
        """Sums of shifted rows, which in blocks go on to the product that follows where nothing else reads them."""
        rows, columns, channels = operation.shape
        readers, stride = self._consumers[operation.output], operation.stride
        product = readers[0] if len(readers) == 1 and self._graph.is_pointwise(readers[0]) else None
        if product:
            out, last = self._destination(product)
        else:
            out, last = self._new_value(operation.output, operation.shape), None
        height, width = self._graph.kernel(operation)
        source = self._with_pads(operation)
        # pixels that lie one after the other go through one inner loop: as few of them as make it long enough
        run = 1
        if stride == 1:
            while run < columns and (columns % run or run * channels < _RUN):
                run += 1
        # a view of the source, shifted by each row and column of the window, without a copy
        line, pixel, number = source.strides
        steps = (stride * line, run * stride * pixel, line, pixel, number)
        shifted = as_strided(source, (rows, columns // run, height, width, run * channels), steps)
        weights = self._graph.repeated(operation, run)
        then = [(np.add, self._row(operation.bias, columns)), *self._activations(operation)]
        for block in _blocks(rows, columns, channels):
            some = shifted[block]
            pixels = self._buffers.scratch("pixels", (len(some), columns, channels))
            sums = pixels.reshape(len(some), columns // run, run * channels)
            self._call(np.einsum, "hbijn,ijn->hbn", some, weights, out=sums)
            self._finish(pixels, then, pixels, pixels if product else out[block])
            if product and last:
                self._product(pixels, product, last, block, out)
        self._were_read(operation.inputs)
        return {operation.output} | ({product.output, last.output} if product and last else set())

    def _destination(self, operation: Operation) -> tuple[Picture, Operation]:
        """Where a convolution's result goes, and the last operation that makes it: a sum with a value that is there."""
        readers = self._consumers[operation.output]
        if len(readers) == 1 and readers[0].kind == "add" and not operation.activation:
            (other,) = set(readers[0].inputs) - {operation.output}
            if other in self.values:
                return self._new_value(readers[0].output, readers[0].shape), readers[0]
        return self._new_value(operation.output, operation.shape), operation

    def _product(self, pixels: Picture, operation: Operation, last: Operation, block: slice, out: Picture) -> None:
        """Multiply a block's pixels by the weights; add the bias and what a sum adds; activate, into the result."""
        weights = self._graph.weights[operation.weights]
        weights = weights.reshape(len(weights), -1)
        rows, columns, channels = pixels.shape
        product = self._buffers.scratch("product", (rows, columns, len(weights)))
        flat = product.reshape(rows * columns, -1)
        self._call(products.fastest(), pixels.reshape(rows * columns, channels), weights, out=flat)
        steps: list[_Step] = [(np.add, self._row(operation.bias, columns))]
        if last is not operation:
            (other,) = set(last.inputs) - {operation.output}
            steps.append((np.add, self.values[other][block]))
        self._finish(product, [*steps, *self._activations(last)], product, out[block])

    def _finish(self, values: Picture, steps: Sequence[_Step], between: Picture, out: Picture) -> None:
        """Take values through the steps, the last one into `out`, those before into `between`."""
        for number, (function, other) in enumerate(steps, 1):
            into = out if number == len(steps) else between
            self._call(function, values, other, out=into)
            values = into

    def _activations(self, operation: Operation) -> list[_Step]:
        """Steps with whole rows of a limit: numpy is several times slower with a single number."""
        columns, channels = operation.shape[-2:] if operation.activation else (1, 1)
        zero, six = self._buffers.constant(0.0, (columns, channels)), self._buffers.constant(6.0, (columns, channels))
        steps: dict[str, list[_Step]] = {
            "": [],
            "relu": [(np.maximum, zero)],
            "relu6": [(np.maximum, zero), (np.minimum, six)],
        }
        return steps[operation.activation]

    def _row(self, bias: str, columns: int) -> Picture:
        return self._graph.row(bias, columns)

    def _plan_enlargement(self, source: Picture, out: Picture) -> None:
        """Rows between the rows, then columns between the columns."""
        taller = self._buffers.scratch("taller", (len(out), *source.shape[1:]))
        self._call(_enlarged, source, 0, out=taller)
        self._call(_enlarged, taller, 1, out=out)

    def _call(self, function: Callable[..., object], *arguments: object, out: Picture) -> None:
        self.calls.append((function, arguments, out))

    def _new_value(self, number: int, shape: tuple[int, ...]) -> Picture:
        """A value's buffer, with zeros around it where all that read it want the same."""
        wanted = {reader.pads if self._has_window(reader) else _NO_PADS for reader in self._consumers[number]}
        pads = wanted.pop() if len(wanted) == 1 else _NO_PADS
        whole = self._padded(shape, pads)
        self._whole[number] = whole, pads
        self.values[number] = inside = _inside(whole, pads)
        return inside

    def _padded(self, shape: tuple[int, ...], pads: _Pads) -> Picture:
        """A buffer for a value of this shape, with zeros around it, which each run writes anew."""
        if pads == _NO_PADS:
            return self._buffers.take(shape)
        rows, columns, *channels = shape
        above, below, left, right = pads
        whole = self._buffers.take((above + rows + below, left + columns + right, *channels))
        edges = (whole[:above], whole[above + rows :], whole[:, :left], whole[:, left + columns :])
        for edge in edges:
            if edge.size:
                self._call(_copied, _ZERO, out=edge)
        return whole

    def _with_pads(self, operation: Operation) -> Picture:
        """The value that a window moves over, with the zeros around it."""
        value = self.values[operation.inputs[0]]
        whole, pads = self._whole[operation.inputs[0]]
        if pads != operation.pads:
            whole = self._padded(value.shape, operation.pads)
            self._call(_copied, value, out=_inside(whole, operation.pads))
            self._copies.append(whole)
        return whole

    def _has_window(self, operation: Operation) -> bool:
        return operation.kind in {"depthwise", "convolve"} and not self._graph.is_pointwise(operation)

    def _were_read(self, numbers: Sequence[int]) -> None:
        """Give back the buffers of values that nothing will read again."""
        for number in numbers:
            self._reads[number] -= 1
            if self._reads[number] == 0:
                self._buffers.give_back(self._whole[number][0])
        while self._copies:
            self._buffers.give_back(self._copies.pop())


def _inside(whole: Picture, pads: _Pads) -> Picture:
    if pads == _NO_PADS:
        return whole
    above, below, left, right = pads
    return whole[above : len(whole) - below, left : whole.shape[1] - right]


def _blocks(rows: int, columns: int, channels: int) -> Iterator[slice]:
    together = max(-(-_PIXELS // columns), _BLOCK // (columns * channels))
    for first in range(0, rows, together):
        yield slice(first, min(first + together, rows))


def _enlarged(values: Picture, axis: int, out: Picture) -> None:
    """Interpolate linearly along rows or columns, both sampled at the centres of their pixels."""
    count, more = values.shape[axis], out.shape[axis]
    # of each new centre among the old ones; beyond the first and the last, their values go on
    places = np.clip((np.arange(more, dtype=np.float32) + 0.5) * (count / more) - 0.5, 0, count - 1)
    before = places.astype(np.int64)
    share = np.expand_dims((places - before).astype(np.float32), tuple({0, 1, 2} - {axis}))
    lower: Picture = np.take(values, before, axis)
    upper: Picture = np.take(values, before + 1, axis, mode="clip")
    np.multiply(np.subtract(upper, lower, out=upper), share, out=upper)
    np.add(lower, upper, out=out)


def _copied(values: Picture, out: Picture) -> None:
    np.copyto(out, values)


def _greatest(windows: Picture, out: Picture) -> None:
    np.max(windows, axis=(1, 3), out=out)


def _mean(values: Picture, out: Picture) -> None:
    np.mean(values, axis=(0, 1), out=out)


def _connected(values: Picture, weights: Picture, bias: Picture, out: Picture) -> None:
    np.add(weights @ values, bias, out=out)


def _sigmoid(values: Picture, out: Picture) -> None:
    out[...] = 1 / (1 + np.exp(np.minimum(-values, 80)))


_PLAIN: dict[str, Callable[..., object]] = {"add": np.add, "mean": _mean, "sigmoid": _sigmoid}
"""Kinds of operations that need nothing but the values."""
