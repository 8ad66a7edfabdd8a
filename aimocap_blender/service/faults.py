"""Faults of the service and the network, each with a sentence of what happened and one of what to do."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import LiteralString

from ..texts.faults import Fault
from ..texts.text import Sentence

NO_CREDITS, CONCURRENCY_CODE = "insufficient_api_v_credits", "api_concurrency_limit_exceeded"
"""The service's codes of two refusals."""


class Kind(StrEnum):
    """The kinds of fault: the kind, never the words, decides what a capture does next."""

    NO_REQUESTS = "no_requests"  # this Blender's Python has no `requests`
    ADDRESS = "address"  # the service address can't be used
    KEY = "key"  # none, malformed, or refused by the service (401, 403)
    NO_CONNECTION = "no_connection"  # nothing was sent: no name, no route, no listener
    TLS = "tls"  # the certificate isn't trusted, or the trust store is missing
    PROXY = "proxy"  # the proxy refused, or is unreachable
    LOST = "lost"  # the connection broke during the request
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"  # by this side
    SERVER = "server"  # 5xx
    BUSY = "busy"  # 429
    CONCURRENCY = "concurrency"  # too many concurrent jobs, by the service's own code
    REFUSED = "refused"  # any other 4xx of the service
    NO_SUCH_JOB = "no_such_job"  # the contract's 404, in JSON
    NO_SERVICE = "no_service"  # some other 404: this isn't the service
    GONE = "gone"  # 410
    NOT_READY = "not_ready"  # 409, 425
    REDIRECT = "redirect"
    BAD_ANSWER = "bad_answer"  # not JSON, a missing or wrong field, of another job
    UNSAFE_LINK = "unsafe_link"  # a link from the service is not safe to follow
    LINK_EXPIRED = "link_expired"  # the storage no longer accepts the link
    STORAGE_REFUSED = "storage_refused"  # any other 4xx of the storage
    TRUNCATED = "truncated"  # fewer bytes than announced; those received are kept
    TOO_LARGE = "too_large"
    DISK = "disk"  # a local file can't be written
    SOURCE_CHANGED = "source_changed"  # the video is missing or was changed


class ServiceFault(Fault):
    """Something went wrong between this machine and the service.

    Neither the sentences nor the exception's text ever hold a key or the query of a presigned link.

    Attributes:
        kind: decides what happens next.
        code: the service's own code, if it gave one.
        http_status: the answer's status, if there was an answer.
        sent: False only if the request certainly never left this machine whole.
        retry_after: seconds that the service asks to wait, 0 to 600.
        said: the service's own words of a refusal, else its code, ready to show; '' if it gave neither.
        names_idempotency: whether a refusal names the idempotency key: the same request without one may be accepted.
    """

    def __init__(
        self,
        kind: Kind,
        what: Sentence = "",
        next_step: Sentence = "",
        *,
        code: str | None = None,
        http_status: int | None = None,
        sent: bool = False,
        retry_after: float | None = None,
        said: str = "",
        names_idempotency: bool = False,
    ) -> None:
        """Make one in the given words, a documented code's, or the kind's usual ones."""
        words = DOCUMENTED_CODES.get(code or "", WORDS.get(kind, ("The request failed.", "Try again.")))
        super().__init__(what or words[0], next_step or words[1])
        self.kind = kind
        self.code = code
        self.http_status = http_status
        self.sent = sent
        self.retry_after = retry_after
        self.said = said
        self.names_idempotency = names_idempotency

    @property
    def documented(self) -> bool:
        """Whether the service refused with a documented code; a gateway may have sent the request twice even so."""
        return self.code in DOCUMENTED_CODES


