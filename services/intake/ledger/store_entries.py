"""Cases in the ledger: a demand that came as a case has its entry, so that nothing is missing.

The case holds the words and the person; the entry is what is counted. Called where cases begin and
where their people are forgotten.
"""

from collections.abc import Collection
from dataclasses import replace

from services.intake.case import APPLY, Case
from services.intake.ledger import store
from services.intake.ledger.demand import BECAME_CASE, Demand
from services.intake.ledger.pack import ledger_of
from services.intake.models import ledger
from shared.clock import local
from shared.db import Transaction


def of_case(tx: Transaction, case: Case) -> None:
    """Enter a case that is a demand; applications are no demands."""
    if case.kind == APPLY:
        return
    entry = Demand(
        number=case.number,
        version=1,
        state=BECAME_CASE,
        community=case.community,
        grid=case.grid,
        channel=case.channel,
        theme=ledger_of(tx.district).theme_of(case.title),
        item=case.item.code if case.item else "",
        month=f"{local(case.accepted_at):%Y-%m}",
        heard_at=case.accepted_at,
        heard_by=case.owner.username,
        heard_name=case.owner.name,
        case_number=case.number,
    )
    tx.insert(ledger.demands, **store.row_of(entry))


def forget_people(tx: Transaction, cases: Collection[str]) -> None:
    """The people of these cases are forgotten (PIPL 47): so is what their entries say of them."""
    for entry in store.of_cases(tx, cases):
        if not entry.of_a_case:
            forget(tx, entry)


def forget(tx: Transaction, demand: Demand) -> None:
    """Take who spoke, and their words, out of an entry; it is counted as before."""
    if demand.erased_at is not None:
        return
    gone = replace(
        demand, words="", tags=(), name="", phone="", answer="", heard_from="", erased_at=tx.now
    )
    store.save(tx, demand, gone)
    store.forget_lines(tx, demand.number)
