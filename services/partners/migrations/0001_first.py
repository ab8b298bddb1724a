"""First tables, and the guards of the ledger.

The guards hold for whoever writes, also with psql or sqlite3 in hand:

- a posting is written before its entry; the entry seals it. An entry is refused unless its postings
  sum to zero, a posting is refused once its entry is there, and a posting without an entry cannot
  be committed (deferred foreign key). So every entry is balanced, for ever;
- postings and entries are never changed or deleted;
- a passbook's balance is never below zero, and never anything but the sum of its postings.
"""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0001"
down_revision = None

SEALED = "EXISTS (SELECT 1 FROM entries WHERE number = NEW.entry)"
UNBALANCED = "(SELECT COALESCE(SUM(amount), 1) FROM postings WHERE entry = NEW.number) <> 0"
THERE = "EXISTS (SELECT 1 FROM entries WHERE number = NEW.number)"
NOT_THE_SUM = (
    "NEW.kind <> OLD.kind OR NEW.code <> OLD.code OR "
    "NEW.balance <> (SELECT COALESCE(SUM(amount), 0) FROM postings WHERE account = NEW.code)"
)
GUARDS = (
    ("sealed", "INSERT", "postings", SEALED, "the entry is sealed; write a new entry"),
    ("balanced", "INSERT", "entries", UNBALANCED, "the postings do not sum to zero"),
    ("once", "INSERT", "entries", THERE, "the entry is there already"),
    ("postings_stay", "UPDATE", "postings", "1 = 1", "postings are never changed"),
    ("postings_kept", "DELETE", "postings", "1 = 1", "postings are never deleted"),
    ("entries_stay", "UPDATE", "entries", "1 = 1", "entries are never changed"),
    ("entries_kept", "DELETE", "entries", "1 = 1", "entries are never deleted"),
    ("opened_empty", "INSERT", "accounts", "NEW.balance <> 0", "a passbook is opened empty"),
    ("balance", "UPDATE", "accounts", NOT_THE_SUM, "a balance is the sum of its postings"),
)
"""(name, event, table, refused when, why)"""


def upgrade() -> None:
    _bus()
    _partners()
    _needs()
    _ledger()
    _rewards()
    for guard in GUARDS:
        _guard(*guard)
    if op.get_bind().dialect.name == "postgresql":
        _no_truncate("postings", "entries")


def downgrade() -> None:
    for table in (
        "redemptions", "rewards", "postings", "entries", "accounts", "steps", "offers", "needs",
        "cases", "offerings", "partners", "serials", "parked", "inbox", "outbox",
    ):  # fmt: skip
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for name, *_ in (*GUARDS, ("no_truncate",)):
            op.execute(f"DROP FUNCTION ledger_{name}()")


def _guard(name: str, event: str, table: str, when: str, why: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER ledger_{name} BEFORE {event} ON {table} WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, 'ledger: {why}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION ledger_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} THEN RAISE EXCEPTION 'ledger: {why}' USING ERRCODE = '23000'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER ledger_{name} BEFORE {event} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION ledger_{name}()"
    )


def _no_truncate(*tables: str) -> None:
    op.execute(
        "CREATE FUNCTION ledger_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'ledger: entries are never deleted' USING ERRCODE = '23000'; END $$"
    )
    for table in tables:
        op.execute(
            f"CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_no_truncate()"
        )


def _text(name: str, length: int | None = None, **extra: object) -> sa.Column:
    extra.setdefault("nullable", False)
    return sa.Column(name, sa.String(length) if length else sa.Text(), **extra)


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _bus() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        _text("event_id", 64),
        _text("type", 100),
        _text("exchange", 64),
        _text("routing_key", 128),
        _text("body"),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment()),
    )
    unsent = sa.text("sent_at IS NULL")
    op.create_index("outbox_unsent", "outbox", ["id"], postgresql_where=unsent, sqlite_where=unsent)
    op.create_table(
        "inbox",
        _text("event_id", 200, primary_key=True),
        _text("consumer", 64, primary_key=True),
        sa.Column("heard_at", Moment(), nullable=False),
    )
    op.create_table(
        "parked",
        _text("event_id", 200, primary_key=True),
        _text("consumer", 64, primary_key=True),
        _text("routing_key", 255),
        _text("user_id", 255),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("state", 10, index=True),
        _number("attempts"),
        _text("reason"),
        sa.Column("first_failed_at", Moment(), nullable=False),
        sa.Column("next_attempt_at", Moment(), index=True),
    )
    op.create_table(
        "serials",
        _text("name", 64, primary_key=True),
        sa.Column("next", sa.BigInteger(), nullable=False),
    )


