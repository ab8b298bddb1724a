"""The parts of a case as documents of its row, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.intake.case import (
    Handler,
    ItemSnapshot,
    Notice,
    Promise,
    Publication,
    Rating,
    Refused,
)


def item_row(item: ItemSnapshot | None) -> dict[str, Any]:
    """As a document."""
    return {} if item is None else asdict(item) | {"procedure": list(item.procedure)}


def item_of(row: Mapping[str, Any]) -> ItemSnapshot | None:
    """From its document."""
    return ItemSnapshot(**{**row, "procedure": tuple(row["procedure"])}) if row else None


def notice_row(notice: Notice | None) -> dict[str, Any]:
    """As a document."""
    if notice is None:
        return {}
    return {
        "at": notice.at.isoformat(),
        "by": notice.by,
        "missing": list(notice.missing),
        "supplement_by": notice.supplement_by.isoformat(),
    }


def notice_of(row: Mapping[str, Any]) -> Notice | None:
    """From its document."""
    if not row:
        return None
    return Notice(
        at=datetime.fromisoformat(row["at"]),
        by=row["by"],
        missing=tuple(row["missing"]),
        supplement_by=datetime.fromisoformat(row["supplement_by"]),
    )


def rating_row(rating: Rating | None) -> dict[str, Any]:
    """As a document."""
    return {} if rating is None else asdict(rating) | {"at": rating.at.isoformat()}


def rating_of(row: Mapping[str, Any]) -> Rating | None:
    """From its document."""
    return Rating(**{**row, "at": datetime.fromisoformat(row["at"])}) if row else None


def promise_row(promise: Promise | None) -> dict[str, Any] | None:
    """As a document."""
    return None if promise is None else _plain(promise)


def promise_of(row: Mapping[str, Any] | None) -> Promise | None:
    """From its document."""
    if not row:
        return None
    return Promise(**_times(row, "at", "due", "kept_at") | {"materials": tuple(row["materials"])})


def publication_row(publication: Publication | None) -> dict[str, Any] | None:
    """As a document."""
    return None if publication is None else _plain(publication)


def publication_of(row: Mapping[str, Any] | None) -> Publication | None:
    """From its document."""
    if not row:
        return None
    told = {"back_to": Handler(**row["back_to"]), "objections": tuple(row["objections"])}
    return Publication(**_times(row, "at", "until", "ended_at") | told)


def refused_row(refused: Refused | None) -> dict[str, Any] | None:
    """As a document."""
    return None if refused is None else _plain(refused)


def refused_of(row: Mapping[str, Any] | None) -> Refused | None:
    """From its document."""
    return Refused(**_times(row, "at")) if row else None


def _plain(part: Any) -> dict[str, Any]:
    """A part with its times as text; lists for tuples, as JSON gives them back."""
    return {name: _value(value) for name, value in asdict(part).items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _times(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    read = {name: row[name] and datetime.fromisoformat(row[name]) for name in names}
    return {**row, **read}
