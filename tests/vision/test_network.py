"""The networks in numpy: equal to the runtime they were made for, also in several threads at once."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aimocap_blender.texts.faults import Fault
from aimocap_blender.vision import products
from aimocap_blender.vision.network import Network
from aimocap_blender.vision.network_graph import DETECTOR, HANDS, LANDMARKS, networks_available, read_network
from tools.pose_networks import original_network

NAMES = {
    DETECTOR: {"boxes": "Identity", "scores": "Identity_1"},
    LANDMARKS: {"landmarks": "Identity", "presence": "Identity_1", "heatmaps": "Identity_3", "world": "Identity_4"},
    HANDS: {"landmarks": "Identity", "presence": "Identity_1", "handedness": "Identity_2", "world": "Identity_3"},
}
SHAPES = {DETECTOR: (224, 224, 3), LANDMARKS: (256, 256, 3), HANDS: (224, 224, 3)}


def pictures(name: str) -> list[np.ndarray]:
    """Noise, stripes and a soft shape; in the range that the network takes.

    A plain one would not do: what it makes is mostly rounding, in either runtime.
    """
    height, width, _ = SHAPES[name]
    y, x = np.mgrid[:height, :width] / height
    shape = np.exp(-((x - 0.4) ** 2 + (y - 0.6) ** 2) * 8)[..., None] * np.array([1.0, 0.7, 0.5])
    made = [
        np.random.default_rng(1).random(SHAPES[name]),
        np.sin(40 * x + 25 * y)[..., None] * [0.5, 0.3, 0.4] + 0.5,
        shape,
    ]
    return [(picture * 2 - 1 if name == DETECTOR else picture).astype(np.float32) for picture in made]


def reference(name: str) -> Any:
    runtime = pytest.importorskip("ai_edge_litert.interpreter", reason="no LiteRT for this system")
    exact = runtime.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = runtime.Interpreter(str(original_network(name)), experimental_op_resolver_type=exact)
    interpreter.allocate_tensors()
    return interpreter


@pytest.mark.parametrize("product", [products.by_blas, products.by_sums], ids=lambda product: product.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_every_output_is_the_reference_runtimes(
    name: str, product: Callable[..., None], networks_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "fastest", lambda: product)
    interpreter, network = reference(name), Network(read_network(networks_folder / name))
    found: list[dict[str, np.ndarray]] = []
    expected: list[dict[str, np.ndarray]] = []
    for picture in pictures(name):
        found.append(network(picture))
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture[None])
        interpreter.invoke()
        expected.append(
            {row["name"]: interpreter.get_tensor(row["index"])[0] for row in interpreter.get_output_details()}
        )
    assert set(found[0]) == set(NAMES[name])
    for output, tensor in NAMES[name].items():
        mine, its = (
            np.array([of_one[key] for of_one in values]) for values, key in ((found, output), (expected, tensor))
        )
        assert mine.shape == its.shape
        assert np.abs(mine - its).max() < 5e-5 * np.abs(its).max()


def test_networks_of_one_graph_run_at_once(networks_folder: Path) -> None:
    graph = read_network(networks_folder / LANDMARKS)
    seen = pictures(LANDMARKS)[::2]
    alone = [Network(graph)(picture) for picture in seen]
    found: list[list[dict[str, np.ndarray]]] = [[], []]

    def work(number: int) -> None:
        network = Network(graph)
        found[number].extend(network(seen[number]) for _ in range(5))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(2):
        assert len(found[number]) == 5
        for outputs in found[number]:
            for output, values in outputs.items():
                assert np.array_equal(values, alone[number][output])


def test_an_output_stays_when_the_network_runs_again(networks_folder: Path) -> None:
    network = Network(read_network(networks_folder / DETECTOR))
    noise, stripes, _ = pictures(DETECTOR)
    first = network(noise)["scores"]
    kept = first.copy()
    assert not np.array_equal(network(stripes)["scores"], kept)
    assert np.array_equal(first, kept)
    assert np.array_equal(network(noise)["scores"], kept)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / DETECTOR).write_bytes(content)
    with pytest.raises(Fault, match=r"can't be read\. Install the add-on again\."):
        read_network(tmp_path / DETECTOR)


def test_whether_the_networks_are_there(networks_folder: Path, tmp_path: Path) -> None:
    assert networks_available(networks_folder)
    assert not networks_available(tmp_path)
    (tmp_path / DETECTOR).touch()
    assert not networks_available(tmp_path)


def test_a_checkout_has_no_networks() -> None:
    assert not networks_available()
