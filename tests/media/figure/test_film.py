"""The filmed person is where the performance has them, in their colours, and their surface is closed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.media.rendered_frames import rendered_frames

from .blobs import surface
from .film import Film, filmed_person
from .parts import SHIRT, SHOES, SKIN, TROUSERS
from .room import PLASTER

if TYPE_CHECKING:
    from pathlib import Path


def test_a_surface_is_closed_and_faces_outwards() -> None:
    radius, middle = 7.3, 11.2
    grid = np.stack(np.meshgrid(*(np.arange(24.0) for _ in range(3)), indexing="ij"), -1)
    points, quads = surface(np.linalg.norm(grid - middle, axis=-1) - radius)
    assert np.abs(np.linalg.norm(points - middle, axis=-1) - radius).max() < 0.1
    edges = Counter(edge for quad in quads.tolist() for edge in zip(quad, [*quad[1:], quad[0]], strict=True))
    assert set(edges.values()) == {1}
    assert all((end, start) in edges for start, end in edges)
    a, b, c, d = np.moveaxis((points - middle)[quads], 1, 0)
    volume = (np.sum(a * np.cross(b, c)) + np.sum(a * np.cross(c, d))) / 6
    assert volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.03)


@pytest.mark.slow
def test_the_person_is_seen_where_the_performance_has_them(tmp_path: Path) -> None:
    bpy = pytest.importorskip("bpy", reason="needs Blender")
    film = Film(fps=5, frames=30, size=(640, 480))
    movie = filmed_person(tmp_path, film)
    assert filmed_person(tmp_path, film) == movie
    clip = bpy.data.movieclips.load(str(movie))
    assert (clip.frame_duration, tuple(clip.size)) == (film.frames, film.size)
    assert clip.fps == pytest.approx(5)

    posed = film.posed
    body = posed.body
    of_colour = [(SHIRT, "spine_04", 0.0), (SHIRT, "spine_02", 0.0), (SKIN, "middle_01_r", 0.0)]
    of_colour += [part for side in "lr" for part in ((TROUSERS, f"calf_{side}", 0.0), (SHOES, f"ball_{side}", 0.03))]
    for frame, picture in zip(chosen := (0, 14, 29), rendered_frames(movie, chosen, film.size, tmp_path), strict=True):
        for colour, bone, higher in of_colour:
            place = posed.carried(bone, body.at(bone) + np.array([0.0, 0.0, higher]))[frame]
            assert _is_like(picture, film.camera.seen(place), colour), f"{bone} in frame {frame}"


def test_the_whole_person_is_in_every_frame() -> None:
    film = Film()
    for bone, places in film.posed.positions.items():
        seen = film.camera.seen(places)
        if not bone.startswith("ik_"):
            assert seen.min() > 8, bone
            assert (np.array(film.size) - seen).min() > 8, bone
    towards_camera = np.array(film.camera.place) - film.posed.positions["pelvis"]
    faces = film.posed.turns["pelvis"] @ np.array([0.0, -1.0, 0.0])
    cosines = np.sum(faces * towards_camera, axis=-1) / np.linalg.norm(towards_camera, axis=-1)
    assert cosines.min() > np.cos(np.radians(75))


def _is_like(picture: np.ndarray, seen: np.ndarray, colour: tuple[float, float, float]) -> bool:
    """Whether the colour there is this one, of all that the person and the room have, whatever the light."""
    column, row = (int(value) for value in seen)
    shown = picture[picture.shape[0] - 1 - row, column, :3].astype(float)
    linear = np.where(shown > 0.04045, ((shown + 0.055) / 1.055) ** 2.4, shown / 12.92)
    if colour == SHOES:
        return bool(shown.max() < 0.4)
    choices = [SHIRT, TROUSERS, SKIN, PLASTER]
    return choices[int(np.argmax([linear @ hue / np.linalg.norm(hue) for hue in choices]))] == colour
