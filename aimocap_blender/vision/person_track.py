"""One person's landmarks through a clip."""

from dataclasses import dataclass

from ..motion.rotations import FloatArray

LANDMARKS = (
    "nose",
    "left_eye_inner",
    "left_eye",
    "left_eye_outer",
    "right_eye_inner",
    "right_eye",
    "right_eye_outer",
    "left_ear",
    "right_ear",
    "mouth_left",
    "mouth_right",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_pinky",
    "right_pinky",
    "left_index",
    "right_index",
    "left_thumb",
    "right_thumb",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
    "left_heel",
    "right_heel",
    "left_foot_index",
    "right_foot_index",
)
"""The body landmarks that the network finds, in its order; left and right are the person's own."""


@dataclass(frozen=True, eq=False)
class PersonTrack:
    """The landmarks of one person, frame by frame, as the network sees them.

    Attributes:
        times: (F,) seconds of the frames, evenly spaced, starting at 0.
        fps: frames per second.
        size: width and height of the frames, pixels.
        pixels: (F, 33, 2) the landmarks in the frame, x right and y down from its top left corner, pixels; NaN where
            the person is not seen.
        visibility: (F, 33) from 0 (hidden) to 1 (in plain view); 0 where the person is not seen.
        body: (F, 33, 3) metres, as the network guesses them: from the middle of the hips, camera axes (x right, y down,
            z away from the camera), without perspective; NaN where the person is not seen.
        confidence: (F,) from 0 to 1 that a person is there.
        camera: (F, 3, 3) homographies from a frame's pixels to the first frame's, of the background; the identity
            where the camera stands still.
    """

    times: FloatArray
    fps: float
    size: tuple[int, int]
    pixels: FloatArray
    visibility: FloatArray
    body: FloatArray
    confidence: FloatArray
    camera: FloatArray
