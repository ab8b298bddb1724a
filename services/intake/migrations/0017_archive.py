"""The archive 归档: sealed dossiers of finished cases, found again; the day's end."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0017_archive"
down_revision = "0016_hotline"

_INDEXED = ("name", "phone", "id")


def upgrade() -> None:
    op.create_table(
        "dossiers",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("item", sa.String(40), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("community", sa.String(12), nullable=False),
        sa.Column("channel", sa.String(30), nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("owner_username", sa.String(60), nullable=False),
        sa.Column("owner_name", sa.String(60), nullable=False),
        sa.Column("applicant_name", sa.LargeBinary, nullable=False),
        sa.Column("applicant_phone", sa.LargeBinary, nullable=False),
        sa.Column("applicant_id_no", sa.LargeBinary, nullable=False),
        sa.Column("applicant_name_index", sa.LargeBinary(16)),
        sa.Column("applicant_phone_index", sa.LargeBinary(16)),
        sa.Column("applicant_id_index", sa.LargeBinary(16)),
    )
    op.create_index("dossiers_place", "dossiers", ["place"], unique=True)
    op.create_index("dossiers_community", "dossiers", ["community", "place"])
    op.create_index("dossiers_item", "dossiers", ["community", "item", "place"])
    for name in _INDEXED:
        column = f"applicant_{name}_index"
        _partial(f"dossiers_{name}", "dossiers", [column, "place"], f"{column} IS NOT NULL")
    op.create_table(
        "dossier_documents",
        sa.Column("number", sa.String(40), primary_key=True),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("sealed_at", Moment, nullable=False),
        sa.Column("sealed_by", sa.String(60), nullable=False),
    )
    op.create_table(
        "dossier_words",
        sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "day_reports",
        sa.Column("community", sa.String(12), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("made_by", sa.String(60), nullable=False),
        sa.Column("said", sa.JSON, nullable=False),
    )
    op.add_column("refusals", sa.Column("archived_at", Moment))
    _partial("refusals_to_archive", "refusals", ["community", "at"], "archived_at IS NULL")


def _partial(name: str, table: str, columns: list[str], when: str) -> None:
    where = sa.text(when)
    op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    op.drop_index("refusals_to_archive", "refusals")
    with op.batch_alter_table("refusals") as changed:
        changed.drop_column("archived_at")
    for name in ("day_reports", "dossier_words", "dossier_documents", "dossiers"):
        op.drop_table(name)
