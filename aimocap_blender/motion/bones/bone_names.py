"""Bone names split into words: any case, any separators, shared prefixes and suffixes, sides."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from .humanoid import Side

_SHARED = 0.8  # share of names that must begin (or end) alike for that to mean nothing
_HALF = 0.55  # … or that share with the same words; one side has fewer
_FEW_NAMES = 8  # in smaller skeletons only whole words are removed
_ENOUGH_PAIRS = 0.3  # share of body bones that are left with a right counterpart: the sides are understood
_UNKNOWN = "?"  # stands for a letter outside known words
_SHORT = 2
_LETTER_COST = 0.8  # a side from a single letter is less certain than a word
_COUNT = re.compile(r"[\W_]+(\d+)$")
_LAST_WORD = re.compile(r"[^\W_]+$")
_VERTEBRA = re.compile(r"^(l[1-5]|t\d{1,2}|c[1-7])$")


@dataclass(frozen=True)
class BoneName:
    """The meaning of a bone's name.

    Attributes:
        part: the body part in words of the vocabulary, sorted, as `arm upper`; '' if the name has none.
        aside: kinds of bones that are not body bones: twist, ik, control, end, helper, face …
        side: left, right or None.
        numbers: the numbers in the name, in order.
        unknown: number of letters outside known words.
    """

    part: str
    aside: frozenset[str]
    side: Side | None
    numbers: tuple[str, ...]
    unknown: int


@dataclass(frozen=True)
class Vocabulary:
    """The words of `bone-words.json` in plain lower case.

    Attributes:
        parts: word to the words of its body part.
        within: part of a limb to more specific parts: arm_hand is a hand.
        aside: word to the kind of non-body bone.
        helper_alone: words of helpers, unless they are a piece of a run of letters: lowerarm_in_l isn't a forearm.
        noise: words without meaning.
        sides: word to side.
        letters: pairs of single letters for left and right.
        slots: part to slot (without side) to how well it fits, 0 to 1.
        known: all words.
        longest: letters of the longest word.
    """

    parts: Mapping[str, tuple[str, ...]]
    within: Mapping[str, frozenset[str]]
    aside: Mapping[str, str]
    helper_alone: frozenset[str]
    noise: frozenset[str]
    sides: Mapping[str, Side]
    letters: tuple[tuple[str, str], ...]
    slots: Mapping[str, Mapping[str, float]]
    known: frozenset[str]
    longest: int


def fold(text: str) -> str:
    """Return plain lower case without accents and wide forms, for names and vocabulary alike."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    plain = unicodedata.normalize("NFD", wide)
    return unicodedata.normalize("NFC", "".join(c for c in plain if not "\u0300" <= c <= "\u036f"))


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of `bone-words.json`."""
    data = json.loads((Path(__file__).parent / "bone-words.json").read_text(encoding="utf-8"))
    parts = {fold(word): tuple(part.split()) for part, words in data["parts"].items() for word in words}
    aside = {fold(word): str(kind) for kind, words in data["aside"].items() for word in words}
    noise = frozenset(fold(word) for word in data["noise"])
    sides: dict[str, Side] = {fold(word): "left" for word in data["sides"]["left"]}
    sides.update({fold(word): "right" for word in data["sides"]["right"]})
    known = frozenset((*parts, *aside, *noise, *sides))
    return Vocabulary(
        parts=parts,
        within={limb: frozenset(more) for limb, more in data["within"].items()},
        aside=aside,
        helper_alone=frozenset(data["helper_alone"]),
        noise=noise,
        sides=sides,
        letters=tuple((left, right) for left, right in data["side_letters"]),
        slots={" ".join(sorted(part.split())): fits for part, fits in data["slots"].items()},
        known=known,
        longest=max(map(len, known)),
    )


def read_names(names: Sequence[str]) -> tuple[BoneName, ...]:
    """Read all of a skeleton's bone names together: what most of them share means nothing.

    The shared part may be the end of a meaningful word (left, right): the reading that explains most is used.
    """
    folded = [fold(name) for name in names]
    starts = _starts(folded)
    ends = tuple(start[::-1] for start in _starts([name[::-1] for name in folded]))
    readings = [
        _with_best_letters(_without_count([name.removeprefix(before).removesuffix(after) or name for name in folded]))
        for before in starts
        for after in ends
    ]
    return max(readings, key=_explained)


def _with_best_letters(names: Sequence[str]) -> tuple[BoneName, ...]:
    """Read the names with L and R if those make enough pairs, else with the letters that make most."""
    usual, *others = vocabulary().letters
    reading = tuple(_read(name, usual) for name in names)
    if _pairs(reading) >= _ENOUGH_PAIRS * sum(bool(bone.part) and not bone.aside for bone in reading):
        return reading
    return max([reading, *(tuple(_read(name, letters) for name in names) for letters in others)], key=_pairs)


def _explained(reading: Sequence[BoneName]) -> tuple[int, int, int]:
    """Return how many names have a meaning, less unknown letters; how many a counterpart; how many a side."""
    meaningful = sum((bool(bone.part) or bool(bone.aside)) - bone.unknown for bone in reading)
    return meaningful, _pairs(reading), sum(bone.side is not None for bone in reading)


def _without_count(names: Sequence[str]) -> list[str]:
    """Return the names without an exporter's running number at the end."""
    ends = [_COUNT.search(name) for name in names]
    numbers = {int(end[1]) for end in ends if end}
    if len(names) < _FEW_NAMES or len(numbers) < _SHARED * len(names) or len(numbers) < sum(map(bool, ends)):
        return list(names)
    return [name[: end.start()] if end else name for name, end in zip(names, ends, strict=True)]


