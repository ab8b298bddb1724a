"""Whoever sees one person's matter is in the audit, whatever they were doing."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.intake import models
from shared import clock
from shared.clock import now
from shared.track_link import track_token
from tests.unit.intake_pages.browser import PHONE, told


@pytest.fixture
def number(desk):
    return desk.accept()


def seen(runtime, number):
    """What is recorded of who saw it."""
    with runtime.database.read() as connection:
        rows = connection.execute(sa.select(models.audit.entries).order_by("seq")).all()
    return [row.action for row in rows if row.subject == number and row.action.endswith(".read")]


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("/desk/{}/files", "case.read"),
        ("/desk/{}/reveal", "case.read"),
        ("/desk/{}/resolve", "case.read"),
        ("/desk/people/of/{}/export", "person.read"),
        ("/desk/people/of/{}/request", "person.read"),
        ("/desk/people/of/{}/correct", "person.read"),
    ],
)
def test_a_form_that_comes_back_shows_its_matter(desk, runtime, number, path, action):
    for _ in range(2):
        answer = desk.send("/desk/people", path.format(number.lower()))
        assert answer.status_code == 422
        assert number in answer.text
    assert seen(runtime, number) == [action], "once in five minutes, by its own number"


def test_the_page_of_all_somebody_brought(desk, runtime, number):
    assert desk.page(f"/desk/people/of/{number}").status_code == 200
    assert seen(runtime, number) == ["person.read"]


def test_an_officer_who_opens_a_residents_link(desk, anyone, runtime, number):
    link = f"/track/{track_token(number, runtime.settings.secret_key)}"
    assert anyone.page(link).status_code == 200
    assert seen(runtime, number) == []
    assert desk.page(link).status_code == 200
    assert desk.page(f"{link}/mine").status_code == 200
    assert seen(runtime, number) == ["case.read"]


def searched(runtime):
    entries = models.audit.entries
    found = sa.select(entries.c.username, entries.c.subject).where(
        entries.c.action == "person.searched"
    )
    with runtime.database.read() as connection:
        return [tuple(row) for row in connection.execute(found.order_by(entries.c.seq))]


def test_looking_for_somebody_by_a_number_is_recorded_masked(desk, runtime, number):
    assert desk.send("/desk/people", q=PHONE).status_code == 303
    assert desk.send("/desk/people", q="13900000000").status_code == 422
    assert desk.send("/desk/people", q=number).status_code == 303
    assert searched(runtime) == [("desk", "138****0000"), ("desk", "139****0000"), ("desk", number)]


def test_nobody_tries_out_who_is_known(desk, elsewhere, runtime, number):
    with clock.set_for_tests(now()) as stopped:
        for last in range(60):
            assert desk.send("/desk/people", q=f"139000000{last:02}").status_code == 422
        answer = desk.send("/desk/people", q=PHONE)
        assert answer.status_code == 429
        assert "操作太频繁" in told(answer)
        assert int(answer.headers["Retry-After"]) > 0
        assert len(searched(runtime)) == 60
        assert elsewhere.send("/desk/people", q=PHONE).status_code == 422
        stopped.advance(timedelta(minutes=11))
        assert desk.send("/desk/people", q=PHONE).status_code == 303
