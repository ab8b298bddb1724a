"""The shared matters that came of somebody's case, or of what they said (PIPL 45).

That there are, since when and where; what the neighbours said in them is not theirs alone.
"""

from dataclasses import replace

import sqlalchemy as sa

from services.intake.deliberation.matter import STATES
from services.intake.ledger.queries_held import demands_of
from services.intake.models import deliberation
from services.intake.rights.held import FoundBy, Held, Whose, own_cases, rows_of, told
from shared.sealing import keys_of

TABLES = (deliberation.matters,)
_MATTER = FoundBy(deliberation.matters, cases=("source", "case_number"))


def held_of(connection: sa.Connection, whose: Whose) -> list[Held]:
    """Matters that came from one of their cases or demands, or ended as one of their cases.

    Another person's case may be the other end of it: its number is not told.
    """
    table = deliberation.matters
    behind = {*whose.cases, *(row["number"] for row in demands_of(connection, whose))}
    from_theirs = replace(whose, cases=tuple(sorted(behind)))
    where = _MATTER.rows(keys_of(connection.dialect), from_theirs)
    asked = sa.select(table).order_by(table.c.opened_at.desc())
    return [
        Held(
            "matter",
            row["number"],
            row["opened_at"],
            row["community"],
            {"state": STATES[row["state"]][0]}
            | told(row, "title")
            | own_cases(row, whose, "source", "case_number"),
        )
        for row in rows_of(connection, asked, where, lambda row: row["erased_at"] is None)
    ]
