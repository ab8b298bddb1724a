"""Signing in at an identity provider that is really asked over HTTP, honest or not."""

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
import requests
from werkzeug.serving import make_server

from services.intake.staff import accounts, pages_oidc
from services.intake.staff.pages_oidc import TIME_TO_RETURN
from services.intake.staff.passwords import hash_demo_password
from shared import clock
from shared.config import IdentityProvider
from shared.permissions import User
from shared.web.auth import COOKIE
from tests.support.evil_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Key,
    evil_provider,
    signed_with_the_secret,
    unsigned,
)
from tests.support.ports import free_port
from tests.unit.intake.ground import COMMUNITY, do
from tests.unit.intake_pages.browser import HIDDEN, Browser, told

LI = User("li", "李梅", "desk", community=COMMUNITY)
PROVIDER = "省统一身份认证"


@pytest.fixture
def evil():
    with evil_provider(free_port()) as provider:
        yield provider


def use(runtime, issuer, **settings: Any):
    provider = IdentityProvider(issuer, CLIENT_ID, CLIENT_SECRET, PROVIDER, **settings)
    runtime.settings = replace(runtime.settings, identity_provider=provider)


@pytest.fixture
def linked(runtime, evil):
    """Li has an account that is linked to the provider's person-1."""
    use(runtime, evil.issuer)
    do(runtime, accounts.add, LI, "no password", identity="person-1")


def begun(person, wish=""):
    """Go to the provider and be sent back: the path and query of our callback."""
    off = person.page(f"/sign-in/oidc{wish}")
    assert off.status_code == 303, off.text
    answer = requests.get(off.location, allow_redirects=False, timeout=30)
    back = urlsplit(answer.headers["Location"])
    assert back.path == pages_oidc.CALLBACK
    return f"{back.path}?{back.query}"


def come_in(person, wish=""):
    return person.page(begun(person, wish))


def is_in(person):
    return person.client.get_cookie(COOKIE) is not None


def test_the_provider_says_who_and_the_account_says_what(linked, anyone):
    answer = come_in(anyone)
    assert (answer.status_code, answer.location) == (303, "/desk")
    assert "李梅" in anyone.page("/desk").text


def test_one_comes_back_to_where_one_wanted_to_be_and_nowhere_else(linked, app, runtime):
    assert come_in(Browser(app, runtime), "?next=/my").location == "/my"
    assert come_in(Browser(app, runtime), "?next=//evil.example").location == "/desk"


