"""Text in other languages: all of it, whole, and with the values that were in it."""

import ast
import importlib
import json
import re
from collections.abc import Iterator
from string import Formatter
from types import ModuleType, SimpleNamespace
from typing import Any

import bpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.blender_versions import in_newest
from tests.ui.conftest import MODULE
from tests.ui.text.source_messages import PACKAGE, is_message, source_messages, untranslatable

TABLE = PACKAGE / "ui" / "translations.json"
TRANSLATIONS: dict[str, dict[str, str]] = json.loads(TABLE.read_text(encoding="utf-8"))
LANGUAGES = ("de", "zh_HANS")
GERMAN = {message: said["de"] for message, said in TRANSLATIONS.items()}

WORDS = {
    *("character", "pelvis", "positions", "rotations", "Constraints", "Drivers", "mute", "remove", "left", "right"),
    *("radians", "degrees", "metres", "centimetres", "millimetres", "MuJoCo's", "Isaac's"),
    *("Queued.", "Processing."),
    *("chosen", "none", "nothing", "now"),
    *("easy", "moderate", "hard", "extreme", "torque", "balance", "contact", "impact"),
}
"""Single words that sentences are given as values."""


@pytest.fixture(scope="module")
def german(installed: ModuleType) -> Any:
    del installed
    return importlib.import_module(f"{MODULE}.ui.text.translation").Phrases(GERMAN)


@pytest.fixture(scope="module")
def text(installed: ModuleType) -> Any:
    del installed
    return importlib.import_module(f"{MODULE}.texts.text")


def slot_words() -> set[str]:
    """The names of humanoid slots, with their sides and without."""
    humanoid = importlib.import_module(f"{MODULE}.motion.bones.humanoid")
    fingers = {"fingers", *(f"{side} fingers" for side in humanoid.SIDES)}
    return fingers | {humanoid.in_words(name) for slot in humanoid.SLOTS for name in (slot, humanoid.part_of(slot))}


def names_in_blender() -> Iterator[str]:
    """Names and descriptions of what the add-on registers, as Blender has them."""
    for name in dir(bpy.ops.aimocap):
        operator = getattr(bpy.ops.aimocap, name).get_rna_type()
        yield from (operator.name, operator.description)
        yield from names_of_properties(operator)
    for base in (bpy.types.PropertyGroup, bpy.types.AddonPreferences):
        for own in own_classes(base):
            yield from names_of_properties(own.bl_rna)
    for menu in own_classes(bpy.types.Menu):
        yield from (menu.bl_label, menu.__doc__ or "")


def own_classes(base: type) -> Iterator[Any]:
    for one in base.__subclasses__():
        yield from own_classes(one)
        if one.__module__.startswith(MODULE) and one.is_registered:
            yield one


def names_of_properties(rna: Any) -> Iterator[str]:
    of_blender = {"rna_type", *(rna.base.properties.keys() if rna.base else ())}
    for prop in rna.properties:
        if not prop.is_hidden and prop.identifier not in of_blender:
            yield from (prop.name, prop.description)
            if prop.type == "ENUM":
                yield from (text for item in prop.enum_items_static for text in (item.name, item.description))


