"""What names, reaches or tells of residents is sealed, and may be erased."""

import sqlalchemy as sa
from alembic import op

from shared.mask import mask_text
from shared.sealing.migration import MOST_AT_ONCE, seal_columns, unseal_columns
from shared.types import Moment

revision = "0008_people"
down_revision = "0007_sessions"

CASES = {
    "applicant_name": sa.String(60),
    "applicant_phone": sa.String(30),
    "applicant_id_no": sa.String(20),
    "description": sa.Text(),
    "location": sa.String(300),
    "materials": sa.JSON(),
    "notice": sa.JSON(),
    "result": sa.Text(),
    "rating": sa.JSON(),
    "orders": sa.JSON(),
}
REFUSALS = {
    "description": sa.Text(),
    "applicant_name": sa.String(60),
    "applicant_phone": sa.String(30),
}
FOUND_BY = {
    "applicant_name_index": "applicant_name",
    "applicant_phone_index": "applicant_phone",
    "applicant_id_index": "applicant_id_no",
}


def upgrade() -> None:
    for table in ("cases", "refusals"):
        _mask_titles(table)
    seal_columns(op, "cases", list(CASES), blind=FOUND_BY)
    for name in FOUND_BY:
        op.create_index(f"ix_cases_{name}", "cases", [name])
    op.add_column("cases", sa.Column("erased_at", Moment))
    seal_columns(op, "case_history", ["data"])
    blind = {"applicant_phone_index": "applicant_phone"}
    seal_columns(op, "refusals", list(REFUSALS), blind=blind)
    op.create_index("ix_refusals_applicant_phone_index", "refusals", list(blind))
    op.add_column("refusals", sa.Column("erased_at", Moment))


def _mask_titles(table: str) -> None:
    """Titles stay plain: take names and numbers out of those that have them. They do not return."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete = ON")  # the old words are overwritten
    names = ("number", "title", "applicant_name")
    known = sa.table(table, *(sa.column(name, sa.String) for name in names))
    this, words = sa.bindparam("this"), sa.bindparam("words")
    change = known.update().where(known.c.number == this).values(title=words)
    portion = sa.select(known).order_by(known.c.number).limit(MOST_AT_ONCE)
    more = portion
    while rows := bind.execute(more).all():
        told = [
            {"this": row.number, "words": masked}
            for row in rows
            if (masked := mask_text(row.title, row.applicant_name)) != row.title
        ]
        if told:
            bind.execute(change, told)
        more = portion.where(known.c.number > rows[-1].number)


def downgrade() -> None:
    _without("refusals", "applicant_phone_index")
    unseal_columns(op, "refusals", REFUSALS)
    unseal_columns(op, "case_history", {"data": sa.JSON()})
    _without("cases", *FOUND_BY)
    unseal_columns(op, "cases", CASES)
    op.create_index("cases_by_phone", "cases", ["applicant_phone"])
    op.create_index("cases_by_name", "cases", ["applicant_name"])


def _without(table: str, *indexes: str) -> None:
    for name in indexes:
        op.drop_index(f"ix_{table}_{name}", table)
    with op.batch_alter_table(table) as changed:
        for name in ("erased_at", *indexes):
            changed.drop_column(name)
