"""``duties.yml`` of a pack: the duty list 权责清单 (2-09), who leads and who assists (2-02)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from shared.district import District, Document, Problem, read_part

FILE = "duties.yml"


@dataclass(frozen=True)
class Assisting:
    """A department that assists, and what it does."""

    department: str
    does: str


@dataclass(frozen=True)
class Duty:
    """One kind of matter: how residents speak of it, who leads, who assists, on what ground.

    Attributes:
        code: the out-of-scope matter's code where it is one of those, otherwise the list's own.
        basis: the law or regulation it rests on.
        source: codes of sources.yml.
        confirmed: whether the district has confirmed the entry.
    """

    code: str
    name: str
    says: tuple[str, ...]
    lead: str
    assists: tuple[Assisting, ...]
    basis: str
    source: tuple[str, ...]
    confirmed: bool


def load(district: District) -> tuple[Duty, ...]:
    """Read and check the district's ``duties.yml``.

    Raises:
        PackError: with every problem, its line and what was expected.
    """

    def codes_known(document: Document) -> Iterator[Problem]:
        seen: set[str] = set()
        for path, entry in document.entries("duties"):
            yield from _department(document, (*path, "lead"), entry.get("lead"))
            for number, one in enumerate(entry.get("assists") or ()):
                here = (*path, "assists", number, "department")
                yield from _department(document, here, one.get("department"))
            matter = entry.get("matter")
            if matter is not None and matter not in district.out_of_scope:
                wrong = f"{matter!r} is no out-of-scope matter"
                yield document.problem((*path, "matter"), wrong, "a code of out_of_scope.yml")
            code = matter or entry.get("code")
            if code in seen:
                yield document.problem((*path, "code"), f"{code!r} is there twice", "one entry")
            seen.add(str(code))

    def _department(document: Document, path: tuple[Any, ...], code: object) -> Iterator[Problem]:
        if code not in district.departments:
            known = ", ".join(district.departments)
            yield document.problem(path, f"{code!r} is no department", f"one of {known}")

    duties: tuple[Duty, ...] = read_part(district.path, FILE, _DutiesSchema, [codes_known])
    return duties


def _said(most: int) -> fields.String:
    return fields.String(required=True, validate=validate.Length(min=1, max=most))


class _AssistingSchema(Schema):
    department = _said(8)
    does = _said(60)

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> Assisting:
        return Assisting(**data)


class _DutySchema(Schema):
    code = _said(20)
    matter = fields.String(load_default=None)
    name = _said(60)
    says = fields.List(_said(30), required=True)
    lead = _said(8)
    assists = fields.List(fields.Nested(_AssistingSchema), load_default=list)
    basis = _said(200)
    source = fields.List(_said(30), required=True, validate=validate.Length(min=1))
    confirmed = fields.Boolean(required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> Duty:
        code = data.pop("matter") or data["code"]
        lists = {name: tuple(data[name]) for name in ("says", "assists", "source")}
        return Duty(**(data | lists | {"code": code}))


class _DutiesSchema(Schema):
    duties = fields.List(fields.Nested(_DutySchema), required=True)

    @post_load
    def _make(self, data: dict[str, Any], **_kwargs: Any) -> tuple[Duty, ...]:
        return tuple(data["duties"])
