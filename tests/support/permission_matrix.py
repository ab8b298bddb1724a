"""The permission matrix: role × address × one's own or another's, asked through HTTP.

What must come out is written in GRID, a second time and independently of shared/permissions.py:
whoever changes who may do what, changes both.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from shared.permissions import ROLE_NAMES, User
from tests.support.permission_calls import A_FILE, CALLS, Call
from tests.support.permission_world import Side, World

COLUMNS = (
    "desk",
    "back_office",
    "grid",
    "manager",
    "department",
    "leader",
    "supervisor",
    "partner",
    "admin",
    "auditor",
)
SCOPES = {
    "c": "community",
    "m": "department",
    "p": "partner",
    "D": "district",
    "o": "own",
    "-": None,
}
#     desk, back office, grid, manager, department, leader, supervisor, partner, admin, auditor
GRID = """
session.own         o o o o o o o o o o
account.own         o o o o o o o o o o
account.manage      - - - - - - - - D -
clock.set           - - - - - - - - D -
retention.run       - - - - - - - - D -
audit.read          - - - - - - - - - D
audit.export        - - - - - - - - - D
audit.verify        - - - - - - - - - D
case.accept         c c c c - - - - - -
case.read           c c c c - - D - - -
case.notice         c c c c - - - - - -
case.materials      c c c c - - - - - -
case.back-office    c c c c - - - - - -
case.transfer       c c c c - - - - - -
case.resolve        c c c c - - - - - -
case.rate           c c c c - - - - - -
case.reopen         c c c c - - - - - -
case.close          c c c c - - - - - -
case.withdraw       c c c c - - - - - -
case.need           c c c c - - - - - -
case.way            c c c c - - - - - -
case.promise        c c c c - - - - - -
case.refuse         c c c c - - - - - -
case.publish        c c c c - - - - - -
case.hand-over      - - - c - - - - - -
draft.own           o o o o - - - - - -
roster.read         c c c c - - D - - -
roster.swap         c c c c - - - - - -
roster.manage       - - - c - - - - - -
slot.read           c c c c - - D - - -
slot.manage         c c - c - - - - - -
booking.manage      c c c c - - - - - -
queue.call          c c c c - - - - - -
report.make         c c c c - - - - - -
report.read         c c c c - - D - - -
report.handle       c c c c - - - - - -
report.manage       c c - c - - - - - -
care.read           c c c c - - - - - -
care.manage         c c - c - - - - - -
demand.record       c c c c - - - - - -
demand.read         c c c c - - D - - -
catalogue.propose   c c c c - - D - - -
catalogue.decide    - - - - - - D - - -
deliberation.read   c c c c - - D - - -
deliberation.manage c c c c - - - - - -
hotline.read        c c c c - - D - - -
hotline.import      - - - - - - D - - -
archive.read        c c c c - - D - - -
archive.run         c c - c - - - - - -
figures.read        c c c c - - D - - -
refusal.read        c c c c - - D - - -
file.add            c c c c - - - - - -
file.read           c c c c - - D - - -
file.remove         c c c c - - - - - -
person.reveal       c c c c m m D p - -
person.export       c c - c - - D - - -
person.correct      c c - c - - - - - -
person.erase        - - - - - - D - - -
order.list          c c c c m m D - - -
order.read          - - - - m m D - - -
order.reply         - - - - m m - - - -
order.decide        - - - - - - D - - -
order.supervise     - - - - - - D - - -
order.review        - - - - - m D - - -
reply.read          - - - - m m D - - -
follow-up.read      - - - - - - D - - -
follow-up.record    - - - - - - D - - -
follow-up.review    - - - - - - D - - -
rates.read          - - - - m m D - - -
problem.read        - - - - m m D - - -
problem.manage      - - - - - - D - - -
cluster.read        - - - - - - D - - -
channel.read        - - - - m m D - D -
channel.manage      - - - - - - - - D -
department.read     o o o o o o o o o o
department.suggest  o o o o o o o o o o
message.read        c c c c m m D - - -
message.resend      c c c c - - D - - -
template.read       c c c c m m D - D -
partner.register    - - - - - - D p D -
partner.decide      - - - - - - D - D -
partner.contact     c c c c - - D - D -
need.read           c c c c - - D p - -
need.answer         - - - - - - - p - -
need.settle         c c c c - - D - - -
need.confirm        c c c c - - D p - -
need.offer          c c c c - - D - - -
passbook.read       D D D D - - D p D -
ledger.read         - - - - - - D - D -
reward.redeem       - - - - - - - p - -
voucher.read        D D D D - - D p D -
voucher.settle      D D D D - - D p D -
"""
WRITTEN: dict[str, dict[str, str | None]] = {
    action: dict(zip(COLUMNS, (SCOPES[letter] for letter in letters), strict=True))
    for action, *letters in (line.split() for line in GRID.strip().splitlines())
}
"""action -> role -> scope, or None."""

EVERYWHERE = ("district", "own")
UNMARKED = {
    "static",
    "api-docs.openapi_json",
    "pages.static",
    "partners.static",
    "rosters_pages.static",
}
"""Routes without a permission: styles and scripts, and the API's description."""
REFUSED = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
NOBODY = "nobody"


