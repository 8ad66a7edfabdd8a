"""What people read in other languages: all of it, whole, and with the values that were in it."""

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
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.ui.conftest import MODULE
from tests.ui.text.source_messages import HOLE, PACKAGE, is_message, source_messages, texts_of

FOLDER = PACKAGE / "ui" / "translations"
LANGUAGES = sorted(file.stem for file in FOLDER.glob("*.json"))
GERMAN: dict[str, str] = json.loads((FOLDER / "de.json").read_text(encoding="utf-8"))

WORDS = {
    *("character", "pelvis", "positions", "rotations", "Constraints", "Drivers", "mute", "remove", "left", "right"),
    *("radians", "degrees", "metres", "centimetres", "millimetres", "MuJoCo's", "Isaac's", "23, 29 or 43"),
    *("Queued.", "Processing."),
    *("chosen", "none", "nothing", "now", "and"),
}
"""Single words that sentences are given as values."""


@pytest.fixture(scope="module")
def german(installed: ModuleType) -> Any:  # noqa: ANN401 -- the installed package has no static types
    del installed
    return importlib.import_module(f"{MODULE}.ui.text.phrases").Phrases(GERMAN)


def slot_words() -> set[str]:
    """What humanoid slots are called, with their sides and without."""
    words, humanoid = (
        importlib.import_module(f"{MODULE}.{name}") for name in ("motion.bones.slot_words", "motion.bones.humanoid")
    )
    fingers = {"fingers", *(f"{side} fingers" for side in humanoid.SIDES)}
    return fingers | {words.in_words(name) for slot in humanoid.SLOTS for name in (slot, words.part_of(slot))}


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


def names_of_properties(rna: Any) -> Iterator[str]:  # noqa: ANN401 -- Blender's own
    of_blender = {"rna_type", *(rna.base.properties.keys() if rna.base else ())}
    for prop in rna.properties:
        if not prop.is_hidden and prop.identifier not in of_blender:
            yield from (prop.name, prop.description)
            if prop.type == "ENUM":
                yield from (text for item in prop.enum_items_static for text in (item.name, item.description))


