"""One story that puts people into every free text, by API and page, as every role, well and badly.

What each request was answered is kept (`Teller.answers`) to be searched, without what the same
request brought along: a form shows again what was typed into it.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import requests

from shared.permissions import User
from shared.track_link import track_token
from shared.web.auth import COOKIE, issue_token
from tests.support.leak_chapters import dispute, pause_and_visit, problem, webhook
from tests.support.leak_chapters_intake import (
    appointment,
    demand,
    hotline_and_open311,
    on_the_spot,
)
from tests.support.leaks import APPLICANT, ID, LANDLINE, PHONE, THIRD, People, writings
from tests.support.permission_calls import CALLS
from tests.support.waiting import wait_until
from tools.client import Baitong

Json = dict[str, Any]
COMMUNITY = "340603002001"
PARTNER = "sgcc-huaibei"
WHO = {
    "desk": User("desk", "周敏", "desk", community=COMMUNITY),
    "back_office": User("backoffice", "李国强", "back_office", community=COMMUNITY),
    "grid": User("grid", "王小燕", "grid", community=COMMUNITY, grids=(f"{COMMUNITY}001",)),
    "department": User("dept-ga", "赵警官", "department", department="ga"),
    "leader": User("leader-ga", "周局长", "leader", department="ga"),
    "supervisor": User("supervisor", "高明", "supervisor"),
    "partner": User("partner", "国网", "partner", partner=PARTNER),
    "admin": User("admin", "高敏", "admin"),
    "auditor": User("auditor", "申计", "auditor"),
}
"""role -> somebody of it. Tokens are signed here: signing in is told by itself."""
OUTSIDER = User("desk-guiyuan", "孙丽华", "desk", community="340603009001")
ELSEWHERE = {
    code: User(f"dept-{code}", "钱科长", "department", department=code) for code in ("cg", "zj")
}
"""Departments that assist, or to which an order goes on."""
RESIDENT = "resident"


class Teller:
    """Asks as everybody, and keeps what was answered."""

    def __init__(self, baitong: Baitong, people: People, secret: str) -> None:
        self.baitong = baitong
        self.people = people
        self.secret = secret
        self.answers: list[tuple[str, bytes]] = []
        self.faults: list[str] = []
        self.things: dict[str, str] = {"community": COMMUNITY, "partner": PARTNER}
        known = WHO | ELSEWHERE
        self._sessions = {who: self._session(user) for who, user in known.items()}
        self._sessions["outsider"] = self._session(OUTSIDER)
        self._sessions[RESIDENT] = self._session(None)

    # -- asking ------------------------------------------------------------------------------------

    def api(self, who: str, path: str, body: Any = None, **more: Any) -> Json:
        """A request that must succeed; its JSON."""
        method = more.pop("method", "POST" if body is not None else "GET")
        answer = self.ask(who, method, path, json=body, **more)
        if not answer.ok:
            raise AssertionError(f"{who} {method} {path}: {answer.status_code} {answer.text[:600]}")
        told: Json = answer.json()
        return told

    def form(self, who: str, page: str, action: str, fields: Mapping[str, Any], **more: Any) -> str:
        """A form of ``page`` that must be taken, with its CSRF token; where it leads to."""
        shown = self.ask(who, "GET", page)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', shown.text)
        if token is None:
            raise AssertionError(f"{who} {page}: no form, {shown.status_code} {shown.text[:300]}")
        data = {**fields, "csrf_token": token.group(1)}
        taken = more.pop("taken", (302, 303))
        answer = self.ask(who, "POST", action, data=data, allow_redirects=False, **more)
        if answer.status_code not in taken:
            said = re.findall(r'class="[^"]*error[^"]*"[^>]*>[^<]*<?[^<]*', answer.text)[:5]
            raise AssertionError(f"{who} POST {action}: {answer.status_code} {said}")
        return answer.headers.get("Location", "")

    def ask(self, who: str, method: str, path: str, **request: Any) -> requests.Response:
        """Any request. 5xx are faults, unless they are wanted."""
        place = request.pop("place", f"{who} {method} {_pattern(path, self.things)}")
        broken = request.pop("broken", False)
        session = self._sessions[who]
        is_page = not path.startswith("/api/")
        headers = {"Accept": "text/html" if is_page else "application/json"}
        if is_page:
            headers["Authorization"] = ""
            headers["Referer"] = self.baitong.address(quote(path, safe="/?=&"))
        headers |= request.pop("headers", {})
        answer = session.request(
            method, self.baitong.address(path), headers=headers, timeout=60, **request
        )
        if answer.status_code >= 500 and not broken:
            self.faults.append(f"{place}: {answer.status_code} {answer.text[:300]}")
        self._keep(place, answer, request, path)
        return answer

    def _keep(self, place: str, answer: requests.Response, request: Json, path: str) -> None:
        asked = [path, *(request.get(name) for name in ("json", "data", "params"))]
        brought = json.dumps(asked, ensure_ascii=False, default=lambda raw: raw.decode())
        brought += str(request.get("files"))
        said = "\n".join(f"{k}: {v}" for k, v in answer.headers.items()).encode()
        data = said + b"\n" + answer.content
        for planted in self.people.by_field.values():
            for piece in planted.pieces.values():
                if piece in brought:
                    for writing in writings(piece):
                        data = data.replace(writing, b"(typed)")
        self.answers.append((f"{place} {answer.status_code}", data))

    def _session(self, user: User | None) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        if user is not None:
            token = issue_token(user, self.secret)
            session.headers["Authorization"] = f"Bearer {token}"
            session.cookies.set(COOKIE, token)
        return session

    def says(self, field: str, about: str = "case") -> str:
        """The people of a field as a text, in which the applicant of its case is named too."""
        return self.people.of(field).told_by(self.people.of(f"{about}.applicant")[APPLICANT])


def _pattern(path: str, things: Mapping[str, str]) -> str:
    """The address with names for the things in it, so that allowances can name it."""
    shown = path.partition("?")[0]
    for name, value in sorted(things.items(), key=lambda one: -len(one[1])):
        if len(value) > 6:
            shown = shown.replace(value, f"<{name}>")
    return shown[:100]


# -- the story -------------------------------------------------------------------------------------


def tell(t: Teller) -> None:
    """Everything, in order; ends when the district is quiet."""
    for chapter in CHAPTERS:
        chapter(t)


def accept_cases(t: Teller) -> None:
    """Cases by API and page, with everything that can be said."""
    for name, more in {
        "case": {"kind": "complaint", "urgency": "urgent"},
        "second": {"kind": "complaint"},
        "third": {"kind": "help"},
        "fourth": {"kind": "application", "item": "G-01"},
    }.items():
        t.things[name] = t.api("desk", "/api/intake/cases", matter(t, name) | more)["number"]
    whose = t.people.of("page.applicant")
    where = t.form(
        "desk",
        "/desk/new?kind=complaint",
        "/desk/new",
        {
            "kind": "complaint",
            "name": whose[APPLICANT],
            "applicant.phone": whose[LANDLINE],
            "applicant.id_no": whose[ID],
            "title": title(t, "page.applicant"),
            "description": t.says("page.description", "page"),
            "location": t.says("page.location", "page"),
        },
    )
    t.things["fifth"] = where.split("/")[2]


def matter(t: Teller, name: str) -> Json:
    """A case in the words of people of its own."""
    whose = t.people.of(f"{name}.applicant")
    return {
        "community": COMMUNITY,
        "title": title(t, f"{name}.applicant"),
        "description": t.says(f"{name}.description", name),
        "location": t.says(f"{name}.location", name),
        "not_a_certificate": t.says(f"{name}.not_a_certificate", name),
        "applicant": {"name": whose[APPLICANT], "phone": whose[PHONE], "id_no": whose[ID]},
    }


def title(t: Teller, field: str) -> str:
    """One line that names whoever brings it: the only people a title can be cleared of."""
    whose = t.people.of(field)
    return f"{whose[APPLICANT]}（{whose[PHONE]}、{whose[LANDLINE]}、{whose[ID]}）说噪声扰民"


def refuse_a_certificate(t: Teller) -> None:
    """A written refusal, and its paper."""
    asked = matter(t, "refusal") | {"kind": "application", "title": "开具无犯罪记录证明"}
    asked |= {"description": "无犯罪记录证明：" + t.says("refusal.description", "refusal")}
    del asked["not_a_certificate"]
    answer = t.ask("desk", "POST", "/api/intake/cases", json=asked)
    number = re.search(r"XS-[0-9A-Z-]*", answer.text)
    t.things["refusal"] = number.group() if number else ""


def give_notice(t: Teller) -> None:
    """What is missing, in the officer's words; and it comes."""
    number, more = t.things["fourth"], f"证件：{t.says('notice.missing', 'fourth')}"
    t.api("desk", f"/api/intake/cases/{number}/notice", {"missing": [more]})
    received = {"received": [more]}
    t.api("desk", f"/api/intake/cases/{number}/materials", received)
    number = t.things["third"]
    t.api(
        "desk",
        f"/api/intake/cases/{number}/back-office",
        {"note": t.says("backoffice.note", "third")},
    )
    t.form(
        "desk",
        f"/desk/{t.things['fifth']}/back-office",
        f"/desk/{t.things['fifth']}/back-office",
        {"note": t.says("page.backoffice.note", "page")},
    )


