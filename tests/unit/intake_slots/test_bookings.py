"""Booking, waiting, moving, cancelling: A22, and the district's own practice (N)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from services.intake.case import Actor
from services.intake.models import slot_list as of
from services.intake.reason import Conflict, Forbidden, Invalid, Unknown
from services.intake.slots import handlers, timer_handlers
from services.intake.slots.handlers import NewSlot
from shared.clock import now
from tests.unit.intake.ground import COMMUNITY, DESK, ELSEWHERE, do, names, published
from tests.unit.intake_slots.desk import (
    EARLY,
    HOME,
    MONDAY_HALF,
    MONDAY_NINE,
    PHONES,
    book,
    booking_now,
    slot_now,
)

TUESDAY_HALF = f"{COMMUNITY}-deskam-2611240930"

STRANGER = Actor("desk-guiyuan", "孙丽华", "desk", ELSEWHERE)
MATERIALS = ["申请审批表", "本人身份证", "户口簿", "本人银行卡或社保卡"]


def test_a_booking_takes_a_place_and_says_what_to_bring(runtime):
    one = book(runtime)
    assert (one.state, slot_now(runtime, MONDAY_NINE).left) == ("booked", 1)
    (told,) = published(runtime)
    assert told.contract.name == "appointment.booked"
    assert told.data["materials"][:4] == MATERIALS
    assert told.data["materials"][5].startswith("代办人身份证（")  # and in which case
    assert told.data["applicant"]["phone"] == PHONES[0]


def test_one_person_cannot_hold_one_time_twice(runtime):
    book(runtime)
    with pytest.raises(Conflict, match="已经约了"):
        book(runtime, phone=" 138 0561 0000 ")
    assert slot_now(runtime, MONDAY_NINE).taken == 1


def test_one_person_holds_only_a_few(runtime):
    for clock in ("0900", "0930", "1000"):
        book(runtime, f"{COMMUNITY}-deskam-261123{clock}")
    with pytest.raises(Conflict, match="3 个预约"):
        book(runtime, f"{COMMUNITY}-deskam-2611231030")


def test_a_full_time_is_refused_plainly_or_gives_a_place_in_the_line(runtime):
    book(runtime, EARLY)
    with pytest.raises(Conflict, match="约满"):
        book(runtime, EARLY, PHONES[1])
    waits = book(runtime, EARLY, PHONES[1], may_wait=True)
    assert waits.state == "waiting"
    assert slot_now(runtime, EARLY).waiting == 1


def test_the_first_in_line_moves_up_by_itself_and_is_told(runtime):
    first = book(runtime, EARLY)
    waits = [book(runtime, EARLY, phone, may_wait=True) for phone in PHONES[1:4]]
    do(runtime, handlers.cancel, first.number)
    assert [booking_now(runtime, one.number).state for one in waits] == [
        "booked",
        "waiting",
        "waiting",
    ]
    slot = slot_now(runtime, EARLY)
    assert (slot.taken, slot.waiting) == (1, 2)
    assert names(published(runtime))[-2:] == ["appointment.moved_up", "appointment.cancelled"]


def test_those_in_care_go_first_in_the_line(runtime):
    first = book(runtime, EARLY)
    late = book(runtime, EARLY, PHONES[1], may_wait=True)
    cared = book(runtime, EARLY, PHONES[2], may_wait=True, group="elderly")
    do(runtime, handlers.cancel, first.number)
    assert booking_now(runtime, cared.number).state == "booked"
    assert booking_now(runtime, late.number).state == "waiting"


def test_the_line_has_an_end(runtime):
    for phone in PHONES[:11]:
        book(runtime, EARLY, phone, may_wait=True)
    with pytest.raises(Conflict, match="候补也满了"):
        book(runtime, EARLY, PHONES[11], may_wait=True)


def test_moving_gives_the_old_place_to_who_waits(runtime):
    one = book(runtime, EARLY)
    waits = book(runtime, EARLY, PHONES[1], may_wait=True)
    after = do(runtime, handlers.move, one.number, MONDAY_NINE)
    assert (after.state, after.slot_id) == ("booked", MONDAY_NINE)
    assert booking_now(runtime, waits.number).state == "booked"
    assert slot_now(runtime, EARLY).taken == slot_now(runtime, MONDAY_NINE).taken == 1
    assert "appointment.moved" in names(published(runtime))


def test_nobody_moves_to_a_full_time_and_keeps_the_old_one(runtime):
    book(runtime, EARLY)
    one = book(runtime, MONDAY_NINE, PHONES[1])
    with pytest.raises(Conflict, match="约满"):
        do(runtime, handlers.move, one.number, EARLY)
    assert booking_now(runtime, one.number).slot_id == MONDAY_NINE


def test_who_waits_and_moves_leaves_the_line(runtime):
    book(runtime, EARLY)
    waits = book(runtime, EARLY, PHONES[1], may_wait=True)
    do(runtime, handlers.move, waits.number, MONDAY_NINE)
    assert slot_now(runtime, EARLY).waiting == 0
    assert slot_now(runtime, MONDAY_NINE).taken == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"phone": "12"}, "phone"),
        ({"item": "", "matter": ""}, "matter"),
        ({"item": "Z-99"}, "item"),
        ({"group": "kings"}, "group"),
    ],
)
def test_what_is_missing_is_named(runtime, more, field):
    with pytest.raises(Invalid) as caught:
        book(runtime, **({"slot": MONDAY_NINE} | more))
    assert [reason.field for reason in caught.value.reasons] == [field]


def test_visits_at_home_are_kept_for_those_in_care(runtime, time):
    """预约上门 (4-13): first for those in care; what is left a day before is anybody's."""
    where = {"address": "幸福路 12 号 3 单元"}
    with pytest.raises(Conflict, match="行动不便"):
        book(runtime, HOME, **where)
    with pytest.raises(Invalid, match="地址"):
        book(runtime, HOME, group="elderly")
    time.advance(timedelta(days=2))
    assert book(runtime, HOME, **where).address == where["address"]


