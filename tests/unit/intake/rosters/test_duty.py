"""Who answers for what comes in without an officer."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.intake import models
from services.intake.reason import Conflict
from services.intake.rosters import store
from services.intake.rosters.duty import officer_for, on_duty
from services.intake.rosters.leave import GRANTED, Leave
from services.intake.rosters.shift import CANCELLED, Duty
from tests.unit.intake.ground import COMMUNITY, do

MONDAY = date(2026, 11, 23)
LOCAL = timedelta(hours=8)


def at(clock: str, day: date = MONDAY) -> datetime:
    """A local time as a moment."""
    hour, minute = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - LOCAL


def duty(seat: str, username: str, **changes: object) -> Duty:
    meal = ("11:30", "12:30") if seat == "A" else ("12:30", "13:30")
    made = Duty(
        id=f"{MONDAY}{seat}{username}"[:32],
        community=COMMUNITY,
        day=MONDAY,
        post="desk",
        seat=seat,
        username=username,
        name=f"名{username}",
        starts_at=at("08:30"),
        ends_at=at("17:30"),
        meal_starts_at=at(meal[0]),
        meal_ends_at=at(meal[1]),
        made_at=at("08:00"),
        changed_at=at("08:00"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def account(tx, username, role="desk", *, active=True, community=COMMUNITY):
    tx.insert(
        models.accounts,
        username=username,
        name=f"名{username}",
        role=role,
        community=community,
        grids=[],
        password_hash="",
        active=active,
        must_change=False,
        version=1,
    )


def planned(tx):
    for username in ("ann", "bob"):
        account(tx, username)
    store.add_duty(tx, duty("A", "ann"))
    store.add_duty(tx, duty("B", "bob"))


def leave(tx, username, begins, ends):
    asked = Leave("QJ-1", COMMUNITY, username, username, "own", begins, ends, "", at("08:00"))
    store.add_leave(tx, replace(asked, state=GRANTED))


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        ("08:29", []),
        ("08:30", ["ann", "bob"]),
        ("11:30", ["bob"]),
        ("12:30", ["ann"]),
        ("13:30", ["ann", "bob"]),
        ("17:30", []),
    ],
)
def test_on_duty_but_for_meals(runtime, moment, names):
    """0-27: one of the pair is always there."""
    do(runtime, planned)
    found = do(runtime, on_duty, COMMUNITY, at(moment))
    assert [one.username for one in found] == names


def test_leave_and_cancelled_duties_do_not_count(runtime):
    do(runtime, planned)
    do(runtime, leave, "ann", at("14:00"), at("17:30"))
    assert [one.username for one in do(runtime, on_duty, COMMUNITY, at("15:00"))] == ["bob"]
    first = do(runtime, store.get_duty, duty("B", "bob").id)
    do(runtime, store.save_duty, replace(first, state=CANCELLED, version=2))
    assert do(runtime, on_duty, COMMUNITY, at("15:00")) == []


@pytest.mark.parametrize(("moment", "who"), [("09:00", "ann"), ("11:45", "bob"), ("07:00", "ann")])
def test_who_answers(runtime, moment, who):
    do(runtime, planned)
    assert do(runtime, officer_for, COMMUNITY, at(moment)).username == who


def test_the_next_on_duty_answers_at_night(runtime):
    do(runtime, planned)
    do(runtime, account, "aaa")
    assert do(runtime, officer_for, COMMUNITY, at("20:00") - timedelta(days=2)).username == "ann"
    do(runtime, leave, "ann", at("08:00"), at("12:00"))
    assert do(runtime, officer_for, COMMUNITY, at("20:00") - timedelta(days=2)).username == "bob"


def test_without_a_rota_anybody_of_the_desk_then_the_manager(runtime):
    do(runtime, account, "boss", "manager")
    assert do(runtime, officer_for, COMMUNITY, at("09:00")).username == "boss"
    do(runtime, account, "back", "back_office")
    assert do(runtime, officer_for, COMMUNITY, at("09:00")).username == "back"
    do(runtime, account, "away")
    do(runtime, account, "here")
    do(runtime, leave, "away", at("08:00"), at("18:00"))
    assert do(runtime, officer_for, COMMUNITY, at("09:00")).username == "here"


def test_nobody_at_all_is_said_with_what_to_do(runtime):
    do(runtime, account, "gone", active=False)
    do(runtime, account, "elsewhere", community="340603009001")
    do(runtime, account, "grid", "grid")
    with pytest.raises(Conflict, match="开一个受理账号"):
        do(runtime, officer_for, COMMUNITY, at("09:00"))
