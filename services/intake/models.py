"""Intake's tables."""

from typing import Any

import sqlalchemy as sa

from services.intake.archive.tables import archive_tables
from services.intake.deliberation.tables import deliberation_tables
from services.intake.drafts.tables import draft_tables
from services.intake.figures.tables import figure_table
from services.intake.grids.tables import grid_tables
from services.intake.hotline.tables import hotline_tables
from services.intake.ledger.tables import ledger_tables
from services.intake.open311.tables import open311_tables
from services.intake.rosters.tables import roster_tables
from services.intake.slots.tables import slot_tables
from shared.audit.tables import audit_tables
from shared.bus.tables import bus_tables
from shared.sealing.types import Blind, Sealed, SealedBytes, SealedJSON
from shared.sessions import sessions_table
from shared.types import Moment

metadata = sa.MetaData()
bus = bus_tables(metadata)
ended_sessions = sessions_table(metadata)
audit = audit_tables(metadata)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("number", sa.String(40), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(30), nullable=False),
    sa.Column("kind", sa.String(30), nullable=False),
    sa.Column("item", sa.JSON, nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("description", Sealed("cases.description"), nullable=False),
    sa.Column("community", sa.String(12), nullable=False),
    sa.Column("community_name", sa.String(60), nullable=False),
    sa.Column("owner_username", sa.String(60), nullable=False),
    sa.Column("owner_name", sa.String(60), nullable=False),
    sa.Column("handler", sa.JSON, nullable=False),
    sa.Column("applicant_name", Sealed("cases.applicant_name"), nullable=False),
    sa.Column("applicant_phone", Sealed("cases.applicant_phone"), nullable=False),
    sa.Column("applicant_id_no", Sealed("cases.applicant_id_no"), nullable=False),
    sa.Column("language", sa.String(2), nullable=False),
    sa.Column("channel", sa.String(30), nullable=False),
    sa.Column("urgency", sa.String(30), nullable=False),
    sa.Column("location", Sealed("cases.location"), nullable=False),
    sa.Column("materials", SealedJSON("cases.materials"), nullable=False),
    sa.Column("notice", SealedJSON("cases.notice"), nullable=False),
    sa.Column("supplement_by", Moment),
    sa.Column("limit_zh", sa.String(100), nullable=False),
    sa.Column("limit_en", sa.String(100), nullable=False),
    sa.Column("accepted_at", Moment, nullable=False),
    sa.Column("due_at", Moment),
    sa.Column("transfers", sa.Integer, nullable=False),
    sa.Column("transferred_at", Moment),
    sa.Column("resolutions", sa.Integer, nullable=False),
    sa.Column("result", Sealed("cases.result"), nullable=False),
    sa.Column("resolved_by", sa.String(60), nullable=False),
    sa.Column("resolved_at", Moment),
    sa.Column("resolved_order", sa.String(40), nullable=False),
    sa.Column("rating", SealedJSON("cases.rating"), nullable=False),
    sa.Column("closed_at", Moment),
    sa.Column("needs", sa.Integer, nullable=False),
    sa.Column("orders", SealedJSON("cases.orders"), nullable=False),
    sa.Column("applicant_name_index", Blind("cases.applicant_name"), nullable=False, index=True),
    sa.Column("applicant_phone_index", Blind("cases.applicant_phone"), nullable=False, index=True),
    sa.Column("applicant_id_index", Blind("cases.applicant_id_no"), nullable=False, index=True),
    sa.Column("erased_at", Moment),
    sa.Column("way", sa.String(20), nullable=False),
    sa.Column("groups", SealedJSON("cases.groups")),
    sa.Column("grid", sa.String(40), nullable=False),
    sa.Column("promise", SealedJSON("cases.promise")),
    sa.Column("promise_by", Moment),
    sa.Column("back_office_by", Moment),
    sa.Column("publication", SealedJSON("cases.publication")),
    sa.Column("publication_until", Moment),
    sa.Column("refused", SealedJSON("cases.refused")),
    sa.Column("review_by", Moment),
    sa.Column("visits", sa.Integer, nullable=False),
    sa.Column("handed_over", sa.Integer, nullable=False),
    sa.Column("catalogue_version", sa.String(40), nullable=False),
    sa.Column("archived_at", Moment),
    # Every index costs each acceptance a write: only what desks ask all day has one.
    sa.Index("cases_by_community", "community", "state"),
    sa.Index("cases_by_owner", "owner_username", "state"),
)
"""`title` is plain, as lists are searched by it: nobody's name or number may stand in it."""

