"""The durable record: through JSON and back without loss, and refused where it isn't one."""

import json
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.jobs.capture import (
    Capture,
    Counts,
    Order,
    ResultFile,
    ServiceStatus,
    Source,
    State,
    Submission,
    Trouble,
)
from aimocap_blender.record_json import UnreadableRecordError, from_json, to_json
from tests.jobs.example_captures import EXAMPLE

FINITE = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(st.none() | st.booleans() | st.integers() | FINITE | st.text(), st.lists, max_leaves=5)
CAPTURES = st.builds(
    Capture,
    source=st.builds(Source),
    order=st.builds(Order, duration_sec=FINITE, trim_start_sec=FINITE, trim_end_sec=FINITE),
    binding=st.dictionaries(st.text(), PLAIN, max_size=3),
    created_at=FINITE,
    not_before=FINITE,
    state=st.sampled_from(State),
    left_out=st.tuples(st.text()),
    abandoned=st.tuples(st.text(), st.text()),
    counts=st.builds(Counts),
    submission=st.builds(Submission, at=FINITE),
    heard=st.builds(ServiceStatus, since=FINITE, events=st.tuples(st.text())),
    links=st.dictionaries(st.text(), st.text(), max_size=2),
    files=st.dictionaries(st.text(), st.builds(ResultFile), max_size=2),
    trouble=st.none() | st.builds(Trouble),
    blocked_from=st.none() | st.sampled_from(State),
)


@given(CAPTURES)
def test_a_record_survives_the_disk(capture: Capture) -> None:
    text = json.dumps(to_json(capture), allow_nan=False)
    assert from_json(Capture, json.loads(text)) == capture


def test_fields_of_a_later_version_are_ignored_and_new_ones_have_defaults() -> None:
    record = json.loads(json.dumps(to_json(EXAMPLE)))
    record["from_the_future"] = {"x": 1}
    record["counts"]["from_the_future"] = 5
    del record["abandoned"], record["counts"]["fetches"]
    assert from_json(Capture, record) == EXAMPLE


def places(record: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(record, dict):
        return [path]
    inside = cast("dict[str, object]", record).items()
    return [path, *(place for name, inner in inside for place in places(inner, (*path, name)))]


@pytest.mark.parametrize("place", places(to_json(replace(EXAMPLE, trouble=Trouble("k", "w", "n"))))[1:])
def test_a_value_of_another_type_is_refused_wherever_it_stands(place: tuple[str, ...]) -> None:
    if place[0] == "binding":
        return  # the caller's own
    record = json.loads(json.dumps(to_json(replace(EXAMPLE, trouble=Trouble("k", "w", "n")))))
    inner = record
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = ["another type"] if not isinstance(inner[place[-1]], list) else 5
    with pytest.raises(UnreadableRecordError):
        from_json(Capture, record)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_other_json_is_refused(value: object) -> None:
    with pytest.raises(UnreadableRecordError):
        from_json(Capture, value)
