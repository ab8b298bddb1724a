"""Who needs care 关爱名单, and the grid worker who is their first responder by rule (N, 1-21)."""

from collections.abc import Collection

from services.intake.case import Officer
from services.intake.grids import care_store
from services.intake.grids.work import work_for
from shared.db import Transaction


def first_responder(
    tx: Transaction, community: str, phone: str, id_no: str, groups: Collection[str]
) -> Officer | None:
    """The grid worker who answers for this resident by rule; None where none has to.

    For the old, the disabled and those living alone it is a grid worker 网格员第一责任人 (N, 1-21):
    the one who cares for them by the list; else, where that one has left, or where it was said at
    the desk that they belong to such a group, the community's worker who cares for the fewest.

    Args:
        tx: the command.
        community: 12 digits.
        phone: as it is kept, or empty.
        id_no: as it is kept, or empty.
        groups: codes of the groups named on the form.

    """
    listed, found = care_store.worker_of(tx, community, phone, id_no)
    if found is None and (listed or work_for(tx.district).answered_by_workers(groups)):
        found = care_store.least_burdened(tx, community)
    return None if found is None else Officer(*found)
