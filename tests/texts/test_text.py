"""Texts that remember what they were made from: on disk, in copies, with any values."""

import copy
import json
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.texts.faults import Fault
from aimocap_blender.texts.text import Sentence, Text

ANYTHING = st.text() | st.sampled_from(["{0}", "{name}", "{", "}}", "{name:>99}", "{name.__class__}"])


def parts_of(text: object) -> object:
    """Whether a text is more than its English: all that a translation has to go on."""
    return (
        (str(text), text.template, {name: parts_of(one) for name, one in text.values.items()})
        if isinstance(text, Text)
        else text
    )


@given(name=ANYTHING, inner=ANYTHING)
def test_values_are_never_read_as_templates(name: str, inner: str) -> None:
    text = Text("“{name}” has {what}.", name=name, what=Text("a bone “{name}”", name=inner))
    assert text == "“" + name + "” has a bone “" + inner + "”."


def test_formats_are_those_of_f_strings() -> None:
    share, length = 0.256, 12.3456
    assert Text("{share:.0%} of {length:.2f} m", share=share, length=length) == f"{share:.0%} of {length:.2f} m"


def test_braces_without_values_stay() -> None:
    assert Text("settings = {}") == "settings = {}"


AGAIN: dict[str, Callable[[Text], object]] = {
    "copied": copy.deepcopy,
    "pickled": lambda text: pickle.loads(pickle.dumps(text)),  # noqa: S301 -- made here
    "through JSON": lambda text: Text.from_json(json.loads(json.dumps(text.to_json()))),
    "stored": lambda text: Text.stored(str(text), text.to_json()),
}


@pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)
@given(name=ANYTHING)
def test_a_text_is_kept_whole(again: Callable[[Text], object], name: str) -> None:
    text = Text("{title}: {said}", title=name, said=Text.joined(["It is “{name}”.", Text("It is {name}.", name=name)]))
    assert parts_of(again(text)) == parts_of(text)


@pytest.mark.parametrize(
    "kept",
    [
        None,
        {},
        {"template": "“{name}” is here."},
        {"template": "“{name}” is here.", "values": {}},
        {"template": "“{name}” is here.", "values": {"other": "x"}},
        {"template": "“{name” is here.", "values": {"name": "x"}},
        {"template": "“{name}” is here.", "values": {"name": 1}},
        {"template": "“{name.__class__}” is here.", "values": {"name": "x"}},
        {"template": "“{name}” is here.", "values": {"name": "somebody else"}},
        {"template": 7, "values": []},
    ],
)
def test_stored_parts_that_do_not_fit_the_english_are_ignored(kept: object) -> None:
    text = Text.stored("“x” is here.", kept)
    assert parts_of(text) == ("“x” is here.", "“x” is here.", {})


def test_plain_english_is_a_text_without_values() -> None:
    assert parts_of(Text.from_json("It is here.")) == ("It is here.", "It is here.", {})


def test_lists() -> None:
    names: tuple[Sentence, ...] = ("neck", "spine", "hips")
    assert [Text.listed(names[:count]) for count in (1, 2, 3)] == [
        "neck",
        "neck and spine",
        "neck, spine and hips",
    ]
    assert Text.joined(["One.", "", Text("Two.")]) == "One. Two."
    assert Text.joined([]) == ""


def test_first_of_joined_texts_is_what_was_joined_first() -> None:
    one = Text("{name} is one.", name="A")
    assert Text.joined([Text.joined([one, "Two."]), "Three."]).first is one
    assert one.first is one


@given(name=st.text())
def test_a_fault_is_one_line_and_keeps_its_template(name: str) -> None:
    fault = Fault(Text("“{name}” is hidden.", name=name), "Show it.")
    assert fault.what.template == "“{name}” is hidden."
    assert fault.text == str(fault) == f"{fault.what} {fault.next_step}"
    assert str(fault).isprintable()
    assert len(fault.what) == len(f"“{name}” is hidden.")