def test_no_time_is_booked_too_late_or_too_far_ahead(runtime, time):
    far = do(
        runtime,
        handlers.add_slot,
        _by_hand(now() + timedelta(days=20)),
        DESK,
    )
    with pytest.raises(Conflict, match="最多提前 14 天"):
        book(runtime, far.id)
    time.advance(timedelta(days=1, hours=23, minutes=20))  # 08:32 on Monday
    with pytest.raises(Conflict, match="马上开始"):
        book(runtime, MONDAY_NINE)
    assert book(runtime, MONDAY_HALF).state == "booked"


def test_residents_change_in_time_and_officers_to_the_last(runtime, time):
    one = book(runtime)
    time.advance(timedelta(days=1, hours=23))
    with pytest.raises(Conflict, match="120 分钟"):
        do(runtime, handlers.cancel, one.number)
    assert do(runtime, handlers.cancel, one.number, DESK, "来电取消").state == "cancelled"


def test_another_communitys_officer_may_not(runtime):
    one = book(runtime)
    for act in (handlers.come, handlers.miss):
        with pytest.raises(Forbidden):
            do(runtime, act, one.number, STRANGER)
    with pytest.raises(Forbidden):
        do(runtime, handlers.cancel, one.number, STRANGER)


def test_came_and_not_come(runtime, time):
    one, other = book(runtime), book(runtime, phone=PHONES[1])
    with pytest.raises(Conflict, match="还没到"):
        do(runtime, handlers.miss, one.number, DESK)
    time.advance(timedelta(days=2))
    assert do(runtime, handlers.miss, one.number, DESK).state == "no_show"
    assert do(runtime, handlers.come, one.number, DESK).state == "came"  # late
    assert do(runtime, handlers.come, other.number, DESK).ended_by == DESK.name


