"""Sentences in records: English that every version reads, and beside it what translates them."""

import json
from dataclasses import replace

import pytest

from aimocap_blender.jobs.capture import Capture, State, Trouble
from aimocap_blender.jobs.transitions import refused
from aimocap_blender.record_json import from_json, to_json
from aimocap_blender.texts.text import Text
from tests.jobs.example_captures import EXAMPLE


def read_again(capture: Capture) -> Capture:
    return from_json(Capture, json.loads(json.dumps(to_json(capture))))


def test_a_sentence_with_a_value_comes_back_with_its_template() -> None:
    blocked = replace(EXAMPLE, state=State.BLOCKED, trouble=refused("No credits {0}"))
    back = read_again(blocked)
    assert back == blocked
    assert back.trouble is not None
    what, next_step = back.trouble.sentences
    assert (what.template, what.values) == ("The service refused: {reason}.", {"reason": "No credits {0}"})
    assert (next_step.template, next_step.values) == ("Checking that nothing was paid.", {})


def test_a_sentence_within_a_sentence_comes_back() -> None:
    last = Text("The service answered {status}.", status=500)
    trouble = Trouble("create_failed", Text("No job could be created: {why}", why=last), "Try again later.")
    back = read_again(replace(EXAMPLE, trouble=trouble))
    assert back.trouble is not None
    why = back.trouble.sentences[0].values["why"]
    assert isinstance(why, Text)
    assert (why.template, why.values) == ("The service answered {status}.", {"status": "500"})


def test_the_record_has_the_english_as_earlier_versions_read_it() -> None:
    record = json.loads(json.dumps(to_json(replace(EXAMPLE, trouble=refused("No credits")))))
    assert record["trouble"]["what"] == "The service refused: No credits."
    assert record["trouble"]["next_step"] == "Checking that nothing was paid."


@pytest.mark.parametrize("texts", [None, {}, {"what": 7}, {"what": {"template": "Other: {x}.", "values": {"x": "y"}}}])
def test_a_record_without_templates_or_with_others_shows_its_english(texts: object) -> None:
    record = json.loads(json.dumps(to_json(replace(EXAMPLE, trouble=refused("No credits")))))
    del record["trouble"]["texts"]
    if texts is not None:
        record["trouble"]["texts"] = texts
    trouble = from_json(Capture, record).trouble
    assert trouble is not None
    what, next_step = trouble.sentences
    assert (what, what.values) == ("The service refused: No credits.", {})
    assert next_step == "Checking that nothing was paid."