def _partners() -> None:
    op.create_table(
        "partners",
        _text("code", 40, primary_key=True),
        _text("name", 100),
        _text("name_en", 200),
        _text("kind", 20),
        _text("state", 20, index=True),
        _text("about"),
        _text("about_en"),
        _text("contact", 60),
        _text("phone", 30),
        sa.Column("communities", sa.JSON(), nullable=False),
        _number("capacity"),
        _text("origin", 20),
        sa.Column("sources", sa.JSON(), nullable=False),
        _text("registered_by", 60),
        sa.Column("registered_at", Moment(), nullable=False),
        _text("decided_by", 60),
        sa.Column("decided_at", Moment()),
        _number("version"),
    )
    op.create_table(
        "offerings",
        sa.Column("partner", sa.String(40), sa.ForeignKey("partners.code"), primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True),
        _text("list", 10),
        _text("category", 40, index=True),
        _text("name", 100),
        _text("name_en", 200),
        _text("terms", 200),
        _text("terms_en", 200),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
    )


def _needs() -> None:
    op.create_table(
        "cases", _text("number", 40, primary_key=True), _text("state", 20), _number("version")
    )
    op.create_table(
        "needs",
        _text("number", 40, primary_key=True),
        _text("case_number", 40, index=True),
        _number("case_version"),
        _text("title", 200),
        _text("category", 40),
        _text("wish"),
        _text("location", 300),
        _text("community", 12),
        _text("community_name", 60),
        _text("owner", 60),
        _text("owner_name", 60),
        _text("applicant", 60),
        _text("phone", 30),
        _text("language", 5),
        _text("state", 20),
        sa.Column("partner", sa.String(40), sa.ForeignKey("partners.code")),
        _text("note", 1000),
        sa.Column("raised_at", Moment(), nullable=False),
        sa.Column("offered_at", Moment()),
        sa.Column("changed_at", Moment(), nullable=False),
        _number("points"),
        _number("version"),
    )
    op.create_index("needs_by_state", "needs", ["state", "community"])
    op.create_index("needs_by_partner", "needs", ["partner", "state"])
    op.create_table(
        "offers",
        sa.Column("need", sa.String(40), sa.ForeignKey("needs.number"), primary_key=True),
        sa.Column("partner", sa.String(40), sa.ForeignKey("partners.code"), primary_key=True),
        _text("state", 10),
        _number("score"),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("offered_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment()),
    )
    op.create_index("offers_by_partner", "offers", ["partner", "state"])
    op.create_table(
        "steps",
        sa.Column("need", sa.String(40), sa.ForeignKey("needs.number"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
        _text("state", 20),
        _text("action", 20),
        _text("who", 100),
        _text("note", 1000),
    )


def _ledger() -> None:
    accounts = op.create_table(
        "accounts",
        _text("code", 40, primary_key=True),
        _text("kind", 10),
        sa.Column("balance", sa.BigInteger()),
        _number("version"),
        sa.CheckConstraint("balance >= 0", name="balance_not_negative"),
        sa.CheckConstraint("(kind = 'system') = (balance IS NULL)", name="passbooks_have_balances"),
    )
    op.create_table(
        "entries",
        _text("number", 20, primary_key=True),
        _text("kind", 10),
        _text("about", 100, unique=True),
        _text("note", 300),
        _text("by", 60),
        sa.Column("at", Moment(), nullable=False),
    )
    sealed_by = sa.ForeignKey("entries.number", deferrable=True, initially="DEFERRED")
    op.create_table(
        "postings",
        sa.Column("entry", sa.String(20), sealed_by, primary_key=True),
        sa.Column("line", sa.Integer(), primary_key=True),
        sa.Column(
            "account", sa.String(40), sa.ForeignKey("accounts.code"), nullable=False, index=True
        ),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name="amount_not_zero"),
    )
    system = [
        {"code": code, "kind": "system", "balance": None, "version": 1}
        for code in ("system:issued", "system:redeemed")
    ]
    op.bulk_insert(accounts, system)


def _rewards() -> None:
    op.create_table(
        "rewards",
        _text("code", 40, primary_key=True),
        _text("name", 100),
        _text("name_en", 200),
        _text("terms", 200),
        _text("terms_en", 200),
        _number("price"),
        _number("stock"),
        _number("taken"),
        sa.Column("partner", sa.String(40), sa.ForeignKey("partners.code")),
        sa.Column("active", sa.Boolean(), nullable=False),
        _number("version"),
        sa.CheckConstraint("price > 0", name="price_positive"),
        sa.CheckConstraint("taken >= 0 AND taken <= stock", name="stock_not_negative"),
    )
    op.create_table(
        "redemptions",
        _text("voucher", 20, primary_key=True),
        sa.Column("reward", sa.String(40), sa.ForeignKey("rewards.code"), nullable=False),
        sa.Column(
            "owner", sa.String(40), sa.ForeignKey("accounts.code"), nullable=False, index=True
        ),
        _number("price"),
        _text("state", 20),
        _text("request", 64, nullable=True, unique=True),
        sa.Column("redeemed_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment()),
        _text("settled_by", 60),
        _number("version"),
    )
