"""Everything a form takes, and everything an event brings, has a bound.

What the APIs take is walked by test_openapi_bounds.py, by the descriptions they publish.
"""

# ruff: noqa: E402 - eventlet warns when it is first imported, which may be right here
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import marshmallow as ma
import pytest
from marshmallow import fields, validate

from shared.contracts import REGISTRY, SERVICES
from shared.inputs import Phone

FINITE = (fields.Boolean, fields.DateTime, fields.Date, fields.Time, fields.UUID, fields.Enum)
"""What cannot be long: the field itself reads only so much."""
ENDLESS = re.compile(r"(?<!\\)[*+]|\{\d+,\}")
"""A pattern that takes texts of any length."""
PUBLISHED = {
    "cn.baitong.case.materials_received.v1.received[]",
    "cn.baitong.case.materials_received.v1.still_missing[]",
    "cn.baitong.case.notice_given.v1.missing[]",
    "cn.baitong.case.notice_given.v1.procedure[]",
    "cn.baitong.case.transferred.v1.transfer",
    "cn.baitong.need.accepted.v1.points",
    "cn.baitong.need.confirmed.v1.points",
    "cn.baitong.need.fulfilled.v1.points",
    "cn.baitong.need.offered.v1.points",
    "cn.baitong.need.unmet.v1.points",
    "cn.baitong.order.dispatched.v1.reasons[]",
    "cn.baitong.order.proposed.v1.suggestions[]",
    "cn.baitong.order.proposed.v1.suggestions[].reasons[]",
    "cn.baitong.order.proposed.v1.suggestions[].score",
    "cn.baitong.reply.completed.v1.outcome",
    "cn.baitong.reply.rejected.v1.errors{}",
}
"""Published before there were bounds, and a published contract never takes less than it did
(promise 6). All but one are said by our own services, whose inputs have bounds; what a department
answers as outcome is bounded by the size of its message. Nothing may join them.
"""


def unbounded(schema: ma.Schema, where: str) -> Iterator[str]:
    """The fields of a schema that take more than can be said."""
    for name, field in schema.fields.items():
        if not field.dump_only:
            yield from _field(field, f"{where}.{name}")


def _field(field: fields.Field, where: str) -> Iterator[str]:
    if isinstance(field, fields.Nested):
        yield from unbounded(field.schema, where)
    elif isinstance(field, fields.List):
        yield from () if _long(field) else (f"{where}[]",)
        yield from _field(field.inner, f"{where}[]")
    elif isinstance(field, fields.Dict):
        yield from () if _long(field) else (f"{where}{{}}",)
        for inside in (field.key_field, field.value_field):
            yield from _field(inside, f"{where}{{}}") if inside else (f"{where}{{}}",)
    elif isinstance(field, fields.Integer | fields.Float | fields.Decimal):
        yield from () if _few(field) or _ends(field) else (where,)
    elif not isinstance(field, FINITE):
        yield from () if _few(field) or _long(field) or _shaped(field) else (where,)


def _few(field: fields.Field) -> bool:
    return any(isinstance(v, validate.OneOf | validate.Equal) for v in field.validators)


def _long(field: fields.Field) -> bool:
    lengths = [v for v in field.validators if isinstance(v, validate.Length)]
    return any(v.max is not None or v.equal is not None for v in lengths)


def _shaped(field: fields.Field) -> bool:
    patterns = [v.regex.pattern for v in field.validators if isinstance(v, validate.Regexp)]
    return any(not ENDLESS.search(pattern) for pattern in patterns)


def _ends(field: fields.Field) -> bool:
    return any(isinstance(v, validate.Range) and v.max is not None for v in field.validators)


def _forms(service: str) -> list[type[ma.Schema]]:
    """The schemas of a service's pages and packages, and what the web kit reads for all of them."""
    package = import_module(f"services.{service}")
    names = [m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    modules = [import_module(name) for name in names if _has_forms(name)]
    kit = [import_module(f"shared.web.{name}") for name in ("audit", "reveal", "person")]
    steps = import_module("services.intake.desk.pages_steps").STEPS
    more = {
        "intake": [ma.Schema.from_dict(dict(s.fields), name=s.action) for s in steps],
        "routing": list(_routing_forms()),
    }
    return more.get(service, []) + [
        found
        for module in modules + kit
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, ma.Schema)
        if found.__module__ == module.__name__
        if not found.__name__.startswith("_") and found.__name__ not in SHOWN
        if not _has_word(module.__name__, "schemas") or found.__name__.endswith(TAKEN)
    ]


