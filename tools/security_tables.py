"""The tables of docs/security.md that are made from the code: who may do what, and what is sealed.

They stand between marks, ``<!-- made: NAME -->`` and ``<!-- end: NAME -->``; what is around them is
written by hand.
"""

import importlib
import re
from collections.abc import Callable, Iterator, Mapping

import sqlalchemy as sa

from shared.bus import local
from shared.contracts import SERVICES
from shared.permissions import PERMISSIONS, PUBLIC, ROLE_NAMES, Roles
from shared.sealing import Blind
from shared.sealing.types import SealedType


def fill(text: str) -> str:
    """The document with its tables as the code has them today.

    Raises:
        LookupError: a table's marks are not in it.
    """
    for name, table in TABLES.items():
        begin, end = f"<!-- made: {name} -->", f"<!-- end: {name} -->"
        place = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        found = place.search(text)
        if found is None:
            raise LookupError(
                f"docs/security.md: has no place for the table {name!r}: {begin} {end}"
            )
        made = "\n".join([begin, *table(), end])
        text = text[: found.start()] + made + text[found.end() :]
    return text


def permissions(table: Mapping[str, Roles] = PERMISSIONS) -> Iterator[str]:
    """One row an action, one column a role; how far it reaches, or nothing."""
    yield f"| action | {' | '.join(ROLE_NAMES)} |"
    yield f"|---|{'---|' * len(ROLE_NAMES)}"
    for action, roles in table.items():
        scopes = [roles[role].value if role in roles else "" for role in ROLE_NAMES]
        yield f"| `{action}` | {' | '.join(scopes)} |"


def public() -> Iterator[str]:
    """What needs no account, and why."""
    yield "| action | why everybody may |"
    yield "|---|---|"
    for action, why in PUBLIC.items():
        yield f"| `{action}` | {why} |"


def sealed() -> Iterator[str]:
    """Every table with sealed columns, and the blind indexes that find equal values of them."""
    yield "| kept by | table | sealed | found by a blind index |"
    yield "|---|---|---|---|"
    for owner, metadata in _kept().items():
        for table in metadata.sorted_tables:
            columns = _named(table, SealedType)
            if columns:
                yield f"| {owner} | `{table.name}` | {columns} | {_named(table, Blind)} |"


def sealed_columns() -> set[str]:
    """``table.column`` of every sealed column of the platform."""
    return {
        f"{table.name}.{column.name}"
        for metadata in _kept().values()
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, SealedType)
    }


def _kept() -> dict[str, sa.MetaData]:
    models = {name: importlib.import_module(f"services.{name}.models") for name in SERVICES}
    return {
        **{name: module.metadata for name, module in models.items()},
        "in-process bus": local.metadata,
    }


def _named(table: sa.Table, kind: type) -> str:
    return ", ".join(
        f"`{column.name}`" for column in table.columns if isinstance(column.type, kind)
    )


TABLES: Mapping[str, Callable[[], Iterator[str]]] = {
    "permissions": permissions,
    "public": public,
    "sealed": sealed,
}
"""Mark -> what makes the table's lines."""
