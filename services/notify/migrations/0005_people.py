"""What identifies people is sealed, and may be erased."""

import sqlalchemy as sa
from alembic import op

from shared.sealing.migration import seal_columns, unseal_columns
from shared.types import Moment

revision = "0005_people"
down_revision = "0004_sessions"

MESSAGE = {
    "recipient_name": sa.String(60),
    "phone": sa.String(30),
    "email": sa.String(200),
    "subject": sa.Text(),
    "body": sa.Text(),
    "params": sa.JSON(),
}


def upgrade() -> None:
    seal_columns(op, "contacts", ["applicant", "phone"], blind={"phone_index": "phone"})
    op.create_index("ix_contacts_phone_index", "contacts", ["phone_index"])
    op.add_column(
        "contacts", sa.Column("person_version", sa.Integer, nullable=False, server_default="0")
    )
    with op.batch_alter_table("contacts") as contacts:
        contacts.alter_column("person_version", server_default=None)
    op.add_column("contacts", sa.Column("erased_at", Moment))
    seal_columns(op, "messages", list(MESSAGE))
    seal_columns(op, "attempts", ["detail"])


def downgrade() -> None:
    unseal_columns(op, "attempts", {"detail": sa.Text()})
    unseal_columns(op, "messages", MESSAGE)
    op.drop_index("ix_contacts_phone_index", "contacts")
    with op.batch_alter_table("contacts") as contacts:
        for name in ("erased_at", "person_version", "phone_index"):
            contacts.drop_column(name)
    unseal_columns(op, "contacts", {"applicant": sa.String(60), "phone": sa.String(30)})