TAKEN = ("In", "Body", "Form", "Query")
"""How the schemas of what is taken are called, where those of what is answered stand beside."""


def _has_forms(name: str) -> bool:
    """Pages and forms; and in a package the schemas, which its pages read as its API does."""
    if "migrations" in name:
        return False
    in_package = name.count(".") > 2  # services.intake.grids.schemas
    return (
        _has_word(name, "pages") or _has_word(name, "forms") or (in_package and "schemas" in name)
    )


def _has_word(name: str, word: str) -> bool:
    return word in name.rpartition(".")[2].split("_")


def _routing_forms() -> Iterator[type[ma.Schema]]:
    """Its pages read what its API reads, by verb; what is there is not defined beside the page."""
    routing = "services.routing"
    yield from import_module(f"{routing}.schemas").REPLY_BODIES.values()
    yield from (one.body for one in import_module(f"{routing}.actions").DECISIONS.values())
    yield from import_module(f"{routing}.follow_ups.pages").FORMS.values()
    yield from import_module(f"{routing}.channels.form_pages").FORMS.values()
    yield from (form for form, _ in import_module(f"{routing}.channels.pages").ACTS.values())
    problems = import_module(f"{routing}.problems.actions")
    yield from (one.body for one in problems.PROBLEM_ACTS.values())
    yield from (one.body for one in problems.LOOK_BACK_ACTS.values())
    yield from (*problems.CLUSTER_BODIES.values(), *problems.CANDIDATE_BODIES.values())
    schemas = import_module(f"{routing}.problems.schemas")
    yield from (schemas.ProblemBody, schemas.ArrangeBody)


SHOWN = {"AuditEntry", "AuditEntries", "AuditVerdict", "PersonView"}
"""What is answered, not taken; and names with an underscore read what our own services answer."""


def test_the_forms_of_packages_are_walked():
    walked = {form.__module__.rpartition(".")[0] for form in _forms("intake")}
    packages = ("rosters", "slots", "grids", "ledger", "deliberation", "hotline")
    packages += ("desk", "files", "residents", "rights", "staff", "ways")
    assert {f"services.intake.{name}" for name in packages} <= walked


@pytest.mark.parametrize("service", SERVICES)
def test_every_form_is_bounded(service):
    forms = _forms(service)
    assert len(forms) > 2
    found = {fault for form in forms for fault in unbounded(form(), form.__name__)}
    outcomes = {"CompletedBody.outcome", "MailedCompletedBody.outcome"}  # see PUBLISHED
    assert found <= outcomes, found


def test_every_event_is_bounded():
    found = {fault for c in REGISTRY for fault in unbounded(c.schema(), c.type)}
    assert found == PUBLISHED


@pytest.mark.parametrize(
    "field",
    [
        fields.String(),
        fields.String(validate=validate.Length(min=1)),
        fields.String(validate=validate.Regexp("^[a-z]+$")),
        fields.Integer(validate=validate.Range(min=1)),
        fields.List(fields.Boolean()),
        fields.List(fields.String(), validate=validate.Length(max=3)),
        fields.Dict(),
        fields.Raw(),
        fields.Nested(ma.Schema.from_dict({"a": fields.Email()})),
    ],
)
def test_what_has_no_bound_is_found(field):
    assert list(unbounded(ma.Schema.from_dict({"x": field})(), "form"))


@pytest.mark.parametrize(
    "field",
    [
        Phone(required=True),
        fields.Boolean(),
        fields.String(validate=validate.Regexp(r"^\d{12}$")),
        fields.String(validate=validate.OneOf(["a"])),
        fields.List(fields.Integer(validate=validate.Range(1, 5)), validate=validate.Length(max=3)),
    ],
)
def test_what_is_bounded_is_left_alone(field):
    assert not list(unbounded(ma.Schema.from_dict({"x": field})(), "form"))
