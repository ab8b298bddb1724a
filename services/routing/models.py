"""The tables of routing. Times are aware UTC; texts are as long as the contracts let them be."""

import sqlalchemy as sa

from shared.audit.tables import audit_tables
from shared.bus.tables import bus_tables
from shared.sessions import sessions_table
from shared.types import Moment

metadata = sa.MetaData()
bus = bus_tables(metadata)
ended_sessions = sessions_table(metadata)
audit = audit_tables(metadata)

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("number", sa.String(50), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False),
    sa.Column("transfer", sa.Integer, nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("kind", sa.String(30), nullable=False),
    sa.Column("urgency", sa.String(30), nullable=False),
    sa.Column("location", sa.String(300), nullable=False),
    sa.Column("community_code", sa.String(12), nullable=False),
    sa.Column("community_name", sa.String(60), nullable=False),
    sa.Column("applicant_name", sa.String(60), nullable=False),
    sa.Column("applicant_phone", sa.String(30), nullable=False),
    sa.Column("owner_name", sa.String(60), nullable=False),
    sa.Column("item_code", sa.String(20)),
    sa.Column("item_name", sa.String(200), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("case_version", sa.BigInteger, nullable=False),
    sa.Column("department", sa.String(8)),
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("suggestions", sa.JSON, nullable=False),
    sa.Column("dispatched_at", Moment),
    sa.Column("clock_from", Moment),
    sa.Column("contact_by", Moment),
    sa.Column("contact_yellow_at", Moment),
    sa.Column("contact_alarm_at", Moment),
    sa.Column("contacted_at", Moment),
    sa.Column("due_by", Moment),
    sa.Column("due_yellow_at", Moment),
    sa.Column("due_alarm_at", Moment),
    sa.Column("sign_at", Moment),
    sa.Column("extensions", sa.Integer, nullable=False),
    sa.Column("extension", sa.JSON(none_as_null=True)),
    sa.Column("return_request", sa.JSON(none_as_null=True)),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("completed_at", Moment),
    sa.Column("reviewed_at", Moment),
    sa.Column("hops", sa.Integer, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("grade", sa.Integer),
    sa.Column("rated_version", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
"""Work orders 工单, as ``order.Order`` says."""
sa.Index("orders_case", orders.c.case_number)
sa.Index("orders_department", orders.c.department, orders.c.state, orders.c.due_by)
sa.Index("orders_state", orders.c.state, orders.c.due_by)
for _alarm in (orders.c.contact_alarm_at, orders.c.due_alarm_at, orders.c.sign_at):
    # Partial, so that looking at the clocks reads only what has run out.
    sa.Index(
        f"orders_{_alarm.name}",
        _alarm,
        postgresql_where=_alarm.is_not(None),
        sqlite_where=_alarm.is_not(None),
    )

history = sa.Table(
    "order_history",
    metadata,
    sa.Column("number", sa.String(50), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("what", sa.String(30), nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("department", sa.String(8)),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""One line for every version of an order."""

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("department", sa.String(64), primary_key=True),
    sa.Column("reply_id", sa.String(200), primary_key=True),
    sa.Column("verb", sa.String(40), nullable=False),
    sa.Column("order_number", sa.String(50), nullable=False),
    sa.Column("via", sa.String(10), nullable=False),
    sa.Column("outcome", sa.String(10), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("original", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)
"""Every reply of a department, applied or rejected. Its own id makes it count once."""
sa.Index("replies_at", replies.c.department, replies.c.at)

early_facts = sa.Table(
    "early_facts",
    metadata,
    sa.Column("event_id", sa.String(200), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False),
    sa.Column("type", sa.String(100), nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("kept_at", Moment, nullable=False),
)
"""What was heard of cases without an order: most never get one, some a moment later (promise 5)."""
sa.Index("early_facts_case", early_facts.c.case_number)
sa.Index("early_facts_kept", early_facts.c.kept_at)
