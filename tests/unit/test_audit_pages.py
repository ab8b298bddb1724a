"""Who asks, what of it is recorded, and the auditor's pages; by one service for all four."""

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module

import flask
import pytest
import structlog

from services.catalogue import parts_of, runtime_for
from shared import actor, clock
from shared.actor import Actor, acting
from shared.audit import reading
from shared.bus.local import LocalTransport
from shared.config import Settings
from shared.contracts import SERVICES
from shared.db import Unavailable
from shared.district import load
from shared.web import audit
from shared.web.acting import client_address
from shared.web.auth import COOKIE, User, issue_token, public, requires
from shared.web.context import web_of
from tests.support.keys import KEYS

SECRET = "a secret of the tests, long enough"
AUDITOR = User("shenji", "审计员", "auditor")
DESK = User("zhou", "周敏", "desk", community="340603002001")
OTHERS = [
    User("u", "某人", role, community="340603002001", department="ga", partner="P1")
    for role in ("desk", "back_office", "grid", "department", "supervisor", "partner", "admin")
]


@pytest.fixture(scope="module")
def district():
    return load("xiangshan")


@pytest.fixture
def make(tmp_path, district):
    """Makes a service's runtime and application."""

    def made(service: str = "notify"):
        settings = Settings(
            embedded=True,
            district="xiangshan",
            data_dir=tmp_path,
            database_url="",
            amqp_url="",
            secret_key=SECRET,
            address="127.0.0.1:18999",
            data_keys=KEYS,
        )
        parts = parts_of(service)
        transport = LocalTransport(f"sqlite:///{tmp_path / 'bus.sqlite'}", KEYS)
        runtime = runtime_for(parts, settings, district, transport)
        parts.models.metadata.create_all(runtime.database.engine)
        app = import_module(f"services.{service}.site").create_app(runtime)
        return runtime, app

    return made


@pytest.fixture
def stand(make):
    """Notify with some addresses of its own, which say who they take for asking."""
    runtime, app = make()

    def whoami(**_parts: str):
        return flask.jsonify(vars_of(actor.current()), structlog.contextvars.get_contextvars())

    def gone(**_parts: str):
        flask.abort(404)

    for rule, view in (
        ("/trial/case/<number>", requires("case.read")(whoami)),
        ("/trial/case/<number>/<verb>", requires("case.transfer")(whoami)),
        ("/trial/list", requires("case.read")(whoami)),
        ("/trial/gone/<number>", requires("case.read")(gone)),
    ):
        app.add_url_rule(rule, rule, view)
    app.add_url_rule("/trial/track/<token>", "trial.track", public("case.track")(whoami))
    return runtime, app


def vars_of(asking):
    names = ("username", "role", "name", "address", "act", "subject")
    return {name: getattr(asking, name) for name in names}


def ask(app, path: str, user: User | None = None, **headers: str):
    if user is not None:
        headers["Authorization"] = f"Bearer {issue_token(user, SECRET)}"
    return app.test_client().get(path, headers=headers)


def recorded(runtime, action: str = "") -> list[tuple[str, str, str]]:
    found = reading.every(runtime.database, reading.Wanted(action=action))
    return [(e.act.username, e.act.action, e.act.subject) for e in found]


# -- who asks --------------------------------------------------------------------------------------


def test_a_signed_in_person_is_known_with_what_they_do(stand) -> None:
    _runtime, app = stand
    asking, bound = ask(app, "/trial/case/XS-1/press", DESK).json
    assert asking == {
        "username": "zhou",
        "role": "desk",
        "name": "周敏",
        "address": "127.0.0.1",
        "act": "case.transfer.press",
        "subject": "XS-1",
    }
    assert bound["username"] == "zhou"
    assert len(bound["request_id"]) == 32
    assert "周敏" not in json.dumps(bound, ensure_ascii=False)


def test_a_resident_has_no_name_and_the_secret_link_is_never_written(stand) -> None:
    _runtime, app = stand
    asking, bound = ask(app, "/trial/track/very-secret").json
    assert (asking["username"], asking["role"]) == ("", "resident")
    assert (asking["act"], asking["subject"]) == ("case.track", "")
    assert set(bound) == {"request_id"}


