"""Every page of all four services, as everybody, and every kind of refusal, as browsers get them.

Each says in its headers what a browser may do with it, and holds nothing that this policy forbids:
no script or style in the page itself, nothing from another site. That no page is missing among
the calls is for test_permissions.py to see.
"""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared import clock
from shared.contracts import SERVICES
from shared.db import Unavailable
from shared.permissions import ROLE_NAMES
from shared.web import limits
from shared.web.bodies import MOST_BODY
from tests.browser.addresses import NOT_PAGES
from tests.support.permission_calls import CALLS, Call
from tests.support.permission_matrix import _filled
from tests.support.permission_world import World

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ROOT = Path(__file__).parent.parent.parent
EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NO_SCRIPTS = "default-src 'none'; sandbox"
"""The policy of a file somebody sent."""
LOCKED = ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")
FETCHING = {"src", "href", "action", "formaction", "poster", "data", "srcset", "xlink:href"}
ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
ALLOWED = re.compile(r"(?:data:image/|blob:|tel:|mailto:)")
NAMESPACES = re.compile(r"https?://www\.w3\.org/[\w/]+")


class Page(HTMLParser):
    """Reads a page and notes what its policy would forbid."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at every attribute."""
        given = dict(attrs)
        if tag == "style":
            self.faults.append("<style>")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.faults.append("<script> without src")
        if tag in ("base", "iframe", "object", "embed"):
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "style" or name.startswith("on"):
            self.faults.append(f"<{tag} {name}>")
        for address in value.split(",") if name == "srcset" else [value]:
            if name in FETCHING and ELSEWHERE.match(address) and not ALLOWED.match(address):
                self.faults.append(f"<{tag} {name}={address[:60]}>")
        if name == "http-equiv":
            self.faults.append(f"<{tag} {name}>")


