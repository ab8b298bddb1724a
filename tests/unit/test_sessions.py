"""Sessions end: by idling, after twelve hours, by signing out, and by what an event says."""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import json
from datetime import UTC, datetime, timedelta

import flask
import pytest
import sqlalchemy as sa

from services.intake.models import bus
from services.intake.models import ended_sessions as ended_in_intake
from services.intake.staff import sessions as staff_sessions
from services.routing.models import ended_sessions as ended_in_routing
from shared import clock, sessions
from shared.bus.event import decode
from shared.contracts import SERVICES
from shared.sessions import Ended
from shared.web import auth
from shared.web.auth import COOKIE, IDLE, TTL, User, issue_token
from shared.web.context import web_of
from tests.support.permission_world import SECRET, World

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ANNA = User("anna", "安娜", "supervisor")
BERT = User("bert", "伯特", "supervisor")
PAGE = {"intake": "/desk", "routing": "/orders", "notify": "/messages", "partners": "/points"}
API = {
    "intake": "/api/intake/me",
    "routing": "/api/routing/orders",
    "notify": "/api/notify/messages",
    "partners": "/api/partners/needs",
}
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """The four services; what one test ended is forgotten before the next."""
    with clock.set_for_tests(NINE):
        return World.services(tmp_path_factory.mktemp("sessions"))


@pytest.fixture
def now(services):
    """The clock, and no session ended yet."""
    for app, runtime in services.values():
        table = _table(app)
        runtime.database.run(lambda tx, table=table: tx.execute(table.delete()))
        web_of(app).session_over = Ended(runtime.database, table)
    with clock.set_for_tests(NINE) as stopped:
        yield stopped


def _table(app):
    return web_of(app).session_over._table


def browser(services, name, user=ANNA):
    """A browser of somebody who signs in now."""
    app = services[name][0]
    client = app.test_client()
    with app.test_request_context():
        response = auth.remember(flask.Response(), user)
    token = response.headers["Set-Cookie"].split(";")[0].partition("=")[2]
    client.set_cookie(COOKIE, token)
    return client


def token_of(client):
    return client.get_cookie(COOKIE).value


def inside(client, name="routing", **headers: str):
    """Whether the page is shown rather than the way to the sign-in page."""
    answer = client.get(PAGE[name], headers=HTML | headers)
    assert answer.status_code in (200, 303)
    return answer.status_code == 200


def takes(services, name, token):
    """What a service says to this token, as a bearer and as a cookie: it must say the same."""
    app = services[name][0]
    bearer = {"Authorization": f"Bearer {token}"}
    by_bearer = app.test_client(use_cookies=False).get(API[name], headers=bearer).status_code
    client = app.test_client()
    client.set_cookie(COOKIE, token)
    by_cookie = client.get(API[name]).status_code
    assert (by_bearer == 401) == (by_cookie == 401)
    return by_bearer != 401


def told(services):
    """What intake says to the others."""
    with services["intake"][1].database.read() as connection:
        rows = connection.execute(sa.select(bus.outbox.c.body).order_by(bus.outbox.c.id))
        bodies = [decode(body) for body in rows.scalars()]
    return [event for event in bodies if event.contract.name == "account.sessions_ended"]


def hear(services, event):
    """All others hear it."""
    for name in SERVICES:
        if name != "intake":
            app, runtime = services[name]
            runtime.database.run(lambda tx, app=app: sessions.hear(_table(app))(tx, event))


# ---- Idling ----


@pytest.mark.parametrize("name", SERVICES)
def test_a_session_nobody_uses_ends_after_an_hour(services, now, name):
    client = browser(services, name)
    assert inside(client, name)
    now.moment = NINE + IDLE - timedelta(seconds=1)
    assert takes(services, name, token_of(client))
    now.moment = NINE + IDLE
    assert not takes(services, name, token_of(client))
    assert not inside(client, name)


def test_use_moves_the_end_of_a_session(services, now):
    client = browser(services, "routing")
    for minutes in (50, 100, 150):
        now.moment = NINE + timedelta(minutes=minutes)
        assert inside(client)
    now.moment += timedelta(minutes=61)
    assert not inside(client)


def test_a_list_that_asks_for_itself_keeps_nobody_signed_in(services, now):
    client = browser(services, "routing")
    for minutes in (20, 40, 59):
        now.moment = NINE + timedelta(minutes=minutes)
        assert inside(client, **{"X-Baitong-Live": "1"})
    now.moment = NINE + IDLE
    assert not inside(client)


def test_what_a_program_reads_with_the_cookie_does_not_count_as_use(services, now):
    client = browser(services, "routing")
    now.moment = NINE + timedelta(minutes=59)
    assert client.get(API["routing"]).status_code == 200
    now.moment = NINE + IDLE
    assert not inside(client)


def test_after_twelve_hours_it_ends_whatever_one_does(services, now):
    client = browser(services, "routing")
    while now.moment < NINE + TTL - timedelta(minutes=30):
        now.moment += timedelta(minutes=30)
        assert inside(client)
    assert now.moment == NINE + TTL - timedelta(minutes=30)
    now.moment = NINE + TTL - timedelta(seconds=1)
    assert inside(client)
    now.moment = NINE + TTL
    assert not inside(client)


def test_a_cookie_kept_from_before_ends_when_it_said(services, now):
    client = browser(services, "routing")
    kept = token_of(client)
    now.moment = NINE + timedelta(minutes=30)
    assert inside(client)
    assert token_of(client) != kept
    now.moment = NINE + IDLE
    assert not takes(services, "routing", kept)
    assert takes(services, "routing", token_of(client))


# ---- Signing out ----


