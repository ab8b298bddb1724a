"""What identifies people is sealed, and may be erased."""

import sqlalchemy as sa
from alembic import op

from shared.sealing.migration import seal_columns, unseal_columns
from shared.types import Moment

revision = "0005_people"
down_revision = "0004_sessions"

NEED = {
    "wish": sa.Text(),
    "location": sa.String(300),
    "applicant": sa.String(60),
    "phone": sa.String(30),
    "note": sa.String(1000),
}
PARTNER = {"contact": sa.String(60), "phone": sa.String(30)}


def upgrade() -> None:
    op.add_column("cases", sa.Column("person", sa.LargeBinary))
    op.add_column("cases", sa.Column("erased_at", Moment))
    seal_columns(op, "partners", list(PARTNER))
    seal_columns(op, "needs", list(NEED), blind={"phone_index": "phone"})
    op.create_index("ix_needs_phone_index", "needs", ["phone_index"])
    op.add_column(
        "needs", sa.Column("person_version", sa.Integer, nullable=False, server_default="0")
    )
    with op.batch_alter_table("needs") as needs:
        needs.alter_column("person_version", server_default=None)
    op.add_column("needs", sa.Column("erased_at", Moment))
    seal_columns(op, "steps", ["note"])


def downgrade() -> None:
    unseal_columns(op, "steps", {"note": sa.String(1000)})
    op.drop_index("ix_needs_phone_index", "needs")
    with op.batch_alter_table("needs") as needs:
        for name in ("erased_at", "person_version", "phone_index"):
            needs.drop_column(name)
    unseal_columns(op, "needs", NEED)
    unseal_columns(op, "partners", PARTNER)
    with op.batch_alter_table("cases") as cases:
        for name in ("erased_at", "person"):
            cases.drop_column(name)
