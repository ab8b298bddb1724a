"""What the grids hold of somebody (PIPL 45): the care list, its visits, what they reported."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from services.intake.grids.report import STATES
from services.intake.models import grid_list
from services.intake.rights.held import FoundBy, Held, Row, Whose, own_cases, rows_of, told
from shared.sealing import keys_of

TABLES = (grid_list.care, grid_list.reports)
_CARE = FoundBy(grid_list.care, "phone_index", "id_index", "number")
_REPORT = FoundBy(grid_list.reports, "phone_index", number="number", cases=("case_number",))
_OF_CARE = ("name", "phone", "id_no", "address", "groups", "needs", "visited_at")


def held_of(connection: sa.Connection, whose: Whose) -> list[Held]:
    """Their places on the care list, each with its visits; and what they reported."""
    care = list(_care(connection, whose))
    return [
        *care,
        *_visits(connection, whose, [one.number for one in care]),
        *_reports(connection, whose),
    ]


def _care(connection: sa.Connection, whose: Whose) -> Iterator[Held]:
    where = _CARE.rows(keys_of(connection.dialect), whose)
    asked = sa.select(grid_list.care).order_by(grid_list.care.c.added_at.desc())
    # Off the list, nothing of them is kept.
    for row in rows_of(
        connection, asked, where, lambda row: bool(row["active"]) and whose.is_of(row)
    ):
        said = told(row, *_OF_CARE) | {"worker": row["worker_name"]}
        if row["consent"]:
            said["consent_at"] = row["consent"]["at"]
        yield Held("care", row["number"], row["added_at"], row["community"], said)


def _visits(connection: sa.Connection, whose: Whose, care: list[str]) -> list[Held]:
    table = grid_list.reports
    asked = sa.select(table).order_by(table.c.seen_at.desc())
    return [
        Held("visit", row["number"], row["seen_at"], row["community"], _said(row, whose))
        for row in rows_of(connection, asked, table.c.care.in_(care) if care else None)
    ]


def _reports(connection: sa.Connection, whose: Whose) -> list[Held]:
    table = grid_list.reports
    where = _REPORT.rows(keys_of(connection.dialect), whose)
    asked = sa.select(table).order_by(table.c.seen_at.desc())
    return [
        Held("report", row["number"], row["seen_at"], row["community"], _said(row, whose))
        for row in rows_of(
            connection, asked, where, lambda row: _is_report(row) and whose.theirs(row)
        )
    ]


def _is_report(row: Row) -> bool:
    return row["erased_at"] is None and row["care"] == ""


def _said(row: Row, whose: Whose) -> dict[str, Any]:
    words = {"description": row["words"], "location": row["place"]}
    if row["by_username"]:  # a passer-by has no name here
        words["worker"] = row["by_name"]
    given: dict[str, Any] = {name: text for name, text in words.items() if text}
    given |= {"state": STATES[row["state"]], "checked": {"kind": row["kind"], **row["checked"]}}
    given |= told(row, "title", "phone", "position", "result")
    return given | own_cases(row, whose, "case_number")
