"""``open311.yml`` of a district pack, and the services that are offered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from shared.district import District, Document, Problem, once_a_district, read_part

FILE = "open311.yml"


@dataclass(frozen=True)
class Service:
    """One thing that can be reported. `department` is None where the community decides whose."""

    code: str
    name: str
    name_en: str
    description: str
    description_en: str
    keywords: tuple[str, ...]
    department: str | None = None


@dataclass(frozen=True)
class Offer:
    """What the district takes by Open311.

    Attributes:
        kind: the pack's kind that requests are accepted as.
        services: code -> service, the pack's matters first.
        most_days: how many days one search may span.
        most_requests: how many requests one search answers.
    """

    kind: str
    services: Mapping[str, Service]
    most_days: int
    most_requests: int


class _ServiceSchema(Schema):
    code = fields.String(required=True, validate=validate.Regexp(r"^[A-Z0-9-]{1,20}$"))
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    description = fields.String(required=True)
    description_en = fields.String(required=True)
    keywords = fields.List(fields.String(), load_default=list)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Service:
        return Service(**data | {"keywords": tuple(data["keywords"])})


class _OfferSchema(Schema):
    kind = fields.String(required=True)
    services = fields.List(fields.Nested(_ServiceSchema), load_default=list)
    most_days = fields.Integer(required=True, validate=validate.Range(1, 366))
    most_requests = fields.Integer(required=True, validate=validate.Range(1, 1000))
    source = fields.List(fields.String(), required=True)
    confirmed = fields.Boolean(required=True)


@once_a_district
def offer_of(district: District) -> Offer:
    """What this district takes by Open311; read once.

    Raises:
        PackError: with every problem of the file.
    """
    return load(district)


def load(district: District) -> Offer:
    """Read and check the district's ``open311.yml``.

    Raises:
        PackError: with every problem of the file.
    """

    def kind_known(document: Document) -> Iterator[Problem]:
        known = [kind.code for kind in district.rules.kinds]
        given = document.data.get("kind") if isinstance(document.data, dict) else None
        if given not in known:
            yield document.problem(("kind",), f"{given!r} is no kind", ", ".join(known))

    read = read_part(district.path, FILE, _OfferSchema, [kind_known])
    services = (*_matters(district), *read["services"])
    return Offer(
        read["kind"],
        {service.code: service for service in services},
        read["most_days"],
        read["most_requests"],
    )


def _matters(district: District) -> Iterator[Service]:
    """Every matter outside the community's remit: somebody else's, and the desk sees to it."""
    for matter in district.out_of_scope.values():
        department = district.departments[matter.department]
        yield Service(
            matter.code,
            matter.name,
            "",
            f"由{department.name}办理，社区首问负责。",
            f"Done by the {department.name_en}; the community answers for it.",
            matter.keywords,
            department.code,
        )
