"""Proposals and what is decided of them: an accepted one makes a new version of the catalogue."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from services.intake.case import Actor
from services.intake.ledger import proposal_store, rules, store
from services.intake.ledger.demand import PROPOSED, Demand
from services.intake.ledger.documents import kept_of, wrong_with
from services.intake.ledger.pack import ledger_of
from services.intake.ledger.period import before, period_of
from services.intake.ledger.proposal import ADD, CHANGES, OPEN, WITHDRAW, Proposal
from services.intake.ledger.proposal_store import Version
from services.intake.ledger.store_catalogue import catalogue_in
from services.intake.models import ledger
from services.intake.reason import Conflict, Forbidden, Invalid, Reason, allow, msgid
from services.intake.rules import own_community
from shared.bus.inbox import insert_or_ignore
from shared.case_number import make
from shared.clock import local
from shared.db import Transaction
from shared.district import District

SERIES = "catalogue-proposal"
ACCEPT, REFUSE = "accept", "refuse"
MOST_EVIDENCE = 200
_CODE = re.compile(r"([A-Z])-([0-9]+)\Z")
_PREFIXES: Mapping[str, str] = {"statutory": "S", "assist": "A", "guide": "G", "extra": "X"}
_TO_COME = {"statutory": "S-00", "assist": "A-00", "guide": "G-00", "extra": "X-00"}
"""What stands for the code of a new item until it gets its own."""


@dataclass(frozen=True)
class Proposed:
    """What somebody proposes: `item` as it is to be, None to withdraw the one with `code`.

    `base` is the version that had changed the item last when they looked at it, 0 for the pack's;
    None takes it as it stands now.
    """

    change: str
    why: str
    code: str = ""
    item: Mapping[str, Any] | None = None
    evidence: tuple[str, ...] = ()
    base: int | None = None


def propose(tx: Transaction, actor: Actor, asked: Proposed) -> Proposal:
    """Propose a change; the demands that speak for it wait for what is decided.

    Raises:
        Invalid: naming each field that is wrong (A13 among them), or a demand that is not there.
        Conflict: the item changed while the proposal was written.
        Forbidden: a demand is another community's.
    """
    district = catalogue_in(tx).district
    base = proposal_store.last_changed(tx, asked.code) if asked.code else 0
    allow(_as_seen(asked, base), as_=Conflict)
    item = _item(asked, district)
    proposal = Proposal(
        number=make(ledger_of(district).proposal_prefix, local(tx.now).date(), tx.serial(SERIES)),
        version=1,
        state=OPEN,
        change=asked.change,
        code=asked.code,
        base=base,
        item=item,
        why=asked.why.strip(),
        community=actor.community or "",
        at=tx.now,
        by_username=actor.username,
        by_name=actor.name,
    )
    demands = _evidence(tx, actor, asked.evidence)
    proposal_store.add(tx, proposal, [demand.number for demand in demands])
    for demand in demands:
        if demand.may("propose"):
            number = proposal.number
            _step(tx, demand, actor, "propose", number, proposal_number=number)
    tx.about(proposal.number)
    return proposal


def decide(tx: Transaction, number: str, actor: Actor, decision: str, reason: str) -> Proposal:
    """Accept a proposal, which makes a new version, or refuse it; once, and with a reason.

    Raises:
        Invalid: no reason, or the item no longer passes the catalogue's checks.
        Conflict: it was decided before, the item changed since it was proposed, or others belong
            to the one that is to be withdrawn.
        Unknown: there is none.
    """
    allow(rules.something_said("reason", reason))
    proposal = proposal_store.load(tx, number)
    decided = proposal.decide(decision, actor, reason, tx.now)
    if decision == ACCEPT:
        decided = replace(decided, made_version=_make_version(tx, decided))
    decided = proposal_store.save(tx, proposal, decided)
    _tell_demands(tx, decided, actor)
    return decided


def reviewed(tx: Transaction, actor: Actor, note: str) -> str:
    """The post went through the last period's demands 定期梳理 (1-02); returns its name.

    Raises:
        Conflict: somebody did before.
        Forbidden: who belongs to no community.
    """
    if not actor.community:
        text = msgid("只有社区的工作人员梳理本社区的需求")
        raise Forbidden(Reason("community", text, msgid("请由社区操作")))
    kind = ledger_of(tx.district).period
    period = before(kind, period_of(kind, local(tx.now).date()))
    row = {
        "community": actor.community,
        "period": period.name,
        "at": tx.now,
        "by_username": actor.username,
        "by_name": actor.name,
        "note": note.strip(),
    }
    table = ledger.reviews
    made = insert_or_ignore(tx, table).values(row).returning(table.c.period)
    if tx.execute(made).scalar_one_or_none() is None:
        raise Conflict(Reason("period", msgid("这一期已经梳理过了"), msgid("不用再记一次")))
    tx.about(f"{actor.community}-{period.name}")
    return period.name


# -- inside ----------------------------------------------------------------------------------------


def _item(asked: Proposed, district: District) -> dict[str, Any] | None:
    """The item as it is to be, checked as the pack's own are."""
    wrong = [_change_known(asked.change), rules.something_said("why", asked.why)]
    allow(*wrong, _item_named(asked, district))
    if asked.change == WITHDRAW:
        allow(_no_children(asked.code, district))
        return None
    if asked.item is None:
        raise Invalid(Reason("item", msgid("没有写事项内容"), msgid("请填好再提交")))
    kept = dict(asked.item)
    if asked.change == ADD:
        kept["code"] = _TO_COME.get(str(kept.get("class")), "")
    else:
        same = kept_of(district.items[asked.code])
        kept |= {"code": asked.code, "class": same["class"]}
        allow(Reason("item", msgid("和现在的目录一样，没有改动"), "") if kept == same else None)
    allow(*wrong_with(kept, district))
    return kept