history = sa.Table(
    "case_history",
    metadata,
    sa.Column("case_number", sa.String(40), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("who", sa.String(60), nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("data", SealedJSON("case_history.data"), nullable=False),
)
"""The timeline 流转轨迹; `seq` is the case's version with which the entry came."""

refusals = sa.Table(
    "refusals",
    metadata,
    sa.Column("number", sa.String(40), primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("code", sa.String(20), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("redirect", sa.Text, nullable=False),
    sa.Column("departments", sa.JSON, nullable=False),
    sa.Column("community", sa.String(12), nullable=False),
    sa.Column("community_name", sa.String(60), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("description", Sealed("refusals.description"), nullable=False),
    sa.Column("applicant_name", Sealed("refusals.applicant_name"), nullable=False),
    sa.Column("applicant_phone", Sealed("refusals.applicant_phone"), nullable=False),
    sa.Column("channel", sa.String(30), nullable=False),
    sa.Column("by_username", sa.String(60), nullable=False),
    sa.Column("by_name", sa.String(60), nullable=False),
    sa.Column(
        "applicant_phone_index", Blind("refusals.applicant_phone"), nullable=False, index=True
    ),
    sa.Column("erased_at", Moment),
    sa.Column("archived_at", Moment),
)
"""Certificates that were asked for and may not be issued; each can be printed (A38)."""

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("key", sa.String(300), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("number", sa.String(40), nullable=False),
    sa.Column("at", Moment, nullable=False, index=True),
)
"""Idempotency-Key of a POST -> the case (or refusal) it made."""

files = sa.Table(
    "files",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False, index=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("material", sa.String(200), nullable=False),
    sa.Column("media_type", sa.String(60), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sm3", sa.String(64), nullable=False),
    sa.Column("name", Sealed("files.name"), nullable=False),
    sa.Column("stored", sa.String(32), nullable=False, index=True),
    sa.Column("key", SealedBytes("files.key"), nullable=False),
    sa.Column("by_username", sa.String(60), nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("removed_at", Moment),
)
"""Photos and materials; the bytes are in the vault under `stored`, and only `key` opens them."""

tries = sa.Table(
    "tries",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index("tries_by_key", "key", "at"),
    sa.Index("tries_at", "at"),
)
"""Guesses at passwords and at phones of cases; `key` is an HMAC of what was guessed at."""

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("username", sa.String(60), primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("community", sa.String(12)),
    sa.Column("department", sa.String(8)),
    sa.Column("partner", sa.String(40)),
    sa.Column("grids", sa.JSON, nullable=False),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("identity", sa.String(255)),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("password_at", Moment),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("accounts_by_identity", "identity", unique=True),
)
"""Staff who may sign in; `identity` is who they are at the identity provider, if they use it."""

person_requests = sa.Table(
    "person_requests",
    metadata,
    sa.Column("number", sa.String(40), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("about", sa.String(40), nullable=False, index=True),
    sa.Column("community", sa.String(12), nullable=False),
    sa.Column("name", Sealed("person_requests.name"), nullable=False),
    sa.Column("phone", Sealed("person_requests.phone"), nullable=False),
    sa.Column("phone_index", Blind("person_requests.phone"), nullable=False, index=True),
    sa.Column("wish", Sealed("person_requests.wish"), nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("checked", sa.String(20), nullable=False),
    sa.Column("taken_by", sa.String(60), nullable=False),
    sa.Column("taken_name", sa.String(60), nullable=False),
    sa.Column("taken_at", Moment, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("decided_by", sa.String(60), nullable=False),
    sa.Column("decided_name", sa.String(60), nullable=False),
    sa.Column("decided_at", Moment),
    sa.Column("reason", Sealed("person_requests.reason"), nullable=False),
    sa.Index("person_requests_open", "community", "state"),
)
"""What residents asked about their own data (PIPL 44 to 50), and the answers."""

# Partial, so that no acceptance pays for it: what is due to be erased is found by this.
_ended = sa.and_(cases.c.closed_at.is_not(None), cases.c.erased_at.is_(None))
sa.Index(
    "cases_kept",
    cases.c.kind,
    cases.c.closed_at,
    sqlite_where=_ended,
    postgresql_where=_ended,
)

grid_list = grid_tables(metadata)
"""Reports from the spot, notices to put right, and who needs care (grids/)."""


def _partial(name: str, when: sa.ColumnElement[bool], *columns: sa.Column[Any]) -> None:
    sa.Index(name, *columns, sqlite_where=when, postgresql_where=when)


# What a timer or the day's end looks for, in the few rows that wait for it.
_unarchived = sa.and_(cases.c.closed_at.is_not(None), cases.c.archived_at.is_(None))
_partial("cases_to_archive", _unarchived, cases.c.community, cases.c.closed_at)
for _by in ("supplement_by", "promise_by", "back_office_by", "publication_until", "review_by"):
    _partial(f"cases_{_by}", cases.c[_by].is_not(None), cases.c[_by])

rosters = roster_tables(metadata)
"""Who is on duty when, leave, swaps, calendar links (rosters/)."""

# Refusals are finished when they are written; the day's end finds them as it finds cases.
_partial(
    "refusals_to_archive", refusals.c.archived_at.is_(None), refusals.c.community, refusals.c.at
)
archive = archive_tables(metadata)
"""Sealed dossiers, what they are found by, and the days' ends (archive/)."""
figures = figure_table(metadata)
"""What was accepted and done, by day and month (figures/)."""

slot_list = slot_tables(metadata)
"""Slots, bookings, tickets, and what is handed to the form of acceptance (slots/)."""

open311 = open311_tables(metadata)
"""What came in by Open311 (open311/)."""

draft_list = draft_tables(metadata)
"""What was typed at the desk and not sent yet, and what each officer takes in most (drafts/)."""

hotline = hotline_tables(metadata)
"""Orders of the 12345 hotline, imports of spreadsheets, what is sent back (hotline/)."""

ledger = ledger_tables(metadata)
"""Demands heard, reviews of them, proposals and versions of the catalogue (ledger/)."""

deliberation = deliberation_tables(metadata)
"""Shared matters, meetings, decisions, tasks, evaluation (deliberation/)."""
