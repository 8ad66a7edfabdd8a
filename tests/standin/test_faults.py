"""Each way of going wrong is seen by the client as it is meant, and takes effect, or doesn't, as it says."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
from typing import TYPE_CHECKING

import pytest

from tests.standin.conftest import fbx_link

from .conftest import VIDEO, ask

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Answer, Caller


def submit(caller: Caller) -> Answer:
    created = caller.create().data
    caller.upload(created["uploadUrl"])
    return caller.call("POST", f"{caller.jobs_url}/{created['jobId']}/complete-upload")


@pytest.mark.parametrize(("acts", "charges"), [(True, 1), (False, 0)])
def test_reset_before_and_after_acting(caller: Caller, acts: bool, charges: int) -> None:
    caller.standin.faults.add(step="complete_upload", reset=True, acts=acts)
    with pytest.raises(ConnectionResetError):
        submit(caller)
    assert len(caller.standin.charges) == charges


@pytest.mark.parametrize(("acts", "charges"), [(True, 1), (False, 0)])
def test_an_error_status_before_and_after_acting(caller: Caller, acts: bool, charges: int) -> None:
    caller.standin.faults.add(step="complete_upload", status=503, acts=acts, headers={"Retry-After": "7"})
    answer = submit(caller)
    assert (answer.status, answer.headers["retry-after"]) == (503, "7")
    assert len(caller.standin.charges) == charges


def test_an_end_without_an_answer(caller: Caller) -> None:
    caller.standin.faults.add(step="create", close=True)
    with pytest.raises(http.client.RemoteDisconnected):
        caller.create()
    assert caller.create().status == 200


def test_a_page_in_place_of_json(caller: Caller) -> None:
    caller.standin.faults.add(step="job", body="<html>down for maintenance</html>", status=200)
    answer = caller.call("GET", f"{caller.jobs_url}/x")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html")


def test_fields_put_in_and_taken_out(caller: Caller) -> None:
    job_id = caller.submitted()
    caller.standin.faults.add(step="job", merge={"job": {"status": "draft"}}, drop=["job.targetIds"])
    assert caller.call("GET", f"{caller.jobs_url}/{job_id}").data["job"] == {"id": job_id, "status": "draft"}


def test_a_truncated_answer(caller: Caller) -> None:
    caller.standin.faults.add(step="create", after_bytes=5, acts=True)
    with pytest.raises(http.client.IncompleteRead):
        caller.create()


def test_skipping_and_counting(caller: Caller) -> None:
    caller.standin.faults.add(step="create", status=500, skip=1, times=2)
    assert [caller.create().status for _ in range(4)] == [200, 500, 500, 200]


def test_a_held_request_is_processed_when_released(caller: Caller) -> None:
    job_id = caller.submitted()
    fault = caller.standin.faults.add(step="job", hold="before")
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(caller.status(job_id)))
    thread.start()
    assert fault.reached.wait(10)
    assert answers == []
    fault.release()
    thread.join(10)
    assert answers == ["queued"]


def test_a_late_effect(caller: Caller) -> None:
    fault = caller.standin.faults.add(step="complete_upload", late=True, reset=True)
    with pytest.raises(ConnectionResetError):
        submit(caller)
    assert caller.standin.charges == []
    fault.release()
    assert caller.standin.wait_until(lambda: len(caller.standin.charges) == 1)


def test_an_upload_reset_in_the_middle(caller: Caller) -> None:
    caller.standin.faults.add(step="upload", after_bytes=1000, reset=True)
    link = caller.create().data["uploadUrl"]
    with pytest.raises(OSError):  # noqa: PT011 - reset or broken pipe, as the kernel has it
        caller.upload(link, VIDEO)
    assert caller.standin.jobs[0].upload is None
    assert caller.standin.requests[-1].body_bytes == 1000
    assert caller.upload(link).status == 200


def test_a_storage_that_stops_reading(caller: Caller) -> None:
    fault = caller.standin.faults.add(step="upload", after_bytes=100, hold="reading")
    link = caller.create().data["uploadUrl"]
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(caller.upload(link).status))
    thread.start()
    assert fault.reached.wait(10)
    assert caller.standin.requests[-1].body_bytes == 100
    fault.release()
    thread.join(10)
    assert answers == [200]
    assert caller.standin.jobs[0].upload.read_bytes() == VIDEO  # type: ignore[union-attr]


def test_a_redirected_upload_is_not_stored(caller: Caller) -> None:
    caller.standin.faults.add(step="upload", status=303, headers={"Location": caller.standin.storage_url})
    assert caller.upload(caller.create().data["uploadUrl"]).status == 303
    assert caller.standin.jobs[0].upload is None


def test_downloads_that_break_off_or_lie(caller_a: Caller, tmp_path: Path) -> None:
    file = tmp_path / "result.fbx"
    file.write_bytes(bytes(100_000))
    caller_a.standin.results.fbx = file
    link = fbx_link(caller_a)
    faults = caller_a.standin.faults
    faults.add(step="download", after_bytes=70_000)
    with pytest.raises(http.client.IncompleteRead) as cut:
        ask("GET", link)
    assert len(cut.value.partial) == 70_000
    faults.add(step="download", ignore_range=True)
    assert ask("GET", link, Range="bytes=5-").status == 200
    faults.add(step="download", headers={"Content-Range": "bytes 1-5/9"})
    assert ask("GET", link, Range="bytes=5-").headers["content-range"] == "bytes 1-5/9"
    faults.add(step="download", status=403)
    assert ask("GET", link).status == 403
    assert len(ask("GET", link).body) == 100_000


def test_an_answer_about_another_job(caller: Caller) -> None:
    first, second = caller.completed(), caller.submitted()
    caller.standin.faults.add(step="job", of_job=first)
    caller.standin.faults.add(step="result", of_job=first)
    assert caller.call("GET", f"{caller.jobs_url}/{second}").data["job"]["id"] == first
    assert caller.call("GET", f"{caller.jobs_url}/{second}/result").data["jobId"] == first
    assert caller.call("GET", f"{caller.jobs_url}/{second}").data["job"]["id"] == second


def test_a_create_that_answers_with_an_earlier_job(caller: Caller) -> None:
    first = caller.create().data["jobId"]
    caller.standin.faults.add(step="create", of_job=first)
    again = caller.create()
    assert (again.status, again.data["jobId"], len(caller.standin.jobs)) == (200, first, 1)
    assert caller.upload(again.data["uploadUrl"]).status == 200
    assert caller.create().data["jobId"] != first


def test_early_hints_come_before_the_answer(caller: Caller) -> None:
    job_id = caller.submitted()
    caller.standin.faults.add(step="job", early=103)
    assert caller.call("GET", f"{caller.jobs_url}/{job_id}").status == 103  # where the client stops reading
    assert caller.status(job_id) == "processing"


def test_a_compressed_answer(caller: Caller) -> None:
    job_id = caller.submitted()
    caller.standin.faults.add(step="job", gzip=True)
    answer = caller.call("GET", f"{caller.jobs_url}/{job_id}")
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.body))["data"]["job"]["id"] == job_id


def test_a_padded_answer(caller: Caller) -> None:
    job_id = caller.submitted()
    caller.standin.faults.add(step="job", pads=5 * 2**20)
    answer = caller.call("GET", f"{caller.jobs_url}/{job_id}")
    assert len(answer.body) > 5 * 2**20
    assert answer.data["job"]["id"] == job_id


def test_links_to_nobody_then_to_the_storage(caller_a: Caller) -> None:
    job_id = caller_a.completed()
    caller_a.standin.faults.add(step="result", links_to=caller_a.standin.dead_url)
    dead, alive = (caller_a.call("GET", f"{caller_a.jobs_url}/{job_id}/result").data["fbxUrl"] for _ in range(2))
    with pytest.raises(ConnectionRefusedError):
        ask("GET", dead)
    assert ask("GET", alive).status == 200


@pytest.mark.parametrize(("acts", "charges"), [(True, 1), (False, 0)])
@pytest.mark.parametrize("status", [400, 402, 403, 409])
def test_a_refusal_with_a_reason(caller: Caller, status: int, acts: bool, charges: int) -> None:
    caller.standin.faults.add(step="complete_upload", status=status, message="The account is on hold.", acts=acts)
    answer = submit(caller)
    assert (answer.status, answer.json["error"]["message"]) == (status, "The account is on hold.")
    assert len(caller.standin.charges) == charges


def test_clearing_the_faults_frees_held_requests(caller: Caller) -> None:
    fault = caller.standin.faults.add(step="create", hold="before")
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(caller.create().status))
    thread.start()
    assert fault.reached.wait(10)
    caller.standin.faults.clear()
    thread.join(10)
    assert answers == [200]
