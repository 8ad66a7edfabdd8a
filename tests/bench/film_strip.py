"""A strip of film: pictures in a row between two rows of holes, bent around whoever stands before it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import bpy
import numpy as np
import numpy.typing as npt

_HOLES = 6  # of each row, to a picture
_HOLE = (0.0, 0.27, 0.73, 1.0)  # from the middle between two holes to the next: where one starts and ends
_BANDS = (0.0, 0.04, 0.1, 0.14, 0.86, 0.9, 0.96, 1.0)  # of the height: edge, holes, edge, pictures, and again
_HOLES_BELOW, _PICTURES, _HOLES_ABOVE = 1, 3, 5  # among the bands
_LOW, _HIGH = _BANDS[_PICTURES : _PICTURES + 2]
_MARGIN = 0.025  # of a picture's length, on each side of it
_STEPS = 16  # across a picture, so that it bends
_BEHIND = 0.03  # metres from the film to what shines through its holes
_BLACK, _WHITE = (17, 19, 24), (205, 203, 196)

Picture = npt.NDArray[np.uint8]
"""(height, width, 3), from the top down."""
Cell = tuple[float, float, float, float]
"""Left and right, of a picture's length; low and high, of the strip's height."""


@dataclass(frozen=True)
class Film:
    """How a strip lies: upright, on a circle about the vertical through `middle`, seen from inside.

    Attributes:
        height: metres, holes and all.
        radius: metres.
        middle: of the circle, at the height of the strip's lower edge.
        start: where the first picture begins, in pictures to the right of straight ahead (+Y).
    """

    height: float
    radius: float
    middle: tuple[float, float, float]
    start: float

    def place(self, along: float, fraction: float) -> tuple[float, float, float]:
        """The point so many pictures of 4:3 after the first one's beginning, at that fraction of the height."""
        length = self.height * (_HIGH - _LOW) * 4.0 / 3.0 / (1.0 - 2.0 * _MARGIN)
        angle = (self.start + along) * length / self.radius
        x, y, z = self.middle
        return (
            x + self.radius * float(np.sin(angle)),
            y + self.radius * float(np.cos(angle)),
            z + self.height * fraction,
        )


def add_film(scene: bpy.types.Scene, film: Film, pictures: Sequence[Picture]) -> None:
    """Add the strip with these pictures, from left to right; all of it is seen by its own light."""
    black, white = (_screen(np.full((1, 1, 3), colour, np.uint8)) for colour in (_BLACK, _WHITE))
    inside = pairwise(np.linspace(_MARGIN, 1.0 - _MARGIN, _STEPS + 1))
    screen = [(left, right, _LOW, _HIGH) for left, right in inside]
    behind = replace(film, radius=film.radius + _BEHIND)
    for number, picture in enumerate(pictures):
        _add(scene, film, number, list(_around_a_picture()), black)
        _add(scene, film, number, screen, _screen(picture))
        _add(scene, behind, number, list(_behind_the_holes()), white)


def _add(scene: bpy.types.Scene, film: Film, number: int, cells: list[Cell], material: bpy.types.Material) -> None:
    corners = [(x, y) for a, b, low, high in cells for x, y in ((a, low), (b, low), (b, high), (a, high))]
    mesh = bpy.data.meshes.new("Film")
    faces = np.arange(len(corners)).reshape(-1, 4).tolist()
    mesh.from_pydata([film.place(number + along, fraction) for along, fraction in corners], [], faces)
    in_picture = (np.array(corners) - (_MARGIN, _LOW)) / (1.0 - 2.0 * _MARGIN, _HIGH - _LOW)
    mesh.uv_layers.new().data.foreach_set("uv", in_picture.astype(np.float32).ravel())
    mesh.materials.append(material)
    scene.collection.objects.link(bpy.data.objects.new("Film", mesh))


def _around_a_picture() -> Iterator[Cell]:
    """The film above, below and beside a picture, without the holes."""
    for hole in range(_HOLES):
        for part, (left, right) in enumerate(pairwise((hole + stop) / _HOLES for stop in _HOLE)):
            for band, (low, high) in enumerate(pairwise(_BANDS)):
                if band != _PICTURES and not (part == 1 and band in {_HOLES_BELOW, _HOLES_ABOVE}):
                    yield left, right, low, high
    yield 0.0, _MARGIN, _LOW, _HIGH
    yield 1.0 - _MARGIN, 1.0, _LOW, _HIGH


def _behind_the_holes() -> Iterator[Cell]:
    for left, right in pairwise(np.linspace(0.0, 1.0, _STEPS + 1)):
        for band in (_HOLES_BELOW, _HOLES_ABOVE):
            yield left, right, *_BANDS[band : band + 2]


def _screen(picture: Picture) -> bpy.types.Material:
    """Shows a picture as it is."""
    height, width, _ = picture.shape
    image = bpy.data.images.new("Picture", width, height)
    image.pixels.foreach_set(np.dstack([picture[::-1] / 255.0, np.ones((height, width))]).astype(np.float32).ravel())
    image.update()
    material = bpy.data.materials.new("Screen")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    texture, light = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeEmission")
    texture.image = image
    links.new(texture.outputs["Color"], light.inputs["Color"])
    links.new(light.outputs["Emission"], nodes["Material Output"].inputs["Surface"])
    return material
