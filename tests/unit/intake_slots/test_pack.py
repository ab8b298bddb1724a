"""slots.yml of every district, and the slots its patterns give."""

from dataclasses import replace
from datetime import date

import pytest

from services.intake.slots.generate import slots_ahead, slots_of
from services.intake.slots.pack import load, slots_for
from services.intake.slots.slot import WALK_IN
from shared.clock import local
from shared.district import DISTRICTS, PackError
from shared.district import load as load_district
from tests.unit.intake.ground import COMMUNITY, xiangshan

NATIONAL_DAY = date(2026, 10, 1)
MADE_UP_SATURDAY = date(2026, 10, 10)
SATURDAY = date(2026, 11, 21)
MONDAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 27)


@pytest.mark.parametrize("name", sorted(p.parent.name for p in DISTRICTS.glob("*/district.yml")))
def test_every_district_offers_what_a22_asks_for(name):
    """By appointment, at staggered hours, after hours and at weekends (A22), and at home (4-13)."""
    book = load(load_district(name))
    offered = {pattern.kind for pattern in book.patterns}
    assert {"desk", "staggered", "after_hours", "weekend", "home", "open_day", WALK_IN} <= offered
    assert "mobile_desk" in book.kinds


def test_kinds_carry_channels_of_the_district():
    channels = {choice.code for choice in xiangshan().rules.channels}
    kinds = slots_for(xiangshan()).kinds
    assert {kind.channel for kind in kinds.values()} <= channels
    assert kinds["desk"].channel == "appointment"
    assert kinds["mobile_desk"].channel == "mobile_desk"


def _on(code, day):
    pattern = next(one for one in slots_for(xiangshan()).patterns if one.code == code)
    return pattern.falls_on(day, xiangshan().calendar)


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("desk_am", MONDAY, True),
        ("desk_am", SATURDAY, False),
        ("desk_am", NATIONAL_DAY, False),
        ("desk_am", MADE_UP_SATURDAY, True),
        ("saturday", SATURDAY, True),
        ("saturday", MADE_UP_SATURDAY, False),
        ("saturday", NATIONAL_DAY, False),
        ("friday", FRIDAY, True),
        ("friday", MONDAY, False),
    ],
)
def test_patterns_follow_working_days(code, day, expected):
    assert _on(code, day) is expected


def test_slots_come_one_after_the_other_within_the_hours():
    pattern = next(one for one in slots_for(xiangshan()).patterns if one.code == "desk_am")
    made = list(slots_of(pattern, COMMUNITY, MONDAY))
    clocks = [f"{local(one.starts_at):%H:%M}-{local(one.ends_at):%H:%M}" for one in made]
    assert clocks == ["09:00-09:30", "09:30-10:00", "10:00-10:30", "10:30-11:00", "11:00-11:30"]


def test_two_patterns_never_give_one_name():
    book = slots_for(xiangshan())
    made = [one.id for one in slots_ahead(book, COMMUNITY, MONDAY, xiangshan().calendar)]
    assert len(made) == len(set(made))
    assert max(map(len, made)) <= 60


WRONG = """
ahead_days: 0
book_until_minutes: 30
change_until_minutes: 120
most_held: 3
most_waiting: 10
remind_days: 1
keep_days: 180
windows: 2
called_shown: 5
kinds:
  - {code: desk, name: 窗口, name_en: Desk, channel: telepathy}
groups: []
ticket_kinds: []
patterns:
  - code: am
    kind: nothing
    days: [workdays]
    opens: "25:00"
    closes: "11:30"
    every: 30
    capacity: 2
    place: x
    place_en: x
"""


def test_a_wrong_file_is_refused_with_every_field(tmp_path):
    (tmp_path / "district.yml").write_text("code: x", encoding="utf-8")
    (tmp_path / "slots.yml").write_text(WRONG, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load(replace(xiangshan(), path=tmp_path))
    told = str(caught.value)
    for named in ("ahead_days", "telepathy", "nothing", "opens"):
        assert named in told
