"""The web kit's API half: problems, tokens, who may do what, headers, health."""

from datetime import UTC, datetime, timedelta

import flask
import jwt
import marshmallow as ma
import pytest
from structlog.testing import capture_logs

from shared.web import auth
from shared.web.app import base_app, health_check
from shared.web.blueprint import ApiBlueprint, register_api
from shared.web.context import web_of
from shared.web.forms import read_form, typed
from shared.web.problem import FieldError, Problem, map_error

SECRET = "a-secret-long-enough-for-hs256-in-tests"
OFFICER = auth.User("li", "李梅", auth.DESK, community="340603001001", grids=("g1", "g2"))
DEPARTMENT_CLERK = auth.User("wang", "王强", auth.DEPARTMENT, department="ga")


class Person(ma.Schema):
    """Someone in a household."""

    name = ma.fields.String(required=True)
    age = ma.fields.Integer(validate=ma.validate.Range(min=0))


class Household(ma.Schema):
    """A household."""

    name = ma.fields.String(required=True, validate=ma.validate.Length(max=5))
    people = ma.fields.List(ma.fields.Nested(Person))


class DoneAlreadyError(Exception):
    """A domain error."""


def make_app(**options: object):
    settings = {
        "secret": SECRET,
        "import_name": __name__,
        "template_folder": None,
        "translations": None,
        "district_name": "相山区",
    }
    app = base_app("intake", **(settings | options))
    blueprint = ApiBlueprint("households", __name__, url_prefix="/api/intake/households")

    @blueprint.route("", methods=["POST"])
    @auth.requires("case.accept")
    @blueprint.arguments(Household)
    @blueprint.response(201, Household)
    def add(data):
        """Add a household."""
        return data

    @blueprint.route("/mine")
    @auth.requires("session.own")
    @blueprint.response(200)
    def mine():
        return {"who": auth.signed_in().username}

    @blueprint.route("/broken")
    @blueprint.response(200)
    def broken():
        raise RuntimeError("the secret reason")

    @blueprint.route("/closed")
    @blueprint.response(200)
    def closed():
        raise Problem(
            409,
            "case-closed",
            "已有别的改动",
            [FieldError("people.0", "没有填写", "请填写这一项")],
        )

    @blueprint.route("/done")
    @blueprint.response(200)
    def done():
        raise DoneAlreadyError

    @app.get("/page")
    @auth.requires("case.accept")
    def page():
        return "page"

    @app.post("/page")
    @auth.requires("case.accept")
    def send():
        return "sent"

    @app.get("/token")
    def token():
        return flask.render_template_string("{{ csrf_token() }}")

    @app.get("/crash")
    def crash():
        raise RuntimeError("the secret reason")

    register_api(app, blueprint)
    map_error(app, DoneAlreadyError, lambda _error: Problem(410, "done", "内容已移走"))
    return app


@pytest.fixture
def client():
    return make_app().test_client()


def bearer(user=OFFICER, **options: object):
    return {"Authorization": f"Bearer {auth.issue_token(user, SECRET, **options)}"}


def sign_in(client, user=OFFICER):
    client.set_cookie(auth.COOKIE, auth.issue_token(user, SECRET))


HTML = {"Accept": "text/html"}


# Problems


def test_every_wrong_field_is_named_with_reason_and_remedy(client):
    answer = client.post(
        "/api/intake/households",
        json={"people": [{"name": "a"}, {"age": "x"}], "name": "toolong", "colour": 1},
        headers=bearer(),
    )
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    body = answer.get_json()
    assert body["type"] == "urn:baitong:problem:invalid-fields"
    assert body["title"] == "有几处需要改正"
    assert {error["field"] for error in body["errors"]} == {
        "name",
        "people.1.name",
        "people.1.age",
        "colour",
    }
    reasons = {error["field"]: error for error in body["errors"]}
    assert reasons["name"]["reason"] == "太长，最多 5 个字"
    assert reasons["people.1.name"] == {
        "field": "people.1.name",
        "reason": "没有填写",
        "remedy": "请填写这一项",
    }


