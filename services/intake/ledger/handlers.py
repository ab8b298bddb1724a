"""What happens to demands: one function each; load, ask the domain, save, tell."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from services.intake import acceptance
from services.intake import handlers as case_handlers
from services.intake.acceptance import Acceptance
from services.intake.case import Actor, Case
from services.intake.grids import report_store
from services.intake.grids.report import Report
from services.intake.grids.territory import grid_known
from services.intake.ledger import rules, store, store_catalogue, store_entries
from services.intake.ledger.demand import HEARD, Demand, Heard
from services.intake.ledger.pack import ledger_of
from services.intake.ledger.period import months_back
from services.intake.reason import Forbidden, Invalid, Reason, Unknown, allow, msgid
from services.intake.refusal import Refusal
from services.intake.rules import own_community
from shared.case_number import make
from shared.clock import LOCAL_ZONE, local
from shared.db import Transaction
from shared.district import District, NotIssued

SERIES = "demand"


@dataclass(frozen=True)
class Recorded:
    """The entry; `repeated` where it was sent before."""

    demand: Demand
    repeated: bool = False


@dataclass(frozen=True)
class Wish:
    """What makes a case of a demand; empty name and telephone are those of the demand.

    `not_a_certificate`: an officer's reason why it asks for none of the certificates that
    communities must not issue, though it sounds so.
    """

    kind: str = "help"
    name: str = ""
    phone: str = ""
    title: str = ""
    department: str = ""
    not_a_certificate: str = ""


def record(tx: Transaction, heard: Heard) -> Recorded:
    """Write down what was heard, once for each form.

    Raises:
        Invalid: naming each field that is wrong.
        Forbidden: the officer serves another community.
    """
    demand = _demand(tx, heard)
    earlier = store.claim(tx, demand)
    if earlier is not None:
        allow(own_community(heard.actor, earlier.community), as_=Forbidden)
        allow(_same_words(earlier, demand))
        tx.record("demand.record.repeated", earlier.number)
        return Recorded(earlier, repeated=True)
    store.tell(tx, demand, heard.actor.name, "record")
    tx.about(demand.number)
    return Recorded(demand)


def answer(tx: Transaction, number: str, actor: Actor, note: str) -> Demand:
    """It was answered there and then; what was said.

    Raises:
        Invalid: nothing is said.
        Conflict, Forbidden, Unknown: as their names say.
    """
    allow(rules.something_said("note", note))
    return _step(tx, number, actor, "answer", note, answer=note.strip())


def watch(tx: Transaction, number: str, actor: Actor, note: str = "") -> Demand:
    """Nothing can be done today; it is kept in sight and comes up at every review.

    Raises:
        Conflict, Forbidden, Unknown: as their names say.
    """
    return _step(tx, number, actor, "watch", note)


def finish(tx: Transaction, number: str, actor: Actor, note: str) -> Demand:
    """It was seen to; how.

    Raises:
        Invalid: nothing is said.
        Conflict, Forbidden, Unknown: as their names say.
    """
    allow(rules.something_said("note", note))
    return _step(tx, number, actor, "finish", note)


def link_report(tx: Transaction, number: str, actor: Actor, report: str) -> Demand:
    """A grid report came of it.

    Raises:
        Invalid: there is no such report in this community.
        Conflict, Forbidden, Unknown: as their names say.
    """
    found = _report(tx, report.strip())
    before = load_for(tx, number, actor)
    allow(_same_community(before, found))
    return _step(tx, number, actor, "link", found.number, report_number=found.number)


def link_deliberation(tx: Transaction, number: str, actor: Actor, deliberation: str) -> Demand:
    """A shared matter is deliberated because of it (``deliberation.handlers.raise_matter``).

    Raises:
        Conflict, Forbidden, Unknown: as their names say.
    """
    return _step(tx, number, actor, "link", deliberation, deliberation_number=deliberation)


def to_case(
    tx: Transaction, number: str, actor: Actor, wish: Wish
) -> tuple[Demand, Case | Refusal | None]:
    """Make a case of it by the one door, once; a department's matter is transferred at once.

    What sounds like a certificate that communities must not issue is refused there, unless the
    officer says why it is none: the demand is answered with that refusal, and may still become a
    case. Its state and version let one case come of it, so the door needs no key.

    Raises:
        Invalid: what the case needs is wrong.
        Conflict, Forbidden, Unknown: as their names say.
    """
    before = load_for(tx, number, actor)
    before.step("to-case")
    made = case_handlers.accept_case(tx, _acceptance(tx.district, before, actor, wish))
    if made.case is None:
        refused = made.refusal.number if made.refusal else ""
        return _step(tx, number, actor, "answer", refused, answer=refused), made.refusal
    case = made.case
    if wish.department:
        case = case_handlers.transfer_case(tx, case.number, actor, wish.department)
    after = _step(tx, number, actor, "to-case", case.number, case_number=case.number)
    return after, case


def certificate_in(
    district: District, demand: Demand, actor: Actor, wish: Wish
) -> NotIssued | None:
    """The certificate that `to_case` would refuse (民发〔2020〕20号), for asking before it does.

    Raises:
        Invalid: what the case needs is wrong.
        Forbidden: the officer serves another community.
    """
    checked = acceptance.check(_acceptance(district, demand, actor, wish), district)
    return acceptance.certificate_asked_for(checked, district)


def forget_due(tx: Transaction, most: int = 100) -> int:
    """Forget who spoke, and what they said, once it was kept long enough; returns how many."""
    months = ledger_of(tx.district).keep_months
    first = months_back(local(tx.now).date(), months)
    before = datetime.combine(first, time(), LOCAL_ZONE).astimezone(UTC)
    old = store.kept_too_long(tx, before, most)
    for demand in old:
        store_entries.forget(tx, demand)
    return len(old)


def load_for(tx: Transaction, number: str, actor: Actor) -> Demand:
    """The demand, for an actor who may change it.

    Raises:
        Unknown: there is none.
        Forbidden: it is another community's.
    """
    demand = store.load(tx, number)
    allow(own_community(actor, demand.community), as_=Forbidden)
    return demand


ACTS = {"answer": answer, "watch": watch, "finish": finish}
"""Action -> what does it with a note."""


# -- inside ----------------------------------------------------------------------------------------


def _step(
    tx: Transaction, number: str, actor: Actor, action: str, note: str, **changes: Any
) -> Demand:
    before = load_for(tx, number, actor)
    after = store.save(tx, before, before.step(action, **changes))
    store.tell(tx, after, actor.name, action, note.strip())
    return after


def _demand(tx: Transaction, heard: Heard) -> Demand:
    pack, phone = ledger_of(tx.district), rules.phone_read(heard)
    if heard.community not in tx.district.communities:
        raise Invalid(Reason("community", msgid("没有这个社区"), msgid("请重新选")))
    allow(own_community(heard.actor, heard.community), as_=Forbidden)
    allow(
        rules.something_said("words", heard.words),
        rules.theme_known(pack, heard.theme),
        rules.channel_known(tx.district.rules.channels, heard.channel),
        rules.item_known(store_catalogue.catalogue_in(tx).district, heard.item),
        rules.few_tags(heard.tags),
        grid_known(tx.district, heard.community, heard.grid),
        phone if isinstance(phone, Reason) else None,
    )
    day = local(tx.now).date()
    return Demand(
        number=make(pack.prefix, day, tx.serial(SERIES)),
        version=1,
        state=HEARD,
        community=heard.community,
        grid=heard.grid,
        channel=heard.channel,
        theme=heard.theme or pack.theme_of(heard.words),
        item=heard.item,
        month=f"{day:%Y-%m}",
        heard_at=tx.now,
        heard_by=heard.actor.username,
        heard_name=heard.actor.name,
        heard_from=heard.heard_from.strip(),
        words=heard.words.strip(),
        tags=heard.tags,
        name=heard.name.strip(),
        phone=str(phone),
        client_id=heard.client_id or None,
    )


def _same_words(earlier: Demand, demand: Demand) -> Reason | None:
    if earlier.words == demand.words or earlier.erased_at is not None:
        return None
    text = msgid("这张表已经记过一条不同的诉求")
    return Reason("id", text, msgid("请重新打开页面再记"))


def _title(district: District, demand: Demand) -> str:
    """What it is about, from the pack: titles are in lists, and what people said is their own."""
    theme = ledger_of(district).theme(demand.theme)
    return theme.name if theme else demand.theme


def _acceptance(district: District, demand: Demand, actor: Actor, wish: Wish) -> Acceptance:
    return Acceptance(
        actor=actor,
        community=demand.community,
        applicant_name=wish.name.strip() or demand.name,
        phone=wish.phone.strip() or demand.phone,
        title=wish.title.strip() or _title(district, demand),
        description=demand.words,
        kind=wish.kind,
        channel=demand.channel,
        grid=demand.grid,
        demand=demand.number,
        not_a_certificate=wish.not_a_certificate.strip(),
    )


def _report(tx: Transaction, number: str) -> Report:
    try:
        return report_store.load(tx, number)
    except Unknown as error:
        raise Invalid(_no_report()) from error


def _same_community(demand: Demand, report: Report) -> Reason | None:
    return None if report.community == demand.community else _no_report()


def _no_report() -> Reason:
    return Reason("report", msgid("本社区没有这个编号的上报"), msgid("请核对上报编号"))
