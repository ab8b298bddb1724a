"""What can name a person is sealed; who was erased or corrected, and who was pressed, has a place.

Titles stay readable, for lists are searched by them: identifiers in them are masked first. The
histories said the resident's name where the resident acted; they say that it was the resident.
"""

import sqlalchemy as sa
from alembic import op

from shared.mask import mask_text
from shared.sealing.migration import seal_columns, unseal_columns
from shared.types import Moment

revision = "0005_sealed_people"
down_revision = "0004_sessions"

JSON = sa.JSON(none_as_null=True)
ORDERS = {
    "description": sa.Text(),
    "location": sa.String(300),
    "applicant_name": sa.String(60),
    "applicant_phone": sa.String(30),
    "reasons": sa.JSON(),
    "suggestions": sa.JSON(),
    "extension": JSON,
    "return_request": JSON,
    "result": sa.Text(),
}
AT_ONCE = 500


def upgrade() -> None:
    _mask_titles()
    _name_no_resident()
    person_version = sa.Column("person_version", sa.BigInteger, nullable=False, server_default="0")
    for column in (person_version, sa.Column("erased_at", Moment), sa.Column("pressed_at", Moment)):
        op.add_column("orders", column)
    seal_columns(op, "orders", list(ORDERS), blind={"applicant_phone_index": "applicant_phone"})
    op.create_index("orders_phone", "orders", ["applicant_phone_index"])
    seal_columns(op, "order_history", ["note"])
    seal_columns(op, "replies", ["reason", "original"])
    op.create_index("replies_order", "replies", ["order_number"])
    seal_columns(op, "early_facts", ["data"])


def downgrade() -> None:
    unseal_columns(op, "early_facts", {"data": sa.JSON()})
    op.drop_index("replies_order", "replies")
    unseal_columns(op, "replies", {"reason": sa.Text(), "original": sa.Text()})
    unseal_columns(op, "order_history", {"note": sa.Text()})
    op.drop_index("orders_phone", "orders")
    unseal_columns(op, "orders", ORDERS)
    with op.batch_alter_table("orders") as batch:
        for name in ("applicant_phone_index", "person_version", "erased_at", "pressed_at"):
            batch.drop_column(name)


def _mask_titles() -> None:
    names = ("number", "title", "applicant_name")
    table = sa.table("orders", *(sa.column(name, sa.String) for name in names))
    bind, last = op.get_bind(), ""
    page = sa.select(table).where(table.c.number > sa.bindparam("last")).order_by(table.c.number)
    while rows := bind.execute(page.limit(AT_ONCE), {"last": last}).all():
        for number, title, name in rows:
            masked = mask_text(title, name)
            if masked != title:
                bind.execute(table.update().where(table.c.number == number).values(title=masked))
        last = rows[-1].number


def _name_no_resident() -> None:
    table = sa.table("order_history", sa.column("what", sa.String), sa.column("by", sa.String))
    theirs = table.c.what.in_(("case_reopened", "case_rated"))
    op.execute(table.update().where(theirs).values(by="居民"))