# -- slots by hand ---------------------------------------------------------------------------------


def _by_hand(starts, **more: Any):
    ends = starts + timedelta(hours=2)
    made = NewSlot(COMMUNITY, "mobile_desk", "锦绣家园东门", starts, ends, 20)
    return replace(made, **more)


def test_a_mobile_desk_says_where_when_and_which_departments_come(runtime):
    """0-33, 0-35: at the gate of an estate, with departments of the twelve."""
    known = [d.code for d in runtime.district.line_departments][:3]
    asked = _by_hand(now() + timedelta(days=2), departments=known)
    made = do(runtime, handlers.add_slot, asked, DESK)
    assert (made.departments, made.left) == (tuple(known), 20)
    assert book(runtime, made.id).state == "booked"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": "party"}, "kind"),
        ({"place": ""}, "place"),
        ({"departments": ["nobody"]}, "department"),
    ],
)
def test_a_wrong_slot_is_refused(runtime, more, field):
    with pytest.raises(Invalid) as caught:
        do(runtime, handlers.add_slot, _by_hand(now() + timedelta(days=2), **more), DESK)
    assert field in {reason.field for reason in caught.value.reasons}


def test_a_slot_in_the_past_or_of_another_community_is_refused(runtime):
    with pytest.raises(Invalid, match="已经过了"):
        do(runtime, handlers.add_slot, _by_hand(now() - timedelta(days=1), departments=[]), DESK)
    with pytest.raises(Forbidden):
        do(runtime, handlers.add_slot, _by_hand(now() + timedelta(days=1)), STRANGER)


def test_a_slot_taken_back_tells_everybody_why(runtime):
    kept = [book(runtime, phone=phone) for phone in PHONES[:2]]
    waits = book(runtime, phone=PHONES[2], may_wait=True)
    assert do(runtime, handlers.close_slot, MONDAY_NINE, DESK, "当天停电检修") == 3
    for one in (*kept, waits):
        assert booking_now(runtime, one.number).state == "cancelled"
    told = [e for e in published(runtime) if e.contract.name == "appointment.cancelled"]
    assert {e.data["reason"] for e in told} == {"当天停电检修"}
    with pytest.raises(Conflict, match="不接受预约"):
        book(runtime, phone=PHONES[3])
    with pytest.raises(Conflict):
        do(runtime, handlers.close_slot, MONDAY_NINE, DESK, "再关一次")


# -- by itself -------------------------------------------------------------------------------------


def reminded(runtime):
    timer_handlers.remind(runtime)
    return names(published(runtime)).count("appointment.reminder")


def test_the_day_before_within_service_hours_and_once(runtime, time):
    """Saturday 09:12: Monday is too far. Sunday 08:12 is too early, 09:12 is right."""
    book(runtime)
    assert reminded(runtime) == 0
    time.advance(timedelta(hours=23))
    assert reminded(runtime) == 0
    time.advance(timedelta(hours=1))
    assert reminded(runtime) == 1
    assert reminded(runtime) == 1
    (told,) = [e for e in published(runtime) if e.contract.name == "appointment.reminder"]
    assert told.data["materials"][:4] == MATERIALS
    assert told.data["applicant"] == {"name": "王**", "phone": "138****0000", "masked": True}


def test_who_moves_is_reminded_anew_and_who_cancels_is_not(runtime, time):
    one, other = book(runtime), book(runtime, phone=PHONES[1])
    do(runtime, handlers.cancel, other.number)
    time.advance(timedelta(days=1))
    assert reminded(runtime) == 1
    do(runtime, handlers.move, one.number, TUESDAY_HALF)
    assert reminded(runtime) == 1
    time.advance(timedelta(days=1))
    assert reminded(runtime) == 2