def faults_of(answer: Any) -> list[str]:
    """What is wrong with an answer's headers and, where it is a page, with the page."""
    policy = answer.headers.get("Content-Security-Policy", "")
    found = [f"{name} is not {value}" for name, value in EXPECTED.items()
             if answer.headers.get(name) != value]  # fmt: skip
    if policy != NO_SCRIPTS:
        found += [f"the policy lacks {part}" for part in LOCKED if part not in policy]
    found += [f"the policy allows {part}" for part in ("unsafe-", "*", "http") if part in policy]
    if "Permissions-Policy" not in answer.headers:
        found.append("no Permissions-Policy")
    if answer.mimetype == "text/html":
        found += Page(answer.get_data(as_text=True)).faults
    return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Filled as for the permissions; every request leaves it as it was."""
    with clock.set_for_tests(MONDAY):
        yield World(tmp_path_factory.mktemp("world"))


def _ask(world: World, call: Call, user: Any) -> Any:
    things = world.things(world.own, user)
    request: dict[str, Any] = {"method": call.method, "path": call.path.format(**things)}
    if call.form is not None:
        request["data"] = _filled(call.form, things)
    try:
        return world.ask(call.service, user, request)
    finally:
        world.restore()


def _pages(service: str) -> list[Call]:
    return [c for c in CALLS if c.service == service and not c.path.startswith("/api/")]


def _no_pages(world: World, service: str) -> set[str]:
    rules = world.apps[service].url_map.iter_rules()
    served = {rule.endpoint for rule in rules if rule.rule in NOT_PAGES}
    return served | {"deliberation_pages.decided"}  # nothing is published in this world


@pytest.mark.parametrize("service", SERVICES)
def test_every_page_keeps_to_the_policy(world, service):
    found, shown = [], set()
    for call in _pages(service):
        for user in (None, *(world.users[role] for role in ROLE_NAMES)):
            answer = _ask(world, call, user)
            who = user.role if user else "nobody"
            found += [f"{call.method} {call.path} as {who}: {fault}" for fault in faults_of(answer)]
            if answer.status_code == 200 and answer.mimetype == "text/html":
                shown.add(call.endpoint)
    assert not found, "\n".join(found[:40])
    opened = {c.endpoint for c in _pages(service) if c.method == "GET"} - _no_pages(world, service)
    steps = {one for one in opened if one.startswith("steps.show_")}  # those its state allows
    assert opened - shown - steps == set(), "never seen: is the address right?"
    assert not steps or steps & shown


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("page", ["9" * 1900, "48766157904739418767", "-1", "x"])
def test_no_page_number_is_too_much(world, service, page):
    """Beyond what a database can count to, and none at all."""
    asked = [call for call in _pages(service) if call.method == "GET"]
    for call in asked:
        for role in ("desk", "department", "supervisor", "partner", "admin", "auditor"):
            joint = "&" if "?" in call.path else "?"
            numbered = replace(call, path=f"{call.path}{joint}page={page}")
            answer = _ask(world, numbered, world.users[role])
            assert answer.status_code < 500, f"{numbered.path[:80]} as {role}: {answer.text[:200]}"
            if answer.status_code == 200:  # the others ask the same lists
                break


def _refused(world: World, service: str, status: int, monkeypatch: Any) -> Any:
    """An answer with this status from a page of this service."""
    app = world.apps[service]
    client = app.test_client()
    html = {"Accept": "text/html", "Accept-Language": "zh"}
    if status == 405:
        return client.delete(FRONT[service], headers=html)
    if status == 413:
        return client.post(FORM[service], data={"x": "x" * (MOST_BODY + 1)}, headers=html)
    if status == 422:
        return client.get(f"{FRONT[service]}?x=%00", headers=html)
    if status == 404:
        return client.get("/nowhere", headers=html)
    if status == 429:
        monkeypatch.setattr(limits, "LIMITS", {})
        monkeypatch.setattr(limits, "OTHERS", "1/day")
        monkeypatch.setattr(limits, "UNCOUNTED", frozenset())
        answers = [client.get("/healthz", headers=html) for _ in range(2)]
        return answers[-1]
    fault = RuntimeError("a bug") if status == 500 else Unavailable("the database is away")

    def broken(**_given: Any) -> None:
        raise fault

    broken.baitong_public = "platform.read"  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "healthz", broken)
    return client.get("/healthz", headers=html)


FRONT = {"intake": "/", "routing": "/orders", "notify": "/messages", "partners": "/partners"}
FORM = {
    "intake": "/sign-in",
    "routing": "/orders/x/accept",
    "notify": "/messages/x/resend",
    "partners": "/partners/join",
}


@pytest.mark.parametrize("status", [404, 405, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("service", SERVICES)
def test_every_refusal_keeps_to_the_policy(world, monkeypatch, service, status):
    answer = _refused(world, service, status, monkeypatch)
    assert (answer.status_code, answer.mimetype) == (status, "text/html"), answer.text[:300]
    assert faults_of(answer) == []
    assert "<h1" in answer.text


def test_styles_and_scripts_come_from_here_only():
    kept = [p for folder in ("services", "shared/web") for p in (ROOT / folder).rglob("static/*")]
    files = [p for p in kept if p.suffix in (".css", ".js")]
    assert files
    for file in files:
        text = NAMESPACES.sub("", file.read_text("utf-8"))
        assert not re.findall(r"https?://|@import|url\(\s*['\"]?//|\beval\(|new Function", text), (
            file
        )


@pytest.mark.parametrize(
    "text",
    [
        "<style>p {}</style>",
        "<script>alert(1)</script>",
        '<p style="color: red">',
        "<button onclick='x()'>",
        "<img src='//evil.example/x.png'>",
        "<img srcset='/a.png 1x, https://evil.example/x.png 2x'>",
        "<a href='javascript:alert(1)'>",
        "<form action='http://evil.example'>",
        "<base href='/'>",
        '<meta http-equiv="refresh">',
    ],
)
def test_what_the_policy_forbids_is_seen(text):
    assert Page(text).faults
