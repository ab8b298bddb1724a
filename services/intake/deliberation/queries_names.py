"""Whose names a shared matter may not tell: those of the case or the demand behind it."""

from services.intake import store as case_store
from services.intake.deliberation.matter import Matter
from services.intake.ledger import store as demands
from services.intake.reason import Unknown
from shared.db import Transaction


def names_behind(tx: Transaction, *numbers: str) -> tuple[str, ...]:
    """Who brought these cases or demands; who is forgotten, or not known, has no name."""
    found = (_name_of(tx, number) for number in numbers if number)
    return tuple(name for name in found if name)


def numbers_behind(matter: Matter) -> tuple[str, str]:
    """What it came from, and what it ended as."""
    return matter.source, matter.case_number


def _name_of(tx: Transaction, number: str) -> str:
    try:
        if number.startswith(f"{tx.district.case_prefix}-"):
            return case_store.load(tx, number).applicant.name
        return demands.load(tx, number).name
    except Unknown:
        return ""
