"""A community's own work as it stands at the present: rota, times, care, grids, ledger, talks.

What is told is in `neighbourhood.yml`. It is told once, after the month, at the desk's community.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import yaml

from shared.clock import local, now
from tools.client import Baitong, Person, Refused
from tools.demo import people

INTAKE = "/api/intake"
BOOKED = 6
Said = dict[str, Any]


def told() -> dict[str, list[Said]]:
    """What `neighbourhood.yml` says, by what it is about."""
    file = Path(__file__).with_suffix(".yml")
    found: dict[str, list[Said]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def tell(baitong: Baitong, signed_in: Mapping[str, Person], dice: Random) -> Iterator[Refused]:
    """Tell all of it that the accounts here may; what is refused comes back and stops no other.

    Raises:
        KeyError: the desk, or the supervisor, has no account.
    """
    desk, listed = signed_in["desk"], told()
    parts: list[Callable[[], None]] = [
        lambda: _booked(baitong, desk, dice),
        lambda: _heard(desk, listed["demands"], dice),
        lambda: _talked_over(desk, listed["deliberations"]),
        lambda: _called(signed_in["supervisor"], desk, listed["hotline"], dice),
        lambda: _proposed(desk, listed["proposals"]),
    ]
    if "manager" in signed_in:
        parts.insert(0, lambda: _planned(signed_in["manager"]))
    if "grid" in signed_in:
        parts.append(lambda: _looked_after(desk, signed_in["grid"], listed, dice))
    for part in parts:
        try:
            part()
        except Refused as refused:
            yield refused


def _planned(manager: Person) -> None:
    """The post is manned for the coming weeks; what has ended goes into the archive."""
    manager.post(f"{INTAKE}/rosters/plan", {})
    manager.post(f"{INTAKE}/archive/end-day", {"community": manager.user["community"]})


def _booked(baitong: Baitong, desk: Person, dice: Random) -> None:
    """Some of the coming days' times are taken, by residents themselves."""
    anyone = baitong.anyone()
    community, items = desk.user["community"], desk.get(f"{INTAKE}/items")["items"]
    free = anyone.get(f"{INTAKE}/open-slots", community=community, days=7)["items"]
    at_desk = [one for one in free if one["kind"] == "desk"]
    for slot in dice.sample(at_desk, min(BOOKED, len(at_desk))):
        wish = people.applicant(dice) | {"slot": slot["id"], "item": dice.choice(items)["code"]}
        anyone.post(f"{INTAKE}/appointments", wish)


def _looked_after(
    desk: Person, grid: Person, listed: Mapping[str, list[Said]], dice: Random
) -> None:
    """The care list, what grid workers found, and a notice to put something right."""
    for one in listed["cared_for"]:
        cared = people.applicant(dice) | one | {"worker": grid.user["username"]}
        desk.post(f"{INTAKE}/care", cared)
    for one in listed["reports"]:
        seen = _without(one, "then")
        key = str(UUID(int=dice.getrandbits(128), version=4))
        made = grid.post(f"{INTAKE}/reports", {"kind": "hazard", "id": key} | seen)
        for step in one.get("then", ()):
            desk.post(f"{INTAKE}/reports/{made['number']}/{step['verb']}", _without(step, "verb"))
    for one in listed["notices"]:
        desk.post(f"{INTAKE}/rectifications", one)


def _heard(desk: Person, demands: list[Said], dice: Random) -> None:
    for one in demands:
        number = desk.post(f"{INTAKE}/demands", _without(one, "to_case"))["number"]
        if kind := one.get("to_case"):
            case = people.applicant(dice) | {"kind": kind, "title": one["words"]}
            desk.post(f"{INTAKE}/demands/{number}/to-case", case)


def _talked_over(desk: Person, matters: list[Said]) -> None:
    path, today = f"{INTAKE}/deliberations", local(now())
    for one in matters:
        number = desk.post(path, _without(one, "steps"))["number"]
        for step in one["steps"]:
            said = _without(step, "verb", "in_days")
            if step["verb"] == "meet":
                said["at"] = f"{today - timedelta(days=2):%Y-%m-%dT19:00}"
            if days := step.get("in_days"):
                said["due"] = f"{today + timedelta(days=days):%Y-%m-%d}"
            desk.post(f"{path}/{number}/{step['verb']}", said)


def _called(supervisor: Person, desk: Person, orders: list[Said], dice: Random) -> None:
    """Orders of the 12345 hotline, as its platform sends them."""
    day = f"{local(now()):%y%m%d}"
    sent = [
        people.applicant(dice)
        | {"number": f"YS{day}{n:03d}", "community": desk.user["community"]}
        | one
        for n, one in enumerate(orders, start=1)
    ]
    supervisor.post(f"{INTAKE}/hotline/orders", {"orders": sent})


def _proposed(desk: Person, proposals: list[Said]) -> None:
    """What the ledger's review would have the catalogue change; about the last item."""
    last = desk.get(f"{INTAKE}/items")["items"][-1]["code"]
    for one in proposals:
        desk.post(f"{INTAKE}/catalogue/proposals", {"code": last} | one)


def _without(said: Said, *names: str) -> Said:
    return {name: value for name, value in said.items() if name not in names}
