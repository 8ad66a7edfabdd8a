"""Bone names split into words: any case, any separators, shared prefixes and suffixes, sides."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby, product
from pathlib import Path

from .humanoid import SIDES, Side

_SHARED = 0.8  # share of names that must begin (or end) alike for that to mean nothing
_HALF = 0.55  # … or that share with the same words; one side has fewer
_FEW_NAMES = 8  # in smaller skeletons only whole words are removed
_ENOUGH_PAIRS = 0.3  # share of body bones that are left with a right counterpart: the sides are understood
_UNKNOWN = "?"  # stands for a letter outside known words
_SHORT = 2  # letters of a word that may be a piece of another one
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
    parts: dict[str, tuple[str, ...]] = {}
    for part, words in data["parts"].items():
        parts |= dict.fromkeys(map(fold, words), tuple(part.split()))
    aside: dict[str, str] = {}
    for kind, words in data["aside"].items():
        aside |= dict.fromkeys(map(fold, words), str(kind))
    sides: dict[str, Side] = {}
    for side in SIDES:
        sides |= dict.fromkeys(map(fold, data["sides"][side]), side)
    noise = frozenset(map(fold, data["noise"]))
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
    folded = list(map(fold, names))
    # a shared suffix is a shared prefix of the names read backwards
    backwards = [name[::-1] for name in folded]
    readings: list[tuple[BoneName, ...]] = []
    for start, end_backwards in product(_starts(folded), _starts(backwards)):
        end = end_backwards[::-1]
        # a name that is nothing but the shared part, as that of the root may be, stays whole
        bare = [name.removeprefix(start).removesuffix(end) or name for name in folded]
        readings.append(_with_best_letters(_without_count(bare)))
    return max(readings, key=_explained)


def _with_best_letters(names: Sequence[str]) -> tuple[BoneName, ...]:
    """Read the names with L and R if those make enough pairs, else with the letters that make most."""
    usual, *others = vocabulary().letters
    reading = _read_all(names, usual)
    body_bones = sum(bool(bone.part) and not bone.aside for bone in reading)
    if _pairs(reading) >= _ENOUGH_PAIRS * body_bones:
        return reading
    return max([reading, *map(partial(_read_all, names), others)], key=_pairs)


def _read_all(names: Sequence[str], letters: tuple[str, str]) -> tuple[BoneName, ...]:
    return tuple(_read(name, letters) for name in names)


def _explained(reading: Sequence[BoneName]) -> tuple[int, int, int]:
    """Return how many names have a meaning, less unknown letters; how many a counterpart; how many a side."""
    meaningful = sided = 0
    for bone in reading:
        meaningful += bool(bone.part or bone.aside) - bone.unknown
        sided += bone.side is not None
    return meaningful, _pairs(reading), sided


def _without_count(names: Sequence[str]) -> list[str]:
    """Return the names without an exporter's running number at the end."""
    without: list[str] = []
    numbers: list[int] = []
    for name in names:
        end = _COUNT.search(name)
        if end is not None:
            numbers.append(int(end[1]))
        without.append(name[: end.start()] if end else name)
    # a running number occurs once; that of a bone along a limb occurs on both sides
    is_running = len(set(numbers)) == len(numbers) >= _SHARED * len(names)
    return without if is_running and len(names) >= _FEW_NAMES else list(names)


def _pairs(reading: Iterable[BoneName]) -> int:
    """Return how many bones have a counterpart on the other side."""
    left = Counter[tuple[str, tuple[str, ...]]]()
    right = Counter[tuple[str, tuple[str, ...]]]()
    for bone in reading:
        if bone.side and bone.part:
            counts = left if bone.side == "left" else right
            counts[bone.part, bone.numbers] += 1
    return (left & right).total()


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
    # suffixes are passed reversed
    if _read(shared, letters).side or _read(shared[::-1], letters).side:
        possible.append("")
    return tuple(dict.fromkeys(possible))


def _shared_start(names: Sequence[str], share: float) -> str:
    """Return the longest prefix of at least such a share of the names."""
    shared = ""
    while len(names) > 1:
        # grown by one letter at a time, the one that most of the names that begin so go on with
        following: Counter[str] = Counter()
        for name in names:
            if name.startswith(shared) and len(name) > len(shared):
                following[name[: len(shared) + 1]] += 1
        if not following:
            break
        longer, count = following.most_common(1)[0]
        if count < share * len(names):
            break
        shared = longer
    return shared


def _read(name: str, letters: tuple[str, str]) -> BoneName:
    """Read one name; `letters` stand for left and right."""
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
    # "arm hand" is a hand: the more specific part counts
    part -= {limb for limb, more in words.within.items() if part & more}
    return BoneName(" ".join(sorted(part)), frozenset(aside), side, tuple(numbers), unknown)


def _chunks(name: str) -> list[str]:
    """Return runs of letters and runs of digits."""

    def kind(character: str) -> str:
        return "digit" if character.isdigit() else "letter" if character.isalpha() else ""

    return ["".join(run) for kind_of_run, run in groupby(name, key=kind) if kind_of_run]


@cache
def _words(chunk: str, letters: tuple[str, str]) -> tuple[str, ...]:
    """Cut a run of letters into known words with the fewest letters left over.

    One or two letters are a side only next to known words or at the run's ends: "lhand", not "world" or "shirt".
    """
    words = vocabulary()
    if chunk in letters:
        return (chunk,)
    # the best cut of the first letters, for each number of them: its cost and its words
    best: list[tuple[float, tuple[str, ...]]] = [(0.0, ())]
    for stop in range(1, len(chunk) + 1):
        cost, before = best[stop - 1]
        options = [(cost + 1.0, (*before, _UNKNOWN))]
        for start in range(max(0, stop - words.longest), stop):
            word = chunk[start:stop]
            if word in words.known:
                # a one-letter word in another script costs no more than an unknown letter
                options.append((best[start][0] + min(1.0, len(word) - 0.2), (*best[start][1], word)))
        # a letter after an unknown one is a piece of that word
        if chunk[stop - 1] in letters and (not before or before[-1] != _UNKNOWN):
            options.append((cost + _LETTER_COST, (*before, chunk[stop - 1])))
        best.append(min(options, key=lambda option: option[0]))
    found = best[-1][1]
    words_or_unknown: list[str] = []
    for index, word in enumerate(found):
        words_or_unknown.append(_UNKNOWN * len(word) if _is_accidental(found, index, letters) else word)
    return tuple(words_or_unknown)


def _is_accidental(found: Sequence[str], index: int, letters: tuple[str, str]) -> bool:
    """Return whether a short word is only a piece of an unknown one."""
    words, word = vocabulary(), found[index]
    # in scripts of many letters, such as Chinese, one letter is a word
    is_short = len(word) <= _SHORT and word.isascii()
    if is_short and word in words.parts:
        return _UNKNOWN in found
    is_side = word in letters or (is_short and word in words.sides)
    neighbours = (*found[max(0, index - 1) : index], *found[index + 1 : index + 2])
    return is_side and _UNKNOWN in neighbours
