"""What the people's ledger holds of somebody (PIPL 45): what they said, and what was answered."""

import sqlalchemy as sa

from services.intake.ledger.demand import STATES
from services.intake.models import ledger
from services.intake.rights.held import FoundBy, Held, Row, Whose, own_cases, rows_of, told
from shared.sealing import keys_of

TABLES = (ledger.demands,)
_DEMAND = FoundBy(ledger.demands, "phone_index", number="number", cases=("case_number",))
_SAID = ("name", "phone", "tags", "answer")


def held_of(connection: sa.Connection, whose: Whose) -> list[Held]:
    """Their demands. The entry of one that came as a case says nothing the case does not."""
    return [
        Held(
            "demand",
            row["number"],
            row["heard_at"],
            row["community"],
            {"description": row["words"], "state": STATES[row["state"]]}
            | told(row, *_SAID)
            | own_cases(row, whose, "case_number"),
        )
        for row in demands_of(connection, whose)
    ]


def demands_of(connection: sa.Connection, whose: Whose) -> list[Row]:
    """Their demands.

    One that somebody else spoke, and that became their case, is not theirs.
    """
    table = ledger.demands
    where = _DEMAND.rows(keys_of(connection.dialect), whose)
    asked = sa.select(table).order_by(table.c.heard_at.desc())
    return rows_of(connection, asked, where, lambda row: _is_demand(row) and whose.theirs(row))


def _is_demand(row: Row) -> bool:
    """Not forgotten, and not the entry of what came as a case."""
    return row["erased_at"] is None and row["number"] != row["case_number"]
