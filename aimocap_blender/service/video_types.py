"""The content types of videos, by file extension."""

from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".mp4": "video/mp4",
        ".m4v": "video/mp4",
        ".mov": "video/quicktime",
        ".qt": "video/quicktime",
        ".mkv": "video/x-matroska",
        ".webm": "video/webm",
        ".avi": "video/x-msvideo",
        ".divx": "video/x-msvideo",
        ".mpg": "video/mpeg",
        ".mpeg": "video/mpeg",
        ".m2v": "video/mpeg",
        ".vob": "video/mpeg",
        ".mts": "video/mp2t",
        ".m2ts": "video/mp2t",
        ".m2t": "video/mp2t",
        ".ts": "video/mp2t",
        ".3gp": "video/3gpp",
        ".3g2": "video/3gpp2",
        ".flv": "video/x-flv",
        ".ogv": "video/ogg",
        ".wmv": "video/x-ms-wmv",
        ".dv": "video/x-dv",
    }
)
"""File extension, in lower case with its dot, to content type."""


def content_type(video: PurePath) -> str:
    """Return the content type for a video's file extension, in any case; `video/mp4` for an unknown one."""
    return CONTENT_TYPES.get(video.suffix.lower(), "video/mp4")
