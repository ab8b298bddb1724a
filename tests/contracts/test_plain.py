"""The quick look at events: it knows good data, and never says yes where marshmallow says no."""

import copy
from collections.abc import Iterator

import pytest
from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validates_schema

from shared.contracts import REGISTRY
from shared.contracts.plain import looker

ODD = (
    None, "", " ", "x" * 5000, "ga", "GA!", "123", "340603002001", "2026-11-21T09:12:00",
    "2026-11-21T09:12:00+08:00", "2026-13-41", 0, 1, -1, 10**30, 1.5, float("nan"), float("inf"),
    True, False, [], [None], [1], ["x"], [[]], {}, {"code": None}, {"name": "x"}, b"x",
    "a\0b", "\ud800",
)  # fmt: skip
MISSING = object()


def odd_copies(data: dict[str, object], value: object) -> Iterator[dict[str, object]]:
    """Copies of ``data``, each with one thing in it, at any depth, replaced or taken out."""
    for path in paths(data):
        changed = copy.deepcopy(data)
        inside = changed
        for step in path[:-1]:
            inside = inside[step]
        if value is MISSING:
            del inside[path[-1]]
        else:
            inside[path[-1]] = copy.deepcopy(value)
        yield changed


def paths(data: object) -> Iterator[tuple[object, ...]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in pairs:
        yield (key,)
        if isinstance(value, (dict, list)):
            yield from ((key, *rest) for rest in paths(value))


def accepted(schema: Schema, data: object) -> bool:
    try:
        schema.load(data)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("contract", REGISTRY, ids=lambda contract: contract.type)
def test_an_example_plainly_fits(contract) -> None:
    assert looker(contract.schema())(dict(contract.example))


@pytest.mark.parametrize("contract", REGISTRY, ids=lambda contract: contract.type)
def test_yes_only_where_marshmallow_says_yes(contract) -> None:
    schema, look = contract.schema(), looker(contract.schema())
    wrong = [
        data
        for value in (*ODD, MISSING)
        for data in odd_copies(dict(contract.example), value)
        if look(data) and not accepted(schema, data)
    ]
    assert not wrong


@pytest.mark.parametrize("contract", REGISTRY, ids=lambda contract: contract.type)
def test_what_is_missing_is_seen(contract) -> None:
    needed = [name for name, field in contract.schema().fields.items() if field.required]
    look = looker(contract.schema())
    for name in needed:
        assert not look({key: value for key, value in contract.example.items() if key != name})


@pytest.mark.parametrize("data", [None, [], "x", 1])
def test_what_is_no_object_does_not_fit(data) -> None:
    assert not looker(REGISTRY[0].schema())(data)


class Strict(Schema):
    """Refuses what it does not know."""

    class Meta:
        """See above."""

        unknown = RAISE


class Hooked(Schema):
    """Has a rule of its own."""

    class Meta:
        """So that only the rule is in the way."""

        unknown = EXCLUDE

    name = fields.String()

    @validates_schema
    def refuse(self, _data: object, **_: object) -> None:
        """Whatever it is."""
        raise ValidationError("never")


@pytest.mark.parametrize("schema", [Strict, Hooked])
def test_schemas_with_more_to_say_are_left_to_marshmallow(schema) -> None:
    assert not looker(schema())({})