@dataclass(frozen=True)
class Cell:
    """One question: may this person do this to what is on that side?"""

    call: Call
    who: str
    user: User | None
    side: Side
    expected: str
    """`yes`, `away` (another's), `no` (never), `nobody` (not signed in)."""

    def __str__(self) -> str:
        said = f"{self.call.service} {self.call.method} {self.call.path}"
        return f"{said} by {self.who} on {self.side.name} ({self.expected})"


def actions_of(world: World, call: Call) -> list[str]:
    """What has to be allowed: the route's own action, and that of the call."""
    view: Any = world.apps[call.service].view_functions[call.endpoint]
    marked = getattr(view, "baitong_action", None)
    return [action for action in (marked, call.action) if action]


def cells(world: World, calls: tuple[Call, ...] = CALLS) -> Iterator[Cell]:
    """Every cell of these calls."""
    for call in calls:
        sides = (world.own, world.other) if call.about else (world.own,)
        actions = actions_of(world, call)
        for side in sides:
            nobody = NOBODY if actions else "yes"
            yield Cell(call, NOBODY, None, side, nobody)
            for role in ROLE_NAMES:
                expected = _expected(role, actions, call, away=side is world.other)
                yield Cell(call, role, world.users[role], side, expected)
        for role in ROLE_NAMES:
            scopes = _scopes(role, actions)
            if any(scope not in (None, *EVERYWHERE) for scope in scopes) and None not in scopes:
                yield Cell(call, f"stray {role}", world.strays[role], world.own, "stray")


def _scopes(role: str, actions: list[str]) -> list[str | None]:
    return [WRITTEN[action][role] for action in actions]


def _expected(role: str, actions: list[str], call: Call, *, away: bool) -> str:
    scopes = _scopes(role, actions)
    if None in scopes:
        return "no"
    bound = any(scope not in EVERYWHERE for scope in scopes)
    return "away" if away and bound and call.about else "yes"


def faults(world: World, calls: tuple[Call, ...] = CALLS) -> tuple[int, list[str]]:
    """How many cells were asked, and what is wrong, in words."""
    asked, found = 0, []
    for cell in cells(world, calls):
        asked += 1
        fault = ask(world, cell)
        if fault:
            found.append(f"{cell}: {fault}")
    return asked, found


def ask(world: World, cell: Cell) -> str | None:
    """What is wrong with this cell, if anything; leaves the databases as they were."""
    answer = world.ask(cell.call.service, cell.user, _request(world, cell))
    try:
        return _JUDGES[cell.expected](world, cell, answer)
    finally:
        world.restore()


def _request(world: World, cell: Cell) -> dict[str, Any]:
    things = world.things(cell.side, cell.user)
    request = {"method": cell.call.method, "path": cell.call.path.format(**things)}
    if cell.call.json is not None:
        request["json"] = _filled(cell.call.json, things)
    if cell.call.form is not None:
        request["data"] = _filled(cell.call.form, things)
    return request


def _filled(body: Any, things: dict[str, str]) -> Any:
    if body == A_FILE:
        return io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "paper.pdf"
    if isinstance(body, str):
        return body.format(**things)
    if isinstance(body, dict):
        return {name: _filled(value, things) for name, value in body.items()}
    return [_filled(value, things) for value in body] if isinstance(body, list) else body


def _nobody(world: World, cell: Cell, answer: Any) -> str | None:
    """Not signed in: 401, or on a page the way to the sign-in page."""
    to_sign_in = answer.status_code == HTTPStatus.SEE_OTHER and answer.location.startswith(
        "/sign-in?"
    )
    page = cell.call.method == "GET" and not cell.call.path.startswith("/api/")
    if answer.status_code != HTTPStatus.UNAUTHORIZED and not (page and to_sign_in):
        return f"answered {answer.status_code} to nobody"
    return _unchanged(world)


