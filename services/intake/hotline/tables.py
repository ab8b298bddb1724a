"""Tables of the hotline: known orders, imports with their rows, what is sent back."""

from dataclasses import dataclass

import sqlalchemy as sa

from shared.sealing import Sealed, SealedJSON
from shared.types import Moment


@dataclass(frozen=True)
class HotlineTables:
    """All tables of the package."""

    orders: sa.Table
    imports: sa.Table
    rows: sa.Table
    returns: sa.Table


def hotline_tables(metadata: sa.MetaData) -> HotlineTables:
    """Add them to intake's metadata."""
    return HotlineTables(
        orders=_orders(metadata),
        imports=_imports(metadata),
        rows=_rows(metadata),
        returns=_returns(metadata),
    )


def _orders(metadata: sa.MetaData) -> sa.Table:
    """Every order that is a case; `number` is the hotline's, and one number is one case.

    `answered` is the version of the case that the hotline said it has the result of, 0 for none;
    `settled` that nothing can follow on it.
    """
    orders = sa.Table(
        "hotline_orders",
        metadata,
        sa.Column("number", sa.String(60), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False, unique=True),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("received_at", Moment),
        sa.Column("deadline", Moment),
        sa.Column("return_requested", sa.Boolean, nullable=False),
        sa.Column("secret", sa.Boolean, nullable=False),
        sa.Column("import_id", sa.String(32), nullable=False),
        sa.Column("taken_at", Moment, nullable=False, index=True),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("answered_at", Moment),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Index("hotline_orders_community", "community", "taken_at"),
    )
    open_ones = orders.c.settled.is_(False)
    sa.Index(
        "hotline_orders_unsettled",
        orders.c.case_number,
        sqlite_where=open_ones,
        postgresql_where=open_ones,
    )
    return orders


def _imports(metadata: sa.MetaData) -> sa.Table:
    """One spreadsheet each; worked off by who holds the lease (`lease_by` until `lease_until`)."""
    return sa.Table(
        "hotline_imports",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("file_name", Sealed("hotline_imports.file_name"), nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("at", Moment, nullable=False, index=True),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("lease_by", sa.String(32), nullable=False),
        sa.Column("lease_until", Moment),
        sa.Column("finished_at", Moment),
    )


def _rows(metadata: sa.MetaData) -> sa.Table:
    """The rows of an import; `given` is what the row said, until it is worked off.

    `reasons` is why a bad one is not taken, as [field, reason, remedy, values].
    """
    return sa.Table(
        "hotline_rows",
        metadata,
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("import_id", sa.String(32), nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("order_number", sa.String(60), nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("given", SealedJSON("hotline_rows.given")),
        sa.Column("reasons", SealedJSON("hotline_rows.reasons")),
        sa.Index("hotline_rows_by_import", "import_id", "state", "row"),
    )


def _returns(metadata: sa.MetaData) -> sa.Table:
    """Results put together to be sent back by file; `items` are [order number, case version]."""
    return sa.Table(
        "hotline_returns",
        metadata,
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", Moment, nullable=False, index=True),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("by_name", sa.String(60), nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("acknowledged_at", Moment),
    )
