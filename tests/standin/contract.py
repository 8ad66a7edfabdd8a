"""The contract of a create request, in both generations, and how refusals are put in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, cast

ENVELOPES = ("string", "object", "flat", "data")

A_REQUIRED = {
    "sourceType": "string",
    "sourceFilename": "string",
    "sourceBytes": "integer",
    "sourceDurationSec": "number",
    "trimStartSec": "number",
    "trimEndSec": "number",
    "targetId": "string",
}
A_OPTIONAL = {"title": "string"}
B_REQUIRED = {"sourceFilename": "string", "targetIds": "strings"}
B_OPTIONAL = {
    "title": "string",
    "sourceDurationSec": "number",
    "trimStartSec": "number",
    "trimEndSec": "number",
    "exportFps": "integer",
    "mocapType": "string",
}
FPS_CHOICES = (24, 30, 60, 120)
MOCAP_TYPES = ("full_body", "upper_body")


class Refused(Exception):  # noqa: N818 - a refusal is an answer, no error of the stand-in's
    """A request that the service answers with an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message

    def body(self, envelope: str) -> dict[str, Any]:
        """The error in one of the envelopes that clients must understand."""
        pair = {"code": self.code, "message": self.message}
        return {
            "string": {"error": self.code},
            "object": {"error": pair},
            "flat": pair,
            "data": {"data": {"error": pair}},
        }[envelope]


@dataclass(frozen=True)
class Order:
    """A create request that was accepted, in one form for both generations."""

    filename: str
    targets: tuple[str, ...]
    title: str
    source_bytes: int | None  # A only
    duration: float | None  # seconds; None in B where not told
    trim_start: float
    trim_end: float | None  # None: the end of the video
    export_fps: int
    mocap_type: str


@dataclass(frozen=True)
class Limits:
    """The limits of the plan; None: no limit."""

    seconds: float | None = None
    file_bytes: int | None = None
    running_jobs: int | None = None
    plan_active: bool = True


@dataclass(frozen=True)
class Terms:
    """The terms of a service of one generation."""

    generation: str
    limits: Limits
    takes_avatars: bool
    refusal_status: int  # of requests that are wrong in themselves: 400 or 422


def read_order(terms: Terms, body: Any) -> Order:
    """Validates a create body strictly. Raises Refused with the documented code where there is one."""
    _check_fields(terms, body)
    if not body["sourceFilename"].strip():
        raise Refused(terms.refusal_status, "invalid_request", "sourceFilename is empty.")
    if body.get("sourceType", "upload") != "upload":
        raise Refused(terms.refusal_status, "invalid_request", 'sourceType must be "upload".')
    order = Order(
        filename=body["sourceFilename"],
        targets=(body["targetId"],) if terms.generation == "A" else tuple(body["targetIds"]),
        title=body.get("title", ""),
        source_bytes=body.get("sourceBytes"),
        duration=body.get("sourceDurationSec"),
        trim_start=body.get("trimStartSec", 0.0),
        trim_end=body.get("trimEndSec"),
        export_fps=body.get("exportFps", 30),
        mocap_type=body.get("mocapType", "full_body"),
    )
    _check_choices(terms, order)
    _check_size_and_range(terms, order)
    return order


def _check_fields(terms: Terms, body: Any) -> None:
    status = terms.refusal_status
    if not isinstance(body, dict):
        raise Refused(status, "invalid_request", "The body must be a JSON object.")
    if terms.generation == "B" and "targetIds" not in body:
        raise Refused(status, "api_target_ids_required", "targetIds is required.")
    fields = cast("dict[str, Any]", body)
    required, optional = (A_REQUIRED, A_OPTIONAL) if terms.generation == "A" else (B_REQUIRED, B_OPTIONAL)
    for name in fields:
        if name not in required and name not in optional:
            raise Refused(status, "invalid_request", f'Unrecognized key in object: "{name}".')
    for name in required:
        if name not in fields:
            raise Refused(status, "invalid_request", f'"{name}" is required.')
    for name, value in fields.items():
        kind = required.get(name) or optional[name]
        if not _is_a(kind, value):
            raise Refused(status, *_wrong_type(name, kind))


def _is_a(kind: str, value: Any) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "strings":
        items = cast("list[Any]", value) if isinstance(value, list) else []
        return bool(items) and all(isinstance(item, str) for item in items)
    if isinstance(value, bool):
        return False
    if kind == "integer":
        return isinstance(value, int)
    return isinstance(value, int | float) and math.isfinite(value)


def _wrong_type(name: str, kind: str) -> tuple[str, str]:
    codes = {
        "targetIds": "api_target_ids_required",
        "exportFps": "export_fps_invalid",
        "mocapType": "mocap_type_invalid",
        "sourceDurationSec": "api_source_duration_invalid",
        "trimStartSec": "api_trim_range_invalid",
        "trimEndSec": "api_trim_range_invalid",
    }
    return codes.get(name, "invalid_request"), f'"{name}" must be of type {kind}.'


def _check_choices(terms: Terms, order: Order) -> None:
    status = terms.refusal_status
    if not terms.limits.plan_active:
        raise Refused(403, "api_plan_inactive", "The plan of this key is not active.")
    for target in order.targets:
        is_avatar = target.startswith("avatar:") and target != "avatar:"
        if target not in ("default", "unitree_g1") and not (terms.takes_avatars and is_avatar):
            raise Refused(status, "api_target_unsupported", f"Target {target!r} is not supported.")
    if order.export_fps not in FPS_CHOICES:
        raise Refused(status, "export_fps_invalid", f"exportFps must be one of {FPS_CHOICES}.")
    if order.mocap_type not in MOCAP_TYPES:
        raise Refused(status, "mocap_type_invalid", f"mocapType must be one of {MOCAP_TYPES}.")


def _check_size_and_range(terms: Terms, order: Order) -> None:
    status, limits = terms.refusal_status, terms.limits
    if order.source_bytes is not None and order.source_bytes <= 0:
        raise Refused(status, "invalid_request", "sourceBytes must be greater than 0.")
    if limits.file_bytes is not None and (order.source_bytes or 0) > limits.file_bytes:
        raise Refused(413, "api_file_size_limit_exceeded", f"The plan allows {limits.file_bytes} bytes.")
    if order.duration is not None and order.duration <= 0:
        raise Refused(status, "api_source_duration_invalid", "sourceDurationSec must be greater than 0.")
    if limits.seconds is not None and (order.duration or 0) > limits.seconds:
        raise Refused(status, "api_duration_limit_exceeded", f"The plan allows {limits.seconds} s.")
    end = order.trim_end if order.trim_end is not None else order.duration
    if order.trim_start < 0 or (end is not None and not order.trim_start < end):
        raise Refused(status, "api_trim_range_invalid", "trimStartSec must be before trimEndSec.")
    if end is not None and order.duration is not None and end > order.duration:
        raise Refused(status, "api_trim_range_invalid", "trimEndSec is after the end of the video.")