def test_what_the_browser_is_sent_off_with(linked, anyone, runtime):
    asked = parse_qs(urlsplit(anyone.page("/sign-in/oidc").location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert asked["redirect_uri"] == [f"{runtime.settings.public_address}{pages_oidc.CALLBACK}"]
    again = parse_qs(urlsplit(anyone.page("/sign-in/oidc").location).query)
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_the_sign_in_page_has_the_button_only_where_there_is_a_provider(anyone, runtime, evil):
    assert "/sign-in/oidc" not in anyone.page("/sign-in").text
    assert anyone.page("/sign-in/oidc").status_code == 404
    use(runtime, evil.issuer)
    assert f"用{PROVIDER}登录" in anyone.page("/sign-in?next=/my").text
    assert "/sign-in/oidc?next=%2Fmy" in anyone.page("/sign-in?next=/my").text


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
def test_each_way_of_signing(linked, anyone, evil, algorithm):
    evil.keys = [Key("k", algorithm)]
    evil.sign = evil.keys[0].sign
    assert come_in(anyone).status_code == 303


def test_a_new_key_of_the_provider_is_found(linked, app, runtime, evil):
    assert come_in(Browser(app, runtime)).status_code == 303
    evil.keys = [Key("second")]
    evil.sign = evil.keys[0].sign
    assert come_in(Browser(app, runtime)).status_code == 303
    assert evil.asked.count("/jwks") == 2
    assert come_in(Browser(app, runtime)).status_code == 303
    assert evil.asked.count("/jwks") == 2


PAST = int(time.time()) - 3600
FORGED = {
    "a wrong nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "nonces": {"nonce": ["another"]},
    "another audience": {"aud": "another"},
    "one audience of two, for another": {"aud": [CLIENT_ID, "another"], "azp": "another"},
    "one audience of two, for nobody": {"aud": [CLIENT_ID, "another"]},
    "no audience": {"aud": None},
    "expired": {"exp": PAST + 300, "iat": PAST},
    "no end": {"exp": None},
    "from the future": {"iat": int(time.time()) + 3600},
    "another issuer": {"iss": "https://another.example"},
    "no issuer": {"iss": None},
    "nobody": {"sub": None},
    "somebody without a name": {"sub": ""},
    "a list of people": {"sub": ["person-1"]},
}


@pytest.mark.parametrize("claims", FORGED.values(), ids=FORGED)
def test_a_token_that_proves_nothing(linked, anyone, evil, claims):
    evil.claims = claims
    answer = come_in(anyone)
    assert answer.status_code == 403
    assert "没能核实" in told(answer)
    assert not is_in(anyone)


UNTRUE = {
    "alg none": unsigned,
    "our own secret": signed_with_the_secret,
    "an unknown key": Key("unknown").sign,
    "a key with the same name": Key("first").sign,
    "the same name, another kind": Key("first", "EdDSA").sign,
    "no token": lambda _claims: "no.token.at-all",
    "nothing": lambda _claims: "",
}


@pytest.mark.parametrize("sign", UNTRUE.values(), ids=UNTRUE)
def test_a_signature_that_is_not_the_providers(linked, anyone, evil, sign):
    evil.sign = sign
    answer = come_in(anyone)
    assert answer.status_code == 403
    assert "没能核实" in told(answer)
    assert not is_in(anyone)


def test_a_public_key_signs_nothing_as_a_shared_secret(linked, anyone, evil):
    """Nor does a key that the provider itself publishes as a shared one."""
    shared = {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "first", "alg": "HS256"}
    evil.jwks = lambda: {"keys": [shared, "no key", {"kty": "unknown"}]}
    evil.sign = signed_with_the_secret
    assert come_in(anyone).status_code == 403


def test_the_way_back_is_for_the_browser_that_began(linked, app, runtime, anyone):
    back = begun(Browser(app, runtime))
    answer = anyone.page(back)
    assert answer.status_code == 400
    assert "换了浏览器" in told(answer)
    assert not is_in(anyone)
    begun(anyone)  # has begun itself, but something else
    assert anyone.page(back).status_code == 400


def test_a_code_is_good_once(linked, anyone, evil):
    off = anyone.page("/sign-in/oidc")
    kept = anyone.client.get_cookie("baitong_form").value
    back = urlsplit(
        requests.get(off.location, allow_redirects=False, timeout=30).headers["Location"]
    )
    path = f"{back.path}?{back.query}"
    assert anyone.page(path).status_code == 303
    assert anyone.page(path).status_code == 400
    # Whoever kept the cookie of before is refused by the provider.
    anyone.client.delete_cookie(COOKIE)
    anyone.client.set_cookie("baitong_form", kept)
    assert anyone.page(path).status_code == 403
    assert not is_in(anyone)


def test_one_who_takes_too_long_begins_again(linked, anyone, monkeypatch):
    back = begun(anyone)
    later = clock.now() + TIME_TO_RETURN + timedelta(seconds=1)
    monkeypatch.setattr(pages_oidc, "now", lambda: later)
    assert anyone.page(back).status_code == 400


def test_a_code_caught_elsewhere_is_worth_nothing_without_the_verifier(
    linked, anyone, app, runtime
):
    """PKCE: another's code, put into one's own way back."""
    caught = parse_qs(urlsplit(begun(Browser(app, runtime))).query)["code"][0]
    own = parse_qs(urlsplit(begun(anyone)).query)["state"][0]
    answer = anyone.page(f"{pages_oidc.CALLBACK}?code={caught}&state={own}")
    assert answer.status_code == 403
    assert not is_in(anyone)


def test_an_answer_of_another_provider(linked, anyone):
    back = begun(anyone)
    assert anyone.page(f"{back}&iss=https://another.example").status_code == 403


def test_one_who_thinks_better_of_it(linked, anyone):
    state = parse_qs(urlsplit(anyone.page("/sign-in/oidc").location).query)["state"][0]
    answer = anyone.page(f"{pages_oidc.CALLBACK}?error=access_denied&state={state}")
    assert answer.status_code == 403
    assert "没有在" in told(answer)


def test_somebody_without_an_account_is_told_what_to_do(linked, anyone, evil):
    evil.identity = "<b>person-2</b>"
    answer = come_in(anyone)
    assert answer.status_code == 403
    assert "&lt;b&gt;person-2" in answer.text
    assert "<b>person-2" not in answer.text
    assert "请他为您开通" in told(answer)
    assert not is_in(anyone)


def test_a_username_alone_links_nobody(linked, anyone, evil):
    """Whoever may choose their name at the provider becomes nobody here."""
    evil.identity = "li"
    assert come_in(anyone).status_code == 403


def test_a_disabled_account(linked, anyone, runtime):
    do(runtime, accounts.disable, "li")
    answer = come_in(anyone)
    assert answer.status_code == 403
    assert "已停用" in told(answer)
    assert not is_in(anyone)


def test_an_account_that_is_disabled_on_the_way_back(linked, anyone, runtime, monkeypatch):
    found = accounts.linked_to

    def and_then(database, identity):
        account = found(database, identity)
        do(runtime, accounts.disable, "li")
        return account

    monkeypatch.setattr(accounts, "linked_to", and_then)
    answer = come_in(anyone)
    assert answer.status_code == 403
    assert "刚刚被改动过" in told(answer)
    assert not is_in(anyone)


def test_a_provider_that_is_away_keeps_nobody_out(anyone, runtime, accounts_of_all):
    use(runtime, f"http://127.0.0.1:{free_port()}")
    answer = anyone.page("/sign-in/oidc?next=/my")
    assert answer.status_code == 503
    assert f"{PROVIDER}现在连不上" in told(answer)
    entered = anyone.send("/sign-in", username="desk", password="baitong")
    assert entered.status_code == 303


def test_a_provider_that_goes_away_in_between(linked, anyone, evil):
    evil.described = {"token_endpoint": f"http://127.0.0.1:{free_port()}/token"}
    answer = come_in(anyone)
    assert answer.status_code == 503
    assert not is_in(anyone)


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://another.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_a_provider_that_describes_itself_wrongly(linked, anyone, evil, described):
    evil.described = described
    assert anyone.page("/sign-in/oidc").status_code == 503


def test_where_the_provider_is_the_only_way_a_password_opens_one_account(
    anyone, runtime, evil, accounts_of_all
):
    use(runtime, evil.issuer, only=True, emergency="admin")
    assert "用不了的时候" in anyone.page("/sign-in").text
    assert anyone.send("/sign-in", username="desk", password="baitong").status_code == 422
    given = {"username": "desk", "password": "baitong"}
    assert anyone.client.post("/api/intake/session", json=given).status_code == 401
    assert anyone.send("/sign-in", username="admin", password="baitong").status_code == 303


def test_signing_out_says_that_the_provider_is_another_matter(linked, anyone, evil, runtime):
    come_in(anyone)
    out = anyone.send("/desk", to="/sign-out")
    assert out.location == "/sign-out/done"
    page = anyone.page(out.location).text
    assert f"{evil.issuer}/bye?client_id={CLIENT_ID}" in page
    assert not is_in(anyone)


def test_signing_out_of_a_password_leads_home(anyone, runtime, evil, accounts_of_all):
    use(runtime, evil.issuer)
    anyone.send("/sign-in", username="desk", password="baitong")
    assert anyone.send("/desk", to="/sign-out").location == "/"


@pytest.mark.parametrize("address", [None, "", "javascript:alert(1)"])
def test_a_provider_without_a_way_out(linked, anyone, evil, address):
    evil.described = {"end_session_endpoint": address}
    come_in(anyone)
    anyone.send("/desk", to="/sign-out")
    page = anyone.page("/sign-out/done").text
    assert "也退出登录" in page
    assert "javascript:" not in page


@pytest.fixture
def accounts_of_all(accounts):
    """The pack's staff."""


@contextmanager
def served(app, port):
    server = make_server("127.0.0.1", port, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_provider_of_somebody_elses_making(app, runtime):
    """The whole way over HTTP with a browser's cookies: off, in, at work, out, out there too."""
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    do(runtime, accounts.add, LI, hash_demo_password("x"), identity="li@example")
    with oidc_provider_mock.run_server_in_thread() as server, served(app, port):
        use(runtime, f"http://localhost:{server.server_port}")
        runtime.settings = replace(runtime.settings, public_url=here)
        browser = requests.Session()
        form = browser.get(f"{here}/sign-in/oidc?next=/my", timeout=30)
        assert form.url.startswith(f"http://localhost:{server.server_port}/oauth2/authorize")
        my = browser.post(form.url, data={"sub": "li@example"}, timeout=30)
        assert my.url == f"{here}/my"
        assert "李梅" in my.text
        hidden = dict(HIDDEN.findall(my.text))
        out = browser.post(f"{here}/sign-out", data=hidden, timeout=30)
        assert out.url == f"{here}/sign-out/done"
        assert f"http://localhost:{server.server_port}/oauth2/end_session?" in out.text
        assert browser.get(f"{here}/my", timeout=30).url.startswith(f"{here}/sign-in")
