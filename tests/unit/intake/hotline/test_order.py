"""An order is read from its cells, or every reason is given why not."""

from datetime import datetime
from typing import Any

import pytest

from services.intake.hotline import order
from services.intake.hotline.order import Order
from services.intake.hotline.placing import place
from services.intake.reason import Reason
from shared.clock import LOCAL_ZONE, local
from tests.unit.intake.ground import COMMUNITY, xiangshan
from tests.unit.intake.hotline.sheets import HOTLINE, PLACE

RIGHT = {
    "number": "SL001",
    "name": "王建国",
    "phone": "13805610000",
    "community": PLACE.short_name,
    "kind": "投诉",
    "content": "楼道灯不亮",
}


def read(**changes: Any):
    return order.read(RIGHT | changes, HOTLINE, xiangshan())


def only_reason(**changes: Any):
    found = read(**changes)
    assert isinstance(found, list), found
    (reason,) = found
    assert reason.remedy
    return reason


def test_words_of_the_hotline_become_codes_of_the_pack():
    found = read(urgency="特急", return_requested="是", secret="否")
    assert isinstance(found, Order)
    assert (found.kind, found.urgency) == ("complaint", "urgent")
    assert (found.return_requested, found.secret) == (True, False)
    assert found.community == COMMUNITY


def test_what_is_not_said_is_what_the_pack_says():
    found = read(kind="")
    assert (found.kind, found.urgency) == (HOTLINE.default_kind, HOTLINE.default_urgency)
    assert read(name="").name == HOTLINE.unnamed


@pytest.mark.parametrize(
    "cell",
    [
        {"at": "2026-11-21T09:12:00"},
        "2026-11-21 09:12",
        "2026/11/21 09:12:00",
        "2026年11月21日 09:12",
        "2026-11-21T09:12:00+08:00",
        46347.38333333333,
    ],
)
def test_each_way_to_write_a_moment(cell):
    expected = datetime(2026, 11, 21, 9, 12, tzinfo=LOCAL_ZONE)
    assert local(read(received_at=cell).received_at) == expected


@pytest.mark.parametrize("cell", [{"at": "2026-11-27T00:00:00"}, "2026-11-27", "20261127", 46353])
def test_a_deadline_without_a_time_ends_with_its_day(cell):
    ends = datetime(2026, 11, 28, tzinfo=LOCAL_ZONE)
    assert read(deadline=cell).deadline == ends


def test_numbers_of_excel_are_texts_again():
    assert read(phone=13805610000.0).phone == "13805610000"
    assert read(number=20261121001).number == "20261121001"


@pytest.mark.parametrize(
    ("field", "cell", "text"),
    [
        ("number", "", "没有填写"),
        ("number", 2026112100000123456, "号码太长，被 Excel 当成数字，末几位已经丢失"),
        ("content", "", "没有填写"),
        ("content", "长" * 3501, "太长，最多 %(max)s 个字"),
        ("phone", "", "没有填写"),
        ("phone", "12345", "不是有效的电话号码"),
        ("id_no", "340603195001010011", "身份证号不对：位数、日期或校验码不符"),
        ("kind", "闲聊", "“%(code)s”不在可选范围内"),
        ("urgency", "很急很急", "“%(code)s”不在可选范围内"),
        ("received_at", "昨天", "“%(said)s”看不出是什么时间"),
        ("deadline", 12, "“%(said)s”看不出是什么时间"),
        ("deadline", "9999-12-31", "“%(said)s”看不出是什么时间"),
        ("received_at", "0001-01-01T00:00:00+14:00", "“%(said)s”看不出是什么时间"),
        ("return_requested", "看情况", "“%(said)s”看不出是“是”还是“否”"),
        ("name", {"error": "#N/A"}, "单元格里是公式错误 %(error)s"),
        ("community", "外地某社区", "从“%(said)s”看不出是哪个社区"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(field, cell, text):
    reason = only_reason(**{field: cell})
    assert (reason.field, reason.text) == (field, text)


def test_every_fault_of_an_order_is_named_at_once():
    found = read(phone="1", kind="闲聊", content="")
    assert [one.field for one in found] == ["phone", "kind", "content"]


def test_a_community_is_known_by_code_name_and_address():
    district = xiangshan()
    for said in (COMMUNITY, PLACE.name, PLACE.short_name, f"相山区{PLACE.street}{PLACE.name}"):
        assert place(said, "", "", district) == COMMUNITY
    assert place("", "", f"淮北市相山区{PLACE.short_name}3号楼", district) == COMMUNITY


def test_a_street_of_several_communities_is_not_enough():
    found = place("", PLACE.street, "", xiangshan())
    assert isinstance(found, Reason)
    assert found.text == "可能是几个社区：%(names)s"


def test_nobody_is_named_by_a_reason_or_a_title():
    reason = only_reason(community="找王建国 13805610000")
    assert "13805610000" not in str(reason)
    untitled = read(content="王建国说灯坏了")
    asked = order.acceptance(untitled, None, xiangshan())
    assert asked.title == "12345 工单（投诉）"


def test_whoever_handles_it_reads_what_the_hotline_asked_for():
    found = read(return_requested="是", secret="是", deadline="2026-11-27")
    said = order.acceptance(found, None, xiangshan()).description
    assert said.startswith("【12345 工单 SL001；12345 要求办结时间 2026-11-28 00:00；")
    assert "来电人要求回访；来电人要求保密，请勿向被反映人透露】\n楼道灯不亮" in said
