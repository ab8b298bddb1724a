"""What people type into fields with rules of their own: read in this one place, kept one way.

Identity numbers (GB 11643), unified social credit codes (GB 32100), telephone numbers and codes of
communities. A reader gives the text as it is kept, or raises `BadInput` with the reason and what to
do, as Chinese message ids. The fields at the end are the same readers for marshmallow's schemas.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import phonenumbers
from marshmallow import ValidationError, fields, validate
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError as BadNumber
from stdnum.util import clean

from shared.clock import local, now
from shared.msgid import msgid as msgid  # noqa: PLC0414 - handed on

LONGEST = 40
"""Characters such a field takes; the longest right answer has 18, and people add spaces."""
_PROVINCES = frozenset(
    map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55)))
) | frozenset(map(str, (*range(61, 66), 71, *range(81, 84))))
"""How identity numbers begin: provinces of GB/T 2260 and the residence permits 81, 82 and 83."""
_EARLIEST_YEAR = 1880


class BadInput(ValueError):
    """A text that is not what its field is for.

    Attributes:
        reason: what is wrong, a message id.
        remedy: what to do about it, a message id.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{reason}（{remedy}）")


PHONE = (
    msgid("不是有效的电话号码"),
    msgid("请填写 11 位手机号，或带区号的座机，例如 0561-3021234"),
)
IDENTITY = (
    msgid("身份证号不对：位数、日期或校验码不符"),
    msgid("请对照身份证核对 18 位号码，末位可能是 X"),
)
CREDIT = (
    msgid("统一社会信用代码不对：位数或校验码不符"),
    msgid("请对照营业执照或登记证书核对 18 位代码；没有的可以不填"),
)
COMMUNITY = (msgid("不是社区代码"), msgid("请填写 12 位社区代码"))
REMEDIES = dict((PHONE, IDENTITY, CREDIT, COMMUNITY))
"""reason -> remedy, for whoever knows the reason only (`shared.web.problem`)."""


@lru_cache(maxsize=4096)
def phone(text: str) -> str:
    """A Chinese number, mobile or landline, as 13805610000 or 0561-3021234.

    Short service numbers such as 12345 reach nobody in particular and are refused.

    Raises:
        BadInput: it is none.
    """
    if len(text) > LONGEST:
        raise BadInput(*PHONE)
    try:
        parsed = phonenumbers.parse(text, "CN")
    except phonenumbers.NumberParseException:
        raise BadInput(*PHONE) from None
    if parsed.extension or not phonenumbers.is_valid_number_for_region(parsed, "CN"):
        raise BadInput(*PHONE)
    digits = phonenumbers.national_significant_number(parsed)
    area = phonenumbers.length_of_geographical_area_code(parsed)
    return f"0{digits[:area]}-{digits[area:]}" if area else digits


def identity_number(text: str) -> str:
    """An identity number (GB 11643), compact, with a capital X; its date is real and not to come.

    The county is not looked up: numbers keep codes of counties long dissolved, and a person may
    have been born before the county their number was given in.

    Raises:
        BadInput: it is none.
    """
    number = clean(text, " -").upper()
    if len(number) != 18 or not (number.isascii() and number[:17].isdigit()):  # noqa: PLR2004
        raise BadInput(*IDENTITY)
    if number[:2] not in _PROVINCES or number[-1] != ric.calc_check_digit(number):
        raise BadInput(*IDENTITY)
    try:
        born = ric.get_birth_date(number)
    except (BadNumber, ValueError):
        raise BadInput(*IDENTITY) from None
    if born.year < _EARLIEST_YEAR or born > local(now()).date():
        raise BadInput(*IDENTITY)
    return number


def credit_code(text: str) -> str:
    """A unified social credit code (GB 32100), compact, in capitals.

    Raises:
        BadInput: it is none.
    """
    try:
        return str(uscc.validate(clean(text, " -").upper()))
    except BadNumber:
        raise BadInput(*CREDIT) from None


def community_code(text: str) -> str:
    """The 12 digits of a community; whether the district has it is the district's to say.

    Raises:
        BadInput: it is none.
    """
    code = text.strip()
    if len(code) != 12 or not (code.isascii() and code.isdigit()):  # noqa: PLR2004
        raise BadInput(*COMMUNITY)
    return code


class _Read(fields.String):
    """A text field whose value is read by a reader; empty stays empty unless it is required."""

    reader: Callable[[str], str]

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("required"):
            kwargs.setdefault("load_default", "")
        lowest = 1 if kwargs.get("required") else 0
        super().__init__(validate=validate.Length(min=lowest, max=LONGEST), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not text.strip() or len(text) > LONGEST:
            return text.strip()[: LONGEST + 1]  # its length speaks for itself
        try:
            return type(self).reader(text)
        except BadInput as bad:
            raise ValidationError(bad.reason) from None


class Phone(_Read):
    """A telephone number, see `phone`."""

    reader = staticmethod(phone)


class IdentityNumber(_Read):
    """An identity number, see `identity_number`."""

    reader = staticmethod(identity_number)


class CreditCode(_Read):
    """A unified social credit code, see `credit_code`."""

    reader = staticmethod(credit_code)


class CommunityCode(_Read):
    """A community's code, see `community_code`."""

    reader = staticmethod(community_code)
