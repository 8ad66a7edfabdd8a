"""Tracks made of a known motion: somebody who stands, sways, bends the knees and boxes, seen by a known camera."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from aimocap_blender.vision.person_track import LANDMARKS, PersonTrack
from aimocap_blender.vision.watching import WatchedShot
from tests.media.floor.clips import floor_clip
from tests.media.floor.figure import BONES
from tests.media.floor.script import FloorClip
from tests.media.matrices import turn

Array = npt.NDArray[np.float64]

SIZE = (640, 480)
FOCAL = 0.85 * 640.0
FPS = 30.0
SIDES = (("left", 1.0), ("right", -1.0))
_SHIN, _THIGH, _ARM, _FOREARM = 0.42, 0.44, 0.29, 0.26


@dataclass(frozen=True, eq=False)
class Made:
    """A made track and its truth.

    Attributes:
        track: as the network would deliver it.
        joints: landmark to (F, 3), in the first frame's camera axes, metres.
        up: (3,) the direction away from the floor, same axes.
    """

    track: PersonTrack
    joints: dict[str, Array]
    up: Array


def made_track(
    seconds: float = 2.0, *, azimuth: float = 30.0, roll: float = 0.0, pan: float = 0.0, noise: float = 0.0
) -> Made:
    """The track of a motion.

    Args:
        seconds: its length.
        azimuth: degrees by which the person is turned away from the camera's view.
        roll: degrees of the camera.
        pan: degrees by which the camera pans back and forth.
        noise: standard deviation of the landmarks, pixels; that of depths is as much of the person.
    """
    frames = max(1, round(seconds * FPS))
    return filmed(person(np.arange(frames) / FPS), azimuth=azimuth, roll=roll, pan=pan, noise=noise)


def made_shot(first: int, azimuth: float, seconds: float = 1.5) -> WatchedShot:
    """A shot from a frame on, by a camera of its own, see `made_track`."""
    return shot_of(made_track(seconds, azimuth=azimuth, noise=1.0).track, first)


def shot_of(track: PersonTrack, first: int) -> WatchedShot:
    """A track as a shot from a frame on, by a camera of its own."""
    count = len(track.times)
    return WatchedShot(
        (first, first + count),
        first,
        track,
        (),
        np.zeros(count),
        camera_moves=False,
        camera=first,
        to_camera=np.eye(3),
        behind=np.zeros(count, np.bool_),
    )


def floor_track(
    name: str, *, azimuth: float = 70.0, roll: float = 0.0, height: float = 1.4, noise: float = 1.0
) -> Made:
    """The track of a scripted motion that rests on more than feet; see `made_track`."""
    world = landmarks_of(floor_clip(name))
    middle = np.median(world["left_hip"] + world["right_hip"], axis=0) / 2.0
    world = {landmark: points - middle * [1.0, 1.0, 0.0] for landmark, points in world.items()}
    return filmed(world, azimuth=azimuth, roll=roll, height=height, noise=noise)


def filmed(
    world: dict[str, Array],
    *,
    azimuth: float,
    roll: float = 0.0,
    pan: float = 0.0,
    noise: float = 0.0,
    height: float = 1.4,
) -> Made:
    """The track of landmarks (F, 3) in the world, around the origin; for the others see `made_track`.

    The camera is 4 m away and `height` metres high, and looks at where they are.
    """
    frames = len(world["nose"])
    times = np.arange(frames) / FPS
    turned = _about(2, np.radians(azimuth))
    middle = float(np.median([points[:, 2] for points in world.values()]))
    down, rolled = _about(0, np.arctan2(height - middle, 4.0)), _about(2, np.radians(roll))
    axes = rolled @ down @ np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    first = {name: (points @ turned.T - [0.0, -4.0, height]) @ axes.T for name, points in world.items()}
    points = np.stack([first[name] for name in LANDMARKS], axis=1)
    swing = np.radians(pan) * np.sin(2.0 * np.pi * times / 2.0)
    turns = np.stack([_about(1, angle) for angle in swing])
    lens = np.array([[FOCAL, 0.0, SIZE[0] / 2.0], [0.0, FOCAL, SIZE[1] / 2.0], [0.0, 0.0, 1.0]])
    chance = np.random.default_rng(3)
    local = points @ np.swapaxes(turns, 1, 2)
    seen = local @ lens.T
    pixels = seen[..., :2] / seen[..., 2:]
    tall = float(np.median(np.linalg.norm(np.ptp(pixels, axis=1), axis=-1)))
    pixels = pixels + noise * chance.standard_normal(pixels.shape)
    hips = local[:, [LANDMARKS.index("left_hip"), LANDMARKS.index("right_hip")]].mean(axis=1)
    body: Array = (local - hips[:, None]) @ np.stack([_looking(hip) for hip in hips])
    body = np.asarray(body + noise * 1.7 / tall * chance.standard_normal(body.shape), np.float64)
    track = PersonTrack(
        times=times,
        fps=FPS,
        size=SIZE,
        pixels=pixels,
        visibility=np.full(pixels.shape[:2], 0.95),
        body=body,
        confidence=np.ones(frames),
        camera=lens @ np.swapaxes(turns, 1, 2) @ np.linalg.inv(lens),
    )
    return Made(track, first, axes @ [0.0, 0.0, 1.0])


def landmarks_of(floor: FloorClip) -> dict[str, Array]:
    """Landmark to (F, 3) of a scripted motion, metres."""

    def at(bone: str, *offset: float) -> Array:
        return floor.clip.positions[:, floor.clip.skeleton.index(bone)] + turn(
            floor.turns[bone], np.array(offset or (0.0, 0.0, 0.0))
        )

    found: dict[str, Array] = {"nose": at("Head", 0.0, -0.12, 0.06)}
    for side, sign in SIDES:
        for landmark, slot in (
            ("shoulder", "upper_arm"),
            ("elbow", "lower_arm"),
            ("wrist", "hand"),
            ("hip", "upper_leg"),
            ("knee", "lower_leg"),
            ("ankle", "foot"),
        ):
            found[f"{side}_{landmark}"] = at(BONES[f"{side}_{slot}"])
        hand, foot, toes = (BONES[f"{side}_{slot}"] for slot in ("hand", "foot", "toes"))
        found[f"{side}_heel"], found[f"{side}_foot_index"] = at(foot, 0.0, 0.05, -0.07), at(toes, 0.0, -0.06, 0.0)
        for finger, along, across in (("index", 0.09, -0.03), ("pinky", 0.08, 0.03), ("thumb", 0.05, -0.06)):
            found[f"{side}_{finger}"] = at(hand, along * sign, across, 0.0)
        for landmark, out, ahead, rise in (
            ("ear", 0.075, 0.0, 0.08),
            ("eye", 0.03, 0.09, 0.09),
            ("eye_inner", 0.02, 0.09, 0.09),
            ("eye_outer", 0.04, 0.09, 0.09),
        ):
            found[f"{side}_{landmark}"] = at("Head", out * sign, -ahead, rise)
        found[f"mouth_{side}"] = at("Head", 0.025 * sign, -0.1, 0.02)
    return found


def exchanged(track: PersonTrack, frames: slice, words: tuple[str, ...] = ("",)) -> PersonTrack:
    """The track with left and right exchanged in some frames, of landmarks whose names contain one of the words."""

    def other(name: str) -> str:
        swapped = name.replace("left", "#").replace("right", "left").replace("#", "right")
        return swapped if any(word in name for word in words) else name

    order = [LANDMARKS.index(other(name)) for name in LANDMARKS]
    pixels, body = track.pixels.copy(), track.body.copy()
    pixels[frames], body[frames] = pixels[frames][:, order], body[frames][:, order]
    return PersonTrack(
        track.times, track.fps, track.size, pixels, track.visibility, body, track.confidence, track.camera
    )


def hidden_forearm(track: PersonTrack, frames: slice, side: str) -> PersonTrack:
    """The track with a forearm hidden in some frames, guessed to point straight away from the camera."""
    pixels, body, visibility = track.pixels.copy(), track.body.copy(), track.visibility.copy()
    elbow = LANDMARKS.index(f"{side}_elbow")
    for part, length in (("wrist", _FOREARM), ("thumb", 0.3), ("index", 0.34), ("pinky", 0.34)):
        end = LANDMARKS.index(f"{side}_{part}")
        pixels[frames, end] = pixels[frames, elbow]
        body[frames, end] = body[frames, elbow] + [0.0, 0.0, length]
        visibility[frames, end] = 0.04
    return replace(track, pixels=pixels, body=body, visibility=visibility)


def unseen(track: PersonTrack, frames: slice) -> PersonTrack:
    """The track with nobody seen in some frames."""
    pixels, body = track.pixels.copy(), track.body.copy()
    visibility, confidence = track.visibility.copy(), track.confidence.copy()
    pixels[frames], body[frames], visibility[frames], confidence[frames] = np.nan, np.nan, 0.0, 0.0
    return PersonTrack(track.times, track.fps, track.size, pixels, visibility, body, confidence, track.camera)


def _about(axis: int, angle: float) -> Array:
    a, b = (axis + 1) % 3, (axis + 2) % 3
    turn = np.eye(3)
    turn[a, a] = turn[b, b] = np.cos(angle)
    turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
    return turn


def _looking(at: Array) -> Array:
    """Axes (columns) whose z looks at a point, with no roll against the camera's."""
    z: Array = at / np.linalg.norm(at)
    x: Array = np.cross([0.0, 1.0, 0.0], z)
    x = x / np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], axis=-1)


