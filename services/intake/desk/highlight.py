"""Which characters of an item's name an officer's typing found, and by which other word."""

from collections.abc import Iterator
from functools import lru_cache

from shared.district import Item

Part = tuple[str, bool]
"""Some characters of a name, and whether they were found."""


def parts(name: str, asked: str) -> list[Part]:
    """The name cut where what was found begins and ends."""
    found = [False] * len(name)
    for word in asked.lower().split():
        for at in _found_at(name, word):
            found[at] = True
    return list(_runs(name, found))


def other_word(item: Item, asked: str) -> str:
    """The keyword it was found by, where nothing of its name was."""
    if any(hit for _text, hit in parts(item.name, asked)):
        return ""
    for word in asked.lower().split():
        for keyword in item.keywords:
            if keyword.lower() in word or word in keyword.lower() or _sounds(keyword, word):
                return keyword
    return ""


def _found_at(name: str, word: str) -> range | list[int]:
    start = name.lower().find(word)
    if start >= 0:
        return range(start, start + len(word))
    return _by_sound(name, word) if word.isascii() else _in_order(name, word)


def _by_sound(name: str, word: str) -> range:
    """By initials (gljt) or by pinyin (gaoling): whole syllables are marked."""
    sounds = syllables(name)
    initials = "".join(sound[:1] for sound in sounds)
    at = initials.find(word)
    if at >= 0:
        return range(at, at + len(word))
    begins = [sum(map(len, sounds[:n])) for n in range(len(sounds) + 1)]
    start = "".join(sounds).find(word)
    if start < 0:
        return range(0)
    hit = [n for n in range(len(sounds)) if begins[n] < start + len(word) and begins[n + 1] > start]
    return range(hit[0], hit[-1] + 1)


def _in_order(name: str, word: str) -> list[int]:
    """A short form stands in the name in order, as 低保 in 最低生活保障."""
    marked, start = [], 0
    for char in word:
        at = name.find(char, start)
        if at < 0:
            return []
        marked.append(at)
        start = at + 1
    return marked


@lru_cache(maxsize=2048)
def syllables(name: str) -> tuple[str, ...]:
    """The pinyin of each character, what is no Han character as it is; one for each character."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - see shared.district.search.pinyin_of

    return tuple(lazy_pinyin(char)[0].lower() if char.isalnum() else "" for char in name)


def _sounds(keyword: str, word: str) -> bool:
    sounds = syllables(keyword)
    return word in ("".join(sounds), "".join(sound[:1] for sound in sounds))


def _runs(name: str, found: list[bool]) -> Iterator[Part]:
    start = 0
    for at in range(1, len(name) + 1):
        if at == len(name) or found[at] != found[start]:
            yield name[start:at], found[start]
            start = at
