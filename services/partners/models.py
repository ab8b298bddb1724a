"""The tables of partners."""

import sqlalchemy as sa

from shared.audit.tables import audit_tables
from shared.bus.tables import bus_tables
from shared.sealing import Blind, Sealed, SealedJSON
from shared.sessions import sessions_table
from shared.types import Moment

metadata = sa.MetaData()
bus = bus_tables(metadata)
ended_sessions = sessions_table(metadata)
audit = audit_tables(metadata)

partners = sa.Table(
    "partners",
    metadata,
    sa.Column("code", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("name_en", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("about_en", sa.Text, nullable=False),
    sa.Column("credit_code", sa.String(18), nullable=False, server_default=""),
    sa.Column("contact", Sealed("partners.contact"), nullable=False),
    sa.Column("phone", Sealed("partners.phone"), nullable=False),
    sa.Column("communities", sa.JSON, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("origin", sa.String(20), nullable=False),
    sa.Column("sources", sa.JSON, nullable=False),
    sa.Column("registered_by", sa.String(60), nullable=False),
    sa.Column("registered_at", Moment, nullable=False),
    sa.Column("decided_by", sa.String(60), nullable=False),
    sa.Column("decided_at", Moment),
    sa.Column("version", sa.Integer, nullable=False),
)

offerings = sa.Table(
    "offerings",
    metadata,
    sa.Column("partner", sa.ForeignKey("partners.code"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("list", sa.String(10), nullable=False),
    sa.Column("category", sa.String(40), nullable=False, index=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("name_en", sa.String(200), nullable=False),
    sa.Column("terms", sa.String(200), nullable=False),
    sa.Column("terms_en", sa.String(200), nullable=False),
    sa.Column("confirmed", sa.Boolean, nullable=False),
)

cases = sa.Table(  # how a case ended, which may be heard before its needs; version 0: it goes on
    "cases",
    metadata,
    sa.Column("number", sa.String(40), primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("person", SealedJSON("cases.person")),
    sa.Column("erased_at", Moment),
)
"""``person``: the resident as corrected, for needs that are heard later."""

needs = sa.Table(
    "needs",
    metadata,
    sa.Column("number", sa.String(40), primary_key=True),
    sa.Column("case_number", sa.String(40), nullable=False, index=True),
    sa.Column("case_version", sa.Integer, nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("category", sa.String(40), nullable=False),
    sa.Column("wish", Sealed("needs.wish"), nullable=False),
    sa.Column("location", Sealed("needs.location"), nullable=False),
    sa.Column("community", sa.String(12), nullable=False),
    sa.Column("community_name", sa.String(60), nullable=False),
    sa.Column("owner", sa.String(60), nullable=False),
    sa.Column("owner_name", sa.String(60), nullable=False),
    sa.Column("applicant", Sealed("needs.applicant"), nullable=False),
    sa.Column("phone", Sealed("needs.phone"), nullable=False),
    sa.Column("language", sa.String(5), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("partner", sa.ForeignKey("partners.code")),
    sa.Column("note", Sealed("needs.note"), nullable=False),
    sa.Column("raised_at", Moment, nullable=False),
    sa.Column("offered_at", Moment),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("points", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("phone_index", Blind("needs.phone"), nullable=False, index=True),
    sa.Column("person_version", sa.Integer, nullable=False),
    sa.Column("erased_at", Moment),
    sa.Index("needs_by_state", "state", "community"),
    sa.Index("needs_by_partner", "partner", "state"),
)

NEED = tuple(column for column in needs.c if column.name != "phone_index")
"""What is read of a need: all but what is only searched by."""

offers = sa.Table(
    "offers",
    metadata,
    sa.Column("need", sa.ForeignKey("needs.number"), primary_key=True),
    sa.Column("partner", sa.ForeignKey("partners.code"), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("offered_at", Moment, nullable=False),
    sa.Column("answered_at", Moment),
    sa.Index("offers_by_partner", "partner", "state"),
)

steps = sa.Table(  # what happened to a need, as its page tells it
    "steps",
    metadata,
    sa.Column("need", sa.ForeignKey("needs.number"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("action", sa.String(20), nullable=False),
    sa.Column("who", sa.String(100), nullable=False),
    sa.Column("note", Sealed("steps.note"), nullable=False),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("code", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    # a system account keeps no balance: everybody would queue for its one row
    sa.Column("balance", sa.BigInteger),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("balance >= 0", name="balance_not_negative"),
    sa.CheckConstraint("(kind = 'system') = (balance IS NULL)", name="passbooks_have_balances"),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("number", sa.String(20), primary_key=True),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("about", sa.String(100), nullable=False, unique=True),
    sa.Column("note", sa.String(300), nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("at", Moment, nullable=False),
)

postings = sa.Table(  # written before their entry, which seals them: see migrations/0001
    "postings",
    metadata,
    sa.Column(
        "entry",
        sa.ForeignKey("entries.number", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    ),
    sa.Column("line", sa.Integer, primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.code"), nullable=False, index=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.CheckConstraint("amount <> 0", name="amount_not_zero"),
)

rewards = sa.Table(
    "rewards",
    metadata,
    sa.Column("code", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("name_en", sa.String(200), nullable=False),
    sa.Column("terms", sa.String(200), nullable=False),
    sa.Column("terms_en", sa.String(200), nullable=False),
    sa.Column("price", sa.Integer, nullable=False),
    sa.Column("stock", sa.Integer, nullable=False),
    sa.Column("taken", sa.Integer, nullable=False),
    sa.Column("partner", sa.ForeignKey("partners.code")),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("price > 0", name="price_positive"),
    sa.CheckConstraint("taken >= 0 AND taken <= stock", name="stock_not_negative"),
)

redemptions = sa.Table(
    "redemptions",
    metadata,
    sa.Column("voucher", sa.String(20), primary_key=True),
    sa.Column("reward", sa.ForeignKey("rewards.code"), nullable=False),
    sa.Column("owner", sa.ForeignKey("accounts.code"), nullable=False, index=True),
    sa.Column("price", sa.Integer, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("request", sa.String(64), unique=True),  # the same wish sent twice is one voucher
    sa.Column("redeemed_at", Moment, nullable=False),
    sa.Column("settled_at", Moment),
    sa.Column("settled_by", sa.String(60), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)
