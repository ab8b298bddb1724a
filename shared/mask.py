"""Masks: enough of a person's data to recognise them, too little to find them (X: 138****1234).

Lists, pages, exports, events to those who need no more, and logs show these. Seeing the whole is an
act with a reason (`shared.web.reveal`).
"""

import re

_MOBILE = 11
_SHORT = 4
_ID = 18
_OLD_ID = 15
_MOBILE_TEXT = r"(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}"
_LANDLINE_TEXT = r"0\d{2,3}[ -]?\d{7,8}"
_NUMBERS = re.compile(
    rf"(?<![0-9A-Za-z])(?:\d{{17}}[\dXx]|\d{{15}}|{_MOBILE_TEXT}|{_LANDLINE_TEXT})(?![0-9A-Za-z])"
)
"""Identity numbers, mobile telephones and landlines with their area, wherever they stand."""


def mask_phone(number: str | None) -> str:
    """Hide the middle of a telephone number: 138****1234; a landline keeps its area code."""
    if not number:
        return ""
    digits = number.strip().removeprefix("+86").replace(" ", "")
    compact = digits.replace("-", "")
    if len(compact) == _MOBILE and compact.startswith("1"):
        return f"{compact[:3]}****{compact[-4:]}"
    area, dash, local = digits.rpartition("-")
    if len(local) <= _SHORT:
        return f"{area}{dash}{'*' * len(local)}"
    return f"{area}{dash}{'*' * (len(local) - 3)}{local[-3:]}"


def mask_id(number: str | None) -> str:
    """Hide the birth date in an identity number: 340603********0019; others keep their ends."""
    if not number:
        return ""
    text = number.strip()
    if len(text) == _ID:
        return f"{text[:6]}{'*' * 8}{text[-4:]}"
    if len(text) == _OLD_ID:
        return f"{text[:6]}{'*' * 6}{text[-3:]}"
    if len(text) <= _SHORT:
        return "*" * len(text)
    return f"{text[:2]}{'*' * (len(text) - 4)}{text[-2:]}"


def mask_name(name: str | None) -> str:
    """Keep the first character of a name: 张**."""
    if not name:
        return ""
    text = name.strip()
    return text[:1] + "*" * max(1, min(len(text) - 1, 3))


def mask_text(text: str, *names: str) -> str:
    """Take identity and telephone numbers, and these names, out of free text."""
    for name in names:
        if len(name) > 1:
            text = text.replace(name, mask_name(name))
    return _NUMBERS.sub(lambda found: _mask_number(found.group()), text)


def _mask_number(number: str) -> str:
    if number.startswith("0"):
        return mask_phone(number)
    digits = re.sub(r"[^0-9Xx]", "", number).removeprefix("86")
    return mask_phone(digits) if len(digits) == _MOBILE else mask_id(digits)
