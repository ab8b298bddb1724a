"""The officers of a community: who may answer for its matters."""

from typing import Any

import sqlalchemy as sa

from services.intake.case import Officer
from services.intake.models import accounts
from services.intake.reason import Invalid, Reason, msgid
from shared.db import Transaction
from shared.permissions import Place, User, may


def of_community(connection: sa.Connection, community: str) -> list[Officer]:
    """Who is active and may take matters in here, by name."""
    return _officers(connection, community)


def named(tx: Transaction, community: str, username: str) -> Officer:
    """The officer of this community with this username.

    Raises:
        Invalid: nobody active of this name may take matters in here.

    """
    found = [one for one in _officers(tx, community) if one.username == username]
    if found:
        return found[0]
    raise Invalid(
        Reason(
            "to",
            msgid("本社区没有可以接手的“%(username)s”"),
            msgid("请从名单里选一位在岗的同事"),
            {"username": username},
        )
    )


def _officers(reader: Any, community: str) -> list[Officer]:
    """Of a transaction or a read connection."""
    table = accounts.c
    here = sa.select(table.username, table.name, table.role).where(
        table.community == community, table.active
    )
    rows = reader.execute(here.order_by(table.name, table.username))
    users = [User(row.username, row.name, row.role, community=community) for row in rows]
    place = Place(community=community)
    return [Officer(u.username, u.name) for u in users if may(u, "case.accept", place)]