def _make_version(tx: Transaction, proposal: Proposal) -> int:
    now = catalogue_in(tx)
    after, code = proposal.item, proposal.code
    if proposal.change == ADD:
        allow(*wrong_with(after or {}, now.district))
        code = _next_code(tx, now.district, str((after or {})["class"]))
        after = {**(after or {}), "code": code}
    else:
        _still_fits(tx, proposal, now.district)
    known = now.district.items.get(code)
    version = Version(
        number=int(now.version) + 1,
        change=proposal.change,
        code=code,
        before=kept_of(known) if known else None,
        after=after,
        at=tx.now,
        by_username=proposal.decided_by,
        by_name=proposal.decided_name,
        reason=proposal.reason,
        proposal_number=proposal.number,
    )
    proposal_store.add_version(tx, version)
    return version.number


def _still_fits(tx: Transaction, proposal: Proposal, district: District) -> None:
    """The catalogue may have changed since it was proposed.

    Raises:
        Conflict: the item did, or another came to belong to the one that is to be withdrawn.
        Invalid: the item no longer passes the catalogue's checks.
    """
    allow(_as_proposed(tx, proposal), as_=Conflict)
    if proposal.item is None:
        allow(_no_children(proposal.code, district), as_=Conflict)
    else:
        allow(*wrong_with(proposal.item, district))


def _next_code(tx: Transaction, district: District, item_class: str) -> str:
    """A code nobody ever had: also not one that was withdrawn."""
    letter = _PREFIXES[item_class]
    known = {*district.items, *tx.district.items, *proposal_store.codes_given(tx)}
    found = [_CODE.match(code) for code in known]
    last = max((int(one[2]) for one in found if one and one[1] == letter), default=0)
    return f"{letter}-{last + 1:02d}"


def _tell_demands(tx: Transaction, decided: Proposal, actor: Actor) -> None:
    action = "adopt" if decided.made_version else "turn-down"
    for demand in proposal_store.evidence_of(tx, decided.number):
        if demand.state == PROPOSED and demand.proposal_number == decided.number:
            _step(tx, demand, actor, action, decided.reason)


def _step(
    tx: Transaction, demand: Demand, actor: Actor, action: str, note: str, **changes: Any
) -> None:
    saved = store.save(tx, demand, demand.step(action, **changes))
    store.tell(tx, saved, actor.name, action, note)


def _evidence(tx: Transaction, actor: Actor, numbers: Sequence[str]) -> list[Demand]:
    wanted = list(dict.fromkeys(numbers))
    allow(_few(wanted))
    table = ledger.demands
    rows = tx.execute(sa.select(table).where(table.c.number.in_(wanted))).mappings()
    found = {row["number"]: store.demand_of(row) for row in rows}
    missing = [number for number in wanted if number not in found]
    if missing:
        text = msgid("台账里没有“%(number)s”")
        raise Invalid(Reason("evidence", text, msgid("请核对编号"), {"number": missing[0]}))
    for demand in found.values():
        allow(own_community(actor, demand.community), as_=Forbidden)
    return [found[number] for number in wanted]


def _change_known(change: str) -> Reason | None:
    if change in CHANGES:
        return None
    return Reason("change", msgid("没有这种建议"), msgid("请选新增、调整或取消"))


def _item_named(asked: Proposed, district: District) -> Reason | None:
    if asked.change == ADD or asked.code in district.items:
        return None
    return Reason("code", msgid("没有这个事项"), msgid("请从事项目录里选"))


def _no_children(code: str, district: District) -> Reason | None:
    """Guides that belong to a duty would belong to nothing."""
    below = [item.name for item in district.items.values() if item.parent == code]
    if not below:
        return None
    text = msgid("还有事项归在它下面：%(names)s")
    return Reason("code", text, msgid("请先调整那些事项"), {"names": "、".join(below[:5])})


def _as_seen(asked: Proposed, base: int) -> Reason | None:
    """The whole item is laid over the one that holds: what changed meanwhile would be lost."""
    if asked.base is None or asked.base == base:
        return None
    return Reason(
        "base",
        msgid("填表期间，这个事项又调整过"),
        msgid("请另开一页看现在的内容，按新的内容重新提"),
    )


def _as_proposed(tx: Transaction, proposal: Proposal) -> Reason | None:
    if proposal_store.last_changed(tx, proposal.code) == proposal.base:
        return None
    return Reason(
        "base",
        msgid("提出建议以后，这个事项又调整过"),
        msgid("请不采纳这一条，按现在的内容另提建议"),
    )


def _few(numbers: Sequence[str]) -> Reason | None:
    if len(numbers) <= MOST_EVIDENCE:
        return None
    return Reason("evidence", msgid("附的诉求太多了"), msgid("请只选最能说明问题的"))
