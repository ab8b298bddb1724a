"""The content words of a title: what is left without names, numbers and what everybody says.

There is no dictionary: words are runs of two to four characters that several titles share. They
are taken from the title alone, which is masked and stands unsealed with its order.
"""

import re
from collections.abc import Iterable, Mapping

from shared.mask import mask_text

_RUN = re.compile(r"[\u4e00-\u9fff]+")
_SAID_BY_ALL = re.compile(
    r"反映|投诉|举报|咨询|求助|请求|希望|要求|问题|情况|有关|关于|居民|市民|群众|社区|小区|我们|我家|家里"
    r"|你好|您好|谢谢|麻烦|一直|已经|没有|没人|不了|什么|怎么|如何|办理|处理|解决|尽快|严重|经常|每天"
    r"|附近|旁边|对面|门口|楼下|楼上|多次|长期|现在|这里|那里|一个|部门"
    r"|[的了在是有和与被把给对从到又也很太吗呢吧请我你他她它这那个就都还要等]"
)
SHORTEST, LONGEST = 2, 4
MOST_TEXT = 200
MOST_KEPT = 300
"""Runs kept of a cluster; the rarest go first."""
MOST_SHOWN = 6


def content(title: str, *names: str, without: Iterable[str] = ()) -> str:
    """The title's content, parts separated by spaces: no person, no number, no place."""
    text = mask_text(title, *names)
    for one in without:
        text = text.replace(one, " ") if one else text
    kept = _RUN.findall(_SAID_BY_ALL.sub(" ", text))
    return " ".join(part for part in kept if len(part) >= SHORTEST)[:MOST_TEXT]


def pairs(text: str) -> frozenset[str]:
    """Every two neighbouring characters: what titles are compared by."""
    return frozenset(_of_length(text, SHORTEST))


def runs(text: str) -> frozenset[str]:
    """Every run of two to four characters: what is counted, and shown where it is shared."""
    lengths = range(SHORTEST, LONGEST + 1)
    return frozenset(run for length in lengths for run in _of_length(text, length))


def add(counts: Mapping[str, int], text: str) -> dict[str, int]:
    """The counts with one more title."""
    more = dict(counts)
    for run in runs(text):
        more[run] = more.get(run, 0) + 1
    if len(more) <= MOST_KEPT:
        return more
    ranked = sorted(more.items(), key=lambda one: (-one[1], len(one[0]), one[0]))
    return dict(ranked[:MOST_KEPT])


def take_away(counts: Mapping[str, int], text: str) -> dict[str, int]:
    """The counts without a title; what nobody else said is gone."""
    gone = runs(text)
    less = {run: count - (run in gone) for run, count in counts.items()}
    return {run: count for run, count in less.items() if count > 0}


def shared(counts: Mapping[str, int], size: int) -> list[str]:
    """What at least half of them say, the most often said first, none a part of another.

    A run within a longer one stands for itself only where it is said more often than that.
    """
    often = {run: n for run, n in counts.items() if n >= max(2, (size + 1) // 2)}
    own = [run for run, n in often.items() if not any(_says(one, run, often) for one in often)]
    found: list[str] = []
    for run in sorted(own, key=lambda one: (-often[one], -len(one), one)):
        if not any(pairs(run) & pairs(one) for one in found):
            found.append(run)
    return found[:MOST_SHOWN]


def _says(longer: str, run: str, often: Mapping[str, int]) -> bool:
    return longer != run and run in longer and often[longer] == often[run]


def _of_length(text: str, length: int) -> Iterable[str]:
    for part in text.split():
        yield from (part[i : i + length] for i in range(len(part) - length + 1))
