"""A contract never breaks (promise 6): today's schemas against the published snapshots."""

import json
from dataclasses import replace

import pytest
from marshmallow import fields, validate

from shared.contracts import REGISTRY, Contract, ContractSchema
from tools.published import FOLDER, breaks, file_of, publish


class Part(ContractSchema):
    """A part."""

    code = fields.String(required=True, validate=validate.Length(max=20))


class Before(ContractSchema):
    """What was published."""

    number = fields.String(required=True, validate=validate.Length(max=40))
    grade = fields.Integer(load_default=1, validate=validate.Range(min=1, max=5))
    role = fields.String(load_default="lead", validate=validate.OneOf(["lead", "assist"]))
    at = fields.AwareDateTime(load_default=None, allow_none=True)
    part = fields.Nested(Part, load_default=None, allow_none=True)
    parts = fields.List(fields.Nested(Part), load_default=list)
    data = fields.Dict(load_default=dict)


def contract(schema: type[ContractSchema], owner: str = "intake", name: str = "case.x") -> Contract:
    """A contract for these tests."""
    return Contract(name, 1, owner, ("notify",), schema, {}, "")


def with_fields(**changed: fields.Field | None) -> type[ContractSchema]:
    """The published schema with some fields changed; None takes one away."""
    kept = {**Before().fields, **changed}
    return ContractSchema.from_dict({k: v for k, v in kept.items() if v is not None}, name="Before")


@pytest.fixture
def folder(tmp_path):
    publish((contract(Before),), tmp_path)
    return tmp_path


def test_todays_contracts_break_nothing_that_was_published() -> None:
    assert breaks(REGISTRY) == []


def test_every_snapshot_is_of_its_own_type() -> None:
    for path in FOLDER.glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["type"] == path.stem


def test_nothing_changed_breaks_nothing(folder) -> None:
    assert breaks((contract(Before),), folder) == []


def test_publishing_again_leaves_what_was_published_alone(folder) -> None:
    text = file_of(contract(Before), folder).read_text(encoding="utf-8")
    grown = contract(with_fields(new=fields.String(load_default="")))
    assert publish((grown,), folder) == []
    assert file_of(grown, folder).read_text(encoding="utf-8") == text


def test_a_new_contract_must_be_published(folder) -> None:
    both = (contract(Before), contract(Before, name="case.y"))
    (problem,) = breaks(both, folder)
    assert problem.startswith("cn.baitong.case.y.v1: not published")
    assert [path.name for path in publish(both, folder)] == ["cn.baitong.case.y.v1.json"]
    assert breaks(both, folder) == []


@pytest.mark.parametrize(
    "grown",
    [
        with_fields(new=fields.String(load_default="")),
        with_fields(number=fields.String(required=True, validate=validate.Length(max=60))),
        with_fields(grade=fields.Integer(load_default=3, validate=validate.Range(min=1, max=5))),
    ],
    ids=["a new optional field", "longer text", "another default"],
)
def test_growing_is_allowed(folder, grown) -> None:
    assert breaks((contract(grown),), folder) == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"grade": None}, "data.grade: was removed"),
        ({"parts": None}, "data.parts: was removed"),
        ({"new": fields.String(required=True)}, "data.new: is newly required"),
        ({"grade": fields.Integer(required=True)}, "data.grade: is newly required"),
        ({"grade": fields.String(load_default="")}, "data.grade: integer is no longer allowed"),
        (
            {"grade": fields.Integer(validate=validate.Range(min=2, max=5))},
            "data.grade: minimum rose to 2",
        ),
        (
            {"number": fields.String(required=True, validate=validate.Length(max=30))},
            "data.number: maxLength fell to 30",
        ),
        (
            {"number": fields.String(required=True, validate=validate.Regexp("^XS"))},
            "data.number: pattern is now ^XS",
        ),
        ({"number": fields.AwareDateTime(required=True)}, "data.number: format is now date-time"),
        (
            {"role": fields.String(validate=validate.OneOf(["lead"]))},
            "data.role: 'assist' is no longer allowed",
        ),
        (
            {"number": fields.String(required=True, validate=validate.OneOf(["a"]))},
            "data.number: free text is no longer allowed",
        ),
        ({"at": fields.AwareDateTime()}, "data.at: null is no longer allowed"),
        (
            {"part": fields.Nested(ContractSchema.from_dict({}, name="Smaller"), allow_none=True)},
            "data.part.code: was removed",
        ),
        (
            {"parts": fields.List(fields.Nested(ContractSchema.from_dict({}, name="Smaller")))},
            "data.parts[].code: was removed",
        ),
        # read by yesterday's consumers
        ({"number": fields.String()}, "data.number: may now be missing"),
        (
            {"role": fields.String(validate=validate.OneOf(["lead", "assist", "guest"]))},
            "data.role: 'guest' was never said before",
        ),
        ({"grade": fields.Integer(allow_none=True)}, "data.grade: null was never said before"),
        ({"at": fields.String(allow_none=True)}, "data.at: need no longer be a date-time"),
    ],
)
def test_a_breaking_change_is_found(folder, changed, problem: str) -> None:
    after = contract(with_fields(**changed))
    assert f"cn.baitong.case.x.v1: {problem}" in breaks((after,), folder)


def test_replies_may_be_read_more_generously(tmp_path) -> None:
    publish((contract(Before, "departments"),), tmp_path)
    generous = contract(with_fields(number=fields.String()), "departments")
    assert breaks((generous,), tmp_path) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"owner": "routing"}, "owner was intake, is routing"),
        ({"owner": "routing"}, "exchange was intake.events, is routing.events"),
        ({"to_department": True}, "key was case.x, is case.x.*"),
    ],
)
def test_another_owner_or_key_is_found(folder, change, what: str) -> None:
    moved = replace(contract(Before), **change)
    assert f"cn.baitong.case.x.v1: {what}" in breaks((moved,), folder)


def test_a_contract_that_is_gone_is_found(folder) -> None:
    assert breaks((), folder) == ["cn.baitong.case.x.v1: was published and is gone"]