def test_signing_out_of_the_api_ends_this_token_at_once(services, now):
    mine, another = issue_token(ANNA, SECRET), issue_token(ANNA, SECRET)
    headers = {"Authorization": f"Bearer {mine}"}
    client = services["intake"][0].test_client(use_cookies=False)
    assert client.delete("/api/intake/session", headers=headers).status_code == 204
    assert not takes(services, "intake", mine)
    assert takes(services, "intake", another)


def test_signing_out_of_a_page_ends_the_token_a_thief_may_have(services, now):
    client = browser(services, "intake")
    stolen = token_of(client)
    now.moment = NINE + timedelta(minutes=10)
    assert inside(client, "intake")
    renewed = token_of(client)
    services["intake"][0].config["WTF_CSRF_ENABLED"] = False
    assert client.post("/sign-out", headers=HTML).status_code == 303
    assert client.get_cookie(COOKIE) is None
    assert not takes(services, "intake", stolen)
    assert not takes(services, "intake", renewed)


def test_the_other_services_hear_of_it(services, now):
    mine, another, berts = (issue_token(user, SECRET) for user in (ANNA, ANNA, BERT))
    headers = {"Authorization": f"Bearer {mine}"}
    services["intake"][0].test_client().delete("/api/intake/session", headers=headers)
    event = told(services)[-1]
    assert (event.data["username"], bool(event.data["session"])) == ("anna", True)
    others = [name for name in SERVICES if name != "intake"]
    assert all(takes(services, name, mine) for name in others)
    hear(services, event)
    for name in others:
        assert not takes(services, name, mine)
        assert takes(services, name, another)
        assert takes(services, name, berts)


def test_who_is_refused_is_told_why(services, now):
    token = issue_token(ANNA, SECRET)
    services["intake"][1].database.run(lambda tx: staff_sessions.end(tx, "anna"))
    answer = (
        services["intake"][0]
        .test_client(use_cookies=False)
        .get(API["intake"], headers={"Authorization": f"Bearer {token}"})
    )
    assert answer.status_code == 401
    assert 'error_description="token ended"' in answer.headers["WWW-Authenticate"]


# ---- All of a person's sessions ----


def test_all_sessions_of_a_person_end_and_new_ones_do_not(services, now):
    before = [issue_token(ANNA, SECRET), token_of(browser(services, "intake"))]
    berts = issue_token(BERT, SECRET)
    now.moment = NINE + timedelta(minutes=1)
    services["intake"][1].database.run(lambda tx: staff_sessions.end(tx, "anna"))
    event = told(services)[-1]
    assert event.data == {
        "username": "anna",
        "session": "",
        "ended_at": clock.local(now.moment).isoformat(),
    }
    hear(services, event)
    now.moment += timedelta(seconds=1)
    after = issue_token(ANNA, SECRET)
    for name in SERVICES:
        assert not any(takes(services, name, token) for token in before)
        assert takes(services, name, after)
        assert takes(services, name, berts)


def test_an_old_event_that_comes_late_ends_no_newer_session(services, now):
    run = services["intake"][1].database.run
    old = issue_token(ANNA, SECRET)
    run(lambda tx: staff_sessions.end(tx, "anna"))
    first = told(services)[-1]
    now.moment = NINE + timedelta(minutes=10)
    between = issue_token(ANNA, SECRET)
    now.moment = NINE + timedelta(minutes=20)
    run(lambda tx: staff_sessions.end(tx, "anna"))
    second = told(services)[-1]
    now.moment = NINE + timedelta(minutes=30)
    newest = issue_token(ANNA, SECRET)
    for event in (second, first):  # out of order
        hear(services, event)
    for name in SERVICES:
        assert not takes(services, name, old)
        assert not takes(services, name, between)
        assert takes(services, name, newest)


def test_a_renewed_session_began_when_it_began(services, now):
    """Renewing a cookie does not carry it past the end of all sessions."""
    client = browser(services, "routing")
    now.moment = NINE + timedelta(minutes=30)
    services["intake"][1].database.run(lambda tx: staff_sessions.end(tx, "anna"))
    now.moment = NINE + timedelta(minutes=40)
    assert inside(client)
    hear(services, told(services)[-1])
    assert not inside(client)


# ---- Keeping ----


def test_what_no_token_can_be_of_is_forgotten(services, now):
    runtime = services["routing"][1]
    for hours in (0, 5):
        now.moment = NINE + timedelta(hours=hours)
        runtime.database.run(lambda tx: sessions.end(tx, ended_in_routing, "anna", "", clock.now()))
    kept = sa.select(sa.func.count()).select_from(ended_in_routing)
    for hours, count in ((12.9, 2), (13.1, 1), (17.9, 1), (18.1, 0)):
        now.moment = NINE + timedelta(hours=hours)
        runtime.database.run(sessions.forget_old_of(ended_in_routing))
        with runtime.database.read() as connection:
            assert connection.execute(kept).scalar_one() == count


def test_another_replica_hears_within_two_seconds(services, now):
    """Its own look at the database is at most so old; here its seconds are ours."""
    runtime, seconds = services["intake"][1], [0.0]
    replica = Ended(runtime.database, ended_in_intake, clock=lambda: seconds[0])
    runtime.database.on_commit.remove(replica._written)
    session = auth.read_session(issue_token(ANNA, SECRET), SECRET)
    assert not replica(session)
    runtime.database.run(lambda tx: staff_sessions.end(tx, "anna"))
    assert not replica(session)
    seconds[0] = sessions.LOOK_EVERY + 0.1
    assert replica(session)


def test_the_event_says_no_more_than_it_must(services, now):
    services["intake"][1].database.run(lambda tx: staff_sessions.end(tx, "anna", "s-1"))
    assert set(told(services)[-1].data) == {"username", "session", "ended_at"}
    assert "安娜" not in json.dumps(dict(told(services)[-1].data), ensure_ascii=False)
