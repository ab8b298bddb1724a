"""A partner may give its unified social credit code (GB 32100), which anybody can look up."""

import sqlalchemy as sa
from alembic import op

revision = "0006_credit_code"
down_revision = "0005_people"


def upgrade() -> None:
    code = sa.Column("credit_code", sa.String(18), nullable=False, server_default="")
    op.add_column("partners", code)


def downgrade() -> None:
    op.drop_column("partners", "credit_code")
