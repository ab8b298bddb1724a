"""How the archive and the figures are asked, for the permission matrix."""

from typing import Any

from tests.support.permission_call import REASON, REASON_FORM, Call


def _intake(endpoint: str, method: str, path: str, **more: Any) -> Call:
    return Call("intake", endpoint, method, path, **more)


OF_THE_ARCHIVE = [
    _intake("archive.search", "GET", "/api/intake/archive", shows="archived"),
    _intake(
        "archive.search",
        "GET",
        "/api/intake/archive?community={community}",
        about="search",
        shows="archived",
    ),
    _intake(
        "archive.dossier",
        "GET",
        "/api/intake/archive/{archived}",
        about="archived",
        shows="archived",
    ),
    _intake(
        "archive.reveal_dossier",
        "POST",
        "/api/intake/archive/{archived}/reveal",
        json=REASON,
        about="archived",
        action="archive.read",
    ),
    _intake(
        "archive.end_day",
        "POST",
        "/api/intake/archive/end-day",
        json={"community": "{community}"},
        about="archived",
    ),
    _intake(
        "archive.report",
        "GET",
        "/api/intake/archive/reports?community={community}&day={archived_day}",
        about="archived",
    ),
    _intake("archive_pages.door", "GET", "/desk/archive", shows="archived"),
    _intake("archive_pages.end_day", "POST", "/desk/archive/end", form={}),
    _intake(
        "archive_pages.day_report",
        "GET",
        "/desk/archive/days/{archived_day}?community={community}",
        about="archived",
    ),
    _intake(
        "archive_pages.day_pdf",
        "GET",
        "/desk/archive/days/{archived_day}/paper.pdf?community={community}",
        about="archived",
    ),
    _intake(
        "archive_pages.dossier",
        "GET",
        "/desk/archive/{archived}",
        about="archived",
        shows="archived",
    ),
    _intake(
        "archive_pages.dossier_pdf", "GET", "/desk/archive/{archived}/paper.pdf", about="archived"
    ),
    _intake(
        "archive_pages.dossier_again", "GET", "/desk/archive/{archived}/reveal", about="archived"
    ),
    _intake(
        "archive_pages.reveal_dossier",
        "POST",
        "/desk/archive/{archived}/reveal",
        form=REASON_FORM,
        about="archived",
        action="archive.read",
    ),
    _intake("figures.figures", "GET", "/api/intake/figures"),
    _intake(
        "figures.figures", "GET", "/api/intake/figures?community={community}", about="archived"
    ),
    _intake("figures_pages.show", "GET", "/figures"),
    _intake("figures_pages.show", "GET", "/figures?community={community}", about="archived"),
    _intake("figures_pages.download", "GET", "/figures/export.csv"),
    _intake(
        "figures_pages.download",
        "GET",
        "/figures/export.xlsx?community={community}",
        about="archived",
    ),
]