DOCUMENTED_CODES: Mapping[str, tuple[LiteralString, LiteralString]] = MappingProxyType(
    {
        "export_fps_invalid": (
            "The service does not accept this export frame rate.",
            "Choose 24, 30, 60 or 120 as the export frame rate.",
        ),
        "mocap_type_invalid": (
            "The service does not accept this capture type.",
            "Choose full body or upper body as the capture type.",
        ),
        "api_target_ids_required": (
            "The service expects the target in another format.",
            "Update the add-on, or report this to its developers.",
        ),
        "api_target_unsupported": (
            "The service does not offer this target.",
            "Choose another target, or check the avatar's id.",
        ),
        "api_source_duration_invalid": (
            "The service does not accept the video's duration.",
            "Check that the video plays to its end, or upload a trimmed clip.",
        ),
        "api_duration_limit_exceeded": (
            "The range is longer than your plan allows.",
            "Shorten the strip, or upgrade your plan on the service's website.",
        ),
        "api_file_size_limit_exceeded": (
            "The video file is larger than your plan allows.",
            "Upload a trimmed clip, or upgrade your plan on the service's website.",
        ),
        "api_trim_range_invalid": (
            "The service does not accept the trimmed range.",
            "Trim the strip so that its range is within the video.",
        ),
        CONCURRENCY_CODE: (
            "Your plan's concurrent-job limit is reached.",
            "It continues when another job has finished.",
        ),
        "api_plan_inactive": (
            "Your plan at the service is not active.",
            "Activate it on the service's website, then capture again.",
        ),
        NO_CREDITS: (
            "There are not enough credits for this range.",
            "Add API credits (web studio credits don't count), or shorten the strip.",
        ),
    },
)

COMPRESSED = "The server sent compressed data, which was not requested."

WORDS: Mapping[Kind, tuple[LiteralString, LiteralString]] = MappingProxyType(
    {
        Kind.NO_REQUESTS: (
            "Blender's Python has no 'requests' package.",
            "Use Blender from blender.org, or install the add-on's zip whose name ends in -with-requests.",
        ),
        Kind.KEY: ("The service refused the API key.", "Enter a valid key in the add-on's preferences."),
        Kind.NO_CONNECTION: ("No connection to the service.", "Check the network; the add-on retries automatically."),
        Kind.TLS: (
            "The service's certificate is not trusted.",
            "Check the computer's clock, or set REQUESTS_CA_BUNDLE to your company's certificates.",
        ),
        Kind.PROXY: ("The proxy did not let the request through.", "Check HTTPS_PROXY and the proxy's login."),
        Kind.LOST: ("The connection was lost.", "Retrying automatically."),
        Kind.TIMEOUT: ("The service did not answer in time.", "Retrying automatically."),
        Kind.CANCELLED: ("The request was cancelled.", "Start it again when you are ready."),
        Kind.SERVER: ("The service has an internal error.", "Retrying automatically."),
        Kind.BUSY: ("The service is busy.", "Retrying automatically."),
        Kind.REFUSED: ("The service refused the request.", "Check the settings, then capture again."),
        Kind.NO_SUCH_JOB: (
            "The service does not know this job.",
            "Check that the key belongs to the job's account; jobs expire after 7, 14 or 30 days, by plan.",
        ),
        Kind.NO_SERVICE: (
            "There is no AIMoCap service at this address.",
            "Check the service address in the preferences.",
        ),
        Kind.GONE: (
            "The service no longer has this job: jobs expire after 7, 14 or 30 days, by plan.",
            "Capture again if you need it.",
        ),
        Kind.NOT_READY: ("The service has not finished this yet.", "Retrying automatically."),
        Kind.REDIRECT: (
            "The service tried to redirect the request, which the add-on does not follow.",
            "Enter the service's final address in the preferences, then start again.",
        ),
        Kind.BAD_ANSWER: ("The service's answer could not be understood.", "Try again later, or update the add-on."),
        Kind.UNSAFE_LINK: ("The service sent a link that is not safe to follow.", "Report this to the service."),
        Kind.LINK_EXPIRED: ("The storage link has expired.", "A new link is requested automatically."),
        Kind.STORAGE_REFUSED: ("The storage refused the file.", "Try again later, or report this to the service."),
        Kind.TRUNCATED: ("The download is incomplete.", "The rest is downloaded automatically."),
        Kind.TOO_LARGE: ("The file is larger than the add-on accepts.", "Report this to the service."),
        Kind.DISK: (
            "A file could not be written.",
            "Free up disk space or check the captures folder's permissions, then follow the capture again.",
        ),
        Kind.SOURCE_CHANGED: (
            "The video file was changed or is missing.",
            "Restore the original file, or capture again.",
        ),
    },
)
