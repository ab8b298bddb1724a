"""Pages: a resident books, moves and cancels; an officer receives; the waiting room is called."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.intake.ground import ALLOWANCE, COMMUNITY, names, published
from tests.unit.intake_pages.browser import Browser
from tests.unit.intake_pages.conftest import app, built
from tests.unit.intake_slots.desk import (
    EARLY,
    MONDAY_HALF,
    MONDAY_NINE,
    PHONES,
    book,
    booking_now,
    tickets,
)
from tests.unit.intake_slots.test_catalogue import NEW, changed

__all__ = ["app", "built"]
WHO = {"name": "王建国", "applicant.phone": PHONES[0]}
PERSON = {"name": "王建国", "phone": PHONES[0]}
AT = f"/book/{COMMUNITY}/{ALLOWANCE}/{MONDAY_NINE}"
NUMBER = re.compile(r"YY-\d{6}-\d{4}-\d{2}")


@pytest.fixture
def anyone(app, runtime):
    return Browser(app, runtime)


@pytest.fixture
def desk(app, runtime):
    return Browser(app, runtime, "desk")


def booked_by(anyone):
    answer = anyone.send(AT, **PERSON)
    assert answer.status_code == 303, answer.text
    return answer.location


# -- residents -------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_thing_a_page_from_the_community_to_the_time(anyone, lang):
    pages = {
        "/book": "供电社区",
        f"/book/{COMMUNITY}": ALLOWANCE,
        f"/book/{COMMUNITY}/{ALLOWANCE}": "申请审批表",
        f"/book/{COMMUNITY}/{ALLOWANCE}/times": MONDAY_NINE[:12],
        AT: 'name="phone"',
        "/book/mine": 'name="number"',
    }
    for path, told in pages.items():
        page = anyone.page(path, lang)
        assert page.status_code == 200, path
        assert told in page.text, path


def test_a_resident_books_and_sees_exactly_what_to_bring(anyone, runtime):
    page = anyone.page(booked_by(anyone))
    (number,) = set(NUMBER.findall(page.text))
    assert booking_now(runtime, number).state == "booked"
    for material in runtime.district.items[ALLOWANCE].materials:
        assert material.name in page.text
    assert PHONES[0] not in page.text
    assert "138****0000" in page.text


def test_the_calendar_file_says_when_and_where(anyone):
    answer = anyone.client.get(f"{booked_by(anyone)}/calendar.ics")
    text = answer.text.replace("\r\n ", "")
    assert answer.mimetype == "text/calendar"
    assert "DTSTART:20261123T010000Z" in text
    assert "LOCATION:供电社区 百通岗" in text
    assert "申请审批表" in text


def test_a_later_calendar_file_takes_the_place_of_an_earlier_one(anyone, time):
    where = booked_by(anyone)
    assert {
        "METHOD:PUBLISH",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
        "DTSTAMP:20261121T011200Z",
    } <= in_calendar(anyone, where)
    time.advance(timedelta(minutes=5))
    anyone.send(f"{where}/move", slot=MONDAY_HALF)
    assert {
        "SEQUENCE:1",
        "DTSTAMP:20261121T011700Z",
        "DTSTART:20261123T013000Z",
    } <= in_calendar(anyone, where)
    anyone.send(where, to=f"{where}/cancel")
    gone = in_calendar(anyone, where)
    assert {"METHOD:CANCEL", "SEQUENCE:2", "STATUS:CANCELLED"} <= gone
    assert "BEGIN:VALARM" not in gone


def test_the_calendar_file_of_who_waits_is_tentative(anyone, runtime):
    book(runtime, EARLY)
    waits = book(runtime, EARLY, PHONES[1], may_wait=True)
    found = anyone.send("/book/mine", number=waits.number, phone=PHONES[1])
    assert "STATUS:TENTATIVE" in in_calendar(anyone, found.location)


def in_calendar(anyone, where):
    return set(anyone.client.get(f"{where}/calendar.ics").text.splitlines())


def test_the_address_of_a_booking_is_signed_and_names_nobody(anyone):
    where = booked_by(anyone)
    assert PHONES[0] not in where
    assert anyone.page(where[:-3] + "xyz").status_code == 404


def test_number_and_phone_open_it_again_and_guesses_rest(anyone, runtime):
    number = book(runtime).number
    found = anyone.send("/book/mine", number=number.lower(), phone="0000")
    assert found.status_code == 303
    for _ in range(10):
        assert anyone.send("/book/mine", number=number, phone="9999").status_code == 422
    resting = anyone.send("/book/mine", number=number, phone=PHONES[0])
    assert "试的次数太多了" in resting.text


def test_moving_and_cancelling_by_the_link(anyone, runtime):
    where = booked_by(anyone)
    assert anyone.send(f"{where}/move", slot=MONDAY_HALF).status_code == 303
    assert "09:30" in anyone.page(where).text
    assert anyone.send(where, to=f"{where}/cancel").status_code == 303
    assert "已取消" in anyone.page(where).text
    assert names(published(runtime)) == [
        "appointment.booked",
        "appointment.moved",
        "appointment.cancelled",
    ]


def test_a_full_time_offers_the_line(anyone, runtime):
    for phone in PHONES[1:3]:
        book(runtime, phone=phone)
    assert "候补" in anyone.page(AT).text
    refused = anyone.send(AT, **PERSON)  # the hidden field goes along
    assert refused.status_code == 303
    assert "已排候补" in anyone.page(refused.location).text


def test_what_is_wrong_stands_on_the_form(anyone):
    answer = anyone.send(AT, name="", phone="12")
    assert answer.status_code == 422
    assert "没有填写姓名" in answer.text
    assert "不是有效的电话号码" in answer.text


def test_one_address_books_only_so_many(anyone, runtime):
    for n in range(30):
        anyone.send(AT, name="", phone=str(n))
    assert anyone.send(AT, **PERSON).status_code == 429


def test_who_types_a_phone_learns_nothing_of_what_it_holds(anyone, runtime):
    book(runtime)
    twice = anyone.send(AT, **PERSON)
    for clock in ("0930", "1000"):
        book(runtime, f"{COMMUNITY}-deskam-261123{clock}")
    fourth = anyone.send(AT.replace("2611230900", "2611231030"), **PERSON)
    for answer in (twice, fourth):
        assert (answer.status_code, "这个号码暂时约不了" in answer.text) == (422, True)
        assert "已经约了" not in answer.text
        assert "3 个预约" not in answer.text


def test_one_phone_is_asked_for_only_so_often(anyone):
    for _ in range(10):
        anyone.send(AT, **PERSON | {"name": ""})
    answer = anyone.send(AT, **PERSON)
    assert (answer.status_code, "这个号码暂时约不了" in answer.text) == (422, True)
    assert anyone.send(AT, **PERSON | {"phone": PHONES[1]}).status_code == 303


# -- officers --------------------------------------------------------------------------------------


def test_lists_are_masked_and_seeing_the_whole_is_an_act(desk, runtime):
    one = book(runtime)
    page = desk.page("/desk/bookings?day=2026-11-23")
    assert one.number in page.text
    assert "王建国" not in page.text
    detail = f"/desk/bookings/{one.number}"
    assert PHONES[0] not in desk.page(detail).text
    assert PHONES[0] in desk.send(detail, to=f"{detail}/reveal", why="call").text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_there_cannot_be_is_answered(desk, anyone, day):
    for page in ("bookings", "bookings/slots"):
        assert desk.client.get(f"/desk/{page}?day={day}").status_code == 200
    assert anyone.client.get(f"/book/{COMMUNITY}/other/times?day={day}").status_code == 200
    asked = {"community": COMMUNITY, "day": day}
    assert anyone.client.get("/api/intake/open-slots", query_string=asked).status_code == 422


def test_accepting_fills_the_form_and_the_address_says_nothing(desk, runtime):
    one = book(runtime)
    detail = f"/desk/bookings/{one.number}"
    answer = desk.send(detail, to=f"{detail}/accept")
    assert answer.status_code == 303
    assert set(parse_qs(urlsplit(answer.location).query)) == {"item", "from"}
    assert PHONES[0] not in answer.location
    assert booking_now(runtime, one.number).state == "came"
    form = desk.page(answer.location).text
    for told in ("王建国", PHONES[0], 'value="appointment" selected'):
        assert told in form


def test_another_officer_gets_nothing_by_the_reference(desk, runtime, app):
    one = book(runtime)
    detail = f"/desk/bookings/{one.number}"
    where = desk.send(detail, to=f"{detail}/accept").location
    assert PHONES[0] not in Browser(app, runtime, "desk-b").page(where).text


def test_another_communitys_booking_is_refused(app, runtime):
    one = book(runtime)
    elsewhere = Browser(app, runtime, "desk-guiyuan")
    assert elsewhere.page(f"/desk/bookings/{one.number}").status_code == 403


def test_booking_for_a_resident_and_adding_a_mobile_desk(desk, runtime):
    asked = PERSON | {"slot": MONDAY_NINE, "item": ALLOWANCE, "via": "wechat_group"}
    made = desk.send("/desk/bookings/new?day=2026-11-23", **asked)
    assert made.status_code == 303, made.text
    mobile = {
        "kind": "mobile_desk",
        "place": "锦绣家园东门",
        "day": "2026-11-28",
        "opens": "08:30",
        "closes": "11:00",
        "capacity": "20",
        "departments": ["ga", "mz"],
    }
    assert desk.send("/desk/bookings/slots/new", **mobile).status_code == 303
    shown = desk.page("/desk/bookings/slots?day=2026-11-28").text
    for told in ("锦绣家园东门", "公安", "民政"):
        assert told in shown
    wrong = desk.send("/desk/bookings/slots/new", **(mobile | {"closes": "08:00"}))
    assert "结束时间要在开始之后" in wrong.text


# -- the waiting room ------------------------------------------------------------------------------


def test_take_a_ticket_and_be_called(anyone, desk):
    take = f"/queue/{COMMUNITY}/take"
    ticket = anyone.send(take, kind="general").location
    assert "A001" in anyone.page(ticket).text
    anyone.send(take, kind="priority")
    desk.send("/desk/queue", to="/desk/queue/next", window="2")
    screen = anyone.page(f"/queue/{COMMUNITY}").text
    assert "Y001" in screen
    assert "2 号窗口" in screen
    assert 'aria-live="polite"' in screen
    assert "看看现在叫到几号" in screen, "without scripts, by a link"
    turn = anyone.page(f"{ticket}/turn").text
    assert "A001" in turn
    assert "前面没有人了，请留意叫号。" in turn
    again = desk.send("/desk/queue", to="/desk/queue/next", window="2")
    assert "还没处理" in again.text


def test_the_keys_of_the_queue(desk, anyone):
    anyone.send(f"/queue/{COMMUNITY}/take", kind="general")
    assert 'data-key="n"' in desk.page("/desk/queue").text
    desk.send("/desk/queue", to="/desk/queue/next", window="1")
    page = desk.page("/desk/queue").text
    for key in "rsda":
        assert f'data-key="{key}"' in page
    ticket = re.search(r'action="(/desk/queue/\w+/accept)"', page)
    answer = desk.send("/desk/queue", to=ticket.group(1))
    assert re.fullmatch(r"/desk/new\?from=[0-9a-f]{32}", answer.location)


def accept(desk, form, fields):
    """Send the form of acceptance as it stands, and what else was filled in."""
    page = desk.page(form).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    del hidden["csrf_token"]
    answer = desk.send(form, to="/desk/new", **hidden | fields)
    assert answer.status_code == 303, answer.text
    return answer.location.split("/")[2]


def test_the_case_of_a_booking_is_named_by_it(desk, runtime):
    one = book(runtime)
    detail = f"/desk/bookings/{one.number}"
    form = desk.send(detail, to=f"{detail}/accept").location
    case = accept(desk, form, WHO)
    assert booking_now(runtime, one.number).case_number == case
    assert f'href="/desk/{case}"' in desk.page(detail).text
    other = accept(desk, form, WHO)
    assert (other != case, booking_now(runtime, one.number).case_number) == (True, case)


def test_the_case_of_a_ticket_is_named_by_it_whatever_was_looked_for_meanwhile(
    desk, anyone, runtime
):
    anyone.send(f"/queue/{COMMUNITY}/take", kind="general")
    desk.send("/desk/queue", to="/desk/queue/next", window="1")
    ticket = re.search(r'action="(/desk/queue/\w+/accept)"', desk.page("/desk/queue").text)
    found = desk.send("/desk/queue", to=ticket.group(1)).location
    asked = parse_qs(urlsplit(found).query)["from"][0]
    assert f'name="from" value="{asked}"' in desk.page(found).text
    page = desk.page(f"/desk/new/find?q=高龄津贴&from={asked}").text
    form = re.search(r'href="(/desk/new\?[^"]*item=[^"]*)"', page).group(1).replace("&amp;", "&")
    case = accept(desk, form, WHO)
    assert tickets(runtime)["A001"].case_number == case


def test_what_to_bring_stands_on_the_page_as_the_catalogue_has_it(anyone, runtime):
    changed(runtime, "change")
    assert NEW in anyone.page(f"/book/{COMMUNITY}/{ALLOWANCE}").text
    changed(runtime, "withdraw")
    assert anyone.page(f"/book/{COMMUNITY}/{ALLOWANCE}").status_code == 404


def test_a_queue_that_is_closed_says_so(app, runtime, anyone, time):
    time.advance(timedelta(hours=6))
    answer = anyone.send(f"/queue/{COMMUNITY}/take", kind="general")
    assert answer.status_code == 422
    assert "不在取号时间" in answer.text
