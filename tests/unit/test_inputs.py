"""Values with rules of their own: identity numbers, credit codes, phones, community codes."""

from contextlib import suppress
from datetime import UTC, datetime

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from shared import clock, inputs

READERS = (inputs.phone, inputs.identity_number, inputs.credit_code, inputs.community_code)


def with_check_digit(first_17: str) -> str:
    return first_17 + ric.calc_check_digit(first_17 + "0")


@pytest.mark.parametrize(
    "text", ["11010519491231002X", " 11010519491231002x ", "110105 19491231 002X"]
)
def test_identity_numbers_are_kept_one_way(text):
    assert inputs.identity_number(text) == "11010519491231002X"


@pytest.mark.parametrize("born", ["19350307", "19700101", "20100829"])
def test_a_county_younger_than_the_person_is_no_fault(born):
    number = with_check_digit(f"340603{born}002")
    assert inputs.identity_number(number) == number


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # check digit
        with_check_digit("11010519491331002"),  # month 13
        with_check_digit("11010519490230002"),  # 30 February
        with_check_digit("11010517490101002"),  # older than anybody
        with_check_digit("99010519491231002"),  # no such province
        "123",
        "",
        "１１０１０５１９４９１２３１００２Ｘ",
        "X" * 18,
        "11010519491231002X" * 3,
    ],
)
def test_what_is_no_identity_number_is_said_to_be_none(text):
    with pytest.raises(inputs.BadInput, match="身份证号不对"):
        inputs.identity_number(text)


def test_nobody_is_born_tomorrow():
    number = with_check_digit("34060320261123002")
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    with clock.set_for_tests(noon), pytest.raises(inputs.BadInput):
        inputs.identity_number(number)
    with clock.set_for_tests(datetime(2026, 11, 22, 17, tzinfo=UTC)):  # the 23rd in Huaibei
        assert inputs.identity_number(number) == number


@pytest.mark.parametrize("text", ["91110000600037341L", "9111 0000 6000 3734 1l"])
def test_credit_codes_gb32100(text):
    assert inputs.credit_code(text) == "91110000600037341L"


@pytest.mark.parametrize("text", ["91110000600037342L", "91110000600037341", "I" * 18, ""])
def test_what_is_no_credit_code_is_said_to_be_none(text):
    with pytest.raises(inputs.BadInput, match="统一社会信用代码不对"):
        inputs.credit_code(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("13805610000", "13805610000"),
        ("+86 138 0561 0000", "13805610000"),
        ("0561-3021234", "0561-3021234"),
        ("(010) 6552 9988", "010-65529988"),
        ("400-600-1234", "4006001234"),
    ],
)
def test_chinese_phones_landlines_included(text, kept):
    assert inputs.phone(text) == kept


@pytest.mark.parametrize(
    "text", ["12345", "110", "3021234", "+852 2123 4567", "13805610000 ext. 3", "1" * 300, ""]
)
def test_what_is_no_phone_is_said_to_be_none(text):
    with pytest.raises(inputs.BadInput, match="不是有效的电话号码"):
        inputs.phone(text)


@pytest.mark.parametrize("text", ["34060300200", "３４０６０３００２００１", "abcdefghijkl"])
def test_a_community_has_twelve_digits(text):
    assert inputs.community_code(" 340603002001 ") == "340603002001"
    with pytest.raises(inputs.BadInput, match="不是社区代码"):
        inputs.community_code(text)


@given(st.text(max_size=60) | st.from_regex(r"[0-9xX \-+]{0,40}", fullmatch=True))
def test_whatever_is_typed_is_read_or_refused_in_words(text):
    for reader in READERS:
        with suppress(inputs.BadInput):
            kept = reader(text)
            assert reader(kept) == kept


class Form(ma.Schema):
    """A form with each of them."""

    phone = inputs.Phone(required=True)
    id_no = inputs.IdentityNumber()
    credit = inputs.CreditCode()
    community = inputs.CommunityCode()


def test_fields_of_a_schema_read_alike_and_stay_empty_if_they_may():
    loaded = Form().load({"phone": "+86 138 0561 0000", "credit": " "})
    assert loaded == {"phone": "13805610000", "id_no": "", "credit": "", "community": ""}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"phone": "12345"},
        {"phone": " "},
        {"phone": "1" * 41},
        {"phone": "13805610000", "id_no": "1"},
        {"phone": "13805610000", "credit": "1"},
        {"phone": "13805610000", "community": "1"},
        {"phone": ["13805610000"]},
    ],
)
def test_fields_of_a_schema_refuse_alike(wrong):
    with pytest.raises(ma.ValidationError):
        Form().load(wrong)
