"""The table of follow-ups. Who and what an order is about is read from the order itself."""

import sqlalchemy as sa

from shared.sealing import Sealed
from shared.types import Moment


def follow_ups_table(metadata: sa.MetaData) -> sa.Table:
    """Add it to routing's metadata."""
    table = sa.Table(
        "follow_ups",
        metadata,
        sa.Column("number", sa.String(60), primary_key=True),
        sa.Column("order_number", sa.String(50), nullable=False),
        sa.Column("case_number", sa.String(40), nullable=False),
        sa.Column("department", sa.String(8), nullable=False),
        sa.Column("community_code", sa.String(12), nullable=False),
        sa.Column("matter", sa.String(60), nullable=False),
        sa.Column("replied_at", Moment, nullable=False),
        sa.Column("due_by", Moment, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("contacted", sa.Boolean),
        sa.Column("solved", sa.Boolean),
        sa.Column("grade", sa.Integer),
        sa.Column("satisfied", sa.Boolean),
        sa.Column("words", Sealed("follow_ups.words"), nullable=False),
        sa.Column("by", sa.String(60), nullable=False),
        sa.Column("by_username", sa.String(60), nullable=False),
        sa.Column("done_at", Moment),
        sa.Column("settled_on", sa.Date),
        sa.Column("exclusion", sa.String(30), nullable=False),
        sa.Column("exclusion_note", Sealed("follow_ups.exclusion_note"), nullable=False),
        sa.Column("asked_by", sa.String(60), nullable=False),
        sa.Column("asked_by_username", sa.String(60), nullable=False),
        sa.Column("asked_at", Moment),
        sa.Column("review_note", Sealed("follow_ups.review_note"), nullable=False),
        sa.Column("reviewed_by", sa.String(60), nullable=False),
        sa.Column("reviewed_by_username", sa.String(60), nullable=False),
        sa.Column("reviewed_at", Moment),
        sa.Column("lapse", sa.String(20), nullable=False),
        sa.Column("contact_by", Moment),
        sa.Column("right_by", Moment),
        sa.Column("contacted_again_at", Moment),
        sa.Column("put_right_at", Moment),
        sa.Column("version", sa.Integer, nullable=False),
    )
    _index(table)
    return table


def _index(table: sa.Table) -> None:
    of = table.c
    sa.Index("follow_ups_order", of.order_number)
    sa.Index("follow_ups_due", of.state, of.due_by)
    sa.Index("follow_ups_department_due", of.department, of.state, of.due_by)
    sa.Index("follow_ups_settled", of.settled_on, of.department)
    sa.Index("follow_ups_department", of.department, of.settled_on)
    sa.Index("follow_ups_community", of.community_code, of.settled_on)
    sa.Index("follow_ups_matter", of.matter, of.settled_on)
    bad = of.right_by.is_not(None) & of.put_right_at.is_(None)
    sa.Index("follow_ups_bad", of.right_by, postgresql_where=bad, sqlite_where=bad)