@pytest.mark.usefixtures("addon")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_no_other(language: str) -> None:
    translation = importlib.import_module(f"{MODULE}.ui.text.translation")
    messages = translation.messages_in(language)
    names = {name for name in names_in_blender() if is_message(name, names=True)}
    sentences = source_messages() | slot_words() | WORDS
    known = {text for _context, text in translation.for_blender(messages)}
    missing = sorted((sentences - messages.keys()) | (names - known))
    stale = sorted(messages.keys() - sentences - names)
    lines = "".join(f'  {json.dumps(message, ensure_ascii=False)}: "",\n' for message in missing)
    assert not missing, f"translations/{language}.json lacks:\n{lines}"
    assert not stale, f"translations/{language}.json has what the add-on no longer says"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_holds_the_same_values(language: str) -> None:
    text = (FOLDER / f"{language}.json").read_text(encoding="utf-8")
    messages = json.loads(text)
    sorted_text = json.dumps(messages, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    assert text == sorted_text, "write it by json.dumps(…, ensure_ascii=False, indent=2, sort_keys=True)"
    for message, said in messages.items():
        holes = [(name, how) for _, name, how, _ in Formatter().parse(said) if name is not None]
        assert sorted({name for name, _how in holes}) == [str(number) for number in range(message.count(HOLE))], message
        assert {how for _name, how in holes} <= {"", "message", "list"}, message
        assert said.strip(), message
        # else it couldn't be known again
        assert HOLE * 2 not in message
        assert len(re.findall(r"[A-Za-z]", message.replace(HOLE, ""))) >= 3 or HOLE not in message, message


# what a sentence becomes

TEMPLATES = sorted(message for message in GERMAN if HOLE in message)
SENTENCES = sorted(message for message in GERMAN if message.endswith("."))
VALUES = st.text(alphabet="xQ0ßñ猫 .*+?^$()[]{}|\\\"'“”„–;,!%\n", max_size=12)
PLAIN_VALUES = st.text(alphabet="xQ0ßñ猫 *+^$()[]{}|\\\"'“”", max_size=8)


def filled(message: str, data: st.DataObject, values: st.SearchStrategy[str]) -> tuple[str, str]:
    """A message and its translation with the same values in both, in which no other message is."""
    parts = message.split(HOLE)
    inside = [data.draw(values) for _ in parts[1:]]
    # where a value holds what stands after it, nobody knows where it ends
    assume(not any(part in value for part in parts[1:-1] for value in inside))
    assume(parts[-1] or not inside[-1].endswith((".", ":", ";")))
    return message.format(*inside), re.sub(r"\{(\d):\w+\}", r"{\1}", GERMAN[message]).format(*inside)


@given(message=st.sampled_from(TEMPLATES), data=st.data())
def test_values_come_through(german: Any, message: str, data: st.DataObject) -> None:  # noqa: ANN401
    text, said = filled(message, data, VALUES)
    assert german.translated(text) == said


@given(messages=st.lists(st.sampled_from(SENTENCES), min_size=2, max_size=3), data=st.data())
def test_each_of_several_sentences_is_translated(german: Any, messages: list[str], data: st.DataObject) -> None:  # noqa: ANN401
    texts, said = zip(*(filled(message, data, PLAIN_VALUES) for message in messages), strict=True)
    assert german.translated(" ".join(texts)) == " ".join(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Only the range will be rendered and sent: its frame rate varies, as phones record it.",
            "Nur der Bereich wird gerendert und gesendet: seine Bildrate schwankt, wie bei Handys üblich.",
        ),
        (
            "“neck” is hidden. Show it, then choose it again.",  # the name of somebody's own
            "„neck“ ist ausgeblendet. Einblenden, dann erneut wählen.",
        ),
        ("Not found: neck, left hand, my_tail", "Nicht gefunden: Hals, linke Hand, my_tail"),
        ("Take 1: The motion is ready.", "Take 1: Die Bewegung ist bereit."),
        ("Walk – Uploading the video.", "Walk – Das Video wird hochgeladen."),
        ("Nothing had to change.", "Nichts war zu ändern."),
        ("Left upper arm: arm.L.", "Linker Oberarm: arm.L."),
        (
            "3 spikes of left_knee and the pelvis repaired, on 1 frame.",
            "3 Ausreißer ausgebessert: left_knee und Becken (1 Bild).",
        ),
        (
            "Neck: n.01 (called neck, in the chain of the left arm; 90% sure). Click to choose another bone",
            "Hals: n.01 (heißt „neck“, in der Kette des Arms (links); 90% sicher). Klicken, um einen anderen zu wählen",
        ),
        ("Teapot. Nothing of it is known (.*) {0}", "Teapot. Nothing of it is known (.*) {0}"),
        ("Nobody knows this. The motion is ready.", "Nobody knows this. Die Bewegung ist bereit."),
        ("", ""),
    ],
)
def test_sentences(german: Any, text: str, said: str) -> None:  # noqa: ANN401
    assert german.translated(text) == said


# where it is translated


@pytest.mark.usefixtures("addon")
def test_a_capture_is_called_as_its_user_called_it(german: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN401
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


def test_reports_go_through_one_place() -> None:
    reports = [place for place, call in calls() if ast.unparse(call.func).endswith(".report")]
    assert [place.partition(":")[0] for place in reports] == ["ui/text/reporting.py"]


def test_what_is_shown_with_values_is_translated_before_blender_has_it() -> None:
    shown = (
        (place, given.value)
        for place, call in calls()
        for given in call.keywords
        if given.arg in {"text", "title", "confirm_text", "heading"} and isinstance(given.value, ast.JoinedStr)
    )
    assert [place for place, value in shown for text in texts_of(value) if is_message(text, names=False)] == []
