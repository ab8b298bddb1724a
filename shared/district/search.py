"""Finding items as an officer types, and recognising certificates that must not be issued."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.district.model import Item, NotIssued

_CODE = 100
_WHOLE_NAME = 90
_KEYWORD = 80
_IN_NAME = 70
_IN_KEYWORD = 62
_INITIALS = 60
_PINYIN = 55
_ENGLISH = 50
_IN_ORDER = 40
_DOMAIN = 30
_SHARED_PAIRS = 20
_SHORTEST_LATIN = 2
_PAIR = 2
_LEAST_OVERLAP = 0.4
_CLASS_FIRST = {"guide": 0, "extra": 1, "assist": 2, "statutory": 3}


def normalise(text: str) -> str:
    """Return text as it is compared: full width folded, lower case, outer spaces gone."""
    return unicodedata.normalize("NFKC", text).strip().lower()


@cache
def pinyin_of(name: str) -> tuple[str, str]:
    """Return a name's full pinyin and its initials, lower case, letters and digits only.

    Only for names of a pack: every answer is kept.
    """
    # its tables are a sixth of what a service loads at its start, and three of four never search
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    letters = "".join(c for c in name if c.isalnum())
    full = "".join(lazy_pinyin(letters)).lower()
    first = "".join(lazy_pinyin(letters, style=Style.FIRST_LETTER)).lower()
    return full, first


def find_items(items: "Iterable[Item]", text: str, limit: int) -> "list[Item]":
    """Return up to `limit` items for `text`, best first; every word given must fit."""
    words = normalise(text).split()
    if not words:
        return []
    scored = []
    for order, item in enumerate(items):
        scores = [_score(item, word) for word in words]
        if all(scores):
            scored.append((-sum(scores), _CLASS_FIRST.get(item.item_class, 9), order, item))
    scored.sort(key=lambda entry: entry[:3])
    return [entry[3] for entry in scored[:limit]]


def find_refusal(not_issued: "Iterable[NotIssued]", text: str) -> "NotIssued | None":
    """Return the entry with the longest keyword found in `text`.

    A keyword of several parts counts when all its parts stand in the text.
    """
    asked = normalise(text).replace(" ", "")
    best: tuple[int, NotIssued | None] = (0, None)
    for entry in not_issued:
        for keyword in entry.keywords:
            parts = normalise(keyword).split()
            length = sum(map(len, parts))
            if length > best[0] and all(part in asked for part in parts):
                best = (length, entry)
    return best[1]


def _score(item: "Item", word: str) -> float:
    """Return how well one word fits an item: 0 not at all, 100 its very code."""
    return _by_letters(item, word) if word.isascii() else _by_characters(item, word)


def _by_letters(item: "Item", word: str) -> float:
    if word.replace("-", "") == item.code.lower().replace("-", ""):
        return _CODE
    if len(word) < _SHORTEST_LATIN:
        return 0
    score = 0.0
    if word in item.name.lower():
        score = _IN_NAME
    elif word in item.initials:
        score = _INITIALS + _share(word, item.initials) + _start(word, item.initials)
    elif word in item.pinyin:
        score = _PINYIN + _share(word, item.pinyin) + _start(word, item.pinyin)
    elif word in item.name_en.lower():
        score = _ENGLISH + _share(word, item.name_en)
    for keyword in item.keywords:
        full, first = pinyin_of(keyword)
        if word in {full, first}:
            score = max(score, _KEYWORD - 1)
    return score


def _by_characters(item: "Item", word: str) -> float:
    name = normalise(item.name)
    keywords = [normalise(keyword) for keyword in item.keywords]
    scores = [_KEYWORD + _share(keyword, word) for keyword in keywords if keyword in word]
    scores += [_IN_KEYWORD + _share(word, keyword) for keyword in keywords if word in keyword]
    if word == name:
        scores.append(_WHOLE_NAME)
    if word in name:
        scores.append(_IN_NAME + _share(word, name) + _start(word, name))
    if word in normalise(item.domain):
        scores.append(_DOMAIN)
    if _in_order(word, name):
        scores.append(_IN_ORDER + _share(word, name))
    overlap = _pairs_shared(word, name)
    if overlap >= _LEAST_OVERLAP:
        scores.append(_SHARED_PAIRS * overlap)
    return max(scores, default=0)


def _share(part: str, whole: str) -> float:
    """Return a few points for how much of the whole the part covers: at most 5."""
    return 5 * len(part) / max(len(whole), 1)


def _start(part: str, whole: str) -> float:
    return 4.0 if whole.startswith(part) else 0.0


def _in_order(short: str, name: str) -> bool:
    """Say whether a short form stands in the name in order, as 低保 in 最低生活保障."""
    rest = iter(name)
    return len(short) >= _PAIR and all(c in rest for c in short)


def _pairs_shared(sentence: str, name: str) -> float:
    """Return the share of the name's pairs of characters that stand in the sentence, or reverse."""
    ours = {name[i : i + _PAIR] for i in range(len(name) - 1)}
    theirs = {sentence[i : i + _PAIR] for i in range(len(sentence) - 1)}
    if not ours or not theirs:
        return 0
    return len(ours & theirs) / min(len(ours), len(theirs))