def person(times: Array) -> dict[str, Array]:
    """Landmark to (F, 3): facing -Y, left at +X, feet on the floor at 0."""
    wave = np.sin(2.0 * np.pi * times / 1.6)
    still = np.zeros(len(times))

    def at(x: float | Array, y: float | Array, z: float | Array) -> Array:
        return np.stack([still + x, still + y, still + z], axis=-1)

    found: dict[str, Array] = {}
    hips = at(0.04 * wave, 0.0, 0.86 - 0.05 * np.abs(wave))
    shoulders = hips + at(0.02 * wave, -0.05, 0.5)
    for side, sign in SIDES:
        ankle = at(0.14 * sign, -0.1 * sign, 0.09)
        hip = hips + at(0.1 * sign, 0.0, 0.0)
        found[f"{side}_hip"], found[f"{side}_ankle"] = hip, ankle
        found[f"{side}_knee"] = _bent(hip, ankle)
        found[f"{side}_heel"] = ankle + at(0.0, 0.05, -0.07)
        found[f"{side}_foot_index"] = ankle + at(0.02 * sign, -0.17, -0.07)
        shoulder = shoulders + at(0.18 * sign, -0.04 * sign * wave, 0.0)
        lift, reach = 0.4 + 0.3 * sign * wave, 1.1 + 0.5 * sign * wave
        upper = at(0.35 * sign, -np.sin(lift), -np.cos(lift))
        lower = at(-0.25 * sign, -np.sin(lift + reach), -np.cos(lift + reach))
        elbow = shoulder + _ARM * upper / np.linalg.norm(upper, axis=-1, keepdims=True)
        wrist = elbow + _FOREARM * lower / np.linalg.norm(lower, axis=-1, keepdims=True)
        ahead = (wrist - elbow) / _FOREARM
        found[f"{side}_shoulder"], found[f"{side}_elbow"], found[f"{side}_wrist"] = shoulder, elbow, wrist
        across = at(-0.03 * sign, 0.0, 0.0)
        found[f"{side}_index"], found[f"{side}_pinky"] = wrist + 0.09 * ahead + across, wrist + 0.08 * ahead - across
        found[f"{side}_thumb"] = wrist + 0.05 * ahead + 2.0 * across
    for name in LANDMARKS:
        if name not in found:
            sign = 1.0 if "left" in name else -1.0 if "right" in name else 0.0
            spread, front, rise = next(
                value
                for word, value in {
                    "nose": (0.0, -0.13, 0.19),
                    "ear": (0.075, -0.02, 0.22),
                    "mouth": (0.025, -0.11, 0.14),
                    "eye": (0.03, -0.1, 0.22),
                }.items()
                if word in name
            )
            found[name] = shoulders + at(spread * sign, front, rise)
    return found


def _bent(hip: Array, ankle: Array) -> Array:
    """The knee (F, 3) between hip and ankle, bent forwards."""
    along = ankle - hip
    length = np.linalg.norm(along, axis=-1, keepdims=True)
    along = along / length
    share = (length**2 + _THIGH**2 - _SHIN**2) / (2.0 * length)
    ahead = np.array([0.0, -1.0, 0.0]) - along * along[:, 1:2] * -1.0
    ahead = ahead / np.linalg.norm(ahead, axis=-1, keepdims=True)
    return hip + share * along + np.sqrt(np.maximum(_THIGH**2 - share**2, 0.0)) * ahead
