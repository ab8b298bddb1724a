"""Case numbers: what is printed can be read back, and a slip of the finger never passes."""

import random
from datetime import date, timedelta
from string import ascii_uppercase, digits

import pytest

from shared.case_number import MAX_SERIAL, BadCaseNumber, CaseNumber, make, parse

DAY = date(2026, 11, 21)


def numbers(count: int) -> list[str]:
    """Return numbers spread over days, prefixes and every length of serial."""
    draw = random.Random(20261121)
    made = []
    for index in range(count):
        prefix = "".join(draw.choices(ascii_uppercase, k=2 + index % 3))
        day = date(2000, 1, 1) + timedelta(days=draw.randrange(36_500))
        made.append(make(prefix, day, draw.randrange(10 ** (1 + index % 8))))
    return made


def passes(text: str) -> bool:
    try:
        parse(text)
    except BadCaseNumber:
        return False
    return True


def test_a_number_as_it_is_printed():
    assert make("XS", DAY, 42) == "XS-261121-0042-08"
    assert str(CaseNumber("XS", DAY, 42)) == "XS-261121-0042-08"
    assert parse("XS-261121-0042-08") == CaseNumber("XS", DAY, 42)


@pytest.mark.parametrize("serial", [0, 1, 9999, 10_000, 123_456, 9_999_999, 10_000_000, MAX_SERIAL])
def test_more_than_ten_million_a_day_can_be_told_apart(serial):
    assert parse(make("XS", DAY, serial)) == CaseNumber("XS", DAY, serial)


def test_different_cases_never_share_a_number():
    days = [DAY + timedelta(days=n) for n in range(3)]
    made = [make(p, d, s) for p in ("XS", "XSA") for d in days for s in range(0, 120_000, 37)]
    assert len({text.replace("-", "") for text in made}) == len(made)


@pytest.mark.parametrize(
    "typed",
    [
        "XS-261121-0042-08",
        "xs-261121-0042-08",
        "XS261121004208",
        " xs 261121 0042 08 ",
        "ＸＳ－２６１１２１－００４２－０８",
        "XS—261121–0042−08",
        "XS-261121\u3000004208",
        "xs/261121.0042.08",
        "\tXS-261121-0042-08\n",
    ],
)
def test_it_is_read_however_it_is_typed(typed):
    assert parse(typed) == CaseNumber("XS", DAY, 42)


def test_every_wrong_character_is_caught():
    """Exhaustive: each place of 240 numbers, with each other letter or digit in it."""
    tried = 0
    for number in numbers(240):
        for place, right in enumerate(number):
            alphabet = digits if right in digits else ascii_uppercase if right != "-" else ""
            for wrong in alphabet.replace(right, ""):
                spoilt = number[:place] + wrong + number[place + 1 :]
                assert not passes(spoilt), f"{number} read as {spoilt}"
                tried += 1
    assert tried > 40_000


def test_every_swap_of_neighbours_is_caught():
    """Exhaustive: each pair of neighbours of 3000 numbers, across the hyphens too."""
    tried = 0
    for number in numbers(3000):
        plain = number.replace("-", "")
        for place in range(len(plain) - 1):
            left, right = plain[place], plain[place + 1]
            if left == right:
                continue
            spoilt = plain[:place] + right + left + plain[place + 2 :]
            assert not passes(spoilt), f"{number} read as {spoilt}"
            tried += 1
    assert tried > 30_000


def test_the_arithmetic_behind_both_holds_for_every_place():
    """MOD 97: no error of one character, and no swap, is a multiple of 97 at any place.

    A digit is off by 1 to 9, a letter (10 to 35) by 1 to 25; swapped digits differ by 9 times
    their difference, swapped letters by 99 times theirs. The longest number has 24 digits once
    its letters are written as two digits each.
    """
    for place in range(24):
        weight = 10**place
        assert all(off * weight % 97 for off in range(1, 26))
        assert all(9 * off * weight % 97 for off in range(1, 10))
        assert all(99 * off * weight % 97 for off in range(1, 26))


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("", "empty"),
        ("  - ", "empty"),
        ("hello", "does not look like"),
        ("XS-261121-042-08", "does not look like"),
        ("261121-0042-08", "does not look like"),
        ("XS-261121-123456789-08", "does not look like"),
        ("XS-26112一-0042-08", "does not look like"),
        ("ⅩⅩS-261121-0042-08", "check digits"),
        ("XS-261121-0042-09", "check digits"),
        ("XS-261121-0024-08", "check digits"),
    ],
)
def test_what_is_not_a_number_is_refused_in_words(typed, word):
    with pytest.raises(BadCaseNumber, match=word) as caught:
        parse(typed)
    assert caught.value.en == str(caught.value)
    assert "编号" in caught.value.zh


def with_check(body: str) -> str:
    """Return a body with the check digits that fit it."""
    return next(f"{body}{c:02d}" for c in range(98) if "check" not in refusal(f"{body}{c:02d}"))


def refusal(text: str) -> str:
    try:
        parse(text)
    except BadCaseNumber as error:
        return error.en
    return ""


def test_a_day_that_is_none_is_refused_even_with_fitting_check_digits():
    assert "not a day" in refusal(with_check("XS2613310042"))


def test_one_case_has_one_number_so_a_padded_serial_is_refused():
    assert "leading zero" in refusal(with_check("XS26112100042"))


@pytest.mark.parametrize(
    ("prefix", "day", "serial", "word"),
    [
        ("xs", DAY, 1, "prefix"),
        ("X", DAY, 1, "prefix"),
        ("ABCDE", DAY, 1, "prefix"),
        ("XS", date(1999, 12, 31), 1, "year"),
        ("XS", date(2100, 1, 1), 1, "year"),
        ("XS", DAY, -1, "serial"),
        ("XS", DAY, MAX_SERIAL + 1, "serial"),
    ],
)
def test_a_number_that_could_not_be_read_is_not_made(prefix, day, serial, word):
    with pytest.raises(ValueError, match=word):
        make(prefix, day, serial)