def test_a_program_may_ask_for_english(client):
    answer = client.post(
        "/api/intake/households", json={}, headers=bearer() | {"Accept-Language": "en"}
    )
    body = answer.get_json()
    assert body["title"] == "Some fields need to be put right"
    assert body["errors"][0]["reason"] == "This is missing"


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        ({"path": "/api/intake/nothing"}, 404, "not-found"),
        ({"path": "/api/intake/households/mine", "method": "DELETE"}, 405, "method-not-allowed"),
        ({"data": b"{", "content_type": "application/json"}, 400, "bad-json"),
        ({"data": b"name=a", "content_type": "text/plain"}, 415, "media-type"),
        ({"data": b" " * (257 << 10), "content_type": "application/json"}, 413, "too-large"),
        ({"path": "/api/intake/households/closed", "method": "GET"}, 409, "case-closed"),
        ({"path": "/api/intake/households/done", "method": "GET"}, 410, "done"),
    ],
)
def test_each_refusal_is_a_problem(client, send, status, code):
    request = {"path": "/api/intake/households", "method": "POST", "headers": bearer()} | send
    answer = client.open(**request)
    body = answer.get_json(force=True)
    assert (answer.status_code, body["status"]) == (status, status)
    assert body["type"] == f"urn:baitong:problem:{code}"
    assert body["title"]
    assert answer.content_type == "application/problem+json"


def test_405_says_what_is_allowed(client):
    answer = client.delete("/api/intake/households/mine", headers=bearer())
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/api/intake/households/broken", "/crash"])
def test_a_crash_shows_an_id_and_logs_the_reason(path):
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with capture_logs() as logs:
        answer = app.test_client().get(path, headers=HTML if path == "/crash" else {})
    assert answer.status_code == 500
    assert len(logs) == 1
    assert isinstance(logs[0]["exc_info"], RuntimeError)
    assert logs[0]["error_id"] in answer.text
    assert "secret reason" not in answer.text


def test_a_person_gets_a_page(client):
    answer = client.get("/nowhere", headers=HTML)
    assert answer.status_code == 404
    assert answer.content_type.startswith("text/html")
    assert "没有找到" in answer.text
    assert 'lang="zh-CN"' in answer.text


def test_the_description_knows_problems_and_the_bearer(client):
    spec = client.get("/api/intake/openapi.json").get_json()
    assert spec["openapi"].startswith("3.1")
    assert spec["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    operation = spec["paths"]["/api/intake/households"]["post"]
    assert operation["security"] == [{"bearer": []}]
    assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}
    assert operation["responses"]["401"] == {"$ref": "#/components/responses/UNAUTHORIZED"}
    default = spec["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert list(default) == ["application/problem+json"]
    assert list(operation["responses"]["201"]["content"]) == ["application/json"]


def test_api_routes_must_stand_under_an_api_prefix():
    app = make_app()
    with pytest.raises(ValueError, match="no API address"):
        register_api(app, ApiBlueprint("elsewhere", __name__, url_prefix="/cases"))


# Tokens


def test_a_token_brings_back_the_user():
    assert auth.read_token(auth.issue_token(OFFICER, SECRET), SECRET) == OFFICER


def test_an_expired_token_is_refused():
    token = auth.issue_token(OFFICER, SECRET, now=datetime.now(UTC) - timedelta(hours=13))
    with pytest.raises(auth.TokenError, match="expired"):
        auth.read_token(token, SECRET)


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-6] + "AAAAAA",
        lambda token: token.split(".")[0] + ".e30." + token.split(".")[2],
        lambda _token: "",
        lambda _token: auth.issue_token(OFFICER, SECRET[::-1]),
        lambda _token: jwt.encode(
            {"sub": "x", "name": "x", "role": "admin", "iat": 0, "exp": 9e9}, SECRET
        ),
        lambda _token: jwt.encode(
            {
                "sub": "x",
                "name": "x",
                "role": "king",
                "iat": 0,
                "exp": 9_000_000_000,
                "iss": "baitong",
                "aud": "baitong",
            },
            SECRET,
        ),
        lambda _token: jwt.encode({"sub": "x", "role": "admin"}, None, algorithm="none"),
    ],
)
def test_a_forged_token_is_refused(forge):
    with pytest.raises(auth.TokenError, match="invalid"):
        auth.read_token(forge(auth.issue_token(OFFICER, SECRET)), SECRET)


