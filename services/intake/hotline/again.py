"""A 12345 order that comes again: what it says otherwise than when it came last.

It makes no second case and moves no deadline; whoever handles the case reads it in the timeline.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.intake.acceptance import read_phone
from services.intake.case import Case
from services.intake.hotline import cells
from services.intake.hotline.order import LONGEST, content_of, empty, spoken
from services.intake.hotline.pack import Hotline
from services.intake.reason import Reason

ACTION = "hotline.more"
"""The line of the timeline."""
NAMES: Mapping[str, tuple[str, str]] = {
    "content": ("诉求内容", "the request"),
    "phone": ("联系电话", "telephone"),
    "address": ("地址", "address"),
    "deadline": ("12345 要求的办结时间", "the hotline's deadline"),
    "return_requested": ("回访要求", "call-back"),
    "secret": ("保密要求", "secrecy"),
}
"""What may be another by then, in Chinese and English; codes that officers set are left alone."""
_AND = "；"
_FLAGS = {
    "return_requested": ("来电人不要求回访", "来电人要求回访"),
    "secret": ("来电人不要求保密", "来电人要求保密，请勿向被反映人透露"),
}


def first_said(order: Mapping[Any, Any], case: Case) -> dict[str, str]:
    """Field -> what it said when the case was made of it, in words."""
    said = {
        "content": content_of(case.description),
        "phone": case.applicant.phone,
        "address": case.location,
        **{name: order[name] for name in ("deadline", *_FLAGS)},
    }
    return {name: _worded(name, value) for name, value in said.items() if value is not None}


def since_said(lines: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Field -> what it said last, of those that lines of the timeline (oldest first) tell of."""
    said: dict[str, str] = {}
    for one in lines:
        said |= one.get("now") or _said_in_words(one)
    return said


def differences(
    given: Mapping[str, Any], pack: Hotline, before: Mapping[str, str]
) -> dict[str, str]:
    """Field -> what it says now, in words; what is empty or cannot be read says nothing.

    Args:
        given: field -> cell, as they came this time.
        pack: how cells are read.
        before: what was said last, see `first_said` and `since_said`.

    """
    read = {name: _read(name, given[name], pack) for name in NAMES if not empty(given.get(name))}
    now = {
        name: _worded(name, value) for name, value in read.items() if not isinstance(value, Reason)
    }
    return {name: said for name, said in now.items() if said != before.get(name)}


def line(changed: Mapping[str, str]) -> dict[str, Any]:
    """What the timeline keeps, sealed: which fields, and what they say now."""
    return {
        "what": [NAMES[name][0] for name in changed],
        "what_en": [NAMES[name][1] for name in changed],
        "note": _AND.join(changed.values()),
        "now": dict(changed),
    }


def _said_in_words(line: Mapping[str, Any]) -> dict[str, str]:
    """Of a line without `now`: the content comes first, and may hold what divides the values."""
    fields = [name for name in NAMES if NAMES[name][0] in line.get("what", ())]
    values = line.get("note", "").rsplit(_AND, max(len(fields) - 1, 0))
    return dict(zip(fields, values, strict=False))


def _read(name: str, cell: Any, pack: Hotline) -> Any:
    if name == "deadline":
        return cells.moment(name, cell, pack, ends=True)
    if name in _FLAGS:
        return cells.flag(name, cell, pack)
    said = cells.text(name, cell, LONGEST[name])
    return read_phone(said) if name == "phone" and isinstance(said, str) else said


def _worded(name: str, value: Any) -> str:
    if name == "deadline":
        return spoken(value)
    return _FLAGS[name][value] if name in _FLAGS else str(value)
