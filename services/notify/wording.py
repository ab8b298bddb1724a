"""Texts with placeholders: ``{name}`` is filled in, ``[[…]]`` left out when it has nothing to say.

【百通】您的事项已受理，编号 {number}。[[承诺时限：{limit_shown}。]]
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_WORD = re.compile(r"\w")

SMS_SINGLE = 70
SMS_PART = 67
"""Characters of one billed SMS, and of each part of a longer one (rules.md: about 70)."""


@dataclass(frozen=True)
class Wording:
    """A template in one language: what stands above the text, and the text."""

    subject: str
    text: str


@dataclass(frozen=True)
class Template:
    """A text in Chinese and English.

    Attributes:
        name: as the steps of messages.yml call it.
        title: what it is for, in Chinese and English, for the page that lists the texts.
        wordings: by language.
        sms_code: the name under which the SMS vendor reviewed the text; may be empty.

    """

    name: str
    title: Mapping[str, str]
    wordings: Mapping[str, Wording]
    sms_code: str = ""


def placeholders(text: str) -> list[str]:
    """The names in a text, in order, repeated ones repeated."""
    return _PLACEHOLDER.findall(text)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text as the recipient reads it.

    Raises KeyError for a placeholder without a value; loading the pack has ruled that out.
    """
    kept = _OPTIONAL.sub(lambda part: _part_worth_saying(part.group(1), values), text)
    return _PLACEHOLDER.sub(lambda name: values[name.group(1)], kept).strip()


def _part_worth_saying(part: str, values: Mapping[str, str]) -> str:
    return part if all(values[name] for name in placeholders(part)) else ""


def why_not_reviewable(text: str) -> str | None:
    """Why an SMS vendor's review would refuse a text, or None (rules.md, Messaging channels)."""
    names = placeholders(text)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return f"uses {', '.join(f'{{{name}}}' for name in twice)} more than once"
    if not _WORD.search(_PLACEHOLDER.sub("", text)):
        return "is nothing but placeholders"
    return None


def sms_parts(text: str) -> int:
    """How many SMS the vendor bills for a text."""
    return 1 if len(text) <= SMS_SINGLE else -(-len(text) // SMS_PART)


def clip(text: str, longest: int) -> str:
    """A text of at most ``longest`` characters, with ``…`` where something is left out."""
    plain = " ".join(text.split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1].rstrip()}…"


def clip_bytes(text: str, most: int) -> str:
    """A text of at most ``most`` UTF-8 bytes, cut between characters, with ``…`` at the cut."""
    if len(text.encode()) <= most:
        return text
    room = most - len("…".encode())
    return text.encode()[:room].decode(errors="ignore") + "…"
