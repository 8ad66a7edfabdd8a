"""The service's endpoints, with the API key, which is sent to them alone.

Importing this imports `requests`; without it, the import raises a `ServiceFault` that says so.
"""

import hashlib
import json
from functools import partial
from urllib.parse import quote

from . import addresses, answers, contract
from .contract import CreatedJob, Generation, JobResult, JobState, NewJob
from .faults import Kind, ServiceFault
from .interruption import Cancellation, Timeouts

try:
    from . import transfers, wire
except ModuleNotFoundError:  # so that late imports raise a fault in plain words, like any call
    raise ServiceFault(Kind.NO_REQUESTS) from None

LARGEST_ANSWER = 4 * 2**20
"""Largest JSON answer that is read, in bytes."""

IMPOSSIBLE_JOB = "00000000-0000-0000-0000-000000000000"

_JOBS = "/api/v1/mocap/jobs"


class Service:
    """A service address with its API key. Holds no connection: any thread may call, several at once.

    Args:
        base_url: as typed.
        api_key: as pasted; surrounding white space is ignored.
        timeouts: of the network.

    Attributes:
        base_url: in normal form.
        key_fingerprint: distinguishes keys without revealing them.

    Raises:
        ServiceFault: `ADDRESS` or `KEY`: one of the two is invalid; neither is quoted in the fault.
    """

    def __init__(self, base_url: str, api_key: str, timeouts: Timeouts | None = None) -> None:
        self.base_url = addresses.service_address(base_url)
        # what is pasted may bring a line break or a space along
        key = api_key.strip()
        if not key:
            raise ServiceFault(Kind.KEY, what="There is no API key yet.")
        # a line break would end the header, and quotation marks of a word processor have no place in it
        if not all("!" <= letter <= "~" for letter in key):
            raise ServiceFault(Kind.KEY, what="The API key contains invalid characters.")
        self.key_fingerprint = hashlib.sha256(b"aimocap key " + key.encode("ascii")).hexdigest()[:12]
        self._key = key
        self._timeouts = timeouts or Timeouts()
        self._local: bool | None = None

    def check(self, cancellation: Cancellation | None = None) -> None:
        """Check that the address is reachable and the key accepted, by asking for a job that can't exist.

        Raises:
            ServiceFault: one is not. The contract's JSON 404 is the expected answer.
        """
        try:
            contract.job_state(self._look(IMPOSSIBLE_JOB, cancellation))
        except ServiceFault as answered:
            if answered.kind is Kind.NO_SUCH_JOB:
                return
            raise
        raise ServiceFault(Kind.NO_SERVICE)

    def create_job(
        self,
        job: NewJob,
        known: Generation | None = None,
        cancellation: Cancellation | None = None,
        idempotency_key: str = "",
    ) -> CreatedJob:
        """Create a draft, in whichever generation of the contract this service speaks.

        A refused create made no job, so the second attempt never leaves two. One that names the idempotency key is
        repeated without it.

        Args:
            known: the generation that this address last accepted.
            cancellation: stops the request.
            idempotency_key: the same for each repetition of this create; '' to send none.

        Returns:
            The draft, with the generation to remember.
        """
        options = tuple(job.options_of_b())
        create = partial(self._create, job, options, idempotency_key, cancellation)
        # settings that only generation B knows are left out only where the service refuses them
        first = Generation.B if options else known or Generation.A
        try:
            return create(first)
        except _RefusedError as refused:
            first_fault, second = refused.fault, refused.other_generation
        if second is None:
            raise first_fault
        try:
            return create(second)
        except _RefusedError as refused:
            # two that point at each other: the first answer is about what was asked for
            raise (refused.fault if refused.other_generation is None else first_fault) from None

    def job(self, job_id: str, cancellation: Cancellation | None = None) -> JobState:
        """Return the service's status of a job.

        Raises:
            ServiceFault: `BAD_ANSWER` also if the answer is for another job.
        """
        answer = self._look(job_id, cancellation)
        contract.check_job(answer, job_id)
        return contract.job_state(answer)

    def complete_upload(self, job_id: str, idempotency_key: str = "") -> None:
        """Submit an uploaded video: this consumes credits, so it is sent once, and never cancelled.

        Args:
            job_id: of the draft.
            idempotency_key: the same for each repetition of this submission; '' to send none. A refusal that names it
                is raised like any other, with `names_idempotency`.

        Raises:
            ServiceFault: only if its `sent` is False did the request certainly do nothing.
        """
        path = f"/{quote(job_id, safe='')}/complete-upload"
        body = self._call("POST", path, None, None, idempotency_key=idempotency_key)
        if body.strip():
            contract.check_job(answers.parse(body), job_id)

    def results(
        self, job_id: str, target_ids: tuple[str, ...], cancellation: Cancellation | None = None
    ) -> tuple[JobResult, ...]:
        """Return where the files of a completed job are: one result for each of these targets that has one.

        Raises:
            ServiceFault: there is no result; also `BAD_ANSWER` for another job's, `UNSAFE_LINK` if no link is safe.
        """
        body = self._call("GET", f"/{quote(job_id, safe='')}/result", None, cancellation)
        answer = answers.parse(body)
        contract.check_job(answer, job_id)
        found: list[JobResult] = []
        unsafe: ServiceFault | None = None
        # one bad link doesn't hold back what was paid for the others
        for one in contract.job_results(answer, target_ids):
            try:
                if one.url:
                    addresses.check_link(one.url, local_allowed=self._is_local())
                found.append(one)
            except ServiceFault as refused:
                unsafe = refused
        if unsafe is not None and not found:
            raise unsafe
        return tuple(found)

    @property
    def storage(self) -> transfers.Storage:
        """The access to the storage, which gets no key."""
        return transfers.Storage(self._timeouts, self._is_local())

    def _look(self, job_id: str, cancellation: Cancellation | None) -> answers.Json:
        return answers.parse(self._call("GET", f"/{quote(job_id, safe='')}", None, cancellation))

    def _create(
        self,
        job: NewJob,
        options: tuple[str, ...],
        idempotency_key: str,
        cancellation: Cancellation | None,
        generation: Generation,
    ) -> CreatedJob:
        body = json.dumps(job.body(generation), allow_nan=False).encode("ascii")
        call = partial(self._call, "POST", "", body, cancellation, generation)
        try:
            answer = answers.parse(call(idempotency_key))
        except _RefusedError as refused:
            if not (idempotency_key and refused.fault.names_idempotency):
                raise
            answer = answers.parse(call())
        return contract.created_job(answer, generation, options if generation is Generation.A else ())

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None,
        cancellation: Cancellation | None,
        creating: Generation | None = None,
        idempotency_key: str = "",
    ) -> bytes:
        headers = {"Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        outgoing = wire.Outgoing(
            method=method,
            url=f"{self.base_url}{_JOBS}{path}",
            auth=wire.Bearer(self._key, self.base_url),
            headers=headers,
            body=body,
            patience=self._timeouts.whole,
            # the user typed this address, so it leads where they want it to
            local_allowed=True,
        )
        with wire.exchange(outgoing, self._timeouts, cancellation) as answer:
            if 200 <= answer.status < 300:  # noqa: PLR2004 -- HTTP's own class
                whole = answer.body(LARGEST_ANSWER)
                # a connection that broke within the head looks like an empty answer
                if not whole and not answer.is_delimited:
                    raise ServiceFault(Kind.TRUNCATED, http_status=answer.status, sent=True)
                return whole
            said = answer.body_if_readable(LARGEST_ANSWER)
            refused = answers.refusal(answer.status, answer.headers, said)
        if creating is not None:
            raise _RefusedError(refused, contract.other_generation(creating, refused, said))
        raise refused

    def _is_local(self) -> bool:
        # asked for once: it waits for a name server
        if self._local is None:
            self._local = addresses.service_is_local(self.base_url)
        return self._local


class _RefusedError(Exception):
    """A refused create, and the generation that it points to."""

    def __init__(self, refused: ServiceFault, other_generation: Generation | None) -> None:
        super().__init__()
        self.fault = refused
        self.other_generation = other_generation
