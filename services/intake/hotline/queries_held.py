"""The orders of 12345 that are somebody's cases (PIPL 45); what they said is in the case."""

import sqlalchemy as sa

from services.intake.models import hotline
from services.intake.rights.held import FoundBy, Held, Whose, rows_of, told
from shared.sealing import keys_of

TABLES = (hotline.orders,)
_ORDER = FoundBy(hotline.orders, cases=("case_number",))


def held_of(connection: sa.Connection, whose: Whose) -> list[Held]:
    """Their orders, by the hotline's numbers."""
    where = _ORDER.rows(keys_of(connection.dialect), whose)
    asked = sa.select(hotline.orders).order_by(hotline.orders.c.taken_at.desc())
    return [
        Held(
            "hotline",
            row["number"],
            row["taken_at"],
            row["community"],
            told(row, "case_number", "received_at", "answered_at"),
        )
        for row in rows_of(connection, asked, where)
    ]
