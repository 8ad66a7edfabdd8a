"""The stand-in service: an API, a storage and a control endpoint on three ports of their own."""

from __future__ import annotations

import secrets
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .api import Api
from .connection import Server
from .contract import ENVELOPES, Limits
from .control import Control
from .faults import Faults
from .jobs import Jobs
from .links import Links
from .recording import Charge, Log, Request
from .results import Results
from .storage import Storage

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence


class StandIn:
    """The service of one generation of the contract, in this process, as a context manager.

    Attributes that tests may set at any time: `generation`, `envelope` (one of ENVELOPES), `wrapped` (answers in
    `{"data": …}`), `polls` (the statuses that a job's polls find, in order), `credits` (None: no end of them),
    `limits`, `ignore_target_for` (a service that makes something else than was asked), `failed_outputs` (targets
    whose outputs have no link), `lost_files` (targets whose links lead to nothing), `takes_avatars`,
    `refusal_status`, `nested_results` (results in the contract's third shape), `refuses_idempotency_keys` (requests
    with that header), `upload_etags` (one of ETAGS), `keys`, `results`, `preview` (each job's preview video; None: the
    video that was uploaded). At `dead_url` every connection is refused.
    """

    def __init__(
        self,
        generation: str = "A",
        *,
        folder: Path | None = None,
        results: Results | None = None,
        polls: Sequence[str] = ("queued", "processing", "processing", "completed"),
        envelope: str = "object",
        wrapped: bool = True,
        link_seconds: float = 900.0,
        api_key: str | None = None,
        takes_avatars: bool | None = None,
        host: str = "127.0.0.1",
        storage_host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if generation not in ("A", "B"):
            raise ValueError(f"no such generation: {generation}")
        if envelope not in ENVELOPES:
            raise ValueError(f"no such envelope: {envelope}")
        self.generation = generation
        self.results = results or Results()
        self.polls = list(polls)
        self.envelope = envelope
        self.wrapped = wrapped
        self.credits: float | None = None
        self.limits = Limits()
        self.ignore_target_for: str | None = None
        self.failed_outputs: set[str] = set()
        self.lost_files: set[str] = set()
        self.takes_avatars = generation == "A" if takes_avatars is None else takes_avatars
        self.refusal_status = 400
        self.nested_results = False
        self.refuses_idempotency_keys = False
        self.upload_etags = "sha256"
        self.preview: Path | None = None
        self.api_key = api_key or f"sk-{secrets.token_hex(16)}"
        self.keys = {self.api_key}
        self.faults = Faults()
        self.log = Log()
        self.links = Links(link_seconds)
        self.jobs = Jobs(self)
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="standin-")
        self.folder = folder or Path(self._temporary.name if self._temporary else "")
        for name in ("uploads", "made"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.api = Server(host, port, Api, self)
        self.storage = Server(storage_host, 0, Storage, self)
        self._control = Server("127.0.0.1", 0, Control, self)
        self._nobody = socket.socket()  # bound, but never listening: whoever connects is refused
        self._nobody.bind(("127.0.0.1", 0))
        scheme = "https" if tls else "http"
        if tls:
            for server in (self.api, self.storage):
                server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.base_url = f"{scheme}://{host}:{self.api.server_address[1]}"
        self.storage_url = f"{scheme}://{storage_host}:{self.storage.server_address[1]}"
        self.dead_url = f"{scheme}://127.0.0.1:{self._nobody.getsockname()[1]}"
        self.control_url = f"http://127.0.0.1:{self._control.server_address[1]}"

    def start(self) -> Self:
        for server in (self.api, self.storage, self._control):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def close(self) -> None:
        """Ends all connections, also those that are held, and frees the ports."""
        self.faults.clear()
        servers = (self.api, self.storage, self._control)
        endings = [threading.Thread(target=server.shutdown) for server in servers]
        for ending in endings:
            ending.start()
        for server, ending in zip(servers, endings, strict=True):
            ending.join()
            server.end_connections()
            server.server_close()
        self._nobody.close()
        if self._temporary:
            self._temporary.cleanup()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def requests(self) -> list[Request]:
        """Every request so far, in order of arrival."""
        return self.log.requests

    @property
    def charges(self) -> list[Charge]:
        """One for each processed complete-upload."""
        return self.log.charges

    @property
    def violations(self) -> list[str]:
        """Breaches of the contract, the bearer at the storage among them."""
        return self.log.violations

    def steps(self) -> list[str]:
        """The steps of all requests, in order: `['create', 'upload', …]`."""
        return [request.step for request in self.requests]

    def hold(self, status: str) -> None:
        """From now on jobs come as far as this status ('queued', 'processing') and stay there."""
        self.jobs.hold(status)

    def release(self) -> None:
        """Held jobs go on."""
        self.jobs.hold(None)

    def wait_until(self, holds: Callable[[], bool], timeout: float = 10.0) -> bool:
        """Waits until `holds()`, asked again whenever something happened here."""
        return self.log.wait_until(holds, timeout)

    def link(self, method: str, key: str) -> str:
        """A fresh presigned link to an object of the storage."""
        return self.links.sign(method, self.storage_url, key)

    def addresses(self) -> dict[str, str]:
        return {
            "base_url": self.base_url,
            "storage_url": self.storage_url,
            "control_url": self.control_url,
            "dead_url": self.dead_url,
            "api_key": self.api_key,
            "folder": str(self.folder),
        }