@in_newest
@pytest.mark.usefixtures("addon")
def test_every_message_is_translated_and_no_other() -> None:
    translation = importlib.import_module(f"{MODULE}.ui.text.translation")
    messages = translation.messages_in(LANGUAGES[0])
    names = {name for name in names_in_blender() if is_message(name, names=True)}
    sentences = source_messages() | slot_words() | WORDS
    known = {text for _context, text in translation.for_blender(messages)}
    missing = sorted((sentences - messages.keys()) | (names - known))
    stale = sorted(messages.keys() - sentences - names)
    lacking = json.dumps({message: dict.fromkeys(LANGUAGES, "") for message in missing}, ensure_ascii=False, indent=2)
    assert not missing, f"translations.json lacks:\n{lacking}"
    assert not stale, "translations.json has what the add-on no longer says"


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_the_translations_are_in_order() -> None:
    in_order = json.dumps(TRANSLATIONS, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    assert TABLE.read_text(encoding="utf-8") == in_order, "write it by json.dumps(…, indent=2, sort_keys=True)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_holds_the_same_values(language: str) -> None:
    for message, translations in TRANSLATIONS.items():
        assert translations.keys() == set(LANGUAGES), message
        said = translations[language]
        assert fields_of(said) == fields_of(message), message
        assert not any(spec or conversion for _, _, spec, conversion in Formatter().parse(said)), message
        assert said.strip(), message


@in_newest
def test_no_message_is_made_by_an_f_string() -> None:
    assert untranslatable() == [], "write Text(“… {name} …”, name=…), which keeps its template"


# what a text becomes

TEMPLATES = sorted(message for message in GERMAN if fields_of(message))
SENTENCES = sorted(message for message in GERMAN if message.endswith(".") and not fields_of(message))
NAMES = (
    st.sampled_from(sorted(GERMAN)) | st.text(max_size=12) | st.sampled_from(["{0}", "{name}", "{", "}}", "Preview"])
)
"""Names that users may give: also words and templates of the add-on, and braces."""


def made(text: ModuleType, message: str, values: dict[str, Any]) -> Any:
    """A text of the installed package, with values as they are shown."""
    return text.Text.from_json({"template": message, "values": values})


@in_newest
@given(message=st.sampled_from(TEMPLATES), data=st.data())
def test_a_name_comes_through_as_it_is(german: Any, text: Any, message: str, data: st.DataObject) -> None:
    values = {name: data.draw(NAMES) for name in fields_of(message)}
    shown = made(text, message, values)
    apart = re.split(r"\{(\w+)\}", GERMAN[message])
    assert german.translated(shown) == "".join(values[part] if at % 2 else part for at, part in enumerate(apart))
    parts = re.split(r"\{(\w+)(?::[^{}]*)?\}", message)
    assert shown == "".join(values[part] if at % 2 else part for at, part in enumerate(parts))


@in_newest
@given(template=st.sampled_from(TEMPLATES), inside=st.sampled_from(SENTENCES), name=NAMES)
def test_a_value_that_is_a_text_is_translated_too(
    german: Any,
    text: Any,
    template: str,
    inside: str,
    name: str,
) -> None:
    whole = text.Text("{title}: {inside} {inside_too}", title=name, inside=text.Text(inside), inside_too=inside)
    assert german.translated(whole) == f"{name}: {GERMAN[inside]} {inside}"
    fields = sorted(fields_of(template))
    shown = made(text, template, {field: text.Text(inside).to_json() for field in fields})
    assert GERMAN[inside] in german.translated(shown)


@in_newest
@given(messages=st.lists(st.sampled_from(SENTENCES), min_size=2, max_size=3))
def test_each_of_several_sentences_is_translated(german: Any, text: Any, messages: list[str]) -> None:
    several = text.Text.joined(messages)
    assert several == " ".join(messages)
    assert german.translated(several) == " ".join(GERMAN[message] for message in messages)


@in_newest
@given(text_from_elsewhere=st.text())
def test_unknown_text_stays_as_it_is(german: Any, text_from_elsewhere: str) -> None:
    known = text_from_elsewhere in GERMAN or text_from_elsewhere[:1].lower() + text_from_elsewhere[1:] in GERMAN
    assert known or german.translated(text_from_elsewhere) == text_from_elsewhere


def test_templates_and_lists(german: Any, text: Any) -> None:
    reason = text.Text("its frame rate varies, as phones record it")
    range_only = text.Text("Only the range will be rendered and sent: {reason}.", reason=reason)
    assert german.translated(range_only) == (
        "Nur der Bereich wird gerendert und gesendet: seine Bildrate schwankt, wie bei Handys üblich."
    )
    parts = text.Text.joined([text.Text.of(slot) for slot in ("neck", "left hand")], ", ")
    assert german.translated(text.Text("Not found: {missing}", missing=parts)) == "Nicht gefunden: Hals, linke Hand"
    assert german.translated(text.Text.listed([text.Text("pelvis"), text.Text("neck")])) == "Becken und Hals"
    assert german.translated(text.Text.of("Left upper arm")) == "Linker Oberarm"
    hidden = text.Text("“{armature}” is hidden.", armature="neck")  # the name of somebody's own
    assert german.translated(hidden) == "„neck“ ist ausgeblendet."
    assert german.translated("") == ""


@pytest.mark.usefixtures("addon")
def test_a_stored_reason_is_translated_and_that_of_an_earlier_version_is_english(german: Any) -> None:
    capture, record, setbacks = (
        importlib.import_module(f"{MODULE}.{name}") for name in ("jobs.capture", "record_json", "jobs.transitions")
    )
    kept = json.loads(json.dumps(record.to_json(setbacks.refused("Preview"))))
    now = record.from_json(capture.Trouble, kept)
    assert [german.translated(sentence) for sentence in now.sentences] == [
        "Der Dienst hat abgelehnt: Preview.",
        GERMAN["Checking that nothing was paid."],
    ]
    del kept["texts"]
    before = record.from_json(capture.Trouble, kept)
    assert [german.translated(sentence) for sentence in before.sentences] == [
        "The service refused: Preview.",
        GERMAN["Checking that nothing was paid."],
    ]


# where it is translated


@pytest.mark.usefixtures("addon")
def test_a_capture_is_called_as_its_user_called_it(german: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its title is a word of the interface's."""
    reporting = importlib.import_module(f"{MODULE}.ui.text.reporting")
    monkeypatch.setattr(reporting, "translated", lambda text, _kind: german.translated(text))
    reports: list[str] = []
    operator = SimpleNamespace(report=lambda _level, text: reports.append(text))
    reporting.inform(operator, "No connection to the service.", "ERROR", "Preview")
    assert german.translated("Preview") != "Preview"
    assert reports == [f"Preview: {german.translated('No connection to the service.')}"]
    assert reports != ["Preview: No connection to the service."]


@pytest.mark.usefixtures("addon")
def test_english_stays_the_very_same() -> None:
    sentence = "“x” is hidden. Show it, then choose it again."
    assert importlib.import_module(f"{MODULE}.ui.text.translation").translated(sentence) is sentence


@pytest.mark.usefixtures("addon")
@pytest.mark.parametrize("operator", ["choose_bone", "retarget_from"])
def test_a_bone_or_an_armature_called_neck_is_called_so_in_a_list(operator: str) -> None:
    known = importlib.import_module(f"{MODULE}.ui.text.translation").for_blender(GERMAN)
    searched = getattr(bpy.ops.aimocap, operator).get_rna_type().properties["searched"]
    assert (searched.translation_context, "Neck") not in known
    assert ("*", "Neck") in known


def calls() -> Iterator[tuple[str, ast.Call]]:
    for module in (PACKAGE / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield f"{module.relative_to(PACKAGE)}:{node.lineno}", node


@in_newest
def test_reports_go_through_one_place() -> None:
    reports = [place for place, call in calls() if ast.unparse(call.func).endswith(".report")]
    assert [place.partition(":")[0] for place in reports] == ["ui/text/reporting.py"]


@in_newest
def test_text_with_values_is_translated_before_blender_has_it() -> None:
    shown = (
        (place, given.value)
        for place, call in calls()
        for given in call.keywords
        if given.arg in {"text", "title", "confirm_text", "heading"} and ast.unparse(call.func) != "Text"
    )
    assert [place for place, value in shown if isinstance(value, ast.Call) and ast.unparse(value.func) == "Text"] == []
