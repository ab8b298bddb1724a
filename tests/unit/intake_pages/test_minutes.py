"""The eight minutes (N, 4-03): where they are promised, and from when they count."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.intake.drafts.opened import read_stamp, stamp
from services.intake.models import history
from services.intake.site import create_app
from shared import clock
from shared.district import load
from tests.unit.intake.ground import SATURDAY, runtime_in
from tests.unit.intake_pages.browser import HIDDEN, MATTER, Browser

FORM = "/desk/new?item=G-01"
SECRET = "a secret of the tests, long enough"


@pytest.fixture(scope="module")
def promised(tmp_path_factory):
    """A desk of a district that promises them."""
    with runtime_in(tmp_path_factory.mktemp("promised"), load("huainan")) as runtime:
        yield create_app(runtime), runtime


@pytest.fixture
def officer(promised):
    return Browser(*promised, "desk")


def at(moment):
    return clock.set_for_tests(moment)


def required(runtime):
    return [m.name for m in runtime.district.items["G-01"].materials if m.required]


def begin(officer):
    page = officer.page(FORM).text
    return dict(HIDDEN.findall(page)), re.search(r'data-draft="([^"]+)"', page).group(1)


def keep(officer, hidden, where, *materials: str):
    fields = hidden | {"name": "王建国", "kind": "application", "materials": list(materials)}
    return officer.client.post(where, data=fields).json


def accepted(runtime, number):
    entry = sa.select(history.c.data).where(history.c.case_number == number, history.c.seq == 1)
    with runtime.database.read() as connection:
        return connection.execute(entry).scalar_one()


def send(officer, hidden, *materials: str):
    fields = MATTER | {"kind": "application", "title": "", "materials": list(materials)}
    answer = officer.client.post("/desk/new", data=fields | hidden)
    return answer.location.split("/")[2]


def test_the_form_says_what_is_promised(officer):
    assert "8 分钟内办结" in officer.page(FORM).text


def test_where_nothing_is_promised_nothing_is_said(desk):
    assert "分钟内办结" not in desk.page(FORM).text
    assert "data-clock" not in desk.page(FORM).text


def test_the_clock_starts_with_the_last_tick_and_stops_when_it_is_taken_back(officer, promised):
    names = required(promised[1])
    with at(SATURDAY):
        hidden, where = begin(officer)
        assert keep(officer, hidden, where, *names[:-1])["left"] is None
    with at(SATURDAY + timedelta(minutes=5)):
        assert keep(officer, hidden, where, *names)["left"] == 8 * 60
    with at(SATURDAY + timedelta(minutes=7)):
        assert keep(officer, hidden, where, *names)["left"] == 6 * 60
        assert keep(officer, hidden, where, *names[1:])["left"] is None
    with at(SATURDAY + timedelta(minutes=20)):
        assert keep(officer, hidden, where, *names)["left"] == 8 * 60


def test_the_case_remembers_the_minutes_that_were_used(officer, promised):
    names = required(promised[1])
    with at(SATURDAY):
        hidden, where = begin(officer)
        keep(officer, hidden, where, *names)
    with at(SATURDAY + timedelta(minutes=3)):
        number = send(officer, hidden, *names)
    said = accepted(promised[1], number)
    assert said["desk_minutes"] == "3.0"
    assert said["started_at"] == SATURDAY.isoformat()


def test_without_a_script_it_counts_from_the_opening_of_the_form(officer, promised):
    names = required(promised[1])
    with at(SATURDAY):
        hidden, _ = begin(officer)
    with at(SATURDAY + timedelta(minutes=4)):
        number = send(officer, hidden, *names)
    assert accepted(promised[1], number)["desk_minutes"] == "4.0"


def test_with_materials_missing_nothing_counts(officer, promised):
    with at(SATURDAY):
        hidden, _ = begin(officer)
        number = send(officer, hidden, required(promised[1])[0])
    assert "desk_minutes" not in accepted(promised[1], number)


def test_nobody_writes_their_own_beginning(officer, promised):
    with at(SATURDAY):
        hidden, _ = begin(officer)
        forged = hidden | {"opened": stamp(SATURDAY, "another secret, long enough as well")}
        number = send(officer, forged, *required(promised[1]))
    assert "desk_minutes" not in accepted(promised[1], number)


@pytest.mark.parametrize("odd", ["", "x", "InNhdHVyZGF5Ig.x", stamp(SATURDAY, SECRET) + "x"])
def test_a_stamp_that_is_none_of_ours_is_no_moment(odd):
    assert read_stamp(odd, SECRET) is None
    assert read_stamp(stamp(SATURDAY, SECRET), SECRET) == SATURDAY
