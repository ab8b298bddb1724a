"""Loading and saving the files of cases."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from services.intake.files.case_file import CaseFile
from services.intake.models import files
from services.intake.reason import Reason, Unknown, msgid
from shared.db import Transaction


def add(tx: Transaction, file: CaseFile) -> None:
    """A new file."""
    tx.insert(files, **asdict(file))


def load(tx: Transaction, number: str, file_id: str) -> CaseFile:
    """A file of this case that was not removed.

    Raises:
        Unknown: there is none.

    """
    row = tx.execute(_one(file_id)).mappings().first()
    return _present(row, number)


def forget(tx: Transaction, file: CaseFile) -> None:
    """Mark it removed, and forget its key and name: its bytes are noise from now on."""
    gone = files.update().where(files.c.id == file.id, files.c.removed_at.is_(None))
    tx.update(gone.values(removed_at=tx.now, key=b"", name=""))


def count(tx: Transaction, number: str) -> int:
    """How many files the case has."""
    counted = sa.select(sa.func.count()).select_from(files).where(*_of(number))
    found: int = tx.execute(counted).scalar_one()
    return found


def all_of(tx: Transaction, number: str) -> list[CaseFile]:
    """The case's files, for removing them with it."""
    return [CaseFile(**row) for row in tx.execute(sa.select(files).where(*_of(number))).mappings()]


def list_files(connection: sa.Connection, number: str) -> list[CaseFile]:
    """The case's files, oldest first."""
    listed = sa.select(files).where(*_of(number)).order_by(files.c.at, files.c.id)
    return [CaseFile(**row) for row in connection.execute(listed).mappings()]


def get_file(connection: sa.Connection, file_id: str) -> CaseFile:
    """The file with this id, if it was not removed.

    Raises:
        Unknown: there is none.

    """
    return _present(connection.execute(_one(file_id)).mappings().first())


def in_use(connection: sa.Connection, stored: set[str]) -> set[str]:
    """Which of these names in the vault belong to a file that was not removed."""
    kept = sa.select(files.c.stored).where(
        files.c.stored.in_(sorted(stored)), files.c.removed_at.is_(None)
    )
    return set(connection.execute(kept).scalars())


def _of(number: str) -> tuple[sa.ColumnElement[bool], ...]:
    return files.c.case_number == number, files.c.removed_at.is_(None)


def _one(file_id: str) -> sa.Select[Any]:
    return sa.select(files).where(files.c.id == file_id, files.c.removed_at.is_(None))


def _present(row: Mapping[Any, Any] | None, number: str | None = None) -> CaseFile:
    if row is None or number not in (None, row["case_number"]):
        text, remedy = msgid("没有这个文件，可能已经移除"), msgid("请刷新看看最新情况")
        raise Unknown(Reason("file", text, remedy))
    return CaseFile(**row)
