"""Ways and tracks of handling, promises, refusals, public notice, review, hand-over."""

import sqlalchemy as sa
from alembic import op

from shared.types import Moment

revision = "0010_ways"
down_revision = "0009_rights"

COLUMNS = (
    sa.Column("way", sa.String(20), nullable=False, server_default=""),
    sa.Column("groups", sa.LargeBinary),
    sa.Column("grid", sa.String(40), nullable=False, server_default=""),
    sa.Column("promise", sa.LargeBinary),
    sa.Column("promise_by", Moment),
    sa.Column("back_office_by", Moment),
    sa.Column("publication", sa.LargeBinary),
    sa.Column("publication_until", Moment),
    sa.Column("refused", sa.LargeBinary),
    sa.Column("review_by", Moment),
    sa.Column("visits", sa.Integer, nullable=False, server_default="1"),
    sa.Column("handed_over", sa.Integer, nullable=False, server_default="0"),
    sa.Column("catalogue_version", sa.String(40), nullable=False, server_default=""),
    sa.Column("archived_at", Moment),
)
WAITED_FOR = ("supplement_by", "promise_by", "back_office_by", "publication_until", "review_by")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("cases", column.copy())
    _index("cases_to_archive", "closed_at IS NOT NULL AND archived_at IS NULL", _ARCHIVED)
    for name in WAITED_FOR:
        _index(f"cases_{name}", f"{name} IS NOT NULL", [name])


_ARCHIVED = ["community", "closed_at"]


def _index(name: str, when: str, columns: list[str]) -> None:
    where = sa.text(when)
    op.create_index(name, "cases", columns, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    for name in ("to_archive", *WAITED_FOR):
        op.drop_index(f"cases_{name}", "cases")
    with op.batch_alter_table("cases") as changed:
        for column in COLUMNS:
            changed.drop_column(column.name)