def _no(world: World, cell: Cell, answer: Any) -> str | None:
    """Signed in, and not allowed at all; what may not even be read may be said not to be there."""
    through_the_door = _scopes(cell.who, actions_of(world, cell.call))[0] is not None
    if answer.status_code not in (REFUSED if through_the_door else REFUSED[:1]):
        return f"answered {answer.status_code} instead of 403"
    return _unchanged(world)


def _away(world: World, cell: Cell, answer: Any) -> str | None:
    """Allowed, but not to another's."""
    if cell.call.about == "search":
        refused = answer.status_code in (*REFUSED, HTTPStatus.OK)
    elif cell.call.about == "told":
        refused = answer.status_code in (*REFUSED, HTTPStatus.SEE_OTHER)
    else:
        refused = answer.status_code in REFUSED
    if not refused:
        return f"answered {answer.status_code} to another's instead of 403 or 404"
    return _unchanged(world) or _leak(answer, world.other)


def _stray(world: World, cell: Cell, answer: Any) -> str | None:
    """An account that names no place: nothing is its own."""
    if cell.call.about and cell.call.about not in ("search", "told"):
        if answer.status_code not in REFUSED:
            return f"answered {answer.status_code} to who belongs nowhere"
        return _unchanged(world)
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"answered {answer.status_code}"
    return _leak(answer, world.own) or _leak(answer, world.other)


def _yes(world: World, cell: Cell, answer: Any) -> str | None:
    """Allowed: done, or refused for another reason than who asks."""
    call, status = cell.call, answer.status_code
    good = status < HTTPStatus.BAD_REQUEST or status in (HTTPStatus.CONFLICT, *call.answers)
    if not good or (status == HTTPStatus.SEE_OTHER and answer.location.startswith("/sign-in?")):
        return f"answered {status} to one's own: {_text(answer)[:300]}"
    text = _text(answer)
    missing = [name for name in call.shows.split() if cell.side.things[name] not in text]
    if missing and status == HTTPStatus.OK:
        return f"does not show {', '.join(missing)}"
    if cell.user is None or _bound(world, cell):
        return _leak(answer, world.other if cell.side is world.own else world.own)
    return None


def _bound(world: World, cell: Cell) -> bool:
    """Whether this person sees only what is on their side."""
    placed = cell.user is not None and cell.user.role in (
        "desk",
        "back_office",
        "grid",
        "manager",
        "department",
        "partner",
    )
    scopes = _scopes(cell.who, actions_of(world, cell.call))
    return placed and "district" not in scopes


_JUDGES = {NOBODY: _nobody, "no": _no, "away": _away, "stray": _stray, "yes": _yes}


def _unchanged(world: World) -> str | None:
    changed = world.changed()
    return f"changed {', '.join(changed)}" if changed else None


def _leak(answer: Any, side: Side) -> str | None:
    if answer.status_code != HTTPStatus.OK:
        return None
    text = _text(answer)
    asked = unquote(answer.request.full_path)
    # What one asked with, one knew.
    shown = sorted(mark for mark in side.marks() if mark in text and mark not in asked)
    return f"shows {', '.join(shown)} of side {side.name}" if shown else None


def _text(answer: Any) -> str:
    if answer.is_json and answer.data:
        return json.dumps(answer.get_json(), ensure_ascii=False)
    return str(answer.get_data().decode(errors="replace"))


def unlisted(world: World, calls: tuple[Call, ...] = CALLS) -> list[str]:
    """Routes nobody asks for, and calls of routes that are gone."""
    listed = {(call.service, call.endpoint, call.method) for call in calls}
    served = set(routes(world))
    missing = [
        f"no call asks {service} {method} {name}" for service, name, method in served - listed
    ]
    gone = [f"{service} serves no {method} {name}" for service, name, method in listed - served]
    return sorted(missing + gone)


def routes(world: World) -> Iterator[tuple[str, str, str]]:
    """Service, endpoint and method of every route that carries a mark, or should."""
    for service, app in world.apps.items():
        for rule in app.url_map.iter_rules():
            if rule.endpoint not in UNMARKED:
                for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                    yield service, rule.endpoint, method


def unmarked(world: World) -> list[str]:
    """Routes that neither name their action nor say that they are open to everybody."""
    found = []
    for service, endpoint, _method in routes(world):
        view: Any = world.apps[service].view_functions[endpoint]
        if not (hasattr(view, "baitong_action") or hasattr(view, "baitong_public")):
            found.append(f"{service} {endpoint} carries neither @requires nor @public")
    return sorted(set(found))
