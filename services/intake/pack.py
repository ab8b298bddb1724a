"""Every file that intake reads of a district's pack; each part of it has a loader of its own."""

from services.intake.archive.pack import archive_rules
from services.intake.deliberation.pack import pack_for as deliberation_of
from services.intake.desk.pack import desk_of
from services.intake.figures.pack import figure_rules
from services.intake.grids.territory import territory_of
from services.intake.grids.work import work_for
from services.intake.hotline.pack import hotline_of
from services.intake.ledger.pack import ledger_of
from services.intake.open311.pack import offer_of
from services.intake.rights.retention import retention_of
from services.intake.rosters.pack import pack_for as rosters_of
from services.intake.slots.pack import slots_for
from shared.district import District

LOADERS = (
    archive_rules,
    deliberation_of,
    desk_of,
    figure_rules,
    hotline_of,
    ledger_of,
    offer_of,
    retention_of,
    rosters_of,
    slots_for,
    territory_of,
    work_for,
)


def read_pack(district: District) -> None:
    """Read them all, once.

    Raises:
        PackError: one is missing or wrong; the service does not start.
    """
    for load in LOADERS:
        load(district)
