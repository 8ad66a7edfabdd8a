"""The bearer key goes to the service's own host and nowhere else; nothing else goes in its place."""

from pathlib import Path

import pytest

from aimocap_blender.service.client import Service
from aimocap_blender.service.faults import Kind, ServiceFault
from tests.faults.marks import Seen

from .conftest import KEY, nothing_moved, nowhere_local, service_at
from .raw_server import RawServer, reply, reply_json

JOB = '{"data": {"job": {"id": "j", "status": "queued", "targetIds": ["default"]}, "events": [], "result": null}}'


def test_every_api_request_carries_the_bearer() -> None:
    with RawServer([reply_json("200 OK", JOB)]) as server:
        service_at(server.url).job("j")
    assert server.asked[0].header("Authorization") == f"Bearer {KEY}"


def test_storage_never_sees_it(video: Path, tmp_path: Path) -> None:
    with RawServer([reply("200 OK")]) as storage, RawServer([reply_json("200 OK", JOB)]) as api:
        service = service_at(api.url)
        service.storage.upload(f"{storage.url}/put?X=1", video, video.stat().st_size, nothing_moved)
        service.storage.download(f"{storage.url}/get?X=1", tmp_path / "motion.fbx", 1000, nothing_moved)
    assert [asked.header("Authorization") for asked in storage.asked] == [None, None]
    assert not any(KEY.encode() in asked.head + asked.body for asked in storage.asked)


def test_storage_on_the_services_own_host_does_not_see_it_either(video: Path) -> None:
    with RawServer([reply("200 OK")]) as server:
        service_at(server.url).storage.upload(f"{server.url}/storage/put", video, video.stat().st_size, nothing_moved)
    assert server.asked[0].header("Authorization") is None


@pytest.mark.fault(54)
@pytest.mark.parametrize("entry", ["machine 127.0.0.1", "default"])
def test_netrc_neither_replaces_the_bearer_nor_leaks(
    entry: str, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: Seen
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"{entry} login somebody password from-netrc\n", encoding="ascii")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    # The loopback interface is asked without looking at the environment: make it look like any other host.
    monkeypatch.setattr("aimocap_blender.service.addresses.is_loopback", nowhere_local)
    with RawServer([reply_json("200 OK", JOB)]) as api, RawServer([reply("200 OK")]) as storage:
        service = service_at(api.url)
        service.job("j")
        service.storage.upload(f"{storage.url}/put", video, video.stat().st_size, nothing_moved)
        service.storage.download(f"{storage.url}/get", tmp_path / "motion.fbx", 1000, nothing_moved)
    assert api.asked[0].header("Authorization") == f"Bearer {KEY}"
    assert [asked.header("Authorization") for asked in storage.asked] == [None, None]
    seen(f"'{entry}': the key to the service, nothing to the storage")


@pytest.mark.fault(25)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirected_api_call_is_refused(status: str) -> None:
    with RawServer([reply_json("200 OK", JOB)]) as elsewhere:
        with RawServer([reply(status, Location=f"{elsewhere.url}/api/v1/mocap/jobs/j")]) as api:
            with pytest.raises(ServiceFault) as caught:
                service_at(api.url).job("j")
            assert len(api.asked) == 1
        assert elsewhere.asked == []
    assert caught.value.kind is Kind.REDIRECT


@pytest.mark.fault(26)
def test_a_redirected_download_goes_on_without_credentials(tmp_path: Path, seen: Seen) -> None:
    with (
        RawServer([reply("200 OK", b"motion")]) as elsewhere,
        RawServer([reply("302 Found", Location=f"{elsewhere.url}/there")]) as storage,
    ):
        service = service_at(storage.url)
        stored = service.storage.download(f"{storage.url}/here", tmp_path / "motion.fbx", 1000, nothing_moved)
    assert stored.path.read_bytes() == b"motion"
    assert elsewhere.asked[0].header("Authorization") is None
    seen("followed without credentials")


@pytest.mark.fault(26)
def test_download_redirects_end(tmp_path: Path, seen: Seen) -> None:
    with RawServer([reply("302 Found", Location="/again")]) as storage:
        with pytest.raises(ServiceFault) as caught:
            service_at(storage.url).storage.download(f"{storage.url}/here", tmp_path / "f", 1000, nothing_moved)
        assert len(storage.asked) == 4
    assert caught.value.kind is Kind.REDIRECT
    seen("ends after three")


@pytest.mark.fault(26)
def test_a_download_is_not_redirected_to_where_a_link_may_not_lead(tmp_path: Path, seen: Seen) -> None:
    away = reply("302 Found", Location="http://169.254.169.254/secrets")
    with RawServer([away]) as storage, pytest.raises(ServiceFault) as caught:
        service_at(storage.url).storage.download(f"{storage.url}/here", tmp_path / "f", 1000, nothing_moved)
    assert caught.value.kind is Kind.UNSAFE_LINK
    seen("not to a link-local address")


@pytest.mark.fault(53)
@pytest.mark.parametrize("key", ["", "  ", "secret a", "secret\nX-Other: 1", "“secret”", "secretäö", "secret\x00"])
def test_a_key_that_is_none_is_refused_and_not_repeated(key: str, seen: Seen) -> None:
    with pytest.raises(ServiceFault) as caught:
        Service("https://aimocap.net", key)
    assert caught.value.kind is Kind.KEY
    assert "secret" not in str(caught.value)
    seen(f"refused: {caught.value.what}")


@pytest.mark.fault(53)
def test_white_space_around_a_key_is_forgiven() -> None:
    with RawServer([reply_json("200 OK", JOB)]) as server:
        Service(server.url, f"  {KEY}\n").job("j")
    assert server.asked[0].header("Authorization") == f"Bearer {KEY}"


def test_fingerprints_tell_keys_apart_without_telling_them() -> None:
    one, other = Service("https://aimocap.net", KEY), Service("https://aimocap.net", KEY + "x")
    assert one.key_fingerprint != other.key_fingerprint
    assert one.key_fingerprint == Service("https://elsewhere.example", f" {KEY} ").key_fingerprint
    assert KEY[3:] not in one.key_fingerprint
    assert KEY not in repr(vars(one)["_timeouts"]) + repr(one)
