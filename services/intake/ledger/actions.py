"""What API and pages do alike: who sees what, and what was said becomes commands."""

import hashlib
from collections.abc import Mapping
from typing import Any

from services.intake.case import Actor
from services.intake.ledger import (
    handlers,
    proposal_handlers,
    proposal_store,
    queries,
    store_catalogue,
)
from services.intake.ledger.demand import Demand, Heard
from services.intake.ledger.documents import kept_of
from services.intake.ledger.handlers import Recorded, Wish
from services.intake.ledger.item_form import kept_of_form
from services.intake.ledger.proposal import ADD, WITHDRAW, Proposal
from services.intake.ledger.proposal_handlers import Proposed
from services.intake.ledger.queries import Entry, Found, Wanted
from services.intake.reason import Forbidden, allow
from services.intake.rules import own_community
from shared.district import NotIssued
from shared.runtime import Runtime
from shared.web.problem import plain

Said = Mapping[str, Any]
MOST_PROPOSALS = 100
MOST_VERSIONS = 200


def wanted(actor: Actor, said: Said) -> Wanted:
    """Which entries this officer may see of those that are asked for."""
    community = actor.community if actor.community is not None else said["community"] or None
    narrowed = {name: said[name] for name in ("theme", "state", "channel", "month")}
    return Wanted(community, **narrowed, before=queries.read_place(said["before"]))


def search(runtime: Runtime, asked: Wanted, most: int) -> Found:
    """A page of the ledger."""
    with runtime.database.read() as connection:
        return queries.search(connection, asked, most)


def entry(runtime: Runtime, number: str, actor: Actor) -> Entry:
    """One entry this officer may see.

    Raises:
        Problem: 404.
        Forbidden: it is another community's.
    """
    with runtime.database.read() as connection:
        found = queries.entry(connection, number)
    if found is None:
        raise plain(404)
    allow(own_community(actor, found.demand.community), as_=Forbidden)
    return found


def record(runtime: Runtime, actor: Actor, said: Said) -> Recorded:
    """Write a demand down, once.

    Raises:
        Rejected: as `handlers.record`.
    """
    given = {name: value for name, value in said.items() if name not in ("id", "tags")}
    heard = Heard(
        actor=actor,
        community=actor.community or "",
        tags=tuple(said["tags"]),
        client_id=_key(actor, said["id"]),
        **given,
    )
    return runtime.database.run(lambda tx: handlers.record(tx, heard))


def _key(actor: Actor, given: str) -> str:
    """The form's key as it is kept: two officers' forms never share one."""
    named = f"{actor.username}:{given}".encode()
    return hashlib.blake2s(named, digest_size=16).hexdigest() if given else ""


def act(runtime: Runtime, number: str, action: str, actor: Actor, said: Said) -> Demand:
    """Do something about a demand.

    Raises:
        Problem: 404 for an act that is not there.
        Rejected: as the handler.
    """
    if action == "to-case":
        wish = Wish(**said)
        return runtime.database.run(lambda tx: handlers.to_case(tx, number, actor, wish)[0])
    if action == "link":
        report = said["report"]
        return runtime.database.run(lambda tx: handlers.link_report(tx, number, actor, report))
    work = handlers.ACTS.get(action)
    if work is None:
        raise plain(404)
    return runtime.database.run(lambda tx: work(tx, number, actor, said["note"]))


def certificate_in(runtime: Runtime, found: Entry, actor: Actor, said: Said) -> NotIssued | None:
    """The certificate that a case of this would be refused as, for asking first.

    Raises:
        Rejected: as `handlers.certificate_in`.
    """
    district = store_catalogue.district_now(runtime)
    return handlers.certificate_in(district, found.demand, actor, Wish(**said))


def propose(runtime: Runtime, actor: Actor, said: Said) -> Proposal:
    """Propose a change of the catalogue; `item` as the form holds it.

    Raises:
        Rejected: as `proposal_handlers.propose`.
    """
    known = store_catalogue.items_now(runtime).get(said["code"])
    base = kept_of(known) if known and said["change"] != ADD else None
    filled = said.get("item")
    item = kept_of_form(filled, base) if filled and said["change"] != WITHDRAW else None
    code, seen = ("", None) if said["change"] == ADD else (said["code"], said["base"])
    asked = Proposed(said["change"], said["why"], code, item, tuple(said["evidence"]), seen)
    return runtime.database.run(lambda tx: proposal_handlers.propose(tx, actor, asked))


def decide(runtime: Runtime, number: str, actor: Actor, said: Said) -> Proposal:
    """Decide of a proposal, once.

    Raises:
        Rejected: as `proposal_handlers.decide`.
    """
    decision, reason = said["decision"], said["reason"]
    return runtime.database.run(
        lambda tx: proposal_handlers.decide(tx, number, actor, decision, reason)
    )


def last_changed(runtime: Runtime, code: str) -> int:
    """The version that changed this item last; 0 for an item as the pack has it."""
    with runtime.database.read() as connection:
        return proposal_store.last_changed(connection, code)


def proposals(runtime: Runtime, state: str) -> list[tuple[Proposal, int]]:
    """Proposals with how many demands speak for each, the newest first."""
    with runtime.database.read() as connection:
        found = proposal_store.search(connection, state, MOST_PROPOSALS)
        counted = proposal_store.counted(connection, [one.number for one in found])
    return [(one, counted.get(one.number, 0)) for one in found]


def proposal(runtime: Runtime, number: str) -> tuple[Proposal, list[Demand]]:
    """One proposal with its evidence.

    Raises:
        Unknown: there is none.
    """
    with runtime.database.read() as connection:
        found = proposal_store.get(connection, number)
        return found, proposal_store.evidence_of(connection, number)


def versions(runtime: Runtime, code: str = "") -> list[proposal_store.Version]:
    """The versions of one item, or all, the newest first."""
    with runtime.database.read() as connection:
        return proposal_store.versions(connection, MOST_VERSIONS, code)
