"""Contracts as JSON Schema, and their examples as whole events. Documents are made from these."""

import json
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from shared.bus.event import Event, encode
from shared.contracts import DEPARTMENTS, Contract, ContractSchema

PLACE = "#/components/schemas/"
EXAMPLE_TIME = datetime.fromisoformat("2026-11-21T01:12:00+00:00")
EXAMPLE_DEPARTMENT = "ga"


class SameName(ValueError):
    """Two schema classes share a name; in a document they would be one."""


def components(contracts: Iterable[Contract]) -> dict[str, Any]:
    """Every schema of ``contracts`` by its class name, JSON Schema with references between them.

    Raises:
        SameName: two different classes have the same name.
    """
    known: dict[str, type] = {}
    plugin = MarshmallowPlugin(schema_name_resolver=lambda schema: _name(schema, known))
    spec = APISpec("contracts", "1", "3.1.0", plugins=[plugin])
    converter: Any = plugin.converter
    for contract in contracts:
        converter.resolve_nested_schema(contract.schema)
    schemas: dict[str, Any] = spec.to_dict().get("components", {}).get("schemas", {})
    return {name: _described(schemas[name], known[name]) for name in sorted(schemas)}


def inlined(contract: Contract) -> dict[str, Any]:
    """The schema of one contract's ``data`` with every reference written out."""
    schemas = components([contract])
    whole: dict[str, Any] = _resolve(schemas[contract.schema.__name__], schemas)
    return whole


def example_key(contract: Contract) -> str:
    """The routing key the example would travel with."""
    if (
        contract.owner == DEPARTMENTS
    ):  # a reply's data does not repeat the department: its key says it
        return f"{contract.name}.{EXAMPLE_DEPARTMENT}"
    return contract.routing_key(contract.example)


def example_event(contract: Contract) -> dict[str, Any]:
    """The contract's example as it travels: a whole CloudEvent."""
    data = contract.example
    event = Event(
        id=uuid.uuid5(uuid.NAMESPACE_URL, contract.type).hex,
        type=contract.type,
        source=_source(contract),
        subject=_subject(data),
        time=EXAMPLE_TIME,
        version=0 if contract.owner == DEPARTMENTS else 1,
        data=data,
    )
    envelope: dict[str, Any] = json.loads(encode(event))
    return envelope


def _subject(data: Mapping[str, Any]) -> str:
    """The case, order or person it is about."""
    named = (data.get(name) for name in ("number", "order", "case_number", "reply_id", "username"))
    return next(str(value) for value in named if value)


def _source(contract: Contract) -> str:
    if contract.owner == DEPARTMENTS:
        return f"/department/{EXAMPLE_DEPARTMENT}"
    return f"/{contract.owner}"


def _name(schema: Any, known: dict[str, type]) -> str:
    kind: type = schema if isinstance(schema, type) else type(schema)
    if known.setdefault(kind.__name__, kind) is not kind:
        raise SameName(
            f"{kind.__name__}: in {kind.__module__} and {known[kind.__name__].__module__}"
        )
    return kind.__name__


def _described(schema: Mapping[str, Any], kind: type) -> dict[str, Any]:
    told = {} if kind is ContractSchema else {"description": " ".join((kind.__doc__ or "").split())}
    return {**told, **schema}


def _resolve(part: Any, schemas: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_resolve(one, schemas) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _resolve(schemas[part["$ref"].removeprefix(PLACE)], schemas)
    return {key: _resolve(value, schemas) for key, value in part.items()}
