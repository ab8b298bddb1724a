"""Looking, continued: the list of the back office."""

import sqlalchemy as sa

from services.intake.case import BACK_OFFICE, OPEN_STATES
from services.intake.models import cases
from services.intake.queries import Page
from services.intake.staff import colleagues
from services.intake.store import case_of


def in_back_office(
    connection: sa.Connection, community: str | None, page: int, page_size: int
) -> Page:
    """What the back office has in hand, the nearest of its own deadlines first (1-14).

    `community` None is the whole district.
    """
    where = [cases.c.state == BACK_OFFICE]
    if community is not None:
        where.append(cases.c.community == community)
    total = connection.execute(sa.select(sa.func.count()).select_from(cases).where(*where))
    found = (
        sa.select(cases)
        .where(*where)
        .order_by(cases.c.back_office_by.is_(None), cases.c.back_office_by, cases.c.number)
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    items = tuple(case_of(row) for row in connection.execute(found).mappings())
    return Page(items, page, page_size, total.scalar_one())


def answering(connection: sa.Connection, community: str) -> dict[str, str]:
    """Who answers for something in this community, or could: username -> name.

    Also who has left: what they still answer for is what a manager has to hand over (B14).
    """
    known = sa.select(cases.c.owner_username, cases.c.owner_name).distinct()
    open_here = known.where(cases.c.community == community, cases.c.state.in_(OPEN_STATES))
    owners = {row.owner_username: row.owner_name for row in connection.execute(open_here)}
    here = colleagues.of_community(connection, community)
    return {one.username: one.name for one in here} | owners