def work_order(t: Teller) -> None:
    """To a department and back, with every word a department and a supervisor can say."""
    case = t.things["case"]
    act = f"/api/intake/cases/{case}/transfer"
    t.api("desk", act, {"department": "ga", "reason": t.says("transfer.reason")})
    order = t.things["order"] = _order_of(t, case)
    at = f"/api/routing/orders/{order}"

    def say(who: str, verb: str, **body: Any) -> None:
        t.api(who, f"{at}/{verb}", {k: t.says(v) if "." in v else v for k, v in body.items()})

    say("department", "signed", note="signed.note", officer="韩警官")
    say("department", "contacted", note="contacted.note")
    say("department", "progressed", note="progressed.note")
    asked = {"reason": "extension.reason", "approved_by": "周局长"}
    say("department", "extension_requested", **asked)
    say("supervisor", "refuse-extension", note="refuse-extension.note")
    say("supervisor", "press", note="press.note")
    pause_and_visit(t)
    say("department", "completed", result="completed.first")
    say("supervisor", "send-back", reason="send-back.reason")
    t.form(
        "department",
        f"/orders/{order}",
        f"/orders/{order}/progressed",
        {"note": t.says("page.progressed")},
    )
    say("department", "completed", result="completed.result")
    say("supervisor", "approve")
    _until(t, case, "resolved")


