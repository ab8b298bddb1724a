"""All packages asked what they hold of somebody, each for its own tables."""

from collections import Counter
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from services.intake.archive import queries_held as archive_held
from services.intake.deliberation import queries_held as deliberation_held
from services.intake.grids import queries_held as grids_held
from services.intake.hotline import queries_held as hotline_held
from services.intake.ledger import queries_held as ledger_held
from services.intake.open311 import queries_held as open311_held
from services.intake.rights.held import MOST, Held, Whose
from services.intake.slots import queries_held as slots_held

Holder = Callable[[sa.Connection, Whose], list[Held]]
HOLDERS: Mapping[Holder, tuple[sa.Table, ...]] = {
    one.held_of: one.TABLES
    for one in (
        slots_held,
        grids_held,
        ledger_held,
        deliberation_held,
        open311_held,
        hotline_held,
        archive_held,
    )
}
"""Each package's own answer -> the tables it looks through."""


def ask(connection: sa.Connection, whose: Whose) -> tuple[list[Held], bool]:
    """What they hold, at most MOST of a kind; and whether there is more."""
    counted: Counter[str] = Counter()
    shown = []
    for one in (one for holder in HOLDERS for one in holder(connection, whose)):
        counted[one.kind] += 1
        if counted[one.kind] <= MOST:
            shown.append(one)
    return shown, any(many > MOST for many in counted.values())
