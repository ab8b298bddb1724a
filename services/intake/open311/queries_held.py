"""What came with somebody's cases by Open311 (PIPL 45): where they were, by which device."""

import sqlalchemy as sa

from services.intake.models import open311
from services.intake.rights.held import Held, Whose, rows_of

TABLES = (open311.requests,)


def held_of(connection: sa.Connection, whose: Whose) -> list[Held]:
    """Their requests; the table has no community, the cases were found in theirs."""
    table = open311.requests
    where = table.c.case_number.in_(whose.cases) if whose.cases else None
    return [
        Held(
            "open311",
            row["case_number"],
            row["at"],
            "",
            {"service_code": row["service_code"], "given": dict(row["given"])},
        )
        for row in rows_of(connection, sa.select(table).order_by(table.c.at.desc()), where)
    ]