def asked_afterwards(t: Teller) -> None:
    """The resident is asked about the reply; then somebody wants it left out of the figures."""
    open_ones = f"/api/routing/follow-ups?order={t.things['order']}&state=open"
    [one] = t.api("supervisor", open_ones)["items"]
    number = t.things["follow_up"] = one["number"]
    page = f"/supervise/follow-ups/{number}"
    said = {"channel": "call", "contacted": "true", "solved": "true", "grade": "4"}
    t.form("supervisor", page, f"{page}/record", said | {"words": t.says("follow-up.words")})
    asked = {"reason": "unrelated", "note": t.says("exclude.note")}
    t.api("supervisor", f"/api/routing/follow-ups/{number}/exclude", asked)


def sent_back_order(t: Teller) -> None:
    """A department that says it is not its remit, and a supervisor who disagrees, then agrees."""
    case = t.things["second"]
    act = f"/api/intake/cases/{case}/transfer"
    t.api("desk", act, {"department": "ga", "reason": t.says("transfer2.reason", "second")})
    order = t.things["order2"] = _order_of(t, case)
    at = f"/api/routing/orders/{order}"
    for field in ("return.first", "return.second"):
        asked = {
            "reason": t.says(field, "second"),
            "legal_ground": t.says(f"{field}.ground", "second"),
        }
        t.api("department", f"{at}/return_requested", asked)
        if field == "return.first":
            t.api(
                "supervisor",
                f"{at}/refuse-return",
                {"note": t.says("refuse-return.note", "second")},
            )
    agreed = {"department": "cg", "note": t.says("grant-return.note", "second")}
    t.api("supervisor", f"{at}/grant-return", agreed)


def residents_word(t: Teller) -> None:
    """The resident's page: a grade with words, a file, and not solved after all."""
    case = t.things["case"]
    token = t.things["token"] = track_token(case, t.secret)
    own, whose = f"/track/{token}", t.people.of("case.applicant")
    t.form(RESIDENT, "/track", "/track", {"number": case, "phone": whose[PHONE]})
    wrong = {"number": case, "phone": t.people.of("track.phone")[PHONE]}
    t.form(RESIDENT, "/track", "/track", wrong, taken=(422,))
    t.form(
        RESIDENT,
        own,
        f"{own}/rate",
        {"grade": "1", "comment": t.says("rating.comment")},
    )
    t.form(
        RESIDENT, own, f"{own}/reopen", {"reason": t.says("track.reopen")}, taken=(303, 422, 409)
    )
    for who, path in (("desk", f"/api/intake/cases/{case}/files"), (RESIDENT, f"{own}/files")):
        file = {"file": (f"{t.says(f'{who}.filename')}.png", picture(t), "image/png")}
        if who == RESIDENT:
            t.form(who, own, path, {}, files=file, taken=(303, 422))
        else:
            answer = t.ask(who, "POST", path, files=file)
            t.things["file"] = answer.json().get("id", "")


