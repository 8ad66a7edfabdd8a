"""The tests' figure in many shots, as the landmark network sees it, for `tools.training.depth_training`.

`make depth-pairs` films what is missing in build/depth_pairs/. It can be stopped, and resumes where it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from aimocap_blender.vision.crops import Region
from aimocap_blender.vision.joints import LANDMARK
from aimocap_blender.vision.landmarks import LandmarkFinder
from aimocap_blender.vision.network_graph import read_networks
from tools.pose_networks import ROOT, made_pose_networks, original_network

from .pictures import Look
from .shots import performed, shots

if TYPE_CHECKING:
    from pathlib import Path

    from tests.media.matrices import Array

    from .shots import Shot

PAIRS = ROOT / "build" / "depth_pairs"
FAR = 1000.0  # pixels of the camera's focal length
BODY = (
    "head",
    "hand_l",
    "hand_r",
    "ball_l",
    "ball_r",
    "foot_l",
    "foot_r",
    "thigh_l",
    "thigh_r",
    "upperarm_l",
    "upperarm_r",
)
OUTPUTS = {"landmarks": "Identity", "presence": "Identity_1", "heatmaps": "Identity_3", "world": "Identity_4"}


class Runtime:
    """The landmark network in the runtime it was made for, six times as fast as in numpy and equal to it."""

    def __init__(self) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(str(original_network("pose-landmarks.npz")), num_threads=1)
        self._interpreter.allocate_tensors()
        self._picture = self._interpreter.get_input_details()[0]["index"]
        indices = {detail["name"]: detail["index"] for detail in self._interpreter.get_output_details()}
        self._outputs = {name: indices[theirs] for name, theirs in OUTPUTS.items()}

    def __call__(self, picture: Array) -> dict[str, Any]:
        self._interpreter.set_tensor(self._picture, np.ascontiguousarray(picture[None], dtype=np.float32))
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(index)[0] for name, index in self._outputs.items()}


def finder() -> LandmarkFinder:
    folder = made_pose_networks(ROOT)["vision/pose-landmarks.npz"].parent
    found = LandmarkFinder(read_networks(folder).landmarks)
    found._network = Runtime()
    return found


def filmed(shot: Shot, find: LandmarkFinder) -> dict[str, Array]:
    """The landmarks of a shot: `rays` (F, N, 2), `body` (F, N, 3), `visibility` (F, N), `confidence` (F,)."""
    chance = shot.chance
    true, look = performed(shot), Look(chance)
    person = true.figure
    joints = true.seen([(bone, (0.0, 0.0, 0.0)) for bone in BODY])
    places = FAR * joints[..., :2] / joints[..., 2:]
    found = []
    for frame, camera in enumerate(true.cameras):
        region = _region(places[frame], chance)
        points, normals = person.posed(true.heads[frame], true.turns[frame])
        picture = look.picture(points, normals, person.colours, camera, region)
        found.append(find.of_picture(picture, region))
    return {
        "rays": np.array([seen.pixels[LANDMARK] / FAR for seen in found], np.float16),
        "body": np.array([seen.body[LANDMARK] for seen in found], np.float16),
        "visibility": np.array([seen.visibility[LANDMARK] for seen in found], np.float16),
        "confidence": np.array([seen.confidence for seen in found], np.float16),
    }


def _region(places: Array, chance: np.random.Generator) -> Region:
    """About where a film's last frame tells to look."""
    hips, shoulders = places[-4:-2].mean(axis=0), places[-2:].mean(axis=0)
    up = shoulders - hips
    reach = np.linalg.norm(places[:-4] - hips, axis=1).max()
    size = 2.6 * reach * chance.normal(1.0, 0.05)
    x, y = hips + chance.normal(0.0, 0.02 * size, 2)
    return Region(float(x), float(y), float(size), float(np.arctan2(up[0], -up[1]) + chance.normal(0.0, 0.08)))


def film(folder: Path) -> None:
    """Film the shots that the folder lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    find, wanted = finder(), shots()
    for number, shot in enumerate(wanted, start=1):
        file = folder / f"{shot.name}.npz"
        if not file.is_file():
            part = file.with_suffix(".part")
            with part.open("wb") as out:
                np.savez(out, **filmed(shot, find))
            part.rename(file)
            print(f"{number} of {len(wanted)}: {shot.name}", flush=True)


if __name__ == "__main__":
    film(PAIRS)
