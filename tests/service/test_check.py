"""Is the address reachable, and the key accepted?"""

import pytest

from aimocap_blender.service.client import IMPOSSIBLE_JOB
from aimocap_blender.service.faults import Kind, ServiceFault
from tests.standin import StandIn

from .conftest import service_at
from .raw_server import RawServer, reply, reply_json


@pytest.mark.parametrize("generation", ["A", "B"])
@pytest.mark.parametrize("envelope", ["string", "object", "flat", "data"])
def test_the_contracts_404_is_the_good_answer(generation: str, envelope: str) -> None:
    with StandIn(generation, envelope=envelope) as standin:
        from aimocap_blender.service.client import Service

        Service(standin.base_url, standin.api_key).check()
        assert [request.method for request in standin.requests] == ["GET"]
        assert standin.requests[0].path.endswith(IMPOSSIBLE_JOB)
        assert standin.violations == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply("404 Not Found", b"<html>no such page</html>"), Kind.NO_SERVICE),
        (reply("404 Not Found"), Kind.NO_SERVICE),
        (reply_json("401 Unauthorized", '{"error": "bad key"}'), Kind.KEY),
        (reply("403 Forbidden", b"<html>"), Kind.BAD_ANSWER),
        (reply_json("403 Forbidden", "{}"), Kind.KEY),
        (reply("200 OK", b"<html>welcome</html>"), Kind.BAD_ANSWER),
        (reply_json("200 OK", '{"job": {"id": "x", "status": "draft"}}'), Kind.NO_SERVICE),
        (reply("301 Moved", b"", Location="https://www.example"), Kind.REDIRECT),
        (reply("500 Oops"), Kind.SERVER),
    ],
)
def test_any_other_answer_is_not(answer: bytes, kind: Kind) -> None:
    with RawServer([answer]) as server, pytest.raises(ServiceFault) as caught:
        service_at(server.url).check()
    assert caught.value.kind is kind


def test_a_revoked_key_is_refused() -> None:
    with StandIn() as standin, pytest.raises(ServiceFault) as caught:
        service_at(standin.base_url).check()
    assert caught.value.kind is Kind.KEY