def test_an_unknown_action_is_refused():
    with pytest.raises(ValueError, match="role"):
        auth.User("x", "x", "king")
    with pytest.raises(ValueError, match="action"):
        auth.requires("king.crown")


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="secret"):
        make_app(secret="short")


# Who may


def test_the_api_asks_for_a_bearer(client):
    answer = client.post("/api/intake/households", json={"name": "x"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    stale = bearer(now=datetime.now(UTC) - timedelta(days=1))
    answer = client.post("/api/intake/households", json={"name": "x"}, headers=stale)
    assert "token expired" in answer.headers["WWW-Authenticate"]


def test_the_api_lets_only_the_roles_in(client):
    body = {"name": "x"}
    assert client.post("/api/intake/households", json=body, headers=bearer()).status_code == 201
    with capture_logs() as logs:
        answer = client.post("/api/intake/households", json=body, headers=bearer(DEPARTMENT_CLERK))
    assert answer.status_code == 403
    assert answer.get_json(force=True)["type"].endswith("forbidden")
    (refused,) = (line for line in logs if line["event"] == "refused")
    assert (refused["action"], refused["username"]) == ("case.accept", DEPARTMENT_CLERK.username)


def test_the_api_takes_the_cookie_for_reading_only(client):
    sign_in(client)
    assert client.get("/api/intake/households/mine").get_json() == {"who": "li"}
    assert client.post("/api/intake/households", json={"name": "x"}).status_code == 401


def test_a_wrong_bearer_is_not_rescued_by_the_cookie(client):
    sign_in(client)
    answer = client.get("/api/intake/households/mine", headers={"Authorization": "Bearer x"})
    assert answer.status_code == 401


def test_a_page_sends_to_sign_in_and_back(client):
    answer = client.get("/page?a=1&b=2", headers=HTML)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/page%3Fa%3D1%26b%3D2"
    sign_in(client, DEPARTMENT_CLERK)
    answer = client.get("/page", headers=HTML)
    assert answer.status_code == 403
    assert "您没有办这件事的权限" in answer.text


def test_a_form_without_its_token_is_refused(client):
    sign_in(client)
    answer = client.post("/page", headers=HTML)
    assert answer.status_code == 400
    assert "页面放得太久了" in answer.text
    token = client.get("/token").text
    assert client.post("/page", data={"csrf_token": token}).text == "sent"
    assert client.post("/page", data={"csrf_token": token + "x"}).status_code == 400


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/ok\n//evil.example",
        "javascript:alert(1)",
        "desk",
        "",
        None,
    ],
)
def test_next_stays_on_this_site(url):
    assert auth.safe_next(url, "/desk") == "/desk"


def test_next_keeps_a_local_page():
    assert auth.safe_next("/orders/3?a=1#b") == "/orders/3?a=1#b"


