"""The tables of routing. Times are aware UTC; texts are as long as the contracts let them be.

What can name a person, free text included, is sealed. Titles are not, for lists are searched by
them: identifiers in them are masked before they are written (`people.title_of`).
"""

import sqlalchemy as sa

from services.routing.channels.tables import channel_tables
from services.routing.follow_ups.tables import follow_ups_table
from services.routing.listing import add_indexes
from services.routing.pressing.tables import pressing_tables
from services.routing.problems.tables import problem_tables
from services.routing.suggesting.tables import learned_tables
from shared.audit.tables import audit_tables
from shared.bus.tables import bus_tables
from shared.sealing import Blind, Sealed, SealedJSON
from shared.sessions import sessions_table
from shared.types import Moment

metadata = sa.MetaData()
bus = bus_tables(metadata)
ended_sessions = sessions_table(metadata)
audit = audit_tables(metadata)
learned = learned_tables(metadata)
follow_ups = follow_ups_table(metadata)

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("number", sa.String(50), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False),
    sa.Column("transfer", sa.Integer, nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("description", Sealed("orders.description"), nullable=False),
    sa.Column("kind", sa.String(30), nullable=False),
    sa.Column("urgency", sa.String(30), nullable=False),
    sa.Column("location", Sealed("orders.location"), nullable=False),
    sa.Column("community_code", sa.String(12), nullable=False),
    sa.Column("community_name", sa.String(60), nullable=False),
    sa.Column("applicant_name", Sealed("orders.applicant_name"), nullable=False),
    sa.Column("applicant_phone", Sealed("orders.applicant_phone"), nullable=False),
    sa.Column("applicant_phone_index", Blind("orders.applicant_phone"), nullable=False),
    sa.Column("person_version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("erased_at", Moment),
    sa.Column("owner_name", sa.String(60), nullable=False),
    sa.Column("owner_version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("item_code", sa.String(20)),
    sa.Column("item_name", sa.String(200), nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("case_version", sa.BigInteger, nullable=False),
    sa.Column("department", sa.String(8)),
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("reasons", SealedJSON("orders.reasons"), nullable=False),
    sa.Column("suggestions", SealedJSON("orders.suggestions"), nullable=False),
    sa.Column("dispatched_at", Moment),
    sa.Column("clock_from", Moment),
    sa.Column("contact_by", Moment),
    sa.Column("contact_yellow_at", Moment),
    sa.Column("contacted_at", Moment),
    sa.Column("due_by", Moment),
    sa.Column("due_yellow_at", Moment),
    sa.Column("extensions", sa.Integer, nullable=False),
    sa.Column("extension", SealedJSON("orders.extension")),
    sa.Column("return_request", SealedJSON("orders.return_request")),
    sa.Column("result", Sealed("orders.result"), nullable=False),
    sa.Column("completed_at", Moment),
    sa.Column("reviewed_at", Moment),
    sa.Column("pressed_at", Moment),
    sa.Column("hops", sa.Integer, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("grade", sa.Integer),
    sa.Column("rated_version", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("lead", sa.String(50)),
    sa.Column("assists", sa.Integer, nullable=False, server_default="0"),
    sa.Column("first_department", sa.String(8)),
    sa.Column("matter", sa.String(60), nullable=False, server_default=""),
    sa.Column("repeats", sa.Integer, nullable=False, server_default="0"),
    sa.Column("paused_at", Moment),
    sa.Column("pause", sa.JSON(none_as_null=True)),
    sa.Column("clock_facts", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("timers", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("next_at", Moment),
    sa.Column("reported", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("arbitration", sa.JSON(none_as_null=True)),
    sa.Column("replied_by", sa.String(60), nullable=False, server_default=""),
    sa.Column("reviewed_by", sa.String(60), nullable=False, server_default=""),
)
"""Work orders 工单, as ``order.Order`` says."""
sa.Index("orders_case", orders.c.case_number)
sa.Index("orders_phone", orders.c.applicant_phone_index)
sa.Index("orders_department", orders.c.department, orders.c.state, orders.c.due_by)
sa.Index("orders_state", orders.c.state, orders.c.due_by)
for _looked_for in (orders.c.next_at, orders.c.lead):
    # Partial: looking at the clocks reads only what has a timer, looking for assists only assists.
    sa.Index(
        f"orders_{_looked_for.name}",
        _looked_for,
        postgresql_where=_looked_for.is_not(None),
        sqlite_where=_looked_for.is_not(None),
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
    sa.Column("note", Sealed("order_history.note"), nullable=False),
    sa.Column("data", sa.JSON, nullable=False, server_default="{}"),
)
"""One line for every version of an order."""
add_indexes(orders, history)

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("department", sa.String(64), primary_key=True),
    sa.Column("reply_id", sa.String(200), primary_key=True),
    sa.Column("verb", sa.String(40), nullable=False),
    sa.Column("order_number", sa.String(50), nullable=False),
    sa.Column("via", sa.String(10), nullable=False),
    sa.Column("outcome", sa.String(10), nullable=False),
    sa.Column("reason", Sealed("replies.reason"), nullable=False),
    sa.Column("original", Sealed("replies.original"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("kept_until", Moment),
)
"""Every reply of a department, applied or rejected. Its own id makes it count once, for ever.

What it said is kept until ``kept_until``; where that is empty, nothing of it is.
"""
sa.Index("replies_at", replies.c.department, replies.c.at)
sa.Index("replies_order", replies.c.order_number)
_has_words = replies.c.kept_until.is_not(None)
sa.Index(
    "replies_kept",
    replies.c.kept_until,
    postgresql_where=_has_words,
    sqlite_where=_has_words,
)

early_facts = sa.Table(
    "early_facts",
    metadata,
    sa.Column("event_id", sa.String(200), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False),
    sa.Column("type", sa.String(100), nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("data", SealedJSON("early_facts.data"), nullable=False),
    sa.Column("kept_at", Moment, nullable=False),
)
"""What was heard of cases without an order: most never get one, some a moment later (promise 5).

That a person is to be forgotten is kept for ever, order or not: what comes late must not bring them
back.
"""
sa.Index("early_facts_case", early_facts.c.case_number)
sa.Index("early_facts_kept", early_facts.c.kept_at)

channels = channel_tables(metadata)
"""How departments get their orders (channels/)."""

pressing = pressing_tables(metadata)
"""Pressings, returns and visits to the spot (pressing/)."""

problem_list = problem_tables(metadata)
"""Problems, clusters and look-backs (problems/); it adds indexes to the orders."""