def _pairs(reading: Iterable[BoneName]) -> int:
    """Return how many bones have a counterpart on the other side."""
    count = Counter((bone.side, bone.part, bone.numbers) for bone in reading if bone.side and bone.part)
    return sum(min(n, count["right", part, numbers]) for (side, part, numbers), n in count.items() if side == "left")


def _starts(names: Sequence[str]) -> tuple[str, ...]:
    """Return possible prefixes: what nearly all names share, its whole words; else half the names' whole words.

    Also the empty prefix, if the shared part could be a skeleton's only side.
    """
    shared = _shared_start(names, _SHARED)
    if not shared:
        return (_LAST_WORD.sub("", _shared_start(names, _HALF)),)
    whole = _LAST_WORD.sub("", shared)
    possible = [whole] if len(names) < _FEW_NAMES else [shared, whole]
    letters = vocabulary().letters[0]
    if any(_read(text, letters).side for text in (shared, shared[::-1])):  # suffixes are passed reversed
        possible.append("")
    return tuple(dict.fromkeys(possible))


def _shared_start(names: Sequence[str], share: float) -> str:
    """Return the longest prefix of at least such a share of the names."""
    shared = ""
    while len(names) > 1:
        following = Counter(
            name[: len(shared) + 1] for name in names if name.startswith(shared) and len(name) > len(shared)
        )
        if not following:
            break
        longer, count = following.most_common(1)[0]
        if count < share * len(names):
            break
        shared = longer
    return shared


def _read(name: str, letters: tuple[str, str]) -> BoneName:
    words = vocabulary()
    if _VERTEBRA.match(name):
        return BoneName("neck" if name.startswith("c") else "spine", frozenset(), None, (name[1:],), 0)
    part: set[str] = set()
    aside: set[str] = set()
    numbers: list[str] = []
    side: Side | None = None
    unknown = 0
    for chunk in _chunks(name):
        if chunk.isdigit():
            numbers.append(chunk)
            continue
        if chunk in words.helper_alone:
            aside.add("helper")
            continue
        for word in _words(chunk, letters):
            if word in words.parts:
                part.update(words.parts[word])
            elif word in words.aside:
                aside.add(words.aside[word])
            elif word in words.sides or word in letters:
                found: Side = words.sides[word] if word in words.sides else ("left", "right")[letters.index(word)]
                side = side or found
            elif word not in words.noise:
                unknown += len(word)
    part -= {limb for limb, more in words.within.items() if part & more}
    return BoneName(" ".join(sorted(part)), frozenset(aside), side, tuple(numbers), unknown)


def _chunks(name: str) -> list[str]:
    """Return runs of letters and runs of digits."""
    return [
        "".join(run)
        for kind, run in groupby(name, key=lambda c: "d" if c.isdigit() else "a" if c.isalpha() else "")
        if kind
    ]


@cache
def _words(chunk: str, letters: tuple[str, str]) -> tuple[str, ...]:
    """Cut a run of letters into known words with the fewest letters left over.

    One or two letters are a side only next to known words or at the run's ends: "lhand", not "world" or "shirt".
    """
    words = vocabulary()
    if chunk in letters:
        return (chunk,)
    best: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
    for stop in range(1, len(chunk) + 1):
        before = best[stop - 1][1]
        options = [(best[stop - 1][0] + 1.0, (*before, _UNKNOWN))]
        for start in range(max(0, stop - words.longest), stop):
            word = chunk[start:stop]
            if word in words.known:
                # a one-letter word in another script costs no more than an unknown letter
                options.append((best[start][0] + min(1.0, len(word) - 0.2), (*best[start][1], word)))
        if chunk[stop - 1] in letters and (not before or before[-1] != _UNKNOWN):
            options.append((best[stop - 1][0] + _LETTER_COST, (*before, chunk[stop - 1])))
        best.append(min(options, key=lambda option: option[0]))
    found = best[-1][1]
    return tuple(
        _UNKNOWN * len(word) if _is_accidental(found, index, letters) else word for index, word in enumerate(found)
    )


def _is_accidental(found: Sequence[str], index: int, letters: tuple[str, str]) -> bool:
    """Return whether a short word is only a piece of an unknown one."""
    words, word = vocabulary(), found[index]
    is_short = len(word) <= _SHORT and word.isascii()
    if is_short and word in words.parts:
        return _UNKNOWN in found
    is_side = word in letters or (is_short and word in words.sides)
    return is_side and _UNKNOWN in (*found[max(0, index - 1) : index], *found[index + 1 : index + 2])
