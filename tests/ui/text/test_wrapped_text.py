"""Sentences in a new sidebar are wrapped between words, and in Chinese, which has no spaces, between characters."""

import blf

from tests.ui.acts import module

ROOM = 170
"""Pixels for a sentence beside an icon in a new sidebar, unscaled."""
POINTS = 11.0
"""Of Blender's own style."""
NEVER_FIRST, NEVER_LAST = "，。；：、！？”）》,.;:!?)", "“（《("  # noqa: RUF001 -- Chinese


def lines_of(sentence: str) -> tuple[str, ...]:
    return module("ui.text.wrapped_text")._lines(sentence, ROOM, POINTS)


def test_chinese_sentences_are_whole_and_no_line_begins_or_ends_with_wrong_punctuation(addon: object) -> None:
    del addon
    sentences = [text for text in module("ui.text.translation").messages_in("zh_HANS").values() if text[-1] == "。"]
    assert len(sentences) > 300
    blf.size(0, POINTS)
    for sentence in sentences:
        lines = lines_of(sentence)
        assert "".join("".join(lines).split()) == "".join(sentence.split())
        # a call for scripts that is longer than a line can't be helped
        assert not [line for line in lines if blf.dimensions(0, line)[0] > ROOM and not line.isascii()]
        assert not [line for line in lines[1:] if line[0] in NEVER_FIRST]
        assert not [line for line in lines[:-1] if line[-1] in NEVER_LAST]


def test_words_are_kept_whole_and_numbers_stay_with_their_units(addon: object) -> None:
    del addon
    assert lines_of("Applied to CharacterArmature, 1.6 s.") == ("Applied to CharacterArmature,", "1.6 s.")
    assert lines_of("") == ()
