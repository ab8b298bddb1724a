"""The people's ledger 民情账本: every demand heard, and what the catalogue learns from it."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.clock import local
from shared.types import Moment

revision = "0014_ledger"
down_revision = "0013_grids"
_TABLES = (
    "demands",
    "demand_history",
    "ledger_reviews",
    "catalogue_proposals",
    "proposal_evidence",
    "catalogue_versions",
    "catalogue_head",
)
_AT_ONCE = 1000
_cases = sa.table(
    "cases",
    sa.column("number", sa.String),
    sa.column("kind", sa.String),
    sa.column("community", sa.String),
    sa.column("grid", sa.String),
    sa.column("channel", sa.String),
    sa.column("item", sa.JSON),
    sa.column("owner_username", sa.String),
    sa.column("owner_name", sa.String),
    sa.column("accepted_at", Moment),
)


def upgrade() -> None:
    """Demands and their lines, reviews, proposals, versions."""
    _demands()
    _lines()
    _proposals()
    _versions()
    _enter_known_cases()


def downgrade() -> None:
    """Drop them."""
    for name in reversed(_TABLES):
        op.drop_table(name)


def _demands() -> None:
    op.create_table(
        "demands",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("grid", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(30), nullable=False),
        sa.Column("theme", sa.String(30), nullable=False),
        sa.Column("item", sa.String(20), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("heard_at", Moment, nullable=False),
        sa.Column("heard_by", sa.String(60), nullable=False),
        sa.Column("heard_name", sa.String(60), nullable=False),
        sa.Column("heard_from", sa.LargeBinary, nullable=False),
        sa.Column("words", sa.LargeBinary, nullable=False),
        sa.Column("tags", sa.LargeBinary),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("phone", sa.LargeBinary, nullable=False),
        sa.Column("answer", sa.LargeBinary, nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("report_number", sa.String(40), nullable=False),
        sa.Column("deliberation_number", sa.String(40), nullable=False),
        sa.Column("proposal_number", sa.String(40), nullable=False),
        sa.Column("client_id", sa.String(40)),
        sa.Column("erased_at", Moment),
        sa.Column("phone_index", sa.LargeBinary),
        sa.UniqueConstraint("client_id", name="demands_once"),
    )
    op.create_index("demands_heard", "demands", ["heard_at", "number"])
    op.create_index("demands_community", "demands", ["community", "heard_at", "number"])
    op.create_index("demands_month", "demands", ["month", "community"])
    op.create_index("demands_phone", "demands", ["phone_index"])
    linked = sa.text("case_number <> ''")
    op.create_index(
        "demands_case", "demands", ["case_number"], sqlite_where=linked, postgresql_where=linked
    )


def _lines() -> None:
    op.create_table(
        "demand_history",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "ledger_reviews",
        sa.Column("community", sa.String(12), primary_key=True),
        sa.Column("period", sa.String(10), primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
    )


def _proposals() -> None:
    op.create_table(
        "catalogue_proposals",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("change", sa.String(10), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("base", sa.Integer, nullable=False),
        sa.Column("item", sa.JSON),
        sa.Column("why", sa.LargeBinary, nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("decided_by", sa.String(60), nullable=False),
        sa.Column("decided_name", sa.String(60), nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("made_version", sa.Integer),
    )
    op.create_index("catalogue_proposals_state", "catalogue_proposals", ["state", "at"])
    op.create_table(
        "proposal_evidence",
        sa.Column("proposal_number", sa.String(40), primary_key=True),
        sa.Column("demand_number", sa.String(40), primary_key=True),
    )
    op.create_index("proposal_evidence_demand", "proposal_evidence", ["demand_number"])


def _versions() -> None:
    op.create_table(
        "catalogue_versions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("change", sa.String(10), nullable=False),
        sa.Column("code", sa.String(20), nullable=False, index=True),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
        sa.Column("at", Moment, nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("proposal_number", sa.String(40), nullable=False),
    )
    op.create_table(
        "catalogue_head",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
    )


def _enter_known_cases() -> None:
    """What came as a case before there was a ledger: nothing heard is missing from it."""
    bind = op.get_bind()
    demands = sa.Table("demands", sa.MetaData(), autoload_with=bind)
    entries = sa.table("demands", *(sa.column(c.name, _type_of(c)) for c in demands.columns))
    for rows in _portions(bind):
        bind.execute(entries.insert(), [_entry(row) for row in rows])


def _type_of(column: sa.Column[Any]) -> Any:
    return Moment() if column.name == "heard_at" else column.type


def _portions(bind: sa.Connection) -> Iterator[list[Any]]:
    last = ""
    while True:
        after = _cases.c.number > last, _cases.c.kind != "application"
        query = sa.select(_cases).where(*after).order_by(_cases.c.number).limit(_AT_ONCE)
        rows = list(bind.execute(query).mappings())
        if not rows:
            return
        yield rows
        last = rows[-1]["number"]


def _entry(case: Any) -> dict[str, Any]:
    # Empty stays empty when it is sealed, so no key is needed here.
    empty = ("heard_from", "words", "name", "phone", "answer")
    links = ("report_number", "deliberation_number", "proposal_number")
    return {
        "number": case["number"],
        "version": 1,
        "state": "became_case",
        "community": case["community"],
        "grid": case["grid"],
        "channel": case["channel"],
        "theme": "other",
        "item": (case["item"] or {}).get("code", ""),
        "month": f"{local(case['accepted_at']):%Y-%m}",
        "heard_at": case["accepted_at"],
        "heard_by": case["owner_username"],
        "heard_name": case["owner_name"],
        "case_number": case["number"],
        **dict.fromkeys(empty, b""),
        **dict.fromkeys(links, ""),
    }
