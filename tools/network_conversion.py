"""Write a .tflite network as the npz that `aimocap_blender/vision/network.py` runs; the same bytes from the same file.

`python -m tools.network_conversion TFLITE NPZ NAME=TENSOR …` keeps the named outputs and what leads to them; NAME
is the output's in the npz, TENSOR its in the .tflite. Runs where numpy is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np

from tools.tflite_file import ACTIVATIONS, Array, Operation, TfliteGraph, read_tflite

_WITH_WINDOW = {"convolve", "depthwise", "max_pool"}
_WITH_WEIGHTS = {"convolve", "depthwise", "connect"}


def convert(tflite: bytes, names: dict[str, str]) -> dict[str, Array]:
    """Return the arrays of the npz: `graph` (JSON as bytes), and the weights in float16, `w` and a number.

    The graph has `shape` (of the picture), `operations` in order and `outputs` by name. Values are numbered, the
    picture is 0. An operation has `kind`, `inputs`, `output` and that one's `shape` without the batch; some have
    `weights`, `bias`, `stride`, `size`, `block`, `activation` and `pads` (rows above and below, columns left, right).

    Args:
        tflite: the file's content.
        names: the kept outputs, and their names in the file.
    """
    graph = read_tflite(tflite)
    outputs = {name: graph.outputs[tensor] for name, tensor in names.items()}
    kept = _leading_to(set(outputs.values()), graph)
    pads = {operation.output: operation for operation in kept if operation.kind == "pad"}
    numbers = {graph.input: 0}
    arrays: dict[str, Array] = {}
    operations: list[dict[str, Any]] = []
    for operation in kept:
        if operation.kind == "pad":
            continue
        values = [tensor for tensor in operation.inputs if tensor not in graph.constants]
        numbers[operation.output] = len(numbers)
        entry = _entry(operation, pads.get(values[0]), graph)
        entry["inputs"] = [numbers[pads[tensor].inputs[0] if tensor in pads else tensor] for tensor in values]
        entry["output"] = numbers[operation.output]
        if operation.kind in _WITH_WEIGHTS:
            for role, tensor in zip(("weights", "bias"), operation.inputs[1:], strict=True):
                arrays[f"w{tensor}"] = graph.constants[tensor].astype(np.float16)
                entry[role] = f"w{tensor}"
        operations.append(entry)
    described = {
        "shape": graph.shapes[graph.input][1:],
        "operations": operations,
        "outputs": {name: numbers[tensor] for name, tensor in outputs.items()},
    }
    text = json.dumps(described, separators=(",", ":"), sort_keys=True)
    return {"graph": np.frombuffer(text.encode(), np.uint8), **dict(sorted(arrays.items()))}


def _leading_to(tensors: set[int], graph: TfliteGraph) -> list[Operation]:
    needed, kept = set(tensors), list[Operation]()
    for operation in reversed(graph.operations):
        if operation.output in needed:
            kept.append(operation)
            needed.update(operation.inputs)
    return kept[::-1]


def _entry(operation: Operation, pad: Operation | None, graph: TfliteGraph) -> dict[str, Any]:
    entry: dict[str, Any] = {"kind": operation.kind, "shape": graph.shapes[operation.output][1:]}
    options = operation.options
    if "activation" in options:
        entry["activation"] = ACTIVATIONS[options["activation"]]
    entry |= {name: options[name] for name in ("stride", "size", "block") if name in options}
    if operation.kind in _WITH_WINDOW:
        size = options.get("size") or graph.shapes[operation.inputs[1]][1]
        entry["pads"] = _pads(graph.shapes[operation.inputs[0]], size, options)
    if pad is not None:
        if operation.kind not in _WITH_WEIGHTS or any(entry["pads"]):
            raise ValueError("A padded value goes where padding can't be merged.")
        entry["pads"] = graph.constants[pad.inputs[1]][1:3].ravel().tolist()
    if operation.kind == "resize_bilinear" and (options["corners_aligned"], options["half_pixel_centres"]) != (0, 1):
        raise ValueError("An enlargement has other centres than those of pixels.")
    if operation.kind == "concatenate" and options["axis"] != 1:
        raise ValueError("Values are joined along another axis than the first.")
    if operation.kind == "mean" and graph.constants[operation.inputs[1]].tolist() != [1, 2]:
        raise ValueError("A mean is of other axes than rows and columns.")
    return entry


def _pads(shape: tuple[int, ...], size: int, options: dict[str, int]) -> list[int]:
    """The rows and columns of zeros around a value, so that a window has its place at every stride."""
    if options["valid"]:
        return [0, 0, 0, 0]
    pads: list[int] = []
    for length in shape[1:3]:
        stride = options["stride"]
        total = max((-(-length // stride) - 1) * stride + size - length, 0)
        pads += [total // 2, total - total // 2]
    return pads


def main() -> None:
    """Convert the file that the command line names."""
    tflite, npz, *names = sys.argv[1:]
    arrays = convert(Path(tflite).read_bytes(), dict(name.split("=") for name in names))
    np.savez(npz, **cast("dict[str, Any]", arrays))


if __name__ == "__main__":
    main()
