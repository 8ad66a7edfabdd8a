"""A record whose numbers can't be written again is refused when it is read, not when a step is to be made durable."""

import json

import pytest

from aimocap_blender.jobs.capture import Capture
from aimocap_blender.record_json import UnreadableRecordError, from_json, to_json
from tests.jobs.example_captures import EXAMPLE


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1" * 400])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    text = json.dumps(to_json(EXAMPLE)).replace('"created_at": 5.0', f'"created_at": {number}')
    assert number in text
    with pytest.raises(UnreadableRecordError):
        from_json(Capture, json.loads(text))


@pytest.mark.parametrize("binding", ['{"a": NaN}', '{"a": [1, {"b": 1e400}]}'])
def test_nor_may_one_be_in_what_the_caller_bound(binding: str) -> None:
    text = json.dumps(to_json(EXAMPLE)).replace('"binding": {}', f'"binding": {binding}')
    assert binding in text
    with pytest.raises(UnreadableRecordError):
        from_json(Capture, json.loads(text))
