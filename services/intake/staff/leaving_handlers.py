"""Somebody leaves their community, their role or the service: what keeps them, what they give back.

Part of the commands of `accounts`, in the same transaction.
"""

import sqlalchemy as sa

from services.intake.case import OPEN_STATES
from services.intake.models import accounts, cases
from services.intake.reason import Conflict, Forbidden, allow
from services.intake.rosters.leaving_handlers import leave_rota
from services.intake.staff import rules
from shared.db import Transaction
from shared.permissions import ADMIN, User


def keep_an_admin(tx: Transaction, before: User, after: User | None) -> None:
    """The last administrator stays one.

    Raises:
        Forbidden: nobody would be left who can make accounts.
    """
    if not rules.leaves_admin(before, after):
        return
    # Locked, so that two administrators cannot take leave of each other at the same moment.
    active = sa.select(accounts.c.username).where(accounts.c.role == ADMIN, accounts.c.active)
    admins = set(tx.execute(active.with_for_update()).scalars())
    allow(rules.not_the_last(admins, before.username), as_=Forbidden)


def keep_who_answers(tx: Transaction, before: User, after: User | None) -> None:
    """Nobody leaves matters behind that they answer for (N, B14).

    Raises:
        Conflict: they are handed over first.
    """
    if not rules.leaves_community(before, after):
        return
    own = cases.c.owner_username == before.username, cases.c.state.in_(OPEN_STATES)
    counted = tx.execute(sa.select(sa.func.count()).select_from(cases).where(*own)).scalar_one()
    allow(rules.hands_over_first(counted), as_=Conflict)


def give_back(tx: Transaction, before: User, after: User | None) -> None:
    """Their seats in the community's rota go to others."""
    if before.community and rules.leaves_community(before, after):
        leave_rota(tx, before.username, before.community)
