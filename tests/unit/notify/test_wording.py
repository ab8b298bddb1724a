import pytest

from services.notify.pack import book_of
from services.notify.previews import example_contact, example_link, example_values
from services.notify.values import OF_EVENT, offered, values_for
from services.notify.wording import (
    clip,
    clip_bytes,
    fill,
    placeholders,
    sms_parts,
    why_not_reviewable,
)
from shared.contracts import BY_TYPE, heard_by
from tests.unit.notify.stand import UNTOLD, district

LINK = example_link("https://bt.example.cn", "s" * 40)


def test_placeholders_are_filled_and_what_was_filled_in_is_left_alone() -> None:
    assert (
        fill("编号 {number}，{title}", {"number": "7", "title": "{number}"}) == "编号 7，{number}"
    )


def test_a_part_with_nothing_to_say_is_left_out() -> None:
    text = "已受理[[，时限 {limit_shown}]]。"
    assert fill(text, {"limit_shown": "5 个工作日内"}) == "已受理，时限 5 个工作日内。"
    assert fill(text, {"limit_shown": ""}) == "已受理。"


def test_what_a_resident_wrote_cannot_open_an_optional_part() -> None:
    assert fill("{title}", {"title": "[[{number}]]"}) == "[[{number}]]"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("您好，{number} 已办结", None),
        ("{number}{title}", "is nothing but placeholders"),
        ("{number}，{title}。", "is nothing but placeholders"),
        ("{number} 已办结，{number}", "uses {number} more than once"),
    ],
)
def test_what_an_sms_review_refuses(text: str, why: str | None) -> None:
    assert why_not_reviewable(text) == why


@pytest.mark.parametrize(("length", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3)])
def test_sms_parts(length: int, parts: int) -> None:
    assert sms_parts("字" * length) == parts


def test_clipping_ends_between_characters() -> None:
    assert clip("一二三四五", 5) == "一二三四五"
    assert clip("一二三四五六", 5) == "一二三四…"
    cut = clip_bytes("汉" * 1000, 2048)
    assert cut == "汉" * 681 + "…"
    assert len(cut.encode()) <= 2048
    assert clip_bytes("x" * 2048, 2048) == "x" * 2048


def test_every_event_heard_offers_values_and_no_other_does() -> None:
    heard = {
        c.name for owner in ("intake", "routing", "partners") for c in heard_by("notify", owner)
    }
    assert set(OF_EVENT) | {c.name for c in UNTOLD} == heard


@pytest.mark.parametrize("event", OF_EVENT)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_event_gives_a_word_for_each_placeholder_it_offers(event: str, language: str) -> None:
    values = example_values(event, LINK, language)
    assert tuple(values) == offered(event)
    assert all(isinstance(value, str) for value in values.values())


def test_values_of_an_event_that_leaves_out_what_it_may() -> None:
    for event in OF_EVENT:
        contract = next(c for c in BY_TYPE.values() if c.name == event)
        needed = {
            name: contract.example[name]
            for name, wanted in contract.schema().fields.items()
            if wanted.required
        }
        assert set(values_for(event, needed, example_contact(), LINK, "zh")) == set(offered(event))


def test_times_are_read_in_huaibei() -> None:
    values = example_values("order.late", LINK, "zh")
    assert (values["clock"], values["due_by"]) == ("联系居民", "11月21日 10:13")
    assert example_values("order.late", LINK, "en")["due_by"] == "21 Nov 10:13"


def test_a_once_only_notice_leaves_nothing_out() -> None:
    contract = next(c for c in BY_TYPE.values() if c.name == "case.notice_given")
    data = {**contract.example, "missing": [f"材料{n}" for n in range(20)]}
    told = values_for("case.notice_given", data, example_contact(), LINK, "zh")["missing"]
    assert [f"材料{n}" in told for n in range(20)] == [True] * 20


def test_what_was_promised_is_said_apart_from_what_is_missing() -> None:
    """A24: who promised a paper in writing is not told that it is missing."""
    text = book_of(district()).templates["materials_received"].wordings["zh"].text
    data = {"received": ["户口簿"], "still_missing": [], "still_promised": ["银行卡"]}
    data |= {"number": "XS-261121-0001-01", "title": "高龄津贴申请"}
    told = values_for("case.materials_received", data, example_contact(), LINK, "zh")
    said = fill(text, told)
    assert "已承诺后补：银行卡。" in said
    assert "还缺" not in said
    assert "承诺" not in fill(text, told | {"still_promised": ""})


LONG_BY_NATURE = {
    "once_only_notice",
    "resolved",
    "refused",
    "promised",
    "published",
    "handed_over",
    *(f"appointment_{what}" for what in ("booked", "moved", "moved_up", "reminder", "cancelled")),
}
"""They hold a list, a result, a place, or the remedies that A38 wants told."""


def test_chinese_texts_to_residents_are_two_sms_with_a_real_link() -> None:
    """All but those that hold a list or a result, which are as long as they are."""
    book = book_of(district())
    residents = [name for name in book.templates if book.audiences_of(name) == ["resident"]]
    lengths = {}
    for name in residents:
        values = example_values(book.events_of(name)[0], LINK, "zh")
        lengths[name] = len(fill(book.templates[name].wordings["zh"].text, values))
    too_long = {name: n for name, n in lengths.items() if sms_parts("字" * n) > 2}
    assert too_long.keys() <= LONG_BY_NATURE, lengths


def test_texts_to_residents_name_nobody_who_might_not_be_the_reader() -> None:
    book = book_of(district())
    for name, template in book.templates.items():
        if book.audiences_of(name) == ["resident"]:
            used = {p for wording in template.wordings.values() for p in placeholders(wording.text)}
            assert "applicant" not in used
            assert {"number", "link"} & used, name