def picture(t: Teller) -> bytes:
    """A photograph whose EXIF and comments tell on people."""
    from io import BytesIO  # noqa: PLC0415

    from PIL import Image, PngImagePlugin  # noqa: PLC0415

    image, about, out = Image.new("RGB", (40, 30), "red"), PngImagePlugin.PngInfo(), BytesIO()
    about.add_text("Comment", t.says("photo.comment").encode().hex())
    about.add_itxt("Description", t.says("photo.comment"))
    exif = Image.Exif()
    exif[0x010E] = t.says("photo.exif")
    image.save(out, "PNG", pnginfo=about, exif=exif)
    return out.getvalue()


def needs(t: Teller) -> None:
    """A partner takes a need, is sent back, does it; another declines."""
    case = t.things["third"]
    for wish in ("first", "second"):
        said = {
            "wish": t.says(f"need.{wish}.wish", "third"),
            "location": t.says(f"need.{wish}.location", "third"),
        }
        t.api("desk", f"/api/intake/cases/{case}/need", {"category": "repair", **said})
    numbers = wait_until(lambda: _needs_of(t, case, 2), what="two needs")
    first, second = t.things["need"], t.things["need2"] = numbers
    for number in numbers:
        offer = {"partners": [PARTNER]}
        t.api("desk", f"/api/partners/needs/{number}/offer", offer)

    def say(who: str, number: str, verb: str, field: str = "") -> None:
        body = {"note": t.says(field, "third")} if field else {}
        t.api(who, f"/api/partners/needs/{number}/{verb}", body)

    say("partner", second, "decline", "decline.note")
    say("partner", first, "accept")
    say("partner", first, "fulfil", "fulfil.first")
    say("desk", first, "send-back", "need.send-back")
    at = f"/partners/needs/{first}"
    t.form("partner", at, f"{at}/fulfil", {"note": t.says("page.fulfil", "third")})
    t.form("desk", at, f"{at}/confirm", {"note": t.says("page.confirm", "third")})
    application = {
        "code": "kuaixiu-leak",
        "name": "快修社",
        "kind": "community",
        "contact": t.people.of("partner.contact")[APPLICANT],
        "phone": t.people.of("partner.contact")[PHONE],
        "communities": [COMMUNITY],
        "offerings": [{"list": "service", "category": "repair", "name": "开锁换锁"}],
    }
    t.api("supervisor", "/api/partners/partners", application)


def ends(t: Teller) -> None:
    """Results by the community, withdrawals and reopenings, each with its words."""
    third, fifth = t.things["third"], t.things["fifth"]
    at = f"/api/intake/cases/{third}"
    t.api("desk", f"{at}/resolve", {"result": t.says("resolve.result", "third")})
    t.api("desk", f"{at}/reopen", {"reason": t.says("reopen.reason", "third")})
    t.api("desk", f"{at}/resolve", {"result": t.says("resolve.second", "third")})
    t.api("desk", f"{at}/rate", {"grade": 5, "comment": t.says("rate.comment", "third")})
    reason = {"reason": t.says("page.withdraw", "page")}
    t.form("desk", f"/desk/{fifth}/withdraw", f"/desk/{fifth}/withdraw", reason)


def typed_in_the_wrong_place(t: Teller) -> None:
    """People as user names, passwords, search words, addresses, keys of JSON and broken bodies."""
    for field in ("sign-in.name", "sign-in.number"):
        whose = t.people.of(field)
        for word in (whose[THIRD], whose[PHONE], whose[ID]):
            given = {"username": word, "password": whose[APPLICANT]}
            t.ask(RESIDENT, "POST", "/api/intake/session", json=given)
            t.form(RESIDENT, "/sign-in", "/sign-in", given, taken=(422, 401, 429))
        known = {"username": "desk", "password": whose.told_by()[:60]}
        t.ask(RESIDENT, "POST", "/api/intake/session", json=known)
    lost = t.people.of("address")
    for word in (lost[THIRD], lost[PHONE], lost[ID]):
        for path in ("/desk/", "/api/intake/cases/", "/api/routing/orders/", "/orders/", "/track/"):
            for who in ("desk", "supervisor"):
                t.ask(who, "GET", f"{path}{word}", place=f"{who} GET {path}<typed>")
        asked = ("/desk/rows", "/api/intake/cases", "/orders", "/guides", "/desk/new/find")
        for path in asked:
            t.ask("desk", "GET", path, params={"q": word, "title": word, "case": word})
    t.api("desk", "/api/routing/suggest", {"text": t.says("suggest.text")})
    preview = {"params": {"applicant": t.says("preview.value")}}
    t.ask("desk", "POST", "/api/notify/templates/receipt/preview", json=preview)
    broken_bodies(t)


