"""What one address may ask, what one request may bring, and what the server itself refuses."""

from datetime import UTC, datetime, timedelta

import eventlet
import flask
import pytest

from shared import clock
from shared.hosting import Server
from shared.web import auth, limits
from shared.web.app import base_app
from shared.web.bodies import LONGEST_PARAMETER, MOST_BODY, MOST_UPLOAD
from shared.web.context import web_of
from tests.support.ports import free_port

SECRET = "a-secret-long-enough-for-hs256-in-tests"
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
HTML = {"Accept": "text/html"}


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "case.track", "3/minute")
    made = base_app(
        "intake",
        secret=SECRET,
        import_name=__name__,
        template_folder=None,
        translations=None,
        district_name="相山区",
    )

    @made.get("/track")
    @auth.public("case.track")
    def track():
        return "here"

    @made.post("/things/files")
    @made.post("/things")
    @auth.public("session.end")
    def take():
        return str(len(flask.request.form) + len(flask.request.files))

    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def stopped():
    with clock.set_for_tests(NOW) as stopped:
        yield stopped


def test_too_often_is_answered_with_when_to_come_back(app, stopped):
    client = app.test_client()
    assert [client.get("/track").status_code for _ in range(4)] == [200, 200, 200, 429]
    stopped.advance(timedelta(seconds=20))
    answer = client.get("/track")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
    assert answer.content_type == "application/problem+json"
    page = client.get("/track", headers=HTML)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "40")
    assert "操作太频繁" in page.text
    stopped.advance(timedelta(seconds=41))
    assert client.get("/track").status_code == 200


def test_the_window_moves(app, stopped):
    client = app.test_client()
    for _ in range(3):
        assert client.get("/track").status_code == 200
        stopped.advance(timedelta(seconds=25))
    assert client.get("/track").status_code == 200  # the first is a minute ago
    assert client.get("/track").status_code == 429


def test_each_address_is_counted_by_itself_and_only_the_gateway_is_believed(app, stopped):
    web_of(app).behind_gateway = True
    client = app.test_client()
    for _ in range(4):
        client.get("/track", headers={"X-Forwarded-For": "10.0.0.1"})
    assert client.get("/track", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 429
    assert client.get("/track", headers={"X-Forwarded-For": "10.0.0.2"}).status_code == 200
    web_of(app).behind_gateway = False
    forged = [client.get("/track", headers={"X-Forwarded-For": str(n)}) for n in range(4)]
    assert forged[-1].status_code == 429


def test_who_is_signed_in_is_not_counted_and_health_never(app, stopped):
    client = app.test_client()
    user = auth.User("li", "李梅", auth.DESK, community="340603002001")
    bearer = {"Authorization": f"Bearer {auth.issue_token(user, SECRET)}"}
    assert {client.get("/track", headers=bearer).status_code for _ in range(5)} == {200}
    assert {client.get("/healthz").status_code for _ in range(1300)} == {200}


def test_addresses_are_forgotten_the_oldest_first(monkeypatch, stopped):
    monkeypatch.setattr(limits, "MOST_KEYS", 2)
    storage = limits.ClockStorage()
    for key in "abc":
        assert storage.acquire_entry(key, 1, 60)
    assert not storage.acquire_entry("c", 1, 60)
    assert storage.acquire_entry("a", 1, 60)


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/things", MOST_BODY + 1, 413),
        ("/things", MOST_BODY // 2, 200),
        ("/things/files", MOST_BODY + 9, 200),
        ("/things/files", MOST_UPLOAD + 1, 413),
    ],
)
def test_bodies_are_bounded_uploads_less_tightly(app, path, size, status):
    kind = "multipart/form-data; boundary=cut"
    with app.test_client() as client:
        answer = client.post(path, data=_a_file(size), content_type=kind, headers=HTML)
    assert answer.status_code == status
    if status == 413:
        assert "内容太大" in answer.text


def _a_file(size: int) -> bytes:
    """A form with one file, made here: the client's own way leaves its temporary file open."""
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    return head + b"x" * size + b"\r\n--cut--\r\n"


def test_json_to_an_address_of_files_is_bounded_as_json(app):
    body = b" " * (MOST_BODY + 1)
    answer = app.test_client().post("/things/files", data=body, content_type="application/json")
    assert answer.status_code == 413


def test_a_form_has_not_thousands_of_fields(app):
    fields = {f"f{n}": "x" for n in range(2000)}
    sent = {"data": fields, "content_type": "multipart/form-data"}
    assert app.test_client().post("/things", **sent).status_code == 413


def test_query_values_are_bounded(app, stopped):
    client = app.test_client()
    answer = client.get("/track", query_string={"q": "x" * (LONGEST_PARAMETER + 1)})
    assert answer.status_code == 422
    assert answer.get_json(force=True)["errors"][0]["field"] == "q"
    assert client.get("/track?" + "&".join("a=1" for _ in range(60))).status_code == 400


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /healthz?" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 9000 + b"\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A: aaaaaa\r\n" * 8000 + b"\r\n", b"431"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"200"),
    ],
)
def test_the_server_takes_no_endless_headers(app, request_bytes, status):
    port = free_port()
    server = Server(app.wsgi_app, f"127.0.0.1:{port}")
    running = eventlet.spawn(server.run)
    try:
        answer = eventlet.spawn(_ask, port, request_bytes).wait()
    finally:
        server.stop()
        running.kill()
    assert answer.split()[1] == status


def _ask(port: int, request_bytes: bytes) -> bytes:
    with eventlet.connect(("127.0.0.1", port)) as connection:
        connection.sendall(request_bytes)
        return bytes(connection.recv(4096))
