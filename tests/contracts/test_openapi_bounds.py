"""Everything the APIs take has a bound: texts, lists, query values, as the descriptions say."""

from collections.abc import Iterator
from typing import Any

import pytest

from shared.contracts import SERVICES
from tests.fuzz.ground import application, grounds

PUBLISHED = {"post /api/routing/orders/{number}/completed .outcome"}
"""A published contract never takes less than it did; the size of the body bounds it."""


@pytest.fixture(scope="module")
def specs(tmp_path_factory) -> dict[str, dict[str, Any]]:
    with grounds(tmp_path_factory.mktemp("bounds")) as made:
        return {
            name: application(ground).test_client().get(f"/api/{name}/openapi.json").get_json()
            for name, ground in made.items()
        }


@pytest.mark.parametrize("name", SERVICES)
def test_what_an_api_takes_is_bounded(specs, name):
    spec = specs[name]
    assert sorted(set(_unbounded_inputs(spec)) - PUBLISHED) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "integer", "minimum": 1},
        {"type": "array", "items": {"type": "string", "maxLength": 3}},
        {"type": "array", "maxItems": 3, "items": {"type": "string"}},
        {"type": "object", "properties": {"a": {"type": ["string", "null"]}}},
        {"type": "object", "additionalProperties": {"type": "string"}},
    ],
)
def test_what_has_no_bound_is_found(schema):
    assert list(_unbounded(schema, {}, "x"))


def _unbounded_inputs(spec: dict[str, Any]) -> Iterator[str]:
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if not isinstance(operation, dict):
                continue
            where = f"{method} {path}"
            for parameter in operation.get("parameters", ()):
                if parameter.get("in") == "query":
                    yield from _unbounded(
                        parameter["schema"], spec, f"{where} ?{parameter['name']}"
                    )
            for kind, media in operation.get("requestBody", {}).get("content", {}).items():
                if kind == "application/json":
                    yield from _unbounded(media["schema"], spec, where)


def _unbounded(  # noqa: C901 - one branch a keyword of JSON Schema
    schema: dict[str, Any], spec: dict[str, Any], where: str
) -> Iterator[str]:
    if "$ref" in schema:
        found: Any = spec
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        yield from _unbounded(found, spec, where)
        return
    for one in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _unbounded(one, spec, where)
    kinds = schema.get("type", ())
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if "string" in kinds and not {"maxLength", "enum", "format", "pattern"} & schema.keys():
        yield where
    if kinds & {"integer", "number"} and not {"maximum", "enum"} & schema.keys():
        yield where
    if "array" in kinds:
        if "maxItems" not in schema:
            yield f"{where}[]"
        yield from _unbounded(schema.get("items", {}), spec, f"{where}[]")
    for name, inside in schema.get("properties", {}).items():
        if not inside.get("readOnly"):
            yield from _unbounded(inside, spec, f"{where} .{name}")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _unbounded(schema["additionalProperties"], spec, f"{where} .*")
        if "maxProperties" not in schema:
            yield f"{where} .*"