def test_signing_in_and_out_sets_a_careful_cookie():
    app = make_app(secure_cookies=True)
    with app.test_request_context("/"):
        cookie = auth.remember(flask.Response(), OFFICER).headers["Set-Cookie"]
        forgotten = auth.forget(flask.Response())
        gone = forgotten.headers["Set-Cookie"]
    for part in ("baitong_session=", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"):
        assert part in cookie
    assert "Max-Age=0" in gone
    assert forgotten.headers["Clear-Site-Data"] == '"cache", "storage"'


# Headers and health


def test_every_answer_carries_safe_headers(client):
    for path in ("/token", "/nowhere", "/api/intake/openapi.json", "/static/baitong.css"):
        headers = client.get(path, buffered=True).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_pages_are_not_kept_and_fingerprinted_files_are(client):
    assert client.get("/token").headers["Cache-Control"] == "no-store"
    assert (
        "max-age=3600" in client.get("/static/baitong.css", buffered=True).headers["Cache-Control"]
    )
    with client.application.test_request_context("/"):
        address = client.application.jinja_env.globals["asset"]("baitong.css")
    assert "immutable" in client.get(address, buffered=True).headers["Cache-Control"]


def test_a_missing_file_is_not_remembered_as_missing(client):
    assert client.get("/static/nothing.css").headers["Cache-Control"] == "no-store"


def test_https_is_kept_when_cookies_are_secure():
    secure = make_app(secure_cookies=True).test_client().get("/token")
    assert "max-age" in secure.headers["Strict-Transport-Security"]
    assert "Secure" in secure.headers["Set-Cookie"]


def test_health_names_what_is_ill_and_logs_why(client):
    assert client.get("/healthz").get_json() == {"status": "ok", "service": "intake", "checks": []}

    def database():
        raise ConnectionError("amqp://user:password@host")

    app = make_app()
    health_check(app, "database", database)
    health_check(app, "bus", lambda: None)
    with capture_logs() as logs:
        answer = app.test_client().get("/healthz")
    assert answer.status_code == 503
    body = answer.get_json()
    assert body["status"] == "failing"
    assert [(check["name"], check["ok"]) for check in body["checks"]] == [
        ("database", False),
        ("bus", True),
    ]
    assert "password" not in answer.text
    assert logs[0]["check"] == "database"


def test_a_service_keeps_its_own_things_in_the_context():
    app = make_app()
    web_of(app).service_context = {"store": 1}
    assert web_of(app).service == "intake"


@pytest.mark.parametrize("bad", ["\\u0000", "\\ud800", "\\udc00x"])
def test_what_no_database_can_keep_is_refused_by_field(client, bad):
    body = f'{{"name": "a{bad}", "people": [{{"name": "b"}}, {{"name": "{bad}"}}]}}'
    sent = {"data": body, "content_type": "application/json", "headers": bearer()}
    answer = client.post("/api/intake/households", **sent)
    assert answer.status_code == 422
    problem = answer.get_json()
    assert {error["field"] for error in problem["errors"]} == {"name", "people.1.name"}
    assert {error["reason"] for error in problem["errors"]} == {"含有不能保存的字符"}


def test_a_pair_of_surrogates_is_a_character(client):
    sent = {"data": '{"name": "\\ud83d\\ude00"}', "content_type": "application/json"}
    answer = client.post("/api/intake/households", **sent, headers=bearer())
    assert answer.status_code == 201


def test_deep_nesting_is_looked_through(client):
    for depth, status in ((8, 422), (50, 400), (800, 400), (100_000, 400)):
        body = '{"name": ' + "[" * depth + '"\\u0000"' + "]" * depth + "}"
        sent = {"data": body, "content_type": "application/json", "headers": bearer()}
        assert client.post("/api/intake/households", **sent).status_code == status, depth


def test_an_address_holds_nothing_that_cannot_be_kept(client):
    answer = client.get("/api/intake/households/mine?q=%00&lang=zh", headers=bearer())
    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == ["q"]
    assert client.get("/api/intake/households/mine?a%00=1", headers=bearer()).status_code == 422
    assert client.get("/page%00").status_code == 404


def test_a_form_says_which_field_cannot_be_kept():
    class Wish(ma.Schema):
        note = ma.fields.String()
        picked = ma.fields.List(ma.fields.String())

    sent = {"note": "a\0b", "picked": ["x", "\0"]}
    with make_app().test_request_context(method="POST", data=sent):
        form = read_form(Wish())
        assert not form.ok
        assert set(form.errors) == {"note", "picked"}
        assert "不能保存" in form.error("note")
        assert form.value("note") == ""
        with pytest.raises(Problem) as refused:
            typed("note")
    assert (refused.value.status, refused.value.errors[0].field) == (422, "note")