def test_who_is_told_of_another_time_soon_is_not_reminded_in_the_same_minute(runtime, time):
    moves, leaves = book(runtime, TUESDAY_HALF), book(runtime, EARLY, PHONES[1])
    book(runtime, EARLY, PHONES[2], may_wait=True)
    time.advance(timedelta(days=1))
    assert reminded(runtime) == 1, "who leaves"
    do(runtime, handlers.cancel, leaves.number)
    do(runtime, handlers.move, moves.number, f"{COMMUNITY}-deskpm-2611231600")
    assert names(published(runtime))[-3:] == [
        "appointment.moved_up",
        "appointment.cancelled",
        "appointment.moved",
    ]
    assert reminded(runtime) == 1


def test_who_waited_in_vain_is_told_when_it_begins(runtime, time):
    book(runtime, EARLY)
    waits = book(runtime, EARLY, PHONES[1], may_wait=True)
    time.advance(timedelta(days=2))
    assert timer_handlers.end_lines(runtime) == 1
    assert booking_now(runtime, waits.number).state == "lapsed"
    assert slot_now(runtime, EARLY).waiting == 0
    assert published(runtime)[-1].data["state"] == "lapsed"


def test_a_place_given_back_after_the_beginning_moves_nobody_up(runtime, time):
    one = book(runtime, EARLY)
    waits = book(runtime, EARLY, PHONES[1], may_wait=True)
    time.advance(timedelta(days=2))
    do(runtime, handlers.cancel, one.number, DESK, "来电")
    assert booking_now(runtime, waits.number).state == "waiting"


def test_bookings_long_over_forget_who_it_was(runtime, time):
    one = book(runtime)
    time.advance(timedelta(days=183))
    assert timer_handlers.forget_people(runtime) == 1
    gone = booking_now(runtime, one.number)
    assert (gone.name, gone.phone, gone.erased_at) == ("", "", now())
    assert names(published(runtime))[-1] == "appointment.forgotten"
    assert timer_handlers.forget_people(runtime) == 0


def test_two_of_one_time_that_nobody_marked_are_both_forgotten(runtime, time):
    """Neither was marked as come or not; without their phones they would be one twice."""
    two = [book(runtime, phone=phone) for phone in PHONES[:2]]
    time.advance(timedelta(days=183))
    timer_handlers.look_ahead(runtime)
    gone = [booking_now(runtime, one.number) for one in two]
    assert [(one.state, one.phone, one.erased_at) for one in gone] == [("no_show", "", now())] * 2


def test_a_booking_that_cannot_be_reminded_keeps_nobody_from_their_turn(runtime, time):
    broken, other = book(runtime), book(runtime, MONDAY_HALF, PHONES[1])
    unknown = of.slots.update().where(of.slots.c.id == MONDAY_NINE).values(kind="unknown")
    do(runtime, lambda tx: tx.execute(unknown))
    time.advance(timedelta(hours=24))
    with structlog.testing.capture_logs() as logged:
        timer_handlers.look_ahead(runtime)
    assert booking_now(runtime, other.number).reminded_at is not None
    assert booking_now(runtime, broken.number).reminded_at is None
    told = [(one["log_level"], one["number"]) for one in logged if "number" in one]
    assert told == [("error", broken.number)]


def test_laying_out_again_adds_nothing(runtime, time):
    assert do(runtime, timer_handlers.lay_out_for, COMMUNITY) == 0
    time.advance(timedelta(days=1))  # Monday fortnight comes into sight
    assert do(runtime, timer_handlers.lay_out_for, COMMUNITY) > 0


def test_whom_no_message_reaches_is_marked_for_the_desk(runtime):
    one = book(runtime)
    assert do(runtime, handlers.unreached, one.number) is True
    assert booking_now(runtime, one.number).unreached_at == now()
    assert do(runtime, handlers.unreached, "XS-261121-0042-08") is False


def test_an_unknown_time_or_booking_is_said_to_be_unknown(runtime):
    with pytest.raises(Unknown):
        book(runtime, "nothing")
    with pytest.raises(Unknown):
        do(runtime, handlers.cancel, "YY-261121-0099-00")
