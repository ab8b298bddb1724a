"""What partners says: a need's fact as its published contract."""

from typing import Any

from services.partners.models import bus
from services.partners.store import NeedRow
from shared.bus.outbox import emit
from shared.contracts import Contract, partners
from shared.db import Transaction
from shared.mask import mask_name, mask_phone

NOBODY = "—"
"""The name of a resident who was forgotten."""


def offered(tx: Transaction, need: NeedRow, count: int) -> None:
    """It was shown to ``count`` partners."""
    _emit(tx, partners.offered, need, note=f"{count} 家")


def accepted(tx: Transaction, need: NeedRow, partner: str) -> None:
    """A partner, by name, will meet it."""
    _emit(tx, partners.accepted, need, partner=partner)


def fulfilled(tx: Transaction, need: NeedRow, partner: str) -> None:
    """The partner says it is done."""
    _emit(tx, partners.fulfilled, need, partner=partner, note=need.note)


def confirmed(tx: Transaction, need: NeedRow, partner: str) -> None:
    """Both sides say it is done."""
    _emit(tx, partners.confirmed, need, partner=partner, note=need.note)


def unmet(tx: Transaction, need: NeedRow, why: str) -> None:
    """Nobody can or will meet it."""
    _emit(tx, partners.unmet, need, note=why)


def _masked(need: NeedRow) -> dict[str, Any]:
    """Whoever hears it knows the resident from intake."""
    name = mask_name(need.applicant) or NOBODY
    return {"name": name, "phone": mask_phone(need.phone), "masked": True}


def _emit(tx: Transaction, contract: Contract, need: NeedRow, **said: Any) -> None:
    data = {
        "need": need.number,
        "case_number": need.case_number,
        "title": need.title,
        "applicant": _masked(need),
        "partner_code": need.partner or "",
        "points": need.points,
        "language": need.language,
        **said,
    }
    emit(tx, bus, contract, data, subject=need.case_number, version=need.version)