def broken_bodies(t: Teller) -> None:
    """Every address that takes JSON gets some that is no JSON, or not what it wants."""
    said = t.says("malformed")
    wrong = ({"nobody": said}, {said: said}, [said], said, {"note": [said], "reason": {said: 1}})
    for call in CALLS:
        if call.method != "POST" or not call.path.startswith("/api/"):
            continue
        path = call.path.format_map(_Missing(t.things))
        for who in ("desk", "supervisor", "partner"):
            cut = f'{{"description": "{said}'.encode()
            t.ask(who, "POST", path, data=cut, headers={"Content-Type": "application/json"})
        for body in wrong:
            t.ask("supervisor" if "routing" in path else "desk", "POST", path, json=body)


def look(t: Teller) -> None:
    """Everybody asks for every address there is, and nobody gives a reason."""
    t.things |= {"title": "title", "phone": "13900000000", "clerk": "desk", "link": "x"}
    t.things.setdefault("voucher", "V-1")
    gets = [c for c in CALLS if c.method == "GET"]
    for who in (*WHO, "outsider", RESIDENT):
        for call in gets:
            path = call.path.format_map(_Missing(t.things))
            t.ask(who, "GET", path, place=f"look {who} {call.endpoint} {call.path[:60]}")


def reveal(t: Teller) -> None:
    """The whole, for a reason; and the copy a resident may ask for."""
    asked = (
        ("desk", f"/api/intake/cases/{t.things['case']}/reveal"),
        ("department", f"/api/routing/orders/{t.things['order']}/reveal"),
        ("desk", f"/api/notify/messages/{t.things['message']}/reveal"),
        ("partner", f"/api/partners/needs/{t.things['need']}/reveal"),
    )
    for n, (who, path) in enumerate(asked):
        reason = {"reason": t.says(f"reveal{n}.reason")}
        t.ask(who, "POST", path, json=reason, place=f"reveal {who} {path[:20]}")
    whose = t.people.of("case.applicant")
    for service in ("intake", "routing", "notify", "partners"):
        asked = {"phone": whose[PHONE], "reason": t.says("export.reason")}
        path = f"/api/{service}/person"
        t.ask("desk", "POST", path, json=asked, place=f"export desk {path}")


def quiet(t: Teller) -> None:
    """Until what was said has been heard: messages of the last chapter are there."""

    def told() -> bool:
        items = t.api("supervisor", f"/api/notify/messages?case={t.things['third']}")["items"]
        return {"closed", "result"} & {one["template"] for one in items} != set() or len(items) > 2

    wait_until(told, what="the last messages")
    t.things["message"] = t.api("supervisor", "/api/notify/messages")["items"][0]["id"]


CHAPTERS: tuple[Callable[[Teller], None], ...] = (
    accept_cases,
    refuse_a_certificate,
    give_notice,
    work_order,
    asked_afterwards,
    sent_back_order,
    dispute,
    problem,
    webhook,
    residents_word,
    needs,
    ends,
    appointment,
    on_the_spot,
    demand,
    hotline_and_open311,
    typed_in_the_wrong_place,
    quiet,
    look,
    reveal,
)


class _Missing(dict[str, str]):
    """What the story has no such thing of."""

    def __missing__(self, name: str) -> str:
        return f"no-{name}"


def _order_of(t: Teller, case: str) -> str:
    def read() -> str:
        found = t.api("supervisor", f"/api/routing/orders?case={case}")["items"]
        return str(found[0]["number"]) if found else ""

    return str(wait_until(read, what=f"an order of {case}"))


def _needs_of(t: Teller, case: str, count: int) -> list[str]:
    found = t.api("desk", f"/api/partners/needs?case={case}")["items"]
    return sorted(one["number"] for one in found) if len(found) >= count else []


def _until(t: Teller, case: str, state: str) -> None:
    def read() -> bool:
        return bool(t.api("desk", f"/api/intake/cases/{case}")["state"] == state)

    wait_until(read, what=f"{case} is {state}")