def test_after_a_request_nobody_acts(stand) -> None:
    _runtime, app = stand
    ask(app, "/trial/list", DESK)
    assert actor.current() is None
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize(
    ("behind", "address"), [(False, "127.0.0.1"), (True, "203.0.113.7")], ids=["embedded", "nginx"]
)
def test_the_address_is_the_gateways_word_only_behind_it(stand, behind, address) -> None:
    _runtime, app = stand
    web_of(app).behind_gateway = behind
    headers = {"X-Forwarded-For": "203.0.113.7", "X-Request-ID": "f" * 32}
    with app.test_request_context("/", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        assert client_address() == address
    bound = ask(app, "/trial/list", DESK, **headers).json[1]
    assert (bound["request_id"] == "f" * 32) is behind


# -- who saw what ----------------------------------------------------------------------------------


def test_opening_something_of_one_person_is_recorded_once(stand, monkeypatch) -> None:
    runtime, app = stand
    for _ in range(3):
        assert ask(app, "/trial/case/XS-1", DESK).status_code == 200
    ask(app, "/trial/case/XS-2", DESK)
    assert recorded(runtime) == [("zhou", "case.read", "XS-1"), ("zhou", "case.read", "XS-2")]
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(web_of(app), "now", lambda: later)
    ask(app, "/trial/case/XS-1", DESK)
    assert len(recorded(runtime)) == 3


@pytest.mark.parametrize(
    ("path", "user"),
    [
        ("/trial/list", DESK),
        ("/trial/gone/XS-1", DESK),
        ("/trial/case/XS-1", None),
        ("/trial/case/XS-1", AUDITOR),
        ("/trial/track/t", None),
        ("/trial/case/XS-1/press", DESK),
    ],
)
def test_what_was_not_seen_is_not_recorded(stand, path, user) -> None:
    runtime, app = stand
    ask(app, path, user)
    assert recorded(runtime) == []


def test_what_cannot_be_recorded_is_not_shown(stand, monkeypatch) -> None:
    runtime, app = stand
    lost = Unavailable("gone")

    def away(_work: object) -> None:
        raise lost

    app.register_error_handler(Unavailable, lambda _error: ("later", 503))
    monkeypatch.setattr(runtime.database, "run", away)
    answer = ask(app, "/trial/case/XS-1", DESK)
    assert (answer.status_code, answer.text) == (503, "later")
    monkeypatch.undo()
    assert ask(app, "/trial/case/XS-1", DESK).status_code == 200
    assert recorded(runtime) == [("zhou", "case.read", "XS-1")]


# -- the auditor's pages ---------------------------------------------------------------------------


@pytest.fixture
def filled(make):
    runtime, app = make()
    with acting(Actor("zhou", "desk", address="10.0.0.7")):
        runtime.database.run(lambda tx: tx.record("person.revealed", "XS-1", "居民来电核对", n=1))
        runtime.database.run(lambda tx: tx.record("case.read", "XS-1", "=cmd()"))
        runtime.database.run(lambda tx: tx.record("case.read", "XS-2"))
    return runtime, app


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_shows_its_audit_to_the_auditor_only(make, service) -> None:
    _runtime, app = make(service)
    paths = [f"/audit/{service}", f"/audit/{service}/export", f"/api/{service}/audit"]
    for path in paths:
        assert ask(app, path, AUDITOR).status_code == 200
        assert [ask(app, path, user).status_code for user in OTHERS] == [403] * len(OTHERS)
        assert ask(app, path).status_code in {303, 401}


def test_the_page_answers_who_saw_what_when(filled) -> None:
    runtime, app = filled
    page = ask(app, "/audit/notify?subject=XS-1", AUDITOR).text
    assert "居民来电核对" in page
    assert "person.revealed" in page
    assert "XS-2" not in page
    assert recorded(runtime, "audit.*") == [("shenji", "audit.read", "XS-1")]
    assert "没有符合条件的记录" in ask(app, "/audit/notify?subject=XS-9", AUDITOR).text
    wrong = ask(app, "/audit/notify?first=yesterday", AUDITOR)
    assert wrong.status_code == 200
    assert "这里填得不对" in wrong.text


def test_the_api_pages_stay_while_entries_are_added(filled) -> None:
    _runtime, app = filled
    first = ask(app, "/api/notify/audit?page_size=2", AUDITOR).json
    assert [item["seq"] for item in first["items"]] == [3, 2]
    second = ask(app, f"/api/notify/audit?page_size=2&page=2&upto={first['upto']}", AUDITOR).json
    assert [item["seq"] for item in second["items"]] == [1]
    assert second["total"] == 3


def test_the_button_says_in_words_whether_anything_was_changed(filled) -> None:
    runtime, app = filled
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.set_cookie(COOKIE, issue_token(AUDITOR, SECRET))
    whole = client.post("/audit/notify/verify")
    assert "从第 1 条到第 3 条，共 3 条，一条不少，一字未改。" in whole.text
    with runtime.database.engine.begin() as connection:
        entries = runtime.database.audit.entries
        connection.execute(entries.update().where(entries.c.seq == 2).values(subject="XS-7"))
    assert "第 2 条的内容和当初记下的不一样，有人改过。" in client.post("/audit/notify/verify").text
    headers = {"Authorization": f"Bearer {issue_token(AUDITOR, SECRET)}"}
    told = app.test_client().post("/api/notify/audit/verify", headers=headers).json
    assert (told["whole"], told["damage"], told["seq"]) == (False, "changed", 2)


def test_exports_hold_the_hashes_and_no_formula(filled) -> None:
    runtime, app = filled
    lines = ask(app, "/audit/notify/export?subject=XS-1", AUDITOR).text.splitlines()
    assert [json.loads(line)["seq"] for line in lines[:2]] == [1, 2]
    assert {"hash", "previous", "reason"} <= set(json.loads(lines[0]))
    table = ask(app, "/audit/notify/export?kind=csv&action=case.read", AUDITOR)
    assert table.mimetype == "text/csv"
    assert "'=cmd()" in table.text
    assert recorded(runtime, "audit.export")[0] == ("shenji", "audit.export", "XS-1")


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a"),
        *("  =1", "\u3000＝1", "\n=1", "\r\n=1", "\t1"),
    ],
)
def test_no_cell_is_taken_for_a_formula(cell) -> None:
    assert audit._plain(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["XS-1", "1-1", "居民来电", "a = b", "", None, 7])
def test_other_cells_stay_as_they_are(cell) -> None:
    assert audit._plain(cell) == ("" if cell is None else str(cell))


def test_days_are_the_districts(filled, monkeypatch) -> None:
    runtime, _app = filled
    monkeypatch.setattr("shared.transaction.now", lambda: datetime(2026, 1, 1, 16, 30, tzinfo=UTC))
    runtime.database.run(lambda tx: tx.record("late", "that evening"))
    day = datetime(2026, 1, 2, tzinfo=UTC).date()
    found = list(reading.every(runtime.database, reading.Wanted(first=day, last=day)))
    assert [entry.act.action for entry in found] == ["late"]
