"""Accounts: one-time passwords, the identity provider's name for a person, a count of changes."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0006_accounts"
down_revision = "0005_tries"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("identity", sa.String(255)))
    # Who signs in today chose their password, or was given it by hand: nobody is locked out.
    op.add_column(
        "accounts",
        sa.Column("must_change", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.add_column("accounts", sa.Column("password_at", Moment))
    op.add_column("accounts", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.create_index("accounts_by_identity", "accounts", ["identity"], unique=True)


def downgrade() -> None:
    op.drop_index("accounts_by_identity", "accounts")
    for column in ("version", "password_at", "must_change", "identity"):
        op.drop_column("accounts", column)
